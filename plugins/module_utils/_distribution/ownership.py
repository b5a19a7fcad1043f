# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which spec a distribution configuration or an IAM role belongs to, and what a run must not change.

A spec describes what is distributed from one account and home Region. It has an id. The specs of several teams may
share an account and its IAM roles. SPEC_TAG names the spec that a resource belongs to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

from .arns import fold_name
from .validation_errors import ValidationError

# The tag on everything that a spec creates. Its value is Owner.value.
SPEC_TAG = "goldimage.aws:spec"

# The tag on the configuration of each wave, which the role creates and deletes. Its value is the id of the spec.
WAVES_TAG = "goldimage.aws:waves"

# The name of a wave's configuration. One with another name is not a wave's, whatever its tags are.
WAVE_NAME = re.compile(".+-wave-[0-9]+")

_SPEC_ID = re.compile("[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")


class Owner(NamedTuple):
    """A spec, and its name in tags, policies and statements."""

    spec_id: str
    account_id: str
    region: str

    @property
    def value(self) -> str:
        """The value of SPEC_TAG."""
        return f"{self.spec_id}/{self.account_id}/{self.region}"

    @property
    def user_tag(self) -> str:
        """The key of the tag with which a spec marks an IAM role of another spec that it uses."""
        return f"{SPEC_TAG}/{self.spec_id}/{self.region}"

    @property
    def policy_name(self) -> str:
        """The name of the spec's inline policy on its execution role."""
        return f"goldimage-{self.spec_id}-{self.region}"

    @property
    def target_policy_name(self) -> str:
        """The name of the spec's inline policy on cross-account roles, which several source accounts share."""
        return f"{self.policy_name}-{self.account_id}"

    @property
    def sid(self) -> str:
        """The Sid of the spec's statement in the trust policy of cross-account roles.

        A Sid may contain only letters and digits. X stands for a hyphen, because spec ids and Regions have no capitals.
        """
        return f"Goldimage{self.account_id}-{self.spec_id}-{self.region}".replace("-", "X")


def owner_of(tags: Mapping[str, str] | None) -> Owner | None:
    """Returns the spec that SPEC_TAG names, or None if the tag is missing or does not name a spec."""
    parts = (tags or {}).get(SPEC_TAG, "").split("/")
    if len(parts) != 3 or not _SPEC_ID.fullmatch(parts[0]) or not all(parts):
        return None
    return Owner(*parts)


def spec_id_errors(spec_id: str | None, path: str = "spec_id") -> list[ValidationError]:
    """Returns what is wrong with the id of a spec."""
    if spec_id is None or _SPEC_ID.fullmatch(spec_id):
        return []
    text = "takes lower case letters, digits and hyphens, no hyphen at either end, and no more than 32 in all"
    return [ValidationError(path, spec_id, text)]


class Judgement(NamedTuple):
    """What becomes of the configurations that a run does not list.

    C(unlisted): summaries of the spec's configurations that the run neither lists nor releases; C(released): summaries
    of those that lose their tag; C(errors): texts that say why the run must not write anything.
    """

    unlisted: list[Any]
    released: list[Any]
    errors: list[str]


def judge(
    owner: Owner,
    summaries: Iterable[Mapping[str, Any]],
    listed: Iterable[str],
    release: Sequence[str] = (),
    purge: bool = False,
) -> Judgement:
    """Decides whether a run may write, given the distribution configurations in its account and home Region.

    A configuration with the spec's tag that the run does not list was either renamed or belongs to somebody else who
    uses the same spec id. Nobody can tell which. In both cases somebody may still need the permissions it relies on.

    :param owner: the spec of the run.
    :param summaries: all configurations in the account and home Region, in API form, with C(arn), C(name), C(tags).
    :param listed: the ARNs of the configurations that the run lists.
    :param release: the names of the configurations that the spec gives up.
    :param purge: whether the run removes configurations that it does not list.
    """
    listed, folded = set(listed), {fold_name(name) for name in release}
    unlisted: list[Any] = []
    released: list[Any] = []
    of_other_specs: list[Any] = []
    for summary in summaries:
        tag_owner = owner_of(summary.get("tags"))
        if tag_owner is None or tag_owner[1:] != owner[1:]:
            # A tag of another account or Region came with a copy.
            continue
        if summary["arn"] in listed:
            if belongs_to_other_spec(summary, owner):
                of_other_specs.append(summary)
        elif tag_owner == owner and WAVES_TAG not in summary["tags"]:
            (released if fold_name(summary["name"]) in folded else unlisted).append(summary)
    errors = [other_spec_text(summary) for summary in of_other_specs]
    if unlisted and not purge:
        errors.append(_unlisted_text(owner, unlisted))
    return Judgement(unlisted, released, errors)


def belongs_to_other_spec(summary: Mapping[str, Any], owner: Owner) -> bool:
    """Whether a configuration in the account and Region of a spec belongs to another spec.

    :param summary: in API form.
    """
    tag_owner = owner_of(summary.get("tags"))
    return tag_owner is not None and tag_owner != owner and tag_owner[1:] == owner[1:]


def other_spec_text(summary: Mapping[str, Any]) -> str:
    """Returns the error about a configuration that belongs to another spec."""
    return (
        f"{summary['name']} ({summary['arn']}) belongs to another spec: its tag {SPEC_TAG} is"
        f" {summary['tags'][SPEC_TAG]}. Nothing was written. Choose another name, or have that spec release the"
        " configuration first (release, or distribution_rollout_release in the role)"
    )


def _unlisted_text(owner: Owner, unlisted: Sequence[Mapping[str, Any]]) -> str:
    names = ", ".join(f"{summary['name']} ({summary['arn']})" for summary in unlisted)
    release = ", ".join(summary["name"] for summary in unlisted)
    return (
        f"spec_id: {owner.spec_id!r}: these configurations have the tag {SPEC_TAG}={owner.value}, and this run does not"
        f" list them: {names}. They were renamed, or somebody else uses the same spec_id; nothing was written. To"
        " remove them, run with purge: true (distribution_rollout_purge: true in the role). To keep them without this"
        f" spec, run with release: [{release}] (distribution_rollout_release). If they are somebody else's, choose"
        " another spec_id"
    )
