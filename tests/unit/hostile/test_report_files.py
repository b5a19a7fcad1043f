"""The files of the report are whole at every moment, also where their writing is killed or the disk is full, and nobody
but their owner may write to them. They are written by the module copy, as the action template of the role runs it."""

from __future__ import annotations

import errno
import json
import os
import signal
import stat

import pytest

from tests.unit.test_role import load
from tests.unit.test_role import ROLE
from tests.unit.test_role import tasks_in


def written():
    """The options with which the role has the report written."""
    tasks = [task for task in tasks_in(load(ROLE / "tasks" / "report.yml")) if "ansible.builtin.template" in task]
    (task,) = tasks
    return task["ansible.builtin.template"]


def killed(*_arguments):
    os.kill(os.getpid(), signal.SIGKILL)


def full(*_arguments):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def write(tmp_path, monkeypatch):
    """write(rename): has a report written over an old one in a process of its own, which ends so."""
    from ansible.module_utils import basic
    from ansible.modules import copy

    (tmp_path / "reports").mkdir()
    report, new = tmp_path / "reports" / "web.md", tmp_path / "new"
    report.write_text("the old report\n")
    report.chmod(0o600)
    new.write_text("the new report\n" * 1000)
    options = {"src": str(new), "dest": str(report), "mode": written()["mode"]}
    internal = {
        "_ansible_remote_tmp": str(tmp_path),
        "_ansible_tmpdir": str(tmp_path),
        "_ansible_keep_remote_files": True,
    }
    arguments = json.dumps({"ANSIBLE_MODULE_ARGS": {**options, **internal}}).encode()

    def run(rename=os.rename):
        child = os.fork()
        if not child:
            code = 1
            try:
                # Nothing is known of what the controller's user has set.
                os.umask(0)
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                monkeypatch.setattr(basic, "_ANSIBLE_ARGS", arguments)
                monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
                monkeypatch.setattr(os, "rename", rename)
                copy.main()
            except SystemExit as ended:
                code = ended.code or 0
            finally:
                os._exit(code)
        _pid, status = os.waitpid(child, 0)
        return report, status

    return run


def test_a_report_is_replaced_as_a_whole_and_others_may_only_read_it(write):
    report, status = write()
    assert status == 0
    assert report.read_text() == "the new report\n" * 1000
    assert stat.S_IMODE(report.stat().st_mode) == 0o644
    assert list(report.parent.iterdir()) == [report]


@pytest.mark.parametrize("rename", [killed, full])
def test_the_old_report_stays_where_the_new_one_could_not_be_written(write, rename):
    report, status = write(rename)
    assert os.WTERMSIG(status) == signal.SIGKILL if rename is killed else os.waitstatus_to_exitcode(status) == 1
    assert report.read_text() == "the old report\n"
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
