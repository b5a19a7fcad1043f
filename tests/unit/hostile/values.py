"""Values that appear in playbooks by mistake."""

from __future__ import annotations

import datetime

import yaml


def deep(levels):
    """A list in a list in a list ..."""
    return [deep(levels - 1)] if levels else []


# As written in a playbook. A module gets what YAML makes of them, and a date as Ansible formats it.
WRITTEN = {
    "null": "null",
    "empty text": '""',
    "empty list": "[]",
    "empty map": "{}",
    "on": "on",
    "no": "no",
    "octal": "012",
    "an account id with zeros": "000123456701",
    "exponent": "1e3",
    "exponent with a point": "1.0e+3",
    "version": "1.10",
    "sexagesimal": "12:30:45",
    "date": "2024-01-31",
    "time": "2024-01-31T12:30:45Z",
    "not a number": ".nan",
    "negative": "-1",
    "huge": str(2**70),
    "text": "nonsense",
    "list": "[alpha, [beta]]",
    "list of nulls": "[null]",
    "list of maps": "[{alpha: beta}]",
    "map": "{alpha: {beta: [gamma]}}",
    "map of nulls": "{null: null}",
    "unrendered": '"{{ nowhere }}"',
    "unrendered statement": '"{% if nowhere %}"',
    "beyond ASCII": '"nai\\u0308ve \\u202e\\u2028 \\U0001F4A5"',
    "control characters": '"a\\0\\e[31mb\\r\\n"',
}
VALUES = {name: yaml.safe_load(text) for name, text in WRITTEN.items()}
VALUES.update({"too deep": deep(80), "too long": "x" * 70000})

# One of each kind, for options that the same code reads.
KINDS = ("null", "empty text", "on", "octal", "version", "text", "list", "list of maps", "map", "unrendered")
KINDS += ("control characters", "too deep", "too long")


def as_sent(value):
    """A value as Ansible passes it to a module."""
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key).lower() if key is None else key: as_sent(item) for key, item in value.items()}
    return value


def paths(value, path=()):
    """The path of everything in a value, the whole value first."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from paths(item, (*path, key))
