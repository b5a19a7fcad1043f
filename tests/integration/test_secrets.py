"""Credentials given in every way, at the verbosity used for debugging: none of them is printed."""

from __future__ import annotations

import yaml

from tests.integration.image_world import entry
from tests.integration.image_world import ImageWorld
from tests.integration.image_world import INFO
from tests.integration.image_world import MODULE
from tests.integration.image_world import ROLE
from tests.local_aws.environment import ACCESS_KEY_PREFIX
from tests.world import HOME
from tests.world import SOURCE

# Credentials in the environment, the profile, the defaults and the options, each with a secret key and a token.
KEYS = {
    way: {
        "secret_key": f"secret-access-key-of-the-{way}-0123456789",
        "session_token": f"session-token-of-the-{way}-" + "0123456789abcdef" * 4,
    }
    for way in ("environment", "profile", "defaults", "options")
}
ACCESS_KEY = f"{ACCESS_KEY_PREFIX}{SOURCE}"
EXTERNAL_ID = "external-id-0123456789-of-the-auditors"
SECRETS = [ACCESS_KEY, EXTERNAL_ID, *(value for keys in KEYS.values() for value in keys.values())]
CONFIGURATION = "goldimage.aws.imagebuilder_distribution"
LISTING = "goldimage.aws.imagebuilder_distribution_info"


def tried(way):
    """Tasks that succeed, that the module rejects, and that AWS rejects with a text that repeats the keys."""
    new = {"name": f"new-{way}", "distributions": [{"region": HOME, "ami_distribution_configuration": {"name": "x"}}]}
    good = [{"region": HOME, "ami_distribution_configuration": {"name_prefix": "x"}}]
    return [
        {"name": f"Created, {way}", CONFIGURATION: {**new, "distributions": good}},
        {"name": f"Misspelt, {way}", CONFIGURATION: new, "ignore_errors": True},
        {"name": f"Refused, {way}", LISTING: {"name": f"refused-{way}"}, "ignore_errors": True},
    ]


def test_no_credential_is_printed(ansible, aws, tmp_path):
    world = ImageWorld(aws)
    world.configure(entry(HOME))
    aws.switch(image_transition_polls=0)
    for way, keys in KEYS.items():
        echo = f"The canonical string should have been {ACCESS_KEY} {keys['secret_key']} {keys['session_token']}"
        refused = {"code": "InvalidSignatureException", "status": 403, "message": echo}
        aws.fault("imagebuilder", containing=f"refused-{way}", **refused)
    credentials = tmp_path / "credentials"
    names = {"secret_key": "aws_secret_access_key", "session_token": "aws_session_token"}
    lines = [f"{name} = {KEYS['profile'][key]}" for key, name in names.items()]
    credentials.write_text("\n".join(["[images]", f"aws_access_key_id = {ACCESS_KEY}", *lines, ""]))

    keys = {"access_key": ACCESS_KEY, **KEYS["options"]}
    rollout = {"source_image": world.source, "name": "web", "execution_role": ROLE, "wait_delay": 1}
    audit = {"target_account_role_name": "Audit", "target_account_external_id": EXTERNAL_ID}
    given = {
        "options": [{**task, (kind := list(task)[1]): {**task[kind], **keys}} for task in tried("options")],
        "defaults": [
            *tried("defaults"),
            # With an action plugin, which runs the module repeatedly.
            {"name": "Distribute", MODULE: rollout},
            {"name": "Audited", INFO: {"name": "web", **audit}},
        ],
        "profile": [
            {**task, (kind := list(task)[1]): {**task[kind], "profile": "images"}} for task in tried("profile")[2:]
        ],
        "environment": tried("environment")[2:],
    }
    # A profile and keys in the environment exclude each other.
    no_keys = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), "")
    more = {
        "defaults": {"module_defaults": {"group/goldimage.aws.aws": {"access_key": ACCESS_KEY, **KEYS["defaults"]}}},
        "profile": {"environment": no_keys},
    }
    plays = [
        {"name": way, "hosts": "localhost", "gather_facts": False, **more.get(way, {}), "tasks": tasks}
        for way, tasks in given.items()
    ]
    playbook = tmp_path / "secrets.yml"
    playbook.write_text(yaml.safe_dump(plays))
    environment = {
        "AWS_SECRET_ACCESS_KEY": KEYS["environment"]["secret_key"],
        "AWS_SESSION_TOKEN": KEYS["environment"]["session_token"],
        "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
        # Since ansible-core 2.21, options are sent back only on request.
        "ANSIBLE_INJECT_INVOCATION": "true",
    }
    run = ansible.playbook(playbook, "-vvv", "--diff", environment=environment)
    # Requests were made with each of the credentials.
    for way in KEYS:
        assert "The canonical string should have been" in run[f"Refused, {way}"]["msg"]
    for way in ("options", "defaults"):
        assert run[f"Created, {way}"]["changed"]
        assert "ami_distribution_configuration.name" in run[f"Misspelt, {way}"]["msg"]
    assert run["Distribute"]["image"]["state"] == "AVAILABLE"
    assert run["Audited"]["in_sync"]
    output = run.stdout + run.stderr
    assert "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in output
    assert [secret for secret in SECRETS if secret in output] == []
    # The output was long enough for the check to mean something.
    assert output.count('"invocation"') > len(KEYS)
