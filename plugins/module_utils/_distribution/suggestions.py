# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which name was meant by one that nobody knows."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Callable

from .fields import CONFIGURATION_OPTIONS
from .fields import Spec

# What other tools call an option -> the end of its path here. Where the API's own name differs from theirs by case,
# hyphens or underscores alone, nothing is needed here.
_FOREIGN = {
    # amazon.aws.ec2_ami, launch_permissions
    "org_arns": "launch_permission.organization_arns",
    "org_unit_arns": "launch_permission.organizational_unit_arns",
    "group_names": "launch_permission.user_groups",
    # Packer's builder amazon-ebs
    "ami_name": "ami_distribution_configuration.name",
    "ami_description": "ami_distribution_configuration.description",
    "ami_users": "launch_permission.user_ids",
    "ami_groups": "launch_permission.user_groups",
    "ami_org_arns": "launch_permission.organization_arns",
    "ami_ou_arns": "launch_permission.organizational_unit_arns",
    "ami_regions": "distributions",
    "region_kms_key_ids": "ami_distribution_configuration.kms_key_id",
    "fast_launch": "fast_launch_configurations",
    "enable_fast_launch": "fast_launch_configurations[].enabled",
    # Terraform's aws_imagebuilder_distribution_configuration
    "distribution": "distributions",
    "default": "launch_template_configurations[].set_default_version",
    # CloudFormation's AWS::ImageBuilder::DistributionConfiguration, and the CDK
    "launch_permission_configuration": "launch_permission",
    "ami_target_account_ids": "ami_distribution_configuration.target_account_ids",
    "ami_kms_key": "ami_distribution_configuration.kms_key_id",
    "ami_launch_permission": "launch_permission",
    # What people write from memory.
    "organizations": "launch_permission.organization_arns",
    "ou_arns": "launch_permission.organizational_unit_arns",
    "organizational_units": "launch_permission.organizational_unit_arns",
    "groups": "launch_permission.user_groups",
    "regions": "distributions",
    "accounts": "ami_distribution_configuration.target_account_ids",
    "kms_key": "ami_distribution_configuration.kms_key_id",
    "kms_key_arn": "ami_distribution_configuration.kms_key_id",
}


def nearest(given: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name that is most like the given one; None where none is."""
    near = difflib.get_close_matches(given, list(known), n=1, cutoff=cutoff)
    return near[0] if near else None


def explain_unknown(given: object, spec: Spec, top: Spec | None = None, spell: Callable[[str], str] = str) -> str:
    """Which option was probably meant by a name that is not known in its place.

    :param given: the name as it was written, in whatever spelling.
    :param spec: the options that are known in that place.
    :param top: the whole of the options, to find those that belong elsewhere; by default those of a configuration.
    :param spell: how the reader spells an option; by default as it is.
    :returns: a clause, such as C(did you mean user_ids?).
    """
    here = {_letters(name): spell(own) for name, own in own_names(spec).items()}
    wanted = _letters(str(given))
    if wanted in here:
        return f"write it as {here[wanted]}"
    everywhere = list(_places(CONFIGURATION_OPTIONS if top is None else top, spell))
    foreign = _FOREIGN_LETTERS.get(wanted)
    if foreign:
        path = _spelled(foreign, spell)
        name = path.rpartition(".")[2]
        if _letters(name) in here:
            return f"did you mean {name}?"
        return f"did you mean {_either(place for place, dummy in everywhere if _ends_with(place, path))}?"
    elsewhere = {place for place, letters in everywhere if letters == wanted}
    if elsewhere:
        return f"it belongs at {_either(elsewhere)}"
    near = nearest(wanted, here)
    if near:
        return f"did you mean {here[near]}?"
    near = nearest(wanted, {letters for dummy, letters in everywhere}, cutoff=0.75)
    if near:
        return f"did you mean {_either(place for place, letters in everywhere if letters == near)}?"
    return f"known here: {', '.join(sorted(spell(name) for name in spec))}"


def own_names(spec: Spec) -> dict[str, str]:
    """Every name and alias of a level -> the option's own name."""
    names = {name: name for name in spec}
    for name, option in spec.items():
        names.update(dict.fromkeys(option.get("aliases", ()), name))
    return names


def _letters(name: str) -> str:
    """A name without what differs between snake_case, camelCase, PascalCase and kebab-case."""
    return re.sub("[-_ ]", "", name).lower()


_FOREIGN_LETTERS: Mapping[str, str] = {_letters(name): path for name, path in _FOREIGN.items()}


def _spelled(path: str, spell: Callable[[str], str]) -> str:
    return re.sub(r"\w+", lambda match: spell(match[0]), path)


def _ends_with(place: str, path: str) -> bool:
    return place == path or place.endswith("." + path)


def _either(places: Iterable[str]) -> str:
    return " or ".join(sorted(set(places)))


def _places(spec: Spec, spell: Callable[[str], str], path: str = "") -> Iterable[tuple[str, str]]:
    """(path, letters) of every option and alias below C(spec)."""
    for alias, name in own_names(spec).items():
        place = f"{path}.{spell(name)}" if path else spell(name)
        yield place, _letters(alias)
        option = spec[name]
        if alias == name and "options" in option:
            yield from _places(option["options"], spell, place + ("[]" if option["type"] == "list" else ""))
