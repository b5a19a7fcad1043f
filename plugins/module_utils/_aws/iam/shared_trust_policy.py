# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes one statement of a trust policy that others may change at the same time.

IAM has no conditional write: everybody reads the whole policy, changes a statement and writes the whole policy. Whoever
has read it before somebody else's write, and writes it afterwards, takes that change away. So this task reads the
policy again right before it writes, and looks once more when everybody who had read the old policy has written it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from ..._distribution.iam.role_changes import RoleState
from ..._distribution.iam.role_changes import same_policy
from ..._distribution.iam.role_changes import steps
from ..errors import ImageBuilderError
from . import roles

# How many times a change is written that others take away.
_WRITES = 5

# How many times to read until IAM shows what was written.
_LOOKS = 5

Document = dict[str, Any]


class SharedTrustPolicy:
    """The trust policy of one role, and this task's change to it.

    :param iam: a botocore client.
    :param where: the name of the role for errors.
    :param writing: the writes to the role.
    :param change: takes a trust policy and returns it with this task's change. It must not change its argument.
    :param statement: the Sid of the statement that changes, for errors.
    """

    def __init__(
        self,
        iam: Any,
        name: str,
        where: str,
        writing: roles.Writing,
        change: Callable[[Document], Document],
        statement: str,
    ) -> None:
        self._iam = iam
        self._name = name
        self._where = where
        self._writing = writing
        self._change = change
        self._statement = statement
        self._old: Document | None = None
        self._wait_until = 0.0

    def write(self) -> None:
        """Reads the policy and writes it with the change, without anything in between.

        :raises: ImageBuilderError, also if the role does not exist.
        """
        role = self._read()
        if role is None:
            raise self._error(
                f"Somebody deleted {self._where} before the statement {self._statement} in its trust policy was"
                " changed. Run the task again"
            )
        document = self._change(role.trust)
        if same_policy(role.trust, document):
            return
        self._old = role.trust
        self._writing.carry_out(steps(role, role._replace(trust=document)))
        # Two tasks that overwrite each other must not do so in step.
        self._wait_until = time.monotonic() + roles.PAUSE * random.uniform(1, 2)

    def settle(self) -> None:
        """Waits until others have finished, and writes the change again if they have taken it away.

        :raises: ImageBuilderError, also if they take it away each time.
        """
        for _write in range(_WRITES - 1):
            if self._settled():
                return
            self.write()
        if not self._settled():
            raise self._error(
                f"Somebody else undid the change to the statement {self._statement} in the trust policy of"
                f" {self._where}, {_WRITES} times. Find out who else changes that role, then run the task again"
            )

    def _settled(self) -> bool:
        if self._old is None:
            return True
        time.sleep(max(0.0, self._wait_until - time.monotonic()))
        for look in range(_LOOKS):
            if look:
                time.sleep(roles.PAUSE)
            role = self._read()
            if role and same_policy(role.trust, self._change(role.trust)):
                return True
            # The old policy means that IAM does not show the new one yet.
            if role and not same_policy(role.trust, self._old):
                return False
        return False

    def _read(self) -> RoleState | None:
        return roles.read_trust(self._iam, self._name, self._where)

    def _error(self, message: str) -> ImageBuilderError:
        return ImageBuilderError(message=message, changed=self._writing.changed)
