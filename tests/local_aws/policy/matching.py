"""Patterns of policies against the texts of a request: wildcards, ARNs, policy variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from .errors import CannotJudge

_ARN_PARTS = 6
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULTED = re.compile(r"\s*([^,]+?)\s*,\s*'(.*)'\s*")
# The value of a variable means itself, even if it is a star: such characters are hidden from the matching.
_HIDDEN = {"*": "\ue000", "?": "\ue001"}
_HIDING = {ord(character): hidden for character, hidden in _HIDDEN.items()}


def matches(pattern: str, text: str, ignore_case: bool = False) -> bool:
    """Whether the whole text fits a pattern in which ``*`` matches any characters and ``?`` one."""
    return _compiled(pattern, ignore_case).fullmatch(text) is not None


def arn_matches(pattern: str, arn: str) -> bool:
    """Whether an ARN fits a pattern, part by part between the first five colons, as wildcards never reach across."""
    wanted, given = pattern.split(":", _ARN_PARTS - 1), arn.split(":", _ARN_PARTS - 1)
    return len(wanted) == len(given) and all(matches(*pair) for pair in zip(wanted, given, strict=True))


def resource_matches(pattern: str, resource: str) -> bool:
    """Whether a resource fits an entry of ``Resource``: ``*``, or an ARN whose missing parts IAM takes for ``*``."""
    if pattern == "*":
        return True
    if not pattern.startswith("arn:"):
        raise CannotJudge(f"a Resource is * or an ARN, not {pattern!r}")
    parts = pattern.split(":", _ARN_PARTS - 1)
    parts += ["*"] * (_ARN_PARTS - len(parts))
    return arn_matches(":".join(parts), resource)


def substitute(text: str, context: Mapping[str, Any]) -> str | None:
    """A text with its policy variables replaced; None if the request has no such key, because then nothing matches.

    context: condition keys in lower case.
    """
    missing = False

    def value_of(variable: re.Match[str]) -> str:
        nonlocal missing
        name = variable.group(1)
        if name in ("*", "?", "$"):
            return _HIDDEN.get(name, name)
        defaulted = _DEFAULTED.fullmatch(name)
        key, default = defaulted.groups() if defaulted else (name.strip(), None)
        value = context.get(key.lower(), default)
        if value is None:
            missing = True
            return ""
        if not isinstance(value, str):
            raise CannotJudge(f"the policy variable {key} has several values")
        return value.translate(_HIDING)

    replaced = _VARIABLE.sub(value_of, text)
    return None if missing else replaced


@cache
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    literal = {hidden: re.escape(shown) for shown, hidden in _HIDDEN.items()}
    pieces = [{"*": ".*", "?": "."}.get(one) or literal.get(one) or re.escape(one) for one in pattern]
    return re.compile("".join(pieces), re.DOTALL | (re.IGNORECASE if ignore_case else 0))
