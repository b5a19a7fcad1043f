# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module imagebuilder_image_distribution_plan_info: its options and its result."""

from __future__ import annotations

try:
    import botocore.session
except ImportError:
    botocore = None  # AnsibleAWSModule fails with a clear message.

from ..._distribution import options
from ..._distribution import validation
from ..._distribution.configuration.conversion import distributions_from_api
from ..._distribution.configuration.conversion import distributions_to_api
from ..._distribution.iam.permissions import targets
from ..._distribution.rollout import rollout_validation
from ..._distribution.rollout import waves
from ..._distribution.rollout.rollouts import fingerprint
from .. import accounts
from . import remaining as plan
from . import source_image


def argument_spec():
    """The options of the module."""
    return accounts.argument_spec(
        name={"type": "str", "required": True},
        distributions={
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": options.DISTRIBUTION_OPTIONS,
        },
        regions={"type": "list", "elements": "str"},
        source_image={"type": "str"},
        whole_name={"type": "str"},
        other_target_accounts={"type": "list", "elements": "str"},
    )


def problems(params, service_model, region=None):
    """What is wrong with the options, as a list of Problem in the order of their places."""
    given, name = params.get("distributions"), service_model.shape_for("ResourceName")
    wanted = {"state": "present", "name": params.get("name")}
    wanted["distributions"] = None if given is None else distributions_to_api(given)
    found = validation.show_prefixes(validation.problems(wanted, service_model), given)
    found += validation.value_problems(name, params.get("whole_name"), "whole_name")
    for index, account_id in enumerate(params.get("other_target_accounts") or []):
        path = f"other_target_accounts[{index}]"
        found += validation.value_problems(service_model.shape_for("AccountId"), account_id, path)
    if params.get("source_image") is not None:
        found += rollout_validation.source_problems(params["source_image"], service_model, region)
    return validation.in_order([], found + accounts.problems(params, service_model))


def explain(spec, params):
    """All problems of the options, for when Ansible's own validation has found the first one."""
    values, found = options.read(spec, params)
    model = botocore.session.get_session().get_service_model("imagebuilder")
    return validation.in_order(found, problems(values, model))


def remaining(connection, client, entered, params):
    """Looks at every target of a wave.

    :param connection: a Connection.
    :param client: gives a botocore client for the name of a service, in the same Region.
    :param entered: an Accounts.
    :param params: the options of imagebuilder_image_distribution_plan_info.
    :returns: what that module returns.
    :raises: ImageBuilderError.
    """
    source = params["source_image"] and source_image.resolve(connection, client, params["source_image"])
    distributions = distributions_to_api(params["distributions"])
    regions = params["regions"] or [entry["region"] for entry in distributions]
    sharing = {account for _region, account in targets(distributions, connection.identity[0])}
    sharing.update(params["other_target_accounts"] or [])
    whole = params["whole_name"] or params["name"]
    wave = waves.Wave(1, 1, whole, params["name"], "", regions, distributions)
    found = plan.remaining(connection, entered, wave, source, sharing, params["workers"])
    going = found.unfinished
    return {
        "source_image": found.source_image,
        "in_sync": found.in_sync,
        "targets": [{**row, "out": (row["region"], row["account_id"]) in found.out} for row in found.rows],
        "resume": going and {"arn": going["arn"], "state": going.get("state", {}).get("status")},
        "rest": distributions_from_api(found.left),
        "whole": fingerprint(found.left) == fingerprint(distributions),
        "again": found.again,
    }
