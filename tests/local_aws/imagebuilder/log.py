"""What Image Builder writes to CloudWatch Logs while it distributes an image."""

from __future__ import annotations

from typing import Any

from moto.core.utils import unix_time_millis
from moto.core.utils import utcnow
from moto.logs.models import logs_backends
from moto.utilities.utils import get_partition

from .images import Image
from .roles import Actor

SERVICE_GROUPS = "/aws/imagebuilder/"


def write(image: Image, actor: Actor | None, text: str) -> None:
    """Add a line to the image's log.

    Groups below ``/aws/imagebuilder/`` are the service's own. For another one the execution role needs permission to
    write; without it there is no log, and the distribution continues. Source: CreateImage, loggingConfiguration.
    """
    group = image.settings.get("loggingConfiguration", {}).get("logGroupName", f"{SERVICE_GROUPS}{image.name}")
    if not group.startswith(SERVICE_GROUPS) and (actor is None or not _may_write(image, actor, group)):
        return
    backend: Any = logs_backends[image.source.account][image.source.region]
    if group not in backend.groups:
        backend.create_log_group(group, {})
    backend.ensure_log_stream(group, image.version)
    event = {"timestamp": int(unix_time_millis(utcnow())), "message": text}
    backend.groups[group].put_log_events(image.version, [event])


def _may_write(image: Image, actor: Actor, group: str) -> bool:
    region, account = image.source.region, image.source.account
    arn = f"arn:{get_partition(region)}:logs:{region}:{account}:log-group:{group}"
    stream = f"{arn}:log-stream:{image.version}"
    asked = (("logs:CreateLogGroup", arn), ("logs:CreateLogStream", arn), ("logs:PutLogEvents", stream))
    return all(actor.may(action, resource, actor.context(region, resource)) for action, resource in asked)
