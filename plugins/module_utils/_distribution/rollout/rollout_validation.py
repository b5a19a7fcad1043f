# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWS would refuse in the options of a rollout, found without AWS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .. import validation
from ..arns import region_of
from ..configuration.conversion import distributions_to_api
from ..configuration.conversion import tags_to_api
from ..fields import SELECTORS
from ..problems import in_order
from ..problems import Problem
from ..problems import show_prefixes
from ..validation_model import value_problems
from . import waves
from .rollout_options import CANCELLED
from .rollouts import identity_tags
from .rollouts import TAG_PREFIX

SSM = "ssm:"
AMI_ID = re.compile(r"ami-[0-9a-f]+")
_PARAMETER_ARN = re.compile(r"arn:[^:]+:ssm:[^:]+:[0-9]*:parameter/.+")


def rollout_option_problems(params: dict[str, Any], service_model: Any, region: str | None = None) -> list[Problem]:
    """Everything that is known to be refused in the options, as a list of Problem.

    :param region: the Region that is asked, None where that is not known yet.
    """
    shapes = service_model.operation_model("DistributeImage").input_shape.members
    found = validation.configuration_problems(
        {**params, "distributions": None, "state": "absent"}, service_model, arn_region=region
    )
    found += list(_missing(params))
    found += value_problems(shapes["executionRole"], params["execution_role"], "execution_role")
    if params["source_image"] is not None:
        found += source_problems(params["source_image"], service_model, region)
    found += _image_arn_problems(params["image_build_version_arn"], service_model, region)
    if params["tags"]:
        found += _tag_problems(shapes["tags"], tags_to_api(params["tags"]))
    logging = params["logging_configuration"]
    if logging and logging.get("log_group_name") is not None:
        shape = shapes["loggingConfiguration"].members["logGroupName"]
        path = "logging_configuration.log_group_name"
        found += value_problems(shape, logging["log_group_name"], path)
    found += _wave_problems(params)
    found += _other_account_problems(params, service_model)
    given = params.get("distributions")
    if given is not None:
        problems_of_entries = validation.distribution_problems(distributions_to_api(given), service_model)
        found += show_prefixes(problems_of_entries, given)
    found += [
        Problem(option, params[option], "must be at least 1 second")
        for option in ("wait_timeout", "wait_delay")
        if params[option] is not None and params[option] < 1
    ]
    return in_order([], found)


def info_problems(params: dict[str, Any], service_model: Any, region: str | None) -> list[Problem]:
    """As rollout_option_problems(), for the options that choose an image to look at."""
    found = validation.configuration_problems({**params, "state": "absent"}, service_model, arn_region=region)
    found += waves.option_problems(params["wave"])
    if params["wave"] and params["image_build_version_arn"]:
        found.append(Problem("wave", None, "give this or image_build_version_arn, not both"))
    found += _other_account_problems(params, service_model)
    return found + _image_arn_problems(params["image_build_version_arn"], service_model, region)


def _image_arn_problems(arn: str | None, service_model: Any, region: str | None) -> list[Problem]:
    path = "image_build_version_arn"
    found = value_problems(service_model.shape_for("ImageBuildVersionArn"), arn, path)
    if arn is not None and not found and region and region_of(arn) != region:
        text = f"is in Region {region_of(arn)}, but this task asks {region}; set region to match"
        found = [Problem(path, arn, text)]
    return found


def source_problems(source: str, service_model: Any, region: str | None) -> list[Problem]:
    """What is wrong with the option, as a list of Problem.

    :param region: the Region that is asked; AWS takes no source of another one.
    """
    path = "source_image"
    # An older botocore does not know the operation, and the preflight takes the option all the same.
    if "DistributeImageRequest" in service_model.shape_names:
        shape = service_model.shape_for("DistributeImageRequest").members["sourceImage"]
        found = value_problems(shape, source, path)
        if found:
            return found
    found = []
    arn = source
    if source.startswith(SSM):
        arn = source[len(SSM) :]
        if arn.startswith("arn:") and not _PARAMETER_ARN.fullmatch(arn):
            return [Problem(path, source, "does not name an SSM parameter; write ssm:NAME or ssm:ARN of a parameter")]
        if not arn:
            return [Problem(path, source, "does not name an SSM parameter after ssm:")]
    elif source.startswith("arn:"):
        found = value_problems(service_model.shape_for("GetImageRequest").members["imageBuildVersionArn"], source, path)
    elif not AMI_ID.fullmatch(source):
        text = (
            "is neither an AMI id, nor ssm: with the name or ARN of a parameter, nor the ARN of an Image Builder image"
        )
        found = [Problem(path, source, text)]
    if not found and arn.startswith("arn:") and region and region_of(arn) != region:
        text = (
            f"is in Region {region_of(arn)}, but this task asks {region}; the source image must be in the same Region"
        )
        found = [Problem(path, source, text)]
    return found


def _missing(params: dict[str, Any]) -> Iterator[Problem]:
    """What is needed and not there, or there and of no use."""
    if params["image_build_version_arn"]:
        if params["force"]:
            text = "starts a new rollout, but image_build_version_arn names one; leave one of the two out"
            yield Problem("force", None, text)
        if params["on_failed"] == "restart" and params["state"] != CANCELLED:
            text = "starts a new rollout, but image_build_version_arn names one; leave image_build_version_arn out"
            yield Problem("on_failed", "restart", text)
        return
    needed = ["source_image"] if params["state"] == CANCELLED else ["source_image", "execution_role"]
    for option in needed:
        if params[option] is None:
            yield Problem(option, None, "is required where image_build_version_arn is not given")
    if not any(params[option] for option in SELECTORS):
        text = f"this or {SELECTORS[1]} is required where image_build_version_arn is not given"
        yield Problem(SELECTORS[0], None, text)


def _wave_problems(params: dict[str, Any]) -> Iterator[Problem]:
    """What is wrong with the option C(wave), and with those that count only with it."""
    yield from waves.option_problems(params["wave"])
    if params["wave"] and params["image_build_version_arn"] and not any(params[option] for option in SELECTORS):
        yield Problem(SELECTORS[0], None, f"this or {SELECTORS[1]} is required with wave")


def _other_account_problems(params: dict[str, Any], service_model: Any) -> list[Problem]:
    """What is wrong with the option C(other_target_accounts), as a list of Problem."""
    shape = service_model.shape_for("AccountId")
    return [
        problem
        for index, account_id in enumerate(params.get("other_target_accounts") or [])
        for problem in value_problems(shape, account_id, f"other_target_accounts[{index}]")
    ]


def _tag_problems(shape: Any, tags: dict[str, str]) -> list[Problem]:
    found = [
        Problem(f"tags[{key!r}]", tags[key], f"the prefix {TAG_PREFIX} is for this module's own tags")
        for key in tags
        if key.startswith(TAG_PREFIX)
    ]
    room = shape.metadata["max"] - len(identity_tags("", "", []))
    if len(tags) > room:
        text = f"has {len(tags)} entries; in addition to the module's own tags there is room for {room}"
        found.append(Problem("tags", None, text))
    return found + value_problems(shape, tags, "tags")
