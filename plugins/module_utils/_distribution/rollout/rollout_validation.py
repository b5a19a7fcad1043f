# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the options of a rollout that need no request: they return what AWS would refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..arns import region_mismatch
from ..configuration.conversion import distributions_to_api
from ..configuration.conversion import tags_to_api
from ..fields import SELECTORS
from ..validation.checks import configuration_errors
from ..validation.checks import distribution_errors
from ..validation.model import value_errors
from ..validation_errors import in_order
from ..validation_errors import show_prefixes
from ..validation_errors import ValidationError
from . import waves
from .rollout_options import CANCELLED
from .rollouts import identity_tags
from .rollouts import TAG_PREFIX

SSM = "ssm:"
AMI_ID = re.compile(r"ami-[0-9a-f]+")
_PARAMETER_ARN = re.compile(r"arn:[^:]+:ssm:[^:]+:[0-9]*:parameter/.+")


def rollout_option_errors(
    params: dict[str, Any], service_model: Any, region: str | None = None
) -> list[ValidationError]:
    """Returns everything in the options that AWS is known to refuse.

    :param region: the Region of the task, None if unknown.
    """
    shapes = service_model.operation_model("DistributeImage").input_shape.members
    errors = configuration_errors(
        {**params, "distributions": None, "state": "absent"}, service_model, arn_region=region
    )
    errors += list(_incomplete_option_errors(params))
    errors += value_errors(shapes["executionRole"], params["execution_role"], "execution_role")
    if params["source_image"] is not None:
        errors += source_errors(params["source_image"], service_model, region)
    errors += _image_arn_errors(params["image_build_version_arn"], service_model, region)
    if params["tags"]:
        errors += _tag_errors(shapes["tags"], tags_to_api(params["tags"]))
    logging = params["logging_configuration"]
    if logging and logging.get("log_group_name") is not None:
        shape = shapes["loggingConfiguration"].members["logGroupName"]
        path = "logging_configuration.log_group_name"
        errors += value_errors(shape, logging["log_group_name"], path)
    errors += _wave_errors(params)
    errors += _other_account_errors(params, service_model)
    given = params.get("distributions")
    if given is not None:
        entry_errors = distribution_errors(distributions_to_api(given), service_model)
        errors += show_prefixes(entry_errors, given)
    errors += [
        ValidationError(option, params[option], "must be at least 1 second")
        for option in ("wait_timeout", "wait_delay")
        if params[option] is not None and params[option] < 1
    ]
    return in_order([], errors)


def info_errors(params: dict[str, Any], service_model: Any, region: str | None) -> list[ValidationError]:
    """Returns everything that AWS is known to refuse in the options of the info module."""
    errors = configuration_errors({**params, "state": "absent"}, service_model, arn_region=region)
    errors += waves.option_errors(params["wave"])
    if params["wave"] and params["image_build_version_arn"]:
        errors.append(ValidationError("wave", None, "give this or image_build_version_arn, not both"))
    errors += _other_account_errors(params, service_model)
    return errors + _image_arn_errors(params["image_build_version_arn"], service_model, region)


def _image_arn_errors(arn: str | None, service_model: Any, region: str | None) -> list[ValidationError]:
    path = "image_build_version_arn"
    errors = value_errors(service_model.shape_for("ImageBuildVersionArn"), arn, path)
    mismatch = region_mismatch(arn, region) if arn and not errors else None
    return [ValidationError(path, arn, f"{mismatch}; set region to match")] if mismatch else errors


def source_errors(source: str, service_model: Any, region: str | None) -> list[ValidationError]:
    """Returns what is wrong with the option C(source_image).

    :param source: the value of the option.
    :param region: the Region of the task, in which the source image must be.
    """
    path = "source_image"
    # An older botocore does not know DistributeImage, but the preflight also has this option.
    if "DistributeImageRequest" in service_model.shape_names:
        shape = service_model.shape_for("DistributeImageRequest").members["sourceImage"]
        errors = value_errors(shape, source, path)
        if errors:
            return errors
    errors = []
    arn = source
    if source.startswith(SSM):
        arn = source[len(SSM) :]
        if arn.startswith("arn:") and not _PARAMETER_ARN.fullmatch(arn):
            return [
                ValidationError(
                    path, source, "does not name an SSM parameter; write ssm:NAME or ssm:ARN of a parameter"
                )
            ]
        if not arn:
            return [ValidationError(path, source, "does not name an SSM parameter after ssm:")]
    elif source.startswith("arn:"):
        errors = value_errors(service_model.shape_for("GetImageRequest").members["imageBuildVersionArn"], source, path)
    elif not AMI_ID.fullmatch(source):
        text = (
            "is neither an AMI id, nor ssm: with the name or ARN of a parameter, nor the ARN of an Image Builder image"
        )
        errors = [ValidationError(path, source, text)]
    mismatch = region_mismatch(arn, region) if arn.startswith("arn:") and not errors else None
    if mismatch:
        errors = [ValidationError(path, source, f"{mismatch}; the source image must be in the same Region")]
    return errors


def _incomplete_option_errors(params: dict[str, Any]) -> Iterator[ValidationError]:
    """Yields errors for options that are missing, or that have no effect with the others."""
    if params["image_build_version_arn"]:
        if params["force"]:
            text = "starts a new rollout, but image_build_version_arn names one; leave one of the two out"
            yield ValidationError("force", None, text)
        if params["on_failed"] == "restart" and params["state"] != CANCELLED:
            text = "starts a new rollout, but image_build_version_arn names one; leave image_build_version_arn out"
            yield ValidationError("on_failed", "restart", text)
        return
    needed = ["source_image"] if params["state"] == CANCELLED else ["source_image", "execution_role"]
    for option in needed:
        if params[option] is None:
            yield ValidationError(option, None, "is required unless image_build_version_arn is given")
    if not any(params[option] for option in SELECTORS):
        text = f"this or {SELECTORS[1]} is required unless image_build_version_arn is given"
        yield ValidationError(SELECTORS[0], None, text)


def _wave_errors(params: dict[str, Any]) -> Iterator[ValidationError]:
    """Yields what is wrong with the option C(wave), and what it requires."""
    yield from waves.option_errors(params["wave"])
    if params["wave"] and params["image_build_version_arn"] and not any(params[option] for option in SELECTORS):
        yield ValidationError(SELECTORS[0], None, f"this or {SELECTORS[1]} is required with wave")


def _other_account_errors(params: dict[str, Any], service_model: Any) -> list[ValidationError]:
    """Returns what is wrong with the option C(other_target_accounts)."""
    shape = service_model.shape_for("AccountId")
    return [
        error
        for index, account_id in enumerate(params.get("other_target_accounts") or [])
        for error in value_errors(shape, account_id, f"other_target_accounts[{index}]")
    ]


def _tag_errors(shape: Any, tags: dict[str, str]) -> list[ValidationError]:
    errors = [
        ValidationError(f"tags[{key!r}]", tags[key], f"the prefix {TAG_PREFIX} is for this module's own tags")
        for key in tags
        if key.startswith(TAG_PREFIX)
    ]
    room = shape.metadata["max"] - len(identity_tags("", "", []))
    if len(tags) > room:
        text = f"has {len(tags)} entries; in addition to the module's own tags there is room for {room}"
        errors.append(ValidationError("tags", None, text))
    return errors + value_errors(shape, tags, "tags")
