# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Distributing one configuration in several waves of Regions: the waves, and a configuration for each.

Distributions are in API form unless stated otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from typing import Final
from typing import NamedTuple

from ..configuration.conversion import BUILD_DATE
from ..configuration.conversion import distributions_from_api
from ..configuration.conversion import distributions_to_api
from ..forms import ApiDistribution
from ..targets import destination_accounts
from ..targets import targets
from ..validation_errors import ValidationError

_REGION = re.compile("[a-z]+(-[a-z0-9]+)+")

_AMI: Final = "amiDistributionConfiguration"
_TEMPLATES: Final = "launchTemplateConfigurations"


class Wave(NamedTuple):
    """One wave of a configuration.

    C(number): from 1; C(of): the number of waves; C(whole): the name of the whole configuration; C(name),
    C(description): those of the wave's configuration; C(regions): the Regions of the wave; C(distributions): the
    entries of the wave's configuration, with one for the home Region if AWS needs it.
    """

    number: int
    of: int
    whole: str
    name: str
    description: str
    regions: list[str]
    distributions: list[ApiDistribution]

    def __str__(self) -> str:
        return f"wave {self.number} of {self.of} of {self.whole} ({self.name})"


# -- a list of waves -----------------------------------------------------------------------------------------------


def list_errors(waves: Any, regions: list[str]) -> list[tuple[str, Any, str]]:
    """Returns what is wrong with a list of waves: (path below the list, value, text).

    :param waves: what the user gave.
    :param regions: the Regions of all configurations.
    """
    if not isinstance(waves, list) or not all(isinstance(wave, list) for wave in waves):
        return [("", None, "must be a list of lists of Regions, as in [[us-east-1], [eu-west-1, us-west-2]]")]
    errors: list[tuple[str, Any, str]] = []
    first: dict[str, str] = {}
    for index, wave in enumerate(waves):
        if not wave:
            errors.append((f"[{index}]", None, "is empty; leave it out"))
        for position, region in enumerate(wave):
            path = f"[{index}][{position}]"
            if not isinstance(region, str):
                errors.append((path, region, "is not the name of a Region"))
                continue
            if region in first:
                errors.append((path, region, f"is already at {first[region]}; a Region belongs to one wave"))
            elif region not in regions:
                errors.append((path, region, "is not a Region of the configuration"))
            first.setdefault(region, path)
    without_wave = [region for region in regions if region not in first]
    if without_wave:
        errors.append(("", None, f"has no wave for {', '.join(without_wave)}; every Region belongs to one"))
    return errors


def configurations(
    wholes: list[dict[str, Any]],
    waves: list[list[str]],
    account_id: str,
    home_region: str,
    tags: dict[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Returns the configurations of all waves of several configurations, sorted by the number of the wave.

    :param wholes: the whole configurations: maps with C(name), C(distributions) as options, and optionally C(tags).
    :param waves: a list of lists of Regions that list_errors() accepts.
    :param account_id: the account of the configurations.
    :param home_region: the Region of the configurations.
    :param tags: the tags that the waves' configurations get in addition to those of the whole ones.
    :returns: maps with C(configuration), the name of the whole; C(wave), its number, and C(of), the number of waves;
        C(name); C(regions), the Regions of the wave, and C(after), those of the waves before it; C(settings), an entry
        for imagebuilder_distribution_set; and C(other_target_accounts), all accounts that get copies with the whole
        configuration. A wave in which a configuration has no Regions is left out.
    """
    wave_configurations = []
    for whole in wholes:
        entries = distributions_to_api(whole["distributions"])
        receiving = sorted({account for _region, account in targets(entries, account_id)})
        after: list[str] = []
        for wave in split(whole["name"], entries, waves, account_id, home_region):
            settings = {
                "name": wave.name,
                "description": wave.description,
                "distributions": distributions_from_api(wave.distributions),
                "tags": {**(whole.get("tags") or {}), **(tags or {})},
            }
            wave_configurations.append(
                {
                    "configuration": whole["name"],
                    "wave": wave.number,
                    "of": wave.of,
                    "name": wave.name,
                    "regions": wave.regions,
                    "after": list(after),
                    "settings": settings,
                    "other_target_accounts": receiving,
                }
            )
            after += wave.regions
    return sorted(wave_configurations, key=lambda one: one["wave"])


def split(
    name: str, distributions: list[ApiDistribution], waves: list[list[str]], account_id: str, home_region: str
) -> list[Wave]:
    """Returns the waves of one configuration, without those in which it has no Regions.

    :param name: the name of the whole configuration.
    :param distributions: the entries of the whole configuration.
    :param waves: a list of lists of Regions that list_errors() accepts.
    """
    all_waves = [
        make_wave(name, distributions, number, len(waves), regions, account_id, home_region)
        for number, regions in enumerate(waves, 1)
    ]
    return [wave for wave in all_waves if wave.regions]


def make_wave(
    name: str,
    distributions: list[ApiDistribution],
    number: int,
    of: int,
    regions: list[str],
    account_id: str,
    home_region: str,
) -> Wave:
    """Returns one wave of a configuration.

    :param name: the name of the whole configuration.
    :param distributions: the entries of the whole configuration.
    :param number: the number of the wave, from 1.
    :param of: the number of waves.
    :param regions: the Regions of the wave; those that the configuration does not have are left out.
    """
    entries = [entry for entry in distributions if entry["region"] in regions]
    names = [entry["region"] for entry in entries]
    description = f"Wave {number} of {of} of {name}: {', '.join(names)}"
    whole = with_home(entries, name, distributions, account_id, home_region)
    return Wave(number, of, name, f"{name}-wave-{number}", description, names, whole)


# -- the option of the modules -------------------------------------------------------------------------------------


def option_errors(wave: dict[str, Any] | None) -> Iterator[ValidationError]:
    """Yields what is wrong with the option C(wave)."""
    wave = wave or {}
    number, of = wave.get("number"), wave.get("of")
    if of is not None and of < 1:
        yield ValidationError("wave.of", of, "must be at least 1")
    elif number is not None and not 1 <= number <= (number if of is None else of):
        yield ValidationError("wave.number", number, "must be between 1 and wave.of, the number of waves")
    if wave.get("regions") == []:
        yield ValidationError("wave.regions", None, "must name at least one Region")
    for option in ("regions", "after"):
        for index, region in enumerate(wave.get(option) or []):
            if not _REGION.fullmatch(region):
                yield ValidationError(
                    f"wave.{option}[{index}]", region, "must be the name of a Region, as in eu-west-1"
                )
            elif option == "after" and region in (wave.get("regions") or []):
                text = "is a Region of this wave as well; name those of the waves before it"
                yield ValidationError(f"wave.after[{index}]", region, text)


def unknown_regions(wave: dict[str, Any], distributions: list[ApiDistribution]) -> list[ValidationError]:
    """Returns errors for Regions of the option C(wave) that the whole configuration does not have."""
    known = [entry["region"] for entry in distributions]
    text = f"is not a Region of the configuration, which has {', '.join(known)}"
    return [
        ValidationError(f"wave.{option}[{index}]", region, text)
        for option in ("regions", "after")
        for index, region in enumerate(wave.get(option) or [])
        if region not in known
    ]


# -- configurations of waves ---------------------------------------------------------------------------------------


def is_whole_or_wave(configuration_arn: str | None, whole_arn: str | None) -> bool:
    """Whether a configuration is the whole one or one of its waves, including those of an earlier list of waves."""
    if not configuration_arn or not whole_arn:
        return False
    return re.fullmatch(re.escape(whole_arn) + r"(-wave-[0-9]+)?", configuration_arn) is not None


def with_home(
    entries: list[ApiDistribution], name: str, distributions: list[ApiDistribution], account_id: str, home_region: str
) -> list[ApiDistribution]:
    """Returns entries of a wave with one for the home Region, if AWS needs it and it is not in this wave.

    AWS needs AMI settings in the home Region for everything that goes to other accounts, and a launch template there
    for launch templates in other Regions. The added entry has as few settings as possible.
    Source: Image Builder user guide, cross-account distribution, and launch templates in distribution settings.

    :param entries: the entries of the wave.
    :param name: the name of the whole configuration.
    :param distributions: the entries of the whole configuration. If it has none for the home Region, none is added.
    """
    home = next((entry for entry in distributions if entry["region"] == home_region), None)
    templates = any(entry.get(_TEMPLATES) for entry in entries)
    if home is None or home in entries or not (templates or destination_accounts(entries, account_id)):
        return list(entries)
    ami_name = home.get(_AMI, {}).get("name") or f"{name} {BUILD_DATE}"
    carried: ApiDistribution = {"region": home_region, "amiDistributionConfiguration": {"name": ami_name}}
    if templates:
        own = [item for item in home.get(_TEMPLATES, []) if item.get("accountId", account_id) == account_id]
        if own:
            # The default version changes in the wave of the home Region.
            carried[_TEMPLATES] = [{**item, "setDefaultVersion": False} for item in own]
    return [carried, *entries]
