# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of the role distribution_rollout: which steps run, and the data for their modules."""

from __future__ import annotations

from typing import Any

from ..arns import Arn
from ..arns import configuration_arn
from ..ownership import WAVES_TAG
from ..recipients import recipients_of
from ..rollout import waves as rollout_waves
from .checks import accounts_to_set_up
from .checks import Configuration

# The variables that the steps pass to modules unchanged.
_OPTIONS = (
    "execution_role_name",
    "execution_role_use",
    "execution_role_adopt",
    "source_kms_key_arns",
    "target_accounts",
    "target_account_role_name",
    "target_account_roles",
    "destination_trust",
    "workers",
    "report_dir",
    "image",
    "on_failed",
    "wait_timeout",
    "wait_delay",
    "wave_check",
    "keep",
    "keep_action",
    "keep_limit",
    "lifecycle_role",
    "purge",
    "release",
    "allow_public",
)

_MAIN = [
    "preflight",
    "execution_role",
    "destination_accounts",
    "preflight_roles",
    "distribution",
    "waves",
    "pipelines",
    "rollout",
]

# The configurations are removed first, because AWS refuses to delete one that a pipeline uses. In that case nothing
# else has been removed yet.
_ABSENT = ["absent", "waves", "absent_accounts", "absent_execution_role"]

# Entry point -> its steps. Other entry points run the step of the same name; main and absent have their own lists.
_ALONE: dict[str, list[str]] = {"report": [], "distribution": ["distribution", "pipelines"]}


def steps(entry: str, values: dict[str, Any]) -> list[str]:
    """Returns the steps of an entry point, in their order.

    :param entry: the name of a tasks file of the role.
    :param values: name of a variable without prefix -> value.
    """
    many = values.get("configurations") or []
    has_pipelines = any(isinstance(one, dict) and one.get("pipelines") for one in [values, *many])
    if entry in ("main", "absent") and (entry == "absent" or values.get("state") == "absent"):
        listed = _ABSENT
    elif entry == "main":
        listed = _MAIN
    else:
        listed = _ALONE.get(entry, [entry])
    needless: set[str] = set()
    if values.get("waves") is None and listed is not _ABSENT:
        needless.add("waves")
    if not values.get("execution_role_name"):
        needless.update(("execution_role", "preflight_roles", "absent_execution_role"))
    if values.get("target_accounts") == []:
        needless.add("destination_accounts")
    if not values.get("image"):
        needless.add("rollout")
    if not has_pipelines:
        needless.add("pipelines")
    names = {"rollout": "rollout_in_waves"} if values.get("waves") else {}
    return [names.get(step, step) for step in listed if step not in needless]


def plan(
    values: dict[str, Any], configurations: list[Configuration], listed: list[str], account_id: str, partition: str
) -> dict[str, Any]:
    """Returns the data that the steps pass to their modules.

    :param values: name of a variable without prefix -> value.
    :param configurations: the configurations of a spec without errors.
    :param listed: the steps that run.
    :param account_id: the account of the caller.
    :param partition: the partition of that account.
    """
    region, role = values["region"], values.get("execution_role_name")
    waves = _waves(values, configurations, account_id)
    arn = str(Arn(partition, "iam", "", account_id, f"role/{role}")) if role else None
    recipients = [
        {"configuration": one.name, **recipient}
        for one in configurations
        for recipient in recipients_of(one.api, account_id, region)
    ]
    about = {
        "state": values["state"],
        "spec_id": values["spec_id"],
        "account_id": account_id,
        "partition": partition,
        "region": region,
    }
    settings = [one.settings for one in configurations]
    return {
        **about,
        # Results of different entry points are reported together if they have the same key.
        "key": " ".join([account_id, region, values["spec_id"], values["state"]]),
        "steps": listed,
        "options": {name: values.get(name) for name in _OPTIONS},
        "tags": values.get("tags") or {},
        "configurations": settings,
        "with_waves": values.get("waves") is not None,
        "writes_waves": "waves" in listed or ("preflight" in listed and bool(waves)),
        "waves": waves,
        "waves_to_distribute": waves[: _last(values, waves)],
        "looks": waves or [{"configuration": one.name, "name": one.name, "wave": None} for one in configurations],
        "pipelines": _pipelines(configurations, account_id, partition, region),
        "accounts_named": values.get("target_accounts") is not None,
        "accounts": accounts_to_set_up(values, configurations, account_id),
        "execution_role_arn": arn,
        # Only the role's name is certain, because somebody else may have created it with a path.
        "execution_roles": [role] if role else [],
        "gone": [{"name": one.name, "state": "absent"} for one in configurations],
        "reported": {
            **about,
            "recipients": recipients,
            "configurations": settings,
            "waves": waves,
            "image": values.get("image"),
        },
    }


def _pipelines(
    configurations: list[Configuration], account_id: str, partition: str, region: str
) -> list[dict[str, Any]]:
    """Returns the pipelines, each with the ARN that its configuration has or will have."""
    return [
        {
            "image_pipeline_arn": pipeline,
            "configuration": one.name,
            "distribution_configuration_arn": configuration_arn(one.name, partition, region, account_id),
        }
        for one in configurations
        for pipeline in one.pipelines
    ]


def _waves(values: dict[str, Any], configurations: list[Configuration], account_id: str) -> list[dict[str, Any]]:
    """Returns the waves of all configurations, each with its options for the modules."""
    if not values.get("waves") or values["state"] != "present":
        return []
    wholes = {one.name: one.settings for one in configurations}
    tags = {WAVES_TAG: values["spec_id"]}
    waves = rollout_waves.configurations(list(wholes.values()), values["waves"], account_id, values["region"], tags)
    return [
        {
            **wave,
            "wave_options": {
                "number": wave["wave"],
                "of": wave["of"],
                "regions": wave["regions"],
                "after": wave["after"],
            },
            "whole": wholes[wave["configuration"]]["distributions"],
            # What the user's wave_check gets.
            "told": {name: wave[name] for name in ("name", "wave", "configuration", "regions")},
        }
        for wave in waves
    ]


def _last(values: dict[str, Any], waves: list[dict[str, Any]]) -> int:
    """Returns how many of the sorted waves must be distributed."""
    last = values.get("wave") or len(waves)
    return len([wave for wave in waves if wave["wave"] <= last])
