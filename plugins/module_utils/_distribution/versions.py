# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The installed botocore: its service models, and since which release it knows what AWS added later."""

from __future__ import annotations

from typing import Any

try:
    import botocore.session
    from botocore import __version__ as INSTALLED
except ImportError:
    # AnsibleAWSModule fails with a clear message.
    botocore, INSTALLED = None, "0"

# Option, operation or member -> the first release whose service model has it. Source: the releases themselves.
BOTOCORE = {
    "ssm_parameter_configurations": "1.38.4",
    # And the list of image builds without a version, which came one release before.
    "DistributeImage": "1.41.1",
    "dryRun": "1.44.0",
}


# The newest release whose service model was looked at. What an older model refuses, AWS may take by now.
NEWEST_MODEL = "1.44.5"

# Shape of the service model -> the first release that is known to have its wider pattern.
WIDENED = {
    "TagKey": "1.42.97",
    "FilterValue": NEWEST_MODEL,
    "ImageBuildVersionArn": NEWEST_MODEL,
    "ImageVersionArnOrBuildVersionArn": NEWEST_MODEL,
}


def installed_model(service: str = "imagebuilder") -> Any:
    """The installed botocore's ServiceModel of a service."""
    return botocore.session.get_session().get_service_model(service)


def is_installed(version: str) -> bool:
    """Whether the installed botocore is this release or a newer one."""
    return _numbers(INSTALLED) >= _numbers(version)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdigit()]


def newer_botocore(what: str) -> str:
    """Which botocore has something that the installed one lacks, as the end of an error."""
    return f"{BOTOCORE[what]} or newer" if what in BOTOCORE else "a newer one"


def too_old(operation: str) -> str:
    """The error where the installed botocore lacks an operation."""
    needed = newer_botocore(operation)
    return f"The installed botocore does not know {operation}; {needed} is needed where this module runs"
