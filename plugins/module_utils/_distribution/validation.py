# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWS would refuse, found without AWS.

First botocore's own model of the service (required members, lengths, patterns, enumerations), of which
botocore itself checks only a part; then the rules of the service that stand in no model.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .arns import parse
from .arns import region_of
from .configuration.conversion import BUILD_DATE
from .configuration.conversion import placeholders_unified
from .configuration.conversion import snake
from .options import NAME_PREFIX
from .options import shown
from .versions import newer_botocore

# EC2 EnableFastLaunch takes no fewer; the Image Builder model says 1.
MINIMUM_PARALLEL_LAUNCHES = 6

# The members of an entry that AWS counts as an output of a Region.
_NOT_AN_OUTPUT = "region"


class Problem(NamedTuple):
    """One thing that AWS would refuse, or probably not do as meant.

    C(kept): whether AWS may hold it all the same, and nothing is to be said against leaving it as it is.
    """

    path: str
    value: object
    text: str
    kept: bool = False

    def __str__(self):
        value = "" if self.value is None else f" {shown(self.value)}:"
        return f"{self.path}:{value} {self.text}"


def problems(wanted, service_model, path="", arn_region=None):
    """Everything that AWS is known to refuse in one configuration.

    :param wanted: one configuration, its C(distributions) in API form (None where not given).
    :param service_model: botocore's ServiceModel of imagebuilder.
    :param path: what to put before each option path, for example C(distribution_configurations[3]).
    :param arn_region: the Region that is asked; an ARN of another one is refused.
    :returns: a list of Problem.
    """
    shape = service_model.operation_model("CreateDistributionConfiguration").input_shape
    prefix = path + "." if path else ""
    found = []
    if wanted.get("name") is not None:
        found += value_problems(shape.members["name"], wanted["name"], prefix + "name")
    arn = wanted.get("distribution_configuration_arn")
    if arn is not None:
        found += _arn_problems(arn, service_model, prefix, arn_region)
    if wanted.get("state") == "absent":
        return found
    if wanted.get("description"):
        found += value_problems(shape.members["description"], wanted["description"], prefix + "description")
    if wanted.get("tags"):
        found += value_problems(shape.members["tags"], wanted["tags"], prefix + "tags")
    if wanted.get("distributions") is not None:
        found += distribution_problems(wanted["distributions"], service_model, prefix + "distributions")
    return found


def distribution_problems(distributions, service_model, path="distributions"):
    """As problems(), for C(distributions) in API form alone."""
    shape = service_model.operation_model("CreateDistributionConfiguration").input_shape.members["distributions"]
    found = []
    if not distributions:
        found.append(Problem(path, distributions, "at least one Region is needed; to remove all, use state: absent"))
    found += value_problems(shape, distributions, path)
    found += _regions_twice(distributions, path)
    for index, entry in enumerate(distributions):
        found += _entry_problems(entry, f"{path}[{index}]")
    return found


def warnings(distributions, home_region, account_id, path="distributions", kept_regions=()):
    """What AWS may take but will probably not do as meant.

    :param distributions: entries in API form, as they will stand: with what the purge options keep in them.
    :param home_region: the Region whose Image Builder is asked.
    :param account_id: the account that asks.
    :param path: the option path of C(distributions).
    :param kept_regions: the Regions of the entries that stay beside these.
    :returns: a list of Problem.
    """
    found = []
    for index, entry in enumerate(distributions):
        found += _entry_warnings(entry, f"{path}[{index}]", home_region, account_id)
    if distributions and home_region not in [*kept_regions, *(entry.get("region") for entry in distributions)]:
        found += _without_home(distributions, home_region, path)
    return found


def _without_home(distributions, home_region, path):
    """The first thing in other Regions that AWS asks an entry of the home Region for."""
    for index, entry in enumerate(distributions):
        if entry.get("launchTemplateConfigurations"):
            option = "launch_template_configurations"
        elif entry.get("amiDistributionConfiguration", {}).get("targetAccountIds"):
            option = "ami_distribution_configuration.target_account_ids"
        else:
            continue
        text = (
            f"the home Region {home_region} has no entry; AWS asks for one there when other Regions have launch"
            " templates or target accounts"
        )
        return [Problem(f"{path}[{index}].{option}", None, text)]
    return []


def show_prefixes(found, distributions, path="distributions"):
    """Says C(name_prefix) instead of C(name) where the user wrote that.

    :param found: a list of Problem.
    :param distributions: the option as given.
    """
    renamed = {}
    for index, entry in enumerate(distributions or []):
        block = entry.get("ami_distribution_configuration") if isinstance(entry, dict) else None
        if isinstance(block, dict) and block.get(NAME_PREFIX) is not None:
            place = f"{path}[{index}].ami_distribution_configuration."
            renamed[place + "name"] = place + NAME_PREFIX
    return [problem._replace(path=renamed.get(problem.path, problem.path)) for problem in found]


def in_order(unreadable, found):
    """All that is wrong with some options, in the order of their places.

    :param unreadable: (option path, text) of what could not even be read; from options.read().
    :param found: a list of Problem of what could.
    :returns: a list of Problem.
    """
    # What is missing or wrong because a part could not be read has been said already.
    named = [path for path, dummy in unreadable]
    rest = [problem for problem in found if not any(_within(path, problem.path) for path in named)]
    return sorted([Problem(path, None, text) for path, text in unreadable] + rest, key=_place)


def _within(path, place):
    """Whether an option path is a place or lies below it."""
    return path == place or path.startswith((place + ".", place + "["))


def _place(problem):
    return [int(part) if part.isdigit() else -1 for part in re.split(r"[\[\].]", problem.path)], problem.path


# -- the model ---------------------------------------------------------------------------------------------------


def value_problems(shape, value, path):
    """The problems of one value in API form against its shape in botocore's model, as a list of Problem."""
    if value is None:
        return []
    checks = {
        "structure": _structure,
        "list": _list,
        "map": _map,
        "string": _string,
        "integer": _number,
    }
    check = checks.get(shape.type_name)
    return list(check(shape, value, path)) if check else []


def _structure(shape, value, path):
    for member in value:
        if member not in shape.members:
            yield Problem(
                f"{path}.{snake(member)}",
                None,
                "the installed botocore does not know this field of the Image Builder API yet; install"
                f" {newer_botocore(snake(member))}",
            )
    for member in shape.required_members:
        if member not in value:
            yield Problem(f"{path}.{snake(member)}", None, "is required")
    for member, content in value.items():
        if member in shape.members:
            yield from value_problems(shape.members[member], content, f"{path}.{snake(member)}")


def _list(shape, value, path):
    yield from _size(shape, len(value), value if len(value) < 5 else None, path, "entries")
    for index, item in enumerate(value):
        yield from value_problems(shape.member, item, f"{path}[{index}]")


def _map(shape, value, path):
    yield from _size(shape, len(value), None, path, "entries")
    for key, content in value.items():
        # A key may hold dots, so the path shows it as it was written.
        yield from value_problems(shape.key, key, f"{path}[{key!r}] (its key)")
        yield from value_problems(shape.value, content, f"{path}[{key!r}]")


def _string(shape, value, path):
    if not isinstance(value, str):
        yield Problem(path, value, "must be a text")
        return
    if shape.enum and value not in shape.enum:
        yield Problem(path, value, "must be one of {}".format(", ".join(shape.enum)))
    if _too_short_or_long(shape, len(value)):
        yield from _size(shape, len(value), value, path, "characters")
    elif "pattern" in shape.metadata and not re.compile(
        # AWS knows no white space but ASCII's here.
        shape.metadata["pattern"],
        re.ASCII,
    ).fullmatch(value):
        yield Problem(path, value, _explain_pattern(shape, value))


def _number(shape, value, path):
    yield from _size(shape, value, value, path, "")


def _too_short_or_long(shape, size):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    return (low is not None and size < low) or (high is not None and size > high)


def _size(shape, size, value, path, unit):
    if not _too_short_or_long(shape, size):
        return
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    bounds = f"at least {low}" if high is None else f"at most {high}" if low is None else f"{low} to {high}"
    if unit == "characters" and size == 0:
        yield Problem(path, value, "must not be empty; leave the option out if it is not wanted")
    elif unit:
        yield Problem(path, value, f"has {size} {unit}, AWS takes {bounds}")
    else:
        yield Problem(path, value, f"must be {bounds}")


def _explain_pattern(shape, value):
    pattern = shape.metadata["pattern"]
    if shape.name == "AccountId":
        if value == "all":
            return "is no account id; to make the AMI public, user_groups is meant: user_groups: [all]"
        if value.isdigit() and len(value) < 12:
            return (
                f"an account id has 12 digits, this has {len(value)}; YAML takes digits without quotes for a number,"
                " and those with leading zeros for an octal one, so look the id up and quote it"
            )
    return f"must match {pattern}"


def _arn_problems(arn, service_model, prefix, region):
    shape = service_model.operation_model("GetDistributionConfiguration").input_shape
    path = prefix + "distribution_configuration_arn"
    found = value_problems(shape.members["distributionConfigurationArn"], arn, path)
    if not found and region and region_of(arn) != region:
        found.append(
            Problem(
                path,
                arn,
                "is in Region {}, but this task asks {}; set region to match".format(region_of(arn), region),
            )
        )
    return found


# -- the service's own rules -----------------------------------------------------------------------------------


def _regions_twice(distributions, path):
    first = {}
    for index, entry in enumerate(distributions):
        region = entry.get("region")
        if region in first:
            yield Problem(
                f"{path}[{index}].region",
                region,
                f"stands in {path}[{first[region]}] already; a Region has one entry, so put both into one",
            )
        elif region is not None:
            first[region] = index


def _entry_problems(entry, path):
    if not set(entry) - {_NOT_AN_OUTPUT}:
        yield Problem(
            path,
            entry.get("region"),
            "a Region needs at least one output: add ami_distribution_configuration with a name, or another output,"
            " or take the Region out",
        )
    name = entry.get("amiDistributionConfiguration", {}).get("name")
    if name and BUILD_DATE not in placeholders_unified(name):
        yield Problem(
            f"{path}.ami_distribution_configuration.name",
            name,
            "the AMI name must hold the build date: write [[ imagebuilder:buildDate ]] in it, or give name_prefix"
            " (Ansible expands {{ }} before a module sees it)",
        )
    yield from (problem for problem, dummy in _few_launches(entry, path))
    for index, fast in enumerate(entry.get("fastLaunchConfigurations", [])):
        place = f"{path}.fast_launch_configurations[{index}]"
        template = fast.get("launchTemplate")
        if template is not None:
            given = [name for name in ("launchTemplateId", "launchTemplateName") if template.get(name)]
            if len(given) != 1:
                yield Problem(
                    place + ".launch_template",
                    None,
                    f"give launch_template_id or launch_template_name, {'not both' if given else 'one is needed'}",
                )


def few_launches(distributions, held, path="distributions"):
    """What a rollout will fail on although Image Builder takes it.

    :param distributions: what is wanted, in API form.
    :param held: what AWS has, in API form.
    :returns: (a list of Problem that are new, a list of those that AWS holds already).
    """
    known = {key for entry in held for dummy, key in _few_launches(entry, "")}
    found = [pair for index, entry in enumerate(distributions) for pair in _few_launches(entry, f"{path}[{index}]")]
    return [one for one, key in found if key not in known], [one for one, key in found if key in known]


def _few_launches(entry, path):
    """(Problem, what makes it the same one elsewhere)."""
    for index, fast in enumerate(entry.get("fastLaunchConfigurations", [])):
        launches = fast.get("maxParallelLaunches")
        if launches is not None and 1 <= launches < MINIMUM_PARALLEL_LAUNCHES:
            place = f"{path}.fast_launch_configurations[{index}].max_parallel_launches"
            text = f"EC2 takes no fewer than {MINIMUM_PARALLEL_LAUNCHES}"
            yield Problem(place, launches, text, kept=True), (entry.get("region"), fast.get("accountId"), launches)


def _entry_warnings(entry, path, home_region, account_id):
    region = entry.get("region")
    ami = entry.get("amiDistributionConfiguration", {})
    targets = ami.get("targetAccountIds", [])
    others = [account for account in targets if account != account_id]
    permission = ami.get("launchPermission", {})
    ami_path = path + ".ami_distribution_configuration"
    if ami and "containerDistributionConfiguration" in entry:
        yield Problem(
            path,
            region,
            "has an AMI and a container block; AWS documents one of them for each Region, split them into two"
            " configurations if AWS refuses",
        )
    if "all" in permission.get("userGroups", []):
        yield Problem(
            ami_path + ".launch_permission.user_groups", None, f"makes the AMI public to everyone in {region}"
        )
    key = ami.get("kmsKeyId")
    if key:
        arn = parse(key)
        key_region = arn.region if arn else region
        if key_region != region:
            yield Problem(ami_path + ".kms_key_id", key, f"is a key of {key_region}; copies in {region} need one there")
        if region == home_region and not others:
            yield Problem(
                ami_path + ".kms_key_id",
                key,
                "AWS does not encrypt the home Region's own copy with it; set the key in the image recipe instead",
            )
    for index, parameter in enumerate(entry.get("ssmParameterConfigurations", [])):
        account = parameter.get("amiAccountId")
        if account and account != account_id and account not in targets:
            yield Problem(
                f"{path}.ssm_parameter_configurations[{index}].ami_account_id",
                account,
                "is none of this Region's target_account_ids, so no AMI of it will be there to store",
            )
    for index, fast in enumerate(entry.get("fastLaunchConfigurations", [])):
        account = fast.get("accountId")
        if account and account != account_id:
            yield Problem(
                f"{path}.fast_launch_configurations[{index}].account_id",
                account,
                "Image Builder cannot enable Fast Launch in another account; enable it there",
            )
