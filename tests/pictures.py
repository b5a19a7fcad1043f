"""Makes the pictures of the README anew: `python -m tests.pictures`.

They are what the demo really prints, shortened to its headings and findings, and the report that its rollout writes, as
Chromium shows it. Nothing else needs Chromium and pngquant; on Debian and Ubuntu `apt-get install chromium pngquant`.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from tests.collection_tree import CHECKOUT

IMAGES = CHECKOUT / "docs" / "images"

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_COLUMNS = 118

# The steps of the tour whose headings are shown, and of which task the output is, if any: of step 9 what was found, of
# step 10 what was done. Besides, the lines that tell of the rollout's progress.
_HEADING = re.compile(r"TASK \[(3|7|8|9|10)\. ")
_SHOWN = {"3": r"TASK \[3\. ", "8": r"TASK \[8\. ", "9": r".*: Show what is live", "10": r".*: Show what was done"}
_PROGRESS = re.compile(r"\[localhost\] \d{12} \S+ (?:\S+: [A-Z]+$|AMI )")


def main() -> int:
    """Run the demo and write both pictures. Returns 0, or the demo's exit status."""
    for program in ("chromium", "pngquant"):
        if not shutil.which(program):
            raise SystemExit(f"{program} is not on the path; on Debian and Ubuntu: apt-get install {program}")
    with tempfile.TemporaryDirectory(prefix="goldimage-pictures-") as folder:
        command = [sys.executable, "-m", "tests.demo", "-e", f"demo_report_dir={folder}/report"]
        env = {**os.environ, "ANSIBLE_FORCE_COLOR": "1"}
        done = subprocess.run(command, cwd=CHECKOUT, env=env, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            print(done.stdout)
            return done.returncode
        (IMAGES / "demo.svg").write_text(drawn(excerpt(done.stdout)), encoding="utf-8")
        (report,) = Path(folder, "report").glob("*.html")
        photograph(report, IMAGES / "report.png")
    return 0


def excerpt(output: str) -> list[str]:
    """Return the lines of the demo's output that the picture shows, colours included."""
    lines, step, shown = [], None, False
    for line in output.splitlines():
        plain = _COLOUR.sub("", line)
        if plain.startswith("PLAY "):
            shown = False
        elif plain.startswith("TASK ["):
            heading = _HEADING.match(plain)
            if heading:
                step = heading[1]
                lines += ["", line.replace("*", "").rstrip()]
            shown = step in _SHOWN and bool(re.match(_SHOWN[step], plain))
        elif _PROGRESS.match(plain) or (shown and not re.match(r"$|included: |ok: |    msg:$", plain)):
            lines.append(line)
    return [*lines[1:], ""]


def drawn(lines: list[str]) -> str:
    """Return an SVG of a terminal that shows the lines. It refers to nothing outside itself."""
    console = Console(record=True, width=_COLUMNS, file=io.StringIO(), force_terminal=True)
    for line in lines:
        console.print(Text.from_ansi(line), soft_wrap=False)
    svg = console.export_svg(title="make demo", theme=MONOKAI, unique_id="demo")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return "\n".join(line.rstrip() for line in svg.replace("Fira Code", "ui-monospace, monospace").splitlines()) + "\n"


def photograph(page: Path, picture: Path, width: int = 900, height: int = 1215) -> None:
    """Write what Chromium shows of a page, from its top, as a PNG with few colours."""
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    flags += ["--disable-component-update", "--disable-sync", "--disable-quic", "--hide-scrollbars"]
    with tempfile.TemporaryDirectory() as profile:
        size = [f"--user-data-dir={profile}", f"--window-size={width},{height}", f"--screenshot={picture}"]
        subprocess.run(["chromium", *flags, *size, page.as_uri()], check=True, capture_output=True)
    subprocess.run(["pngquant", "--force", "--strip", "--output", picture, "64", picture], check=True)


if __name__ == "__main__":
    sys.exit(main())
