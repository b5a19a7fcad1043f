# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes the files of a report on the controller: chooses their names, and replaces them in one step."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import stat
import time
import uuid
from collections.abc import Iterator
from typing import NamedTuple

from ..module_utils._distribution.report import html
from ..module_utils._distribution.report import markdown
from ..module_utils._distribution.report import sections
from ..module_utils._distribution.report.model import Result

# The parts of a report, which its page lists near the beginning.
_PARTS = re.compile(r'<meta name="goldimage-report" content="([a-z ]*)">')
_HEAD = 4096

# The name of a run that does not do everything: the first of these steps that it had.
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


# Seconds to wait for another job that writes to the same folder, which takes it far less.
_PATIENCE = 10.0


class ReportError(OSError):
    """A report could not be written; the text says where, why, and that nothing else is lost."""


class Written(NamedTuple):
    """The files that were written. C(paths): markdown and html; C(note): why the report has another name, or None."""

    paths: dict[str, str]
    note: str | None


def write(folder: str, result: Result, check_mode: bool = False) -> Written:
    """Writes both forms of a report, and adds their paths to the result.

    A report with fewer parts than the existing one gets another name. Each file is written under a temporary name and
    then moved, so that nobody sees half of one, and the old one remains if the disk is full. Other jobs that write to
    the folder wait, so that both forms are of the same job.

    :param folder: as the user gave it; a relative path starts where ansible-playbook was started. If it does not exist,
        it is created with the umask; the mode of an existing one does not change.
    :param result: from assemble().
    :param check_mode: writes nothing; the paths are those of a real run.
    :raises: ReportError.
    """
    folder = os.path.abspath(os.path.expanduser(folder))
    stem = os.path.join(folder, f"{result['spec_id']}-{result['region']}-{result['account_id']}")
    try:
        if not check_mode:
            os.makedirs(folder, exist_ok=True)
        with contextlib.nullcontext() if check_mode else _locked(folder):
            existing = _parts_in(f"{stem}.html")
            suffix = _suffix(result, existing)
            paths = {"markdown": f"{stem}{suffix}.md", "html": f"{stem}{suffix}.html"}
            result["report"] = paths
            if not check_mode:
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
    note = f"the fuller report {os.path.basename(stem)}.html is kept" if suffix and existing else None
    return Written(paths, note)


@contextlib.contextmanager
def _locked(folder: str) -> Iterator[None]:
    """Keeps other jobs from writing to a folder, if it can be locked."""
    with contextlib.ExitStack() as stack:
        # Not every file system has locks, and not every folder that can be written to can be read.
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            stack.callback(os.close, handle)
            _lock(handle)
        yield


def _lock(handle: int) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                return None
            time.sleep(0.05)


def _suffix(result: Result, existing: set[str]) -> str:
    """The end of a report's name, an empty string if the report has all parts of the existing one."""
    kind = next((step for step in _KINDS if step in result["steps"]), "recipients").replace("_", "-")
    if result["state"] == "absent":
        kind = "absent"
    own = set(sections.parts(result))
    whole = "configurations" in own or kind == "absent"
    return "" if whole and existing <= own else f"-{kind}"


def _parts_in(path: str) -> set[str]:
    """The parts that a page contains, none if the page is not ours."""
    try:
        # Reading a pipe that somebody put there would block forever.
        if not stat.S_ISREG(os.stat(path).st_mode):
            return set()
        with open(path, encoding="utf-8", errors="replace") as file:
            match = _PARTS.search(file.read(_HEAD))
    except FileNotFoundError:
        return set()
    return set(match.group(1).split()) if match else set()


def _put(path: str, text: str) -> None:
    """Writes a file in one step, with the mode of the one that it replaces, or as umask and folder say."""
    mode = _mode(path)
    temporary = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.{uuid.uuid4().hex}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else mode)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            if mode is not None:
                os.fchmod(file.fileno(), mode)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _mode(path: str) -> int | None:
    """The mode of a file, None if it does not exist or is a link, which is replaced and not followed."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return None
    return stat.S_IMODE(status.st_mode) & 0o777 if stat.S_ISREG(status.st_mode) else None
