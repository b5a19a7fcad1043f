"""Arranges collections below a folder `ansible_collections`, where Ansible looks for them."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]

# Where the `ansible` package keeps its collections: that of this environment, unless another one is tested.
OWN = Path(sysconfig.get_path("purelib"), "ansible_collections")
BUNDLED = Path(os.environ.get("GOLDIMAGE_COLLECTIONS", OWN))


def link(root: Path, name: str, source: Path | None = None) -> None:
    """Make `root/ansible_collections/NAMESPACE/NAME` a link to `source`, or to the collection of that name that came
    with the `ansible` package. Does nothing if that link already exists.

    A collection that a newer package has dropped, such as awx.awx, comes from this environment.
    """
    namespace, collection = name.split(".")
    path = root / "ansible_collections" / namespace / collection
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_symlink():
        bundled = BUNDLED / namespace / collection
        path.symlink_to(
            source or (bundled if bundled.exists() else OWN / namespace / collection), target_is_directory=True
        )


def link_for_playbooks(root: Path) -> Path:
    """Link what a playbook of this collection needs, the checkout itself included. Returns `root`, the value for
    ANSIBLE_COLLECTIONS_PATH of any ansible-core, even one without collections."""
    link(root, "goldimage.aws", CHECKOUT)
    link(root, "amazon.aws")
    # The callback that prints results as JSON.
    link(root, "ansible.posix")
    return root
