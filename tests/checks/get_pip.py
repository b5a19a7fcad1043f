"""Installs pip into virtual environments, ours and those of `ansible-test sanity`, without downloading a script.

ansible-test runs a file of this kind with the names of the packages to install as arguments, after looking for it in a
cache below the home folder; `workspace.py` puts this one there. pip itself comes from Python's own ensurepip.
"""

from __future__ import annotations

import ensurepip
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Install pip, then the packages named in `arguments`, passing over options meant for other bootstrap scripts."""
    environment = {name: value for name, value in os.environ.items() if name != "GET_PIP"}
    wheels = list((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl"))
    if wheels:
        # The same as ensurepip does, but ten times as fast.
        with zipfile.ZipFile(wheels[0]) as wheel:
            wheel.extractall(sysconfig.get_paths()["purelib"])
    else:
        # Some distributions keep the wheel elsewhere. This is a separate process because ensurepip turns off pip's
        # configuration in the process that it runs in.
        subprocess.run([sys.executable, "-m", "ensurepip", "--default-pip"], check=True, env=environment)
    # ansible-test asks for a certain version of pip and passes options of other scripts; the bundled pip suffices.
    packages = [argument for argument in arguments if not argument.startswith(("-", "pip=="))]
    if packages:
        subprocess.run([sys.executable, "-m", "pip", "install"] + packages, check=True, env=environment)


if __name__ == "__main__":
    main(sys.argv[1:])
