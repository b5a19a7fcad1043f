# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Retires one image with its AMIs through Image Builder's lifecycle, and reads afterwards what became of them.

AWS carries out one execution for an image at a time, and ListLifecycleExecutions does not say whose an execution is. So
the token of a request is made of what is asked for: AWS answers a request of this module that is still running with the
execution that it started, and refuses it while somebody else's is running.
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

# The image may be shown in its old state for a moment; looks, and seconds between them.
_LOOKS_AFTERWARDS = 6
_PAUSE_AFTERWARDS = 5


class Lifecycle:
    """State updates of images.

    :param params: the options of the module; read are C(action), C(execution_role) and those of the waiting.
    :param interruption: ends the waiting early.
    :param sleep: takes seconds.
    :param clock: gives seconds.
    :param now: gives seconds since 1970.
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

    def held(self, image: dict[str, Any]) -> str | None:
        """Why an image cannot be retired now: somebody has scheduled something for it, and AWS takes nothing else; or
        its source image would go with it.

        :param image: C(image) of GetImage.
        """
        try:
            return retention.source_unknown(image, self._older(image)) or self._scheduled(image)
        except Unreadable as error:
            return f"whether its source image is among its AMIs cannot be seen: {error}"

    def _scheduled(self, image: dict[str, Any]) -> str | None:
        running = self._running(image["arn"])
        if running and retention.is_scheduled(running, self._resources(running, image["arn"]), self._now()):
            return retention.scheduled_text(running["lifecycleExecutionId"], region_of(image["arn"]))
        return None

    def retire(self, image: dict[str, Any], entry: dict[str, Any]) -> None:
        """Brings an image to its new state; what was done and what failed is written into its entry.

        :param image: C(image) of GetImage.
        :param entry: of C(retired) in the module's result.
        :raises: RoleNotAssumed, ImageBuilderError, Unreadable.
        """
        action = self._params["action"]
        source_tags = self._source_tags(image)
        if action == "delete" and source_tags is not None and not self._left(image):
            # An earlier run deleted the AMIs, and was stopped before it could delete the record.
            entry["changed"] = True
            self._delete_record(image)
        elif self._start(image, entry, retention.request(image, action, self._params["execution_role"], source_tags)):
            if not self._follow(image, entry):
                return
            if action == "delete" and source_tags is not None and not entry["error"]:
                self._delete_rest(image, entry)
        elif entry["error"]:
            return
        self._verify(image, entry)

    # -- executions ----------------------------------------------------------------------------------------------

    def _start(self, image: dict[str, Any], entry: dict[str, Any], body: dict[str, Any]) -> bool:
        """Whether an execution of our own is running or has run; where not, somebody else's may have done the same."""
        arn, deadline = image["arn"], self._clock() + self._params["wait_timeout"]
        while True:
            listed = api.list_lifecycle_executions(self._connection, arn)
            ended = [one["lifecycleExecutionId"] for one in listed if retention.has_ended(one)]
            try:
                token = retention.client_token(body, ended)
                entry["lifecycle_execution_id"] = api.start_state_update(self._connection, token, **body)
                entry["changed"] = True
                return True
            except ImageBuilderError as error:
                foreign = None if error.code in DENIED_CODES or error.in_doubt else self._running(arn)
                if not foreign:
                    raise self._not_started(error, body) from error
            entry["error"] = self._await_foreign(foreign, arn, deadline)
            if entry["error"]:
                return False
            entry["amis"] = retention.resources(self._resources(foreign, arn, arn), image)
            if self._state(arn) == retention.STATES[self._params["action"]]:
                return False

    @staticmethod
    def _not_started(error: ImageBuilderError, body: dict[str, Any]) -> ImageBuilderError:
        text = f"{error.message} {body['resourceArn']} with the execution role {body['executionRole']}"
        if error.code in DENIED_CODES and not named_action(error.exception):
            text += " (this also needs iam:PassRole on the role)"
        return ImageBuilderError(message=text, exception=error.exception, changed=error.in_doubt)

    def _running(self, arn: str) -> dict[str, Any] | None:
        """The lifecycle execution that is running for an image."""
        listed = api.list_lifecycle_executions(self._connection, arn)
        return next((one for one in listed if not retention.has_ended(one)), None)

    def _resources(self, execution: dict[str, Any], arn: str, parent: str | None = None) -> list[dict[str, Any]]:
        """What an execution does: to the image, or with C(parent) to the AMIs of the image."""
        found = api.list_lifecycle_resources(self._connection, execution["lifecycleExecutionId"], parent)
        return found if parent else [one for one in found if one.get("resourceId") == arn]

    def _await_foreign(self, execution: dict[str, Any], arn: str, deadline: float) -> str | None:
        """Waits until somebody else's execution has ended. Returns why it has not, None where it has."""
        identifier = execution["lifecycleExecutionId"]
        what = retention.foreign_text(execution, self._resources(execution, arn))
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
        """Waits for the end of our own execution. Returns whether it has ended; what failed stands in the entry."""
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
        """Waits a while. Returns why the waiting is over, None where it is not."""
        left = deadline - self._clock()
        if left > 0:
            self._sleep(min(self._params["wait_delay"], left))
        if self._interruption.name:
            return f"interrupted by {self._interruption.name}"
        if left <= 0:
            return f"wait_timeout: it was not complete within {self._params['wait_timeout']} seconds"
        return None

    # -- images and AMIs -----------------------------------------------------------------------------------------

    def _source_tags(self, image: dict[str, Any]) -> dict[str, str] | None:
        """The tags of the source image, which must be kept, if the rollout lists it and it exists; else None."""
        if not retention.lists_its_source(image):
            return None
        ec2 = self._accounts.client("ec2", region_of(image["arn"]), account_of(image["arn"]))
        found = describe_image(ec2, image["tags"][SOURCE_TAG])
        return None if found is None else {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}

    def _found(self, image: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """The AMIs of a rollout that still exist, without its source: each with what EC2 says of it."""
        found = [
            (ami, describe_image(self._accounts.client("ec2", ami["region"], ami["account_id"]), ami["ami_id"]))
            for ami in retention.own_amis(image)
        ]
        return [(ami, described) for ami, described in found if described]

    def _older(self, image: dict[str, Any]) -> list[str]:
        """The AMIs of a rollout that are older than it is. Its source image is in its own Region."""
        ec2 = self._accounts.client("ec2", region_of(image["arn"]), account_of(image["arn"]))
        here = [ami["ami_id"] for ami in retention.own_amis(image) if ami["region"] == region_of(image["arn"])]
        described = [(ami_id, describe_image(ec2, ami_id)) for ami_id in here]
        return [ami_id for ami_id, found in described if found and retention.is_older(found, image)]

    def _left(self, image: dict[str, Any]) -> list[str]:
        return [ami["ami_id"] for ami, _described in self._found(image)]

    def _state(self, arn: str) -> str | None:
        """The state of an image as it is now; DELETED where it is gone."""
        image = api.get_image(self._connection, arn)
        return image["state"]["status"] if image else DELETED

    def _delete_rest(self, image: dict[str, Any], entry: dict[str, Any]) -> None:
        """AWS keeps the record of an image of which it left out an AMI; without the other AMIs it is of no use."""
        left = self._left(image)
        if left:
            entry["error"] = (
                f"{', '.join(left)} was left out together with the source image {image['tags'][SOURCE_TAG]}, which is"
                " in the same Region and has no tag that tells them apart; deregister it by hand"
            )
        else:
            self._delete_record(image)

    def _delete_record(self, image: dict[str, Any]) -> None:
        api.delete_image(self._connection, image["arn"])

    def _verify(self, image: dict[str, Any], entry: dict[str, Any]) -> None:
        """Reads what is there now. What AWS calls done and is not is an error."""
        wanted = retention.STATES[self._params["action"]]
        for look in range(_LOOKS_AFTERWARDS):
            entry["state_after"] = self._state(image["arn"])
            wrong = [
                f"{ami['region']}, account {ami['account_id']}, {ami['ami_id']}"
                for ami, described in self._found(image)
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
