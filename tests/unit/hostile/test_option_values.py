"""Every option of every module with absurd values: each is an error that names the option, or accepted; never a crash.

The options come from the argument specs that the modules pass to Ansible, so that a new option is covered.
"""

from __future__ import annotations

import importlib
import json

import pytest

from tests.unit import shapes
from tests.unit.hostile import offline
from tests.unit.hostile.values import as_sent
from tests.unit.hostile.values import VALUES
from tests.unit.hostile.violations import configurations
from tests.unit.hostile.violations import replaced

ARN = "arn:aws:imagebuilder:us-west-2:123456789012:"
CONFIGURATION = ARN + "distribution-configuration/web-image"
TARGETS = {
    "target_account_role_name": "Audit",
    "target_account_external_id": "0123",
    "target_account_roles": {"111122223333": "arn:aws:iam::111122223333:role/Audit"},
    "workers": 3,
}
PRIVATE = {
    "name": "web-image",
    "distributions": [{"region": "us-west-2", "ami_distribution_configuration": {"name_prefix": "web"}}],
}
SPEC = {
    "state": "present",
    "spec_id": "web",
    "source_kms_key_arns": ["arn:aws:kms:us-west-2:123456789012:alias/web"],
    "tags": {"Team": "web"},
    "purge": False,
    "release": ["old-image"],
}
WAVE = {"wave": {"number": 1, "of": 2, "regions": ["us-west-2"]}, "other_target_accounts": ["111122223333"]}


# Values that an option of a type cannot have. The others may be valid, which the model and AWS decide.
NOT_LISTS = {"map", "map of nulls", "empty map", "on", "no", "exponent with a point", "version", "not a number"}
NOT_TEXTS = NOT_LISTS | {"list", "list of nulls", "list of maps", "empty list", "too deep"}
NOT_NUMBERS = NOT_TEXTS - {"exponent with a point"} | {"text", "unrendered", "empty text", "too long", "beyond ASCII"}
WRONG = {
    "str": NOT_TEXTS,
    "int": NOT_NUMBERS | {"date", "time"},
    "bool": set(VALUES) - {"null", "on", "no"},
    "list": NOT_LISTS,
    "dict": set(VALUES) - {"null", "map", "map of nulls", "empty map"},
}
WRONG_ITEMS = {
    "str": {"list", "list of nulls", "list of maps", "too deep"},
    "dict": set(VALUES) - {"null", "empty list"},
}


def samples(service_model):
    """Valid options of each module that together use all its options."""
    shape = service_model.operation_model("CreateDistributionConfiguration").input_shape
    bodies = [
        {shapes.snake(key): shapes.options(shape.members[key], value) for key, value in body.items()}
        for body in configurations(service_model)
    ]
    name_path = ("distributions", 0, "ami_distribution_configuration", "name")
    prefixed = replaced(bodies[1], name_path, None)
    prefixed["distributions"][0]["ami_distribution_configuration"]["name_prefix"] = "web"
    entries = {"distributions": prefixed["distributions"]}
    # This module rejects what a rollout would fail on before anything is read, so the options of entries are not tried.
    carried_out = {"distributions": [{"region": "us-west-2", "ami_distribution_configuration": {"name_prefix": "web"}}]}
    switches = {"state": "present", "purge_distributions": True, "purge_accounts": True, "purge_tags": True}
    return {
        "imagebuilder_distribution": [
            {**bodies[0], **switches},
            {**prefixed, **switches, "name": None, "distribution_configuration_arn": CONFIGURATION},
        ],
        "imagebuilder_distribution_set": [
            {
                "distribution_configurations": [{**bodies[0], **switches, "date_created": "", "date_updated": ""}],
                "ownership_tags": {"Team": "platform"},
                "purge": True,
                "purge_limit": 3,
                "workers": 3,
            },
            {
                "distribution_configurations": [PRIVATE],
                "spec_id": "web",
                "release": ["old-image"],
                "allow_public": True,
            },
        ],
        "imagebuilder_execution_role": [
            {
                "name": "image-distribution",
                "use": "pipeline",
                "path": "/images/",
                "permissions_boundary": "arn:aws:iam::123456789012:policy/Boundary",
                "log_group": "/web",
                "launch_template_role_arns": ["arn:aws:iam::123456789012:role/instance"],
                "workers": 3,
                "distribution_configurations": [bodies[0]],
                **SPEC,
            },
            {"name": "image-distribution", "adopt": False, **entries, **SPEC},
        ],
        "imagebuilder_cross_account_role": [
            {
                "accounts": ["111122223333"],
                "trust": "execution_roles",
                "execution_role_arns": ["image-distribution"],
                "trust_policy_limit": 4096,
                "distribution_configurations": [bodies[0]],
                **SPEC,
                **TARGETS,
            },
            {**entries, **SPEC, **TARGETS},
        ],
        "imagebuilder_distribution_info": [
            {"name": "web-image", "details": True, "pipelines": True},
            {"distribution_configuration_arn": CONFIGURATION},
            {"filters": {"name": ["web*"]}},
        ],
        "imagebuilder_distribution_preflight_info": [
            {
                "name": "web-image",
                "execution_role": "web",
                "source_image": "ami-0123456789abcdef0",
                "checks": "roles",
                **entries,
                **TARGETS,
            },
            {"distribution_configuration_arn": CONFIGURATION},
            {"distribution_configurations": [bodies[0]]},
        ],
        "imagebuilder_image_distribution": [
            {
                "source_image": "ami-0123456789abcdef0",
                "name": "web-image",
                "execution_role": "web",
                "tags": {"Team": "web"},
                "logging_configuration": {"log_group_name": "/web"},
                "state": "distributed",
                "on_failed": "retry",
                "force": False,
                "wait": True,
                "wait_timeout": 60,
                "wait_delay": 5,
                "progress": True,
            },
            {"distribution_configuration_arn": CONFIGURATION, "image_build_version_arn": ARN + "image/web/1.0.0/1"},
            {
                "source_image": "ami-0123456789abcdef0",
                "name": "web-image",
                "execution_role": "web",
                "wave": {"number": 1, "of": 2, "regions": ["us-west-2"], "after": ["eu-west-1"]},
                "other_target_accounts": ["111122223333"],
                **carried_out,
                **TARGETS,
            },
        ],
        "imagebuilder_image_distribution_info": [
            {"name": "web-image", **WAVE, **TARGETS},
            {"distribution_configuration_arn": CONFIGURATION},
            {"image_build_version_arn": ARN + "image/web/1.0.0/1"},
        ],
        "imagebuilder_image_distribution_repair": [
            {"name": "web-image", **WAVE, **TARGETS},
            {"distribution_configuration_arn": CONFIGURATION},
            {"image_build_version_arn": ARN + "image/web/1.0.0/1"},
        ],
        "imagebuilder_image_retention": [
            {
                "name": "web-image",
                "keep": 3,
                "action": "delete",
                "execution_role": "web",
                "waves": True,
                "retire_limit": 3,
                "wait": True,
                "wait_timeout": 60,
                "wait_delay": 5,
                **TARGETS,
            },
            {"distribution_configuration_arn": CONFIGURATION, "keep": 3, "execution_role": "web"},
        ],
        "imagebuilder_pipeline_attachment": [
            {
                "image_pipeline_arn": ARN + "image-pipeline/nightly",
                "distribution_configuration_arn": CONFIGURATION,
                "execution_role": "web",
            }
        ],
    }


# The same code reads the contents of these as in the first two modules, where they are tried.
TRIED_ELSEWHERE = {
    "imagebuilder_distribution_preflight_info": {"distributions", "distribution_configurations"},
    "imagebuilder_execution_role": {"distributions", "distribution_configurations"},
    "imagebuilder_cross_account_role": {"distributions", "distribution_configurations"},
    "imagebuilder_image_distribution": {"distributions"},
}

# Options that exist only for passing results back are ignored.
READ_BACK = {"date_created", "date_updated", "pipelines", "regions", "arn"}


def spec_of(name, monkeypatch):
    """The argument spec that a module passes to Ansible."""
    module = importlib.import_module(f"{offline.PLUGINS}.modules.{name}")

    class Stop(Exception):
        pass

    def note(self, argument_spec, **_more):
        raise Stop(argument_spec)

    with monkeypatch.context() as patched:
        patched.setattr(module.GoldimageModule, "__init__", note)
        with pytest.raises(Stop) as stopped:
            module.main()
    return stopped.value.args[0]


def options_in(spec, value, path=()):
    """(path, option) of every option in a value."""
    for name, option in spec.items():
        if name not in value or value[name] is None:
            continue
        here = (*path, name)
        yield here, option
        if "options" in option:
            inner = value[name]
            if option["type"] == "list":
                here, inner = (*here, 0), inner[0]
            yield from options_in(option["options"], inner, here)


def must_be_refused(option, name):
    """Whether a value is wrong regardless of the model."""
    kind = option.get("type", "str")
    if name == "null":
        return bool(option.get("required"))
    if "choices" in option and name not in ("null",):
        return True
    if kind == "list":
        return name in WRONG["list"] or name in WRONG_ITEMS.get(option.get("elements"), ())
    return name in WRONG[kind]


@pytest.mark.current_botocore
@pytest.mark.parametrize(
    "module",
    [
        "imagebuilder_cross_account_role",
        "imagebuilder_distribution",
        "imagebuilder_distribution_info",
        "imagebuilder_distribution_preflight_info",
        "imagebuilder_distribution_set",
        "imagebuilder_execution_role",
        "imagebuilder_image_distribution",
        "imagebuilder_image_distribution_info",
        "imagebuilder_image_distribution_repair",
        "imagebuilder_image_retention",
        "imagebuilder_pipeline_attachment",
    ],
)
def test_no_value_of_any_option_crashes_a_module(module, service_model, monkeypatch):
    offline.go_offline(monkeypatch)
    spec = spec_of(module, monkeypatch)
    tried, wrong = set(), []
    for options in samples(service_model)[module]:
        assert offline.run(module, options, monkeypatch).operation, offline.run(module, options, monkeypatch).message
        for path, option in options_in(spec, options):
            if path in tried or path[-1] in READ_BACK:
                continue
            if len(path) > 1 and path[0] in TRIED_ELSEWHERE.get(module, ()):
                continue
            tried.add(path)
            option_path = shapes.option_path(path)
            for name, value in VALUES.items():
                value = as_sent(value)
                changed = _with_null(options, path) if value is None else replaced(options, path, value)
                ended = offline.run(module, changed, monkeypatch)
                refused = bool((ended.result or {}).get("failed"))
                if offline.crashed(ended):
                    wrong.append(
                        f"{option_path} {name}: crashed: {ended.message[:300]} {ended.result.get('exception')}"
                    )
                # If one of several is required, the error names the first of them.
                elif refused and value is not None and not offline.names(ended, option_path):
                    wrong.append(f"{option_path} {name}: not named: {ended.message[:300]}")
                elif not refused and must_be_refused(option, name):
                    wrong.append(f"{option_path} {name}: taken")
                elif len(ended.message) > 4000:
                    wrong.append(f"{option_path} {name}: says {len(ended.message)} characters")
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong)
    # Everything in the spec was tried, except what is only passed back.
    assert {path[0] for path in tried} == set(spec) - READ_BACK


def test_every_module_is_tried(service_model, root):
    # The options of the role's own action are tried with the variables of the role.
    modules = {path.stem for path in (root / "plugins" / "modules").glob("*.py")} - {"distribution_rollout"}
    assert set(samples(service_model)) == modules


def _with_null(options, path):
    copy = json.loads(json.dumps(options))
    parent = copy
    for part in path[:-1]:
        parent = parent[part]
    parent[path[-1]] = None
    return copy
