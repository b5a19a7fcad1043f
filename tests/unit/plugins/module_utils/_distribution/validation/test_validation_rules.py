"""The table of rules has what the code that uses it expects."""

from __future__ import annotations

import re

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution import fields
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.validation import rules
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.validation.rules import RULES

from tests import rules_page

EVERY_RULE = pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))


def test_ids_are_unique():
    assert len(RULES) == len(rules._EVERY_RULE)


@EVERY_RULE
def test_a_rule_is_complete(rule):
    assert all(rule), rule
    assert rule.severity in ("error", "warning")
    assert rule.when in ("module", "preflight")
    assert rule.refused in ("create", "rollout", "never")
    assert re.fullmatch("[a-z0-9_]+", rule.id)


@EVERY_RULE
def test_the_options_of_a_rule_exist(rule):
    def names(spec, path=""):
        for name, option in spec.items():
            option_path = f"{path}.{name}" if path else name
            yield option_path
            if option["type"] == "list":
                yield option_path + "[]"
            yield from names(option.get("options", {}), option_path + ("[]" if option["type"] == "list" else ""))

    # The preflight has its own options.
    own = {"source_image", "execution_role"} if rule.when == "preflight" else set()
    assert set(rule.options) <= {"", *own, *names(fields.DISTRIBUTION_OPTIONS)}


def test_a_case_fills_in_its_facts():
    case = rules.violation(
        "key_of_another_region", "distributions[1].kms", "arn:...", "us-west-2", key_region="us-east-1"
    )
    assert case.text == (
        "is a key of us-east-1, and EC2 encrypts copies in us-west-2 only with a key of that Region; name a key of"
        " us-west-2, for example a replica of a multi-Region key"
    )
    assert case.key == case._replace(path="distributions[0].kms").key


def test_the_page_of_rules_is_up_to_date():
    written = rules_page.PAGE.read_text(encoding="utf-8")
    assert written == rules_page.page(RULES.values()), "make format regenerates it"


@EVERY_RULE
def test_every_rule_is_on_the_page(rule):
    assert f" ``{rule.id}``." in rules_page.page(RULES.values())
