"""The preflight playbook: it reports all findings, also when it fails."""

from __future__ import annotations

from tests.world import HOME
from tests.world import SOURCE
from tests.world import WEST
from tests.world import World


def test_errors_are_reported_and_nothing_is_written(ansible, aws, tmp_path):
    world = World(aws)
    pipeline = world.pipeline()
    used = aws.client("imagebuilder").create_distribution_configuration(
        name="web",
        distributions=[{"region": HOME, "amiDistributionConfiguration": {"amiTags": {"a": "b"}}}],
    )["distributionConfigurationArn"]
    aws.client("imagebuilder").update_image_pipeline(
        imagePipelineArn=pipeline,
        imageRecipeArn=f"arn:aws:imagebuilder:{HOME}:{SOURCE}:image-recipe/web/1.0.0",
        infrastructureConfigurationArn=f"arn:aws:imagebuilder:{HOME}:{SOURCE}:infrastructure-configuration/web",
        distributionConfigurationArn=used,
    )
    missing = f"arn:aws:kms:{WEST}:{SOURCE}:alias/now|here"
    spec = {
        "spec_id": "web",
        "region": HOME,
        "regions": {HOME: None, WEST: {"ami_distribution_configuration": {"kms_key_id": missing}}},
        "defaults": {"ami_distribution_configuration": {"name_prefix": "web"}},
        # The folder in which ansible-playbook is started.
        "report_dir": "reports",
    }
    aws.clear_requests()
    run = ansible.playbook(
        "goldimage.aws.preflight",
        variables={f"distribution_rollout_{name}": value for name, value in spec.items()},
        rc=2,
    )
    assert world.writes() == []
    role = "goldimage.aws.distribution_rollout : "
    assert "does not exist" in run[f"{role}Stop at errors"]["msg"]
    # Which pipelines a change will touch.
    (note,) = [line for line in run.stdout.splitlines() if line.startswith("Note")]
    assert pipeline in note

    path = tmp_path / "ansible" / "reports" / f"web-{HOME}-{SOURCE}-preflight.md"
    assert f"### web, {WEST}, account {SOURCE}" in path.read_text()
    (row,) = [line for line in path.read_text().splitlines() if line.startswith("- What happened:")]
    assert "alias/now\\|here" in row
    page = path.with_suffix(".html").read_text()
    assert f"alias/now|here does not exist in {WEST}" in page
    assert "Create the key or its alias" in page
    assert run.custom_stats["distribution_rollout"][SOURCE][HOME]["web"]["errors"] == 1
