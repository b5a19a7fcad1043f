# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Retires one image with its AMIs through Image Builder's lifecycle, and reads the result.

AWS carries out one execution for an image at a time, and ListLifecycleExecutions does not say who started an execution.
So the token of a request is derived from its content. While an execution of this module is running, AWS answers the
same request with that execution, and it refuses the request while somebody else's is running.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ..._distribution.arns import account_of
from ..._distribution.arns import region_of
from ..._distribution.rollout import retention
from ..._distribution.rollout.image_status import DELETED
from ..._distribution.rollout.image_status import status_of
from ..._distribution.rollout.rollouts import SOURCE_TAG
from .. import api
from ..accounts import Accounts
from ..errors import DENIED_CODES
from ..errors import ImageBuilderError
from ..errors import named_action
from ..interruption import Interruption
from ..module import Connection
from ..reading import describe_image
from ..reading import Unreadable

# AWS may show the image in its old state for a moment: the number of reads, and seconds between them.
_LOOKS_AFTERWARDS = 6
_PAUSE_AFTERWARDS = 5


class InUse(Exception):
    """An image must be kept after all; the text says why."""


class Lifecycle:
    """State updates of images.

    :param params: the options of the module: C(action), C(execution_role), and those for waiting.
    :param interruption: ends the waiting early.
    :param sleep: takes seconds.
    :param clock: returns seconds.
    :param now: returns seconds since 1970.
    """

    def __init__(
        self,
        connection: Connection,
        accounts: Accounts,
        params: dict[str, Any],
        interruption: Interruption,
        sleep: Callable[[float], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._connection = connection
        self._accounts = accounts
        self._params = params
        self._interruption = interruption
        self._sleep = sleep or interruption.sleep
        self._clock, self._now = clock, now

    def reason_to_keep(self, image: dict[str, Any]) -> str | None:
        """Why an image cannot be retired now, None if it can.

        Somebody has scheduled an execution for it, and AWS accepts no other; or its source image would be retired, too.

        :param image: from GetImage.
        """
        try:
            return retention.source_unknown(image, self._older(image)) or self._scheduled(image)
        except Unreadable as error:
            return f"this task could not find out whether its source image is among its AMIs: {error}"

    def _scheduled(self, image: dict[str, Any]) -> str | None:
        running = self._running(image["arn"])
        if running and retention.is_scheduled(running, self._resources(running, image["arn"]), self._now()):
            return retention.scheduled_text(running["lifecycleExecutionId"], region_of(image["arn"]))
        return None

    def retire(
        self, image: dict[str, Any], entry: dict[str, Any], used_meanwhile: Callable[[dict[str, Any]], str | None]
    ) -> None:
        """Brings an image to its new state; writes into its entry what was done and what failed.

        :param image: from GetImage.
        :param entry: an item of the result C(retired).
        :param used_meanwhile: takes the image and returns why it must be kept, or None; called right before each start.
        :raises: RoleNotAssumed, ImageBuilderError, Unreadable, InUse.
        """
        action = self._params["action"]
        source_tags = self._source_tags(image)
        if action == "delete" and source_tags is not None and not self._left(image):
            # An earlier run deleted the AMIs and was stopped before it deleted the record.
            entry["changed"] = True
            self._delete_record(image)
        elif self._start(
            image,
            entry,
            retention.request(image, action, self._params["execution_role"], source_tags),
            used_meanwhile,
        ):
            if not self._follow(image, entry):
                return
            if action == "delete" and source_tags is not None and not entry["error"]:
                self._delete_rest(image, entry)
        elif entry["error"]:
            return
        self._verify(image, entry)

    # -- executions ----------------------------------------------------------------------------------------------

    def _start(
        self,
        image: dict[str, Any],
        entry: dict[str, Any],
        body: dict[str, Any],
        used_meanwhile: Callable[[dict[str, Any]], str | None],
    ) -> bool:
        """Starts an execution. Returns False if somebody else's did the same, or if the entry has an error."""
        arn, deadline = image["arn"], self._clock() + self._params["wait_timeout"]
        while True:
            listed = api.list_lifecycle_executions(self._connection, arn)
            ended = [one["lifecycleExecutionId"] for one in listed if retention.has_ended(one)]
            reason = used_meanwhile(image)
            if reason:
                raise InUse(reason)
            try:
                token = retention.client_token(body, ended)
                entry["lifecycle_execution_id"] = api.start_state_update(self._connection, token, **body)
                entry["changed"] = True
                return True
            except ImageBuilderError as error:
                other = None if error.code in DENIED_CODES or error.in_doubt else self._running(arn)
                if not other:
                    raise self._not_started(error, body) from error
            entry["error"] = self._await_other(other, arn, deadline)
            if entry["error"]:
                return False
            entry["amis"] = retention.resources(self._resources(other, arn, arn), image)
            if self._state(arn) == retention.STATES[self._params["action"]]:
                return False

    @staticmethod
    def _not_started(error: ImageBuilderError, body: dict[str, Any]) -> ImageBuilderError:
        text = f"{error.message} {body['resourceArn']} with the execution role {body['executionRole']}"
        if error.code in DENIED_CODES and not named_action(error.exception):
            text += " (this also needs iam:PassRole on the role)"
        return ImageBuilderError(message=text, exception=error.exception, changed=error.in_doubt)

    def _running(self, arn: str) -> dict[str, Any] | None:
        """The lifecycle execution that is running for an image, None if there is none."""
        listed = api.list_lifecycle_executions(self._connection, arn)
        return next((one for one in listed if not retention.has_ended(one)), None)

    def _resources(self, execution: dict[str, Any], arn: str, parent: str | None = None) -> list[dict[str, Any]]:
        """What an execution does to the image, or with C(parent) to the AMIs of the image."""
        resources = api.list_lifecycle_resources(self._connection, execution["lifecycleExecutionId"], parent)
        return resources if parent else [one for one in resources if one.get("resourceId") == arn]

    def _await_other(self, execution: dict[str, Any], arn: str, deadline: float) -> str | None:
        """Waits until somebody else's execution has ended. Returns why it has not ended, None if it has."""
        identifier = execution["lifecycleExecutionId"]
        what = retention.other_execution_text(execution, self._resources(execution, arn))
        while not retention.has_ended(execution):
            if not self._params["wait"]:
                return f"{what} Run the same task again when it has ended"
            if retention.is_scheduled(execution, self._resources(execution, arn), self._now()):
                return retention.scheduled_text(identifier, region_of(arn))
            why = self._pause(deadline)
            if why:
                return f"{why}. {what} Run the same task again to continue waiting"
            execution = api.get_lifecycle_execution(self._connection, identifier)
        return None

    def _follow(self, image: dict[str, Any], entry: dict[str, Any]) -> bool:
        """Waits for the end of our own execution. Returns whether it has ended; writes what failed into the entry."""
        identifier, arn = entry["lifecycle_execution_id"], image["arn"]
        if not identifier:
            return True
        deadline = self._clock() + self._params["wait_timeout"]
        execution = api.get_lifecycle_execution(self._connection, identifier)
        while not retention.has_ended(execution):
            if not self._params["wait"]:
                return False
            why = self._pause(deadline)
            if why:
                entry["error"] = (
                    f"{why}. The lifecycle execution {identifier} is still running; run the same task again to "
                    "continue waiting"
                )
                return False
            execution = api.get_lifecycle_execution(self._connection, identifier)
        entry["amis"] = retention.resources(self._resources(execution, arn, arn), image)
        failed = retention.failures(entry["amis"], account_of(arn))
        if failed or status_of(execution) != "SUCCESS":
            reason = execution.get("state", {}).get("reason") or "AWS gives no reason"
            status = status_of(execution)
            parts = [f"the lifecycle execution {identifier} is {status}: {reason}", *failed]
            entry["error"] = "\n  ".join(parts)
        return True

    def _pause(self, deadline: float) -> str | None:
        """Waits a while. Returns why to stop waiting, None to continue."""
        left = deadline - self._clock()
        if left > 0:
            self._sleep(min(self._params["wait_delay"], left))
        if self._interruption.name:
            return f"interrupted by {self._interruption.name}"
        if left <= 0:
            return f"wait_timeout: retiring it took longer than {self._params['wait_timeout']} seconds"
        return None

    # -- images and AMIs -----------------------------------------------------------------------------------------

    def _source_tags(self, image: dict[str, Any]) -> dict[str, str] | None:
        """The tags of the source image, which must be kept, if the rollout lists it and it exists; else None."""
        if not retention.lists_its_source(image):
            return None
        ec2 = self._accounts.client("ec2", region_of(image["arn"]), account_of(image["arn"]))
        ami = describe_image(ec2, image["tags"][SOURCE_TAG])
        return None if ami is None else {tag["Key"]: tag["Value"] for tag in ami.get("Tags", [])}

    def _existing(self, image: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """The AMIs of a rollout that still exist, without its source image, each with EC2's description."""
        amis = [
            (ami, describe_image(self._accounts.client("ec2", ami["region"], ami["account_id"]), ami["ami_id"]))
            for ami in retention.own_amis(image)
        ]
        return [(ami, described) for ami, described in amis if described]

    def _older(self, image: dict[str, Any]) -> list[str]:
        """The AMIs of a rollout in its Region that are older than the rollout, as its source image is."""
        ec2 = self._accounts.client("ec2", region_of(image["arn"]), account_of(image["arn"]))
        here = [ami["ami_id"] for ami in retention.own_amis(image) if ami["region"] == region_of(image["arn"])]
        described = [(ami_id, describe_image(ec2, ami_id)) for ami_id in here]
        return [ami_id for ami_id, ami in described if ami and retention.is_older(ami, image)]

    def _left(self, image: dict[str, Any]) -> list[str]:
        return [ami["ami_id"] for ami, _described in self._existing(image)]

    def _state(self, arn: str) -> str | None:
        """The current state of an image, DELETED if it does not exist."""
        image = api.get_image(self._connection, arn)
        return image["state"]["status"] if image else DELETED

    def _delete_rest(self, image: dict[str, Any], entry: dict[str, Any]) -> None:
        """Deletes the record of an image. AWS keeps it if an AMI was left out, but it is useless without the others."""
        left = self._left(image)
        if left:
            entry["error"] = (
                f"{', '.join(left)} was kept together with the source image {image['tags'][SOURCE_TAG]}, because both"
                " are in the same Region and no tag tells them apart; deregister it by hand"
            )
        else:
            self._delete_record(image)

    def _delete_record(self, image: dict[str, Any]) -> None:
        api.delete_image(self._connection, image["arn"])

    def _verify(self, image: dict[str, Any], entry: dict[str, Any]) -> None:
        """Reads the result. It is an error if AWS reports success but has not done it."""
        wanted = retention.STATES[self._params["action"]]
        for look in range(_LOOKS_AFTERWARDS):
            entry["state_after"] = self._state(image["arn"])
            wrong = [
                f"{ami['region']}, account {ami['account_id']}, {ami['ami_id']}"
                for ami, described in self._existing(image)
                if not retention.is_retired(described, self._params["action"])
            ]
            if entry["error"] or not (wrong or entry["state_after"] != wanted):
                return
            if look + 1 < _LOOKS_AFTERWARDS:
                self._sleep(_PAUSE_AFTERWARDS)
        text = f"AWS reports success, but the image is {entry['state_after']}, which is not {wanted}"
        if wrong:
            text = "\n  ".join([f"AWS reports success, but these AMIs are not {wanted}:", *wrong])
        entry["error"] = f"{text}. Run the same task again"
