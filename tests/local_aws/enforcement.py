"""moto's IAM, switched on in this process: each request is judged by its action, and refused as its service would.

moto looks at actions alone, not at resources and conditions. Three things are corrected here: it compares signatures
with one that it computes wrongly if a request has a query string, it refuses in one form for all services, and it takes
the name of an operation for that of the action, which differs for some operations.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from .error_forms import error_answer

# The others say AccessDeniedException.
_CODES = {"ec2": "UnauthorizedOperation", "iam": "AccessDenied", "sts": "AccessDenied", "s3": "AccessDenied"}

# Operation -> what IAM calls it. Source: service authorization reference, Amazon S3.
_ACTIONS = {"s3:HeadBucket": "s3:ListBucket"}


@contextmanager
def iam_enforced() -> Iterator[None]:
    """Within the block nobody may do anything but what the policies of user or role in moto's IAM allow."""
    from moto.core.authorization import ActionAuthenticatorMixin
    from moto.core.authorization import enable_iam_authentication
    from moto.core.exceptions import AccessDeniedError
    from moto.iam.access_control import IAMRequestBase
    from werkzeug.exceptions import HTTPException

    judge = ActionAuthenticatorMixin._authenticate_and_authorize_normal_action
    check_action = IAMRequestBase.check_action_permitted

    def check_action_by_its_name(self: Any, resource: str) -> None:
        self._action = _ACTIONS.get(self._action, self._action)
        check_action(self, resource)

    def judge_and_refuse(self: Any, resource: str = "*") -> None:
        try:
            judge(self, resource)
        except AccessDeniedError as error:
            service = self.headers["Authorization"].split("/")[3]
            status, headers, content = error_answer(
                service, _CODES.get(service, "AccessDeniedException"), error.message, 403
            )
            self.response_headers.update(headers)
            refused = HTTPException(content.decode())
            refused.code = status
            raise refused from None

    with (
        patch.object(ActionAuthenticatorMixin, "_authenticate_and_authorize_normal_action", judge_and_refuse),
        patch.object(IAMRequestBase, "check_signature", lambda self: None),
        patch.object(IAMRequestBase, "check_action_permitted", check_action_by_its_name),
        enable_iam_authentication(),
    ):
        yield
