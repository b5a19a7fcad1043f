# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The options of a distribution configuration: the one place that names the fields.

Option names are the names of the Image Builder API in snake_case, one for one. Limits, patterns and
enumerations are not repeated here: they are read from botocore's service model (see constraints.py).
"""

from __future__ import annotations

import difflib
import re
from copy import deepcopy

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

# Written instead of a whole AMI name: sent as "PREFIX {{ imagebuilder:buildDate }}".
NAME_PREFIX = "name_prefix"

DISTRIBUTION_OPTIONS = dict(
    region=dict(type="str", required=True),
    ami_distribution_configuration=dict(
        type="dict",
        mutually_exclusive=[("name", NAME_PREFIX)],
        options=dict(
            name=dict(type="str"),
            name_prefix=dict(type="str"),
            description=dict(type="str"),
            target_account_ids=dict(type="list", elements="str"),
            ami_tags=dict(type="dict", aliases=["tags"]),
            kms_key_id=dict(type="str", no_log=False),
            launch_permission=dict(
                type="dict",
                aliases=["launch_permissions"],
                options=dict(
                    user_ids=dict(type="list", elements="str"),
                    user_groups=dict(type="list", elements="str"),
                    organization_arns=dict(type="list", elements="str"),
                    organizational_unit_arns=dict(type="list", elements="str"),
                ),
            ),
        ),
    ),
    container_distribution_configuration=dict(
        type="dict",
        options=dict(
            description=dict(type="str"),
            container_tags=dict(type="list", elements="str"),
            target_repository=dict(
                type="dict",
                required=True,
                options=dict(
                    service=dict(type="str", required=True),
                    repository_name=dict(type="str", required=True),
                ),
            ),
        ),
    ),
    license_configuration_arns=dict(type="list", elements="str"),
    launch_template_configurations=dict(
        type="list",
        elements="dict",
        options=dict(
            launch_template_id=dict(type="str", required=True),
            account_id=dict(type="str"),
            set_default_version=dict(type="bool", default=True),
        ),
    ),
    s3_export_configuration=dict(
        type="dict",
        options=dict(
            role_name=dict(type="str", required=True),
            disk_image_format=dict(type="str", required=True),
            s3_bucket=dict(type="str", required=True),
            s3_prefix=dict(type="str"),
        ),
    ),
    fast_launch_configurations=dict(
        type="list",
        elements="dict",
        options=dict(
            enabled=dict(type="bool", required=True),
            snapshot_configuration=dict(
                type="dict",
                options=dict(target_resource_count=dict(type="int")),
            ),
            max_parallel_launches=dict(type="int"),
            launch_template=dict(
                type="dict",
                options=dict(
                    launch_template_id=dict(type="str"),
                    launch_template_name=dict(type="str"),
                    launch_template_version=dict(type="str"),
                ),
            ),
            account_id=dict(type="str"),
        ),
    ),
    ssm_parameter_configurations=dict(
        type="list",
        elements="dict",
        options=dict(
            parameter_name=dict(type="str", required=True),
            ami_account_id=dict(type="str"),
            data_type=dict(type="str"),
        ),
    ),
)

CONFIGURATION_OPTIONS = dict(
    state=dict(type="str", choices=["present", "absent"], default="present"),
    name=dict(type="str"),
    distribution_configuration_arn=dict(type="str", aliases=["arn"]),
    description=dict(type="str"),
    distributions=dict(type="list", elements="dict", options=DISTRIBUTION_OPTIONS),
    purge_distributions=dict(type="bool", default=True),
    purge_accounts=dict(type="bool", default=True),
    tags=dict(type="dict", aliases=["resource_tags"]),
    purge_tags=dict(type="bool", default=True),
)

# How one configuration is chosen: exactly one of the two.
SELECTORS = ("name", "distribution_configuration_arn")


def argument_spec(**more):
    """The options of one configuration as an argument spec of its own, with those of C(more) beside them.

    A copy, because AnsibleModule writes into what it is given.
    """
    return {**deepcopy(CONFIGURATION_OPTIONS), **more}


def read(spec, values, path="", **rules):
    """Reads options level by level, so that every problem is found and has its exact path.

    AnsibleModule stops at its first problem and names no list index; this is what the error is made from.

    :param spec: an argument spec, nested C(options) included.
    :param values: what the user gave, not yet validated.
    :param path: the option path of C(values), empty at the top.
    :param rules: C(mutually_exclusive) and C(required_one_of) of this level.
    :returns: (values, problems): the values converted to their types without what is unknown or unreadable;
        problems is a list of texts, each beginning with its option path.
    """
    if not isinstance(values, dict):
        return {}, ["%s: %r is not a map of options" % (path or "options", values)]
    names = _names(spec)
    problems = [
        "%s: %s" % (_join(path, key), _explain_unknown(key, spec)) for key in sorted(set(values) - set(names), key=str)
    ]
    flat = {name: _without_nested(option) for name, option in spec.items()}
    given = {names[key]: value for key, value in values.items() if key in names and value is not None}
    readable = {}
    for name, value in given.items():
        result = ArgumentSpecValidator({name: flat[name]}).validate({name: value})
        if result.error_messages:
            problems.extend("%s: %s" % (_join(path, name), _shorten(text)) for text in result.error_messages)
        else:
            readable[name] = result.validated_parameters[name]
    for name, option in spec.items():
        if option.get("required") and name not in given:
            problems.append("%s: is required" % _join(path, name))
        elif name not in readable and "default" in option:
            readable[name] = option["default"]
    problems.extend(_broken_rules(given, path, **rules))

    for name, option in spec.items():
        if "options" not in option or name not in readable:
            continue
        nested = dict(mutually_exclusive=option.get("mutually_exclusive", ()))
        if option["type"] == "dict":
            readable[name], found = read(option["options"], readable[name], _join(path, name), **nested)
            problems.extend(found)
        else:
            entries = []
            for index, entry in enumerate(readable[name]):
                value, found = read(option["options"], entry, "%s[%d]" % (_join(path, name), index), **nested)
                entries.append(value)
                problems.extend(found)
            readable[name] = entries
    return readable, problems


def _join(path, name):
    return "%s.%s" % (path, name) if path else str(name)


def _names(spec):
    """Every name and alias of a level -> the option's own name."""
    names = {name: name for name in spec}
    for name, option in spec.items():
        names.update({alias: name for alias in option.get("aliases", ())})
    return names


def _without_nested(option):
    ignored = ("options", "required", "default", "mutually_exclusive", "aliases", "no_log", "fallback")
    flat = {key: value for key, value in option.items() if key not in ignored}
    if flat.get("elements") == "dict":
        flat["elements"] = "raw"
    return flat


def _shorten(text):
    """Ansible's type errors name the option without its place; our path stands in front already."""
    return re.sub(r"^(?:argument|Elements value for option) '[^']+' (?:is )?", "", text)


def _broken_rules(given, path, mutually_exclusive=(), required_one_of=()):
    for group in mutually_exclusive:
        both = [name for name in group if name in given]
        if len(both) > 1:
            yield "%s: use one of them, not both" % " and ".join(_join(path, name) for name in both)
    for group in required_one_of:
        if not any(name in given for name in group):
            yield "%s: one of these is required" % " or ".join(_join(path, name) for name in group)


def _explain_unknown(key, spec):
    """What is wrong with a key that nobody knows, and which one was probably meant."""
    # A list in camelCase is the API's own spelling.
    snake = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", str(key)).lower()
    here = _names(spec)
    if snake in here:
        return "unknown option, write it as %s" % here[snake]
    places = list(_places(CONFIGURATION_OPTIONS))
    elsewhere = sorted({place for place, name in places if name == snake})
    if elsewhere:
        return "unknown option in this place, it belongs at %s" % " or ".join(elsewhere)
    near = difflib.get_close_matches(snake, here, n=1)
    if near:
        return "unknown option, did you mean %s?" % near[0]
    near = difflib.get_close_matches(snake, {name for dummy, name in places}, n=1, cutoff=0.75)
    if near:
        return "unknown option, did you mean %s?" % " or ".join(
            sorted(place for place, name in places if name == near[0])
        )
    return "unknown option; known here: %s" % ", ".join(sorted(spec))


def _places(spec, path=""):
    """(path, name) of every option and alias below C(spec)."""
    for alias, name in _names(spec).items():
        place = _join(path, name)
        yield place, alias
        option = spec[name]
        if alias == name and "options" in option:
            yield from _places(option["options"], place + ("[]" if option["type"] == "list" else ""))
