"""The role puts an image out, looks at what is live, and mends what drifted: one source and two target accounts."""

from __future__ import annotations

import pytest

from tests.integration.role_world import EUROPE
from tests.integration.role_world import FAST
from tests.integration.role_world import HOME
from tests.integration.role_world import include
from tests.integration.role_world import ONE
from tests.integration.role_world import ROLE
from tests.integration.role_world import SOURCE
from tests.integration.role_world import TWO
from tests.integration.role_world import WEST
from tests.integration.role_world import World

PLACES = [(HOME, SOURCE), (WEST, SOURCE), (WEST, ONE), (EUROPE, SOURCE), (EUROPE, TWO)]


@pytest.fixture
def world(aws):
    return World(aws)


@pytest.fixture
def spec(aws, world, tmp_path):
    """Three Regions, two target accounts, a parameter in each Region and a launch template in the home Region."""
    return {
        "spec_id": "web",
        "region": HOME,
        "defaults": {
            "ami_distribution_configuration": {
                "name_prefix": "web",
                "ami_tags": {"Team": "platform"},
                "launch_permission": {"user_ids": [ONE, TWO]},
            },
            "ssm_parameter_configurations": [{"parameter_name": "/golden/web", "data_type": "text"}],
        },
        "regions": {
            HOME: {"launch_template_configurations": [{"launch_template_id": world.template(HOME, SOURCE)}]},
            WEST: {"ami_distribution_configuration": {"target_account_ids": [SOURCE, ONE]}},
            EUROPE: {"ami_distribution_configuration": {"target_account_ids": [SOURCE, TWO]}},
        },
        "target_account_role_name": "admin/ImageAdmin",
        "report_dir": str(tmp_path / "reports"),
        "image": aws.plant_ami("web"),
        "wait_delay": 1,
    }


def extra(spec):
    """The spec as extra variables."""
    return {f"distribution_rollout_{name}": value for name, value in spec.items()}


def places(rows):
    return [(row["region"], row["account_id"]) for row in rows]


def test_one_job_from_nothing_and_the_drift_afterwards(ansible, aws, world, spec, tmp_path):
    aws.clear_requests()
    predicted = ansible.playbook(include(**spec), "--check", environment=FAST)
    assert world.writes() == []
    announced = predicted["Result"]["distribution_rollout_result"]["rollouts"]
    assert [(one["configuration"], one["changed"]) for one in announced] == [("web", True)]

    run = ansible.playbook("goldimage.aws.rollout", variables=extra(spec), environment=FAST)
    assert [line for line in run.stdout.splitlines() if line.startswith("[localhost]") and "AVAILABLE" in line]
    essentials = run.custom_stats["distribution_rollout"][SOURCE][HOME]["web"]
    assert (essentials["changed"], essentials["in_sync"]) == (True, True)
    image = aws.image(essentials["images"]["web"])
    assert image["state"]["status"] == "AVAILABLE"
    amis = {(ami["region"], ami["accountId"]): ami["image"] for ami in image["outputResources"]["amis"]}
    assert set(amis) == set(PLACES)

    aws.clear_requests()
    again = ansible.playbook(include(**spec), environment=FAST)
    assert again.stats["changed"] == 0
    assert world.writes() == []
    result = again["Result"]["distribution_rollout_result"]
    assert result["changed"] is False
    [look] = result["drift"]
    assert (look["in_sync"], look["image_build_version_arn"], look["source_image"]) == (
        True,
        image["arn"],
        spec["image"],
    )
    assert sorted(places(look["targets"])) == sorted(PLACES)

    # Somebody does by hand what nobody should.
    aws.client("ec2", WEST, ONE).modify_image_attribute(
        ImageId=amis[WEST, ONE], LaunchPermission={"Remove": [{"UserId": TWO}], "Add": [{"UserId": "999988887777"}]}
    )
    aws.client("ec2", EUROPE).create_tags(
        Resources=[amis[EUROPE, SOURCE]], Tags=[{"Key": "Team", "Value": "<b>x|y</b>"}]
    )
    aws.clear_requests()
    looked = ansible.playbook("goldimage.aws.drift", variables={**extra(spec), "distribution_drift_fail": True}, rc=2)
    assert world.writes() == []
    assert (
        f"2 of 5 Regions and accounts are not in sync: {WEST} {ONE} drifted; {EUROPE} {SOURCE} drifted" in looked.stdout
    )
    table = "\n".join(looked[f"{ROLE} : Show what is live"]["msg"])
    assert f"lacks {TWO} and has 999988887777 besides" in table
    assert "3 in sync, 2 drifted, 0 missing, 0 unknown" in table
    reports = tmp_path / "reports"
    [page] = reports.glob("*-drift.html")
    assert f"<code>{amis[WEST, ONE]}</code>" in page.read_text()
    assert "&lt;b&gt;x|y&lt;/b&gt;" in page.read_text()
    assert "x\\|y" in page.with_suffix(".md").read_text()
