# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWS would refuse, found without AWS.

First botocore's own model of the service (required members, lengths, patterns, enumerations), of which botocore itself
checks only a part (model); then the rules that stand in no model (rules), as far as they need no
request (entries).
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

from ..arns import region_of
from ..forms import ApiDistribution
from ..validation_errors import ValidationError
from .entries import violations
from .model import value_errors
from .rule import CREATE
from .rule import ERROR
from .rule import WARNING
from .rules import Violation

Distributions = Sequence[ApiDistribution]


def configuration_errors(
    wanted: dict[str, Any], service_model: Any, path: str = "", arn_region: str | None = None
) -> list[ValidationError]:
    """Everything that AWS is known to refuse in one configuration.

    :param wanted: one configuration, its C(distributions) in API form (None where not given).
    :param service_model: botocore's ServiceModel of imagebuilder.
    :param path: what to put before each option path, for example C(distribution_configurations[3]).
    :param arn_region: the Region that is asked; an ARN of another one is refused.
    """
    shape = service_model.operation_model("CreateDistributionConfiguration").input_shape
    prefix = path + "." if path else ""
    errors = []
    if wanted.get("name") is not None:
        errors += value_errors(shape.members["name"], wanted["name"], prefix + "name")
    arn = wanted.get("distribution_configuration_arn")
    if arn is not None:
        errors += _arn_errors(arn, service_model, prefix, arn_region)
    if wanted.get("state") == "absent":
        return errors
    if wanted.get("description"):
        errors += value_errors(shape.members["description"], wanted["description"], prefix + "description")
    if wanted.get("tags"):
        errors += value_errors(shape.members["tags"], wanted["tags"], prefix + "tags")
    if wanted.get("distributions") is not None:
        distributions_path = prefix + "distributions"
        errors += distribution_errors(wanted["distributions"], service_model, distributions_path, arn_region)
    return errors


def distribution_errors(
    distributions: Distributions,
    service_model: Any,
    path: str = "distributions",
    home_region: str | None = None,
    account_id: str | None = None,
) -> list[ValidationError]:
    """As configuration_errors(), for C(distributions) in API form alone."""
    shape = service_model.operation_model("CreateDistributionConfiguration").input_shape.members["distributions"]
    errors = []
    if not distributions:
        errors.append(
            ValidationError(path, distributions, "at least one Region is needed; to remove all, use state: absent")
        )
    errors += value_errors(shape, distributions, path)
    # What is wrong with a value by itself needs no other reason.
    wrong = {error.path for error in errors}
    broken = violations(distributions, home_region, account_id, path)
    return errors + [_error(one) for one in broken if one.rule.severity == ERROR and one.path not in wrong]


def distribution_warnings(
    distributions: Distributions,
    home_region: str,
    account_id: str,
    path: str = "distributions",
    kept_regions: Iterable[str] = (),
) -> list[ValidationError]:
    """What AWS may take but will probably not do as meant.

    :param distributions: entries in API form, as they will stand: with what the purge options keep in them.
    :param home_region: the Region whose Image Builder is asked.
    :param account_id: the account that asks.
    :param path: the option path of C(distributions).
    :param kept_regions: the Regions of the entries that stay beside these.
    """
    broken = violations(distributions, home_region, account_id, path, kept_regions)
    return [_error(one) for one in broken if one.rule.severity == WARNING]


def rollout_errors(
    distributions: Distributions, held: Distributions, home_region: str, account_id: str, path: str = "distributions"
) -> tuple[list[ValidationError], list[ValidationError]]:
    """What a rollout will fail on although Image Builder takes it.

    :param distributions: entries in API form, as they will stand.
    :param held: what AWS has, in API form.
    :returns: (what is new, what AWS holds already).
    """
    known = {one.key for one in _rollout_violations(held, home_region, account_id, "")}
    failing = _rollout_violations(distributions, home_region, account_id, path)
    new = [_error(one) for one in failing if one.key not in known]
    return new, [_error(one) for one in failing if one.key in known]


def _rollout_violations(distributions: Distributions, home_region: str, account_id: str, path: str) -> list[Violation]:
    broken = violations(distributions, home_region, account_id, path)
    return [one for one in broken if one.rule.severity == ERROR and one.rule.refused != CREATE]


def _error(broken: Violation) -> ValidationError:
    return ValidationError(broken.path, broken.value, broken.text, kept=broken.rule.refused != CREATE)


def _arn_errors(arn: str, service_model: Any, prefix: str, region: str | None) -> list[ValidationError]:
    shape = service_model.operation_model("GetDistributionConfiguration").input_shape
    path = prefix + "distribution_configuration_arn"
    errors = value_errors(shape.members["distributionConfigurationArn"], arn, path)
    if not errors and region and region_of(arn) != region:
        text = f"is in Region {region_of(arn)}, but this task asks {region}; set region to match"
        errors = [ValidationError(path, arn, text)]
    return errors
