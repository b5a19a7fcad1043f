"""Run the local AWS until Ctrl-C: ``python -m tests.local_aws [--port PORT]``."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from typing import Any

from .environment import DEFAULT_ACCOUNT
from .environment import environment


def main() -> int:
    """Serve until interrupted. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.local_aws", description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=4566, help="on 127.0.0.1; 0 takes any free one (default: 4566)")
    parser.add_argument("--region", default="us-east-1", help="the Region to export (default: us-east-1)")
    parser.add_argument("--stop-at-eof", action="store_true", help="stop when standard input ends")
    arguments = parser.parse_args()

    # moto reads these when it is loaded. Its thousands of sample AMIs would have to be told from one's own; AWS's
    # managed policies are there in every real account.
    os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    os.environ.setdefault("MOTO_DISABLE_GLOBAL_CORS", "true")
    from .application import LocalAws
    from .http_server import Server

    server = Server(arguments.port, LocalAws())
    for name, value in environment(f"http://127.0.0.1:{server.port}", arguments.region, DEFAULT_ACCOUNT).items():
        print(f"export {name}={value}")
    print("# The local AWS is running. Stop it with Ctrl-C.", flush=True)
    # moto prints now and then. Nobody may be reading standard output any more, and a full pipe would stop the server.
    sys.stdout = sys.stderr

    def stop(*_ignored: Any) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if arguments.stop_at_eof:
        threading.Thread(target=_interrupt_at_eof, daemon=True).start()
    try:
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
    return 0


def _interrupt_at_eof() -> None:
    # Whoever started the server holds the other end: when that process is gone, so is the server.
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
