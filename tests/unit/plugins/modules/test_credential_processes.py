"""Profiles whose credential_process fails: the error says what is wrong and what to do."""

from __future__ import annotations

import pytest

REGION = "us-west-2"
MODULES = {
    "imagebuilder_distribution_info": {"name": "web"},
    # This one makes its clients for other accounts as well.
    "imagebuilder_image_distribution_info": {"name": "web", "target_account_role_name": "Auditor"},
}


@pytest.fixture
def profile(monkeypatch, tmp_path):
    """Makes a profile with a command, which is the only source of credentials."""

    def make(command):
        path = tmp_path / "config"
        path.write_text(f"[profile p]\nregion = {REGION}\ncredential_process = {command}\n")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        # No request is sent.
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    return make


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("/bin/false", "custom-process: nothing, not even a reason"),
        ('/bin/sh -c "echo token is over >&2; exit 3"', "custom-process: token is over"),
        ("/nonexistent/program", "No such file or directory: '/nonexistent/program'"),
        ("/bin/echo hello", "its output is not JSON"),
        ("/bin/true", "its output is not JSON"),
        ("/bin/echo []", "its output is not JSON"),
        ("/bin/echo {}", "Unsupported version"),
    ],
)
def test_it_is_told(run_module, profile, module, command, said):
    profile(command)
    result = run_module(module, {**MODULES[module], "profile": "p"})
    assert result["failed"]
    assert said in result["msg"]
    assert "Couldn't connect to AWS: Error when retrieving credentials" in result["msg"]
    if "nonexistent" not in command:
        assert "Run the command of credential_process in this profile by hand" in result["msg"]
