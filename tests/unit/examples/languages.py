"""The examples of the documentation, and the checks for each language.

Nothing is run here. The tasks of a playbook are checked against the argument specs of their modules, variables by the
role's own validation, commands with the parsers of the programs that they call.
"""

from __future__ import annotations

import fnmatch
import importlib
import json
import re

from tests.unit.examples.commands import check_shell
from tests.unit.examples.pages import COLLECTION
from tests.unit.examples.pages import Example
from tests.unit.examples.pages import wrong_if
from tests.unit.examples.playbooks import check_distributions
from tests.unit.examples.playbooks import check_yaml
from tests.unit.examples.project import service_model

# Permissions that are not operations of the API.
_NO_OPERATIONS = {"iam:PassRole", "s3:ListBucket"}
# Services that have another name in IAM than in botocore.
_SERVICES_OF_IAM = {"servicequotas": "service-quotas"}


def check_json(example: Example) -> None:
    """Check a file for the AWS CLI as the collection reads it, and the actions of a policy."""
    content = json.loads(example.text)
    if "distributions" in content:
        cli = importlib.import_module(f"{COLLECTION}.module_utils._distribution.configuration.cli_json")
        check_distributions(cli.options_from_text(example.text)[0]["distributions"])
    for statement in content.get("Statement", [content] if "Effect" in content else []):
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            service, name = action.split(":")
            operations = service_model(_SERVICES_OF_IAM.get(service, service)).operation_names
            known = action in _NO_OPERATIONS or fnmatch.filter(operations, name)
            # IAM has two permissions for one operation of KMS.
            wrong_if(not known and not action.startswith("kms:ReEncrypt"), f"the action {action} does not exist")


def check_terraform(example: Example) -> None:
    """Check that blocks are closed, and that the table on the same page has every argument."""
    depth = 0
    for line in filter(str.strip, example.text.splitlines()):
        match = re.fullmatch(r'\s*(?:(\w+)\s*=\s*(?:"[^"]*"|\[.*\]|\w+)|(\w+)(?: "\w+")* \{|(\}))', line)
        wrong_if(not match, f"neither an argument nor a block: {line}")
        depth += 1 if match[2] else -1 if match[3] else 0
        name = match[1] or match[2]
        wrong_if(name and name != "resource" and f"``{name}``" not in example.page, f"not in the table: {name}")
    wrong_if(depth, "a block is not closed")


def check_python(example: Example) -> None:
    """Check the syntax."""
    compile(example.text, example.location, "exec")


def check_text(_example: Example) -> None:
    """Nothing to check: the output of a command."""


CHECKS = {
    "json": check_json,
    "python": check_python,
    "shell": check_shell,
    "terraform": check_terraform,
    "text": check_text,
    "yaml": check_yaml,
}
