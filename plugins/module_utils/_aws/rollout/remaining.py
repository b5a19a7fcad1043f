# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is out of an image, over the rollouts of several configurations, and what is left to be put out."""

from __future__ import annotations

try:
    import botocore.session
except ImportError:
    botocore = None  # AnsibleAWSModule fails with a clear message.

from ..._distribution import options
from ..._distribution import validation
from ..._distribution.arns import configuration_arn
from ..._distribution.configuration.conversion import distributions_from_api
from ..._distribution.configuration.conversion import distributions_to_api
from ..._distribution.iam.permissions import targets
from ..._distribution.rollout import rollout_validation
from ..._distribution.rollout import waves
from ..._distribution.rollout.drift import places
from ..._distribution.rollout.image_status import COMPLETE
from ..._distribution.rollout.rollouts import age_key
from ..._distribution.rollout.rollouts import CONFIGURATION_TAG
from ..._distribution.rollout.rollouts import CONTENT_TAG
from ..._distribution.rollout.rollouts import fingerprint
from ..._distribution.rollout.rollouts import SOURCE_TAG
from .. import accounts
from .. import api
from ..workers import each
from . import source_image
from .live_state import Context
from .live_state import IN_SYNC
from .live_state import look
from .live_state import MISSING


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
    own, partition = connection.identity
    home = connection.region
    arn = configuration_arn(params["name"], partition, home, own)
    whole = params["whole_name"] and configuration_arn(params["whole_name"], partition, home, own)
    source = params["source_image"] and source_image.resolve(connection, client, params["source_image"])
    distributions = distributions_to_api(params["distributions"])
    regions = params["regions"] or [entry["region"] for entry in distributions]
    wanted = [entry for entry in distributions if entry["region"] in regions]

    images, found = [], {}
    for more in _images(connection, lambda one: one == arn or waves.belongs(one, whole), source, params["workers"]):
        images += more
        found = waves.candidates(images, wanted, source, own, home)
        if not source and len(found) == len(places(wanted, own, home)):
            break  # Whatever was put out last is known.
    sharing = {account for _region, account in targets(distributions, own)} | set(params["other_target_accounts"] or [])
    base = Context(entered, own, partition, _live(found), frozenset(sharing), None, None)
    rows = each(
        lambda place: _row(base, found.get((place.region, place.account_id)), place, source),
        places(wanted, own, home),
        params["workers"],
    )
    out = {
        (row["region"], row["account_id"])
        for row in rows
        if waves.is_out(found.get((row["region"], row["account_id"])), row["status"])
    }
    going = source and waves.resumable(images, arn, wanted, source, out, own)
    left = waves.rest(distributions, regions, out, own, params["name"], home)
    return {
        "source_image": source or _common(images, found),
        "in_sync": all(row["status"] == IN_SYNC for row in rows),
        "targets": [{**row, "out": (row["region"], row["account_id"]) in out} for row in rows],
        "resume": going and {"arn": going["arn"], "state": going.get("state", {}).get("status")},
        "rest": distributions_from_api(left),
        "whole": fingerprint(left) == fingerprint(distributions),
        # Where AWS names no AMI of a complete rollout, another one would end like it, and copy everything each time.
        "again": any(row["ami_id"] and row["status"] == MISSING for row in rows)
        and bool(left)
        and _done_before(images, arn, source, left),
    }


def _images(connection, counts, source, workers):
    """The rollouts of the configurations that count, the newest first, as GetImage shows them, so many at a time.

    With a source image without those that are older than all of its own, which say nothing of it.
    """
    summaries = [
        summary
        for summary in api.list_image_builds(connection)
        if counts(summary.get("tags", {}).get(CONFIGURATION_TAG))
    ]
    summaries.sort(key=age_key, reverse=True)
    if source:
        own = [index for index, summary in enumerate(summaries) if summary["tags"].get(SOURCE_TAG) == source]
        summaries = summaries[: max(own, default=-1) + 1]
    for start in range(0, len(summaries), workers):
        some = summaries[start : start + workers]
        yield [image for image in each(lambda one: api.get_image(connection, one["arn"]), some, workers) if image]


def _live(found):
    """(Region, account id) -> AMI id, over all images that count; also of accounts that are no target themselves."""
    live = {}
    for (region, _account), candidate in found.items():
        for place, ami_id in candidate.live.items():
            if place[0] == region:
                live.setdefault(place, ami_id)
    live.update({place: candidate.ami_id for place, candidate in found.items() if candidate.ami_id})
    return live


def _row(base, candidate, place, source):
    if candidate is None:
        return {
            "region": place.region,
            "account_id": place.account_id,
            "ami_id": None,
            "status": MISSING,
            "drift": [],
            "not_checked": [],
            "reason": f"{source} was not put out here with these settings" if source else "nothing was put out here",
            "image_build_version_arn": None,
            "image_state": None,
        }
    row = look(base._replace(image_arn=candidate.arn, image_state=candidate.state), place)
    return {**row, "image_build_version_arn": candidate.arn, "image_state": candidate.state}


def _common(images, found):
    """The AMI id that was put out last, None where nothing was."""
    arns = {candidate.arn for candidate in found.values()}
    return next((image.get("tags", {}).get(SOURCE_TAG) for image in images if image["arn"] in arns), None)


def _done_before(images, configuration_arn, source, left):
    """Whether AWS has this very rollout as complete, so that only a new one helps where its AMIs are gone."""
    for image in images:
        tags = image.get("tags", {})
        if (tags.get(CONFIGURATION_TAG), tags.get(SOURCE_TAG)) == (configuration_arn, source):
            return image["state"].get("status") in COMPLETE and tags.get(CONTENT_TAG) == fingerprint(left)
    return False
