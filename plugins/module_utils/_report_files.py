# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a report, on the controller: which names they get, and how they come to stand there whole."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import time
import uuid
from typing import NamedTuple

from ._distribution.report import html
from ._distribution.report import markdown
from ._distribution.report import sections
from ._distribution.report.model import Result

# What a page says of itself; it stands near its beginning.
_PARTS = re.compile(r'<meta name="goldimage-report" content="([a-z ]*)">')
_HEAD = 4096

# What a run is called that does not do everything: by the last of these steps that it had.
_KINDS = (
    "retention",
    "repair",
    "rollout",
    "drift",
    "distribution",
    "destination_accounts",
    "execution_role",
    "preflight",
)


class ReportError(OSError):
    """A report that could not be written; the text says where, why, and that nothing else is lost."""


class Written(NamedTuple):
    """C(paths): markdown and html; C(note): why the report has its own name, or None."""

    paths: dict[str, str]
    note: str | None


def write(folder: str, result: Result, check_mode: bool = False) -> Written:
    """Writes both forms of a report, and puts their paths into the result.

    A report that holds less than the one that is there gets a name of its own beside it. Each file is written beside
    its place and moved there, so that nobody ever sees half of one, and a full disk leaves the old one.

    :param folder: as the user gave it; a relative path begins where ansible-playbook was started. It is made where it
        is missing, as the umask says. The mode of one that exists is not touched.
    :param result: from assemble().
    :param check_mode: nothing is written, and the paths are those of a real run.
    :raises: ReportError.
    """
    folder = os.path.abspath(os.path.expanduser(folder))
    stem = os.path.join(folder, f"{result['spec_id']}-{result['region']}-{result['account_id']}")
    try:
        there = _parts_there(f"{stem}.html")
        suffix = _suffix(result, there)
        paths = {"markdown": f"{stem}{suffix}.md", "html": f"{stem}{suffix}.html"}
        result["report"] = paths
        if not check_mode:
            os.makedirs(folder, exist_ok=True)
            made = result["made"] or time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
            shown: Result = {**result, "made": made}
            _put(paths["markdown"], markdown.page(shown))
            _put(paths["html"], html.page(shown))
    except OSError as error:
        result["report"] = None
        raise ReportError(
            f"distribution_rollout_report_dir: the report cannot be written to {folder}: {error.strerror or error}."
            " Everything else of this run is done; correct the folder, and the next run writes the report"
        ) from error
    note = f"the fuller report {os.path.basename(stem)}.html stays as it is" if suffix and there else None
    return Written(paths, note)


def _suffix(result: Result, there: set[str]) -> str:
    """What the name of a report ends with: nothing where it holds everything that the one that is there holds."""
    kind = next((step for step in _KINDS if step in result["steps"]), "recipients").replace("_", "-")
    if result["state"] == "absent":
        kind = "absent"
    own = set(sections.parts(result))
    whole = "configurations" in own or kind == "absent"
    return "" if whole and there <= own else f"-{kind}"


def _parts_there(path: str) -> set[str]:
    """The parts that a page contains; none if it is not our page."""
    try:
        # A pipe that somebody put there would keep the run waiting for ever.
        if not stat.S_ISREG(os.stat(path).st_mode):
            return set()
        with open(path, encoding="utf-8", errors="replace") as file:
            found = _PARTS.search(file.read(_HEAD))
    except FileNotFoundError:
        return set()
    return set(found.group(1).split()) if found else set()


def _put(path: str, text: str) -> None:
    """Writes a file whole or not at all, as readable as the one that it replaces, or as umask and folder say."""
    mode = _mode(path)
    beside = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.{uuid.uuid4().hex}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else mode)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            if mode is not None:
                os.fchmod(file.fileno(), mode)
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise


def _mode(path: str) -> int | None:
    """The permissions of a file, None where none is; a link is replaced and not followed."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    return stat.S_IMODE(found.st_mode) & 0o777 if stat.S_ISREG(found.st_mode) else None
