"""The guide "Getting started", copied and pasted by a reader without an account."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request
from urllib.request import urlopen

import pytest

from tests.collection_tree import CHECKOUT

GUIDE = CHECKOUT / "docs" / "docsite" / "rst" / "guide_start.rst"
# What needs the internet or an account; the guide says that the local AWS replaces it.
NOT_WITHOUT_AN_ACCOUNT = ("ansible-galaxy", "AWS_PROFILE")


def blocks() -> Iterator[tuple[str, str, str]]:
    """The code of the guide: (language, the paragraph above, text)."""
    above = ""
    for part in re.split(r"\n\n(?=\S)", GUIDE.read_text(encoding="utf-8")):
        match = re.fullmatch(r"\.\. code-block:: (\w+)\n\n(.*?)\s*", part, re.DOTALL)
        if match:
            yield match[1], above, re.sub(r"^    ", "", match[2], flags=re.MULTILINE)
        above = " ".join(part.split())


@pytest.fixture
def printed(tmp_path: Path) -> Iterator[str]:
    """What `make local-aws` prints, while the local AWS is running."""
    command = [sys.executable, "-m", "tests.local_aws", "--port", "0", "--tour", "--stop-at-eof"]
    process = subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    lines: list[str] = []
    while not lines or "Ctrl-C" not in lines[-1]:
        lines.append(process.stdout.readline())
        assert lines[-1]
    yield "".join(lines)
    process.stdin.close()
    process.wait(timeout=20)
    process.stdout.close()


def test_the_guide_works_pasted_as_it_is(printed: str, head_start: dict[str, str], tmp_path: Path) -> None:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_", "PYTHONPATH"))
    }
    environment = {
        **inherited,
        **head_start,
        "HOME": str(tmp_path),
        "ANSIBLE_NOCOLOR": "1",
        "BASH_ENV": str(tmp_path / "pasted"),
    }
    (tmp_path / "pasted").write_text(printed)
    (endpoint,) = re.findall(r"^export AWS_ENDPOINT_URL=(\S+)$", printed, re.MULTILINE)
    # Other tests wait for images; a rollout at its usual pace would take a minute here.
    at_once = json.dumps({"image_transition_polls": 0}).encode()
    urlopen(Request(f"{endpoint}/local-aws/switches", data=at_once, method="PUT")).close()
    shown = ""

    def run(command: str) -> str:
        options = {"cwd": tmp_path, "env": environment, "timeout": 300}
        shell = ["bash", "-euo", "pipefail", "-c", command]
        done = subprocess.run(shell, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **options)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    # What the terminal itself suggests.
    assert "changed=1" in run("ansible-playbook web-image.yml --check --diff")
    steps = 0
    for language, above, text in blocks():
        if language == "yaml":
            (name,) = re.findall(r"``([\w.-]+\.yml)``:$", above)
            (tmp_path / name).write_text(text)
        elif not any(word in text for word in NOT_WITHOUT_AN_ACCOUNT):
            if text.startswith("export"):
                with (tmp_path / "pasted").open("a") as pasted:
                    pasted.write(text + "\n")
                continue
            for line in text.splitlines():
                image = re.search(r'"image_id": "(ami-\w+)"', shown)
                shown = run(re.sub(r"ami-0abcdef\w+", image[1], line) if image else line)
                steps += 1
    assert steps >= 10
