"""Errors as each protocol of AWS writes them, for faults that strike before any service is asked."""

from __future__ import annotations

import json
import uuid
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from botocore.exceptions import UnknownServiceError
from moto.core.utils import get_service_model

Answer = tuple[int, list[tuple[str, str]], bytes]


def error_answer(service: str, code: str, message: str, status: int | None = None) -> Answer:
    """Status, headers and body of an error.

    service: its name in the signature. status: None takes it from botocore's model, or 400 where that names none.
    """
    model = _model(service)
    request_id = str(uuid.uuid4())
    protocol = model.protocol if model else "json"
    if status is None:
        status = _status(model, code)
    headers = [("x-amzn-requestid", request_id), ("x-amz-request-id", request_id)]
    if protocol in ("json", "rest-json"):
        headers += [("x-amzn-errortype", code), ("Content-Type", "application/json")]
        return status, headers, json.dumps({"__type": code, "message": message}).encode()
    error = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if protocol == "ec2":
        content = f"<Response><Errors><Error>{error}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    elif service == "s3":
        content = f"<Error>{error}<RequestId>{request_id}</RequestId></Error>"
    else:
        content = f"<ErrorResponse><Error>{error}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    return status, [*headers, ("Content-Type", "text/xml")], content.encode()


@cache
def _model(service: str) -> Any:
    try:
        return get_service_model(service)
    except UnknownServiceError:
        return None


def _status(model: Any, code: str) -> int:
    for shape in model.error_shapes if model else []:
        error = shape.metadata.get("error", {})
        if code in (shape.name, error.get("code")):
            return int(error.get("httpStatusCode", 400))
    return 400
