"""Questions without an answer do not override the spec."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.survey_answers import answered_variables


@pytest.mark.parametrize("nothing", ["", " \n", None, [], "as the spec says"])
def test_an_empty_answer_is_not_an_answer(nothing):
    assert answered_variables({"distribution_asked_image": nothing, "distribution_rollout_image": "ssm:/golden"}) == {}


@pytest.mark.parametrize("value", ["ami-0123456789abcdef0", ["us-east-1"], 1, False, {"a": "b"}])
def test_an_answer_has_the_name_of_the_roles_variable(value):
    assert answered_variables({"distribution_asked_image": value, "other": 1}) == {"distribution_rollout_image": value}


@pytest.mark.parametrize("name", ["profile", "hosts", "export_name"])
def test_what_playbooks_ask_for_is_not_the_roles(name):
    assert answered_variables({f"distribution_asked_{name}": "payments"}) == {}
