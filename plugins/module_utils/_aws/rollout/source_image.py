# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Source image -> AMI id: from an SSM parameter or an Image Builder image."""

from __future__ import annotations

try:
    from botocore.exceptions import BotoCoreError
    from botocore.exceptions import ClientError
except ImportError:
    BotoCoreError = ClientError = Exception  # AnsibleAWSModule fails with a clear message.

from ..._distribution.rollout.image_status import amis
from ..._distribution.rollout.rollout_validation import AMI_ID
from ..._distribution.rollout.rollout_validation import SSM
from .. import api
from ..errors import ImageBuilderError
from ..responses import reading


def resolve(connection, client, source):
    """The AMI id.

    :param connection: a Connection.
    :param client: gives a botocore client for the name of a service, in the same Region.
    :param source: the option, without rollout_validation.problems().
    :raises: ImageBuilderError.
    """
    if source.startswith(SSM):
        return _from_parameter(client, source)
    if source.startswith("arn:"):
        return _from_image(connection, source)
    return source


def _from_parameter(client, source):
    name = source[len(SSM) :]
    try:
        answer = client("ssm").get_parameter(Name=name)
        with reading("GetParameter"):
            value = answer["Parameter"]["Value"].strip()
    except (BotoCoreError, ClientError) as error:
        message = f"source_image: the SSM parameter {name} could not be read"
        raise ImageBuilderError(message=message, exception=error, service="ssm") from error
    if not AMI_ID.fullmatch(value):
        raise ImageBuilderError(message=f"source_image: the SSM parameter {name} holds {value!r}, which is no AMI id")
    return value


def _from_image(connection, arn):
    image = api.get_image(connection, arn)
    if not image:
        raise ImageBuilderError(
            message=f"source_image: {arn} does not exist, or has no build that is available, in {connection.region}"
        )
    here = [ami for ami in amis(image) if ami["region"] == connection.region]
    # Target accounts may have copies in the same Region; the caller's own is meant, or of AWS's images the only one.
    own = [ami for ami in here if ami["account_id"] == connection.identity[0]] or here
    ids = sorted({ami["ami_id"] for ami in own})
    if len(ids) != 1:
        shown = ", ".join(ids) if ids else "no AMI"
        raise ImageBuilderError(
            message=f"source_image: {image['arn']} ({image.get('state', {}).get('status')}) has {shown} in"
            f" {connection.region}; exactly one of this account is needed, give its AMI id"
        )
    return ids[0]
