# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as Markdown, for a merge request, a wiki or a terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

from ..differences import line
from ..plain_text import capitalised
from ..plain_text import plain
from ..plain_text import without_request_id
from . import conclusion
from . import plan
from . import sections
from . import targets
from .model import Item
from .model import Result
from .steps import in_words
from .targets import ReportTarget

_SIGNS = {plan.CREATE: "+", plan.CHANGE: "~", plan.REMOVE: "-"}
# An underscore at the edge of a word would make it italic; within a word it has no meaning.
_UNDERSCORE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def page(result: Result) -> str:
    """Returns the whole report, which begins with the conclusion."""
    all_targets = targets.targets_of(result)
    blocks = [
        [f"# {text(result['conclusion']['text'])}"],
        [_subject(result)],
        [", ".join(f"{number} {word}" for number, word, _colour in sections.counts(result, all_targets))],
        *_failures(result),
        *_listed("What to run next", result["next"]),
        *_differing(result, all_targets),
        *_plan(result),
        *_listed("Not removed", sections.leftovers(result)),
        *_matrix(all_targets),
        *_targets(result, all_targets),
        *_recipients_and_policies(result),
        *_checks(result),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if any(block)) + "\n"


def text(content: Any) -> str:
    """Escapes a text so that nothing in it is markup, a link or the end of a cell."""
    words = plain(content).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    words = re.sub(r"([\\`*|\[\]~])", r"\\\1", words)
    words = _UNDERSCORE.sub(r"\\_", words)
    return words.replace("://", "&#58;//").replace("@", "&#64;")


def code(content: Any) -> str:
    """Returns a text as inline code."""
    return "`" + plain(content).replace("`", "'").replace("|", "\\|") + "`" if content else "-"


def _subject(result: Result) -> str:
    made = f", made {text(result['made'])}" if result["made"] else ""
    mode = ", check mode: nothing was written" if result["check_mode"] else ""
    where = f"account {text(result['account_id'])}, home Region {text(result['region'])}"
    return f"Image distribution {text(result['spec_id'])}, {where}{made}{mode}"


def _failures(result: Result) -> list[list[str]]:
    if not result["failures"]:
        return []
    title = "What failed" if result["conclusion"]["kind"] == conclusion.FAILED else "What is not complete"
    blocks = [[f"## {title}"]]
    for one in result["failures"]:
        heading = conclusion.where(one) or capitalised(in_words(one["step"]))
        known = [(word, content) for word, content in sections.failure_facts(result, one) if content]
        blocks += [[f"### {text(heading)}"], [f"- {word}: {text(content)}" for word, content in known]]
    return blocks


def _listed(title: str, texts: Sequence[str]) -> list[list[str]]:
    return [[f"## {title}"], [f"- {text(one)}" for one in texts]] if texts else []


def _differing(result: Result, all_targets: list[ReportTarget]) -> list[list[str]]:
    differing = sections.differing_targets(result, all_targets)
    blocks = []
    if differing:
        body = [[group.status.word, group.text, _targets_text(group.targets)] for group in sections.groups(differing)]
        blocks = [["## What differs"], _table(("Status", "What differs", "Where"), body)]
    kept = [one for one in result["repairs"] if one["action"] == "not_possible"]
    if kept:
        body = [[str(one.get(key) or "") for key in ("region", "account_id", "field", "reason")] for one in kept]
        blocks += [["## What cannot be repaired in place"], _table(("Region", "Account", "Field", "Why"), body)]
    return blocks


def _targets_text(listed: list[ReportTarget]) -> str:
    shown = ", ".join(f"{one.region} {one.who}" for one in listed[: sections.MOST_TARGETS])
    more = len(listed) - sections.MOST_TARGETS
    return shown + (f" and {more} more" if more > 0 else "")


def _plan(result: Result) -> list[list[str]]:
    items = [item for item in result["items"] if item["action"] in _SIGNS]
    if not items:
        return []
    title = "What would change" if result["check_mode"] else "What this run changed"
    lines = [one for item in items for one in _item(item)]
    return [[f"## {title}"], lines, [capitalised(conclusion.counts(result)) + "."]]


def _item(item: Item) -> list[str]:
    account = f" in account {item['account_id']}" if item["account_id"] else ""
    reason = f": {without_request_id(item['reason'])}" if item["reason"] else ""
    head = f"- {code(_SIGNS[item['action']])} {text(item['kind'] + ' ' + item['name'] + account + reason)}"
    return [head, *(f"  - {code(line(change))}" for change in item["changes"])]


def _matrix(all_targets: list[ReportTarget]) -> list[list[str]]:
    if not all_targets:
        return []
    regions = list(dict.fromkeys(target.region for target in all_targets))
    cells = sections.cells(all_targets)
    body = [
        [name, *(targets.worst(cells[(name, region)]).letter if (name, region) in cells else "" for region in regions)]
        for name in dict.fromkeys(target.who for target in all_targets)
    ]
    used = [status for status in targets.ORDER if any(target.status == status for target in all_targets)]
    legend = ", ".join(f"{status.letter} {status.word}" for status in used)
    return [["## Regions and accounts"], [legend], _table(("Account", *regions), body, empty="")]


def _targets(result: Result, all_targets: list[ReportTarget]) -> list[list[str]]:
    if not all_targets:
        return []
    head = ("Region", "Account", "Configuration", "AMI", "Status", "Took", "Details")
    body = [
        [
            one.region,
            one.who,
            f"{one.configuration}, wave {one.wave}" if one.wave else one.configuration,
            one.ami_id,
            one.status.word,
            targets.duration(one.seconds),
            "; ".join(one.differences),
        ]
        for one in all_targets
    ]
    return [["## All targets"], [f"- {text(one)}" for one in sections.images(result)], _table(head, body)]


def _recipients_and_policies(result: Result) -> list[list[str]]:
    if not result["recipients"] and not result["execution_role"]:
        return []
    blocks = [["<details>", "<summary>Recipients and policies</summary>"]]
    blocks.append([f"- {word}: {code(arn)}" for word, arn in sections.arns(result)])
    head = ("Region", "Account", "Receives", "Key", "Also updated")
    for name in dict.fromkeys(recipient.get("configuration") for recipient in result["recipients"]):
        body = [
            [
                recipient["region"],
                targets.who(recipient, result),
                targets.receives(recipient),
                sections.key(recipient),
                targets.also_updated(recipient),
            ]
            for recipient in result["recipients"]
            if recipient.get("configuration") == name
        ]
        blocks += [[f"### {text(name)}"], _table(head, body)]
    for title, document in sections.policies(result):
        blocks += [[f"### {text(title)}"], _json(document)]
    return [*blocks, ["</details>"]]


def _json(document: Any) -> list[str]:
    """Returns a document as an indented block, in which nothing is markup. JSON escapes line breaks."""
    return [f"    {one}" for one in json.dumps(document, indent=2).split("\n")]


def _checks(result: Result) -> list[list[str]]:
    rows = [[f"{row.word}: {row.check}", row.where, row.message, row.remedy] for row in sections.findings(result)]
    head = ("Finding", "Where", "What was found", "What to do")
    return [["## Checks"], _table(head, rows)] if rows else []


def _table(head: Iterable[str], body: Iterable[Iterable[Any]], empty: str = "-") -> list[str]:
    titles = [text(title) for title in head]
    lines = [f"| {' | '.join(titles)} |", f"|{'---|' * len(titles)}"]
    for row in body:
        lines.append(f"| {' | '.join(text(cell) if cell else empty for cell in row)} |")
    return lines
