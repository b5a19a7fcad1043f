"""The report as an HTML page and as Markdown."""

from __future__ import annotations

import re

from ansible_collections.goldimage.aws.plugins.module_utils._distribution.report import html
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.report import markdown
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.report.result import assemble

from tests.unit import report_samples as samples
from tests.unit.report_samples import HOME
from tests.unit.report_samples import OTHER
from tests.unit.report_samples import OWN

REGIONS = (HOME, "eu-west-1")


def result(steps, regions=REGIONS, accounts=(OWN, OTHER), **more):
    return assemble(samples.spec(list(regions), list(accounts), **more), steps)


def text_of(page):
    """Returns the words of a page in reading order."""
    body = page.split("<body>")[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body))


def in_order(text, *parts):
    positions = [text.index(part) for part in parts]
    return positions == sorted(positions)


FAILED = {
    "distribution": samples.outcomes("unchanged"),
    "preflight": {"findings": [samples.finding("quota", "warning", "few are left")]},
    "rollout": samples.failed_rollout([(HOME, OTHER)]),
    "drift": samples.look(
        [samples.target(HOME, OWN), samples.target(HOME, OTHER, "missing"), samples.drifted("eu-west-1", OWN)],
        image_state="FAILED",
    ),
}


def test_a_page_begins_with_the_conclusion_and_ends_with_the_checks():
    text = text_of(html.page(result(FAILED)))
    parts = ("Failed: 1 of 4 targets in sync", "2 Regions", "What failed", "What to run next", "What differs")
    assert in_order(text, *parts, "Regions and accounts", "All targets", "Recipients and policies", "Checks")


def test_markdown_has_the_same_order():
    text = markdown.page(result(FAILED))
    parts = (
        "# Failed: 1 of 4 targets in sync",
        "2 Regions",
        "## What failed",
        "## What to run next",
        "## What differs",
    )
    assert in_order(text, *parts, "## Regions and accounts", "## All targets", "Recipients and policies", "## Checks")


def test_a_failure_has_state_step_target_message_and_remedy():
    for page in (text_of(html.page(result(FAILED))), markdown.page(result(FAILED))):
        for part in (
            "FAILED",
            "PUT_SSM_PARAMETERS",
            HOME,
            OTHER,
            "User is not authorized to perform",
            "Allow EC2Image",
        ):
            assert part in page


def test_the_counts_of_the_head_include_failures_and_drift():
    head = text_of(html.page(result(FAILED)).partition("</header>")[0])
    assert all(part in head for part in ("1 in sync", "1 drifted", "1 failed", "1 failure", "1 warning"))


def test_each_cell_of_the_matrix_has_a_letter_and_a_link_to_its_row():
    page = html.page(result(FAILED))
    matrix = page.split('class="matrix"')[1].split("</table>")[0]
    cells = re.findall(r'<td class="cell (\w+)"><a href="#(t\d+)" title="([^"]+)">(.)</a></td>', matrix)
    assert [(colour, letter) for colour, _row, _title, letter in cells] == [
        ("good", "S"),
        ("warn", "D"),
        ("bad", "F"),
        ("dim", "?"),
    ]
    for _colour, row_id, title, _letter in cells:
        assert page.count(f'<tr id="{row_id}">') == 1
        assert re.match(r"[\w-]+, [\w ()]+: [\w ]+$", title)


def test_recipients_and_policies_are_folded():
    page = html.page(result({"execution_role": samples.execution_role()}))
    folded = page.split("<details>")[1].split("</details>")[0]
    assert "Recipients and policies" in folded
    assert "AMI of its own" in folded
    # The page also shows the permissions of a role that does not exist yet.
    assert "ssm:PutParameter" in folded
    assert "<details>\n<summary>Recipients and policies</summary>" in markdown.page(result({}))


def test_how_long_each_target_took():
    seconds = [{"region": HOME, "account_id": OWN, "seconds": 250}]
    steps = {"rollout": samples.rollout(targets=seconds), "drift": samples.look([samples.target(HOME, OWN)])}
    for page in (text_of(html.page(result(steps))), markdown.page(result(steps))):
        assert "Took" in page
        assert "4 min 10 s" in page


def test_check_mode_says_what_would_change():
    steps = {"distribution": samples.outcomes("created"), "rollout": samples.rollout(image=None)}
    text = text_of(html.page(result(steps, check_mode=True)))
    assert in_order(text, "Would change: 2 to create", "check mode: nothing was written", "What would change")
    assert "would receive it" in text


def test_a_page_loads_nothing_else():
    page = html.page(result(FAILED))
    assert page.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert not re.search(r"<(script|link|img|iframe|object)|https?:|url\(|@import", page)
    for media in ("prefers-color-scheme: dark", "@media print", "max-width"):
        assert media in page


def test_a_large_report_is_made_quickly_and_groups_what_differs():
    accounts = [f"{number:012d}" for number in range(1, 61)]
    regions = [f"eu-west-{number}" for number in range(1, 21)]
    live = [samples.drifted(region, account) for region in regions for account in accounts]
    page = html.page(result({"drift": samples.look(live)}, regions, accounts))
    assert page.count("<tr id=") == 1200
    differs = page.split("What differs</h2>")[1].split("</section>")[0]
    assert differs.count("<tr>") == 2
    assert "and 1188 more" in differs


def test_several_configurations_share_a_cell_and_keep_their_rows():
    recipients = [samples.recipient(HOME, OWN, "web"), samples.recipient(HOME, OWN, "db")]
    looks = [samples.look([samples.target(HOME, OWN)]), samples.look([samples.drifted(HOME, OWN)], item="db")]
    page = html.page(assemble(samples.spec([], [], recipients=recipients), {"drift": looks}))
    assert page.count("<tr id=") == 2
    assert ">D</a>" in page.split('class="matrix"')[1]
    assert ">S</a>" not in page.split('class="matrix"')[1]
