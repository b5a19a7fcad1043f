# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The content of both reports as plain texts, independent of HTML and Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

from ..plain_text import plain
from ..plain_text import without_request_id
from . import targets
from .model import Failure
from .model import Result
from .plan import KEPT
from .summary import leftover
from .targets import ReportTarget
from .targets import Status

# A report lists this many items before it folds the rest, and names this many targets before it only counts the rest.
MOST_ITEMS = 50
MOST_TARGETS = 12


class FindingRow(NamedTuple):
    """One row in the table of findings."""

    word: str
    colour: str
    check: str
    where: str
    message: str
    remedy: str


def parts(result: Result) -> list[str]:
    """Returns the names of a report's parts. They show which of two reports contains more."""
    contents = [
        ("findings", result["findings"]),
        ("roles", result["execution_role"] or result["destination_accounts"]),
        ("configurations", result["configurations"]),
        ("rollouts", result["rollouts"]),
        ("live", result["drift"]),
        ("repairs", result["repairs"]),
        ("retention", result["retention"]),
    ]
    return [name for name, content in contents if content]


def counts(result: Result, all_targets: list[ReportTarget]) -> list[tuple[int, str, str]]:
    """Returns (number, word, colour) of each count at the head of the report."""
    regions = len({target.region for target in all_targets})
    accounts = len({target.account_id for target in all_targets if target.account_id})
    numbers = [(regions, _noun(regions, "Region"), ""), (accounts, _noun(accounts, "account"), "")]
    numbers += [(number, status.word, status.colour) for status, number in targets.tally(all_targets)]
    if result["failures"]:
        number = len(result["failures"])
        numbers.append((number, _noun(number, "failure"), "bad"))
    words = _WOULD if result["check_mode"] else _DONE
    numbers += [(result["counts"][action], word, colour) for action, word, colour in words if result["counts"][action]]
    if result["findings"]:
        statuses = [finding["status"] for finding in result["findings"]]
        for status, one, many, colour in _FINDINGS:
            number = statuses.count(status)
            if number or status != "error":
                numbers.append((number, one if number == 1 else many, colour))
    return numbers


def differing_targets(result: Result, all_targets: list[ReportTarget]) -> list[ReportTarget]:
    """Returns the targets that are not as they should be, the worst first, without those in the list of failures."""
    with_failure = {(one["configuration"], one["region"], one["account_id"]) for one in result["failures"]}
    wrong = [
        target
        for target in all_targets
        if target.status in _OFF and (target.configuration, target.region, target.account_id) not in with_failure
    ]
    return sorted(wrong, key=lambda target: targets.ORDER.index(target.status))


class Group(NamedTuple):
    """Targets with the same status for the same reason."""

    status: Status
    text: str
    targets: list[ReportTarget]


def groups(differing: list[ReportTarget]) -> list[Group]:
    """Groups targets by status and reason."""
    by_reason: dict[tuple[Status, str], list[ReportTarget]] = {}
    for target in differing:
        by_reason.setdefault((target.status, "; ".join(target.differences)), []).append(target)
    return [Group(status, text, same) for (status, text), same in by_reason.items()]


def cells(all_targets: list[ReportTarget]) -> dict[tuple[str, str], list[ReportTarget]]:
    """Returns the cells of the matrix: (who, Region) -> the targets that share the cell."""
    by_cell: dict[tuple[str, str], list[ReportTarget]] = {}
    for target in all_targets:
        by_cell.setdefault((target.who, target.region), []).append(target)
    return by_cell


def failure_facts(result: Result, one: Failure) -> list[tuple[str, str]]:
    """Returns (word, text) of what is known about a failure in addition to conclusion.where(). A text may be empty."""
    rollout: Mapping[str, Any] = next(
        (
            rollout
            for rollout in result["rollouts"]
            if one["step"] == "rollout"
            and (rollout["configuration"], rollout["wave"]) == (one["configuration"], one["wave"])
        ),
        {},
    )
    return [
        ("State", str(rollout.get("state") or "")),
        ("Step" if one["step"] == "rollout" else "Check", str(one["at"] or "")),
        ("What AWS said" if one["step"] == "rollout" else "What happened", one["message"]),
        ("What to do", str(one["remedy"] or "")),
        ("Image", str(rollout.get("image_build_version_arn") or "")),
    ]


def leftovers(result: Result) -> list[str]:
    """Returns a line for everything that was not removed, and for each AMI that is no longer in the configuration."""
    lines = []
    for one in result["leftovers"]:
        reason = f", because {one['reason']}" if one.get("reason") else ""
        remedy = f". {one['remedy']}" if one.get("remedy") else ""
        lines.append(plain(f"{leftover(one)}{reason}{remedy}"))
    for look in result["drift"]:
        for ami in look["leftovers"]:
            name = f" {ami['name']}" if ami.get("name") else ""
            unknown = " (unknown whether it still exists)" if ami.get("status") == "unknown" else ""
            where = f"{ami['region']}, account {ami['account_id']}"
            lines.append(plain(f"{where}: {ami['ami_id']}{name}, which the configuration no longer has{unknown}"))
    for item in result["items"]:
        if item["action"] == KEPT and item["step"] != "repair":
            reason = f", because {without_request_id(item['reason'])}" if item["reason"] else ""
            lines.append(plain(f"{item['kind']} {item['name']}{reason}"))
    return lines


def images(result: Result) -> list[str]:
    """Returns a line for the last image of each configuration or wave."""
    lines = []
    for look in result["drift"]:
        if not look["image_build_version_arn"]:
            continue
        name = f"{look['configuration']}, wave {look['wave']}" if look["wave"] else str(look["configuration"])
        source = f", from {look['source_image']}" if look["source_image"] else ""
        lines.append(f"{name}: {look['image_build_version_arn']} ({look['image_state']}{source})")
    return lines


def arns(result: Result) -> list[tuple[str, str]]:
    """Returns (word, ARN) of the execution role, the configurations and the pipelines."""
    named = []
    role = result["execution_role"]
    if role and role.get("arn"):
        named.append(("Execution role", str(role["arn"])))
    named += [("Configuration", str(one["arn"])) for one in result["configurations"] if one.get("arn")]
    return named + [("Pipeline", str(one["arn"])) for one in result["pipelines"] if one.get("arn")]


def policies(result: Result) -> list[tuple[str, Any]]:
    """Returns (title, document) of each policy that this spec needs."""
    role = result["execution_role"] or {}
    documents = [
        (f"Policy {role.get('policy_name')} of the execution role", role.get("policy")),
        ("Trust policy of the execution role", role.get("trust_policy")),
    ]
    for account in result["destination_accounts"]:
        where = f"in account {account.get('account_id')}"
        documents.append((f"Policy {account.get('policy_name')} {where}", account.get("policy")))
        statement = account.get("statement")
        if isinstance(statement, Mapping):
            documents.append((f"Trust statement {where}", statement))
    return [(title, document) for title, document in documents if document]


def key(recipient: Mapping[str, Any]) -> str:
    """Returns the key of a recipient's AMI, in words."""
    return str(recipient.get("kms_key_id") or ("default" if "ami" in (recipient.get("receives") or ()) else ""))


def findings(result: Result) -> list[FindingRow]:
    """Returns the rows of the table of findings: each error and warning, and one row for each check not made."""
    rows = []
    for status, word, colour in (("error", "Error", "bad"), ("warning", "Warning", "warn")):
        for one in result["findings"]:
            if one["status"] == status:
                text = without_request_id(one["message"])
                rows.append(FindingRow(word, colour, one["check"], _where_found([one]), text, one.get("remedy") or ""))
    skipped: dict[str, list[Mapping[str, Any]]] = {}
    for one in result["findings"]:
        if one["status"] == "skipped":
            skipped.setdefault(one["check"], []).append(one)
    for check, same in skipped.items():
        text = without_request_id(same[0]["message"])
        rows.append(FindingRow("Not checked", "dim", check, _where_found(same), text, same[0].get("remedy") or ""))
    return rows


def _where_found(same: list[Mapping[str, Any]]) -> str:
    """Returns the Regions and accounts of findings, each once."""
    texts = [" ".join(filter(None, [one.get("region"), one.get("account_id")])) or "everywhere" for one in same]
    texts = list(dict.fromkeys(texts))
    more = f" and {len(texts) - MOST_TARGETS} more" if len(texts) > MOST_TARGETS else ""
    return ", ".join(texts[:MOST_TARGETS]) + more


_OFF = (targets.FAILED, targets.MISSING, targets.DRIFTED, targets.UNKNOWN, targets.UNFINISHED)
_WOULD = (("create", "to create", "good"), ("change", "to change", "warn"), ("remove", "to remove", "bad"))
_DONE = (("create", "created", "good"), ("change", "changed", "warn"), ("remove", "removed", "bad"))
_FINDINGS = (
    ("error", "error", "errors", "bad"),
    ("warning", "warning", "warnings", "warn"),
    ("skipped", "not checked", "not checked", "dim"),
    ("ok", "check passed", "checks passed", "good"),
)


def _noun(number: int, one: str) -> str:
    return one if number == 1 else f"{one}s"
