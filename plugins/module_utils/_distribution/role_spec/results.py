# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the steps of the role distribution_rollout registered -> whether the next one may begin, and what to report."""

from __future__ import annotations

from typing import Any

from ..targets import target_of

Result = dict[str, Any]

# The variable that a task registers -> the step of the report that it tells of.
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
    """The results of a module, each with the C(configuration) and C(wave) that it is of, where there are such.

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
        # A look at what one rollout has done, which itself has the loop's configuration.
        if name.startswith("__distribution_rollout") and isinstance(value, dict) and "ansible_loop_var" in value:
            names["configuration"] = _named(value).get("configuration")
    # The module says of a wave itself which it is.
    return {"item": item, **{name: value for name, value in names.items() if value is not None}, **result}


# -- the preflight -------------------------------------------------------------------------------------------------


def preflight_findings(registered: Any) -> list[Result]:
    """What a preflight found with all configurations."""
    return [one for result in of_loop(registered) for one in result.get("findings") or []]


def error_lines(findings: list[Result]) -> list[str]:
    """The errors of a preflight, a line each."""
    return [
        f"{', '.join(_target_words(one)) or 'everywhere'}: {one['message']}. {one['remedy']}. [{one['check']}]"
        for one in findings
        if one["status"] == "error"
    ]


def pipeline_notes(findings: list[Result]) -> list[str]:
    """Which pipelines use the configurations, a line each. Warnings stand in the summary."""
    used = [one for one in findings if (one["check"], one["status"]) == ("pipelines", "ok")]
    return [f"Note: {one['message']}" for one in used if not one["message"].startswith("no pipeline")]


def _target_words(finding: Result) -> list[str]:
    return [finding[name] for name in ("region", "account_id") if finding.get(name)]


# -- waves ---------------------------------------------------------------------------------------------------------


def due(plans: list[Result], check_mode: bool, has_check: bool) -> Result:
    """Which waves are to be distributed, in their order.

    What was out before this run is checked before anything follows it, and otherwise left alone. While such a wave has
    drifted nothing is begun.

    :param plans: what the module says of each wave in check mode; C(item) is the wave.
    :param has_check: whether there is a check of the user's own.
    :returns: C(waves): what the loop had for those that are due, with C(source_image), and C(check_before) and
        C(check_after), lists of waves; none in check mode. Or C(failed) and C(msg).
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
            # Resolved once: a parameter may name another image by the time of a later wave.
            source = {"source_image": plans[0]["source_image"]}
            waves.append({**plan["item"], **source, "check_before": unchecked, "check_after": told})
        unchecked = [] if plan["wave"]["due"] else [*unchecked, *told]
    return {"waves": [] if check_mode else waves}


def check_text(wave: Result, failed: Result) -> str:
    """What to say when the user's own check of a wave failed."""
    where = f'The check of {wave["name"]} failed at "{failed["task"]}"'
    return f"{where}, so nothing after it was started: {failed['msg']}"


def _live(plan: Result) -> Result:
    """What a plan of a wave says is live, in the form of a look at it."""
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
    """A preflight of IAM roles without errors of those that a real run would set up first."""
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
    """The AMIs that stay where a spec is taken away: a row for each Region and account that received one.

    :param looks: what imagebuilder_image_distribution_info said before the configurations were removed; then it knew
        which AMIs are of the newest image.
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
    """What the report is made of: step -> results.

    :param spec: what the validation returned.
    :param registered: the variables of REGISTERED that are there.
    :param before: what this returned, and C(key), when another step of the play was run alone.
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
