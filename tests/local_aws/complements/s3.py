"""S3: HeadBucket refuses where the bucket does not belong to the account that the request expects.

Source: S3 API, HeadBucket, ``x-amz-expected-bucket-owner``.
"""

from __future__ import annotations

from typing import Any


def complete() -> None:
    """Have HeadBucket look at the owner."""
    from moto.s3.responses import S3Response

    original = S3Response.head_bucket
    if getattr(original, "complete", False):
        return

    def head_bucket(self: Any) -> Any:
        answer = original(self)
        expected = self.headers.get("x-amz-expected-bucket-owner")
        if expected and answer[0] == 200 and self.backend.head_bucket(self.bucket_name).account_id != expected:
            return 403, {}, ""
        return answer

    head_bucket.complete = True  # type: ignore[attr-defined]
    S3Response.head_bucket = head_bucket
