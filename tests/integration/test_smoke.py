"""The shortest way through everything: a playbook, the module, the wire, the local AWS."""

from __future__ import annotations

import pytest


@pytest.mark.oldest
def test_what_a_playbook_creates_is_stored(ansible, aws):
    run = ansible.playbook(
        [
            {
                "name": "Create",
                "goldimage.aws.imagebuilder_distribution": {
                    "name": "web",
                    "distributions": [
                        {"region": "us-east-1", "ami_distribution_configuration": {"name_prefix": "web"}}
                    ],
                },
            }
        ]
    )
    assert run["Create"]["changed"]
    print(run.stderr)
    arn = run["Create"]["distribution_configuration"]["arn"]
    assert aws.stored(arn)["name"] == "web"
