"""The files of the report are complete at every moment, even if writing them is killed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.unit.plugins.plugin_utils.test_report_files import CONFIGURED
from tests.unit.plugins.plugin_utils.test_report_files import files
from tests.unit.plugins.plugin_utils.test_report_files import result


def killed(*_arguments):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_the_old_report_is_kept_if_writing_the_new_one_is_killed(tmp_path, monkeypatch, moment):
    old = Path(files.write(str(tmp_path), result(CONFIGURED)).paths["html"])
    before = old.read_text(encoding="utf-8")
    child = os.fork()
    if not child:
        monkeypatch.setattr(os, moment, killed)
        try:
            files.write(str(tmp_path), result({**CONFIGURED, "pipelines": {"changed": False}}))
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert old.read_text(encoding="utf-8") == before
