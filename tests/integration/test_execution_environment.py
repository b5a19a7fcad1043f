"""The build context that ansible-builder creates for the collection and for the example; nothing is built."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml

from tests.collection_tree import CHECKOUT
from tests.collection_tree import link

BUILDER = str(Path(sys.executable).with_name("ansible-builder"))


def builder(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [BUILDER, *arguments], cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_collection_says_what_it_needs(tmp_path: Path) -> None:
    """The lists in meta/ hold what the collection needs, and nothing that only contributors need."""
    link(tmp_path, "goldimage.aws", CHECKOUT)
    dependencies = yaml.safe_load(builder(tmp_path, "introspect", str(tmp_path)))
    declared = (CHECKOUT / "meta" / "ee-requirements.txt").read_text(encoding="utf-8")
    wanted = [line for line in declared.splitlines() if line and not line.startswith("#")]
    assert wanted
    assert dependencies == {"python": [f"{line}  # from collection goldimage.aws" for line in wanted], "system": []}


def test_the_example_is_accepted_and_contains_what_it_names(tmp_path: Path) -> None:
    example = CHECKOUT / "playbooks" / "awx" / "execution-environment.yml"
    builder(tmp_path, "create", "--file", str(example), "--context", "context", "--output-filename", "Containerfile")
    context = tmp_path / "context"
    wanted = yaml.safe_load(example.read_text(encoding="utf-8"))["dependencies"]
    collections = yaml.safe_load((context / "_build" / "requirements.yml").read_text(encoding="utf-8"))
    assert collections == wanted["galaxy"]
    assert (context / "_build" / "requirements.txt").read_text(encoding="utf-8").split() == wanted["python"]
    assert (context / "_build" / "bindep.txt").read_text(encoding="utf-8").splitlines() == wanted["system"]
    containerfile = (context / "Containerfile").read_text(encoding="utf-8")
    assert "ansible-core~=2.19.0" in containerfile
    assert "RUN ansible-doc goldimage.aws.imagebuilder_distribution" in containerfile
    # The collection itself and amazon.aws, which Galaxy must resolve.
    declared = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text(encoding="utf-8"))
    bounds = {one["name"]: one["version"] for one in wanted["galaxy"]["collections"]}
    assert bounds["amazon.aws"] == declared["dependencies"]["amazon.aws"].removesuffix("-dev0")
