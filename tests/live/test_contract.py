"""The local AWS answers as expected, and the suite tells of an AWS that does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import __main__ as command
from tests.live import room as rooms
from tests.live import suite
from tests.live.case import CASES
from tests.live.local import local_room
from tests.live.local import prepare
from tests.live.local import ROLE
from tests.live.room import PREFIX
from tests.live.room import Room
from tests.local_aws.server import LocalAws
from tests.local_aws.server import SOURCE_ACCOUNT


@pytest.fixture(scope="module")
def make_room() -> Iterator[Callable[[], Room]]:
    with local_room() as found:
        yield found


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_local_aws_keeps_the_contract(case: suite.Case, make_room: Callable[[], Room]) -> None:
    (answer,) = suite.ask([case], make_room, print)
    assert answer.agrees, f"{case.question} Expected {case.expects}, got {answer.observation}"
    assert answer.left == ()


def test_the_table_of_assumptions_is_up_to_date() -> None:
    assert command.ASSUMPTIONS.read_text(encoding="utf-8") == suite.assumptions(), "run `make assumptions`"


@pytest.fixture(scope="module")
def server() -> Iterator[LocalAws]:
    with LocalAws() as running:
        yield running


@pytest.fixture
def aws(server: LocalAws, monkeypatch: pytest.MonkeyPatch) -> LocalAws:
    """An emptied AWS that the profile of the caller leads to, and in which nothing has to be waited for."""
    server.reset()
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setattr(rooms, "_DELAY", 0.0)
    return server


def live(*arguments: str, reports: Path) -> int:
    return command.main(["live", "--account", SOURCE_ACCOUNT, "--reports", str(reports), *arguments])


def made(aws: LocalAws) -> list[str]:
    """The configurations of the suite that are there."""
    found = aws.client("imagebuilder").list_distribution_configurations()["distributionConfigurationSummaryList"]
    return [one["name"] for one in found if one["name"].startswith(PREFIX)]


def test_the_report_names_exactly_what_differs(aws: LocalAws, tmp_path: Path) -> None:
    source_image = prepare(aws)
    # An AWS that deviates in three things.
    aws.switch(echo_empty_lists=True, echo_set_default_version=True, timeout_minutes=300)
    with_images = ("--yes", "--source-image", source_image, "--execution-role", ROLE)
    assert live(*with_images, reports=tmp_path) == 1
    rows = {row["case"]: row for row in json.loads((tmp_path / "live-report.json").read_text())}
    assert len(rows) == len(CASES)
    assert {name for name, row in rows.items() if not row["agrees"]} == {
        "dates-of-a-new-one",
        "default-version-read-back",
        "empty-lists-read-back",
    }
    assert rows["default-version-read-back"]["said"] == "true"
    report = (tmp_path / "live-report.md").read_text()
    assert "3 answers differ" in report
    assert "How is setDefaultVersion read back that was not given?" in report.split("## Every answer")[0]
    assert made(aws) == []


def test_nothing_is_asked_of_another_account(aws: LocalAws, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["live", "--account", "111122223333", "--yes", "--reports", str(tmp_path)]) == 2
    assert f"of account {SOURCE_ACCOUNT}, not 111122223333" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert {one["service"] for one in aws.requests()} == {"sts"}


def test_nothing_is_asked_without_consent(
    aws: LocalAws, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda prompt: "yes")
    assert live(reports=tmp_path) == 2
    printed = capsys.readouterr().out
    assert "These are free" in printed
    assert "Nothing was asked" in printed
    assert {one["service"] for one in aws.requests()} == {"sts"}
    monkeypatch.setattr("builtins.input", lambda prompt: SOURCE_ACCOUNT)
    assert live("--only", "no-output", reports=tmp_path) == 0


def test_what_a_case_made_goes_after_a_failure_too(aws: LocalAws, tmp_path: Path) -> None:
    aws.fault("imagebuilder", "UpdateDistributionConfiguration", code="ForbiddenException", status=403)
    assert live("--yes", "--only", "update-replaces", reports=tmp_path) == 1
    (row,) = json.loads((tmp_path / "live-report.json").read_text())
    assert row["said"].startswith("the question could not be asked: ForbiddenException")
    assert made(aws) == []


def test_what_could_not_be_removed_is_said(aws: LocalAws, tmp_path: Path) -> None:
    aws.fault("imagebuilder", "DeleteDistributionConfiguration", code="ForbiddenException", status=403)
    assert live("--yes", "--only", "parameters-alone", reports=tmp_path) == 1
    report = (tmp_path / "live-report.md").read_text()
    assert "## Not removed" in report
    assert "ForbiddenException 403" in report


def test_ids_are_masked(make_room: Callable[[], Room]) -> None:
    room = make_room()
    room.account = "999999999999"
    text = f"arn:aws:iam::999999999999:role/x {room.name} ami-0123456789abcdef0 12345678-1234-1234-1234-123456789abc"
    assert suite.masked(text, room) == "arn:aws:iam::ACCOUNT:role/x NAME ami-MASKED ID"
    assert suite.masked("111122223333 888888888888", room) == "111122223333 ACCOUNT"
