# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The IAM statements for KMS keys, which distributions may name by ARN, id or alias.

Source of actions and conditions: EC2ImageBuilderExecutionPolicy (v2). In target accounts, the actions are those of the
Image Builder user guide, "Set up cross-account AMI distribution", under the same conditions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any
from typing import TYPE_CHECKING

from ..arns import account_of
from ..arns import parse
from ..arns import read
from .policy_document import Statement
from .policy_document import statement

if TYPE_CHECKING:
    from .statements import Role


def execution_keys(named: Iterable[tuple[str, str]], role: Role) -> Iterator[Statement | None]:
    """Returns the statements, some None, for what the execution role does with keys.

    :param named: (ARN, id or alias of a key; Region of the entry, for a key that is not given by ARN).
    """
    use = ("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo")
    return _encryption(named, role, use, ("CreateGrant",))


def destination_keys(named: Iterable[tuple[str, str]], role: Role) -> Iterator[Statement | None]:
    """Returns the statements, some None, for what the cross-account role in a target account does with keys."""
    use = ("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey*", "ReEncrypt*")
    return _encryption(named, role, use, ("CreateGrant", "ListGrants", "RevokeGrant"))


def _encryption(
    named: Iterable[tuple[str, str]], role: Role, use: tuple[str, ...], grants: tuple[str, ...]
) -> Iterator[Statement | None]:
    """Yields statements for keys.

    An alias in Resource means the alias and not its key, so it would allow nothing. The condition kms:ResourceAliases
    selects such keys instead. Source: AWS KMS developer guide, "Use aliases to control access to KMS keys".
    """
    use, grants = [tuple("kms:" + name for name in names) for names in (use, grants)]
    services = ["ec2.*.amazonaws.com"] + (["ec2.*.amazonaws.com.cn"] if role.partition == "aws-cn" else [])
    through_ec2 = {"StringLike": {"kms:ViaService": services}}
    for_ebs = {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["aws:ebs:id"]}}
    by_aws = {"kms:GrantIsForAWSResource": "true"}
    for suffix, arns, aliases in _key_groups(named, role):
        if role.short:
            # Only requests about grants have the key that by_aws checks, so one statement can hold both conditions.
            condition = {**through_ec2, **for_ebs, **aliases, "BoolIfExists": by_aws}
            yield statement("UseKeys" + suffix, use + grants, arns, condition)
        else:
            yield statement("UseKeys" + suffix, use, arns, {**through_ec2, **for_ebs, **aliases})
            yield statement("GrantKeys" + suffix, grants, arns, {**through_ec2, **aliases, "Bool": by_aws})


def _key_groups(
    named: Iterable[tuple[str, str]], role: Role
) -> Iterator[tuple[str, set[str], dict[str, dict[str, Any]]]]:
    """Yields (end of the Sid, ARNs, condition): first for keys that a statement can name, then for each alias."""
    plain: set[str] = set()
    by_alias: dict[tuple[str, str], set[str]] = {}
    for text, region in named:
        arn, alias = _key(text, region, role)
        if alias is None:
            plain.add(arn)
        else:
            # An alias is allowed only in the account and Regions for which it is given.
            by_alias.setdefault((alias, account_of(arn)), set()).add(arn)
    yield "", plain, {}
    taken: set[str] = set()
    for alias_and_account in sorted(by_alias):
        alias = alias_and_account[0]
        condition = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": [alias]}}
        yield _suffix(alias, taken), by_alias[alias_and_account], condition


def _key(text: str, region: str, role: Role) -> tuple[str, str | None]:
    """Returns (ARN for Resource, alias or None). An id or alias is one of the role's account and the entry's Region."""
    name = text if "/" in text else f"key/{text}"
    arn = parse(text) or read(role.arn("kms", region, name))
    if arn.kind == "alias":
        return str(arn._replace(resource="key/*")), arn.resource
    return str(arn), None


def _suffix(alias: str, taken: set[str]) -> str:
    """Returns the alias as part of a Sid, which may contain only letters and digits."""
    name = "Of" + "".join(part[0].upper() + part[1:] for part in re.findall("[A-Za-z0-9]+", alias))
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name}Number{number}"
    taken.add(free)
    return free
