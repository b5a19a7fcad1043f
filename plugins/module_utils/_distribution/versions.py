# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The installed botocore: its service models, and the releases in which AWS's later additions appeared."""

from __future__ import annotations

from typing import Any

try:
    import botocore.session
    from botocore import __version__ as INSTALLED
except ImportError:
    # AnsibleAWSModule fails with a clear message.
    botocore, INSTALLED = None, "0"

# Option, operation or member -> the first release whose service model has it. Source: botocore's releases.
BOTOCORE = {
    "ssm_parameter_configurations": "1.38.4",
    # ListImageBuildVersions without a version, which we also need, came one release earlier.
    "DistributeImage": "1.41.1",
    "dryRun": "1.44.0",
}

# The newest release whose service model we have looked at. AWS may accept what an older model refuses.
NEWEST_MODEL = "1.44.5"

# Shape of the service model -> the first release with its wider pattern.
WIDENED = {
    "TagKey": "1.42.97",
    "FilterValue": NEWEST_MODEL,
    "ImageBuildVersionArn": NEWEST_MODEL,
    "ImageVersionArnOrBuildVersionArn": NEWEST_MODEL,
}


def installed_model(service: str = "imagebuilder") -> Any:
    """Returns the installed botocore's ServiceModel of a service."""
    return botocore.session.get_session().get_service_model(service)


def is_installed(version: str) -> bool:
    """Whether the installed botocore is this release or a newer one."""
    return _numbers(INSTALLED) >= _numbers(version)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdigit()]


def newer_botocore(what: str) -> str:
    """Names the botocore that has something that the installed one lacks, as the end of an error."""
    return f"{BOTOCORE[what]} or newer" if what in BOTOCORE else "a newer one"


def too_old(operation: str) -> str:
    """Returns the error for an operation that the installed botocore lacks."""
    needed = newer_botocore(operation)
    return f"The installed botocore does not know {operation}; {needed} is needed where this module runs"
