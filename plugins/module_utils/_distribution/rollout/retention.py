# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which rollouts of a configuration are kept, which may be retired, and why. Whatever is uncertain is kept.

Images are C(image) of GetImage. Distributions are in API form.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable
from typing import Any
from typing import NamedTuple

from ..arns import region_of
from ..forms import ApiDistribution
from ..recipients import EVERYBODY
from ..targets import Target
from ..targets import target_of
from ..validation.checks import configuration_errors
from ..validation.model import value_errors
from ..validation_errors import ValidationError
from .drift import wanted_targets
from .image_status import amis
from .image_status import AVAILABLE
from .image_status import CANCELLED
from .image_status import DELETED
from .image_status import FAILED
from .image_status import status_of
from .image_status import UNDER_WAY
from .rollouts import contradiction
from .rollouts import SOURCE_TAG

# Value of the option -> state in the API.
STATES = {"delete": DELETED, "deprecate": "DEPRECATED", "disable": "DISABLED"}

# The tag that Image Builder sets on every AMI that it makes: the ARN of the image.
ORIGIN_TAG = "Ec2ImageBuilderArn"

# AWS prescribes the name. Source: Image Builder user guide, prerequisites of lifecycle management.
LIFECYCLE_ROLE = "Ec2ImageBuilderCrossAccountLifecycleAccess"

# botocore's enumeration LifecycleExecutionStatus does not say which states are final. An unknown state is not final.
_ENDED = frozenset(["SUCCESS", "FAILED", "CANCELLED"])

# A running execution has resources within about a minute. If it has none after this many seconds, somebody has
# scheduled it for later.
_SECONDS_UNTIL_RESOURCES = 300

# The tag that AWS sets on AMIs that it deprecates.
_DEPRECATED_TAG = "DeprecatedBy"

# The order of the states in which the actions leave an image.
_STAGES = {AVAILABLE: 0, "DEPRECATED": 1, "DISABLED": 2, DELETED: 3}


class SearchTarget(NamedTuple):
    """One Region and account in which to search for references to AMIs.

    C(parameters): names of SSM parameters that the configuration has there; C(required): whether no image may be
    retired without a search there. If not, the account may only launch AMIs of others.
    """

    region: str
    account_id: str
    parameters: tuple[str, ...]
    required: bool = True


def retention_option_errors(
    params: dict[str, Any], service_model: Any, region: str | None = None
) -> list[ValidationError]:
    """Returns everything in the options that AWS is known to refuse.

    :param region: the Region of the task.
    """
    errors = configuration_errors(
        {**params, "distributions": None, "state": "absent"}, service_model, arn_region=region
    )
    shape = service_model.operation_model("StartResourceStateUpdate").input_shape.members["executionRole"]
    errors += value_errors(shape, params["execution_role"], "execution_role")
    errors += [
        ValidationError(option, params[option], f"must be at least {least}")
        for option, least in (("keep", 1), ("retire_limit", 0), ("wait_timeout", 1), ("wait_delay", 1))
        if params[option] is not None and params[option] < least
    ]
    return errors


def reasons_to_keep(
    images: list[dict[str, Any]], targets: Iterable[Target], keep: int, action: str
) -> list[tuple[dict[str, Any], str | None]]:
    """Returns which images are kept because of their age or state. References to their AMIs are checked elsewhere.

    An image is kept if it is among the newest of all, or among the newest in any present target. If images were
    distributed in parts, or again in only one Region, an older one may still be live.

    :param images: the images of one configuration and its waves, the newest first.
    :param targets: the present targets of the configuration; empty if it no longer exists, and then all targets count.
    :param keep: how many AVAILABLE images are kept.
    :param action: delete, deprecate or disable.
    :returns: (image, reason) in the given order, without deleted images. The reason is None if nothing requires it.
    """
    judged: list[tuple[dict[str, Any], str | None]] = []
    seen, filled = 0, dict[Target, int]()
    for image in images:
        status = status_of(image)
        if status == DELETED:
            continue
        ami_targets = {target_of(ami) for ami in amis(image)}
        ami_targets = ami_targets & set(targets) if targets else ami_targets
        newest = sorted(target for target in ami_targets if filled.get(target, 0) < keep)
        judged.append((image, _reason_to_keep(status, seen < keep, newest, keep, action)))
        if status == AVAILABLE:
            seen += 1
            for target in ami_targets:
                filled[target] = filled.get(target, 0) + 1
    return judged


def _reason_to_keep(
    status: str | None, newest_of_all: bool, newest_in: list[Target], keep: int, action: str
) -> str | None:
    if status in UNDER_WAY:
        return f"it is {status}"
    if newest_of_all:
        return "it is one of the newest" if status == AVAILABLE else f"it is {status} and newer than what is kept"
    if newest_in:
        listed = ", ".join(f"{region} {account}" for region, account in newest_in)
        return f"its AMI is one of the newest {keep} in {listed}"
    if status in (FAILED, CANCELLED) and action != "delete":
        return f"it is {status}, and AWS only allows deleting such an image"
    if _STAGES.get(status or "", -1) >= _STAGES[STATES[action]]:
        return f"it is already {status}"
    return None


def not_a_rollout(image: dict[str, Any]) -> str | None:
    """Returns why an image is not a rollout although its tags say so, or None. Missing data counts as a reason."""
    contradicting = contradiction(image)
    if not contradicting and not image.get("distributionConfiguration", {}).get("arn"):
        contradicting = "distributed with no configuration"
    return f"its tags call it a rollout, but AWS says that it was {contradicting}" if contradicting else None


def source_unknown(image: dict[str, Any], before: list[str]) -> str | None:
    """Returns why the AMIs to be retired may include the rollout's source image, which must be kept, or None.

    :param before: those of own_amis() that are older than the rollout.
    """
    if not image.get("tags", {}).get(SOURCE_TAG):
        return f"its tag {SOURCE_TAG} is missing, so its own AMIs cannot be told from its source image"
    if before:
        return (
            f"{before[0]} is older than the rollout, so it is its source image, although its tag {SOURCE_TAG} says"
            " otherwise"
        )
    return None


def is_older(described: dict[str, Any], image: dict[str, Any]) -> bool:
    """Whether an AMI is older than a rollout.

    :param described: the AMI of EC2's DescribeImages. Times are texts in RFC 3339, UTC; they are compared by seconds.
    """
    made, begun = described.get("CreationDate") or "", image.get("dateCreated") or ""
    return bool(made and begun) and made[:19] < begun[:19]


def own_amis(image: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the AMIs that a rollout made: all that it lists except the source image."""
    source = image.get("tags", {}).get(SOURCE_TAG)
    return [ami for ami in amis(image) if ami["ami_id"] and ami["ami_id"] != source]


def lists_its_source(image: dict[str, Any]) -> bool:
    """Whether a rollout lists its source image among its AMIs, which it does if it distributed it without a copy."""
    return len(own_amis(image)) < len([ami for ami in amis(image) if ami["ami_id"]])


def used_elsewhere(image: dict[str, Any], others: list[dict[str, Any]]) -> str | None:
    """Returns why an image must be kept because of other images, or None.

    :param others: summaries of all images that are kept.
    """
    ids = {ami["ami_id"] for ami in own_amis(image)}
    for other in others:
        status = status_of(other)
        shared = sorted(ids & {ami["ami_id"] for ami in amis(other)})
        if shared and status != DELETED:
            return f"{shared[0]} is an AMI of {other['arn']} too"
        source = other.get("tags", {}).get(SOURCE_TAG)
        if source in ids and status in UNDER_WAY:
            return f"{source} is being distributed as {other['arn']}"
        # In its home Region, a rollout's AMI is its source, even if AWS does not list it.
        if source in ids and status == AVAILABLE:
            return f"{source} was distributed as {other['arn']}, which is {AVAILABLE}"
    return None


def search_targets(
    images: list[dict[str, Any]],
    distributions: list[list[ApiDistribution]],
    account_id: str,
    home_region: str,
    more_accounts: list[str],
) -> list[SearchTarget]:
    """Returns each Region and account in which something may refer to these images and their AMIs, sorted.

    :param images: the images that may be retired.
    :param distributions: a list of C(distributions): of the configuration, and of its copies in images.
    :param account_id: the account of the configuration.
    :param home_region: the Region of the configuration.
    :param more_accounts: accounts that may launch AMIs shared with an organization, an OU or everybody.
    """
    if not images:
        return []
    lookups = {target_of(ami): _Lookup() for image in images for ami in own_amis(image)}
    lookups = {target: lookup for target, lookup in lookups.items() if all(target)}
    regions = {region for region, _account in lookups}
    lookups.setdefault(Target(home_region, account_id), _Lookup())
    for entries in distributions:
        for target in wanted_targets(entries, account_id, home_region):
            if target.region in regions:
                lookup = lookups.setdefault(target.key, _Lookup())
                lookup.parameters.update(parameter["parameterName"] for parameter in target.parameters)
        for entry in entries:
            if entry["region"] in regions:
                for account in _sharing(entry, more_accounts):
                    lookups.setdefault(Target(entry["region"], account), _Lookup(required=False))
    return [
        SearchTarget(*target, tuple(sorted(lookup.parameters)), lookup.required)
        for target, lookup in sorted(lookups.items())
    ]


class _Lookup:
    def __init__(self, required: bool = True) -> None:
        self.parameters: set[str] = set()
        self.required = required


def _sharing(entry: ApiDistribution, more_accounts: list[str]) -> list[str]:
    """Returns the accounts that may launch an entry's AMIs without owning them."""
    permission = entry.get("amiDistributionConfiguration", {}).get("launchPermission", {})
    users = permission.get("userIds", [])
    wide = any(permission.get(member) for member in ("userGroups", "organizationArns", "organizationalUnitArns"))
    named = [account for account in users if account != EVERYBODY]
    return named + (more_accounts if wide or EVERYBODY in users else [])


def ami_ids(images: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Returns the AMIs that rollouts made: Region -> AMI ids."""
    ids_by_region: dict[str, set[str]] = {}
    for image in images:
        for ami in own_amis(image):
            ids_by_region.setdefault(ami["region"], set()).add(ami["ami_id"])
    return {region: sorted(ids) for region, ids in ids_by_region.items()}


def referenced(
    image: dict[str, Any], references: dict[str, str], unsearched: dict[str, list[str]], listed: list[dict[str, Any]]
) -> str | None:
    """Returns why an image must be kept because something refers to it or to its AMIs, or may do so, or None.

    :param references: AMI id, or ARN of an image or version -> what refers to it.
    :param unsearched: Region -> what could not be searched there, and why.
    :param listed: summaries of all images in the account and Region.
    """
    for ami in own_amis(image):
        if not (ami["region"] and ami["account_id"]):
            return f"Image Builder does not say in which Region and account {ami['ami_id']} is"
    for ami in own_amis(image):
        if ami["ami_id"] in references:
            return f"{ami['ami_id']} in {ami['region']} is still referenced by {references[ami['ami_id']]}"
    for reference, text in references.items():
        if reference.startswith("arn:") and _stands_for(reference, listed) == image["arn"]:
            return f"it is still referenced by {text}"
    for ami in own_amis(image):
        if ami["region"] in unsearched:
            errors = "; ".join(unsearched[ami["region"]])
            return (
                f"this task could not find out whether {ami['ami_id']} in {ami['region']} is still referenced: {errors}"
            )
    return None


def _stands_for(reference: str, listed: list[dict[str, Any]]) -> str | None:
    """Returns the ARN of the build that an ARN means. It may be that of a build, of a version, or have wildcards."""
    prefix, _slash, rest = reference.partition("/")
    wanted = rest.split("/")
    if len(wanted) == 3:
        return reference
    fitting = [
        summary
        for summary in listed
        if summary["arn"].startswith(f"{prefix}/")
        and status_of(summary) == AVAILABLE
        and _fits(wanted, summary["arn"].split("/")[1:])
    ]
    newest = max(fitting, key=lambda summary: _version(summary["arn"]), default=None)
    return newest["arn"] if newest else None


def _fits(wanted: list[str], build: list[str]) -> bool:
    version = wanted[1].split(".") if len(wanted) > 1 else []
    parts = zip(version, build[1].split("."))
    return wanted[0] == build[0] and all(want in ("x", have) for want, have in parts)


def _version(arn: str) -> list[int]:
    return [int(part) for part in arn.split("/", 2)[2].replace("/", ".").split(".") if part.isdigit()]


def request(
    image: dict[str, Any], action: str, execution_role: str, source_tags: dict[str, str] | None
) -> dict[str, Any]:
    """Returns the body of StartResourceStateUpdate without its token.

    :param source_tags: the tags of the source image if lists_its_source(), otherwise None.
    """
    body = {
        "resourceArn": image["arn"],
        "state": {"status": STATES[action]},
        "executionRole": execution_role,
        # Snapshots are only valid with DELETED.
        "includeResources": {"amis": True, **({"snapshots": True} if action == "delete" else {})},
    }
    if source_tags is not None:
        origin = source_tags.get(ORIGIN_TAG)
        # The source differs from its copies by the image that made it, or else only by its Region.
        region = region_of(image["arn"])
        rule = {"tagMap": {ORIGIN_TAG: origin}} if origin and origin != image["arn"] else {"regions": [region]}
        body["exclusionRules"] = {"amis": rule}
    return body


def client_token(body: dict[str, Any], ended: list[str]) -> str:
    """Returns the token of a StartResourceStateUpdate request.

    The same request has the same token until another execution for the image ends. A repeated request thus returns the
    execution that it started, and after a failure a new request starts a new one.

    :param body: the request without token.
    :param ended: the ids of all executions for the image that have ended.
    """
    text = json.dumps([body, sorted(ended)], sort_keys=True, separators=(",", ":"))
    return str(uuid.UUID(hashlib.sha256(text.encode()).hexdigest()[:32]))


def has_ended(execution: dict[str, Any]) -> bool:
    """Whether a lifecycle execution has ended, successfully or not."""
    return status_of(execution) in _ENDED


def is_scheduled(execution: dict[str, Any], listed: list[dict[str, Any]], now: float) -> bool:
    """Whether a lifecycle execution is scheduled for later, so that waiting for it makes no sense.

    :param execution: an execution of ListLifecycleExecutions or GetLifecycleExecution.
    :param listed: its C(resources) of ListLifecycleExecutionResources.
    :param now: seconds since 1970.
    """
    begun = execution.get("startTime")
    if has_ended(execution) or listed or begun is None:
        return False
    age = now - begun.timestamp()
    result: bool = age < -_SECONDS_UNTIL_RESOURCES or age > _SECONDS_UNTIL_RESOURCES
    return result


def scheduled_text(identifier: str, region: str) -> str:
    """Returns why an image is kept: somebody scheduled a state update for it."""
    return (
        f"the lifecycle execution {identifier}, which this collection did not start, is scheduled for later or paused,"
        " and AWS accepts no other one in the meantime. To retire the image now, cancel that one: aws imagebuilder"
        f" cancel-lifecycle-execution --region {region} --lifecycle-execution-id {identifier}"
    )


def other_execution_text(execution: dict[str, Any], listed: list[dict[str, Any]]) -> str:
    """Returns a sentence about a lifecycle execution that this task did not start.

    :param listed: C(resources) of ListLifecycleExecutionResources for the image.
    """
    actions = sorted({one.get("action", {}).get("name") or "unknown" for one in listed})
    policy = execution.get("lifecyclePolicyArn")
    origin = f"of the lifecycle policy {policy}" if policy else "which this task did not start"
    return (
        f"The lifecycle execution {execution['lifecycleExecutionId']}, {origin}, is still running on this image"
        f" ({', '.join(actions) or 'no action yet'}), and AWS accepts no other one in the meantime."
    )


def is_retired(described: dict[str, Any], action: str) -> bool:
    """Whether an AMI is in the state in which the action leaves it.

    :param described: the AMI of EC2's DescribeImages.
    """
    if action == "deprecate":
        # EC2 also shows a deprecation time for an AMI that will be deprecated later.
        return _DEPRECATED_TAG in {tag["Key"] for tag in described.get("Tags", [])}
    return action == "disable" and described.get("State") == "disabled"


def resources(listed: list[dict[str, Any]], image: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns what a lifecycle execution did with each AMI.

    :param listed: C(resources) of ListLifecycleExecutionResources for the image.
    :returns: a list of {C(region), C(account_id), C(ami_id), C(status), C(reason), C(snapshots)}; C(snapshots) is a
        list of {C(snapshot_id), C(status), C(reason)}.
    """
    return [
        {
            "region": item.get("region"),
            "account_id": item.get("accountId"),
            "ami_id": item.get("resourceId"),
            **_state(item),
            "snapshots": [{"snapshot_id": one.get("snapshotId"), **_state(one)} for one in item.get("snapshots", [])],
        }
        for item in listed
        if item.get("resourceId") != image["arn"]
    ]


def _state(item: dict[str, Any]) -> dict[str, Any]:
    state = item.get("state", {})
    return {"status": state.get("status"), "reason": state.get("reason")}


def failures(outcomes: list[dict[str, Any]], home_account: str) -> list[str]:
    """Returns an error with a remedy for each AMI and snapshot that could not be retired.

    :param outcomes: what resources() returned.
    """
    texts = []
    for ami in outcomes:
        in_target_account = ami["account_id"] != home_account
        role = f"{LIFECYCLE_ROLE} in account {ami['account_id']}" if in_target_account else "the execution role"
        for what, item in [(ami["ami_id"], ami), *((one["snapshot_id"], one) for one in ami["snapshots"])]:
            if item["status"] == FAILED:
                texts.append(
                    f"{ami['region']}, account {ami['account_id']}, {what}: {item['reason'] or 'AWS gives no reason'}."
                    f" Check that {role} exists, trusts imagebuilder.amazonaws.com and may do this"
                )
    return texts
