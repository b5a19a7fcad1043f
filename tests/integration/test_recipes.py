"""The recipes of the guide that change a spec, step by step."""

from __future__ import annotations

from typing import Any

from tests.integration.role_world import include
from tests.world import HOME
from tests.world import SOURCE
from tests.world import WEST
from tests.world import World

ARN = f"arn:aws:imagebuilder:{HOME}:{SOURCE}:distribution-configuration"
TAG = f"goldimage.aws:spec=web/{SOURCE}/{HOME}"


def runs(steps: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Tasks that run the role once for each step; `NAME result` is its result, even after an error."""
    tasks = []
    for name, spec in steps.items():
        role, shown = include(**spec)
        result = {**shown, "name": f"{name} result"}
        failed = {"name": f"{name} failed", "ansible.builtin.debug": {"msg": "{{ ansible_failed_result.msg }}"}}
        tasks.append({"name": name, "block": [role, result], "rescue": [failed]})
    return tasks


def test_rename_a_configuration_that_a_pipeline_uses(ansible, aws):
    world = World(aws)
    pipeline = world.pipeline()
    spec = {
        "spec_id": "web",
        "region": HOME,
        "defaults": {"ami_distribution_configuration": {"name_prefix": "web"}},
        "regions": [HOME, WEST],
        "pipelines": [pipeline],
    }
    old, new = {**spec, "name": "web-image"}, {**spec, "name": "web-server"}
    ansible.playbook(include(**old))
    assert world.configurations() == ["web-image"]

    aws.clear_requests()
    preview = ansible.playbook(include(**new, purge=True), "--check")
    assert world.writes() == []
    announced = preview["Result"]["distribution_rollout_result"]

    run = ansible.playbook(
        runs(
            {
                "Stops": new,
                "Renames": {**new, "purge": True},
                "Removes": {**new, "purge": True},
                "Unchanged": new,
            }
        )
    )
    said = run["Stops failed"]["msg"]
    assert f"have the tag {TAG}, and this run does not list them: web-image ({ARN}/web-image)" in " ".join(said.split())
    assert run.results("Stops result") == []

    # The pipeline still uses the old one, so the old one is kept, and the pipeline gets the new one.
    renamed = run["Renames result"]["distribution_rollout_result"]
    actions = {one["name"]: one["action"] for one in renamed["configurations"]}
    assert actions == {"web-server": "created", "web-image": "kept"}
    assert {one["name"]: one["action"] for one in announced["configurations"]} == actions
    (kept,) = [one for one in renamed["configurations"] if one["action"] == "kept"]
    assert pipeline in kept["error"]
    assert [one["changed"] for one in renamed["pipelines"]] == [True]

    removed = run["Removes result"]["distribution_rollout_result"]
    actions = {one["name"]: one["action"] for one in removed["configurations"]}
    assert actions == {"web-server": "unchanged", "web-image": "deleted"}
    assert run["Unchanged result"]["distribution_rollout_result"]["changed"] is False
    assert world.configurations() == ["web-server"]
    found = aws.client("imagebuilder").get_image_pipeline(imagePipelineArn=pipeline)["imagePipeline"]
    assert found["distributionConfigurationArn"] == f"{ARN}/web-server"
