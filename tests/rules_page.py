"""Writes the page "What AWS refuses, and when" from the table of rules: `python -m tests.rules_page`."""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plugins.module_utils._distribution.validation.rule import Rule

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "docsite" / "rst" / "rules.rst"

_HEAD = """\
.. Copyright: Contributors to the goldimage.aws project
.. GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

.. Made by tests/rules_page.py from the table of rules; `make format` regenerates it.

.. _ansible_collections.goldimage.aws.docsite.rules:

What AWS refuses, and when
==========================

Image Builder accepts many combinations of options that EC2, KMS, SSM or VM Import/Export refuse hours later, when the
copies have been made. This collection finds them before the first write. Each rule below says what is wrong, what to do
about it, when AWS itself would refuse it, and what finds it. Words in capitals stand for what differs from case to
case.

* **Modules** check what needs no request. Every module that takes ``distributions`` or writes a configuration does
  so. An error stops the task before it writes anything. If the configuration in AWS already breaks a rule,
  the module warns and leaves it as it is.
* The **preflight**, :ref:`ansible_collections.goldimage.aws.imagebuilder_distribution_preflight_info_module`, asks AWS
  in each Region and account about the rest, and reports all rules as findings.

A warning means that AWS accepts the settings but probably does not do what you intended, or that it is not known
whether AWS accepts them.

.. contents::
    :local:
    :depth: 1
"""

# The beginning of an option path -> the section of its rules. The first match counts.
_SECTIONS = (
    ("source_image", "The source image"),
    ("ami_distribution_configuration.kms_key_id", "Keys"),
    ("ami_distribution_configuration.launch_permission", "Who may launch an AMI"),
    ("ami_distribution_configuration.target_account_ids", "Target accounts"),
    ("ami_distribution_configuration", "AMI names and tags"),
    ("launch_template", "Launch templates"),
    ("ssm_parameter", "SSM parameters"),
    ("fast_launch", "Fast Launch"),
    ("s3_export", "Exports"),
    ("container", "Container images"),
    ("license", "Licence configurations"),
    ("execution_role", "The execution role"),
    ("", "Regions"),
)
_REFUSED = {
    "create": "when the configuration is written",
    "rollout": "during the rollout",
    "never": "not at all",
}
_FOUND_BY = {"module": "modules, preflight", "preflight": "preflight"}


def page(rules: Iterable[Rule]) -> str:
    """The whole page, for the rules of the table."""
    sections: dict[str, list[Rule]] = {title: [] for _start, title in reversed(_SECTIONS)}
    for rule in rules:
        sections[next(title for start, title in _SECTIONS if rule.options[0].startswith(start))].append(rule)
    lines = [_HEAD]
    for title, listed in sections.items():
        if listed:
            lines += [title, "-" * len(title), "", *_table(listed)]
    return "\n".join(lines).rstrip() + "\n"


def _table(rules: Iterable[Rule]) -> Iterator[str]:
    yield from (".. list-table::", "    :header-rows: 1", "    :widths: 45 35 20", "")
    yield from ("    * - Rule", "      - What to do", "      - When AWS refuses it; what finds it")
    for rule in rules:
        options = ", ".join(f"``{option}``" for option in rule.options if option)
        kind = "Warning" if rule.severity == "warning" else "Error"
        prefix = f"{options}: " if options else ""
        message = _plain(rule.message) if prefix else _sentence(_plain(rule.message)).rstrip(".")
        yield from _cell("    * - ", f"{kind} ``{rule.id}``. {prefix}{message}.")
        yield from _cell("      - ", f"{_sentence(_plain(rule.remedy))} Source: {_plain(rule.source)}.")
        yield from _cell("      - ", f"{_sentence(_REFUSED[rule.refused])} Found by: {_FOUND_BY[rule.when]}.")
    yield ""


def _cell(start: str, text: str) -> list[str]:
    return textwrap.wrap(
        text, 120, initial_indent=start, subsequent_indent=" " * 8, break_long_words=False, break_on_hyphens=False
    )


def _plain(text: str) -> str:
    """A message with its facts in capital letters, escaped for reStructuredText."""
    text = text.replace("write {suggestion}", "write what the message suggests")
    text = text.replace("{suggestion}", "follow the suggestion in the message").replace("{hint}", "")
    text = re.sub(r"(?<!\{)\{(\w+)\}(?!\})", lambda match: match[1].upper().replace("_", "-"), text)
    text = text.replace("{{", "{").replace("}}", "}")
    return re.sub(r"([\\*`|])|_(?=\W|$)", lambda match: f"\\{match[0]}", text)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def main() -> int:
    """Write the page."""
    from plugins.module_utils._distribution.validation.rules import RULES

    PAGE.write_text(page(RULES.values()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
