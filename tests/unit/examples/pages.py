"""The examples of the documentation: blocks of code on its pages, and the examples of all plugins."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[3]
COLLECTION = "ansible_collections.goldimage.aws.plugins"


class Example(NamedTuple):
    """A block of code: its page and line, its language, its text, and the text of the whole page."""

    location: str
    language: str
    text: str
    page: str


class Wrong(Exception):
    """An example that would not work; the text says why."""


def wrong_if(condition: object, text: str) -> None:
    """Raise Wrong if the condition holds."""
    if condition:
        raise Wrong(text)


def on_pages() -> Iterator[Example]:
    """Every block of code in the guides and READMEs, and the examples of all plugins."""
    for folder in ("*", "docs/**/*", "roles/*/*", "playbooks/*/*", "tests/*/*"):
        for path in sorted(path for path in ROOT.glob(folder) if path.suffix in (".md", ".rst")):
            yield from blocks(path)
    for kind in ("modules", "filter", "lookup"):
        for path in sorted((ROOT / "plugins" / kind).glob("*.py")):
            text = importlib.import_module(f"{COLLECTION}.{kind}.{path.stem}").EXAMPLES
            yield Example(f"{path.relative_to(ROOT)}", "yaml", text, text)


def blocks(path: Path) -> Iterator[Example]:
    """The blocks of one page, in Markdown or reStructuredText."""
    yield from _fenced(path) if path.suffix == ".md" else _indented(path)


def _fenced(path: Path) -> Iterator[Example]:
    page = path.read_text(encoding="utf-8")
    for match in re.finditer(r"^( *)```(\w*)\n(.*?)^\1```$", page, re.MULTILINE | re.DOTALL):
        yield _example(path, page, match.start(), match[2], match[3])


def _indented(path: Path) -> Iterator[Example]:
    page = path.read_text(encoding="utf-8")
    block = r"^( *)\.\. code-block:: *(\S*)\n((?:\n|\1 +\S.*\n)+)"
    for match in re.finditer(block, page, re.MULTILINE):
        yield _example(path, page, match.start(), match[2], match[3])


def _example(path: Path, page: str, start: int, language: str, text: str) -> Example:
    lines = text.strip("\n").split("\n")
    indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    location = f"{path.relative_to(ROOT)}:{page.count(chr(10), 0, start) + 1}"
    return Example(location, language, "\n".join(line[indent:] for line in lines) + "\n", page)
