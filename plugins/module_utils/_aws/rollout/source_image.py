# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the AMI of a source image, which may be an SSM parameter or an image, and checks that it can be distributed."""

from __future__ import annotations

from typing import Any
from typing import Callable
from typing import TYPE_CHECKING

try:
    from botocore.exceptions import BotoCoreError
    from botocore.exceptions import ClientError
except ImportError:
    BotoCoreError = ClientError = Exception  # AnsibleAWSModule fails with a clear message.

from ..._distribution.rollout.image_status import amis
from ..._distribution.rollout.rollout_validation import AMI_ID
from ..._distribution.rollout.rollout_validation import SSM
from ..._distribution.rollout.source_ami import source_violation
from .. import api
from ..errors import code_of
from ..errors import describe
from ..errors import expired
from ..errors import ImageBuilderError
from ..reading import NO_AMI_CODES
from ..responses import reading

# EC2's error codes for an AMI that does not exist for the account. The last one means that it is not shared with it.
NOT_THERE = (*NO_AMI_CODES, "AuthFailure")

Client = Callable[[str], Any]

if TYPE_CHECKING:
    from ..module import Connection


def resolve(connection: Connection, client: Client, source: str) -> str:
    """The AMI id of a source image.

    :param client: takes the name of a service and returns a botocore client for the same Region.
    :param source: the option, without rollout_validation.rollout_option_errors().
    :raises: ImageBuilderError.
    """
    if source.startswith(SSM):
        return _from_parameter(client, source)
    if source.startswith("arn:"):
        return _from_image(connection, source)
    return source


def check(client: Client, ami_id: str, region: str, account_id: str) -> list[str]:
    """Fails if an AMI cannot be distributed: it does not exist, is not available, or belongs to another account.

    :param client: as for resolve().
    :param region: the Region of the distribution configuration, C(account_id) its account.
    :returns: warnings, if EC2 could not be asked.
    :raises: ImageBuilderError.
    """
    ec2 = client("ec2")
    try:
        answer = ec2.describe_images(ImageIds=[ami_id], IncludeDisabled=True)
        with reading("DescribeImages"):
            ami = next(iter(answer["Images"]), None)
    except (BotoCoreError, ClientError) as error:
        if code_of(error) not in NOT_THERE:
            over = expired(error, f"look at {ami_id}")
            if over:
                raise over from error
            return [
                f"{ami_id} could not be checked, so it is not known whether AWS can distribute it: {describe(error)}"
            ]
        ami = None
    reason = source_violation(ami, ami_id, region, account_id)
    if reason:
        raise ImageBuilderError(message=f"source_image: {reason.message}. {reason.remedy}")
    return []


def _from_parameter(client: Client, source: str) -> str:
    name = source[len(SSM) :]
    try:
        answer = client("ssm").get_parameter(Name=name)
        with reading("GetParameter"):
            value = answer["Parameter"]["Value"].strip()
    except (BotoCoreError, ClientError) as error:
        message = f"source_image: the SSM parameter {name} could not be read"
        raise ImageBuilderError(message=message, exception=error, service="ssm") from error
    if not AMI_ID.fullmatch(value):
        raise ImageBuilderError(
            message=f"source_image: the SSM parameter {name} contains {value!r}, which is not an AMI id"
        )
    return str(value)


def _from_image(connection: Connection, arn: str) -> str:
    image = api.get_image(connection, arn)
    if not image:
        raise ImageBuilderError(
            message=f"source_image: {arn} does not exist, or has no build that is available, in {connection.region}"
        )
    here = [ami for ami in amis(image) if ami["region"] == connection.region]
    # Target accounts may have copies in the same Region. The caller's own is meant, or the only one of AWS's images.
    own = [ami for ami in here if ami["account_id"] == connection.identity[0]] or here
    ids = sorted({ami["ami_id"] for ami in own})
    if len(ids) != 1:
        shown = ", ".join(ids) if ids else "no AMI"
        raise ImageBuilderError(
            message=f"source_image: {image['arn']} ({image.get('state', {}).get('status')}) has {shown} in"
            f" {connection.region}, but must have exactly one of this account; give an AMI id instead"
        )
    return str(ids[0])
