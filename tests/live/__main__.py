"""`python -m tests.live contract` asks the local AWS, `... live --account ID` the account of your profile."""

from __future__ import annotations

import argparse
import functools
import sys
import textwrap
from datetime import date
from pathlib import Path
from typing import Any

import boto3
import botocore
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.exceptions import ClientError

from tests.live import report
from tests.live import suite
from tests.live.question import AwsQuestion
from tests.live.question import QUESTIONS
from tests.live.sandbox import AskedAccount
from tests.live.sandbox import PREFIX
from tests.live.sandbox import TAG

FOLDER = Path(__file__).parent
ASSUMPTIONS = FOLDER / "ASSUMPTIONS.md"

# What AWS charges for the transfer from us-east-1 to another Region.
_USD_PER_GIGABYTE = 0.02


def main(arguments: list[str] | None = None) -> int:
    """0: all answers are as expected; 1: some differ, or something could not be removed; 2: nothing was asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.live", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("contract", help="ask the local AWS")
    verbs.add_parser("assumptions", help=f"write {ASSUMPTIONS.name}")
    live = verbs.add_parser("live", help="ask AWS itself")
    live.add_argument("--account", required=True, help="the id of the account to ask; the suite asks no other")
    live.add_argument("--region", default="us-east-1", help="where to ask (default: us-east-1)")
    live.add_argument("--other-region", default="us-west-2", help="a second Region (default: us-west-2)")
    live.add_argument("--profile", help="the profile whose credentials to use")
    live.add_argument("--source-image", default="", help="an AMI of the account to distribute")
    live.add_argument("--execution-role", default="", help="the role that Image Builder distributes it with")
    live.add_argument("--copies", action="store_true", help="copy the AMI to the other Region; AWS charges for it")
    live.add_argument("--account-without-role", default="", help="another account of yours")
    live.add_argument("--organization", default="", help="the ARN of the organization that the account belongs to")
    live.add_argument("--only", action="append", metavar="NAME", help="ask one question; may be repeated")
    live.add_argument("--yes", action="store_true", help="do not ask for consent")
    live.add_argument("--endpoint-url", help="another endpoint for every service, such as that of the local AWS")
    live.add_argument("--reports", default=".", type=Path, help="the folder for live-report.md and live-report.json")
    options = parser.parse_args(arguments)
    if options.verb == "assumptions":
        ASSUMPTIONS.write_text(report.assumptions(), encoding="utf-8")
        return 0
    return contract() if options.verb == "contract" else ask_aws(options)


def contract() -> int:
    """Ask the local AWS everything."""
    # Imported here, since asking AWS itself needs nothing of it.
    from tests.live.local import local_account

    with local_account() as asked:
        answers = suite.ask(QUESTIONS, asked, print)
    return _exit_code(answers)


def ask_aws(options: argparse.Namespace) -> int:
    """Ask the account of the caller's profile, after consent."""
    config = Config(retries={"mode": "standard", "max_attempts": 8})

    @functools.cache
    def client(service: str, region: str) -> Any:
        return session.client(service, region_name=region, config=config, endpoint_url=options.endpoint_url)

    try:
        session = boto3.session.Session(profile_name=options.profile)
        caller = client("sts", options.region).get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        return _nothing_asked(f"AWS did not say whose credentials these are: {error}")
    if caller["Account"] != options.account:
        return _nothing_asked(f"These credentials belong to account {caller['Account']}, not to {options.account}.")
    asked = AskedAccount(
        client,
        options.account,
        caller["Arn"].split(":")[1],
        options.region,
        options.other_region,
        options.source_image,
        options.execution_role,
        options.copies,
        options.account_without_role,
        options.organization,
    )
    questions = [one for one in QUESTIONS if not options.only or one.name in options.only]
    wrong = _what_is_wrong(options, asked, {one.name for one in questions})
    if wrong:
        return _nothing_asked(wrong)
    print(plan(questions, asked, gigabytes_of(source_image_in(asked)[0]) if options.source_image else 0))
    if not options.yes and input("Type the account id to go ahead: ").strip() != options.account:
        print("Nothing was asked.")
        return 2
    answers = suite.ask(questions, asked, print)
    options.reports.mkdir(parents=True, exist_ok=True)
    circumstances = (
        f"Asked on {date.today()} in {options.region} (and {options.other_region}) of the partition {asked.partition},"
        f" with botocore {botocore.__version__}."
    )
    (options.reports / "live-report.md").write_text(report.as_markdown(answers, circumstances), encoding="utf-8")
    (options.reports / "live-report.json").write_text(report.as_json(answers), encoding="utf-8")
    print(
        f"\nThe report is in {options.reports / 'live-report.md'}, with ids masked. Please read it before you send it."
    )
    return _exit_code(answers)


def _what_is_wrong(options: argparse.Namespace, asked: AskedAccount, names: set[str]) -> str | None:
    unknown = sorted(set(options.only or ()) - names)
    if unknown:
        return f"There is no question named {', '.join(unknown)}."
    if options.region == options.other_region:
        return "Give --other-region a Region that differs from --region."
    if bool(options.source_image) != bool(options.execution_role):
        return "Give --source-image and --execution-role together."
    if not options.source_image:
        return None
    try:
        images = source_image_in(asked)
    except (BotoCoreError, ClientError) as error:
        return f"The source AMI {options.source_image} cannot be read in {options.region}: {error}"
    if not images or images[0]["OwnerId"] != options.account:
        return f"The source AMI {options.source_image} does not belong to account {options.account}."
    return None


def source_image_in(asked: AskedAccount) -> list[dict[str, Any]]:
    """The source AMI as EC2 describes it."""
    answer = asked.client("ec2", asked.region).describe_images(ImageIds=[asked.source_image])
    return list(answer["Images"])


def gigabytes_of(image: dict[str, Any]) -> int:
    """The size of an AMI's volumes. Its snapshots are at most as large."""
    return sum(device.get("Ebs", {}).get("VolumeSize", 0) for device in image.get("BlockDeviceMappings", []))


def plan(questions: list[AwsQuestion], asked: AskedAccount, gigabytes: int) -> str:
    """What will be created, where, what it costs and how it is removed; and what is left out, and why.

    gigabytes: the size of the source AMI's volumes.
    """
    askable = [one for one in questions if not suite.missing(one, asked)]
    started = [one for one in askable if "source_image" in one.needs]
    waiting = [one for one in started if one.waits]
    lines = [
        f"{len(askable)} questions for account {asked.account}, in {asked.region} and {asked.other_region}:",
        "",
        "- They create distribution configurations, one or two at a time, and one SSM parameter. Both are free. Their"
        f" names begin with {PREFIX} (the parameter's with /imagebuilder/{PREFIX}), and they have the tag {TAG}.",
    ]
    if started:
        lines += [
            f"- {len(started)} of them distribute {asked.source_image} with the role {asked.execution_role}."
            f" {len(waiting)} of these wait until the rollout ends, which takes minutes each and up to an hour; the"
            " others cancel it at once.",
            f"- They set the tag {TAG} on {asked.source_image}, and try to share it with organizations that do not"
            " exist. Afterwards it has the tags and launch permissions that it had before. Do not use an AMI that"
            " somebody launches meanwhile.",
            "- They create SSM parameters, one launch template and one licence configuration. These are free too.",
            "- If a rollout copies the AMI before it is cancelled, AWS charges for the copy's snapshots until the suite"
            " has removed them, which takes minutes.",
        ]
        lines.append(
            "- Image Builder writes the logs of the rollouts to a CloudWatch group, /aws/imagebuilder/ and the AMI's"
            " name. These remain."
        )
    if started and asked.copies:
        lines.append(
            f"- One of them copies {asked.source_image} to {asked.other_region}. AWS charges for the transfer between"
            f" Regions, at most {gigabytes * _USD_PER_GIGABYTE:.2f} USD for its {gigabytes} GB if a GB costs"
            f" {_USD_PER_GIGABYTE} USD (see the price list of EC2), and for the snapshots until the suite has removed"
            " them."
        )
    if started and asked.account_without_role:
        lines.append(
            f"- One of them tries to distribute {asked.source_image} to account {asked.account_without_role}. Nothing"
            " is created there as long as that account has no EC2ImageBuilderDistributionCrossAccountRole."
        )
    if started and asked.organization:
        lines.append(f"- One of them shares {asked.source_image} with {asked.organization} for some minutes.")
    lines.append(
        f"- The suite removes everything{' else' if started else ''} after each question, even if the question fails or"
        " you press Ctrl-C. The report lists what it could not remove."
    )
    left_out: dict[str, int] = {}
    for one in questions:
        for need in suite.missing(one, asked):
            left_out[need] = left_out.get(need, 0) + 1
    if left_out:
        lines += ["", "It leaves these out:"]
        lines += [
            f"- {number} {'question needs' if number == 1 else 'questions need'} {need}."
            for need, number in left_out.items()
        ]
    return "\n".join([*(textwrap.fill(line, 100, subsequent_indent="  ") for line in lines), ""])


def _nothing_asked(reason: str) -> int:
    print(f"{reason} Nothing was asked.", file=sys.stderr)
    return 2


def _exit_code(answers: list[suite.Answer]) -> int:
    differing = suite.differences(answers)
    remains = [text for answer in answers for text in answer.remains]
    for text in remains:
        print(f"not removed: {text}")
    agreed = [answer for answer in answers if answer.agrees]
    print(
        f"{len(agreed)} as expected, {len(differing)} differ, {len(answers) - len(agreed) - len(differing)} not asked"
    )
    return 1 if differing or remains else 0


if __name__ == "__main__":
    sys.exit(main())
