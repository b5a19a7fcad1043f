# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The target accounts of a spec, present and past, as its execution role remembers them.

The spec's inline policy on the role names its present target accounts. Tags of the role remember the accounts that left
the spec but may still have its statement in their cross-account role.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from ..arns import is_account_id
from ..arns import parse
from ..ownership import Owner
from ..targets import DESTINATION_ROLE
from .policy_document import as_list
from .trust import statements

_TAG = "goldimage.aws:accounts"

# How many account ids, separated by spaces, fit into the 256 characters of a tag's value.
_ACCOUNTS_IN_A_TAG = 19


def accounts_in_policy(document: Mapping[str, Any] | None) -> set[str]:
    """Returns the accounts in which a policy of permissions.policy() allows assuming the cross-account role."""
    accounts: set[str] = set()
    for statement in statements(document):
        if "sts:AssumeRole" not in as_list(statement.get("Action", [])):
            continue
        for arn in as_list(statement.get("Resource", [])):
            parts = parse(arn)
            if parts and parts.resource == f"role/{DESTINATION_ROLE}":
                accounts.add(parts.account_id)
        for keys in (statement.get("Condition") or {}).values():
            accounts.update(as_list(keys.get("aws:ResourceAccount", [])))
    return {account for account in accounts if is_account_id(account)}


def accounts_in_tags(owner: Owner, tags: Mapping[str, str]) -> set[str]:
    """Returns the accounts that tags of the execution role remember for this spec."""
    return {account for key in tag_keys(owner, tags) for account in re.findall("[0-9]{12}", tags[key])}


def tags_for(owner: Owner, accounts: Iterable[str]) -> dict[str, str]:
    """Returns the tags that remember these accounts."""
    ordered, tags = sorted(accounts), {}
    for number, start in enumerate(range(0, len(ordered), _ACCOUNTS_IN_A_TAG), 1):
        key = _key(owner) if number == 1 else f"{_key(owner)}/{number}"
        tags[key] = " ".join(ordered[start : start + _ACCOUNTS_IN_A_TAG])
    return tags


def tag_keys(owner: Owner, tags: Iterable[str]) -> list[str]:
    """Returns the keys of the tags that remember accounts for this spec."""
    return [key for key in tags if re.fullmatch(re.escape(_key(owner)) + "(/[0-9]+)?", key)]


def _key(owner: Owner) -> str:
    return f"{_TAG}/{owner.spec_id}/{owner.region}"
