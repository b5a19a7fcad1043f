# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that nobody knows, with those that were probably meant."""

from __future__ import annotations

DOCUMENTATION = r"""
name: unknown_names
short_description: Names that are not among the known ones, each with the nearest
version_added: 1.0.0
author:
  - Contributors to the goldimage.aws project (@goldimage)
description:
  - Ansible ignores a variable that nobody reads, so a misspelt one goes unnoticed. This filter finds them.
positional: _input
options:
  _input:
    description:
      - The names to look at.
    type: list
    elements: str
    required: true
  known:
    description:
      - The names that are known.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Refuse variables that the role does not know
  ansible.builtin.assert:
    that: names | goldimage.aws.unknown_names(known) | length == 0
    fail_msg: "{{ names | goldimage.aws.unknown_names(known) | join('; ') }}"
  vars:
    names: "{{ query('ansible.builtin.varnames', '^web_') }}"
    known: [web_name, web_region]
"""

RETURN = r"""
_value:
  description: A sorted list of texts, one for each unknown name; empty where all are known.
  type: list
  elements: str
  sample: ["web_regoin (did you mean web_region?)"]
"""

import difflib
from collections.abc import Iterable

from ansible.errors import AnsibleFilterError


def unknown_names(names, known):
    """The filter; see DOCUMENTATION."""
    if not all(isinstance(given, Iterable) and not isinstance(given, str) for given in (names, known)):
        raise AnsibleFilterError("goldimage.aws.unknown_names takes lists of names")
    known = [str(name) for name in known]
    return [_explain(name, known) for name in sorted({str(name) for name in names} - set(known))]


def _explain(name, known):
    # What all names begin with says nothing about which one was meant.
    start = len(_common_start([name, *known]))
    near = difflib.get_close_matches(name[start:], [one[start:] for one in known], n=1)
    return "%s (did you mean %s?)" % (name, name[:start] + near[0]) if near else name


def _common_start(names):
    first, last = min(names), max(names)
    length = 0
    while length < len(first) and first[length] == last[length]:
        length += 1
    return first[:length]


class FilterModule:
    """What Ansible asks a file of filters for."""

    def filters(self):
        """Name -> filter."""
        return {"unknown_names": unknown_names}
