# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Distributes one wave: reduces its configuration to what is left of the wave, and restores it afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ..._distribution.arns import configuration_arn
from ..._distribution.configuration import comparison
from ..._distribution.forms import ApiDistribution
from ..._distribution.ownership import Owner
from ..._distribution.ownership import owner_of
from ..._distribution.ownership import SPEC_TAG
from ..._distribution.ownership import WAVES_TAG
from ..._distribution.rollout import waves
from ..._distribution.rollout.image_status import AVAILABLE
from ..._distribution.rollout.image_status import CANCELLED
from ..._distribution.rollout.image_status import FAILED
from ..._distribution.rollout.image_status import is_final
from ..._distribution.rollout.image_status import report
from ..._distribution.rollout.image_status import status_of
from ..._distribution.rollout.rollout_options import CANCELLED as CANCEL
from ..._distribution.rollout.rollouts import Decision
from ..._distribution.targets import targets
from .. import api
from ..accounts import Accounts
from ..configuration.configurations import ensure
from ..errors import ImageBuilderError
from ..interruption import Interruption
from ..module import Connection
from . import source_image
from .named_configuration import named_configuration
from .rollout import Rollout
from .rollout_outcome import RolloutOutcome
from .rollout_outcome import StillRunning
from .wave_state import wave_state
from .wave_state import WaveState

# The most targets of earlier waves that an error names.
_MOST = 5


class WaveRollout:
    """The rollout of one wave, from the options of the module to its end.

    The wave's configuration normally holds the whole wave, but during a rollout only what is left of it. If a run is
    killed, the next one restores the configuration.

    :param client: takes the name of a service and returns a botocore client for the same Region.
    :param target_accounts: clients for the accounts.
    :param params: the options, including C(wave), without rollout_validation.rollout_option_errors().
    :param check_mode: writes nothing.
    :param sleep: takes seconds.
    :param clock: returns seconds.
    :param interruption: ends the waiting early.
    """

    # Set when the configurations, and when the targets have been read.
    _wave: waves.Wave
    _wave_state: WaveState

    def __init__(
        self,
        connection: Connection,
        client: Callable[[str], Any],
        target_accounts: Accounts,
        params: dict[str, Any],
        check_mode: bool = False,
        sleep: Callable[[float], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        interruption: Interruption | None = None,
    ) -> None:
        self._connection = connection
        self._client = client
        self._accounts = target_accounts
        self._params = params
        self._check_mode = check_mode
        self._interruption = interruption or Interruption()
        self._sleep, self._clock = sleep or self._interruption.sleep, clock
        self._warnings: list[str] = []
        self._arn = ""
        self._whole: list[ApiDistribution] = []
        self._stored: dict[str, Any] | None = None
        # The wave's configuration as this task has last seen or written it; None if that is not known.
        self._held: dict[str, Any] | None = None
        # The spec of the wave's configuration, if it has one.
        self._owner: Owner | None = None
        self._source: str | None = None
        self._due = False
        self._resumed: RolloutOutcome | None = None
        # Whether the configuration does not hold the whole wave: at the start of this task, and because of this task.
        self._stale = self._reduced = False
        # Whether this task has written the reduced configuration.
        self._wrote = False
        self._restored = False
        self._running = False

    def run(self) -> RolloutOutcome:
        """Does what the options ask for, and waits if they ask for it.

        :returns: the outcome; rollout_outcome.failure() tells whether the module fails.
        :raises: ImageBuilderError; StillRunning.
        """
        outcome = self._run()
        return outcome._replace(warnings=[*outcome.warnings, *self._warnings])

    @property
    def changed(self) -> bool:
        """Whether something was or, in check mode, would be written in addition to what the outcome reports."""
        reduced = self._wrote and self._reduced
        return self._restored or reduced or bool(self._resumed and self._resumed.decision.changes)

    @property
    def warnings(self) -> list[str]:
        """The warnings, for callers if run() failed."""
        return self._warnings

    def report(self) -> dict[str, Any] | None:
        """The result C(wave) of the module, None if it is not known yet."""
        wave: waves.Wave | None = getattr(self, "_wave", None)
        left: WaveState | None = getattr(self, "_wave_state", None)
        if not wave:
            return None
        targets, incomplete = (left.targets, left.incomplete) if left else ([], [])
        return {
            "number": wave.number,
            "of": wave.of,
            "name": wave.name,
            "regions": wave.regions,
            "due": self._due,
            "complete": left is not None and not left.due,
            "in_sync": left is not None and left.in_sync,
            "remaining": [{key: target[key] for key in ("region", "account_id")} for target in incomplete],
            "resumed": report(self._resumed.image) if self._resumed and self._resumed.image else None,
            "restored": self._restored,
            "targets": [{**target, "complete": target not in incomplete} for target in targets],
        }

    # -- deciding ------------------------------------------------------------------------------------------------

    def _run(self) -> RolloutOutcome:
        params = self._params
        self._read()
        if params["image_build_version_arn"] or params["state"] == CANCEL:
            return self._certain()
        self._source = source_image.resolve(self._connection, self._client, params["source_image"])
        if not self._whole:
            # In check mode, if an earlier task would create the configuration.
            self._due = True
            return self._outcome("started", f"no rollout of {self._source} with this configuration is known")
        self._wave_state = self._look()
        self._due = self._wave_state.due or params["force"]
        if not self._due:
            self._restore(alone=True)
            return self._outcome("unchanged", f"every Region and account of {self._wave} has the image")
        self._require_earlier_waves()
        self._require_configuration()
        return self._distribute()

    def _outcome(self, action: str, reason: str) -> RolloutOutcome:
        return RolloutOutcome(Decision(action, reason), None, {}, {}, self._source, [])

    def _read(self) -> None:
        """Reads the whole configuration and the wave's."""
        params, option = self._params, self._params["wave"]
        account_id, partition = self._connection.identity
        whole = named_configuration(self._connection, params, self._check_mode, self._warnings)
        self._whole = whole["distributions"]
        errors = waves.unknown_regions(option, self._whole) if self._whole else []
        if errors:
            raise ImageBuilderError(message="\n".join(str(error) for error in errors))
        numbers = (option["number"], option["of"], option["regions"])
        self._wave = waves.make_wave(whole["name"], self._whole, *numbers, account_id, self._connection.region)
        self._arn = configuration_arn(self._wave.name, partition, self._connection.region, account_id)
        answer = api.get_configuration(self._connection, self._arn)
        if not answer:
            return
        self._stored = self._held = answer[0]
        tags = self._stored.get("tags") or {}
        self._owner = owner_of(tags)
        ids = {one.get("tags", {}).get(SPEC_TAG) for one in (whole, self._stored)} - {None}
        if WAVES_TAG not in tags or len(ids) > 1:
            raise ImageBuilderError(
                message=f"{self._arn} has the name of {self._wave}, but may be somebody else's: it lacks the tag"
                f" {WAVES_TAG}, or has another {SPEC_TAG} than {whole['name']}. Choose another name for the"
                " whole configuration, or correct the tag"
            )
        # In check mode, an earlier task may be about to change it.
        expected = not self._check_mode or whole.get("predicted") is not True
        if self._whole and expected:
            self._stale = comparison.plan(self._wanted(self._wave.distributions), self._stored).rewrite

    def _wanted(self, distributions: list[ApiDistribution]) -> dict[str, Any]:
        """The wave's configuration, as configurations.ensure() takes it."""
        return {
            "state": "present",
            "name": self._wave.name,
            "description": self._wave.description,
            "distributions": distributions,
            "tags": None,
            "owner": self._owner,
            # If somebody deletes it, a new one would lack its tags.
            "was_read": True,
            "purge_distributions": True,
            "purge_accounts": True,
            # The whole configuration was checked, and a wave has nothing else.
            "judged": True,
        }

    def _look(self, wave: waves.Wave | None = None) -> WaveState:
        own = self._connection.identity[0]
        sharing = {account for _region, account in targets(self._whole, own)}
        sharing.update(self._params["other_target_accounts"] or [])
        workers = self._params["workers"]
        return wave_state(self._connection, self._accounts, wave or self._wave, self._source, sharing, workers)

    def _require_earlier_waves(self) -> None:
        """Fails if the waves before this one are not complete and in sync. In check mode, they would be by now."""
        regions = self._params["wave"].get("after")
        if not regions or self._check_mode:
            return
        wave, own = self._wave, self._connection.identity[0]
        earlier = waves.make_wave(wave.whole, self._whole, wave.number, wave.of, regions, own, self._connection.region)
        before = self._look(earlier)
        if not before.left and before.in_sync:
            return
        others = [target for target in before.targets if target["status"] != "in_sync"] or before.incomplete
        shown = [f"{one['region']} {one['account_id']} ({one['status']})" for one in others[:_MOST]]
        if len(others) > _MOST:
            shown.append(f"{len(others) - _MOST} more")
        raise ImageBuilderError(
            message=f"{wave} was not started, because the waves before it are not complete and in sync:"
            f" {', '.join(shown)}. Repair what drifted with goldimage.aws.imagebuilder_image_distribution_repair, or"
            " distribute these waves again"
        )

    def _require_configuration(self) -> None:
        if self._stored or self._check_mode:
            return
        raise ImageBuilderError(
            message=f"The configuration {self._arn} of {self._wave} does not exist; create it first, with the tag"
            f" {WAVES_TAG}"
        )

    # -- distributing --------------------------------------------------------------------------------------------

    def _distribute(self) -> RolloutOutcome:
        """Continues what an earlier task began, then distributes what that leaves."""
        try:
            outcome = self._continue()
            if outcome and (self._check_mode or status_of(outcome.image) != AVAILABLE):
                return self._ended(outcome)
            if outcome:
                self._wave_state = self._look()
                if not self._wave_state.left:
                    return self._ended(outcome)
                self._resumed = outcome
            return self._ended(self._start())
        except StillRunning as ended:
            self._running = True
            raise StillRunning(f"{self._wave}: {ended}", ended.outcome) from ended
        finally:
            if not self._running:
                self._restore()

    def _ended(self, outcome: RolloutOutcome) -> RolloutOutcome:
        """Reads the state of the targets, unless the rollout is still running."""
        self._running = bool(outcome.image) and not is_final(status_of(outcome.image))
        if not self._check_mode and not self._running:
            try:
                self._wave_state = self._look()
            except ImageBuilderError as error:
                self._warnings.append(f"The state of {self._wave} could not be read: {error}")
        return outcome

    def _continue(self) -> RolloutOutcome | None:
        """Waits for a rollout of the wave that has not ended, or retries one that failed; None if there is none."""
        image, on_failed = self._wave_state.unfinished, self._params["on_failed"]
        if not image:
            return None
        failed = status_of(image) in (FAILED, CANCELLED)
        if failed and (on_failed == "restart" or self._params["force"]):
            return None
        return self._rollout(image_build_version_arn=image["arn"], on_failed="fail" if on_failed == "fail" else "retry")

    def _start(self) -> RolloutOutcome:
        left = self._wave.distributions if self._params["force"] else self._wave_state.left
        return self._rollout(
            configuration=self._reduce(left),
            source_image=self._source,
            force=self._params["force"] or self._wave_state.needs_new_rollout,
        )

    def _rollout(self, configuration: dict[str, Any] | None = None, **options: Any) -> RolloutOutcome:
        params = {**self._params, **options}
        if options.get("image_build_version_arn"):
            params["force"] = False
        parts = (self._connection, self._client, params, self._check_mode, self._sleep, self._clock)
        return Rollout(*parts, configuration=configuration, interruption=self._interruption).run()

    def _certain(self) -> RolloutOutcome:
        """Cancels the newest rollout of the wave, or waits for the one that is named; starts none."""
        try:
            outcome = self._rollout({"arn": self._arn, "name": self._wave.name, "distributions": []})
            self._source = outcome.source_image
            self._running = bool(outcome.image) and not is_final(status_of(outcome.image))
            if self._source and self._whole and not self._running:
                self._wave_state = self._look()
            return outcome
        except StillRunning:
            self._running = True
            raise
        finally:
            if not self._running:
                self._restore()

    # -- the wave's configuration --------------------------------------------------------------------------------

    def _reduce(self, left: list[ApiDistribution]) -> dict[str, Any]:
        """Reduces the wave's configuration to what is left. Returns it as AWS then has it."""
        if self._check_mode:
            return {"arn": self._arn, "name": self._wave.name, "distributions": left}
        self._reduced, self._held = True, None
        reduced = ensure(self._connection, self._wanted(left))
        self._wrote = reduced.action != "unchanged"
        self._held = reduced.configuration
        return reduced.configuration or {}

    def _changed_by_others(self) -> bool:
        """Whether the wave's configuration now holds something else than what this task saw or wrote, hours ago."""
        answer = api.get_configuration(self._connection, self._arn) if self._held else None
        return bool(answer and self._held and comparison.settings(answer[0]) != comparison.settings(self._held))

    def _restore(self, alone: bool = False) -> None:
        """Restores the whole wave in its configuration.

        :param alone: whether the task has nothing else to do, so that it fails if this fails.
        """
        if not (self._stale or self._reduced):
            return
        try:
            if not self._check_mode:
                if self._changed_by_others():
                    self._warnings.append(
                        f"Somebody else changed {self._arn} during the rollout, so this task did not restore it"
                    )
                    return
                ensure(self._connection, self._wanted(self._wave.distributions), read_back=False)
        except ImageBuilderError as error:
            text = f"{self._arn} still holds a part of {self._wave}; the next run of this task restores it"
            if alone:
                raise
            self._warnings.append(str(error) if error.kwargs.get("deleted") else f"{text}. {error}")
            return
        self._restored = self._stale
        self._reduced = False
        if self._stale and not self._params["image_build_version_arn"]:
            self._warnings.append(
                f"{self._arn} did not hold the whole of {self._wave}, because an earlier task was killed or did not "
                "wait until the end"
            )
