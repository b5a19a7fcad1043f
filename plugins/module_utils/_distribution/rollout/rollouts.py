# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which rollout counts, and what to do about it."""

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
from .image_status import AVAILABLE
from .image_status import CANCELLED
from .image_status import DELETED
from .image_status import FAILED
from .image_status import is_final
from .image_status import status_of

# On the image resource of each rollout; by these it is found again.
TAG_PREFIX = "goldimage.aws:"
SOURCE_TAG = TAG_PREFIX + "source-image"
CONFIGURATION_TAG = TAG_PREFIX + "distribution-configuration"
CONTENT_TAG = TAG_PREFIX + "distributions-sha256"
IDENTITY_TAGS = (SOURCE_TAG, CONFIGURATION_TAG, CONTENT_TAG)

# What GetImage shows of an image that was built, and not of one that DistributeImage made of an AMI.
_BUILT = ("sourcePipelineArn", "imageRecipe", "containerRecipe")


class Decision(NamedTuple):
    """What to do: C(action) is started, retried, restarted, resumed, cancelled, unchanged or refused.

    C(reason) says why, for a person; C(warnings) are texts.
    """

    action: str
    reason: str
    warnings: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        return self.action in ("started", "retried", "restarted", "cancelled")


def fingerprint(distributions: Iterable[ApiDistribution]) -> str:
    """The sha256 of what a configuration asks for, as 64 hexadecimal digits.

    The order of Regions, accounts and other lists does not count, nor does the spelling of a placeholder.

    :param distributions: in API form.
    """
    return hashlib.sha256(_canonical(normalised(distributions))).hexdigest()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def identity_tags(
    source_image: str, configuration_arn: str, distributions: Iterable[ApiDistribution]
) -> dict[str, str]:
    """The tags by which a rollout is recognised.

    :param source_image: the AMI id.
    :param distributions: in API form, as they are now.
    """
    return {
        SOURCE_TAG: source_image,
        CONFIGURATION_TAG: configuration_arn,
        CONTENT_TAG: fingerprint(distributions),
    }


def client_token(body: dict[str, Any], newest_arn: str | None) -> str:
    """The token of a DistributeImage request.

    It is the same for the same request as long as no newer rollout is known, so that a repeated request after a lost
    answer gets the first one's rollout; and another one for everything else, so that AWS neither returns a rollout
    that failed before nor complains of changed parameters.

    :param body: the request without token. Its tags hold the fingerprint of the distributions.
    :param newest_arn: the ARN of the newest rollout before, or None.
    :returns: 36 characters, which older documentation of the API gives as the longest; the model allows 64.
    """
    digest = hashlib.sha256(_canonical([body, newest_arn])).hexdigest()
    return str(uuid.UUID(digest[:32]))


def newest(
    summaries: Iterable[dict[str, Any]],
    configuration_arn: str,
    source_image: str | None = None,
    distributions: Iterable[ApiDistribution] = (),
) -> dict[str, Any] | None:
    """The newest rollout with a configuration, or None.

    :param summaries: of ListImageBuildVersions, tags included.
    :param source_image: only rollouts of this AMI id count; None: of any.
    :param distributions: in API form. Where they move an SSM parameter or a launch template on, rollouts of other
        images count as well: the parameter shows the image that came last, so going back to an earlier image is a
        rollout of its own.
    """
    moves = any(
        entry.get("ssmParameterConfigurations") or entry.get("launchTemplateConfigurations") for entry in distributions
    )
    candidates = [
        summary
        for summary in summaries
        if summary.get("tags", {}).get(CONFIGURATION_TAG) == configuration_arn
        and (moves or source_image in (None, summary["tags"].get(SOURCE_TAG)))
    ]
    return max(candidates, key=age_key, default=None)


def contradiction(image: dict[str, Any]) -> str | None:
    """What AWS says that an image is, where its tags call it a rollout; None where they agree.

    Anybody who may tag images decides what their tags say, but must not be able to cancel, repair or delete anything
    that way.

    :param image: as GetImage shows it.
    :returns: the end of a sentence.
    """
    held = image.get("distributionConfiguration", {}).get("arn")
    if held and held != image.get("tags", {}).get(CONFIGURATION_TAG):
        return f"distributed with {held}"
    return "built" if any(image.get(member) for member in _BUILT) else None


def forged_text(image: dict[str, Any], contradicting: str) -> str:
    """What to say of an image that is not what its tags say."""
    # A listing may show tags that the image itself lacks.
    configuration = image.get("tags", {}).get(CONFIGURATION_TAG) or "this configuration"
    return (
        f"{image['arn']} has the tags of a rollout with {configuration}, but AWS says that it was"
        f" {contradicting}, so it does not count. See who gave it these tags, and take them off"
    )


def under_way(summaries: Iterable[dict[str, Any]], configuration_arn: str) -> list[str]:
    """The ARNs of all rollouts with a configuration that have not ended, of whatever image, the newest first."""
    running = [
        summary
        for summary in summaries
        if summary.get("tags", {}).get(CONFIGURATION_TAG) == configuration_arn and not is_final(status_of(summary))
    ]
    return [summary["arn"] for summary in sorted(running, key=age_key, reverse=True)]


def age_key(summary: dict[str, Any]) -> tuple[str, list[int]]:
    """Sorts summaries of images from old to new."""
    # The dates are texts in RFC 3339, UTC. Of two builds at once the higher build number is the newer one.
    version = summary["arn"].split("/")[2:]
    numbers = [int(part) for part in ".".join(version).split(".") if part.isdigit()]
    return summary.get("dateCreated", ""), numbers


def decide(
    tags: dict[str, str], image: dict[str, Any] | None, on_failed: str, force: bool = False, role: str | None = None
) -> Decision:
    """What to do so that an image is distributed.

    :param tags: identity_tags() of what is wanted.
    :param image: the newest rollout before, as GetImage shows it; None where there is none.
    :param on_failed: retry, restart or fail.
    :param force: start a rollout although the newest one is complete.
    :param role: the execution role that is wanted, name or ARN.
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
        f"{before}was distributed with the same content and is {status} since, by somebody's hand or a life cycle"
        " policy. To distribute the image again nevertheless, set force: true",
    )


def decide_certain(image: dict[str, Any], on_failed: str) -> Decision:
    """As decide(), for a rollout that the user names."""
    status = status_of(image)
    what = f"the rollout {image['arn']} is {status}"
    if not is_final(status):
        return Decision("resumed", what)
    if status in (FAILED, CANCELLED):
        return _decide_failed(image, what, on_failed, None)
    # Whether that is what was asked for is for the caller to see.
    return Decision("unchanged", what)


def decide_cancel(image: dict[str, Any] | None) -> Decision:
    """What to do so that a rollout is not under way.

    :param image: as GetImage shows it, or None.
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
    """How a rollout differs from what is wanted, or None."""
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
        return Decision("restarted", reason, (f"A new rollout and not a retry: {reason}",))
    return Decision("retried", what + ", and on_failed is retry")
