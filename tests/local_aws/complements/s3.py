"""S3: HeadBucket refuses a bucket that does not belong to the account that the request expects.

Source: S3 API, HeadBucket, ``x-amz-expected-bucket-owner``.
"""

from __future__ import annotations

from functools import wraps
from typing import Any


def complete() -> None:
    """Have HeadBucket check the owner."""
    from moto.s3.responses import S3Response

    responses: Any = S3Response
    lax = responses.head_bucket
    if hasattr(lax, "__wrapped__"):
        return

    @wraps(lax)
    def head_bucket(self: Any) -> Any:
        answer = lax(self)
        expected = self.headers.get("x-amz-expected-bucket-owner")
        if expected and answer[0] == 200 and self.backend.head_bucket(self.bucket_name).account_id != expected:
            return 403, {}, ""
        return answer

    responses.head_bucket = head_bucket
