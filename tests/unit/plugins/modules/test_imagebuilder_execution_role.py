import json, sys
import pytest

pytestmark = pytest.mark.current_botocore
D = [
    {
        "region": "us-west-2",
        "ami_distribution_configuration": {"name_prefix": "web", "target_account_ids": ["111122223333"]},
        "ssm_parameter_configurations": [{"parameter_name": "/golden/web", "ami_account_id": "111122223333"}],
    }
]


def test_x(here, run_module):
    out = open("/tmp/out.txt", "w")

    def go(m, o, check):
        r = run_module(m, o, check, False)
        r.pop("invocation", None)
        out.write(m + json.dumps(r)[:900] + "\n")

    o = {"name": "dist", "spec_id": "web", "distribution_configurations": [{"name": "web", "distributions": D}]}
    for check in (True, False, False):
        go("imagebuilder_execution_role", o, check)
    o2 = {
        "spec_id": "web",
        "distribution_configurations": o["distribution_configurations"],
        "target_account_role_name": "x",
        "execution_role_arns": ["dist"],
    }
    for check in (True, False, False):
        go("imagebuilder_cross_account_role", o2, check)
    for m, o in (
        ("imagebuilder_cross_account_role", {**o2, "state": "absent"}),
        ("imagebuilder_execution_role", {"name": "dist", "spec_id": "web", "state": "absent"}),
    ):
        for i in (1, 2):
            go(m, o, False)
