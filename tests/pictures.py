"""Draws the pictures of the README again: `python -m tests.pictures`.

The recording shows what the playbooks really print of a plan, a rollout, drift and its repair, at reading speed; the
other picture is the report of that rollout, as Chromium shows it. Nothing else needs Chromium and pngquant; on Debian
and Ubuntu, run `apt-get install chromium pngquant`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from tests.collection_tree import CHECKOUT
from tests.collection_tree import link_for_playbooks
from tests.local_aws.server import LocalAws
from tests.local_aws.server import SOURCE_ACCOUNT
from tests.local_aws.server import TARGET_ACCOUNTS

IMAGES = CHECKOUT / "docs" / "images"
HOME, AWAY = "us-west-2", "us-east-1"
STRANGER = "999988887777"

# The terminal: columns and rows, the size of a character, and the reading time in seconds.
_COLUMNS, _ROWS = 112, 30
_WIDTH, _HEIGHT = 8.4, 19.0
_PROMPT, _FIRST, _LINE, _PROGRESS, _PAUSE, _END = 1.2, 1.0, 0.22, 0.6, 2.6, 6.0
_LONGEST = 60.0

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_OF_ANSIBLE = re.compile(r"(PLAY|TASK|ok|changed|skipping|included|fatal|localhost)\b")
_FOLLOWING = re.compile(r"\[localhost\] ")
_COLOURS = {"$": "#ffffff", "#": "#8b949e", "+": "#7ee787", "~": "#f2cc60", "-": "#ff7b72", "!": "#ff7b72"}


class Line(NamedTuple):
    """A line of the recording; C(wait) is the number of seconds after the previous line."""

    text: str
    wait: float


def main() -> int:
    """Run the playbooks and write both pictures."""
    for program in ("chromium", "pngquant"):
        if not shutil.which(program):
            raise SystemExit(f"{program} is not on the path; on Debian and Ubuntu: apt-get install {program}")
    with tempfile.TemporaryDirectory(prefix="goldimage-pictures-") as folder, LocalAws() as aws:
        aws.switch(assumable_roles=["ImageAdmin"])
        lines = list(recorded(aws, Path(folder)))
        (IMAGES / "demo.svg").write_text(drawn(lines), encoding="utf-8")
        (report,) = Path(folder, "reports").glob(f"*-{SOURCE_ACCOUNT}.html")
        photograph(report, IMAGES / "report.png")
    return 0


def recorded(aws: LocalAws, folder: Path) -> Iterator[Line]:
    """What is typed and what is printed, from the first plan to a repair."""
    spec = folder / "spec.yml"
    spec.write_text(json.dumps(_spec(aws, folder)), encoding="utf-8")
    yield from _command(aws, folder, "rollout", "--check")
    yield from _command(aws, folder, "rollout")
    yield Line(f"# Meanwhile somebody shares an AMI in {AWAY} with a stranger.", _PROMPT)
    _drift(aws)
    yield from _command(aws, folder, "drift")
    yield from _command(aws, folder, "repair")


def drawn(lines: list[Line]) -> str:
    """Return an SVG of a terminal in which the lines appear one after the other. It has no external references.

    Raises `ValueError` if it takes longer than a reader will wait.
    """
    rows = [
        Line(part, one.wait if not index else 0.0) for one in lines for index, part in enumerate(_wrapped(one.text))
    ]
    times, now = [], 0.0
    for row in rows:
        now += row.wait
        times.append(now)
    whole = now + _END
    if whole > _LONGEST:
        raise ValueError(f"the recording takes {whole:.0f} seconds, longer than {_LONGEST:.0f}")
    top = max(0, len(rows) - _ROWS)
    styles = ["text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre;fill:#c9d1d9}"]
    scroll, drawn_rows = ["0%{transform:translateY(0)}"], []
    for index, (row, time) in enumerate(zip(rows, times)):
        share = f"{100 * time / whole:.2f}%"
        styles.append(f"@keyframes l{index}{{0%{{opacity:0}}{share}{{opacity:1}}to{{opacity:1}}}}")
        styles.append(f".l{index}{{animation:l{index} {whole:.1f}s step-end infinite}}")
        if index >= _ROWS:
            scroll.append(f"{share}{{transform:translateY({-(index - _ROWS + 1) * _HEIGHT:.0f}px)}}")
        y = (index + 1) * _HEIGHT - 4
        colour = _COLOURS.get(row.text[:1] if row.text[1:2] == " " else "", "")
        fill = f' style="fill:{colour}"' if colour else ""
        drawn_rows.append(f'<text class="l{index}" x="0" y="{y:.0f}"{fill}>{escape(row.text)}</text>')
    end = f"transform:translateY({-top * _HEIGHT:.0f}px)"
    styles.append(f"@keyframes scroll{{{''.join(scroll)}to{{{end}}}}}")
    styles.append(f".rows{{animation:scroll {whole:.1f}s step-end infinite}}")
    styles.append(f"@media (prefers-reduced-motion:reduce){{text,.rows{{animation:none!important}}.rows{{{end}}}}}")
    width, height = _COLUMNS * _WIDTH + 32, _ROWS * _HEIGHT + 56
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}">',
        f"<style>{chr(10).join(styles)}</style>",
        f'<rect width="{width:.0f}" height="{height:.0f}" rx="8" fill="#0d1117"/>',
        *(
            f'<circle cx="{20 + 18 * n}" cy="18" r="5.5" fill="{c}"/>'
            for n, c in enumerate(("#ff5f57", "#febc2e", "#28c840"))
        ),
        f'<svg x="16" y="36" width="{width - 32:.0f}" height="{_ROWS * _HEIGHT + 8:.0f}"><g class="rows">',
        *drawn_rows,
        "</g></svg>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def said(output: str) -> list[str]:
    """Return the lines of a playbook's output that are not Ansible's: the progress and the summary."""
    plain = [_COLOUR.sub("", line).rstrip() for line in output.splitlines()]
    return [line for line in plain if line.strip() and not _OF_ANSIBLE.match(line)]


def photograph(page: Path, picture: Path, width: int = 1000, height: int = 1180) -> None:
    """Write the top of a page, as Chromium shows it, as a PNG with few colours."""
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    flags += ["--disable-component-update", "--disable-sync", "--disable-quic", "--hide-scrollbars"]
    with tempfile.TemporaryDirectory() as profile:
        size = [f"--user-data-dir={profile}", f"--window-size={width},{height}", f"--screenshot={picture}"]
        subprocess.run(["chromium", *flags, *size, page.as_uri()], check=True, capture_output=True)
    subprocess.run(["pngquant", "--force", "--strip", "--output", picture, "64", picture], check=True)


def _spec(aws: LocalAws, folder: Path) -> dict[str, object]:
    owners = {AWAY: TARGET_ACCOUNTS[0], "eu-west-1": TARGET_ACCOUNTS[1]}
    regions: dict[str, object] = {HOME: {}}
    for region, account in owners.items():
        regions[region] = {"ami_distribution_configuration": {"target_account_ids": [SOURCE_ACCOUNT, account]}}
    settings = {
        "spec_id": "web",
        "region": HOME,
        "target_account_role_name": "ImageAdmin",
        "defaults": {
            "ami_distribution_configuration": {
                "name_prefix": "web",
                "launch_permission": {"user_ids": [TARGET_ACCOUNTS[0]]},
            },
            "ssm_parameter_configurations": [{"parameter_name": "/images/web/newest"}],
        },
        "regions": regions,
        "image": aws.plant_ami("web", region=HOME),
        "wait_delay": 1,
        "report_dir": str(folder / "reports"),
    }
    return {f"distribution_rollout_{name}": value for name, value in settings.items()}


def _command(aws: LocalAws, folder: Path, playbook: str, *arguments: str) -> Iterator[Line]:
    """The command as a reader types it, and what it prints. Its paths lead to the folder of the spec."""
    typed = ["ansible-playbook", f"goldimage.aws.{playbook}", "-e", "@spec.yml", *arguments]
    yield Line(f"$ {' '.join(typed)}", _PROMPT)
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    run = subprocess.run(
        [program, *typed[1:]], cwd=folder, env=_environment(folder, aws), capture_output=True, text=True, check=False
    )
    if run.returncode:
        raise SystemExit(f"{run.stdout}{run.stderr}")
    wait = _FIRST
    for line in said(run.stdout.replace(f"{folder}/", "")):
        yield Line(line, wait)
        wait = _PROGRESS if _FOLLOWING.match(line) else _LINE
    yield Line("", _PAUSE)


def _drift(aws: LocalAws) -> None:
    """Share the AMI of a rollout in another Region with an account that should not have it."""
    ec2 = aws.client("ec2", AWAY)
    images = ec2.describe_images(Owners=["self"], Filters=[{"Name": "name", "Values": ["web*"]}])["Images"]
    ec2.modify_image_attribute(ImageId=images[0]["ImageId"], LaunchPermission={"Add": [{"UserId": STRANGER}]})


def _environment(folder: Path, aws: LocalAws) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))}
    (folder / "ansible.cfg").touch()
    return {
        **inherited,
        **aws.environment(),
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(link_for_playbooks(folder / "collections")),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_DEPRECATION_WARNINGS": "false",
        "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
        "ANSIBLE_PIPELINING": "true",
    }


def _wrapped(text: str) -> list[str]:
    """Break a line between words into pieces that fit the terminal."""
    indent = " " * (len(text) - len(text.lstrip()) + 2)
    pieces, rest = [], text
    while len(rest) > _COLUMNS:
        end = rest.rfind(" ", len(indent), _COLUMNS)
        end = end if end > 0 else _COLUMNS
        pieces.append(rest[:end])
        rest = indent + rest[end:].lstrip()
    return [*pieces, rest]


if __name__ == "__main__":
    sys.exit(main())
