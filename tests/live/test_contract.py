"""The local AWS answers as expected, and the suite reports an AWS that does not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.live import __main__ as command
from tests.live import report
from tests.live import sandbox as rooms
from tests.live import suite
from tests.live.local import local_account
from tests.live.local import prepare
from tests.live.question import AwsQuestion
from tests.live.question import PRECONDITIONS
from tests.live.question import QUESTIONS
from tests.live.sandbox import AskedAccount
from tests.live.sandbox import PREFIX
from tests.live.sandbox import Sandbox
from tests.local_aws.server import LocalAws
from tests.local_aws.server import SOURCE_ACCOUNT

README = Path(__file__).with_name("README.md").read_text(encoding="utf-8")

# What no request shows: Image Builder checks it of the caller, besides the action itself. Source: service authorization
# reference, EC2 Image Builder, dependent actions of CreateDistributionConfiguration and DistributeImage. The tags of
# what other services create, and the snapshots of a copy, need an action too.
FREE = {
    "ec2:CreateLaunchTemplateVersion",
    "ec2:DescribeLaunchTemplates",
    "ec2:ModifyLaunchTemplate",
    "iam:PassRole",
    "imagebuilder:TagResource",
    "s3:ListBucket",
    "ssm:AddTagsToResource",
    "ssm:GetParameter",
}
OF_ROLLOUTS = {"ec2:CreateTags", "ec2:DeleteSnapshot", "license-manager:TagResource"}


@pytest.fixture(scope="module")
def account() -> Iterator[AskedAccount]:
    with local_account() as asked:
        yield asked


@pytest.mark.parametrize("question", QUESTIONS, ids=[question.name for question in QUESTIONS])
def test_the_local_aws_keeps_the_contract(question: AwsQuestion, account: AskedAccount) -> None:
    (answer,) = suite.ask([question], account)
    assert answer.agrees, f"{question.text} Expected {question.expects}, got {answer.observation}"
    assert answer.left == ()


def test_every_question_has_its_own_name_and_known_needs() -> None:
    assert len({question.name for question in QUESTIONS}) == len(QUESTIONS)
    assert {need for question in QUESTIONS for need in question.needs} == set(PRECONDITIONS)
    for question in QUESTIONS:
        assert question.text.endswith("?")
        assert "source_image" in question.needs or not (question.needs or question.waits)


def test_the_table_of_assumptions_is_up_to_date() -> None:
    assert command.ASSUMPTIONS.read_text(encoding="utf-8") == report.assumptions(), "run `make assumptions`"


@pytest.fixture(scope="module")
def server() -> Iterator[LocalAws]:
    with LocalAws() as running:
        yield running


@pytest.fixture
def aws(server: LocalAws, monkeypatch: pytest.MonkeyPatch) -> LocalAws:
    """An emptied AWS that the caller's profile leads to, and in which nothing has to be waited for."""
    server.reset()
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setattr(rooms, "_DELAY", 0.0)
    return server


@dataclass
class LiveRun:
    """One run of the command: its exit status, the answers by the questions' names, and the report."""

    status: int
    answers: dict[str, dict[str, Any]]
    report: str

    def differing(self) -> set[str]:
        return {name for name, row in self.answers.items() if row["agrees"] is False}

    def skipped(self) -> set[str]:
        return {name for name, row in self.answers.items() if row["agrees"] is None}


def live(reports: Path, *arguments: str) -> LiveRun:
    status = command.main(["live", "--account", SOURCE_ACCOUNT, "--yes", "--reports", str(reports), *arguments])
    if status == 2:
        return LiveRun(status, {}, "")
    rows = json.loads((reports / "live-report.json").read_text(encoding="utf-8"))
    text = (reports / "live-report.md").read_text(encoding="utf-8")
    return LiveRun(status, {row["name"]: row for row in rows}, text)


def everything(asked: AskedAccount) -> tuple[str, ...]:
    """The options that lend all that there is."""
    rollouts = ("--source-image", asked.source_image, "--execution-role", asked.execution_role, "--copies")
    others = ("--account-without-role", asked.account_without_role, "--organization", asked.organization)
    return (*rollouts, *others)


def remains(aws: LocalAws, asked: AskedAccount) -> dict[str, Any]:
    """What of a run is still there: by kind, each with its names; and the source AMI's tags and launch permissions."""
    builder, ec2 = aws.client("imagebuilder"), aws.client("ec2")
    image = ec2.describe_images(ImageIds=[asked.source_image])["Images"][0]
    shared = ec2.describe_image_attribute(ImageId=asked.source_image, Attribute="launchPermission")
    other_ec2 = aws.client("ec2", region_name=asked.other_region)
    other_builder = aws.client("imagebuilder", region_name=asked.other_region)
    return {
        "configurations": [
            one["name"]
            for client in (builder, other_builder)
            for one in client.list_distribution_configurations()["distributionConfigurationSummaryList"]
            if one["name"].startswith(PREFIX)
        ],
        "images": builder.list_image_build_versions()["imageSummaryList"],
        "copies": other_ec2.describe_images(Owners=["self"])["Images"],
        "templates": ec2.describe_launch_templates()["LaunchTemplates"],
        "parameters": aws.client("ssm").describe_parameters()["Parameters"],
        "tags": image.get("Tags", []),
        "permissions": shared.get("LaunchPermissions", []),
    }


@pytest.fixture
def before(aws: LocalAws) -> tuple[AskedAccount, dict[str, Any]]:
    """An account that lends everything, with a tag and a launch permission on its AMI; and what there is before."""
    asked = prepare(aws)
    aws.client("ec2").create_tags(Resources=[asked.source_image], Tags=[{"Key": "team", "Value": "web"}])
    permission = {"Add": [{"UserId": "444455556666"}]}
    aws.client("ec2").modify_image_attribute(ImageId=asked.source_image, LaunchPermission=permission)
    found = remains(aws, asked)
    assert (len(found["tags"]), len(found["permissions"])) == (1, 1)
    return asked, found


def actions_of(aws: LocalAws) -> set[str]:
    """The IAM actions of the requests that came in. Everybody may ask STS who they are and try to assume a role."""
    return {f"{one['service']}:{one['operation']}" for one in aws.requests() if one["service"] != "sts"}


def documented(heading: str) -> set[str]:
    """The actions of the policy below a heading of the README."""
    policy = re.search(r"```json\n(.+?)```", README.split(heading)[1], re.DOTALL)
    assert policy
    statements = json.loads(policy[1])["Statement"]
    return {action for statement in statements for action in statement["Action"]}


def test_a_whole_run_leaves_nothing_and_needs_what_the_readme_says(
    aws: LocalAws, before: tuple[AskedAccount, dict[str, Any]], tmp_path: Path
) -> None:
    asked, found = before
    aws.clear_requests()
    run = live(tmp_path, *everything(asked))
    assert (run.status, run.differing(), run.skipped()) == (0, set(), set())
    actions = actions_of(aws)
    assert remains(aws, asked) == found
    assert documented("### With rollouts") | documented("### Without rollouts") == actions | FREE | OF_ROLLOUTS


def test_the_source_ami_gets_the_value_of_a_tag_back(
    aws: LocalAws, before: tuple[AskedAccount, dict[str, Any]], tmp_path: Path
) -> None:
    asked, _found = before
    aws.client("ec2").create_tags(Resources=[asked.source_image], Tags=[{"Key": rooms.TAG, "Value": "mine"}])
    found = remains(aws, asked)
    assert live(tmp_path, *everything(asked), "--only", "parameter-in-a-tag").status == 0
    assert remains(aws, asked) == found


def test_without_a_source_image_no_rollout_is_asked_for(aws: LocalAws, tmp_path: Path) -> None:
    run = live(tmp_path)
    assert run.status == 0
    assert run.skipped() == {question.name for question in QUESTIONS if question.needs}
    assert run.answers["tags-of-a-copy"]["answer"] == (
        "not asked: needs a source AMI and an execution role (--source-image, --execution-role) and your consent to"
        " copy the source AMI to the other Region (--copies)"
    )
    assert "needs a source AMI" in run.report.split("## Every answer")[1]
    assert documented("### Without rollouts") == actions_of(aws) | FREE
    assert f"because {sum(question.waits for question in QUESTIONS)} questions wait" in README


def test_the_report_names_exactly_what_differs(
    aws: LocalAws, before: tuple[AskedAccount, dict[str, Any]], tmp_path: Path
) -> None:
    asked, found = before
    # An AWS that deviates in these things.
    aws.switch(
        echo_empty_lists=True,
        echo_set_default_version=True,
        timeout_minutes=300,
        home_image="copy",
        public_image_quota=7,
        ssm_data_type="aws:ec2:image",
        role_checked_at_once=False,
    )
    aws.fault("license-manager", "GetLicenseConfiguration", code="ResourceNotFoundException", status=400)
    aws.fault("imagebuilder", "RetryImage", code="ServiceException", status=400, message="No.")
    aws.fail_distribution("MODIFY_IMAGE_ATTRIBUTES", message="OrganizationNotFound")
    aws.fail_distribution("ASSOCIATE_LICENSES", message="ResourceNotFound")
    run = live(tmp_path, *everything(asked))
    assert (run.status, len(run.answers), run.skipped()) == (1, len(QUESTIONS), set())
    assert run.differing() == {
        # The switches
        "dates-of-a-new-one",
        "default-version-read-back",
        "empty-lists-read-back",
        "home-is-the-source",
        "parameter-in-a-tag",  # The copy has the tag.
        "default-quotas-of-amis",
        "data-type-of-a-parameter",
        "unknown-execution-role",
        # The faults
        "unknown-license",
        "retry-what-is-not-there",
        "retry-a-running-rollout",
        "retry-after-the-copies",
        # The steps that fail for another reason
        "unknown-organization",
        "unknown-organizational-unit",
        "own-organization",
        "unknown-license-at-the-rollout",
        "license-of-another-region-at-the-rollout",
    }
    assert run.answers["default-version-read-back"]["answer"] == "true"
    assert "17 answers differ" in run.report
    assert "How does setDefaultVersion read back that was not sent?" in run.report.split("## Every answer")[0]
    assert remains(aws, asked) == found


def test_every_question_notices_an_aws_that_answers_something_else(
    aws: LocalAws, before: tuple[AskedAccount, dict[str, Any]], tmp_path: Path
) -> None:
    asked, _found = before
    for service in ("imagebuilder", "ssm", "license-manager", "servicequotas"):
        aws.fault(service, code="TeapotException", status=418, message="Something else.")
    aws.fault("sts", "AssumeRole", code="TeapotException", status=418)
    run = live(tmp_path, *everything(asked))
    assert run.differing() == {question.name for question in QUESTIONS}


def test_what_this_account_cannot_answer_is_skipped(account: AskedAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    ec2 = account.client("ec2", account.region)
    monkeypatch.setattr(ec2, "describe_regions", lambda **request: {"Regions": []})

    def client(service: str, region: str) -> Any:
        return ec2 if service == "ec2" else account.client(service, region)

    (question,) = [one for one in QUESTIONS if one.name == "disabled-region-at-create"]
    (answer,) = suite.ask([question], replace(account, client=client))
    assert (answer.agrees, answer.observation) == (None, "not asked: the account has no Region that is disabled")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--only", "colour"), "There is no question named colour."),
        (("--other-region", "us-east-1"), "Give --other-region a Region that differs from --region."),
        (("--source-image", "ami-1"), "Give --source-image and --execution-role together."),
        (("--source-image", "ami-00000000000000001", "--execution-role", "x"), "cannot be read in us-east-1"),
    ],
)
def test_options_that_do_not_fit(
    aws: LocalAws, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], text: str
) -> None:
    assert live(tmp_path, *arguments).status == 2
    error = capsys.readouterr().err
    assert text in error
    assert error.endswith("Nothing was asked.\n")


def test_an_ami_of_another_account_is_not_distributed(
    aws: LocalAws, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = aws.plant_ami("theirs", owner_id="111122223333")
    assert live(tmp_path, "--source-image", image, "--execution-role", "x").status == 2
    assert f"{image} does not belong to account {SOURCE_ACCOUNT}. Nothing was asked." in capsys.readouterr().err


def test_nothing_is_asked_of_another_account(aws: LocalAws, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["live", "--account", "111122223333", "--yes", "--reports", str(tmp_path)]) == 2
    assert f"belong to account {SOURCE_ACCOUNT}, not to 111122223333. Nothing was asked." in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert {one["service"] for one in aws.requests()} == {"sts"}


def test_nothing_is_asked_without_consent(
    aws: LocalAws, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["live", "--account", SOURCE_ACCOUNT, "--reports", str(tmp_path), "--only", "no-output"]
    monkeypatch.setattr("builtins.input", lambda prompt: "yes")
    assert command.main(asked) == 2
    printed = " ".join(capsys.readouterr().out.split())
    assert "Both are free." in printed
    assert "Nothing was asked" in printed
    assert {one["service"] for one in aws.requests()} == {"sts"}
    monkeypatch.setattr("builtins.input", lambda prompt: SOURCE_ACCOUNT)
    assert command.main(asked) == 0


def test_the_plan_says_what_is_created_what_it_costs_and_what_is_left_out(account: AskedAccount) -> None:
    image = {
        "BlockDeviceMappings": [{"Ebs": {"VolumeSize": 8}}, {"Ebs": {"VolumeSize": 20}}, {"VirtualName": "ephemeral0"}]
    }
    whole = " ".join(command.plan(QUESTIONS, account, command.gigabytes_of(image)).split())
    assert "at most 0.56 USD for its 28 GB" in whole
    assert "leaves these out" not in whole
    for text in (account.source_image, account.account_without_role, account.organization, "USD", "Ctrl-C"):
        assert text in whole
    free = " ".join(command.plan(QUESTIONS, replace(account, source_image=""), 0).split())
    assert account.execution_role not in free
    assert "questions need a source AMI and an execution role" in free


def test_what_a_question_made_is_removed_after_a_failure_too(aws: LocalAws, tmp_path: Path) -> None:
    asked = prepare(aws)
    found = remains(aws, asked)
    aws.fault("imagebuilder", "UpdateDistributionConfiguration", code="ForbiddenException", status=403)
    run = live(tmp_path, "--only", "update-replaces")
    assert run.answers["update-replaces"]["answer"].startswith("the question could not be asked: ForbiddenException")
    assert (run.status, remains(aws, asked)) == (1, found)


def test_a_configuration_is_removed_whose_creation_got_no_answer(aws: LocalAws) -> None:
    asked = prepare(aws)
    found = remains(aws, asked)
    aws.lose_answer("imagebuilder", "CreateDistributionConfiguration")
    (question,) = [one for one in QUESTIONS if one.name == "parameters-alone"]
    (answer,) = suite.ask([question], asked)
    assert answer.observation.startswith("the question could not be asked: ")
    assert remains(aws, asked) == found


def test_ctrl_c_ends_the_suite_and_leaves_nothing(aws: LocalAws) -> None:
    def interrupted(sandbox: Sandbox) -> str:
        sandbox.create()
        raise KeyboardInterrupt

    asked = prepare(aws)
    found = remains(aws, asked)
    (answer,) = suite.ask([replace(QUESTIONS[0], ask=interrupted), QUESTIONS[1]], asked)
    assert (answer.agrees, answer.observation, answer.left) == (None, "not asked: interrupted", ())
    assert remains(aws, asked) == found


def test_what_could_not_be_removed_is_reported(
    aws: LocalAws, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.fault("imagebuilder", "DeleteDistributionConfiguration", code="ForbiddenException", status=403)
    run = live(tmp_path, "--only", "parameters-alone")
    assert run.status == 1
    assert "distribution-configuration/NAME: ForbiddenException 403" in run.report.split("## Not removed")[1]
    # Its owner has to find it.
    assert f":distribution-configuration/{PREFIX}-" in capsys.readouterr().out.split("not removed: ")[1]


def test_an_interrupted_removal_is_reported(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(sandbox: Sandbox) -> list[str]:
        raise KeyboardInterrupt

    monkeypatch.setattr(Sandbox, "clear", interrupted)
    (answer,) = suite.ask(QUESTIONS[:2], prepare(aws))
    assert answer.left == ("the removal was interrupted; look for NAME",)
    assert PREFIX in answer.remains[0]


def test_ids_are_masked(account: AskedAccount) -> None:
    sandbox = Sandbox(replace(account, account="999999999999"))
    text = f"arn:aws:iam::999999999999:role/x {sandbox.name} ami-0123456789abcdef0 12345678-1234-1234-1234-123456789abc"
    assert suite.masked(text, sandbox) == "arn:aws:iam::ACCOUNT:role/x NAME ami-MASKED ID"
    assert suite.masked("111122223333 888888888888", sandbox) == "111122223333 ACCOUNT"
    text = f"User: arn:aws:sts::999999999999:assumed-role/Admin/jane@example.com may not; role/{account.execution_role}"
    assert suite.masked(text, sandbox) == "User: arn:aws:sts::ACCOUNT:assumed-role/MASKED may not; role/ROLE"
    text = "arn:aws:organizations::999999999999:ou/o-a1b2c3d4e5/ou-ab12-cd34ef56 lt-0123456789abcdef0"
    assert suite.masked(text, sandbox) == "arn:aws:organizations::ACCOUNT:ou/o-MASKED/ou-MASKED lt-MASKED"
