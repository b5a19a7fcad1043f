"""Credentials given in every possible way: no result of a module contains one, whatever happens."""

from __future__ import annotations

import json

import pytest

from tests.unit.hostile import canned
from tests.unit.hostile.test_malformed_answers import scenarios

pytestmark = pytest.mark.current_botocore

KEYS = {
    "access_key": "AKIAEXAMPLEACCESSKEY0",
    "secret_key": "example-secret-access-key/of+forty-chars",
    "session_token": "example-session-token-" + "0123456789abcdef" * 6,
}
EXTERNAL_ID = "example-external-id-0123456789"
ASSUMING_ROLES = {"imagebuilder_distribution_preflight_info", "imagebuilder_image_distribution_info"}
ASSUMING_ROLES |= {
    "imagebuilder_image_distribution_repair",
}
ECHO = "The Canonical String for this request should have been 'x-amz-security-token:{session_token}', not {secret_key}"


@pytest.fixture(params=["options", "environment", "profile", "profile in the environment"])
def given(request, monkeypatch, tmp_path):
    """The options of a module; unless they hold the keys, these are where the name of the case says."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    names = {"access_key": "aws_access_key_id", "secret_key": "aws_secret_access_key"}
    names["session_token"] = "aws_session_token"
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    if request.param == "options":
        return KEYS
    if request.param == "environment":
        for key, name in names.items():
            monkeypatch.setenv(name.upper(), KEYS[key])
        return {}
    path = tmp_path / "credentials"
    path.write_text("[images]\n" + "".join(f"{name} = {KEYS[key]}\n" for key, name in names.items()))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
    if request.param == "profile":
        return {"profile": "images"}
    monkeypatch.setenv("AWS_PROFILE", "images")
    return {}


# Cases in which the way of giving credentials makes no difference.
SOME = ("update", "drift", "preflight")


def ends(script):
    """The possible answers: the expected one, and errors that repeat the keys."""
    yield "as planned", script
    error = (403, "InvalidSignatureException", ECHO.format(**KEYS))
    yield "refused", dict.fromkeys([*script, "GetCallerIdentity", "GetUser"], [error])
    yield "malformed", {**script, list(script)[0]: [json.dumps(KEYS)]}


def test_no_key_is_returned(given, service_model, monkeypatch):
    wrong, tried = [], 0
    for name, (module, options, script, _changes) in scenarios(service_model).items():
        if given is not KEYS and name not in SOME:
            continue
        if module in ASSUMING_ROLES:
            options = {**options, "target_account_role_name": "Audit", "target_account_external_id": EXTERNAL_ID}
        for end, answers in ends(script):
            ended, _asked = canned.run(module, {**options, **given}, answers, monkeypatch, end == "as planned")
            text = json.dumps(ended.result)
            wrong += [f"{name}, {end}: {key}" for key in (*KEYS, "external id") if _value(key) in text]
            tried += 1
    assert not wrong, f"{len(wrong)} of {tried}\n" + "\n".join(wrong)


def _value(key):
    return KEYS.get(key, EXTERNAL_ID)


@pytest.mark.parametrize(
    "endpoint", ["not an endpoint", "http://127.0.0.1:1", "http://[::1", "https://user:pw@x:99999"]
)
def test_no_key_is_in_the_error_of_an_endpoint(endpoint, monkeypatch, run_module):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    result = run_module("imagebuilder_distribution_info", {**KEYS, "endpoint_url": endpoint})
    assert result["failed"]
    assert not any(value in json.dumps(result) for value in KEYS.values())
    assert "Traceback" not in result["msg"]
