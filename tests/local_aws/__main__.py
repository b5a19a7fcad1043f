"""Run the local AWS until Ctrl-C: ``python -m tests.local_aws [--port PORT]``."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from tests.collection_tree import CHECKOUT
from tests.collection_tree import link_for_playbooks

from .environment import DEFAULT_ACCOUNT
from .environment import environment

# Printed as it is; a shell takes all of it.
_TOUR = """\
export PATH={programs}:$PATH
export ANSIBLE_COLLECTIONS_PATH={collections}
cat >web-image.yml <<'END'
- hosts: localhost
  gather_facts: false
  tasks:
    - goldimage.aws.imagebuilder_distribution:
        name: web-image
        distributions:
          - region: us-east-1
            ami_distribution_configuration: {{name_prefix: web, launch_permission: {{user_ids: ["111122223333"]}}}}
END
# Paste the lines above into another terminal, in a folder of your own. Then try:
#   ansible-playbook web-image.yml --check --diff
#   ansible-playbook web-image.yml
# Let the next two reads fail, and run it again:
#   curl -X POST $AWS_ENDPOINT_URL/local-aws/faults -d '{{"service": "imagebuilder", \
"operation": "GetDistributionConfiguration", "code": "ForbiddenException", "times": 2}}'
# Forget everything: curl -X POST $AWS_ENDPOINT_URL/local-aws/reset
# What else can be made to fail: tests/local_aws/README.md"""


def main() -> None:
    """Serve until interrupted, then exit with status 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.local_aws", description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=4566, help="on 127.0.0.1; 0 takes any free one (default: 4566)")
    parser.add_argument("--region", default="us-east-1", help="the Region to export (default: us-east-1)")
    parser.add_argument("--stop-at-eof", action="store_true", help="stop when standard input ends")
    parser.add_argument("--tour", action="store_true", help="print what to try with this checkout, too")
    arguments = parser.parse_args()

    # moto creates sessions when it is loaded, and the caller's profile may not exist.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    # moto reads these when it is loaded. Tests could not tell its thousands of sample AMIs from theirs. AWS's managed
    # policies exist in every real account.
    os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    os.environ.setdefault("MOTO_DISABLE_GLOBAL_CORS", "true")
    from .application import Application
    from .http_server import Server

    server = Server(arguments.port, Application())
    # What is loaded now stays. To look for garbage in it again and again takes longer than most requests.
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        for name, value in environment(f"http://127.0.0.1:{server.port}", arguments.region, DEFAULT_ACCOUNT).items():
            print(f"export {name}={value}")
        print("unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN")
        if arguments.tour:
            print(tour())
        print("# The local AWS is running. Stop it with Ctrl-C.", flush=True)
        # moto prints now and then. Perhaps nobody reads standard output any more, and a full pipe stops the server.
        sys.stdout = sys.stderr
        if arguments.stop_at_eof:
            threading.Thread(target=_interrupt_at_eof, daemon=True).start()
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        sys.stderr.flush()
    # Python would take another second to tear moto's data down piece by piece.
    os._exit(0)


def tour() -> str:
    """What a shell needs to try the collection of this checkout, a playbook to begin with, and hints."""
    collections = link_for_playbooks(CHECKOUT / ".build" / "local-aws")
    return _TOUR.format(programs=Path(sys.executable).parent, collections=collections)


def _stop(*_ignored: Any) -> None:
    raise KeyboardInterrupt


def _interrupt_at_eof() -> None:
    # The process that started the server holds the other end. When it is gone, the server ends too.
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
