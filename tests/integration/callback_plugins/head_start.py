# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reuses in each ansible-playbook of the tests what an earlier one worked out; a callback runs before any task."""

from __future__ import annotations

import gc
import os
import pkgutil

from ansible_collections.goldimage.aws.plugins import filter as filters

from ansible import constants as C
from ansible.plugins.callback import CallbackBase
from ansible.plugins.loader import filter_loader
from ansible.release import __version__

DOCUMENTATION = """
name: head_start
type: aggregate
short_description: Keep packed modules from run to run
description: Modules are packed once for all runs, and the filters loaded once for all tasks.
options:
  packed:
    description: The folder that keeps the packed modules.
    type: path
    required: true
    env:
      - name: GOLDIMAGE_PACKED_MODULES
"""


class CallbackModule(CallbackBase):
    """Does its work before the first task and ignores the events of the run."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "head_start"
    CALLBACK_NEEDS_ENABLED = True

    def set_options(self, task_keys=None, var_options=None, direct=None):
        super().set_options(task_keys=task_keys, var_options=var_options, direct=direct)
        # Ansible keeps them in a folder that it deletes after the run. A packed module holds parts of the ansible-core
        # that packed it, and a test may run several versions.
        packed = os.path.join(self.get_option("packed"), __version__)
        os.makedirs(packed, exist_ok=True)
        os.symlink(packed, os.path.join(C.DEFAULT_LOCAL_TMP, "ansiballz_cache"))
        # Each task is a fork of this process, and what it loads is lost when it ends.
        for _finder, name, _package in pkgutil.iter_modules(filters.__path__):
            filter_loader.get(f"goldimage.aws.{name}")
        # Collecting garbage in a task would copy all of this there.
        gc.collect()
        gc.freeze()

    def v2_playbook_on_play_start(self, play):
        # Our playbooks name the Python that runs Ansible, and so does Ansible for an implicit localhost.
        play.vars["ansible_python_interpreter"] = os.environ["ANSIBLE_PYTHON_INTERPRETER"]
