"""Finding the rollout of an image with a configuration, and deciding what to do with it."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import image_status
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.rollout import rollouts
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.validation.model import value_errors

from tests.unit import images
from tests.unit.images import CONFIGURATION
from tests.unit.images import ENTRY
from tests.unit.images import SOURCE

OTHER = {**ENTRY, "region": "ap-southeast-2"}


def tags(*entries, source=SOURCE, configuration=CONFIGURATION):
    return rollouts.identity_tags(source, configuration, list(entries) or [ENTRY])


def rolled_out(status="AVAILABLE", build=1, **more):
    return images.image(status, build, tags=more.pop("tags", tags()), **more)


def decide(image, on_failed="retry", **more):
    return rollouts.decide(tags(), image, on_failed, **more)


@pytest.mark.current_botocore
def test_every_state_of_the_model_is_final_or_under_way(service_model):
    states = set(service_model.shape_for("ImageStatus").enum)
    assert states == image_status.FINAL | image_status.UNDER_WAY
    assert not image_status.FINAL & image_status.UNDER_WAY


def test_the_tags_fit_the_model(service_model):
    longest = CONFIGURATION + "x" * (128 - len("web"))
    assert value_errors(service_model.shape_for("TagMap"), tags(configuration=longest), "tags") == []


def test_the_fingerprint_is_of_the_content_and_of_nothing_else():
    accounts = {"name": "web {{imagebuilder:buildDate}}", "targetAccountIds": ["111122223333", "444455556666"]}
    entry = {"region": "eu-west-1", "amiDistributionConfiguration": accounts, "launchTemplateConfigurations": []}
    turned = {
        **accounts,
        "name": "web {{ imagebuilder:buildDate }}",
        "targetAccountIds": ["444455556666", "111122223333"],
    }
    same = {"region": "eu-west-1", "amiDistributionConfiguration": turned}
    assert rollouts.fingerprint([entry, OTHER]) == rollouts.fingerprint([OTHER, same])
    assert rollouts.fingerprint([entry]) != rollouts.fingerprint([OTHER])


def test_the_fingerprint_does_not_change_between_releases():
    # If this value changed, an update of the collection would distribute every image again.
    assert rollouts.fingerprint([ENTRY]) == "d3a6cc31b50f14260175338c32f406e1afd0262c137cb46b305f1dfb5074302c"


def test_the_newest_rollout_is_the_last_by_date_then_by_build_number():
    old, new = rolled_out(build=9), rolled_out(build=10)
    assert rollouts.newest([new, old], CONFIGURATION, SOURCE)["arn"] == images.arn(10)
    at_once = [{**old, "dateCreated": new["dateCreated"]}, new]
    assert rollouts.newest(at_once, CONFIGURATION, SOURCE)["arn"] == images.arn(10)


def test_others_do_not_count():
    summaries = [
        images.image(build=5),
        rolled_out(build=6, tags=tags(configuration=CONFIGURATION + "-2")),
        rolled_out(build=7, tags=tags(source="ami-0fedcba9876543210")),
    ]
    assert rollouts.newest(summaries, CONFIGURATION, SOURCE) is None
    assert rollouts.newest(summaries, CONFIGURATION)["arn"] == images.arn(7)


@pytest.mark.parametrize("member", ["ssmParameterConfigurations", "launchTemplateConfigurations"])
def test_rollouts_of_other_images_count_if_a_parameter_or_template_has_the_last_one(member):
    mine, other = rolled_out(build=1), rolled_out(build=2, tags=tags(source="ami-0fedcba9876543210"))
    moving = [{**ENTRY, member: [{"parameterName": "/images/web"}]}]
    newest = rollouts.newest([mine, other], CONFIGURATION, SOURCE, moving)
    assert newest["arn"] == other["arn"]
    decision = decide(newest)
    assert (decision.action, "another image" in decision.reason) == ("started", True)
    assert rollouts.newest([mine, other], CONFIGURATION, SOURCE, [ENTRY])["arn"] == mine["arn"]


@pytest.mark.parametrize(
    ("status", "on_failed", "action"),
    [
        ("AVAILABLE", "retry", "unchanged"),
        *[(status, "fail", "resumed") for status in sorted(image_status.UNDER_WAY)],
        ("FAILED", "retry", "retried"),
        ("FAILED", "restart", "restarted"),
        ("FAILED", "fail", "refused"),
        ("CANCELLED", "retry", "retried"),
        ("CANCELLED", "restart", "restarted"),
        ("CANCELLED", "fail", "refused"),
        ("DELETED", "fail", "started"),
        ("DEPRECATED", "retry", "refused"),
        ("DISABLED", "retry", "refused"),
        ("A_STATE_OF_TOMORROW", "restart", "resumed"),
    ],
)
def test_the_decision_for_each_state_of_the_newest_rollout(status, on_failed, action):
    assert decide(rolled_out(status), on_failed).action == action
    certain = rollouts.decide_certain(rolled_out(status), on_failed).action
    assert certain == ("unchanged" if status in ("DELETED", "DEPRECATED", "DISABLED") else action)


def test_without_a_rollout_one_is_started():
    assert decide(None).action == "started"


@pytest.mark.parametrize("status", sorted(image_status.FINAL))
def test_other_content_is_another_rollout(status):
    decision = decide(rolled_out(status, tags=tags(OTHER)), "fail")
    assert (decision.action, decision.warnings) == ("started", ())


def test_a_running_rollout_of_other_content_is_named_in_a_warning():
    decision = decide(rolled_out("DISTRIBUTING", tags=tags(OTHER)))
    assert decision.action == "started"
    assert images.arn() in decision.warnings[0]
    assert "state: cancelled" in decision.warnings[0]


@pytest.mark.parametrize("status", sorted(image_status.FINAL))
def test_force_starts_a_new_rollout_after_one_has_ended(status):
    assert decide(rolled_out(status), "fail", force=True).action == "started"


def test_force_does_not_start_a_second_rollout_while_one_is_running():
    assert decide(rolled_out("PENDING"), force=True).action == "resumed"


def test_a_retry_would_keep_the_old_role():
    failed = rolled_out("FAILED", executionRole="arn:aws:iam::123456789012:role/images/old")
    assert decide(failed, role="old").action == "retried"
    decision = decide(failed, role="arn:aws:iam::123456789012:role/new")
    assert decision.action == "restarted"
    assert "role/images/old" in decision.warnings[0]
    assert decide(rolled_out("FAILED"), role="new").action == "retried"


@pytest.mark.parametrize(
    ("status", "action"),
    [
        *[(status, "cancelled") for status in sorted(image_status.UNDER_WAY)],
        *[(status, "unchanged") for status in sorted(image_status.FINAL)],
    ],
)
def test_only_a_running_rollout_is_cancelled(status, action):
    decision = rollouts.decide_cancel(rolled_out(status))
    assert decision.action == action
    assert bool(decision.warnings) == (status == "AVAILABLE")


def test_there_may_be_nothing_to_cancel():
    assert rollouts.decide_cancel(None).action == "unchanged"


def test_a_repeated_request_has_the_same_token_and_any_other_a_new_one(service_model):
    body = {"sourceImage": SOURCE, "executionRole": "old", "tags": tags()}
    token = rollouts.client_token(body, None)
    assert token == rollouts.client_token({"tags": tags(), **body}, None)
    others = [
        rollouts.client_token(body, images.arn(1)),
        rollouts.client_token(body, images.arn(2)),
        rollouts.client_token({**body, "executionRole": "new"}, None),
        rollouts.client_token({**body, "tags": {**tags(), "Change": "2"}}, None),
        rollouts.client_token({**body, "tags": tags(OTHER)}, None),
    ]
    assert len({token, *others}) == 6
    assert len(token) == 36
