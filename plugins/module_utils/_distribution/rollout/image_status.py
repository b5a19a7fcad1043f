# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The answer of GetImage about a rollout -> what modules return: state, AMIs, failures and their remedies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from ..arns import account_of
from ..arns import region_of
from ..targets import DESTINATION_ROLE
from ..targets import Target
from ..targets import target_of
from ..targets import targets

AVAILABLE = "AVAILABLE"
FAILED = "FAILED"
CANCELLED = "CANCELLED"
DELETED = "DELETED"

# The states of an image that is being made. botocore's enumeration ImageStatus does not say which states are final.
UNDER_WAY = frozenset(["PENDING", "CREATING", "BUILDING", "TESTING", "DISTRIBUTING", "INTEGRATING"])

# The states in which creation ends, or that lifecycle management sets later. An unknown state counts as not final: we
# wait until it ends, and start, retry or distribute nothing meanwhile.
FINAL = frozenset([AVAILABLE, FAILED, CANCELLED, DELETED, "DEPRECATED", "DISABLED"])

# The states of an image that was distributed completely.
COMPLETE = frozenset([AVAILABLE, "DEPRECATED", "DISABLED"])

# The default timeouts of AWS's three steps together: 360 minutes for copies, 120 for launch permissions, and 360 for
# what follows. Source: Image Builder user guide, step actions of workflow documents.
_LONGEST_ROLLOUT = 14 * 3600

# The reason for the state of an image that AWS no longer finds.
GONE = (
    "AWS showed it before and no longer finds it, so somebody deleted it; AMIs that it had created by then still exist"
)

# Facts that AWS has only in the text of a failure.
_TARGET = re.compile(r"destination account \(ID: (\d{12})\) in Region ([a-z0-9-]+)")
_NUMBERED = re.compile(r"(?:^|\s)\d{1,3}\)\s")

# A part of AWS's text -> what to do. No pattern contains an apostrophe, because AWS writes some as curly ones.
_REMEDIES = (
    (
        r"block public access for AMIs",
        "Account {account} does not allow public AMIs in {region}. Remove user_groups: [all] from this Region's "
        "launch_permission"
        ", or turn the block off there with EC2's DisableImageBlockPublicAccess",
    ),
    (
        r"encrypted with the AWS Managed CMK",
        "AMIs that the AWS managed key aws/ebs encrypts cannot be shared. Encrypt the source image with a customer "
        "managed"
        " key, and name one of {region} as kms_key_id of this Region",
    ),
    (
        r"specified keyId .*is invalid",
        "Set kms_key_id of this Region to the full ARN of a key in {region} that exists and is enabled",
    ),
    (
        r"ssm:PutParameter",
        "Allow {role} ssm:PutParameter on the parameter in {region}; AWS's managed policies cover only "
        "/imagebuilder/*; the filter goldimage.aws.execution_policy derives a policy for it",
    ),
    (
        r"AMI Copy Reported Failure|kms:|KMS",
        "Usually a permission on a key is missing. Allow {role} in the key policies of the source image's key and of "
        "kms_key_id of this Region, and allow it kms:CreateGrant and the use of both",
    ),
    (
        # Not the name of the role, because AWS also names it if the role lacks a permission itself.
        r"AssumeRole",
        "Create " + DESTINATION_ROLE + " in account {account}, have its trust policy allow the source account, and "
        "allow"
        " the execution role sts:AssumeRole on it",
    ),
    (r"not authorized to perform:? (?P<action>[a-z0-9-]+:[A-Za-z]+)", "Allow {role} {action}"),
    (
        r"AccessDenied|UnauthorizedOperation|not authorized",
        "Allow {role} what this step does; goldimage.aws.imagebuilder_distribution_preflight_info names what"
        " is missing",
    ),
)


def is_final(status: str | None) -> bool:
    """Whether an image remains in this state until somebody acts. Otherwise it is still running."""
    return status in FINAL


def status_of(image: Mapping[str, Any] | None) -> str | None:
    """Returns the state of an image, as GetImage or a list operation returns it; None if there is none."""
    status: str | None = (image or {}).get("state", {}).get("status")
    return status


def amis(image: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the AMIs of an image.

    :param image: C(image) of GetImage.
    :returns: a list of {C(region), C(account_id), C(ami_id), C(name), C(state)}, sorted by Region and account.
    """
    listed = [
        {
            "region": ami.get("region"),
            "account_id": ami.get("accountId"),
            "ami_id": ami.get("image"),
            "name": ami.get("name"),
            "state": status_of(ami),
        }
        for ami in image.get("outputResources", {}).get("amis", [])
    ]
    return sorted(listed, key=lambda ami: [ami["region"] or "", ami["account_id"] or "", ami["ami_id"] or ""])


def report(image: dict[str, Any], of_steps: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Returns one rollout as modules return it.

    :param image: C(image) of GetImage.
    :param of_steps: what step_outputs.failures() returned.
    :returns: {C(arn), C(state), C(reason), C(failures), C(amis)}.
    """
    state = image.get("state", {})
    return {
        "arn": image["arn"],
        "state": state.get("status"),
        "reason": state.get("reason"),
        "failures": failures(image, of_steps),
        "amis": amis(image),
    }


def expected_targets(image: dict[str, Any]) -> list[Target]:
    """Returns the targets of the configuration's copy in an image; empty if the image has no copy."""
    if "distributionConfiguration" not in image:
        return []
    return targets(image["distributionConfiguration"].get("distributions", []), account_of(image["arn"]))


def failures(image: dict[str, Any], of_steps: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    """Returns what failed, by Region and account; failures without a Region come first.

    :param image: C(image) of GetImage.
    :param of_steps: what step_outputs.failures() returned. These are known while the rollout is still running.
    :returns: a list of {C(region), C(account_id), C(step), C(message), C(remedy)}; C(step) is None if AWS does not name
        one.
    """
    state = image.get("state", {})
    source = account_of(image["arn"])
    ended = state.get("status") in (FAILED, CANCELLED)
    listed = list(_reported(state, source)) if ended else []
    known = {target_of(failure) for failure in listed}
    for failure in of_steps or []:
        account_id = failure["account_id"] or source
        if (failure["region"], account_id) not in known:
            listed.append(_failure(failure["region"], account_id, failure["step"], failure["message"] or "no reason"))
    if ended:
        listed += _failed_amis(image, listed)
        listed += _missing(image, listed)
    for failure in listed:
        failure["remedy"] = remedy(failure["message"], failure["region"], failure["account_id"], source)
    return sorted(listed, key=lambda failure: [failure["region"] or "", failure["account_id"] or ""])


def _failure(region: str | None, account_id: str | None, step: str | None, message: str) -> dict[str, Any]:
    return {"region": region, "account_id": account_id, "step": step, "message": message, "remedy": None}


def _reported(state: dict[str, Any], source: str) -> Iterator[dict[str, Any]]:
    """Yields the causes that AWS names: from the fields if there are any, otherwise from the text."""
    context = state.get("failureContext", {})
    failure = context.get("distributionFailure", {})
    step = context.get("failedStep")
    for item in failure.get("regionFailures", []):
        yield _failure(
            item.get("region"),
            item.get("targetAccountId") or source,
            item.get("imageConfigurationStep") or step,
            item.get("errorMessage") or item.get("status"),
        )
    if failure.get("regionFailures") or state.get("status") != FAILED:
        return
    text = failure.get("errorMessage") or context.get("componentFailure", {}).get("errorMessage") or state.get("reason")
    parts = [(_TARGET.search(part), part.strip()) for part in _NUMBERED.split(text or "")]
    located = [(match, part) for match, part in parts if match]
    for match, part in located:
        yield _failure(match[2], match[1], step, part)
    if not located:
        yield _failure(None, None, step, text or "AWS gives no reason")


def _failed_amis(image: dict[str, Any], known: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    known_targets = {target_of(failure) for failure in known}
    for ami in image.get("outputResources", {}).get("amis", []):
        target = (ami.get("region"), ami.get("accountId"))
        state = ami.get("state", {})
        if state.get("status") in (FAILED, CANCELLED) and target not in known_targets:
            yield _failure(
                *target, None, f"{ami.get('image')} is {state['status']}: {state.get('reason') or 'no reason given'}"
            )


def _missing(image: dict[str, Any], known: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    known_targets = {target_of(ami) for ami in amis(image)}
    known_targets |= {target_of(failure) for failure in known}
    for target in expected_targets(image):
        if target not in known_targets:
            yield _failure(*target, None, "the rollout ended before an AMI was there")


def remedy(message: str, region: str | None, account_id: str | None, source_account_id: str) -> str | None:
    """Returns what to do about a failure, or None if its text is unknown.

    Source of the texts: the Image Builder user guide (cross-account distribution), AWS knowledge center
    (distribution of encrypted AMIs), and failures that users reported.

    :param message: AWS's text.
    :param region: the Region of the failure.
    :param account_id: its account.
    :param source_account_id: the account of the rollout. In other accounts, Image Builder acts with DESTINATION_ROLE.
    """
    in_target_account = account_id not in (None, source_account_id)
    words = {
        "region": region or "the Region",
        "account": account_id or source_account_id,
        "role": f"{DESTINATION_ROLE} in account {account_id}" if in_target_account else "the execution role",
    }
    for pattern, text in _REMEDIES:
        match = re.search(pattern, message)
        if match:
            return text.format(**words, **match.groupdict())
    return None


def failure_text(image: dict[str, Any], most: int = 20) -> str:
    """Returns the error for a rollout that failed.

    :param image: what report() returned.
    :param most: how many failures the text lists; the result has all of them.
    """
    lines = [f"The rollout {image['arn']} is {image['state']}: {image['reason'] or 'AWS gives no reason'}"]
    for failure in image["failures"][:most]:
        where = f"{failure['region']}, account {failure['account_id']}" if failure["region"] else "Before any Region"
        step = f" at {failure['step']}" if failure["step"] else ""
        parts = [f"- {where}{step}: {failure['message'].rstrip('.')}", failure["remedy"]]
        lines.append(". ".join(part for part in parts if part) + ".")
    if len(image["failures"]) > most:
        lines.append(f"- and {len(image['failures']) - most} more, in image.failures of the result")
    available = [ami for ami in image["amis"] if ami["state"] == AVAILABLE]
    if available:
        listed = ", ".join(f"{ami['region']}/{ami['account_id']} ({ami['ami_id']})" for ami in available[:most])
        more = f" and {len(available) - most} more" if len(available) > most else ""
        lines.append(f"These AMIs are distributed and are not removed: {listed}{more}.")
    if image["state"] in (FAILED, CANCELLED):
        lines.append(
            "Fix the cause first. Then on_failed: retry continues where it stopped, and on_failed: restart starts a "
            "new rollout."
        )
    return "\n".join(lines)


def timeout_text(seconds: int) -> str:
    """Says that waiting for a rollout ended because of C(wait_timeout)."""
    return (
        f"wait_timeout: the rollout was not complete within {seconds} seconds; AWS itself allows it up to"
        f" {_LONGEST_ROLLOUT // 3600} hours"
    )


def still_running_text(arn: str, state: str | None, why: str, cancelling: bool = False) -> str:
    """Returns the message when waiting ends while the rollout is still running.

    :param why: why waiting ended.
    :param cancelling: whether AWS was asked to cancel the rollout.
    """
    now = "is still running, it has not failed"
    if cancelling:
        now = "is being cancelled, which can take AWS a while"
    return f"{why}. The rollout {arn} {now}: it was last seen {state or 'PENDING'}. {resume_text(arn)}"


def resume_text(arn: str) -> str:
    """Says how to continue waiting for a rollout, and how to look at it."""
    return (
        f"To continue waiting, run the same task again, or with image_build_version_arn: {arn}. To look at it:"
        f" aws imagebuilder get-image --region {region_of(arn)} --image-build-version-arn {arn}"
    )
