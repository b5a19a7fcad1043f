"""What the tests of the role share: how to run it, and what it leaves in AWS."""

from __future__ import annotations

from typing import Any

from tests.integration.playbooks import Run
from tests.world import account_root
from tests.world import HOME
from tests.world import SOURCE
from tests.world import trusting

ROLE = "goldimage.aws.distribution_rollout"


def sid(spec: str, account: str = SOURCE, region: str = HOME) -> str:
    """The Sid of a spec's statement in the trust policies of destination roles."""
    return f"Goldimage{account}X{spec}X{region}".replace("-", "X")


def statement(spec: str, account: str = SOURCE, region: str = HOME) -> dict[str, Any]:
    """That statement, if it trusts the whole account."""
    return {"Sid": sid(spec, account, region), **trusting(account_root(account))}


def result_of(run: Run) -> dict[str, Any]:
    """The last result of the role."""
    return run.results(f"{ROLE} : Keep the result")[-1]["ansible_facts"]["distribution_rollout_result"]


def include(entry: str = "main", **variables: Any) -> list[dict[str, Any]]:
    """Tasks that run the role, or one step of it, and show its result."""
    return [
        {
            "name": "Role",
            "ansible.builtin.include_role": {"name": ROLE, "tasks_from": entry},
            "vars": {f"distribution_rollout_{name}": value for name, value in variables.items()},
        },
        {"name": "Result", "ansible.builtin.debug": {"var": "distribution_rollout_result"}},
    ]
