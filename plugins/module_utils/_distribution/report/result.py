# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The results of the steps -> C(distribution_rollout_result)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..plain_text import without_request_id
from . import conclusion
from . import plan
from .model import Failure
from .model import Look
from .model import Result
from .model import RolloutReport
from .model import Spec
from .model import Steps
from .steps import read
from .steps import StepEntry

_Entries = Mapping[str, list[StepEntry]]


def assemble(spec: Spec, steps: Steps) -> Result:
    """Returns the result of a run of the role, even if it failed or only read.

    :param spec: C(state), C(spec_id), C(account_id), C(partition), C(region), C(check_mode), C(recipients); if known,
        also C(configurations), C(waves), C(image) and C(made), the time as text. C(fresh): the steps that the plan
        shows if others ran earlier in the play; by default all steps.
    :param steps: step -> what its task registered: a module's result, the results of a loop, or a list of results. A
        step that did not run is missing, None or skipped.
    """
    entries = read(steps, spec.get("waves") or ())
    all_items = plan.items(entries, _regions(spec))
    fresh = spec.get("fresh")
    items = [item for item in all_items if fresh is None or item["step"] in fresh]
    rollouts = [_rollout(entry) for entry in entries.get("rollout", ()) if "outcome" in entry.result]
    failures = _failures(entries)
    result: Result = {
        "state": str(spec.get("state") or "present"),
        "spec_id": str(spec["spec_id"]),
        "account_id": str(spec["account_id"]),
        "partition": str(spec["partition"]),
        "region": str(spec["region"]),
        "check_mode": bool(spec.get("check_mode")),
        "made": spec.get("made"),
        "steps": list(entries),
        "changed": plan.changes(all_items)
        or any(entry.result.get("changed") for one in entries.values() for entry in one),
        "failed": bool(failures),
        "conclusion": {"kind": "", "text": ""},
        "failures": failures,
        "counts": plan.counts(items),
        "items": items,
        "next": [],
        "findings": _findings(entries),
        "execution_role": _execution_role(entries),
        "destination_accounts": _accounts(entries),
        "configurations": _listed(entries, "distribution", "outcomes"),
        "pipelines": _pipelines(entries),
        "recipients": [dict(recipient) for recipient in spec.get("recipients") or ()],
        "waves": _waves(spec),
        "ordered": [dict(one) for one in spec.get("configurations") or ()],
        "rollouts": rollouts,
        "drift": _looks(entries),
        "repairs": _listed(entries, "repair", "repairs"),
        "retention": [_retention(entry) for entry in entries.get("retention", ())],
        "leftovers": _leftovers(entries),
        "report": None,
    }
    result["conclusion"] = conclusion.conclusion(result)
    result["next"] = conclusion.next_steps(result)
    return result


def _regions(spec: Spec) -> dict[str, list[str]]:
    """Returns the Regions of each configuration, including those of waves: name -> Regions."""
    by_configuration: dict[str, list[str]] = {}
    for recipient in spec.get("recipients") or ():
        regions = by_configuration.setdefault(recipient["configuration"], [])
        if recipient["region"] not in regions:
            regions.append(recipient["region"])
    by_configuration.update({wave["name"]: list(wave.get("regions") or ()) for wave in spec.get("waves") or ()})
    return by_configuration


def _findings(entries: _Entries) -> list[dict[str, Any]]:
    findings: dict[tuple[Any, ...], dict[str, Any]] = {}
    for step in ("preflight", "execution_role", "destination_accounts", "preflight_roles", "distribution"):
        for one in _listed(entries, step, "findings"):
            # Only the preflight names the configurations, so they are not part of the key.
            key = tuple(one.get(name) for name in ("check", "region", "account_id", "status", "message", "remedy"))
            findings.setdefault(key, one)
    return list(findings.values())


def _listed(entries: _Entries, step: str, key: str) -> list[dict[str, Any]]:
    """Returns the maps under a key of a step's results. Repairs also get their configuration and wave."""
    listed = []
    for entry in entries.get(step, ()):
        about = {}
        if step == "repair":
            about = {"configuration": entry.configuration, "wave": entry.wave}
        listed += [{**about, **one} for one in entry.result.get(key) or ()]
    return listed


def _execution_role(entries: _Entries) -> dict[str, Any] | None:
    for entry in entries.get("execution_role", ()):
        role = entry.result.get("execution_role")
        if role:
            return {**role, "changed": bool(entry.result.get("changed"))}
    return None


def _accounts(entries: _Entries) -> list[dict[str, Any]]:
    return [
        {**one, "changed": one.get("action") not in (None, "unchanged", "failed", "kept")}
        for one in _listed(entries, "destination_accounts", "accounts")
    ]


def _pipelines(entries: _Entries) -> list[dict[str, Any]]:
    pipelines = []
    for entry in entries.get("pipelines", ()):
        pipeline = entry.result.get("image_pipeline")
        if pipeline:
            pipelines.append({**pipeline, "changed": bool(entry.result.get("changed"))})
    return pipelines


def _waves(spec: Spec) -> list[dict[str, Any]]:
    kept = ("configuration", "wave", "of", "name", "regions")
    return [{key: wave.get(key) for key in kept} for wave in spec.get("waves") or ()]


def _rollout(entry: StepEntry) -> RolloutReport:
    result = entry.result
    image = result.get("image") or {}
    running = bool(result.get("still_running"))
    return {
        "configuration": entry.configuration,
        "wave": entry.wave,
        "outcome": result.get("outcome"),
        "source_image": result.get("source_image"),
        "image_build_version_arn": image.get("arn"),
        "state": image.get("state"),
        "reason": image.get("reason"),
        "failures": list(image.get("failures") or ()),
        "amis": list(image.get("amis") or ()),
        "targets": list(result.get("targets") or ()),
        "running": running,
        "failed": bool(result.get("failed")) and not running,
        "message": str(result["msg"]) if result.get("failed") and result.get("msg") else None,
        "changed": bool(result.get("changed")),
    }


def _looks(entries: _Entries) -> list[Look]:
    """Returns what is live of each configuration or wave, according to the last step that looked at it."""
    looks: dict[tuple[str | None, int | None], Look] = {}
    for step in ("rollout", "drift", "repair"):
        for entry in entries.get(step, ()):
            seen = entry.result
            if step == "rollout":
                wave = seen.get("wave")
                seen = wave if isinstance(wave, Mapping) and wave.get("targets") else {}
            if "targets" in seen:
                looks[(entry.configuration, entry.wave)] = {
                    "configuration": entry.configuration,
                    "wave": entry.wave,
                    "image_build_version_arn": seen.get("image_build_version_arn"),
                    "image_state": seen.get("image_state"),
                    "source_image": seen.get("source_image") or entry.result.get("source_image"),
                    "in_sync": all(target["status"] == "in_sync" for target in seen["targets"]),
                    "targets": [dict(target) for target in seen["targets"]],
                    "leftovers": [dict(one) for one in seen.get("leftovers") or ()],
                }
    return list(looks.values())


def _retention(entry: StepEntry) -> dict[str, Any]:
    return {
        "configuration": entry.configuration,
        "wave": entry.wave,
        "changed": bool(entry.result.get("changed")),
        "retired": list(entry.result.get("retired") or ()),
        "kept": list(entry.result.get("kept") or ()),
        "error": entry.result.get("msg") if entry.result.get("failed") else None,
    }


def _leftovers(entries: _Entries) -> list[dict[str, Any]]:
    leftovers = []
    for step in ("execution_role", "destination_accounts", "distribution", "pipelines"):
        leftovers += [{"step": step, **one} for one in _listed(entries, step, "leftovers") if isinstance(one, Mapping)]
    return leftovers


def _failures(entries: _Entries) -> list[Failure]:
    """Returns every cause of the run's failure, in the order of the steps."""
    failures: list[Failure] = []
    for listed in entries.values():
        for entry in listed:
            for failure in _causes(entry):
                if failure not in failures:
                    failures.append(failure)
    return failures


def _causes(entry: StepEntry) -> list[Failure]:
    step, result = entry.step, entry.result
    failures: list[Failure] = []
    if step in ("preflight", "preflight_roles"):
        failures = [
            _failure(
                step,
                one["message"],
                one.get("remedy"),
                one.get("region"),
                one.get("account_id"),
                at=one["check"],
                configuration=_only(one.get("distribution_configurations")),
            )
            for one in result.get("findings") or ()
            if one["status"] == "error"
        ]
    elif step == "destination_accounts":
        failed = [one for one in result.get("accounts") or () if one.get("action") == "failed"]
        failures = [_failure(step, one["error"], None, None, one["account_id"]) for one in failed]
    elif step == "distribution":
        failed = [one for one in result.get("outcomes") or () if one["action"] == "failed"]
        failures = [_failure(step, one["error"], None, configuration=one["name"]) for one in failed]
    elif step == "rollout" and result.get("failed") and not result.get("still_running"):
        failures = [
            _failure(step, one["message"], one.get("remedy"), one.get("region"), one.get("account_id"), one.get("step"))
            for one in (result.get("image") or {}).get("failures") or ()
        ]
    elif step == "repair":
        failed = [one for one in result.get("repairs") or () if one["action"] == "failed"]
        failures = [
            _failure(step, one["reason"], None, one["region"], one["account_id"], one.get("field")) for one in failed
        ]
    elif step == "retention":
        failed = [one for one in result.get("retired") or () if one.get("error")]
        failures = [_failure(step, one["error"], None, at=one["image"].split("/", 1)[-1]) for one in failed]
    elif step == "wave_check":
        failures = [_failure(step, result.get("msg") or "the tasks of wave_check failed", None)]
    if result.get("failed") and not failures:
        failures = [_failure(step, result.get("msg") or "the module gave no message", None)]
    for failure in failures:
        failure["configuration"] = failure["configuration"] or entry.configuration
        failure["wave"] = entry.wave
    return failures


def _only(names: list[str] | None) -> str | None:
    """Returns the only name in a list, or None."""
    return names[0] if names and len(names) == 1 else None


def _failure(
    step: str,
    message: Any,
    remedy: str | None,
    region: str | None = None,
    account_id: str | None = None,
    at: str | None = None,
    configuration: str | None = None,
) -> Failure:
    return {
        "step": step,
        "configuration": configuration,
        "wave": None,
        "region": region,
        "account_id": account_id,
        "at": at,
        "message": without_request_id(message) if step.startswith("preflight") else str(message or "no reason given"),
        "remedy": remedy,
    }
