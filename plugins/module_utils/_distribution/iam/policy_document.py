# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IAM policy documents: writing statements in a fixed order, measuring their size, and making them smaller.

statements.py says which statements a distribution needs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

from ..arns import read

# Matches ARNs with a Region. ARNs of IAM do not have one.
_REGION = re.compile(r"^(arn:[^:]+:[^:]+):([^:*]+):")


class Statement(NamedTuple):
    """One Allow statement."""

    sid: str | None
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: dict[str, dict[str, Any]]


def as_list(value: Any) -> list[Any]:
    """Returns the values of a member of a policy. IAM also accepts a single one without a list around it."""
    return value if isinstance(value, list) else [value]


def statement(
    sid: str | None,
    actions: Iterable[str],
    resources: Iterable[str],
    condition: dict[str, dict[str, Any]] | None = None,
) -> Statement | None:
    """Makes a Statement. Returns None if there are no resources, and so nothing to allow."""
    resources = tuple(sorted(set(resources)))
    return Statement(sid, tuple(sorted(set(actions))), resources, condition or {}) if resources else None


def document(statements: Iterable[Statement | None]) -> dict[str, Any]:
    """Makes a policy document. The same statements always give the same document.

    :param statements: those that are None are left out.
    :returns: a map with C(Version) and C(Statement). If the list of statements is empty, do not write the policy,
        because IAM does not accept it.
    """
    return {"Version": "2012-10-17", "Statement": [_body(one) for one in statements if one]}


def size(content: Mapping[str, Any]) -> int:
    """Returns the size of a policy document or statement as IAM counts it: its characters without white space.

    Source: IAM quotas, "IAM and STS character limits".
    """
    return len(re.sub(r"\s", "", json.dumps(content, separators=(",", ":"))))


def without_regions(one: Statement | None) -> Statement | None:
    """Returns a statement with C(*) for the Region if it names several. Nothing else is widened."""
    if one is None:
        return None
    regions = {match.group(2) for match in map(_REGION.match, one.resources) if match}
    resources = one.resources
    if len(regions) > 1:
        resources = tuple(sorted({_REGION.sub(r"\1:*:", arn) for arn in resources}))
    condition = {
        operator: {key: values for key, values in keys.items() if key != "ec2:Region"}
        for operator, keys in one.condition.items()
    }
    return one._replace(resources=resources, condition={operator: keys for operator, keys in condition.items() if keys})


def folded(statements: Iterable[Statement], kinds: Mapping[str, str | tuple[str, ...]]) -> list[Statement]:
    """Merges statements without allowing more. The results have no Sid, because they no longer have one purpose.

    Two statements with the same condition are merged if no action gains a resource of a type that it accepts.

    :param kinds: action -> prefixes of the types of resources that it accepts, such as C(ec2:image). An action that is
        missing is assumed to accept every type.
    """
    done: list[Statement] = []
    for one in statements:
        for index, other in enumerate(done):
            if one.condition == other.condition and _adds_nothing(one, other, kinds):
                actions = tuple(sorted({*other.actions, *one.actions}))
                resources = tuple(sorted({*other.resources, *one.resources}))
                done[index] = Statement(None, actions, resources, one.condition)
                break
        else:
            done.append(one._replace(sid=None))
    return done


def shortest_ids(statements: Iterable[Statement]) -> list[Statement]:
    """Returns the statements with C(*) in place of resource types that the prefixes of ids already show."""
    shorter = ((":launch-template/lt-", ":*/lt-"), (":license-configuration:lic-", ":*:lic-"))

    def short(arn: str) -> str:
        for long, replacement in shorter:
            arn = arn.replace(long, replacement)
        return arn

    return [one._replace(resources=tuple(map(short, one.resources))) for one in statements]


def _adds_nothing(one: Statement, other: Statement, kinds: Mapping[str, str | tuple[str, ...]]) -> bool:
    for first, second in ((one, other), (other, one)):
        for action in set(first.actions) - set(second.actions):
            for arn in set(second.resources) - set(first.resources):
                if arn == "*" or _kind(arn).startswith(kinds.get(action, "")):
                    return False
    return True


def _kind(arn: str) -> str:
    """Returns the type of a resource: C(arn:aws:ec2:us-east-1::image/*) -> C(ec2:image)."""
    parts = read(arn)
    return f"{parts.service}:{parts.kind}"


def largest(content: Mapping[str, Any], count: int = 3) -> list[tuple[str, int]]:
    """Returns (one action, characters) of the largest statements, the largest first."""
    sizes = [(one["Action"][-1], size(one)) for one in content["Statement"]]
    return sorted(sizes, key=lambda pair: (-pair[1], pair[0]))[:count]


def _body(one: Statement) -> dict[str, Any]:
    body: dict[str, Any] = {"Sid": one.sid} if one.sid else {}
    body.update(Effect="Allow", Action=list(one.actions), Resource=list(one.resources))
    if one.condition:
        body["Condition"] = {
            operator: {
                key: sorted(values) if isinstance(values, (list, tuple, set)) else values
                for key, values in sorted(keys.items())
            }
            for operator, keys in sorted(one.condition.items())
        }
    return body
