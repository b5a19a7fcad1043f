# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The change of one configuration: which one, what is wanted, and what was done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from typing import NamedTuple
from typing import TYPE_CHECKING

from ..._distribution.configuration import comparison
from ..._distribution.differences import Change

if TYPE_CHECKING:
    from ..module import Connection


class Outcome(NamedTuple):
    """What was done about one configuration, or in check mode would be.

    C(action): created, updated, deleted or unchanged, in a set also released, kept or failed; C(name); C(arn);
    C(configuration): in API form afterwards, None when absent; C(plan): the plan that was carried out; C(warnings):
    texts; C(error): why it failed or was kept.
    """

    action: str
    name: str | None
    arn: str
    configuration: dict[str, Any] | None = None
    plan: comparison.Plan | None = None
    warnings: Sequence[str] = ()
    error: Exception | None = None

    @property
    def changed(self) -> bool:
        """Whether something was written, even if a later step failed."""
        return self.action in ("created", "updated", "deleted", "released") or getattr(self.error, "changed", False)

    @property
    def before(self) -> dict[str, Any]:
        """The configuration before, for a diff."""
        return self.plan.before if self.plan else {}

    @property
    def after(self) -> dict[str, Any]:
        """The configuration after, for a diff."""
        return self.plan.after if self.plan else {}

    @property
    def changes(self) -> list[Change]:
        """What an update changed, field by field."""
        return self.plan.changes if self.plan else []

    @property
    def diff(self) -> dict[str, Any]:
        """What Ansible shows with --diff."""
        return self.plan.diff if self.plan else {"before": {}, "after": {}}

    @property
    def state(self) -> dict[str, Any] | None:
        """The configuration as modules return it, None when absent."""
        return state_of(self.configuration) if self.configuration else None


class ConfigurationChange:
    """One configuration on its way to the wanted state: what all steps share.

    C(wanted): from configurations.wanted_from(); C(arn), C(account_id): of the configuration; C(path): the path of its
    options, such as C(distribution_configurations[3]), empty at the top; C(warnings): texts.
    """

    def __init__(self, connection: Connection, wanted: dict[str, Any], arn: str, account_id: str, path: str) -> None:
        self.connection = connection
        self.wanted = wanted
        self.arn = arn
        self.account_id = account_id
        self.path = path
        self.warnings: list[str] = []

    def path_of(self, option: str) -> str:
        """The path of an option."""
        return f"{self.path}.{option}" if self.path else option

    def warn(self, text: str) -> None:
        """Adds a warning about the configuration as a whole."""
        self.warnings.append(f"{self.path}: {text}" if self.path else text)

    def outcome(self, plan: comparison.Plan, now: dict[str, Any] | None) -> Outcome:
        """The Outcome of a plan; C(now): the configuration afterwards."""
        return Outcome(plan.action, plan.name, self.arn, now, plan, self.warnings)


def update_body(plan: comparison.Plan) -> dict[str, Any]:
    """What an update sends for a plan."""
    description = {"description": plan.description} if plan.description else {}
    return {"distributions": plan.distributions, **description}


def create_body(plan: comparison.Plan) -> dict[str, Any]:
    """What a create sends for a plan."""
    tags = {"tags": plan.tags} if plan.tags else {}
    return {**update_body(plan), "name": plan.name, **tags}


def state_of(configuration: dict[str, Any], **more: Any) -> dict[str, Any]:
    """One configuration of the API as modules return it."""
    return comparison.state(
        configuration["name"],
        configuration.get("description"),
        configuration.get("distributions", []),
        configuration.get("tags"),
        arn=configuration["arn"],
        date_created=configuration.get("dateCreated"),
        date_updated=configuration.get("dateUpdated"),
        **more,
    )
