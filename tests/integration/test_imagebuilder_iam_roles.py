"""The modules for IAM roles with real ansible-playbook: what specs share, who owns what, and what a diff shows."""

from __future__ import annotations

from tests.integration.role_world import statement
from tests.world import DESTINATION_POLICY
from tests.world import HOME
from tests.world import ONE
from tests.world import SOURCE
from tests.world import TWO

EXECUTION = "goldimage.aws.imagebuilder_execution_role"
CROSS = "goldimage.aws.imagebuilder_cross_account_role"
SET = "goldimage.aws.imagebuilder_distribution_set"
NAME = "image-distribution"
TAG = "goldimage.aws:spec"


def configurations(name, *accounts):
    settings = {"name_prefix": name}
    if accounts:
        settings["target_account_ids"] = list(accounts)
    parameters = [{"parameter_name": f"/golden/{name}", "ami_account_id": account} for account in accounts]
    distribution = {
        "region": HOME,
        "ami_distribution_configuration": settings,
        "ssm_parameter_configurations": parameters,
    }
    return [{"name": name, "distributions": [distribution]}]


def steps(spec_id, listed, title="", **more):
    """The three tasks of a spec, as in the role."""
    common = {"region": HOME, "spec_id": spec_id, "distribution_configurations": listed, **more}
    role = {key: common[key] for key in common if key != "allow_public"}
    cross = {"execution_role_arns": [NAME], "target_account_role_name": "Admin"}
    return [
        {"name": f"Role{title}", EXECUTION: {"name": NAME, "use": "pipeline", **role}},
        {"name": f"Accounts{title}", CROSS: {**cross, **role}},
        {"name": f"Configurations{title}", SET: common},
    ]


def owner(spec_id):
    return f"{spec_id}/{SOURCE}/{HOME}"


def test_specs_share_iam_roles_and_leave_them_one_after_the_other(ansible, aws, world):
    web, batch = configurations("web", ONE, TWO), configurations("batch", ONE)
    tasks = [*steps("web", web), *steps("batch", batch, " of batch")]
    predicted = ansible.playbook(steps("web", web), "--check", "--diff")
    assert world.role(NAME) is world.destination(ONE) is None
    assert world.configurations() == []
    made = ansible.playbook(tasks, "--diff")
    # Check mode shows the whole policy and trust of roles that do not exist yet.
    for key in ("policy", "trust_policy", "managed_policies", "arn"):
        assert predicted["Role"]["execution_role"][key] == made["Role"]["execution_role"][key]
    assert predicted["Accounts"]["accounts"] == made["Accounts"]["accounts"]
    assert predicted["Role"]["diff"] == made["Role"]["diff"]
    # Identical changes are shown once.
    (shown,) = predicted["Accounts"]["diff"]
    assert shown["before_header"].startswith(f"{ONE} ")
    assert shown["before_header"].endswith(f": {TWO}")
    assert world.role(NAME).tags[TAG] == owner("web")
    assert world.role(NAME).tags[f"{TAG}/batch/{HOME}"] == owner("batch")
    assert world.destination(ONE).trust == [statement("web"), statement("batch")]
    assert world.destination(TWO).trust == [statement("web")]
    assert world.destination(ONE).managed == [DESTINATION_POLICY]

    aws.clear_requests()
    again = ansible.playbook(tasks)
    assert again.stats["changed"] == 0
    assert world.writes() == []

    # E6: what others use is not removed, with the reasons; a second run has nothing left to do.
    pipeline = world.pipeline(executionRole=NAME)
    gone = [{**one, "state": "absent"} for one in web]
    leaving = [
        {"name": "Configurations", SET: {"region": HOME, "spec_id": "web", "distribution_configurations": gone}},
        {
            "name": "Accounts",
            CROSS: {
                "region": HOME,
                "spec_id": "web",
                "state": "absent",
                "execution_role_arns": [NAME],
                "distribution_configurations": web,
                "target_account_role_name": "Admin",
            },
        },
        {"name": "Role", EXECUTION: {"region": HOME, "name": NAME, "spec_id": "web", "state": "absent"}},
    ]
    left = ansible.playbook(leaving)
    assert [row["reason"] for row in left["Role"]["leftovers"]] == [
        f"the spec {owner('batch')} uses it",
        f"it has inline policies of others (goldimage-batch-{HOME})",
        f"the pipeline {pipeline} uses it",
    ]
    assert left["Accounts"]["summary"]["removed"] == left["Accounts"]["summary"]["deleted"] == 1
    assert world.destination(ONE).trust == [statement("batch")]
    assert world.destination(TWO) is None
    assert world.role(NAME).tags[TAG] == owner("batch")
    assert ansible.playbook(leaving).stats["changed"] == 0


def test_a_spec_id_used_twice_and_a_rename_are_errors_before_any_write(ansible, aws, world):
    ansible.playbook(steps("web", configurations("web", ONE)))
    before = (world.role(NAME), world.destination(ONE))
    aws.clear_requests()
    # E7 and the rename of E14, for each of the modules, also if errors are ignored.
    for check in ((), ("--check",)):
        tasks = [{**task, "ignore_errors": True} for task in steps("web", configurations("other", TWO))]
        run = ansible.playbook(tasks, *check)
        for task in ("Role", "Accounts", "Configurations"):
            for part in ("web (arn:", owner("web"), "purge: true", "release: [web]", "another spec_id"):
                assert part in run[task]["msg"], task
    assert world.writes() == []
    assert (world.role(NAME), world.destination(ONE), world.destination(TWO)) == (*before, None)

    # Released, it is kept unchanged; purged, it is removed.
    ansible.playbook(steps("web", configurations("other", ONE), release=["web"]))
    assert world.configurations() == ["other", "web"]
    run = ansible.playbook(steps("web", configurations("last", ONE), purge=True))
    assert world.configurations() == ["last", "web"]
    assert run["Configurations"]["summary"] == {
        "created": 1,
        "updated": 0,
        "deleted": 1,
        "released": 0,
        "unchanged": 0,
        "kept": 0,
        "failed": 0,
    }


def test_an_account_that_left_the_spec_is_reported_until_it_is_purged(ansible, world):
    ansible.playbook(steps("web", configurations("web", ONE, TWO)))
    for _time in range(2):
        run = ansible.playbook(steps("web", configurations("web", ONE)))
        [row] = run["Accounts"]["leftovers"]
        assert (row["account_id"], row["kind"]) == (TWO, "cross_account_role")
        assert "purge: true" in row["remedy"]
        assert run["Role"]["accounts_left"] == [TWO]
    assert world.destination(TWO).trust == [statement("web")]
    purged = ansible.playbook(steps("web", configurations("web", ONE), purge=True))
    assert purged["Accounts"]["summary"]["deleted"] == 1
    assert world.destination(TWO) is None
    last = ansible.playbook(steps("web", configurations("web", ONE)))
    assert (last["Role"]["accounts_left"], last["Accounts"]["leftovers"]) == ([], [])
    assert last.stats["changed"] == 0


def test_public_amis_are_an_error_if_the_spec_forbids_them(ansible, world):
    [public] = configurations("web")
    public["distributions"][0]["ami_distribution_configuration"]["launch_permission"] = {"user_groups": ["all"]}
    options = {"region": HOME, "spec_id": "web", "distribution_configurations": [public]}
    refused = ansible.playbook([{"name": "Write", SET: {**options, "allow_public": False}}], rc=2)
    assert "launch_permission.user_groups: 'all': makes the AMI public" in refused["Write"]["msg"]
    assert world.configurations() == []
    ansible.playbook([{"name": "Write", SET: options}])
    assert world.configurations() == ["web"]
