# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of configurations that need no request: they return what AWS would refuse.

They check values against botocore's model of the service (in model), of which botocore itself checks only a part, and
then the rules that are not in the model (in entries).
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

from ..arns import region_mismatch
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
    """Returns everything that AWS is known to refuse in one configuration.

    :param wanted: one configuration with its C(distributions) in API form, or None if they are not given.
    :param service_model: botocore's ServiceModel of imagebuilder.
    :param path: prefix of all option paths, such as C(distribution_configurations[3]).
    :param arn_region: the Region of the task, in which the configuration's ARN must be.
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
    """Returns everything that AWS is known to refuse in C(distributions), given in API form."""
    shape = service_model.operation_model("CreateDistributionConfiguration").input_shape.members["distributions"]
    errors = []
    if not distributions:
        errors.append(
            ValidationError(path, distributions, "at least one Region is needed; to remove all, use state: absent")
        )
    errors += value_errors(shape, distributions, path)
    # A value that does not match the model is reported once, without the rules that it also breaks.
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
    """Returns what AWS may accept but will probably not do as intended.

    :param distributions: entries in API form as they will be after the write, including what the purge options keep.
    :param home_region: the Region of the configuration.
    :param account_id: the account of the configuration.
    :param path: the option path of C(distributions).
    :param kept_regions: the Regions of other entries that the configuration keeps.
    """
    broken = violations(distributions, home_region, account_id, path, kept_regions)
    return [_error(one) for one in broken if one.rule.severity == WARNING]


def rollout_errors(
    distributions: Distributions, held: Distributions, home_region: str, account_id: str, path: str = "distributions"
) -> tuple[list[ValidationError], list[ValidationError]]:
    """Returns what Image Builder accepts but what will make a rollout fail.

    :param distributions: entries in API form as they will be after the write.
    :param held: the entries that AWS has now, in API form.
    :returns: (new errors, errors that the configuration in AWS already has).
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
    mismatch = region_mismatch(arn, region) if not errors else None
    return [ValidationError(path, arn, f"{mismatch}; set region to match")] if mismatch else errors
