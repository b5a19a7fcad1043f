"""`python -m tests.live contract` asks the local AWS, `... live --account ID` the account of your profile."""

from __future__ import annotations

import argparse
import functools
import sys
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.exceptions import ClientError

from tests.live import suite
from tests.live.case import Case
from tests.live.case import CASES
from tests.live.room import Room
from tests.live.room import TAG

FOLDER = Path(__file__).parent
ASSUMPTIONS = FOLDER / "ASSUMPTIONS.md"


def main(arguments: list[str] | None = None) -> int:
    """0: all answers are as expected; 1: some differ, or something could not be removed; 2: nothing was asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.live", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("contract", help="ask the local AWS")
    verbs.add_parser("assumptions", help=f"write {ASSUMPTIONS.name}")
    live = verbs.add_parser("live", help="ask AWS itself")
    live.add_argument("--account", required=True, help="the id of the account to ask; no other one is touched")
    live.add_argument("--region", default="us-east-1")
    live.add_argument("--other-region", default="us-west-2")
    live.add_argument("--profile")
    live.add_argument("--source-image", default="", help="an AMI of yours; asks the questions about rollouts too")
    live.add_argument("--execution-role", default="", help="a role that Image Builder may assume")
    live.add_argument("--only", action="append", help="the name of a case; may be repeated")
    live.add_argument("--yes", action="store_true", help="do not ask for consent")
    live.add_argument("--endpoint-url", help="another endpoint for every service, such as that of the local AWS")
    live.add_argument("--reports", default=".", type=Path, help="the folder for live-report.md and live-report.json")
    options = parser.parse_args(arguments)
    if options.verb == "assumptions":
        ASSUMPTIONS.write_text(suite.assumptions(), encoding="utf-8")
        return 0
    return contract() if options.verb == "contract" else ask_aws(options)


def contract() -> int:
    """Ask the local AWS everything."""
    # Loaded here, since asking AWS itself takes nothing of it.
    from tests.live.local import local_room

    with local_room() as make_room:
        answers = suite.ask(CASES, make_room, print)
    return _verdict(answers)


def ask_aws(options: argparse.Namespace) -> int:
    """Ask the account of the caller's profile, after consent."""
    session = boto3.session.Session(profile_name=options.profile)
    config = Config(retries={"mode": "standard", "max_attempts": 8})

    @functools.cache
    def client(service: str, region: str) -> Any:
        return session.client(service, region_name=region, config=config, endpoint_url=options.endpoint_url)

    try:
        account = client("sts", options.region).get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        print(f"AWS did not say whose credentials these are: {error}", file=sys.stderr)
        return 2
    if account != options.account:
        print(f"These credentials are of account {account}, not {options.account}. Nothing was asked.", file=sys.stderr)
        return 2
    cases = [case for case in CASES if not options.only or case.name in options.only]
    unknown = sorted(set(options.only or ()) - {case.name for case in cases})
    if unknown:
        print(f"There is no case named {', '.join(unknown)}.", file=sys.stderr)
        return 2
    if bool(options.source_image) != bool(options.execution_role):
        print("Give --source-image and --execution-role together.", file=sys.stderr)
        return 2
    print(_plan(cases, account, options))
    if not options.yes and input("Type the account id to go ahead: ").strip() != account:
        print("Nothing was asked.")
        return 2

    def make_room() -> Room:
        return Room(client, account, options.region, options.other_region, options.source_image, options.execution_role)

    answers = suite.ask(cases, make_room, print)
    options.reports.mkdir(parents=True, exist_ok=True)
    (options.reports / "live-report.md").write_text(suite.as_markdown(answers), encoding="utf-8")
    (options.reports / "live-report.json").write_text(suite.as_json(answers), encoding="utf-8")
    print(f"\nThe report is in {options.reports / 'live-report.md'}; ids are masked in it.")
    return _verdict(answers)


def _plan(cases: list[Case], account: str, options: argparse.Namespace) -> str:
    with_image = [case for case in cases if case.needs_image] if options.source_image else []
    lines = [
        f"Questions that will be asked of account {account} in {options.region}: {len(cases)}.",
        f"They create distribution configurations with the tag {TAG}, one or two at a time, and remove them. These are"
        " free.",
    ]
    if with_image:
        lines.append(
            f"{len(with_image)} of them start rollouts of {options.source_image} in its own Region and cancel them. An"
            " AMI that is copied before that costs the storage of its snapshots for some minutes, and is deregistered."
        )
    else:
        lines.append("Questions about rollouts are left out; --source-image and --execution-role ask them too.")
    return "\n".join(lines)


def _verdict(answers: list[suite.Answer]) -> int:
    differing = suite.differences(answers)
    left = [text for answer in answers for text in answer.left]
    for text in left:
        print(f"not removed: {text}")
    agreed = [answer for answer in answers if answer.agrees]
    print(f"{len(agreed)} passed, {len(differing)} failed")
    return 1 if differing or left else 0


if __name__ == "__main__":
    sys.exit(main())
