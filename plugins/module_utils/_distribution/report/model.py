# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The types of what the role distribution_rollout returns and reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from typing import TypedDict

from ..differences import Change

Spec = Mapping[str, Any]
Steps = Mapping[str, Any]
Finding = Mapping[str, Any]


class Item(TypedDict):
    """One resource or operation of the plan, such as a configuration, an IAM role or a rollout.

    C(action): create, change, remove, unchanged, kept or failed; C(step): the step that did it; C(kind): what it is, in
    words; C(name): its name; C(account_id): its account, None if it is the account of the configuration; C(changes):
    what differs, by field; C(reason): in words, or None; C(rights): for an IAM role, one line for each statement of its
    policies.
    """

    action: str
    step: str
    kind: str
    name: str
    account_id: str | None
    changes: list[Change]
    reason: str | None
    rights: list[str]


class Failure(TypedDict):
    """One cause of the failure of a run. Members that do not apply are None."""

    step: str
    configuration: str | None
    wave: int | None
    region: str | None
    account_id: str | None
    at: str | None
    message: str
    remedy: str | None


class Look(TypedDict):
    """What is live of one configuration or wave. C(targets): as imagebuilder_image_distribution_info returns them."""

    configuration: str | None
    wave: int | None
    image_build_version_arn: str | None
    image_state: str | None
    source_image: str | None
    in_sync: bool
    targets: list[dict[str, Any]]
    leftovers: list[dict[str, Any]]


class RolloutReport(TypedDict):
    """The outcome of one rollout in this run. C(targets): those that the module saw while it waited."""

    configuration: str | None
    wave: int | None
    outcome: str | None
    source_image: str | None
    image_build_version_arn: str | None
    state: str | None
    reason: str | None
    failures: list[dict[str, Any]]
    amis: list[dict[str, Any]]
    targets: list[dict[str, Any]]
    running: bool
    failed: bool
    message: str | None
    changed: bool


class Conclusion(TypedDict):
    """The conclusion with which a report begins. C(kind): its name; C(text): its text."""

    kind: str
    text: str


class Result(TypedDict):
    """C(distribution_rollout_result). The README of the role describes it."""

    state: str
    spec_id: str
    account_id: str
    partition: str
    region: str
    check_mode: bool
    made: str | None
    steps: list[str]
    changed: bool
    failed: bool
    conclusion: Conclusion
    failures: list[Failure]
    counts: dict[str, int]
    items: list[Item]
    next: list[str]
    findings: list[dict[str, Any]]
    execution_role: dict[str, Any] | None
    destination_accounts: list[dict[str, Any]]
    configurations: list[dict[str, Any]]
    pipelines: list[dict[str, Any]]
    recipients: list[dict[str, Any]]
    waves: list[dict[str, Any]]
    ordered: list[dict[str, Any]]
    rollouts: list[RolloutReport]
    drift: list[Look]
    repairs: list[dict[str, Any]]
    retention: list[dict[str, Any]]
    leftovers: list[dict[str, Any]]
    report: dict[str, str] | None
