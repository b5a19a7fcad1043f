"""An IAM role before and after -> the requests to IAM, which do not remove anything too early."""

from __future__ import annotations

import json

from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam.role_changes import removal
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam.role_changes import RoleState
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam.role_changes import same_policy
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam.role_changes import steps

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["ssm:PutParameter"], "Resource": "*"}]}
ROLE = RoleState("dist", "arn:aws:iam::123456789012:role/dist", "/", TRUST)


def methods(before, after):
    return [step.method for step in steps(before, after)]


def test_a_new_role_gets_everything():
    wanted = ROLE._replace(
        path="/images/", description="Distributes", tags={"b": "2", "a": "1"}, boundary="arn:b", managed=("arn:m",),
        inline={"own": POLICY},
    )  # fmt: skip
    create, attach, write = steps(None, wanted)
    assert create.method == "create_role"
    assert create.parameters == {
        "RoleName": "dist",
        "Path": "/images/",
        "AssumeRolePolicyDocument": json.dumps(TRUST),
        "Description": "Distributes",
        "PermissionsBoundary": "arn:b",
        "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}],
    }
    assert (attach.method, attach.parameters["PolicyArn"]) == ("attach_role_policy", "arn:m")
    assert (write.method, json.loads(write.parameters["PolicyDocument"])) == ("put_role_policy", POLICY)


def test_a_role_in_the_wanted_state_needs_no_request():
    role = ROLE._replace(inline={"own": POLICY, "others": None}, managed=("arn:m",), tags={"a": "1"})
    assert methods(role, role) == []
    # The order of lists does not matter, and a list of one equals its item.
    one = {**POLICY, "Statement": {"Effect": "Allow", "Action": "ssm:PutParameter", "Resource": ["*"]}}
    assert methods(role, role._replace(inline={"own": one, "others": None})) == []


def test_what_is_remembered_is_written_before_rights_are_narrowed():
    before = ROLE._replace(inline={"own": POLICY}, tags={"old": "1"})
    narrower = {**POLICY, "Statement": []}
    after = ROLE._replace(inline={"own": {**narrower, "Id": "x"}}, tags={"accounts": "1"}, managed=("arn:m",))
    assert methods(before, after) == ["attach_role_policy", "tag_role", "untag_role", "put_role_policy"]


def test_what_others_have_is_kept():
    before = ROLE._replace(inline={"own": POLICY, "others": None}, managed=("arn:others",), tags={"Team": "x"})
    after = before._replace(inline={"others": None})
    [step] = steps(before, after)
    assert (step.method, step.parameters["PolicyName"]) == ("delete_role_policy", "own")


def test_a_removal_detaches_before_it_deletes():
    role = ROLE._replace(inline={"own": POLICY}, managed=("arn:m",))
    assert [step.method for step in removal(role)] == ["delete_role_policy", "detach_role_policy", "delete_role"]


def test_policies_are_compared_by_what_they_say():
    assert same_policy(None, None)
    assert same_policy({}, None)
    assert not same_policy(POLICY, None)
    assert not same_policy(POLICY, {**POLICY, "Statement": []})
    other = {"Version": "2012-10-17", "Statement": [{**POLICY["Statement"][0], "Condition": {"Bool": {"a": "true"}}}]}
    assert not same_policy(POLICY, other)
