"""What remains of an IAM role without a spec, and why the role is not removed."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam import role_removal
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam import trust
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam.role_changes import RoleState
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.ownership import Owner

SOURCE = "123456789012"
WEB = Owner("web", SOURCE, "us-east-1")
BATCH = WEB._replace(spec_id="batch")
OWN = {"goldimage.aws:spec": WEB.value}
ROLE = RoleState("dist", f"arn:aws:iam::{SOURCE}:role/dist", "/", trust.service_trust(SOURCE), tags=OWN)
POLICY = {"Version": "2012-10-17", "Statement": []}
TEAM = {"Sid": "Team", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}}
CROSS = ROLE._replace(trust=trust.with_statement(None, WEB.sid, trust.account_statement(SOURCE)))
MANAGED = "arn:aws:iam::aws:policy/Ec2ImageBuilderCrossAccountDistributionAccess"


def texts(role, owner=WEB, profiles=(), adopted=False):
    return [
        reason.text
        for reason in role_removal.reasons_to_keep_execution_role(
            role_removal.without_spec(role, owner), owner, profiles, adopted
        )
    ]


def test_a_role_without_anything_else_may_be_removed():
    role = ROLE._replace(
        inline={WEB.policy_name: POLICY},
        tags={**OWN, "goldimage.aws:accounts/web/us-east-1": "111122223333", "Team": "x"},
        managed=tuple(
            f"arn:aws:iam::aws:policy/{name}" for name in ("EC2ImageBuilderExecutionPolicy", "EC2FastLaunchFullAccess")
        ),
    )
    assert texts(role) == []
    rest = role_removal.without_spec(role, WEB)
    assert (rest.inline, rest.tags) == ({}, {**OWN, "Team": "x"})


def test_the_managed_policies_of_other_partitions_are_known_too():
    role = ROLE._replace(
        arn=ROLE.arn.replace("arn:aws:", "arn:aws-cn:"),
        managed=("arn:aws-cn:iam::aws:policy/EC2ImageBuilderExecutionPolicy",),
    )
    assert texts(role) == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"tags": {}}, "not created by this collection"),
        ({"tags": {**OWN, BATCH.user_tag: BATCH.value}}, "the spec batch/123456789012/us-east-1 uses it"),
        ({"tags": {"goldimage.aws:spec": BATCH.value, WEB.user_tag: WEB.value}}, "the spec batch/"),
        ({"inline": {BATCH.policy_name: None, WEB.policy_name: POLICY}}, "inline policies of others (goldimage-batch"),
        ({"managed": ("arn:aws:iam::aws:policy/ReadOnlyAccess",)}, "managed policies of others (arn:aws:iam::aws:pol"),
        ({"trust": {**ROLE.trust, "Statement": [*ROLE.trust["Statement"], TEAM]}}, "statements of others"),
    ],
)
def test_the_role_is_kept_because_of_what_others_have_there(change, text):
    [reason] = texts(ROLE._replace(**change))
    assert text in reason


def test_an_instance_profile_keeps_it_and_so_does_adoption():
    assert texts(ROLE, profiles=["web"]) == ["it is in the instance profiles web"]
    assert texts(ROLE, adopted=True) == ["it was not created by this collection"]


def test_another_spec_that_uses_the_role_becomes_its_owner():
    role = ROLE._replace(tags={**OWN, BATCH.user_tag: BATCH.value, "goldimage.aws:spec/zebra/us-east-1": "zebra/1/x"})
    rest = role_removal.without_spec(role, WEB)
    assert rest.tags == {"goldimage.aws:spec": BATCH.value, "goldimage.aws:spec/zebra/us-east-1": "zebra/1/x"}
    # A spec that only uses the role does not pass on ownership.
    rest = role_removal.without_spec(role, BATCH)
    assert rest.tags == {**OWN, "goldimage.aws:spec/zebra/us-east-1": "zebra/1/x"}


def cross_texts(role, profiles=()):
    rest = role_removal.without_part_of_spec(role, WEB)
    return [reason.text for reason in role_removal.reasons_to_keep_cross_account_role(rest, WEB, profiles)]


def test_a_cross_account_role_that_only_we_use_may_be_removed():
    assert cross_texts(CROSS._replace(managed=(MANAGED,), inline={WEB.target_policy_name: POLICY})) == []
    # It does not matter which spec created the role, because the trust policy shows who uses it.
    assert cross_texts(CROSS._replace(tags={"goldimage.aws:spec": BATCH.value})) == []


def test_the_managed_policy_on_a_role_of_others_is_named():
    role = CROSS._replace(tags={}, managed=(MANAGED,), trust=trust.with_statement({"Statement": [TEAM]}, WEB.sid, {}))
    reasons = cross_texts(role)
    assert "not created by this collection" in reasons[0]
    assert "statements of others (Team)" in reasons[1]
    assert f"{MANAGED} remains attached" in reasons[2]
    assert len(reasons) == 3


def test_iam_does_not_accept_a_trust_policy_without_statements():
    role = CROSS._replace(tags={})
    assert role_removal.without_part_of_spec(role, WEB).trust == role.trust
    reasons = cross_texts(role)
    assert f"still allows account {SOURCE}" in reasons[1]


def test_foreign_policies_and_profiles_keep_a_cross_account_role():
    role = CROSS._replace(inline={"team": None, WEB.target_policy_name: POLICY}, managed=("arn:x",))
    reasons = cross_texts(role, ["web"])
    assert [text.split(" (")[0] for text in reasons[:3]] == [
        "it has inline policies of others",
        "it has managed policies of others",
        "it is in the instance profiles web",
    ]
