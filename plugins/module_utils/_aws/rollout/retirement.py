# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps the newest rollouts of a configuration and retires the rest, with their AMIs and snapshots."""

from __future__ import annotations

import time
import uuid

from ..._distribution.arns import account_of
from ..._distribution.arns import configuration_arn
from ..._distribution.arns import region_of
from ..._distribution.iam.permissions import targets
from ..._distribution.rollout import retention
from ..._distribution.rollout.rollouts import age_key
from ..._distribution.rollout.rollouts import CONFIGURATION_TAG
from ..._distribution.rollout.rollouts import SOURCE_TAG
from ..._distribution.rollout.waves import belongs
from .. import api
from ..accounts import AccountNotEntered
from ..errors import DENIED_CODES
from ..errors import ImageBuilderError
from ..errors import named_action
from ..reading import describe_image
from ..reading import understood
from ..reading import Unreadable
from ..responses import MalformedAnswer
from ..responses import reading
from ..workers import each
from .references import references

# botocore's enumeration LifecycleExecutionStatus does not say which states are final. One that AWS adds is waited out.
_ENDED = frozenset(["SUCCESS", "FAILED", "CANCELLED"])


class Retirement:
    """One run, from the options of the module to what it returns.

    :param connection: a Connection.
    :param accounts: an Accounts.
    :param params: the options, without retention.problems().
    :param check_mode: nothing is started.
    :param sleep: takes seconds.
    :param clock: gives seconds.
    """

    def __init__(self, connection, accounts, params, check_mode=False, sleep=time.sleep, clock=time.monotonic):
        self._connection = connection
        self._accounts = accounts
        self._params = params
        self._check_mode = check_mode
        self._sleep, self._clock = sleep, clock
        self.warnings = []

    def run(self):
        """Retires what may go.

        :returns: what the module returns; entries of C(retired) with an C(error) failed.
        :raises: ImageBuilderError, before anything was written.
        """
        arn, distributions = self._configuration()
        kept, leaving = self._sort_out(arn, distributions)
        limit = self._params["retire_limit"]
        if len(leaving) > limit:
            arns = ", ".join(image["arn"] for image in leaving)
            raise ImageBuilderError(
                message=f"retire_limit: {limit}: {len(leaving)} rollouts would be retired, so nothing was: {arns}."
                " Raise retire_limit if they shall go, or keep more"
            )
        # Not before the limit was checked: nothing is written of which the user was not told.
        retired = each(self._retire, leaving, self._params["workers"])
        return {
            "changed": any(one["changed"] for one in retired),
            "distribution_configuration_arn": arn,
            "retired": retired,
            "kept": [{**_shown(image), "reason": reason} for image, reason in kept],
            "diff": {
                "before": {one["image"]: one["state"] for one in retired if one["changed"]},
                "after": {one["image"]: retention.STATES[one["action"]] for one in retired if one["changed"]},
            },
        }

    # -- reading -------------------------------------------------------------------------------------------------

    def _configuration(self):
        """(ARN, distributions): distributions is None where the configuration does not exist any more."""
        name, arn = self._params["name"], self._params["distribution_configuration_arn"]
        if not arn:
            account_id, partition = self._connection.identity
            arn = configuration_arn(name, partition, self._connection.region, account_id)
        answer = api.get_configuration(self._connection, arn)
        if not answer:
            self.warnings.append(
                f"{arn} does not exist; what it asked for is taken from the copies that its rollouts hold"
            )
            return arn, None
        if name and answer[0]["name"] != name:
            raise ImageBuilderError(
                message=f"name: there is no {name!r}, but {answer[0]['name']!r}, which is one name to AWS ({arn})"
            )
        return arn, answer[0].get("distributions", [])

    def _sort_out(self, arn, distributions):
        """([(image, reason)] of those that stay, images that go), both with the newest first."""
        listed = api.list_image_builds(self._connection)
        mine = [summary for summary in listed if self._counts(summary, arn)]
        mine.sort(key=age_key, reverse=True)
        workers = self._params["workers"]
        images = each(lambda summary: api.get_image(self._connection, summary["arn"]), mine, workers)
        images = [image for image in images if image]
        try:
            with reading("GetImage"):
                return self._judge(images, listed, arn, distributions)
        except MalformedAnswer as error:
            raise ImageBuilderError(message="Failed to tell what may go", exception=error) from error

    def _judge(self, images, listed, arn, distributions):
        """As _sort_out(), of images that were read."""
        workers = self._params["workers"]
        own, home = account_of(arn), region_of(arn)
        wanted = targets(distributions or [], own)
        sorted_out = retention.sort_out(images, wanted, self._params["keep"], self._params["action"])
        leaving = [image for image, reason in sorted_out if reason is None]
        copies = [image.get("distributionConfiguration", {}).get("distributions", []) for image in images]
        where = retention.where_to_look(leaving, [distributions or [], *copies], own, home)
        named, blind = references(self._accounts, where, workers)
        going = {image["arn"] for image in leaving}
        others = [summary for summary in listed if summary["arn"] not in going]
        kept, gone = [], []
        for image, reason in sorted_out:
            if reason is None:
                reason = retention.used_elsewhere(image, others) or retention.named(image, named, blind)
            if reason is None:
                gone.append(image)
            else:
                kept.append((image, reason))
        return kept, gone

    def _counts(self, summary, arn):
        found = summary.get("tags", {}).get(CONFIGURATION_TAG)
        return found == arn or (self._params["waves"] and belongs(found, arn))

    # -- retiring ------------------------------------------------------------------------------------------------

    def _retire(self, image):
        """One rollout; whatever goes wrong stands in its entry."""
        entry = {
            **_shown(image),
            "action": self._params["action"],
            "changed": True,
            "lifecycle_execution_id": None,
            "amis": [],
            "error": None,
        }
        entry["amis"] = [_ami(ami) for ami in retention.own_amis(image)]
        try:
            if not self._check_mode:
                understood(lambda: self._carry_out(image, entry))
        except (AccountNotEntered, ImageBuilderError, Unreadable) as error:
            entry["changed"] = bool(entry["lifecycle_execution_id"])
            entry["error"] = str(error)
        return entry

    def _carry_out(self, image, entry):
        action = self._params["action"]
        source_tags = self._source_tags(image)
        if action == "delete" and source_tags is not None and not self._left(image):
            # An earlier run deleted the AMIs, and was stopped before it could delete the record.
            api.delete_image(self._connection, image["arn"])
            return
        running = self._running(image["arn"])
        if not running:
            body = retention.request(image, action, self._params["execution_role"], source_tags)
            running = self._start(body)
        entry["lifecycle_execution_id"] = running
        if running and not self._follow(image, entry):
            return
        if action == "delete" and source_tags is not None and not entry["error"]:
            self._delete_record(image, entry)

    def _source_tags(self, image):
        """The tags of the source image, which is to stay, where the rollout lists it and it exists; else None."""
        if not retention.lists_its_source(image):
            return None
        ec2 = self._accounts.client("ec2", region_of(image["arn"]), account_of(image["arn"]))
        found = describe_image(ec2, image["tags"][SOURCE_TAG])
        return None if found is None else {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}

    def _left(self, image):
        """The AMIs of a rollout that still exist, without its source."""
        return [
            ami
            for ami in retention.own_amis(image)
            if describe_image(self._accounts.client("ec2", ami["region"], ami["account_id"]), ami["ami_id"])
        ]

    def _running(self, arn):
        """The id of a lifecycle execution that is under way for an image, or None."""
        found = api.list_lifecycle_executions(self._connection, arn)
        return next((one["lifecycleExecutionId"] for one in found if _status(one) not in _ENDED), None)

    def _start(self, body):
        try:
            return api.start_state_update(self._connection, str(uuid.uuid4()), **body)
        except ImageBuilderError as error:
            text = f"{error.message} {body['resourceArn']} with the execution role {body['executionRole']}"
            if error.code in DENIED_CODES and not named_action(error.exception):
                text += " (which also needs iam:PassRole on the role)"
            raise ImageBuilderError(message=text, exception=error.exception) from error

    def _follow(self, image, entry):
        """Waits for the end of a lifecycle execution. Returns whether it has ended; what failed stands in the entry."""
        identifier = entry["lifecycle_execution_id"]
        deadline = self._clock() + self._params["wait_timeout"]
        execution = api.get_lifecycle_execution(self._connection, identifier)
        while _status(execution) not in _ENDED:
            left = deadline - self._clock()
            if not self._params["wait"]:
                return False
            if left <= 0:
                entry["error"] = (
                    f"wait_timeout: the lifecycle execution {identifier} was not complete within"
                    f" {self._params['wait_timeout']} seconds. It goes on; run the same task again to wait on"
                )
                return False
            self._sleep(min(self._params["wait_delay"], left))
            execution = api.get_lifecycle_execution(self._connection, identifier)
        listed = api.list_lifecycle_resources(self._connection, identifier, image["arn"])
        entry["amis"] = retention.resources(listed, image)
        failed = retention.failures(entry["amis"], account_of(image["arn"]))
        if failed or _status(execution) != "SUCCESS":
            reason = execution.get("state", {}).get("reason") or "AWS gives no reason"
            parts = [f"the lifecycle execution {identifier} is {_status(execution)}: {reason}", *failed]
            entry["error"] = "\n  ".join(parts)
        return True

    def _delete_record(self, image, entry):
        """AWS keeps the record of an image of which it left out an AMI; without the other AMIs it is of no use."""
        left = [ami["ami_id"] for ami in self._left(image)]
        if left:
            entry["error"] = (
                f"{', '.join(left)} was left out together with the source image {image['tags'][SOURCE_TAG]}, which is"
                " in the same Region and bears no tag that tells them apart; deregister it by hand"
            )
        else:
            api.delete_image(self._connection, image["arn"])


def _status(execution):
    return execution.get("state", {}).get("status")


def _ami(ami):
    """An AMI of which nothing became yet."""
    place = {key: ami[key] for key in ("region", "account_id", "ami_id")}
    return {**place, "status": None, "reason": None, "snapshots": []}


def _shown(image):
    return {
        "image": image["arn"],
        "state": image.get("state", {}).get("status"),
        "source_image": image.get("tags", {}).get(SOURCE_TAG),
        "date_created": image.get("dateCreated"),
    }


def failure_text(retired):
    """What failed, as the text of an error; None where nothing did."""
    failed = [one for one in retired if one["error"]]
    if not failed:
        return None
    lines = [f"- {one['image']}: {one['error']}" for one in failed]
    return "\n".join([f"{len(failed)} of {len(retired)} rollouts could not be retired:", *lines])
