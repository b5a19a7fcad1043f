# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drift -> what of it can be mended where the AMIs are, without copying them anew."""

from __future__ import annotations

import re

from ..configuration.comparison import DEFAULT_DATA_TYPE
from ..configuration.conversion import distributions_to_api
from ..configuration.conversion import placeholders_to_api
from ..iam.permissions import targets
from .image_status import COMPLETE

_PERMISSION = "ami_distribution_configuration.launch_permission."
_TAGS = "ami_distribution_configuration.ami_tags"
_ITEM = re.compile(r"(ssm_parameter_configurations|launch_template_configurations)\[(.+)\]\.(\w+)")

# The option -> the member of the API, and the option of amazon.aws.ec2_ami.
_PRINCIPALS = {
    "user_ids": "userIds",
    "group_names": "userGroups",
    "org_arns": "organizationArns",
    "org_unit_arns": "organizationalUnitArns",
}

_NEEDS_A_COPY = "only a new copy has it; put the image out again"
_BY_HAND = "is not mended in place; put the image out again, or mend it by hand"
_REASONS = {
    "state": "what EC2 does with the AMI is not undone here; enable it again, or put the image out again",
    "ami_distribution_configuration.name": "the name of an AMI cannot be changed; put the image out again",
    "ami_distribution_configuration.kms_key_id": f"a snapshot keeps its key, {_NEEDS_A_COPY}",
    "data_type": "the next rollout writes it; until then the parameter keeps the type that others may rely on",
    "image_id": "no version of the launch template holds the AMI; put the image out again, which adds one",
    "launch_template_id": "the launch template does not exist; create it with the tag CreatedBy: EC2 Image Builder, and"
    " put its id into the configuration",
}


def repairs(looks, distributions, account_id, home_region):
    """What can be mended in place, and what cannot and why.

    :param looks: maps with C(configuration), C(image_state), None where each target has its own, and C(targets) of
        imagebuilder_image_distribution_info or imagebuilder_image_distribution_plan_info.
    :param distributions: the name of each configuration -> its distributions, as options.
    :param account_id: the account of the configurations.
    :param home_region: their Region.
    :returns: a map of lists. C(amis): C(region), C(account_id), C(ami_id), C(launch_permissions) as amazon.aws.ec2_ami
        takes them, or None; C(also), accounts that may stay among them; C(tags), a map, or None; C(fields).
        C(pointers): C(region), C(account_id), C(field), and C(parameter_name), C(value) and C(data_type), or
        C(launch_template_id) and C(version).
        C(not_possible): C(region), C(account_id), C(field) or None, C(reason).
    """
    api = {name: distributions_to_api(entries) for name, entries in distributions.items()}
    everywhere = sorted({account for entries in api.values() for _region, account in targets(entries, account_id)})
    found = {"amis": [], "pointers": [], "not_possible": []}
    for look in looks:
        entries = {entry["region"]: entry for entry in api[look["configuration"]]}
        for row in look["targets"]:
            place = {"region": row["region"], "account_id": row["account_id"]}
            reason = _whole_reason(look, row)
            if reason:
                found["not_possible"].append({**place, "field": None, "reason": reason})
            if row["status"] != "drifted" or reason:
                continue
            home = place == {"region": home_region, "account_id": account_id}
            _sort(row, entries[row["region"]], place, everywhere if home else [], account_id, found)
    return found


def _whole_reason(look, row):
    """Why nothing can be mended of a target, or None."""
    if row["status"] == "in_sync":
        return None
    state = row.get("image_state") or look["image_state"]
    if state is not None and state not in COMPLETE:
        return f"the rollout is {state}; put the image out first"
    if row["status"] == "drifted":
        return None
    return row["reason"] or row["status"]


def _sort(row, entry, place, everywhere, own, found):
    ami = {**place, "ami_id": row["ami_id"], "launch_permissions": None, "also": [], "tags": None, "fields": []}
    for one in row["drift"]:
        field = one["field"]
        item = _ITEM.fullmatch(field)
        pointer = item and _pointer(item, one, entry, place, own)
        if field.startswith(_PERMISSION):
            ami["launch_permissions"] = _principals(entry, place["account_id"])
            ami["also"] = everywhere
            ami["fields"].append(field)
        elif field == _TAGS:
            known = {key: value for key, value in one["wanted"].items() if not _open(value)}
            if len(known) < len(one["wanted"]):
                reason = "what a placeholder stands for, AWS alone knows; put the image out again"
                found["not_possible"].append({**place, "field": field, "reason": reason})
            if known:
                ami["tags"] = known
                ami["fields"].append(field)
        elif pointer:
            found["pointers"].append({**place, "field": field, **pointer})
        else:
            reason = _REASONS.get(item.group(3) if item else field, _BY_HAND)
            found["not_possible"].append({**place, "field": field, "reason": reason})
    if ami["fields"]:
        found["amis"].append(ami)


def _open(text):
    """Whether a text has a placeholder."""
    return "{{" in placeholders_to_api(text)


def _principals(entry, account_id):
    """All who may launch an AMI: EC2's module replaces the whole list. The owner needs no permission."""
    wanted = entry.get("amiDistributionConfiguration", {}).get("launchPermission", {})
    found = {option: sorted(wanted.get(member, [])) for option, member in _PRINCIPALS.items()}
    found["user_ids"] = [account for account in found["user_ids"] if account != account_id]
    return found


def _pointer(item, one, entry, place, own):
    """What to set of an SSM parameter or a launch template; None where that takes more than one value."""
    dummy, name, member = item.groups()
    if member == "value":
        data_type = next(
            (
                wanted.get("dataType")
                for wanted in entry.get("ssmParameterConfigurations", [])
                if wanted["parameterName"] == name and wanted.get("amiAccountId", own) == place["account_id"]
            ),
            None,
        )
        return {"parameter_name": name, "value": one["wanted"], "data_type": data_type or DEFAULT_DATA_TYPE}
    if member == "default_version":
        return {"launch_template_id": name, "version": one["wanted"]}
    return None
