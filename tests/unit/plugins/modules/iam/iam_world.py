"""IAM roles of the local AWS in this process, as they are stored, and the requests that were made about them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tests.unit.plugins.modules.enforced import Enforced
from tests.unit.plugins.modules.enforced import REGION
from tests.unit.plugins.modules.enforced import SOURCE
from tests.unit.plugins.modules.enforced import TARGET
from tests.unit.plugins.modules.requests_log import RequestsLog
from tests.world import account_root
from tests.world import DESTINATION_ROLE
from tests.world import document
from tests.world import EVERYTHING
from tests.world import trusting
from tests.world import World

THIRD = "444455556666"
NAME = "dist"
MANAGED = {
    name: f"arn:aws:iam::aws:policy/{name}"
    for name in (
        "EC2ImageBuilderExecutionPolicy",
        "EC2FastLaunchFullAccess",
        "Ec2ImageBuilderCrossAccountDistributionAccess",
    )
}
TAG = "goldimage.aws:spec"
WEB = f"web/{SOURCE}/{REGION}"
BATCH = f"batch/{SOURCE}/{REGION}"
TEAM = {"Sid": "Team", **trusting(account_root("777788889999"))}
SID = f"Goldimage{SOURCE}XwebXusXwestX2"
STATEMENT = {"Sid": SID, **trusting(account_root(SOURCE))}
POLICY = document({**EVERYTHING, "Action": "s3:GetObject"})


def entry(*accounts: str, region: str = REGION, **more: Any) -> dict[str, Any]:
    """One Region, whose AMI these accounts get."""
    settings: dict[str, Any] = {"name_prefix": "web"}
    if accounts:
        settings["target_account_ids"] = list(accounts)
    return {"region": region, "ami_distribution_configuration": settings, **more}


def parameters(*accounts: str) -> list[dict[str, Any]]:
    """An SSM parameter in each account, which requires another permission there."""
    return [{"parameter_name": "/golden/web", "ami_account_id": account} for account in accounts]


def configuration(*accounts: str, name: str = "web", **more: Any) -> dict[str, Any]:
    """A configuration whose AMI, and the parameter that names it, these accounts get."""
    return {
        "name": name,
        "distributions": [entry(*accounts, ssm_parameter_configurations=parameters(*accounts), **more)],
    }


class Roles(World):
    """The accounts, and the requests since `log` was cleared."""

    def __init__(self, here: Enforced, monkeypatch: Any) -> None:
        from moto.imagebuilder.switches import switches

        from tests.unit.plugins.modules.tasks.roles import aws_policy

        super().__init__(here, REGION)
        switches.set(assumable_roles=("x", "Admin"))
        self.here = here
        for account in (SOURCE, TARGET, THIRD):
            for name in MANAGED:
                aws_policy(name, account)
        self.log = RequestsLog(monkeypatch)

    def iam(self, account: str = SOURCE) -> Any:
        return self.here.client("iam", account=account)

    def make(self, name: str, *trusting: dict[str, Any], account: str = SOURCE, **more: Any) -> None:
        """Creates a role of somebody else."""
        self.create_role(name, list(trusting), account, **more)
        self.log.clear()

    def stored(self, name: str = NAME, account: str = SOURCE) -> dict[str, Any] | None:
        """A role as it is stored, without its instance profiles."""
        role = self.role(name, account)
        return role and {key: value for key, value in asdict(role).items() if key != "profiles"}

    def cross(self, account: str = TARGET) -> dict[str, Any] | None:
        """The cross-account role in an account."""
        return self.stored(DESTINATION_ROLE, account)

    def configured(self, name: str, owner: str | None = WEB, **tags: str) -> str:
        """A distribution configuration with the tag of a spec. Returns its ARN."""
        made = self.here.client("imagebuilder").create_distribution_configuration(
            name=name,
            distributions=[{"region": REGION, "amiDistributionConfiguration": {"amiTags": {"a": "b"}}}],
            tags={**({TAG: owner} if owner else {}), **tags, "Team": "web"},
        )
        self.log.clear()
        return str(made["distributionConfigurationArn"])

    def run(self, module: str, options: dict[str, Any], check_mode: bool = False, diff: bool = False) -> dict[str, Any]:
        self.log.clear()
        result: dict[str, Any] = self.here._run_module(module, options, check_mode, diff)
        return result
