"""Images as Image Builder's API returns them, and a client that answers from a script."""

from __future__ import annotations

import importlib

import boto3
from botocore.config import Config
from botocore.stub import ANY
from botocore.stub import Stubber

COLLECTION = "ansible_collections.goldimage.aws.plugins"
ACCOUNT = "123456789012"
REGION = "us-west-2"
SOURCE = "ami-0abcdef1234567890"
CONFIGURATION = f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}:distribution-configuration/web"
ENTRY = {"region": "eu-west-1", "amiDistributionConfiguration": {"name": "web {{ imagebuilder:buildDate }}"}}


def arn(build=1, name="web"):
    """The ARN of a build version."""
    return f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}:image/{name}/1.0.0/{build}"


def ami(region="eu-west-1", account=ACCOUNT, state="AVAILABLE", identifier="ami-0123456789abcdef0", **more):
    """One entry of outputResources.amis."""
    shown = {"region": region, "accountId": account, "image": identifier, "name": "web 2026"}
    return {**shown, "state": {"status": state, **more}}


def image(status="AVAILABLE", build=1, amis=(), distributions=(ENTRY,), **more):
    """`image` of GetImage."""
    state = {"status": status, **more.pop("state", {})}
    return {
        "arn": arn(build),
        "name": "web",
        "type": "AMI",
        "version": f"1.0.0/{build}",
        "state": state,
        "dateCreated": f"2026-03-02T09:20:{build:02d}.000Z",
        "outputResources": {"amis": list(amis)},
        "distributionConfiguration": {
            "arn": CONFIGURATION,
            "name": "web",
            "distributions": list(distributions),
            "timeoutMinutes": 60,
        },
        **more,
    }


def summary(shown):
    """An image as ListImageBuildVersions returns it."""
    members = ("arn", "name", "type", "version", "state", "dateCreated", "tags", "outputResources")
    return {member: shown[member] for member in members if member in shown}


class Script:
    """Image Builder's answers, one after the other; parameters are checked with botocore's model.

    `sleeps` collects the sleeps of the code under test. `client` returns the stubbed clients of all services, Regions
    and accounts, except for accounts in `closed`, in which no role can be assumed.
    """

    def __init__(self):
        settings = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "opens-nothing"}
        config = Config(retries={"total_max_attempts": 1})
        self._make = lambda service, region: boto3.client(service, region_name=region, config=config, **settings)
        self.closed = set()
        self._clients = {}
        self._stubbers = {}
        self.sleeps = []
        # What happens during the sleeps, the first item in the first sleep.
        self.meanwhile = []
        module = importlib.import_module(f"{COLLECTION}.module_utils._aws.module")
        pace = importlib.import_module(f"{COLLECTION}.module_utils._aws.retries")
        self.connection = module.Connection(
            self.client("imagebuilder"), lambda: (ACCOUNT, "aws"), pace.Pace(sleep=lambda seconds: None)
        )

    def client(self, service, region=REGION, account_id=ACCOUNT):
        """The stubbed client of a service in a Region and account; as Accounts.client, with `closed` accounts."""
        if account_id in self.closed:
            module = importlib.import_module(f"{COLLECTION}.module_utils._aws.accounts")
            raise module.RoleNotAssumed(account_id, None, "no role is named for it", None, "Name one")
        wanted = (service, region, account_id)
        if wanted not in self._clients:
            self._clients[wanted] = self._make(service, region)
            self._stubbers[wanted] = Stubber(self._clients[wanted])
            self._stubbers[wanted].activate()
        return self._clients[wanted]

    def answers(self, method, response, expected=None, service="imagebuilder", region=REGION, account_id=ACCOUNT):
        """Expect this request next; `expected` are its parameters, `ANY` if they do not matter."""
        self.client(service, region, account_id)
        self._stubbers[service, region, account_id].add_response(method, response, expected)
        return self

    def refuses(
        self, method, code, message="planned", expected=None, service="imagebuilder", region=REGION, account_id=ACCOUNT
    ):
        """Expect this request next, and answer it with an error."""
        self.client(service, region, account_id)
        self._stubbers[service, region, account_id].add_client_error(
            method, code, message, expected_params=expected, response_meta={"RequestId": "11112222-3333"}
        )
        return self

    def shows(self, shown):
        """GetImage."""
        return self.answers("get_image", {"image": shown}, {"imageBuildVersionArn": shown["arn"]})

    def lists(self, *shown):
        """ListImageBuildVersions, without an ARN."""
        answer = {"imageSummaryList": [summary(item) for item in shown]}
        return self.answers("list_image_build_versions", answer, {"maxResults": 100})

    def configured(self, *entries):
        """GetDistributionConfiguration."""
        configuration = {
            "arn": CONFIGURATION,
            "name": "web",
            "distributions": list(entries) or [ENTRY],
            "timeoutMinutes": 60,
        }
        self.answers("get_distribution_configuration", {"distributionConfiguration": configuration})
        # The code under test also reads the raw answer, which Stubber leaves empty.
        self._stubbers["imagebuilder", REGION, ACCOUNT]._queue[-1]["response"][0]._content = b"{}"
        return self

    def starts(self, build=1, expected=None):
        """DistributeImage."""
        return self.answers("distribute_image", {"imageBuildVersionArn": arn(build)}, expected)

    def workflows(self, *executions):
        """ListWorkflowExecutions."""
        return self.answers("list_workflow_executions", {"workflowExecutions": list(executions)})

    def is_read(self):
        """Assert that every answer was requested."""
        for stubber in self._stubbers.values():
            stubber.assert_no_pending_responses()

    def sleep(self, seconds):
        """Instead of time.sleep."""
        self.sleeps.append(seconds)
        if self.meanwhile:
            self.meanwhile.pop(0)()


__all__ = ["ANY", "Script", "ami", "arn", "image", "summary"]
