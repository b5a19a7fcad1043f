# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Distributes an existing image: starts or continues a rollout, and waits for it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from ..._distribution import fields
from ..._distribution import option_reader
from ..._distribution.arns import account_of
from ..._distribution.configuration.conversion import tags_to_api
from ..._distribution.forms import ApiDistribution
from ..._distribution.rollout import rollout_validation
from ..._distribution.rollout import rollouts
from ..._distribution.rollout.image_status import AVAILABLE
from ..._distribution.rollout.image_status import CANCELLED
from ..._distribution.rollout.image_status import DELETED
from ..._distribution.rollout.image_status import GONE
from ..._distribution.rollout.image_status import is_final
from ..._distribution.rollout.image_status import status_of
from ..._distribution.rollout.image_status import still_running_text
from ..._distribution.rollout.image_status import timeout_text
from ..._distribution.rollout.rollout_options import CANCELLED as CANCEL
from ..._distribution.rollout.rollouts import Decision
from ..._distribution.rollout.rollouts import SOURCE_TAG
from ..._distribution.validation_errors import in_order
from ..._distribution.validation_errors import ValidationError
from ..._distribution.versions import installed_model
from .. import api
from .. import uncertain
from ..errors import ImageBuilderError
from ..errors import missing_action
from ..errors import named_action
from ..iam.role_propagation import Propagation
from ..interruption import Interruption
from ..module import Connection
from . import source_image
from .named_configuration import named_configuration
from .rollout_outcome import RolloutOutcome
from .rollout_outcome import shown
from .rollout_outcome import StillRunning

# AWS may show a retried image as failed for a moment: the number of reads, and seconds between them.
_LOOKS_AFTER_RETRY = 5
_PAUSE_AFTER_RETRY = 1

# AWS shows a new image within a minute or two: the seconds to wait for it, and between two reads.
_VISIBLE_WITHIN = 300
_PAUSE_UNSEEN = 5

_NOT_FOUND = "ResourceNotFoundException"

# AWS's errors if it cannot cancel an image yet, and how many seconds to repeat the request.
_NOT_YET_CODES = frozenset([_NOT_FOUND, "ResourceInUseException", "InvalidRequestException"])
_CANCEL_WITHIN = 120


class Rollout:
    """One rollout, from the options of the module to its end.

    :param client: takes the name of a service and returns a botocore client for the same Region.
    :param params: the options, without rollout_validation.rollout_option_errors().
    :param check_mode: starts, retries and cancels nothing.
    :param sleep: takes seconds.
    :param clock: returns seconds.
    :param configuration: from named_configuration(); by default the one that the options name.
    :param interruption: ends the waiting early.
    """

    def __init__(
        self,
        connection: Connection,
        client: Callable[[str], Any],
        params: dict[str, Any],
        check_mode: bool = False,
        sleep: Callable[[float], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        configuration: dict[str, Any] | None = None,
        interruption: Interruption | None = None,
    ) -> None:
        self._connection = connection
        self._client = client
        self._params = params
        self._check_mode = check_mode
        self._interruption = interruption or Interruption()
        self._sleep, self._clock = sleep or self._interruption.sleep, clock
        self._given = configuration
        self._warnings: list[str] = []
        self._source: str | None = None
        self._distributions: list[ApiDistribution] = []
        # The ARNs of images with forged tags.
        self._forged: set[str] = set()
        # Whether GetImage has shown the image yet.
        self._shown = False

    def run(self) -> RolloutOutcome:
        """Does what the options ask for, and waits if they ask for it.

        :returns: the outcome; rollout_outcome.failure() tells whether the module fails.
        :raises: ImageBuilderError; StillRunning.
        """
        outcome = self._act()
        if outcome.image and self._params["wait"] and not self._check_mode:
            outcome = self._follow(outcome, outcome.image)
        image = outcome.image
        changed = image and rollouts.changed_at_the_start(image, self._distributions, self._connection.identity[0])
        if changed:
            outcome.warnings.append(changed)
        if image and outcome.decision.action == "cancelled" and status_of(image) == AVAILABLE:
            outcome.warnings.append(
                f"{image['arn']} was AVAILABLE before it could be cancelled; its AMIs are distributed"
            )
        return outcome

    # -- deciding and acting -------------------------------------------------------------------------------------

    def _act(self) -> RolloutOutcome:
        connection, params = self._connection, self._params
        arn = params["image_build_version_arn"]
        if arn:
            named = self._named(arn)
            self._source = named.get("tags", {}).get(SOURCE_TAG)
            if params["state"] == CANCEL:
                return self._cancel(named)
            return self._carry_out(rollouts.decide_certain(named, params["on_failed"]), named, {})

        configuration = self._given or named_configuration(connection, params, self._check_mode, self._warnings)
        self._distributions = configuration["distributions"]
        self._source = source = source_image.resolve(self._connection, self._client, params["source_image"])
        if params["state"] == CANCEL:
            return self._cancel_newest(configuration["arn"])
        tags = rollouts.identity_tags(source, configuration["arn"], self._distributions)
        before = self._newest(self._builds(), configuration["arn"], self._distributions)
        decision = rollouts.decide(tags, before, params["on_failed"], params["force"], params["execution_role"])
        return self._carry_out(decision, before, self._request(configuration["arn"], tags))

    def _named(self, arn: str) -> dict[str, Any]:
        """The image that the user names, from GetImage. AWS may not show it yet."""
        patience = min(_VISIBLE_WITHIN, self._params["wait_timeout"])
        until = self._clock() + patience
        while True:
            try:
                image = api.require_image(self._connection, arn)
            except ImageBuilderError as error:
                if error.code != _NOT_FOUND:
                    raise
                if self._check_mode or account_of(arn) != self._connection.identity[0]:
                    text = "does not exist; check Region and account, or whether the image was deleted since"
                elif self._clock() >= until:
                    text = (
                        f"is not found after {patience} seconds. If it was started only minutes ago, run the same task"
                        " again: AWS may take a while to show it. Otherwise check Region and account, or whether the"
                        " image was deleted since"
                    )
                else:
                    self._sleep(min(_PAUSE_UNSEEN, self._params["wait_delay"]))
                    continue
                raise ImageBuilderError(
                    message=f"image_build_version_arn: {arn} {text}", exception=error.exception
                ) from error
            self._shown = True
            return image

    def _builds(self) -> list[dict[str, Any]]:
        """The summaries of all images, without those with forged tags."""
        return [one for one in api.list_image_builds(self._connection) if one["arn"] not in self._forged]

    def _newest(
        self, summaries: list[dict[str, Any]], configuration_arn: str, distributions: Iterable[ApiDistribution] = ()
    ) -> dict[str, Any] | None:
        """The newest rollout, from GetImage.

        :param summaries: from _builds().
        """
        while True:
            real = [one for one in summaries if one["arn"] not in self._forged]
            image = self._image_of(rollouts.newest(real, configuration_arn, self._source, distributions))
            contradicted = image and rollouts.contradiction(image)
            if not image or not contradicted:
                return image
            self._forged.add(image["arn"])
            self._warnings.append(rollouts.forged_text(image, contradicted))

    def _image_of(self, summary: dict[str, Any] | None) -> dict[str, Any] | None:
        if not summary:
            return None
        image = api.get_image(self._connection, summary["arn"])
        self._shown = image is not None
        if image:
            return image
        # AWS showed an image that has ended long ago, so it was deleted. One that is still running may be too new.
        return {**summary, "state": {"status": DELETED}} if is_final(status_of(summary)) else summary

    def _request(self, configuration_arn: str, tags: dict[str, str]) -> dict[str, Any]:
        body = {
            "sourceImage": self._source,
            "distributionConfigurationArn": configuration_arn,
            "executionRole": self._params["execution_role"],
            "tags": {**tags_to_api(self._params["tags"] or {}), **tags},
        }
        logging = self._params["logging_configuration"]
        if logging:
            body["loggingConfiguration"] = {"logGroupName": logging["log_group_name"]}
        return body

    def _carry_out(self, decision: Decision, before: dict[str, Any] | None, body: dict[str, Any]) -> RolloutOutcome:
        """Does what was decided.

        :param body: the request that would start a rollout, empty if none may be started.
        """
        self._warnings += decision.warnings
        if not decision.changes:
            return self._outcome(decision, before, before, shown(before))
        if body and decision.action != "retried":
            owner = account_of(body["distributionConfigurationArn"])
            self._warnings += source_image.check(self._client, body["sourceImage"], self._connection.region, owner)
        if self._check_mode:
            resumed = before if decision.action == "retried" else {"arn": None, **body}
            return self._outcome(decision, None, before, {**shown(resumed), "state": AVAILABLE})
        if before and decision.action == "retried":
            decision, image = self._retry(decision, before)
        else:
            image = self._start(body, (before or {}).get("arn"))
        return self._outcome(decision, image, before, shown(image))

    def _outcome(
        self, decision: Decision, image: dict[str, Any] | None, before: dict[str, Any] | None, after: dict[str, Any]
    ) -> RolloutOutcome:
        return RolloutOutcome(decision, image, shown(before), after, self._source, self._warnings)

    # -- writing -------------------------------------------------------------------------------------------------

    def _start(self, body: dict[str, Any], newest_arn: str | None) -> dict[str, Any]:
        propagation = Propagation(self._client, body["executionRole"], self._sleep)
        # All attempts share one token. With force, AWS must not answer with the rollout of an earlier request.
        token = str(uuid.uuid4()) if self._params["force"] else rollouts.client_token(body, newest_arn)
        try:
            arn = self._distribute(propagation, token, body)
        except ImageBuilderError as error:
            arn = self._started_nevertheless(error, body, newest_arn)
        self._warnings += propagation.warnings
        return self._look(arn, {"arn": arn, "state": {"status": "PENDING"}, "tags": body["tags"]}, just_created=True)

    def _started_nevertheless(self, error: ImageBuilderError, body: dict[str, Any], newest_arn: str | None) -> str:
        """The ARN of the rollout, if a start without a certain answer was carried out."""
        if not error.in_doubt:
            raise error
        arn = body["distributionConfigurationArn"]
        summary = uncertain.read_back(
            error,
            "the rollouts of the configuration",
            lambda: rollouts.newest(self._builds(), arn, self._source, self._distributions),
            "it continues the rollout if one was started",
        )
        own = {name: body["tags"][name] for name in rollouts.IDENTITY_TAGS}
        if summary and summary["arn"] != newest_arn and own.items() <= summary.get("tags", {}).items():
            return str(summary["arn"])
        raise uncertain.not_carried_out(error, "no rollout was started") from error

    def _look(self, arn: str, otherwise: dict[str, Any], just_created: bool = False) -> dict[str, Any]:
        """The image after a write that was carried out; C(otherwise) if AWS does not show it or it cannot be read."""
        try:
            image = api.get_image(self._connection, arn, just_created)
        except ImageBuilderError as error:
            self._warnings.append(f"{arn} could not be read: {error}")
            return otherwise
        self._shown = self._shown or image is not None
        return image or otherwise

    def _distribute(self, propagation: Propagation, token: str, body: dict[str, Any]) -> str:
        while True:
            try:
                return api.distribute_image(self._connection, token, **body)
            except ImageBuilderError as error:
                if not error.exception:
                    raise  # AWS's answer lacks the ARN.
                if not propagation.waits(error):
                    raise self._not_started(error, body, propagation.finding) from error

    def _not_started(self, error: ImageBuilderError, body: dict[str, Any], finding: str | None) -> ImageBuilderError:
        text = (
            f"{error.message} {body['sourceImage']} with {body['distributionConfigurationArn']} and the execution role"
            f" {body['executionRole']}"
        )
        if missing_action(error.exception) and not named_action(error.exception):
            text += (
                " (this also needs imagebuilder:TagResource, imagebuilder:GetImage, ec2:DescribeImages,"
                " imagebuilder:GetDistributionConfiguration and, on the role, iam:PassRole)"
            )
        if finding:
            text += f" ({finding})"
        return ImageBuilderError(message=text, exception=error.exception)

    def _retry(self, decision: Decision, before: dict[str, Any]) -> tuple[Decision, dict[str, Any]]:
        """(decision, image): what was done, which is nothing if somebody else has just started a retry."""
        arn = before["arn"]
        try:
            api.retry_image(self._connection, str(uuid.uuid4()), arn)
        except ImageBuilderError as error:
            image = self._look_in_doubt(error, before)
            if error.in_doubt and image.get("state") != before.get("state"):
                return decision, image
            if not is_final(status_of(image)):
                reason = f"{arn} was {status_of(before)}, but somebody else has started a retry in the meantime"
                return Decision("resumed", reason), image
            raise ImageBuilderError(
                message=f"{error.message} {arn}. on_failed: restart starts a new rollout instead, which copies every "
                "AMI again. AWS said",
                exception=error.exception,
            ) from error
        for _attempt in range(_LOOKS_AFTER_RETRY):
            image = self._look(arn, {**before, "state": {"status": "PENDING"}})
            if image.get("state") != before.get("state"):
                break
            self._sleep(_PAUSE_AFTER_RETRY)
        return decision, image

    def _look_in_doubt(self, error: ImageBuilderError, before: dict[str, Any]) -> dict[str, Any]:
        """The image after a write with this error; C(before) if it cannot be read and the error leaves no doubt."""
        if not error.in_doubt:
            return self._look(before["arn"], before)
        return uncertain.read_back(
            error,
            f"the rollout {before['arn']}",
            lambda: api.get_image(self._connection, before["arn"]) or before,
            "it continues from what it finds",
        )

    def _cancel_newest(self, configuration_arn: str) -> RolloutOutcome:
        summaries = self._builds()
        outcome = self._cancel(self._newest(summaries, configuration_arn))
        image = outcome.image or {}
        known = {image.get("arn"), *self._forged}
        others = [arn for arn in rollouts.still_running(summaries, configuration_arn) if arn not in known]
        if others and not outcome.decision.changes:
            # For example, the SSM parameter with the source image has changed since.
            outcome.warnings.append(
                "Nothing was cancelled, but other rollouts with this configuration are still running:"
                f" {', '.join(others)}. To cancel one, give its ARN as image_build_version_arn instead of source_image"
                f" ({self._source})"
            )
        return outcome

    def _cancel(self, before: dict[str, Any] | None) -> RolloutOutcome:
        decision = rollouts.decide_cancel(before)
        self._warnings += decision.warnings
        if not before or not decision.changes:
            return self._outcome(decision, before, before, shown(before))
        after = {**shown(before), "state": CANCELLED}
        if self._check_mode:
            return self._outcome(decision, None, before, after)
        until = self._clock() + _CANCEL_WITHIN
        while True:
            try:
                api.cancel_image(self._connection, str(uuid.uuid4()), before["arn"])
                return self._outcome(decision, self._look(before["arn"], before), before, after)
            except ImageBuilderError as error:
                image = self._look_in_doubt(error, before)
                if error.in_doubt and status_of(image) == CANCELLED:
                    return self._outcome(decision, image, before, after)
                if is_final(status_of(image)):
                    # It has ended in the meantime.
                    return self._cancel(image)
                if error.code not in _NOT_YET_CODES or self._clock() >= until:
                    raise ImageBuilderError(
                        message=f"{error.message} {before['arn']}", exception=error.exception, changed=error.in_doubt
                    ) from error
            self._sleep(_PAUSE_UNSEEN)

    # -- waiting -------------------------------------------------------------------------------------------------

    def _follow(self, outcome: RolloutOutcome, seen: dict[str, Any]) -> RolloutOutcome:
        """The outcome when its image has reached a final state.

        :param seen: the image when it was last read.
        """
        begun = seen_at = self._clock()
        arn = seen["arn"]
        while not is_final(status_of(seen)):
            left = begun + self._params["wait_timeout"] - self._clock()
            if left <= 0:
                raise _still_running(timeout_text(self._params["wait_timeout"]), outcome, seen)
            if not self._interruption.name:
                self._sleep(min(self._params["wait_delay"], left))
            if self._interruption.name:
                why = f"The task was interrupted by {self._interruption.name}"
                raise _still_running(why, outcome, seen)
            try:
                image = api.get_image(self._connection, arn)
            except ImageBuilderError as error:
                why = f"The rollout cannot be watched any longer: {str(error).rstrip('.')}"
                raise _still_running(why, outcome, seen) from error
            if image:
                self._shown, seen_at = True, self._clock()
            elif self._clock() - seen_at < _VISIBLE_WITHIN:
                continue
            elif not self._shown:
                why = f"AWS has not shown the rollout for {_VISIBLE_WITHIN} seconds"
                raise _still_running(why, outcome, seen)
            seen = image or {**seen, "state": {"status": DELETED, "reason": GONE}}
            outcome = outcome._replace(image=seen)
            if outcome.decision.changes:
                outcome = outcome._replace(after={**outcome.after, "state": status_of(seen)})
        return outcome


def _still_running(why: str, outcome: RolloutOutcome, seen: dict[str, Any]) -> StillRunning:
    cancelling = outcome.decision.action == "cancelled"
    return StillRunning(still_running_text(seen["arn"], status_of(seen), why, cancelling), outcome)


def explain_rollout(argument_spec: dict[str, Any], params: dict[str, Any]) -> list[ValidationError]:
    """All errors in the options, after Ansible's own validation has found the first one."""
    values, errors = option_reader.read(argument_spec, params, mutually_exclusive=[fields.SELECTORS])
    model = installed_model()
    if "DistributeImage" not in model.operation_names:
        return in_order(errors, [])
    values = {name: values.get(name) for name in argument_spec}
    return in_order(errors, rollout_validation.rollout_option_errors(values, model))
