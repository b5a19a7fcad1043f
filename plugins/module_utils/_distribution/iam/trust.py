# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies that several owners share: one statement in, one out, the others as they are.

What such a policy says is read by policy_reading.py.
"""

from __future__ import annotations

EMPTY = {"Version": "2012-10-17", "Statement": []}


def statements(document):
    """The statements of a policy document; IAM takes a single one without a list around it as well.

    :param document: a policy document as a dict, or None.
    """
    found = (document or {}).get("Statement") or []
    return list(found) if isinstance(found, list) else [found]


def with_statement(document, sid, statement=None):
    """A policy document in which the statement with this Sid is C(statement), and everything else as it was.

    :param document: a policy document as a dict; None for a new one.
    :param sid: the Sid that belongs to the caller.
    :param statement: a dict; it gets the Sid, and the place of the old one, or the last. None takes the old one away.
    :returns: a new document; its C(Statement) is empty where nothing is left, which IAM takes for no policy.
    """
    wanted = [{"Sid": sid, **statement}] if statement else []
    result = []
    for one in statements(document):
        if one.get("Sid") != sid:
            result.append(one)
        else:
            # A second one with the same Sid is ours as well.
            result.extend(wanted)
            wanted = []
    return {**EMPTY, **(document or {}), "Statement": result + wanted}
