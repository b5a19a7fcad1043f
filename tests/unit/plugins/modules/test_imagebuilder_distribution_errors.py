"""Errors, lost answers and what others do meanwhile: what main() repeats, looks up and reports."""

from __future__ import annotations

import pytest

from tests.unit.plugins.modules.web_image import ARN
from tests.unit.plugins.modules.web_image import ENTRY
from tests.unit.plugins.modules.web_image import MODULE
from tests.unit.plugins.modules.web_image import OTHER
from tests.unit.plugins.modules.web_image import stored
from tests.unit.plugins.modules.web_image import WEB

pytestmark = pytest.mark.current_botocore


THROTTLED = ["CallRateLimitExceededException", "TooManyRequestsException"]
BROKEN = ["ServiceException", "ServiceUnavailableException", "lost answer"]


@pytest.mark.parametrize("error", THROTTLED + BROKEN)
def test_a_request_is_repeated_with_the_same_token(run_module, requests, aws, error):
    requests.errors["CreateDistributionConfiguration"] = [error, error]
    assert run_module(MODULE, WEB)["changed"] is True
    bodies = [body for operation, body in requests.bodies if operation == "CreateDistributionConfiguration"]
    assert len(bodies) == 3
    assert len({body["clientToken"] for body in bodies}) == 1
    assert stored(aws)


def test_an_update_with_a_lost_answer_is_repeated(run_module, requests, aws):
    run_module(MODULE, WEB)
    requests.errors["UpdateDistributionConfiguration"] = ["lost answer"]
    assert run_module(MODULE, {**WEB, "description": "new"})["changed"] is True
    assert stored(aws)["description"] == "new"


def test_a_delete_with_a_lost_answer_is_done(run_module, requests, aws):
    run_module(MODULE, WEB)
    requests.errors["DeleteDistributionConfiguration"] = ["lost answer"]
    assert run_module(MODULE, {"name": "Web Image", "state": "absent"})["changed"] is True
    assert stored(aws) is None


# More than the number of attempts.
LOST = ["lost answer"] * 9
NEW = {**WEB, "description": "new", "distributions": [ENTRY], "tags": {"new": "1"}}


@pytest.mark.parametrize("operation", ["UpdateDistributionConfiguration", "UntagResource", "TagResource"])
def test_answers_that_stay_lost_are_looked_up(run_module, requests, aws, operation):
    run_module(MODULE, {**WEB, "tags": {"old": "1"}})
    requests.errors[operation] = list(LOST)
    result = run_module(MODULE, NEW)
    assert (result["changed"], "failed" in result) == (True, False)
    assert (stored(aws)["description"], stored(aws)["tags"]) == ("new", {"new": "1"})
    assert requests.operations.count("TagResource") == (4 if operation == "TagResource" else 1)


def test_a_create_or_delete_whose_answers_stay_lost_is_looked_up(run_module, requests, aws):
    requests.errors = {"CreateDistributionConfiguration": list(LOST), "DeleteDistributionConfiguration": list(LOST)}
    result = run_module(MODULE, WEB)
    assert (result["changed"], result["distribution_configuration"]["name"]) == (True, "Web Image")
    assert run_module(MODULE, {"name": "Web Image", "state": "absent"})["changed"] is True
    assert stored(aws) is None


@pytest.mark.parametrize("carried_out", [True, False])
def test_what_cannot_be_looked_up_is_unknown_and_counts_as_changed(run_module, requests, carried_out):
    run_module(MODULE, WEB)
    requests.errors["UpdateDistributionConfiguration"] = list(LOST) if carried_out else ["ServiceException"] * 10
    requests.errors["GetDistributionConfiguration"] = [None, "AccessDeniedException"]
    result = run_module(MODULE, {**WEB, "description": "new"})
    assert (result["failed"], result["changed"]) == (True, True)
    for part in ("the configuration could not be read afterwards", "AccessDeniedException", "Run the task again"):
        assert part in result["msg"]


@pytest.mark.parametrize("operation", ["Create", "Update", "Delete"])
def test_what_a_look_shows_not_to_be_written_is_not_changed(run_module, requests, operation):
    if operation != "Create":
        run_module(MODULE, WEB)
    requests.errors[f"{operation}DistributionConfiguration"] = ["ServiceException"] * 10
    state = "absent" if operation == "Delete" else "present"
    result = run_module(MODULE, {**WEB, "description": "new", "state": state})
    assert (result["failed"], result["changed"]) == (True, False)
    assert "This task read AWS again: the change was not made" in result["msg"]
    assert "ServiceException" in result["msg"]


def test_somebody_else_created_the_same_meanwhile(run_module, requests):
    run_module(MODULE, WEB)
    requests.errors["GetDistributionConfiguration"] = ["ResourceNotFoundException"]
    result = run_module(MODULE, WEB)
    assert (result["changed"], "failed" in result) == (False, False)
    assert result["distribution_configuration"]["date_created"]
    assert result["diff"]["before"] == result["diff"]["after"]


def test_somebody_else_created_another_meanwhile(run_module, requests, aws):
    run_module(MODULE, WEB)
    requests.errors["GetDistributionConfiguration"] = ["ResourceNotFoundException"]
    result = run_module(MODULE, {**WEB, "description": "mine", "distributions": [OTHER]})
    assert (result["failed"], result["changed"]) == (True, False)
    assert "with other settings (description, us-west-2, eu-west-1)" in result["msg"]
    assert "description" not in stored(aws)


def test_somebody_else_deleted_it_meanwhile(run_module, requests):
    run_module(MODULE, WEB)
    requests.errors["DeleteDistributionConfiguration"] = ["ResourceNotFoundException"]
    result = run_module(MODULE, {"name": "Web Image", "state": "absent"})
    assert (result["changed"], result["diff"]) == (False, {"before": {}, "after": {}})


@pytest.mark.parametrize(
    ("options", "reads"),
    [
        ({"distributions": [ENTRY, OTHER], "description": "new"}, 1),
        ({"tags": {"new": "1"}}, 1),
        ({"distributions": [ENTRY]}, 2),
        ({"distributions": [{**ENTRY, "region": "sa-east-1"}], "purge_distributions": False}, 2),
        ({"description": "new"}, 2),
    ],
)
def test_only_an_update_that_can_lose_something_reads_once_more(run_module, requests, options, reads):
    run_module(MODULE, {"name": "web", "distributions": [ENTRY, OTHER]})
    del requests[:]
    assert run_module(MODULE, {"name": "web", **options})["changed"]
    # And another read after the write.
    assert requests.operations.count("GetDistributionConfiguration") == reads + 1


@pytest.mark.parametrize(
    ("error", "attempts", "text"),
    [
        ("CallRateLimitExceededException", 10, "throttled the request"),
        ("ResourceInUseException", 4, "Somebody else is changing it"),
        ("AccessDeniedException", 1, "imagebuilder:UpdateDistributionConfiguration"),
        ("InvalidParameterValueException", 1, "as planned"),
    ],
)
def test_lasting_errors_are_reported_with_code_and_request_id(run_module, requests, error, attempts, text):
    run_module(MODULE, WEB)
    requests.errors["UpdateDistributionConfiguration"] = [error] * attempts
    result = run_module(MODULE, {**WEB, "description": "new"})
    assert result["failed"]
    for part in (error, "11112222", ARN, "in us-west-2", text):
        assert part in result["msg"]
    assert requests.operations.count("UpdateDistributionConfiguration") == attempts
    assert result["error"]["code"] == error
    assert result["changed"] is False


def test_half_done_is_said(run_module, requests, aws):
    run_module(MODULE, {**WEB, "tags": {"old": "1"}})
    requests.errors["TagResource"] = ["AccessDeniedException"]
    result = run_module(MODULE, {**WEB, "description": "new", "tags": {"new": "1"}})
    assert result["failed"]
    assert result["changed"] is True
    assert "After settings and removed tags had been written" in result["msg"]
    assert "imagebuilder:TagResource" in result["msg"]
    assert (stored(aws)["description"], stored(aws)["tags"]) == ("new", {})


def test_written_but_not_read_back_is_said(run_module, requests, aws):
    requests.errors["GetDistributionConfiguration"] = ["ResourceNotFoundException", "AccessDeniedException"]
    result = run_module(MODULE, WEB)
    assert result["failed"]
    assert result["changed"] is True
    assert "The configuration was created, but then" in result["msg"]
    assert stored(aws)


def test_a_new_configuration_may_not_be_found_for_a_moment(run_module, requests):
    requests.errors["GetDistributionConfiguration"] = ["ResourceNotFoundException"] * 3
    result = run_module(MODULE, WEB)
    assert result["changed"] is True
    assert result["distribution_configuration"]["date_created"]
