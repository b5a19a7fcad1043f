"""The examples of the documentation, of the READMEs and of all plugins work as printed."""

from __future__ import annotations

import importlib
import re

import pytest
import yaml
from jinja2 import TemplateSyntaxError

from tests.unit.examples.languages import CHECKS
from tests.unit.examples.pages import COLLECTION
from tests.unit.examples.pages import Example
from tests.unit.examples.pages import on_pages
from tests.unit.examples.pages import ROOT
from tests.unit.examples.pages import Wrong
from tests.unit.examples.project import own_names

EXAMPLES = list(on_pages())

# The only errors that examples may have on the oldest versions: fields that need a newer botocore, operations that a
# policy of the examples allows, and modules of the collection for AWX, which is not installed there.
TOO_OLD = re.compile(
    r"[\w.\[\]]+: the installed botocore does not know this field of the Image Builder API yet; install \S+ or newer"
    r"|the action imagebuilder:(?:Distribute|Retry)Image does not exist"
    r"|the module awx\.awx\.\w+ does not exist"
)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.location)
def test_an_example(example, service_model):
    check = CHECKS.get(example.language)
    assert check, f"name the language of this block, one of {', '.join(CHECKS)}"
    left = ""
    try:
        check(example)
    except Wrong as reason:
        if "DistributeImage" in service_model.operation_names:
            raise
        left = TOO_OLD.sub("", str(reason))
    # The error begins with the name of the task.
    assert re.fullmatch(r"(?:[^:;]+: )?(?:; )*", left)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.location)
def test_what_an_example_names_exists(example):
    named = set(re.findall(r"(?<![\w/])goldimage\.aws\.(\w+)", example.text))
    assert named - own_names() == set()


def test_every_module_has_an_example_of_itself():
    for path in (ROOT / "plugins" / "modules").glob("*.py"):
        (example,) = [one for one in EXAMPLES if one.location == str(path.relative_to(ROOT))]
        assert f"goldimage.aws.{path.stem}:" in example.text


def test_the_table_of_terraforms_arguments_has_every_option():
    options = importlib.import_module(f"{COLLECTION}.module_utils._distribution.fields").DISTRIBUTION_OPTIONS
    page = (ROOT / "docs/docsite/rst/guide_terraform.rst").read_text(encoding="utf-8")
    assert [name for name in names_in(options) if f"``{name}``" not in page] == []


def names_in(options):
    for name, option in options.items():
        yield name
        yield from names_in(option.get("options", {}))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("yaml", "- name: A misspelt option\n  goldimage.aws.imagebuilder_distribution: {nam: web}\n"),
        ("yaml", "- name: A misspelt option of another\n  amazon.aws.ec2_ami: {nam: web}\n"),
        ("yaml", "- name: No module\n  goldimage.aws.imagebuilder: {name: web}\n"),
        ("yaml", "- name: Two\n  ansible.builtin.debug: {msg: a}\n  ansible.builtin.fail: {msg: a}\n"),
        ("yaml", "- name: A template\n  ansible.builtin.debug: {msg: '{{ a b }}'}\n"),
        ("yaml", "- name: No playbook\n  ansible.builtin.import_playbook: goldimage.aws.roll\n"),
        ("yaml", "distribution_rollout_spec: web\n"),
        ("yaml", "distribution_rollout_execution_role_use: both\n"),
        (
            "yaml",
            "distribution_rollout_spec_id: web\ndistribution_rollout_region: us-east-1\n"
            "distribution_rollout_regions: {us-east-1: {ami_distribution_configuration: {name: web}}}\n",
        ),
        ("yaml", "module_defaults:\n  group/amazon.aws.aws: {region: us-east-1}\n"),
        ("yaml", "nam: web\n"),
        ("json", '{"name": "web",}'),
        ("json", '{"Effect": "Allow", "Action": "imagebuilder:ListDistributions"}'),
        ("shell", "ansible-playbook goldimage.aws.rollout --chek\n"),
        ("shell", "ansible-playbook goldimage.aws.roll\n"),
        ("shell", "ansible-playbook goldimage.aws.rollout -e distribution_rollout_imag=x\n"),
        ("shell", "ansible localhost -m goldimage.aws.imagebuilder_distribution -a nam=web\n"),
        ("shell", "aws imagebuilder distribute-image --source ami-0abcdef1234567890\n"),
        ("shell", "make demonstration\n"),
        ("shell", "rm -rf /\n"),
        ("terraform", 'resource "a" "b" {\n'),
        ("python", "def\n"),
    ],
)
def test_an_example_that_would_not_work_is_found(language, text):
    example = Example("here", language, text, text)
    with pytest.raises((Wrong, yaml.YAMLError, TemplateSyntaxError, SyntaxError, ValueError)):
        CHECKS[language](example)
