"""The files of reports: their names and modes, and that they are complete."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import resource
import signal
import stat
import threading
from pathlib import Path

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.report.result import assemble
from ansible_collections.goldimage.aws.plugins.plugin_utils import report_files as files

from tests.unit import report_samples as samples
from tests.unit.report_samples import HOME
from tests.unit.report_samples import OWN

STEM = f"web-{HOME}-{OWN}"
CONFIGURED = {"distribution": samples.outcomes("unchanged")}
LIVE = {"drift": samples.look([samples.target(HOME, OWN)])}
ROLLED_OUT = {**CONFIGURED, **LIVE, "rollout": samples.rollout()}


def result(steps=None, **more):
    return assemble(samples.spec([HOME], [OWN], **more), CONFIGURED if steps is None else steps)


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


@pytest.fixture(autouse=True)
def umask():
    old = os.umask(0o027)
    yield
    os.umask(old)


def test_a_new_folder_and_its_files_are_as_the_umask_says(tmp_path):
    folder = tmp_path / "a" / "b"
    made = result()
    written = files.write(str(folder), made)
    assert written.paths == {"markdown": str(folder / f"{STEM}.md"), "html": str(folder / f"{STEM}.html")}
    assert made["report"] == written.paths
    assert (mode(folder), mode(written.paths["html"]), mode(written.paths["markdown"])) == (0o750, 0o640, 0o640)
    assert sorted(os.listdir(folder)) == [f"{STEM}.html", f"{STEM}.md"]


def test_a_report_says_when_it_was_made(tmp_path):
    path = files.write(str(tmp_path), result(made=None)).paths["markdown"]
    assert re.search(r", made 20\d\d-\d\d-\d\d \d\d:\d\d UTC", Path(path).read_text(encoding="utf-8"))


@pytest.mark.parametrize("before", [0o700, 0o1777, 0o2775, 0o555])
@pytest.mark.parametrize("linked", [False, True])
def test_the_mode_of_a_folder_does_not_change(tmp_path, before, linked):
    folder = tmp_path / "reports"
    folder.mkdir()
    folder.chmod(before)
    given = folder
    if linked:
        given = tmp_path / "link"
        given.symlink_to(folder, target_is_directory=True)
    if before & stat.S_IWUSR or os.getuid() == 0:
        files.write(str(given), result())
    else:
        with pytest.raises(files.ReportError):
            files.write(str(given), result())
    assert mode(folder) == before
    folder.chmod(0o700)


@pytest.mark.parametrize("before", [0o600, 0o644, 0o660])
def test_a_file_is_never_more_readable_than_it_was(tmp_path, before):
    path = tmp_path / f"{STEM}.html"
    path.write_text("old")
    path.chmod(before)
    files.write(str(tmp_path), result())
    assert mode(path) == before
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_link_to_a_file_is_replaced_and_its_target_does_not_change(tmp_path):
    other = tmp_path / "other"
    other.write_text("mine")
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / f"{STEM}.html").symlink_to(other)
    files.write(str(folder), result())
    assert other.read_text() == "mine"
    assert not (folder / f"{STEM}.html").is_symlink()


def test_a_pipe_instead_of_a_report_does_not_block(tmp_path):
    path = tmp_path / f"web-{HOME}-{OWN}.html"
    os.mkfifo(path)

    def give_up(*dummy):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(5)
    try:
        written = files.write(str(tmp_path), result())
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert written.paths["html"] == str(path)
    assert path.is_file()


def test_check_mode_writes_nothing_and_names_the_same_paths(tmp_path):
    folder = tmp_path / "reports"
    predicted = files.write(str(folder), result(check_mode=True), check_mode=True)
    assert not folder.exists()
    assert predicted.paths == files.write(str(folder), result()).paths


def test_a_relative_path_begins_at_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert files.write("reports", result()).paths["html"] == str(tmp_path / "reports" / f"{STEM}.html")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert files.write("~/reports", result()).paths["html"].startswith(str(tmp_path / "home"))


THINNER = [
    ({}, {}, "-recipients"),
    (LIVE, {}, "-drift"),
    ({"preflight": {"findings": [samples.finding("region", "ok", "fine")]}}, {}, "-preflight"),
    (CONFIGURED, {}, "-distribution"),
    ({"repair": {**LIVE["drift"], "repairs": [], "changed": False}}, {}, "-repair"),
    (CONFIGURED, {"state": "absent"}, "-absent"),
]


@pytest.mark.parametrize(("steps", "more", "suffix"), THINNER)
def test_a_thinner_report_does_not_replace_a_fuller_one(tmp_path, steps, more, suffix):
    full = files.write(str(tmp_path), result(ROLLED_OUT)).paths
    before = {form: Path(path).read_text(encoding="utf-8") for form, path in full.items()}
    written = files.write(str(tmp_path), result(steps, **more))
    assert written.paths["html"] == str(tmp_path / f"{STEM}{suffix}.html")
    assert f"{STEM}.html is kept" in written.note
    assert {form: Path(path).read_text(encoding="utf-8") for form, path in full.items()} == before


def test_a_fuller_report_replaces_a_thinner_one(tmp_path):
    files.write(str(tmp_path), result(CONFIGURED))
    written = files.write(str(tmp_path), result(ROLLED_OUT))
    assert (written.paths["html"], written.note) == (str(tmp_path / f"{STEM}.html"), None)


def test_a_full_disk_leaves_the_old_report_and_no_half_one(tmp_path, monkeypatch):
    old = files.write(str(tmp_path), result()).paths
    before = Path(old["html"]).read_text(encoding="utf-8")

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", full)
    made = result(made="later")
    with pytest.raises(files.ReportError, match=r"cannot be written to .*: No space left on device"):
        files.write(str(tmp_path), made)
    assert made["report"] is None
    assert Path(old["html"]).read_text(encoding="utf-8") == before
    assert sorted(os.listdir(tmp_path)) == [f"{STEM}.html", f"{STEM}.md"]


def test_a_limit_to_the_size_of_files_leaves_the_old_report_too(tmp_path):
    old = files.write(str(tmp_path), result()).paths
    before = {form: Path(path).read_text(encoding="utf-8") for form, path in old.items()}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, limits[1]))
    try:
        with pytest.raises(files.ReportError, match="cannot be written to"):
            files.write(str(tmp_path), result(made="later"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert {form: Path(path).read_text(encoding="utf-8") for form, path in old.items()} == before
    assert sorted(os.listdir(tmp_path)) == [f"{STEM}.html", f"{STEM}.md"]


def test_one_that_is_killed_leaves_a_whole_report(tmp_path):
    for _round in range(5):
        child = os.fork()
        if not child:
            while True:
                files.write(str(tmp_path), result(made="x" * 100_000))
        path = tmp_path / f"{STEM}.html"
        while not path.exists():
            pass
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert path.read_text(encoding="utf-8").endswith("</html>\n")


def test_a_folder_that_is_a_file_is_said(tmp_path):
    path = tmp_path / "reports"
    path.write_text("")
    with pytest.raises(files.ReportError, match="distribution_rollout_report_dir: the report cannot be written to"):
        files.write(str(path), result())


def test_two_writers_at_once_leave_one_whole_report(tmp_path):
    results = [result(made="a" * 10_000), result(made="b" * 10_000)]
    stop = threading.Event()
    torn = []

    def read():
        while not stop.is_set():
            try:
                text = (tmp_path / f"{STEM}.html").read_text(encoding="utf-8")
            except FileNotFoundError:
                continue
            if not text.endswith("</html>\n") or ("aaaa" in text and "bbbb" in text):
                torn.append(text)

    threads = [threading.Thread(target=read)]
    for one in results:
        threads.append(threading.Thread(target=lambda one=one: [files.write(str(tmp_path), one) for _i in range(30)]))
    for thread in threads:
        thread.start()
    for thread in threads[1:]:
        thread.join()
    stop.set()
    threads[0].join()
    assert torn == []
    assert sorted(os.listdir(tmp_path)) == [f"{STEM}.html", f"{STEM}.md"]


def beside_another_job(monkeypatch, moment, folder, other):
    """Another job begins to write its report at this moment of ours. Returns what waits for its end."""
    original = getattr(files, moment)
    job = threading.Thread(target=files.write, args=(str(folder), other))

    def and_another_begins(*arguments):
        answer = original(*arguments)
        if not job.ident:
            job.start()
            job.join(0.5)
        return answer

    monkeypatch.setattr(files, moment, and_another_begins)
    return job.join


def test_both_forms_of_a_report_are_of_the_same_job(tmp_path, monkeypatch):
    finish = beside_another_job(monkeypatch, "_put", tmp_path, result(made="2026-11-29 12:00 UTC"))
    written = files.write(str(tmp_path), result(made="2026-11-29 11:00 UTC"))
    finish()
    texts = [Path(path).read_text(encoding="utf-8") for path in written.paths.values()]
    assert all("12:00 UTC" in text and "11:00 UTC" not in text for text in texts)


def test_a_fuller_report_that_another_job_writes_at_the_same_time_is_kept(tmp_path, monkeypatch):
    alone = files.write(str(tmp_path / "alone"), result(ROLLED_OUT)).paths["html"]
    finish = beside_another_job(monkeypatch, "_suffix", tmp_path, result(ROLLED_OUT))
    both = files.write(str(tmp_path), result()).paths["html"]
    finish()
    assert files._parts_in(both) == files._parts_in(alone)


def test_a_folder_that_cannot_be_locked_gets_its_report(tmp_path, monkeypatch):
    def refuse(*arguments):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(files.fcntl, "flock", refuse)
    assert os.path.exists(files.write(str(tmp_path), result()).paths["html"])


def test_a_job_that_never_ends_does_not_keep_others_from_writing(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_PATIENCE", 0.2)
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    assert os.path.exists(files.write(str(tmp_path), result()).paths["html"])
    os.close(handle)
