# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as one HTML page that loads nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ..differences import line
from ..plain_text import capitalised
from ..plain_text import plain
from ..plain_text import without_request_id
from . import conclusion
from . import plan
from . import sections
from . import targets
from .markup import Content
from .markup import Html
from .markup import join
from .markup import lines
from .markup import raw
from .markup import tag
from .model import Failure
from .model import Item
from .model import Result
from .steps import in_words
from .style import CSS
from .targets import ReportTarget

# Up to this many Regions, the matrix shows their names horizontally, otherwise vertically.
_FEW_REGIONS = 6
_SIGNS = {plan.CREATE: "+", plan.CHANGE: "~", plan.REMOVE: "-"}
_SIGN_COLOURS = {"+": "good", "~": "warn", "-": "bad"}


def page(result: Result) -> str:
    """Returns the whole page, which begins with the conclusion."""
    all_targets = targets.targets_of(result)
    title = f"Image distribution: {result['spec_id']}"
    head = lines(
        [
            tag("meta", charset="utf-8"),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="goldimage-report", content=" ".join(sections.parts(result))),
            tag("title", f"{result['conclusion']['text']} - {title}"),
            tag("style", raw(CSS)),
        ]
    )
    body = [
        tag("header", _header(result, all_targets, title)),
        tag(
            "main",
            lines(
                part
                for part in (
                    _failures(result),
                    _next(result),
                    _differing(result, all_targets),
                    _plan(result),
                    _leftovers(result),
                    _matrix(all_targets),
                    _targets(result, all_targets),
                    _recipients_and_policies(result),
                    _checks(result),
                )
                if part is not None
            ),
        ),
    ]
    document = tag("html", raw("\n"), tag("head", head), raw("\n"), tag("body", lines(body)), raw("\n"), lang="en")
    return f"<!DOCTYPE html>\n{document}\n"


def _header(result: Result, all_targets: list[ReportTarget], title: str) -> Html:
    where = f"Account {result['account_id']}, home Region {result['region']}"
    made = f", made {result['made']}" if result["made"] else ""
    mode = ", check mode: nothing was written" if result["check_mode"] else ""
    chips = [
        tag("li", tag("b", str(number), class_=colour if number else None), f" {word}")
        for number, word, colour in sections.counts(result, all_targets)
    ]
    return lines(
        [
            tag("h1", title),
            tag(
                "p",
                result["conclusion"]["text"],
                class_=f"conclusion {conclusion.COLOURS[result['conclusion']['kind']]}",
            ),
            tag("p", f"{where}{made}{mode}", class_="soft"),
            tag("ul", lines(chips), class_="counts"),
        ]
    )


def _failures(result: Result) -> Html | None:
    if not result["failures"]:
        return None
    title = "What failed" if result["conclusion"]["kind"] == conclusion.FAILED else "What is not complete"
    return _section(title, [tag("div", lines(_failure(result, one) for one in result["failures"]), class_="cards")])


def _failure(result: Result, one: Failure) -> Html:
    facts = [(word, text) for word, text in sections.failure_facts(result, one) if text]
    listed = [join([tag("dt", word), tag("dd", text)]) for word, text in facts]
    heading = conclusion.where(one) or capitalised(in_words(one["step"]))
    return tag("article", tag("h3", heading), tag("dl", lines(listed)), class_="card")


def _next(result: Result) -> Html | None:
    if not result["next"]:
        return None
    return _section("What to run next", [tag("ul", lines(tag("li", text) for text in result["next"]))])


def _differing(result: Result, all_targets: list[ReportTarget]) -> Html | None:
    """Returns the section of targets that differ, with the reasons."""
    differing = sections.differing_targets(result, all_targets)
    if not differing:
        return None
    body = [
        tag(
            "tr",
            tag("td", group.status.word, class_=f"word {group.status.colour}"),
            _cell("What differs", group.text, "why"),
            tag("td", _links(group.targets), data_label="Where"),
        )
        for group in sections.groups(differing)
    ]
    table = _table(("Status", "What differs", "Where"), [tag("tbody", lines(body))])
    return _section("What differs", [table, *_not_repaired(result)])


def _links(listed: list[ReportTarget]) -> Html:
    """Returns targets as links to their rows. A link is not broken across lines."""
    shown = [
        tag("a", f"{one.region} {one.who}", href=f"#{one.anchor}", class_="target")
        for one in listed[: sections.MOST_TARGETS]
    ]
    more = len(listed) - len(shown)
    return join([join(shown, ", "), f" and {more} more" if more > 0 else None])


def _not_repaired(result: Result) -> list[Content]:
    kept = [one for one in result["repairs"] if one["action"] == "not_possible"]
    if not kept:
        return []
    head = ("Region", "Account", "Field", "Why")
    body = [
        tag(
            "tr",
            tag("td", str(one["region"]), data_label="Region"),
            tag("td", str(one["account_id"]), data_label="Account", class_="account"),
            _cell("Field", str(one.get("field") or "")),
            _cell("Why", str(one.get("reason") or "")),
        )
        for one in kept
    ]
    return [tag("h3", "What cannot be repaired in place"), _table(head, [tag("tbody", lines(body))])]


def _plan(result: Result) -> Html | None:
    items = [item for item in result["items"] if item["action"] in _SIGNS]
    if not items:
        return None
    title = "What would change" if result["check_mode"] else "What this run changed"
    listed = [_item(item) for item in items]
    shown: list[Content] = [tag("ul", lines(listed[: sections.MOST_ITEMS]), class_="plan")]
    if len(listed) > sections.MOST_ITEMS:
        rest = tag("ul", lines(listed[sections.MOST_ITEMS :]), class_="plan")
        shown.append(tag("details", tag("summary", f"{len(listed) - sections.MOST_ITEMS} more"), rest))
    return _section(title, [*shown, tag("p", capitalised(conclusion.counts(result)), class_="soft")])


def _item(item: Item) -> Html:
    sign = _SIGNS[item["action"]]
    account = f" in account {item['account_id']}" if item["account_id"] else ""
    reason = f": {without_request_id(item['reason'])}" if item["reason"] else ""
    fields = [tag("li", tag("code", line(change))) for change in item["changes"]]
    return tag(
        "li",
        tag("b", sign, class_=_SIGN_COLOURS[sign]),
        f"{item['kind']} ",
        tag("strong", item["name"]),
        f"{account}{reason}",
        tag("ul", lines(fields)) if fields else None,
    )


def _leftovers(result: Result) -> Html | None:
    listed = [tag("li", text) for text in sections.leftovers(result)]
    return _section("Not removed", [tag("ul", lines(listed))]) if listed else None


def _matrix(all_targets: list[ReportTarget]) -> Html | None:
    if not all_targets:
        return None
    regions = list(dict.fromkeys(target.region for target in all_targets))
    names = list(dict.fromkeys(target.who for target in all_targets))
    few = "few" if len(regions) <= _FEW_REGIONS else None
    head = tag("tr", tag("td"), *(tag("th", tag("span", region), scope="col", class_=few) for region in regions))
    cells = sections.cells(all_targets)
    body = [
        tag("tr", tag("th", name, scope="row"), *(_square(cells.get((name, region))) for region in regions))
        for name in names
    ]
    used = [status for status in targets.ORDER if any(target.status == status for target in all_targets)]
    legend = [tag("li", tag("b", one.letter, class_=f"cell {one.colour}"), one.word) for one in used]
    table = tag("table", tag("thead", head), raw("\n"), tag("tbody", lines(body)), class_="matrix")
    return _section(
        "Regions and accounts", [tag("ul", lines(legend), class_="legend"), tag("div", table, class_="scroll")]
    )


def _square(cell_targets: list[ReportTarget] | None) -> Html:
    if not cell_targets:
        return tag("td")
    status = targets.worst(cell_targets)
    target = next(one for one in cell_targets if one.status == status)
    title = f"{target.region}, {target.who}: {status.word}"
    link = tag("a", status.letter, href=f"#{target.anchor}", title=title)
    return tag("td", link, class_=f"cell {status.colour}")


def _targets(result: Result, all_targets: list[ReportTarget]) -> Html | None:
    if not all_targets:
        return None
    several = len({(target.configuration, target.wave) for target in all_targets}) > 1
    took = any(target.seconds is not None for target in all_targets)
    head = ["Account", *(["Configuration"] if several else []), "AMI", "Status", *(["Took"] if took else []), "Details"]
    groups = []
    for region in dict.fromkeys(target.region for target in all_targets):
        home = " (home)" if region == result["region"] else ""
        title = tag("th", f"{region}{home}", colspan=str(len(head)), scope="rowgroup")
        body = [tag("tr", title, class_="region")]
        body += [_target(target, several, took) for target in all_targets if target.region == region]
        groups.append(tag("tbody", lines(body)))
    return _section("All targets", [*_images(result), _table(head, groups)])


def _target(target: ReportTarget, several: bool, took: bool) -> Html:
    name = f"{target.configuration}, wave {target.wave}" if target.wave else target.configuration or ""
    ami = tag("code", target.ami_id) if target.ami_id else "-"
    return tag(
        "tr",
        tag("td", target.who, class_="account"),
        tag("td", name, data_label="Configuration") if several else None,
        tag("td", ami, data_label="AMI", class_="ami" if target.ami_id else "nothing"),
        tag("td", target.status.word, data_label="Status", class_=f"word {target.status.colour}"),
        _cell("Took", targets.duration(target.seconds), "took") if took else None,
        _cell("Details", "; ".join(target.differences), "why"),
        id=target.anchor,
    )


def _images(result: Result) -> list[Content]:
    texts = sections.images(result)
    return [tag("ul", lines(tag("li", text) for text in texts), class_="plain soft")] if texts else []


def _recipients_and_policies(result: Result) -> Html | None:
    if not result["recipients"] and not result["execution_role"]:
        return None
    parts: list[Content] = []
    facts = [join([tag("dt", word), tag("dd", tag("code", text))]) for word, text in sections.arns(result)]
    if facts:
        parts.append(tag("dl", lines(facts)))
    head = ("Region", "Account", "Receives", "Key", "Also updated")
    for name in dict.fromkeys(recipient.get("configuration") for recipient in result["recipients"]):
        own = [recipient for recipient in result["recipients"] if recipient.get("configuration") == name]
        body = [_recipient(result, recipient) for recipient in own]
        parts += [tag("h3", str(name)), _table(head, [tag("tbody", lines(body))])]
    for title, document in sections.policies(result):
        text = json.dumps(document, indent=2)
        parts += [tag("h3", title), tag("pre", _preformatted(text))]
    return tag("section", tag("details", tag("summary", "Recipients and policies"), raw("\n"), lines(parts)))


def _recipient(result: Result, recipient: dict[str, Any]) -> Html:
    return tag(
        "tr",
        tag("td", str(recipient["region"]), data_label="Region"),
        tag("td", targets.who(recipient, result), data_label="Account", class_="account"),
        _cell("Receives", targets.receives(recipient)),
        _cell("Key", sections.key(recipient)),
        _cell("Also updated", targets.also_updated(recipient)),
    )


def _checks(result: Result) -> Html | None:
    rows = sections.findings(result)
    if not rows:
        return None
    head = ("Finding", "Where", "What was found", "What to do")
    body = [
        tag(
            "tr",
            tag("td", f"{row.word} ", tag("span", row.check, class_="soft"), class_=row.colour),
            _cell("Where", row.where),
            _cell("Found", row.message),
            _cell("What to do", row.remedy),
        )
        for row in rows
    ]
    return _section("Checks", [_table(head, [tag("tbody", lines(body))])] if body else [])


def _section(title: str, content: Iterable[Content]) -> Html:
    return tag("section", tag("h2", title), raw("\n"), lines(content))


def _table(head: Iterable[str], bodies: Iterable[Html]) -> Html:
    cells = join(tag("th", name, scope="col") for name in head)
    return tag("table", tag("thead", tag("tr", cells)), raw("\n"), lines(bodies), class_="list")


def _cell(label: str, text: str, kind: str = "") -> Html:
    classes = " ".join(filter(None, [kind, "" if text else "nothing"]))
    return tag("td", text or "-", data_label=label, class_=classes or None)


def _preformatted(text: str) -> Html:
    return lines(f"{' ' * (len(one) - len(one.lstrip()))}{plain(one)}" for one in text.split("\n"))
