"""What an update carries along."""

from __future__ import annotations

import importlib
from types import SimpleNamespace

WRITING = "ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.writing"


def test_members_at_the_top_that_an_update_takes_and_options_lack_are_sent_again():
    writing = importlib.import_module(WRITING)
    members = {"distributionConfigurationArn": 1, "description": 1, "distributions": 1, "clientToken": 1, "newThing": 1}
    operation = SimpleNamespace(input_shape=SimpleNamespace(members=members))
    connection = SimpleNamespace(model=SimpleNamespace(operation_model=lambda name: operation))
    found = {"arn": "a", "name": "n", "description": "d", "distributions": [], "newThing": {"x": 1}, "dateCreated": "d"}
    assert writing._carried(SimpleNamespace(connection=connection), found) == {"newThing": {"x": 1}}
