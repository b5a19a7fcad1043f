# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the steps of the role distribution_rollout registered -> whether the next step may start, and what to report."""

from __future__ import annotations

from typing import Any

from ..targets import target_of

Result = dict[str, Any]

# Variable that a task registers -> step of the report.
REGISTERED = {
    "__distribution_rollout_preflight": "preflight",
    "__distribution_rollout_execution_role": "execution_role",
    "__distribution_rollout_accounts": "destination_accounts",
    "__distribution_rollout_preflight_roles": "preflight_roles",
    "__distribution_rollout_written": "distribution",
    "__distribution_rollout_waves_written": "distribution",
    "__distribution_rollout_attached": "pipelines",
    "__distribution_rollout_rollouts": "rollout",
    "__distribution_rollout_plans": "rollout_plans",
    "__distribution_rollout_waves": "rollout_waves",
    "__distribution_rollout_checked": "wave_check",
    "__distribution_rollout_drift": "drift",
    "__distribution_rollout_repairs": "repair",
    "__distribution_rollout_retention": "retention",
}

# -- loops ---------------------------------------------------------------------------------------------------------


def of_loop(registered: Any) -> list[Result]:
    """Returns the results of a module, each with its C(configuration) and C(wave) if it has them.

    :param registered: what a task registered, with or without a loop, or only the results of a loop.
    """
    if isinstance(registered, dict):
        registered = registered.get("results", [registered])
    return [_named(one) for one in registered or [] if one and not one.get("skipped")]


def _named(result: Result) -> Result:
    item = result.get(result.get("ansible_loop_var") or "item")
    if not isinstance(item, dict):
        return result
    names: Result = {"configuration": item.get("configuration") or item.get("name"), "wave": item.get("wave")}
    for name, value in result.items():
        # The item of this loop may be a result of an earlier loop, whose own item has the configuration.
        if name.startswith("__distribution_rollout") and isinstance(value, dict) and "ansible_loop_var" in value:
            names["configuration"] = _named(value).get("configuration")
    # The module's own "wave" takes precedence.
    return {"item": item, **{name: value for name, value in names.items() if value is not None}, **result}


# -- the preflight -------------------------------------------------------------------------------------------------


def preflight_findings(registered: Any) -> list[Result]:
    """Returns the findings of a preflight for all configurations."""
    return [one for result in of_loop(registered) for one in result.get("findings") or []]


def error_lines(findings: list[Result]) -> list[str]:
    """Returns one line for each error of a preflight."""
    return [
        f"{', '.join(_target_words(one)) or 'everywhere'}: {one['message']}. {one['remedy']}. [{one['check']}]"
        for one in findings
        if one["status"] == "error"
    ]


def pipeline_notes(findings: list[Result]) -> list[str]:
    """Returns one line for each configuration that pipelines use. The summary shows the warnings."""
    used = [one for one in findings if (one["check"], one["status"]) == ("pipelines", "ok")]
    return [f"Note: {one['message']}" for one in used if not one["message"].startswith("no pipeline")]


def _target_words(finding: Result) -> list[str]:
    return [finding[name] for name in ("region", "account_id") if finding.get(name)]


# -- waves ---------------------------------------------------------------------------------------------------------


def due(plans: list[Result], check_mode: bool, has_check: bool) -> Result:
    """Returns the waves that must be distributed, in their order.

    Waves that were distributed before this run are only checked before the next wave starts. If one of them has
    drifted, no wave starts.

    :param plans: the module's result in check mode for each wave; C(item) is the wave.
    :param check_mode: whether the run itself is in check mode.
    :param has_check: whether the user gave a wave_check.
    :returns: C(waves): the loop's items of the waves that must be distributed, with C(source_image), and
        C(check_before) and C(check_after), lists of waves; empty in check mode. Or C(failed) and C(msg).
    """
    drifted = [one["item"]["name"] for one in plans if not one["wave"]["due"] and not one["wave"]["in_sync"]]
    if drifted and not check_mode:
        text = (
            f"{', '.join(drifted)} {'is' if len(drifted) == 1 else 'are'} not in sync with the configuration, so no "
            "wave was started. goldimage.aws.repair repairs what needs no new copy"
        )
        return {"failed": True, "msg": text, "waves": []}
    unchecked: list[Any] = []
    waves: list[Result] = []
    for plan in plans:
        told = [plan["item"]["told"]] if has_check else []
        if plan["wave"]["due"]:
            # The source image of the first wave, because an SSM parameter may have another image by a later one.
            source = {"source_image": plans[0]["source_image"]}
            waves.append({**plan["item"], **source, "check_before": unchecked, "check_after": told})
        unchecked = [] if plan["wave"]["due"] else [*unchecked, *told]
    return {"waves": [] if check_mode else waves}


def check_text(wave: Result, failed: Result) -> str:
    """Returns the error for a wave whose wave_check failed."""
    where = f'The check of {wave["name"]} failed at "{failed["task"]}"'
    return f"{where}, so nothing after it was started: {failed['msg']}"


def _live(plan: Result) -> Result:
    """Returns what is live of a wave according to its plan, in the form of a comparison."""
    return {
        "configuration": plan["item"]["configuration"],
        "wave": plan["item"]["wave"],
        "image_build_version_arn": None,
        "image_state": None,
        "source_image": plan.get("source_image"),
        "in_sync": plan["wave"]["in_sync"],
        "targets": plan["wave"]["targets"],
        "leftovers": [],
    }


def _without_announced(preflight: Result, results: dict[str, list[Result]]) -> Result:
    """Returns a preflight of IAM roles without errors about roles that a real run would set up first."""
    own = any(one.get("changed") for one in results.get("execution_role") or [])
    accounts = {
        account["account_id"]
        for one in results.get("destination_accounts") or []
        for account in one.get("accounts") or []
        if account.get("changed")
    }
    kept = [
        one
        for one in preflight["findings"]
        if one["status"] != "error"
        or not (own if one["check"].startswith("execution_role") else one["account_id"] in accounts)
    ]
    return {**preflight, "findings": kept}


def _amis(spec: Result, looks: list[Result]) -> list[Result]:
    """Returns the AMIs that remain after a spec is removed, as leftovers: one for each target that received an AMI.

    :param looks: results of imagebuilder_image_distribution_info from before the configurations were removed. They name
        the AMIs of the newest image.
    """
    newest = {
        target_of(target): target["ami_id"]
        for look in looks
        for target in look.get("targets") or []
        if target.get("ami_id")
    }
    received = [target_of(recipient) for recipient in spec["reported"]["recipients"] if "ami" in recipient["receives"]]
    return [
        {
            "kind": "ami",
            "name": newest.get(target, "AMIs"),
            "arn": None,
            "region": target.region,
            "account_id": target.account_id,
            "reason": "distributed AMIs belong to their users; this one is of the newest image"
            if target in newest
            else "distributed AMIs belong to their users",
            "remedy": None,
        }
        for target in dict.fromkeys(received)
    ]


# -- all steps -----------------------------------------------------------------------------------------------------


def steps(spec: Result, registered: dict[str, Any], before: Result, check_mode: bool = False) -> dict[str, Any]:
    """Returns the results for the report: step -> results.

    :param spec: what the validation returned.
    :param registered: the variables of REGISTERED that exist.
    :param before: what this function returned, with C(key), when another entry point ran earlier in the play.
    :param check_mode: whether the run is in check mode.
    """
    by_step: dict[str, list[Result]] = {}
    for name, value in registered.items():
        by_step.setdefault(REGISTERED[name], []).extend(of_loop(value))
    plans, waves = by_step.pop("rollout_plans", []), by_step.pop("rollout_waves", [])
    if plans:
        done = waves or [plan for plan in plans if plan.get("failed") or plan["wave"]["due"]]
        others = [_live(plan) for plan in plans if not plan.get("failed") and not plan["wave"]["due"]]
        by_step.update(rollout=done, drift=[*by_step.get("drift", []), *others])
    if check_mode:
        by_step["preflight_roles"] = [_without_announced(one, by_step) for one in by_step.get("preflight_roles") or []]
    if spec.get("findings"):
        by_step["preflight"] = [*by_step.get("preflight", []), {"findings": spec["findings"]}]
    if spec["state"] == "absent" and spec["steps"]:
        looks = by_step.pop("drift", [])
        by_step["distribution"] = [*by_step.get("distribution", []), {"leftovers": _amis(spec, looks)}]
    alone = spec["entry_point"] != "main" and before.get("key") == spec["key"]
    kept = before.get("steps") or {} if alone else {}
    return {**kept, **{name: value for name, value in by_step.items() if value}}
