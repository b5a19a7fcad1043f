"""Every constraint of the service model, broken one at a time: the error names the option, before any request.

The cases come from the installed botocore's model, so that a new field is covered at once.
"""

from __future__ import annotations

import re

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution import versions

from tests.unit import shapes
from tests.unit.hostile import offline
from tests.unit.hostile.violations import breaking
from tests.unit.hostile.violations import configurations
from tests.unit.hostile.violations import violations

ARN = "arn:aws:imagebuilder:us-west-2:123456789012:"
IMAGE = ARN + "image/web/1.0.0/1"
PIPELINE = ARN + "image-pipeline/nightly"
CONFIGURATION = ARN + "distribution-configuration/web-image"

ROLLOUT = {"source_image": "ami-0123456789abcdef0", "name": "web-image", "execution_role": "web"}

# Options that are a member of one operation: module -> valid options, and option path -> (operation, path of the
# member).
SINGLE = {
    "imagebuilder_distribution": (
        {"distribution_configuration_arn": CONFIGURATION},
        {"distribution_configuration_arn": ("GetDistributionConfiguration", ("distributionConfigurationArn",))},
    ),
    "imagebuilder_distribution_info": (
        {"filters": {"name": ["web"]}},
        {"filters.name": ("ListDistributionConfigurations", ("filters", 0, "values"))},
    ),
    "imagebuilder_image_distribution": (
        {**ROLLOUT, "tags": {"Team": "web"}, "logging_configuration": {"log_group_name": "/web"}},
        {
            "source_image": ("DistributeImage", ("sourceImage",)),
            "execution_role": ("DistributeImage", ("executionRole",)),
            "tags": ("DistributeImage", ("tags",)),
            "logging_configuration.log_group_name": ("DistributeImage", ("loggingConfiguration", "logGroupName")),
        },
    ),
    "imagebuilder_image_distribution_info": (
        {"image_build_version_arn": IMAGE},
        {"image_build_version_arn": ("CancelImageCreation", ("imageBuildVersionArn",))},
    ),
    "imagebuilder_pipeline_attachment": (
        {"image_pipeline_arn": PIPELINE, "distribution_configuration_arn": CONFIGURATION, "execution_role": "web"},
        {
            "image_pipeline_arn": ("UpdateImagePipeline", ("imagePipelineArn",)),
            "distribution_configuration_arn": ("UpdateImagePipeline", ("distributionConfigurationArn",)),
            "execution_role": ("UpdateImagePipeline", ("executionRole",)),
        },
    ),
    "imagebuilder_distribution_preflight_info": (
        {"name": "web-image", "execution_role": "web"},
        {
            "name": ("CreateDistributionConfiguration", ("name",)),
            "execution_role": ("DistributeImage", ("executionRole",)),
        },
    ),
}

TAG_KEYS_KNOWN = versions.is_installed(versions.WIDENED["TagKey"])

# Members of DistributeImage that the module sets itself, or that are checked with the configuration.
NO_OPTIONS = {"clientToken", "distributionConfigurationArn"}


@pytest.fixture(scope="module")
def model_violations(service_model):
    """Every violation of one configuration, and its option."""
    shape = service_model.operation_model("CreateDistributionConfiguration").input_shape
    bodies = list(configurations(service_model))
    known = {(violation.path, violation.kind): violation for body in bodies for violation in violations(shape, body)}
    return [
        (violation, _options(shape, violation.body), _option_path(violation))
        for violation in known.values()
        # An empty description or map removes the old one. Removing the whole list is not a violation.
        if (violation.path, violation.kind)
        not in [(("description",), "too short"), (("clientToken",), "missing"), (("distributions",), "missing")]
        # AWS accepts more tag keys than an old botocore knows, and judges them itself.
        and (TAG_KEYS_KNOWN or not violation.kind.startswith(("key pattern", "key line break")))
    ]


def _options(shape, body):
    given = {member: body[member] for member in body}
    return {shapes.snake(member): shapes.options(shape.members[member], value) for member, value in given.items()}


def _option_path(violation):
    if violation.kind == "missing" and violation.path == ("name",):
        return "name"
    return violation.option


# The options of one configuration -> those of each module that accepts them, and the prefix of their paths.
MODULES = {
    "imagebuilder_distribution": (lambda options: options, ""),
    "imagebuilder_distribution_set": (
        lambda options: {"distribution_configurations": [{**options}]},
        "distribution_configurations[0].",
    ),
    "imagebuilder_distribution_preflight_info": (lambda options: {"distributions": options["distributions"]}, ""),
    "imagebuilder_image_distribution": (
        lambda options: {
            **{name: options[name] for name in ("name", "distributions") if name in options},
            "source_image": "ami-0123456789abcdef0",
            "execution_role": "web",
        },
        "",
    ),
}


# An old botocore cannot distribute images.
NEWER = {"imagebuilder_image_distribution": pytest.mark.current_botocore}
EACH_MODULE = [pytest.param(name, marks=NEWER.get(name, ())) for name in MODULES]


@pytest.mark.parametrize("module", EACH_MODULE)
def test_the_error_names_the_option_of_each_constraint_before_any_request(module, model_violations, monkeypatch):
    offline.go_offline(monkeypatch)
    options_of, prefix = MODULES[module]
    wrong, tried = [], 0
    for violation, options, option_path in model_violations:
        if option_path.split(".")[0].split("[")[0] not in options_of(options) and not prefix:
            continue
        tried += 1
        if violation.kind == "line break at the end" and re.search(r"(ids|arns)\[0\]$", option_path):
            # A line of a file is read as the id in it.
            continue
        ended = offline.run(module, options_of(options), monkeypatch)
        if not offline.names(ended, prefix + option_path) or offline.crashed(ended):
            wrong.append(f"{violation.kind} at {option_path}: {ended.operation or ended.message}")
    assert not wrong, "\n".join(wrong)
    assert tried > 80


@pytest.mark.parametrize("module", EACH_MODULE)
def test_valid_options_with_every_member_are_accepted(module, service_model, monkeypatch):
    offline.go_offline(monkeypatch)
    shape = service_model.operation_model("CreateDistributionConfiguration").input_shape
    for body in configurations(service_model):
        if module == "imagebuilder_image_distribution":
            # What a rollout would fail on is an error here before anything is read, elsewhere only if it is new.
            body = {**body, "distributions": shapes.compatible(body["distributions"])}
        ended = offline.run(module, MODULES[module][0](_options(shape, body)), monkeypatch)
        assert ended.operation == "GetCallerIdentity", ended.message


@pytest.mark.current_botocore
@pytest.mark.parametrize("module", SINGLE)
def test_the_error_names_the_option_of_each_constraint_of_other_options(module, service_model, monkeypatch):
    offline.go_offline(monkeypatch)
    valid, members = SINGLE[module]
    assert offline.run(module, valid, monkeypatch).operation
    wrong, tried = [], 0
    for option, (operation, path) in members.items():
        shape = service_model.operation_model(operation).input_shape
        for part in path:
            shape = shape.member if isinstance(part, int) else shape.members[part]
        parts = tuple(option.split("."))
        value = valid
        for part in parts:
            value = value[part]
        for kind, bad in breaking(shape, value):
            options = dict(valid)
            if len(parts) == 2:
                options[parts[0]] = {parts[1]: bad}
            else:
                options[option] = bad
            ended = offline.run(module, options, monkeypatch)
            tried += 1
            # An empty text detaches the configuration from a pipeline.
            if kind == "too short" and module == "imagebuilder_pipeline_attachment":
                continue
            if not offline.names(ended, option) or offline.crashed(ended):
                wrong.append(f"{kind} at {option}: {ended.operation or ended.message}")
    assert not wrong, "\n".join(wrong)
    assert tried


@pytest.mark.current_botocore
def test_every_member_of_a_rollout_is_tried(service_model):
    members = set(service_model.operation_model("DistributeImage").input_shape.members) - NO_OPTIONS
    tried = {path[0] for operation, path in SINGLE["imagebuilder_image_distribution"][1].values()}
    assert tried == members
