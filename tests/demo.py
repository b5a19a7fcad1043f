"""The tour: `python -m tests.demo` runs the demo playbooks with the real ansible-playbook against a local AWS.

Everything listens on 127.0.0.1 and ends with the playbook. Arguments are passed to ansible-playbook.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.collection_tree import CHECKOUT
from tests.collection_tree import link_for_playbooks
from tests.local_aws.server import LocalAws


def main(arguments: list[str]) -> int:
    """Run the demo and return the exit status of ansible-playbook."""
    playbooks = [str(CHECKOUT / "playbooks" / name) for name in ("demo.yml", "demo_rollout.yml")]
    with tempfile.TemporaryDirectory(prefix="goldimage-demo-") as folder, LocalAws() as aws:
        print(f"A local AWS answers at {aws.endpoint_url}; nothing here reaches a real account.\n", flush=True)
        # Windows, so that the tour includes Fast Launch, which the role may enable only by its derived policy.
        image = aws.plant_ami("web", region="us-west-2", platform="windows")
        aws.switch(assumable_roles=["ImageAdmin"])
        variables = ["-e", json.dumps({"demo_image": image, "demo_fast_launch": [{"enabled": True}]})]
        command = [str(Path(sys.executable).with_name("ansible-playbook")), *playbooks, *variables, *arguments]
        try:
            return subprocess.run(command, env=_environment(Path(folder), aws), check=False).returncode
        except KeyboardInterrupt:
            return 130


def _environment(folder: Path, aws: LocalAws) -> dict[str, str]:
    """Return the caller's environment, with its AWS and Ansible settings replaced by those for the local AWS."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))}
    (folder / "ansible.cfg").touch()
    # The colours of the terminal are the reader's choice.
    chosen = {name: os.environ[name] for name in ("ANSIBLE_NOCOLOR", "ANSIBLE_FORCE_COLOR") if name in os.environ}
    return {
        **inherited,
        **chosen,
        **aws.environment(),
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(link_for_playbooks(folder)),
        # Ansible's folder for temporary files, ~/.ansible by default.
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_CALLBACK_PLUGINS": str(CHECKOUT / "tests" / "demo_callback"),
        "ANSIBLE_STDOUT_CALLBACK": "tour",
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
        # One process fewer for each module; nothing else changes.
        "ANSIBLE_PIPELINING": "true",
        # The role skips what a spec does not use; deprecations in amazon.aws are not a part of the tour.
        "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
        "ANSIBLE_DEPRECATION_WARNINGS": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
