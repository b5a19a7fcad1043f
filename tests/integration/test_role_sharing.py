"""IAM roles shared by specs, source accounts and teams: each changes only its own part, whoever comes or goes."""

from __future__ import annotations

from copy import deepcopy

import pytest
import yaml

from tests.integration.role_world import include
from tests.integration.role_world import ROLE
from tests.integration.role_world import sid
from tests.integration.role_world import statement
from tests.local_aws.policy import evaluate
from tests.local_aws.policy import evaluate_resource_policy
from tests.local_aws.policy import Principal
from tests.world import account_root
from tests.world import DESTINATION_POLICY
from tests.world import DESTINATION_ROLE
from tests.world import EUROPE
from tests.world import HOME
from tests.world import ONE
from tests.world import SERVICE_TRUST
from tests.world import SOURCE
from tests.world import trusting
from tests.world import World

SECOND, CHINESE = "222233334444", "777788889999"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ALLOW = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "ec2:DescribeImages", "Resource": "*"}],
}
TEAM = {
    "Sid": "Team",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::333344445555:root"},
    "Action": "sts:AssumeRole",
}
NAMELESS = {
    "Effect": "Allow",
    "Principal": {"AWS": ["arn:aws:iam::333344445555:root", "arn:aws:iam::666677778888:root"]},
    "Action": ["sts:AssumeRole", "sts:TagSession"],
    "Condition": {"StringEquals": {"sts:ExternalId": "theirs"}},
}
ADMIN = {"region": HOME, "target_account_role_name": "Admin", "spec_id": "web"}


def ami(*accounts):
    return {"ami_distribution_configuration": {"name_prefix": "web", "target_account_ids": list(accounts)}}


WEB = {
    **ADMIN,
    "regions": [HOME, EUROPE],
    "defaults": {
        **ami(SOURCE, ONE),
        "ssm_parameter_configurations": [{"parameter_name": "/web", "ami_account_id": ONE}],
    },
    "execution_role_name": "CompanyImages",
    "execution_role_adopt": True,
    "destination_trust": "execution_roles",
}
BATCH = {
    **ADMIN,
    "spec_id": "batch-2",
    "regions": [HOME],
    "defaults": {**ami(ONE), "ssm_parameter_configurations": [{"parameter_name": "/batch", "ami_account_id": ONE}]},
    "execution_role_name": "CompanyImages",
    "execution_role_adopt": True,
}
SECOND_WEB = {**ADMIN, "regions": [HOME], "defaults": ami(SECOND, ONE), "execution_role_use": "pipeline"}
CHINA = {**ADMIN, "region": "cn-north-1", "regions": ["cn-north-1"], "defaults": ami(CHINESE, ONE)}


@pytest.fixture
def world(aws):
    world = World(aws)
    world.create_role(
        DESTINATION_ROLE, [TEAM, NAMELESS], ONE, inline={"team": ALLOW}, managed=(READ_ONLY,),
        Tags=[{"Key": "Owner", "Value": "team"}],
    )  # fmt: skip
    human = trusting(account_root(SOURCE))
    world.create_role(
        "CompanyImages", [human, SERVICE_TRUST], inline={"company": ALLOW}, managed=(READ_ONLY,),
        Path="/company/", Tags=[{"Key": "Owner", "Value": "company"}], Description="Ours",
    )  # fmt: skip
    return world


@pytest.fixture
def inventory(aws, tmp_path):
    """One host for each source account and home Region, with its spec and its credentials."""

    def host(account, region, spec):
        environment = aws.environment(account, region)
        return {
            "distribution_environment": {name: environment[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_REGION")},
            "ansible_connection": "local",
            **{f"distribution_rollout_{name}": value for name, value in spec.items()},
        }

    hosts = {
        "payments": host(SOURCE, HOME, WEB),
        "media": host(SECOND, HOME, SECOND_WEB),
        "china": host(CHINESE, "cn-north-1", CHINA),
    }
    path = tmp_path / "inventory.yml"
    path.write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    return str(path)


def play(hosts, tasks):
    return {
        "hosts": hosts,
        "gather_facts": False,
        "strategy": "free",
        "environment": "{{ distribution_environment }}",
        "tasks": tasks,
    }


def test_specs_come_and_go_without_changing_what_others_own(ansible, aws, world, inventory):
    theirs, company = world.destination(ONE), world.role("CompanyImages")
    # Tags apply inside the steps; the preflight is tested elsewhere.
    joined = ansible.playbook(
        "goldimage.aws.rollout", "-i", inventory, "--tags", "execution_role,destination_accounts,distribution,report",
        variables={"distribution_hosts": "all"},
    )  # fmt: skip
    assert not joined.results(f"{ROLE} : Check every Region and account")
    # One summary of all hosts, in their order.
    stats = joined.custom_stats["distribution_rollout"]
    assert {account: list(regions) for account, regions in stats.items()} == {
        SOURCE: [HOME],
        SECOND: [HOME],
        CHINESE: ["cn-north-1"],
    }
    assert stats[SOURCE][HOME]["web"]["execution_role_arn"] == f"arn:aws:iam::{SOURCE}:role/company/CompanyImages"
    _adopted(world, company, {"web"})
    _china(aws, world)
    narrowed = {
        **statement("web"),
        "Condition": {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{SOURCE}:role/company/CompanyImages"}},
    }
    there = world.destination(ONE)
    assert there.trust[:2] == [TEAM, NAMELESS]
    assert sorted(there.trust[2:], key=lambda one: one["Sid"]) == [narrowed, statement("web", SECOND)]
    _nobody_else_gets_in(world)
    # The second source account needs nothing there beyond AWS's managed policy.
    assert set(there.inline) == {"team", f"goldimage-web-{HOME}-{SOURCE}"}
    assert there.managed == sorted([READ_ONLY, DESTINATION_POLICY])
    assert (there.tags, there.profiles) == (theirs.tags, [])
    second = world.role("goldimage-web", SECOND)
    assert second.managed == ["arn:aws:iam::aws:policy/EC2ImageBuilderExecutionPolicy"]

    # A second spec joins and the first one leaves, in one play: the first run must not affect the second.
    with_batch = ansible.playbook(
        yaml.safe_dump([play("payments", [*include(**BATCH), *include(**WEB, state="absent")])]),
        "-i", inventory, "--skip-tags", "preflight,preflight_roles,report",
    )  # fmt: skip
    come, gone = (result["distribution_rollout_result"] for result in with_batch.results("Result"))
    assert (come["spec_id"], come["changed"], gone["spec_id"], gone["changed"]) == ("batch-2", True, "web", True)
    assert [one["action"] for one in gone["configurations"]] == ["deleted"]
    assert [one["action"] for one in gone["destination_accounts"]] == ["removed"]
    _adopted(world, company, {"batch-2"})
    there = world.destination(ONE)
    assert [one.get("Sid") for one in there.trust] == ["Team", None, sid("web", SECOND), sid("batch-2")]
    assert set(there.inline) == {"team", f"goldimage-batch-2-{HOME}-{SOURCE}"}
    assert world.configurations() == ["batch-2"]
    roles = [one for one in gone["leftovers"] if one["kind"] != "ami"]
    stays = {(one["kind"], one["arn"].split(":")[-1]): [] for one in roles}
    for one in roles:
        stays[one["kind"], one["arn"].split(":")[-1]].append(one["reason"])
    execution = "\n".join(stays["execution_role", "role/company/CompanyImages"])
    assert "it was not created by this collection" in execution
    assert f"it has inline policies of others (company, goldimage-batch-2-{HOME})" in execution
    assert sid("batch-2") in "\n".join(stays["cross_account_role", f"role/{DESTINATION_ROLE}"])

    last = [play("payments", include(**BATCH, state="absent")), play("media:china", include(state="absent"))]
    ansible.playbook(yaml.safe_dump(last), "-i", inventory, "--skip-tags", "report")
    assert world.role("CompanyImages") == company
    expected = deepcopy(theirs)
    # It is no longer known whether it was attached before, so the result lists it as a leftover.
    expected.managed = sorted([READ_ONLY, DESTINATION_POLICY])
    assert world.destination(ONE) == expected
    assert world.role("goldimage-web", SECOND) is None
    assert world.role(DESTINATION_ROLE, ONE, "cn-north-1") is None
    assert world.configurations() == world.configurations(account=SECOND) == []


def _nobody_else_gets_in(world):
    """The role admits the execution role, by its own permissions, and nobody else who could not assume it already."""
    ours = [one for one in world.destination(ONE).trust if one.get("Sid", "").startswith("Goldimage")]

    def lets_in(arn):
        context = {"aws:PrincipalArn": arn, "aws:PrincipalAccount": arn.split(":")[4]}
        trust = {"Version": "2012-10-17", "Statement": ours}
        return evaluate_resource_policy(trust, Principal(arn=arn), "sts:AssumeRole", None, context)

    execution = lets_in(f"arn:aws:iam::{SOURCE}:role/company/CompanyImages")
    # Only through its account: without sts:AssumeRole in its own policies it is not admitted.
    assert execution
    assert not execution.direct
    # The trust is limited to that role: others in the source account who may assume roles are not admitted.
    for other in ("role/CompanyImages", "role/other/CompanyImages", "role/Developer", "user/admin"):
        assert not lets_in(f"arn:aws:iam::{SOURCE}:{other}"), other
    # With AWS's form of the trust, the account decides by its policies; other accounts are not trusted.
    whole_account = lets_in(f"arn:aws:iam::{SECOND}:role/goldimage-web")
    assert whole_account
    assert not whole_account.direct
    assert not lets_in("arn:aws:iam::333344445555:role/goldimage-web")
    # And the policy of the execution role allows only this role in this account.
    policy = world.role("CompanyImages").inline[f"goldimage-web-{HOME}"]
    destination = f"arn:aws:iam::{ONE}:role/{DESTINATION_ROLE}"
    assert evaluate([policy], "sts:AssumeRole", destination, {"aws:ResourceAccount": ONE})
    for closed in (f"arn:aws:iam::{ONE}:role/Admin", f"arn:aws:iam::{SECOND}:role/{DESTINATION_ROLE}"):
        assert not evaluate([policy], "sts:AssumeRole", closed, {"aws:ResourceAccount": closed.split(":")[4]}), closed


def _adopted(world, before, specs):
    """The adopted role is as it was, except for the inline policies of these specs."""
    now = world.role("CompanyImages")
    assert {name for name in now.inline if name != "company"} == {f"goldimage-{spec}-{HOME}" for spec in specs}
    now.inline = {"company": now.inline["company"]}
    assert now == before


def _china(aws, world):
    destination = world.role(DESTINATION_ROLE, ONE, "cn-north-1")
    assert destination.trust == [
        {**statement("web", CHINESE, "cn-north-1"), "Principal": {"AWS": f"arn:aws-cn:iam::{CHINESE}:root"}}
    ]
    assert destination.managed == [DESTINATION_POLICY.replace(":aws:", ":aws-cn:", 1)]
    execution = world.role("goldimage-web", CHINESE, "cn-north-1")
    assert execution.arn == f"arn:aws-cn:iam::{CHINESE}:role/goldimage-web"
    resources = str(execution.inline)
    assert "arn:aws-cn:" in resources
    assert "arn:aws:" not in resources
