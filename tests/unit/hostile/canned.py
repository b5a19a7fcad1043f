"""Answers of AWS from a script, as HTTP bodies, so that botocore parses them itself."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

from tests.unit.hostile import offline

WRITES = ("Create", "Update", "Delete", "Tag", "Untag", "Distribute", "Retry", "Cancel", "Put", "Modify", "Start")
IDENTITY = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    "<Arn>arn:aws:iam::123456789012:user/me</Arn><UserId>AIDA</UserId><Account>123456789012</Account>"
    "</GetCallerIdentityResult><ResponseMetadata><RequestId>1111</RequestId></ResponseMetadata>"
    "</GetCallerIdentityResponse>"
)


class Answers:
    """The answers: C(script) is operation -> list of answers, of which the last one is repeated.

    An answer is a map, sent as JSON; a text, sent unchanged; or (status, code, text) for an error. Operations that the
    script lacks are denied. C(asked): the operations, in order; C(written): the writes that were not denied.
    """

    def __init__(self, script: dict[str, list[Any]]) -> None:
        self.script = {"GetCallerIdentity": [IDENTITY], **script}
        self.asked: list[str] = []
        self.written: list[str] = []

    def next(self, operation: str, protocol: str) -> tuple[int, bytes]:
        number = self.asked.count(operation)
        self.asked.append(operation)
        answers = self.script.get(operation) or [(403, "AccessDenied")]
        answer = answers[min(number, len(answers) - 1)]
        if isinstance(answer, tuple):
            return answer[0], _error(*answer[1:], protocol=protocol).encode()
        if operation.startswith(WRITES):
            self.written.append(operation)
        return 200, (answer if isinstance(answer, str) else json.dumps(answer)).encode()


def _error(code: str, message: str = "as planned", protocol: str = "") -> str:
    if "json" in protocol:
        return json.dumps({"__type": code, "code": code, "message": message})
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    if protocol == "ec2":
        return f"<Response><Errors>{error}</Errors><RequestID>1111</RequestID></Response>"
    return f"<ErrorResponse>{error}<RequestId>1111</RequestId></ErrorResponse>"


def answer_from(answers: Answers, monkeypatch: Any) -> None:
    """From now on all requests get these answers."""
    import botocore.awsrequest
    import botocore.endpoint

    original = botocore.endpoint.convert_to_response_dict

    def convert(http_response: Any, operation_model: Any) -> dict[str, Any]:
        protocol = operation_model.service_model.metadata["protocol"]
        # botocore may read one answer twice.
        if http_response._content is None:
            http_response.status_code, http_response._content = answers.next(operation_model.name, protocol)
        http_response.headers["x-amzn-errortype"] = (
            json.loads(http_response._content)["code"]
            if http_response.status_code >= 300 and "json" in protocol
            else ""
        )
        return original(http_response, operation_model)

    def send(_endpoint: Any, request: Any) -> Any:
        return botocore.awsrequest.AWSResponse(request.url, 200, {}, None)

    monkeypatch.setattr(botocore.endpoint, "convert_to_response_dict", convert)
    monkeypatch.setattr(botocore.endpoint.Endpoint, "_send", send)


def run(name: str, options: dict[str, Any], script: dict[str, list[Any]], monkeypatch: Any, check_mode: bool = False):
    """Run one module against a script. Returns (how it ended, the Answers)."""
    with monkeypatch.context() as patched:
        answers = Answers(script)
        answer_from(answers, patched)
        return offline.run(name, options, patched, check_mode), answers


def malformed(body: Any) -> Iterator[tuple[str, Any]]:
    """Yields (what was changed, an answer that does not have the expected form)."""
    if isinstance(body, str):
        yield from _malformed_xml(body)
        return
    text = json.dumps(body)
    for label, whole in (("empty", ""), ("a page", "<html>Bad gateway</html>"), ("cut off", text[: len(text) // 2])):
        yield f"whole {label}", whole
    for label, whole in (("a list", []), ("a text", "nonsense"), ("a number", 5)):
        yield f"whole {label}", json.dumps(whole)
    for path, value in _members(body):
        name = ".".join(str(part) for part in path)
        if isinstance(path[-1], str):
            yield f"without {name}", _changed(body, path)
        for label, wrong in _WRONG[type(value)]:
            yield f"{label} at {name}", _changed(body, path, wrong)


# What replaces a value: for a list also a text, which botocore would read letter by letter.
_TEXT, _NUMBER, _LIST = ("text", "nonsense"), ("number", 5), ("list", ["x"])
_WRONG = {str: [_NUMBER], int: [_TEXT], bool: [_TEXT], list: [_TEXT], dict: [_LIST], type(None): []}


def _malformed_xml(text: str) -> Iterator[tuple[str, str]]:
    for label, whole in (("empty", ""), ("a page", "<html>Bad gateway"), ("JSON", "{}"), ("cut off", text[:-30])):
        yield f"whole {label}", whole
    for leaf in dict.fromkeys(re.findall(r"<(\w+)>[^<]+</\1>", text)):
        pattern = rf"<{leaf}>[^<]+</{leaf}>"
        yield f"without {leaf}", re.sub(pattern, "", text)
        yield f"nonsense at {leaf}", re.sub(pattern, f"<{leaf}>nonsense</{leaf}>", text)


def _members(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key), item
        yield from _members(item, (*path, key))


def _changed(body: Any, path: tuple[Any, ...], *new: Any) -> Any:
    changed = copy.deepcopy(body)
    parent = changed
    for part in path[:-1]:
        parent = parent[part]
    if new:
        parent[path[-1]] = new[0]
    else:
        del parent[path[-1]]
    return changed
