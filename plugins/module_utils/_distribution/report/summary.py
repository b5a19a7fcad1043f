# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The summary that ends a run on the terminal. It begins with the cause of a failure, and then shows the plan."""

from __future__ import annotations

from collections.abc import Sequence

from ..differences import line
from ..plain_text import capitalised
from ..plain_text import counted
from ..plain_text import plain
from ..plain_text import without_request_id
from ..targets import target_of
from . import conclusion
from . import plan
from . import targets
from .model import Failure
from .model import Item
from .model import Result
from .steps import in_words

# How many items of a kind, lines of a change, and characters of a text the summary shows.
_MOST = 20
_MOST_FIELDS = 8
_LONGEST = 400

# The conclusions whose text contains the counts.
_COUNTED = (conclusion.WOULD_CHANGE, conclusion.CHANGED)
_SIGNS = {plan.CREATE: "+", plan.CHANGE: "~", plan.REMOVE: "-"}


def summary(result: Result) -> list[str]:
    """Returns the summary: what failed, the targets, what changed, the counts, what to run next, and the report.

    :returns: lines without control characters.
    """
    lines = [f"{result['spec_id']}: {_head(result)}"]
    lines += _shortened([line for failure in result["failures"] for line in _failure(failure)], 2 * _MOST)
    lines += _live(result)
    lines += _plan(result)
    lines += _warnings(result)
    lines += _leftovers(result)
    if result["items"]:
        lines.append(f"{capitalised(conclusion.counts(result))}.")
    lines += result["next"]
    report = result["report"]
    if report:
        word = "The report would be" if result["check_mode"] else "Report"
        lines.append(f"{word}: {report['html']} and {report['markdown']}")
    return [_plain_line(one) for one in lines]


def failure(result: Result) -> str | None:
    """Returns the error with which the run ends: the first cause, in one line. None if nothing failed."""
    if not result["failures"]:
        return None
    more = len(result["failures"]) - 1
    text = _failure(conclusion.first_cause(result), sign="")[0]
    return plain(f"{text} (and {counted(more, 'more failure')})" if more else text)


def _head(result: Result) -> str:
    """Returns the conclusion without the counts, which follow the plan."""
    conclusion_text = result["conclusion"]["text"]
    return conclusion_text.partition(":")[0] if result["conclusion"]["kind"] in _COUNTED else conclusion_text


def _plain_line(text: str) -> str:
    """Returns a line without control characters. Its indentation remains."""
    return text[: len(text) - len(text.lstrip(" "))] + plain(text)


def _failure(one: Failure, sign: str = "! ") -> list[str]:
    target_text = conclusion.where(one)
    at = f" at {one['at']}" if one["at"] and one["step"] == "rollout" else ""
    mark = f" [{one['at']}]" if one["at"] and one["step"] != "rollout" else ""
    begin = target_text or capitalised(in_words(one["step"]))
    texts = [text for text in map(str.strip, one["message"].split("\n")) if text]
    message = _cut(" ".join(texts)).rstrip(".")
    # The messages of some modules already begin with the account.
    named_already = bool(target_text) and message.startswith((f"{target_text}:", f"{target_text} "))
    lines = [f"{sign}{message}{mark}" if named_already else f"{sign}{begin}{at}: {message}{mark}"]
    return lines + ([f"{' ' * len(sign)}{_cut(one['remedy'])}"] if one["remedy"] else [])


def _live(result: Result) -> list[str]:
    """Returns one line for each configuration or wave, then the targets that differ."""
    all_targets = targets.targets_of(result)
    if not targets.seen(all_targets):
        return []
    lines = []
    keys = list(dict.fromkeys((target.configuration, target.wave) for target in all_targets))
    for key in keys if len(keys) > 1 else ():
        own = targets.seen([target for target in all_targets if (target.configuration, target.wave) == key])
        name = f"{key[0]}, wave {key[1]}" if key[1] else str(key[0])
        if own:
            tally = ", ".join(f"{number} {status.word}" for status, number in targets.tally(own))
            lines.append(f"  {name}: {tally}")
    with_failure = {target_of(failure) for failure in result["failures"]}
    differing = [
        target
        for target in all_targets
        if target.status in (targets.DRIFTED, targets.MISSING, targets.UNKNOWN, targets.FAILED)
        and (target.differences or target.status != targets.FAILED)
        and (target.region, target.account_id) not in with_failure
    ]
    if len(differing) <= _MOST:
        return lines + [f"! {target.region}, account {_state(target, target.differences)}" for target in differing]
    return lines + _shortened([_group(same) for same in _alike(differing)], _MOST)


def _state(target: targets.ReportTarget, differences: Sequence[str]) -> str:
    return f"{target.account_id}: {target.status.word}" + (f": {_cut('; '.join(differences))}" if differences else "")


def _alike(differing: Sequence[targets.ReportTarget]) -> list[list[targets.ReportTarget]]:
    """Groups targets by status and differences."""
    groups: dict[tuple[str, ...], list[targets.ReportTarget]] = {}
    for target in differing:
        groups.setdefault((target.status.word, *target.differences), []).append(target)
    return list(groups.values())


def _group(same: Sequence[targets.ReportTarget]) -> str:
    first = same[0]
    text = f": {_cut('; '.join(first.differences))}" if first.differences else ""
    where = ", ".join(f"{target.region} {target.account_id}" for target in same[:3])
    more = f" and {len(same) - 3} more" if len(same) > 3 else ""
    return f"! {counted(len(same), 'target')} {first.status.word}{text} ({where}{more})"


def _plan(result: Result) -> list[str]:
    """Returns one line for each item that changes. Many items of one kind are folded into one line."""
    lines = []
    groups: dict[tuple[str, str, str], list[Item]] = {}
    for item in result["items"]:
        if item["action"] in _SIGNS:
            groups.setdefault((item["action"], item["step"], item["kind"]), []).append(item)
    for (action, _step, kind), items in groups.items():
        if len(items) > _MOST:
            names = ", ".join(_thing(item) for item in items[:3])
            lines.append(f"{_SIGNS[action]} {counted(len(items), kind)}: {names} and {len(items) - 3} more")
            continue
        for index, item in enumerate(items):
            # A plan shows the permissions of the first role only. Those in other accounts are similar.
            lines += _item_lines(item, result["check_mode"] and not index)
    return lines


def _item_lines(item: Item, rights: bool) -> list[str]:
    head = f"{_SIGNS[item['action']]} {item['kind']} {_thing(item)}"
    if item["reason"]:
        head += f": {_cut(item['reason'])}"
    texts = [line(change) for change in item["changes"]]
    if rights and item["rights"]:
        lines = [f"    {_cut(text)}" for text in [*texts, *item["rights"]]]
        shortened = any("..." in text for text in lines)
        return [head, *lines, *(["    (--diff and the result show the complete policies)"] if shortened else [])]
    if len(texts) == 1:
        return [f"{head}{', ' if item['reason'] else ': '}{texts[0]}"]
    return [head, *_shortened([f"    {text}" for text in texts], _MOST_FIELDS)]


def _thing(item: Item) -> str:
    return item["name"] + (f" in account {item['account_id']}" if item["account_id"] else "")


def _warnings(result: Result) -> list[str]:
    """Returns each warning once, with the Regions and accounts that it is about."""
    warnings: dict[tuple[str, str], list[str]] = {}
    for finding in result["findings"]:
        if finding["status"] == "warning":
            where = " ".join(filter(None, [finding.get("region"), finding.get("account_id")]))
            key = (without_request_id(finding["message"]), finding.get("remedy") or "")
            warnings.setdefault(key, []).append(where)
    lines = []
    for (message, remedy), listed in warnings.items():
        where = ", ".join(target_text for target_text in listed[:3] if target_text)
        more = f" and {len(listed) - 3} more" if len(listed) > 3 else ""
        text = _cut(message).rstrip(".")
        lines.append(f"Warning{f', {where}{more}' if where else ''}: {text}{f'. {_cut(remedy)}' if remedy else ''}")
    skipped = sorted({finding["check"] for finding in result["findings"] if finding["status"] == "skipped"})
    if skipped:
        number = sum(finding["status"] == "skipped" for finding in result["findings"])
        where = "report" if result["report"] and not result["check_mode"] else "result"
        lines.append(f"Not checked: {', '.join(skipped)} ({counted(number, 'finding')}); the {where} says why.")
    return _shortened(lines, _MOST)


def _leftovers(result: Result) -> list[str]:
    lines = []
    for one in result["leftovers"]:
        reason = f" because {_cut(one['reason'])}" if one.get("reason") else ""
        remedy = f". {_cut(one['remedy'])}" if one.get("remedy") else ""
        lines.append(f"Not removed: {leftover(one)}{reason}{remedy}")
    lines += [
        f"Not {'repaired' if item['step'] == 'repair' else 'removed'}: {item['kind']} {_thing(item)}"
        + (f" because {_cut(item['reason'])}" if item["reason"] else "")
        for item in result["items"]
        if item["action"] == plan.KEPT
    ]
    for look in result["drift"]:
        lines += [
            f"No longer configured: {ami.get('ami_id')} in {ami.get('region')}, account {ami.get('account_id')}"
            for ami in look["leftovers"]
        ]
    return _shortened(lines, _MOST)


def leftover(one: dict[str, object]) -> str:
    """Names what was not removed, from whatever keys the module returned."""
    name = (
        one.get("arn")
        or one.get("name")
        or one.get("ami_id")
        or str(one.get("kind") or one.get("step")).replace("_", " ")
    )
    account = f"account {one['account_id']}" if one.get("account_id") and ":" not in str(name) else ""
    where = [str(part) for part in (one.get("region"), account) if part and str(part) not in str(name)]
    return f"{name}" + (f" in {', '.join(where)}" if where else "")


def _cut(text: object) -> str:
    words = plain(text)
    return words if len(words) <= _LONGEST else words[: _LONGEST - 3] + "..."


def _shortened(lines: Sequence[str], most: int) -> list[str]:
    if len(lines) <= most:
        return list(lines)
    rest = len(lines) - most + 1
    indent = " " * (len(lines[0]) - len(lines[0].lstrip()))
    return [*lines[: most - 1], f"{indent}... and {rest} more lines; the result and the report have them all"]
