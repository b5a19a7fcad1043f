# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Suggesting the name that was meant by an unknown one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Callable

from .fields import CONFIGURATION_OPTIONS
from .fields import Spec

# The name of an option in other tools -> the end of its path here. Names that differ from ours only in case, hyphens or
# underscores need no entry.
_OTHER_TOOLS = {
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
    """Returns the known name that is most similar to the given one, or None if none is."""
    near = difflib.get_close_matches(given, list(known), n=1, cutoff=cutoff)
    return near[0] if near else None


def explain_unknown(given: object, spec: Spec, top: Spec | None = None, spell: Callable[[str], str] = str) -> str:
    """Says which option was probably meant by an unknown name.

    :param given: the name as the user wrote it, in any spelling.
    :param spec: the options of this level.
    :param top: all options, to find those that belong elsewhere; by default those of a configuration.
    :param spell: converts an option's name to the spelling of the user's document; by default the name stays the same.
    :returns: a clause, such as C(did you mean user_ids?).
    """
    here = {_letters(name): spell(own) for name, own in own_names(spec).items()}
    given_letters = _letters(str(given))
    if given_letters in here:
        return f"write it as {here[given_letters]}"
    everywhere = list(_all_paths(CONFIGURATION_OPTIONS if top is None else top, spell))
    meant = _OTHER_TOOLS_LETTERS.get(given_letters)
    if meant:
        path = _spelled(meant, spell)
        name = path.rpartition(".")[2]
        if _letters(name) in here:
            return f"did you mean {name}?"
        return f"did you mean {_either(one for one, dummy in everywhere if _ends_with(one, path))}?"
    elsewhere = {option_path for option_path, letters in everywhere if letters == given_letters}
    if elsewhere:
        return f"it belongs at {_either(elsewhere)}"
    near = nearest(given_letters, here)
    if near:
        return f"did you mean {here[near]}?"
    near = nearest(given_letters, {letters for dummy, letters in everywhere}, cutoff=0.75)
    if near:
        return f"did you mean {_either(option_path for option_path, letters in everywhere if letters == near)}?"
    return f"known here: {', '.join(sorted(spell(name) for name in spec))}"


def own_names(spec: Spec) -> dict[str, str]:
    """Returns each name and alias of a level -> the option's own name."""
    names = {name: name for name in spec}
    for name, option in spec.items():
        names.update(dict.fromkeys(option.get("aliases", ()), name))
    return names


def _letters(name: str) -> str:
    """Returns a name in a form that is the same for snake_case, camelCase, PascalCase and kebab-case."""
    return re.sub("[-_ ]", "", name).lower()


_OTHER_TOOLS_LETTERS: Mapping[str, str] = {_letters(name): path for name, path in _OTHER_TOOLS.items()}


def _spelled(path: str, spell: Callable[[str], str]) -> str:
    return re.sub(r"\w+", lambda match: spell(match[0]), path)


def _ends_with(path: str, suffix: str) -> bool:
    return path == suffix or path.endswith("." + suffix)


def _either(paths: Iterable[str]) -> str:
    return " or ".join(sorted(set(paths)))


def _all_paths(spec: Spec, spell: Callable[[str], str], path: str = "") -> Iterable[tuple[str, str]]:
    """Yields (path, letters) of each option and alias below C(spec)."""
    for alias, name in own_names(spec).items():
        option_path = f"{path}.{spell(name)}" if path else spell(name)
        yield option_path, _letters(alias)
        option = spec[name]
        if alias == name and "options" in option:
            yield from _all_paths(option["options"], spell, option_path + ("[]" if option["type"] == "list" else ""))
