"""Each rule of the table has three cases: what breaks it, what is similar but allowed, and the same in the local AWS.

The local AWS does not know the table, and refuses when AWS does. test_validation_entries.py tests the rules that need
no request; this file tests the findings of the preflight, and all rollouts.
"""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration.conversion import (
    distributions_to_api,
)
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.validation.rules import RULES
from botocore.exceptions import ClientError

from tests import preflight_cases
from tests import rule_cases
from tests.unit.local_aws.stage import failures
from tests.unit.local_aws.stage import HOME
from tests.unit.local_aws.stage import ImageStage
from tests.unit.plugins.modules.enforced import READER

PREFLIGHT = "imagebuilder_distribution_preflight_info"
BY_REQUEST = pytest.mark.parametrize(("rule", "case"), preflight_cases.CASES.items(), ids=list(preflight_cases.CASES))
WITHOUT = pytest.mark.parametrize("rule", rule_cases.CASES)


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_every_rule_has_its_three_cases(rule):
    if rule.when == "module":
        case, said = rule_cases.CASES[rule.id], rule_cases.AWS[rule.id].said
    else:
        case = preflight_cases.CASES[rule.id]
        said = case.aws
    assert case.broken != case.allowed
    assert (said is None) == (rule.refused == "never") or rule.id in rule_cases.DOUBTFUL


def test_every_case_is_of_a_rule():
    assert {*rule_cases.CASES, *preflight_cases.CASES} == set(RULES)
    assert set(rule_cases.AWS) == set(rule_cases.CASES)


@pytest.fixture
def stage(here):
    """The accounts, with home in us-east-1. A request is tried once."""
    return ImageStage(boto3.client("imagebuilder", HOME))


def findings_of(here: Any, stage: ImageStage, asked: preflight_cases.Asked, rule: Any) -> list[dict[str, Any]]:
    """The findings of the rule's check with the rule's message."""
    stage.configure(*asked.entries)
    options = {"name": "web", "region": HOME, "target_account_role_name": READER, "execution_role": asked.role}
    if asked.source:
        options["source_image"] = asked.source
    result = here.run(PREFLIGHT, {**options, **stage.caller}, None)
    assert not result.get("failed"), result
    pieces = [piece for piece in rule.message.replace("{", "\0").replace("}", "\0").split("\0")[::2] if piece]
    return [
        one
        for one in result["findings"]
        if one["check"] == rule.check
        and one["status"] == rule.severity
        and all(piece in one["message"] for piece in pieces)
    ]


@pytest.mark.current_botocore
@BY_REQUEST
def test_the_preflight_finds_what_breaks_a_rule(here, stage, rule, case):
    (one,) = findings_of(here, stage, case.broken(stage), RULES[rule])[:1]
    assert one["remedy"]


@pytest.mark.current_botocore
@BY_REQUEST
def test_the_preflight_lets_pass_what_is_close(here, stage, rule, case):
    assert findings_of(here, stage, case.allowed(stage), RULES[rule]) == []


def distributed(stage: ImageStage, entries: list[dict[str, Any]], source: str, role: str = "dist") -> str | None:
    """The error of AWS when this is created and distributed, None if it succeeds."""
    try:
        configuration = stage.configure(*entries)
    except ClientError as error:
        return f"create: {error}"
    try:
        arn = stage.start(distributionConfigurationArn=configuration, sourceImage=source, executionRole=role)
    except ClientError as error:
        return f"rollout: {error}"
    image = stage.finish(arn)
    if image["state"]["status"] == "AVAILABLE":
        return None
    return "rollout: " + "; ".join(one["errorMessage"] for one in failures(image))


@pytest.mark.current_botocore
@BY_REQUEST
@pytest.mark.parametrize("kind", ["broken", "allowed"])
def test_the_local_aws_judges_what_the_preflight_asks_for(stage, rule, case, kind):
    asked = getattr(case, kind)(stage)
    if case.judge:
        said = case.judge(stage, asked)
    else:
        said = distributed(stage, asked.entries, asked.source or stage.source.id, asked.role)
    if kind == "broken" and case.aws:
        assert case.aws in (said or "")
    else:
        assert said is None


@pytest.mark.current_botocore
@WITHOUT
@pytest.mark.parametrize("kind", ["broken", "allowed"])
def test_the_local_aws_judges_what_needs_no_request(here, rule, kind):
    there = ImageStage(boto3.client("imagebuilder", rule_cases.HOME), rule_cases.HOME)
    wanted = rule_cases.AWS[rule]
    rule_cases.prepare(there, getattr(rule_cases.CASES[rule], kind), **wanted.world)
    entries = distributions_to_api(getattr(rule_cases.CASES[rule], kind))
    judge = wanted.judge or distributed
    said = judge(there, entries, there.source.id)
    if kind == "broken" and wanted.said:
        assert wanted.said in (said or "")
        if not wanted.judge:
            when = said.split(":")[0]
            assert when == RULES[rule].refused or rule in rule_cases.DOUBTFUL
    else:
        assert said is None
