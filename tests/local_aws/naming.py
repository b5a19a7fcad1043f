"""Who asks for what: service, operation, Region and account of a request, from its signature and its form."""

from __future__ import annotations

import json
import re
from functools import cache
from hashlib import sha256
from io import BytesIO
from typing import Any
from typing import NamedTuple
from typing import TYPE_CHECKING
from urllib.parse import parse_qs
from urllib.parse import unquote_plus

from botocore.exceptions import UnknownServiceError
from moto.core.request import Request
from moto.core.routing import get_service_router
from werkzeug.exceptions import NotFound

from .environment import ACCESS_KEY_PREFIX
from .environment import DEFAULT_ACCOUNT
from .faults import Call

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_OWN_ACCESS_KEY = re.compile(f"{ACCESS_KEY_PREFIX}([0-9]{{12}})")
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/[0-9]{8}/([^/,\s]+)/([^/,\s]+)/aws4_request")
UNKNOWN = "unknown"

# What names the resource that a request to Image Builder is about; what it creates comes before what it refers to.
_RESOURCES = (
    "name",
    "imageBuildVersionArn",
    "imagePipelineArn",
    "sourceImage",
    "distributionConfigurationArn",
)


class AccountBook:
    """Which account an access key belongs to. Keys that moto's STS or IAM issued are looked up once."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def account_of(self, access_key: str) -> str:
        """The account's id; moto's default account for a key that nobody issued."""
        own = _OWN_ACCESS_KEY.fullmatch(access_key)
        if own:
            return own.group(1)
        if access_key not in self._known:
            account = _account_in_moto(access_key)
            if account is None:
                return DEFAULT_ACCOUNT
            self._known[access_key] = account
        return self._known[access_key]

    def forget(self) -> None:
        """Forget all keys, as after a reset."""
        self._known.clear()


def _account_in_moto(access_key: str) -> str | None:
    from moto.iam.models import iam_backends

    # moto's look-up creates an IAM of every partition for every account on the way; this one creates nothing.
    for account_id, partitions in list(iam_backends.items()):
        if any(access_key in backend.access_keys for backend in list(partitions.values())):
            return account_id
    return None


def name_call(environ: WSGIEnvironment, body: bytes, accounts: AccountBook) -> Call:
    """The call that a WSGI request makes; ``unknown`` for what a request does not show, as if it is unsigned."""
    credential = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    query = environ.get("QUERY_STRING", "")
    text = f"{environ.get('PATH_INFO', '')}?{unquote_plus(query)}\n{body.decode('utf-8', 'replace')}"
    if credential is None:
        return Call(UNKNOWN, UNKNOWN, UNKNOWN, DEFAULT_ACCOUNT, text)
    access_key, region, service = credential.groups()
    operation = _operation(environ, service, query, body)
    told = _told(environ, query, body) if service == "imagebuilder" else _Told()
    return Call(service, operation, region, accounts.account_of(access_key), text, *told)


class _Told(NamedTuple):
    """What only requests to Image Builder tell: see Call."""

    resource: str | None = None
    token: str | None = None
    content: str | None = None


def _told(environ: WSGIEnvironment, query: str, body: bytes) -> _Told:
    asked: dict[str, Any] = {name: values if len(values) > 1 else values[0] for name, values in parse_qs(query).items()}
    try:
        members = json.loads(body) if body else {}
    except ValueError:
        return _Told()
    if not isinstance(members, dict):
        return _Told()
    asked.update(members)
    path: str = environ.get("PATH_INFO", "")
    resource = path.removeprefix("/tags/") if path.startswith("/tags/") else None
    resource = resource or next((asked[name] for name in _RESOURCES if name in asked), None)
    token = asked.pop("clientToken", None)
    content = sha256(json.dumps([path, asked], sort_keys=True).encode()).hexdigest()
    return _Told(resource, token, content)


def _operation(environ: WSGIEnvironment, service: str, query: str, body: bytes) -> str:
    target: str | None = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return target.rpartition(".")[2]
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        action = parse_qs(body.decode("utf-8", "replace")).get("Action") or parse_qs(query).get("Action")
        if action:
            return action[0]
    method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/")
    fixed = _fixed_paths(service).get((method, path))
    if fixed:
        return fixed
    try:
        # The router reads the body of some requests; it gets a copy.
        request = Request({**environ, "wsgi.input": BytesIO(body)})
        operation, _parameters = get_service_router(service).match(request)
    except (NotFound, NotImplementedError, UnknownServiceError):
        return UNKNOWN
    return str(operation.name)


@cache
def _fixed_paths(service: str) -> dict[tuple[str, str], str]:
    # Method and path -> operation, for the paths that name one by themselves: far quicker than the router.
    from moto.core.utils import get_service_model

    try:
        model = get_service_model(service)
    except UnknownServiceError:
        return {}
    operations: dict[tuple[str, str], list[str]] = {}
    for name in model.operation_names:
        http = model.operation_model(name).http
        uri = http.get("requestUri", "/")
        if "{" not in uri and "?" not in uri and uri != "/":
            operations.setdefault((http["method"], uri), []).append(name)
    return {place: names[0] for place, names in operations.items() if len(names) == 1}
