# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finding the rollout of an image with a configuration, and deciding whether to start, retry, resume or cancel one."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable
from typing import Any
from typing import NamedTuple

from ..arns import name_of
from ..configuration.comparison import normalised
from ..forms import ApiDistribution
from ..plain_text import capitalised
from ..targets import targets
from .image_status import AVAILABLE
from .image_status import CANCELLED
from .image_status import DELETED
from .image_status import FAILED
from .image_status import is_final
from .image_status import status_of

# The tags on the image resource of each rollout, by which we find it again.
TAG_PREFIX = "goldimage.aws:"
SOURCE_TAG = TAG_PREFIX + "source-image"
CONFIGURATION_TAG = TAG_PREFIX + "distribution-configuration"
CONTENT_TAG = TAG_PREFIX + "distributions-sha256"
IDENTITY_TAGS = (SOURCE_TAG, CONFIGURATION_TAG, CONTENT_TAG)

# Members that GetImage returns for an image that was built, but not for one that DistributeImage made from an AMI.
_BUILT = ("sourcePipelineArn", "imageRecipe", "containerRecipe")


class Decision(NamedTuple):
    """What to do with a rollout.

    C(action): started, retried, restarted, resumed, cancelled, unchanged or refused; C(reason): why, for a person;
    C(warnings): texts.
    """

    action: str
    reason: str
    warnings: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        return self.action in ("started", "retried", "restarted", "cancelled")


def fingerprint(distributions: Iterable[ApiDistribution]) -> str:
    """Returns the SHA-256 of a configuration's distributions, as 64 hexadecimal digits.

    The order of Regions, accounts and other lists does not matter, nor does the spelling of placeholders.

    :param distributions: entries in API form.
    """
    return hashlib.sha256(_canonical(normalised(distributions))).hexdigest()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def identity_tags(
    source_image: str, configuration_arn: str, distributions: Iterable[ApiDistribution]
) -> dict[str, str]:
    """Returns the tags that identify a rollout.

    :param source_image: the id of the AMI.
    :param configuration_arn: the ARN of the configuration.
    :param distributions: its present entries in API form.
    """
    return {
        SOURCE_TAG: source_image,
        CONFIGURATION_TAG: configuration_arn,
        CONTENT_TAG: fingerprint(distributions),
    }


def client_token(body: dict[str, Any], newest_arn: str | None) -> str:
    """Returns the token of a DistributeImage request.

    The same request has the same token until a newer rollout is known, so that repeating it after a lost answer returns
    the rollout that it started. Any other request has another token, so that AWS neither returns a rollout that failed
    before nor reports changed parameters.

    :param body: the request without token. Its tags contain the fingerprint of the distributions.
    :param newest_arn: the ARN of the newest rollout before the request, or None.
    :returns: 36 characters, the maximum in older documentation of the API. The model allows 64.
    """
    digest = hashlib.sha256(_canonical([body, newest_arn])).hexdigest()
    return str(uuid.UUID(digest[:32]))


def newest(
    summaries: Iterable[dict[str, Any]],
    configuration_arn: str,
    source_image: str | None = None,
    distributions: Iterable[ApiDistribution] = (),
) -> dict[str, Any] | None:
    """Returns the newest rollout with a configuration, or None.

    :param summaries: summaries of ListImageBuildVersions with tags.
    :param configuration_arn: the ARN of the configuration.
    :param source_image: the id of the AMI that was distributed; None for any.
    :param distributions: entries in API form. If they update an SSM parameter or a launch template, rollouts of other
        images also count: the parameter has the AMI of the last rollout, so going back to an earlier image needs a new
        rollout.
    """
    updates_references = any(
        entry.get("ssmParameterConfigurations") or entry.get("launchTemplateConfigurations") for entry in distributions
    )
    candidates = [
        summary
        for summary in summaries
        if summary.get("tags", {}).get(CONFIGURATION_TAG) == configuration_arn
        and (updates_references or source_image in (None, summary["tags"].get(SOURCE_TAG)))
    ]
    return max(candidates, key=age_key, default=None)


def contradiction(image: dict[str, Any]) -> str | None:
    """Returns what AWS says about an image if that contradicts its tags of a rollout, or None.

    Whoever may tag images can set any tags, but must not be able to cancel, repair or delete anything with them.

    :param image: C(image) of GetImage.
    :returns: the end of a sentence.
    """
    held = image.get("distributionConfiguration", {}).get("arn")
    if held and held != image.get("tags", {}).get(CONFIGURATION_TAG):
        return f"distributed with {held}"
    return "built" if any(image.get(member) for member in _BUILT) else None


def forged_text(image: dict[str, Any], contradicting: str) -> str:
    """Returns the message about an image that is not what its tags say."""
    # A list operation may return tags that GetImage does not.
    configuration = image.get("tags", {}).get(CONFIGURATION_TAG) or "this configuration"
    return (
        f"{image['arn']} has the tags of a rollout with {configuration}, but AWS says that it was"
        f" {contradicting}, so it does not count. See who gave it these tags, and remove them"
    )


def changed_at_the_start(
    image: dict[str, Any], distributions: Iterable[ApiDistribution], account_id: str
) -> str | None:
    """Returns a warning if a rollout has other targets than its tags say, or None.

    DistributeImage takes the ARN of a configuration and not its content, so somebody may change the configuration
    between the read and the start. Only targets are compared, because AWS may have filled in placeholders elsewhere.

    :param image: C(image) of GetImage.
    :param distributions: the entries, in API form, whose fingerprint is in the tags of the rollouts that the task
        starts or continues; empty if the task has not read them.
    :param account_id: the account of the configuration.
    """
    wanted, tags = list(distributions), image.get("tags", {})
    used = image.get("distributionConfiguration", {}).get("distributions")
    if not wanted or not used or tags.get(CONTENT_TAG) != fingerprint(wanted):
        return None
    before, now = (_shown_targets(one, account_id) for one in (wanted, used))
    if before == now:
        return None
    return (
        f"{image['arn']} distributes to {', '.join(now)}, and not to {', '.join(before)}, because somebody else changed"
        f" {tags.get(CONFIGURATION_TAG)} right before the rollout was started, so its tags do not say what it did. To"
        " distribute what the configuration has now, run the task again with force: true"
    )


def _shown_targets(distributions: Iterable[ApiDistribution], account_id: str) -> list[str]:
    return sorted(" ".join(target) for target in targets(distributions, account_id))


def still_running(summaries: Iterable[dict[str, Any]], configuration_arn: str) -> list[str]:
    """Returns the ARNs of all rollouts with a configuration that are still running, of any image, the newest first."""
    running = [
        summary
        for summary in summaries
        if summary.get("tags", {}).get(CONFIGURATION_TAG) == configuration_arn and not is_final(status_of(summary))
    ]
    return [summary["arn"] for summary in sorted(running, key=age_key, reverse=True)]


def age_key(summary: dict[str, Any]) -> tuple[str, list[int]]:
    """Returns the key that sorts summaries of images from old to new."""
    # The dates are texts in RFC 3339, UTC. If they are equal, the higher build number is the newer one.
    version = summary["arn"].split("/")[2:]
    numbers = [int(part) for part in ".".join(version).split(".") if part.isdigit()]
    return summary.get("dateCreated", ""), numbers


def decide(
    tags: dict[str, str], image: dict[str, Any] | None, on_failed: str, force: bool = False, role: str | None = None
) -> Decision:
    """Decides what to do so that an image is distributed.

    :param tags: identity_tags() of what is wanted.
    :param image: the newest rollout as C(image) of GetImage; None if there is none.
    :param on_failed: retry, restart or fail.
    :param force: whether to start a rollout even if the newest one is complete.
    :param role: the wanted execution role, by name or ARN.
    """
    source = tags[SOURCE_TAG]
    if image is None:
        return Decision("started", f"no rollout of {source} with this configuration is known")
    status = status_of(image)
    before = f"the newest rollout, {image['arn']}, "
    other = _difference(tags, image)
    if other:
        warnings: tuple[str, ...] = ()
        if not is_final(status):
            warnings = (
                f"{capitalised(before)}is still {status} beside the new one; whichever ends last"
                " leaves its AMI in SSM parameters and launch templates. To stop it, run this module with state:"
                f" cancelled and image_build_version_arn: {image['arn']}",
            )
        return Decision("started", before + other, warnings)
    if not is_final(status):
        return Decision("resumed", f"{before}is {status} with the same content")
    if status == DELETED:
        return Decision("started", before + "has been deleted")
    if force:
        return Decision("started", f"{before}is {status}, and force is set")
    if status == AVAILABLE:
        return Decision("unchanged", f"{before}has the same content and is {AVAILABLE}")
    if status in (FAILED, CANCELLED):
        return _decide_failed(image, before + f"is {status}", on_failed, role)
    return Decision(
        "refused",
        f"{before}was distributed with the same content and has been {status} since, by hand or by a lifecycle"
        " policy. To distribute the image again anyway, set force: true",
    )


def decide_certain(image: dict[str, Any], on_failed: str) -> Decision:
    """Decides what to do with a rollout that the user names."""
    status = status_of(image)
    what = f"the rollout {image['arn']} is {status}"
    if not is_final(status):
        return Decision("resumed", what)
    if status in (FAILED, CANCELLED):
        return _decide_failed(image, what, on_failed, None)
    # The caller checks whether this state is the wanted one.
    return Decision("unchanged", what)


def decide_cancel(image: dict[str, Any] | None) -> Decision:
    """Decides what to do so that a rollout is not running.

    :param image: C(image) of GetImage, or None.
    """
    if image is None:
        return Decision("unchanged", "there is no such rollout")
    status = status_of(image)
    what = f"the rollout {image['arn']} is {status}"
    if not is_final(status):
        return Decision("cancelled", what)
    too_late = f"{capitalised(what)}: too late to cancel it, its AMIs are already distributed"
    return Decision("unchanged", what, (too_late,) if status == AVAILABLE else ())


def _difference(tags: dict[str, str], image: dict[str, Any]) -> str | None:
    """Says how a rollout differs from what is wanted. Returns None if it does not."""
    image_tags = image.get("tags", {})
    if image_tags.get(SOURCE_TAG) != tags[SOURCE_TAG]:
        return f"distributed another image, {image_tags.get(SOURCE_TAG)}"
    if image_tags.get(CONTENT_TAG) != tags[CONTENT_TAG]:
        return "distributed other settings than the configuration has now"
    return None


def _decide_failed(image: dict[str, Any], what: str, on_failed: str, role: str | None) -> Decision:
    if on_failed == "fail":
        return Decision("refused", what + ", and on_failed is fail")
    if on_failed == "restart":
        return Decision("restarted", what + ", and on_failed is restart")
    used = image.get("executionRole")
    if role and used and name_of(role) != name_of(used):
        reason = f"{what}, and a retry would use its old execution role {used}, not {role}"
        return Decision("restarted", reason, (f"A new rollout instead of a retry: {reason}",))
    return Decision("retried", what + ", and on_failed is retry")
