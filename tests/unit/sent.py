"""What Ansible sends to a module."""

from __future__ import annotations

import json
from typing import Any


def arguments(options: dict[str, Any], check_mode: bool, diff: bool) -> bytes:
    """Return options with what Ansible adds to them, in the form of C(ansible.module_utils.basic._ANSIBLE_ARGS)."""
    from ansible.module_utils.common.parameters import PASS_VARS

    internal = {"_ansible_check_mode": check_mode, "_ansible_diff": diff, "_ansible_tmpdir": "/tmp"}
    # Before ansible-core 2.21, modules always send their options back.
    if "inject_invocation" in PASS_VARS:
        internal["_ansible_inject_invocation"] = True
    return json.dumps({"ANSIBLE_MODULE_ARGS": {**options, **internal}}).encode()
