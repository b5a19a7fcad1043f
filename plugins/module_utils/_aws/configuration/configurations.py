# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings one distribution configuration to the wanted state."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple
from typing import TYPE_CHECKING

try:
    import botocore.session
except ImportError:
    botocore = None  # AnsibleAWSModule fails with a clear message.

from ..._distribution import fields
from ..._distribution import option_reader
from ..._distribution import validation
from ..._distribution.arns import account_of
from ..._distribution.arns import configuration_arn
from ..._distribution.arns import fold_name
from ..._distribution.arns import name_of
from ..._distribution.configuration import comparison
from ..._distribution.configuration.conversion import distributions_to_api
from ..._distribution.configuration.conversion import placeholders_to_api
from ..._distribution.configuration.conversion import tags_to_api
from ..._distribution.differences import Change
from ..._distribution.option_reader import shown
from ..._distribution.problems import in_order
from ..._distribution.problems import Problem
from ..._distribution.problems import show_prefixes
from ..._distribution.validation_model import value_problems
from .. import api
from ..errors import DENIED_CODES
from ..errors import describe
from ..errors import EXPIRED_CODES
from ..errors import ImageBuilderError
from ..errors import missing_action
from ..errors import THROTTLING_CODES
from ..errors import TRANSIENT_CODES

if TYPE_CHECKING:
    from ..module import Connection

# How often an update is planned anew because somebody else has written meanwhile.
_PLANS = 5

# How often tags are put right that somebody else has written among ours.
_SETTLINGS = 2

# A dry run that ends with one of these says nothing against the values.
_MISSING_DEPENDENCY_CODES = frozenset(["ResourceNotFoundException", "ClientException"])
_MISSING_DEPENDENCY_TEXT = re.compile(r"do(es)? not exist|not found|could not find|cannot find", re.IGNORECASE)


class Outcome(NamedTuple):
    """What was done about one configuration, or in check mode would be.

    C(action): created, updated, deleted or unchanged, in a set also released, kept or failed; C(name); C(arn);
    C(configuration): the API's form of it afterwards, None when absent; C(plan): the comparison.Plan that was carried
    out; C(warnings): texts; C(error): the exception of what failed or was kept.
    """

    action: str
    name: str | None
    arn: str
    configuration: dict[str, Any] | None = None
    plan: comparison.Plan | None = None
    warnings: Sequence[str] = ()
    error: Exception | None = None

    @property
    def changed(self) -> bool:
        """Whether something was written, be it that it failed later."""
        return self.action in ("created", "updated", "deleted", "released") or getattr(self.error, "changed", False)

    @property
    def before(self) -> dict[str, Any]:
        """The configuration before, for a diff."""
        return self.plan.before if self.plan else {}

    @property
    def after(self) -> dict[str, Any]:
        """The configuration after, for a diff."""
        return self.plan.after if self.plan else {}

    @property
    def changes(self) -> list[Change]:
        """What an update changed, field by field."""
        return self.plan.changes if self.plan else []

    @property
    def diff(self) -> dict[str, Any]:
        """What Ansible shows with --diff."""
        return self.plan.diff if self.plan else {"before": {}, "after": {}}

    @property
    def state(self) -> dict[str, Any] | None:
        """The configuration as modules return it, None when absent."""
        return state_of(self.configuration) if self.configuration else None


def wanted_from(params: dict[str, Any]) -> dict[str, Any]:
    """The options of one configuration with C(distributions), C(description) and C(tags) in API form."""
    distributions, tags = params.get("distributions"), params.get("tags")
    return {
        **params,
        "description": placeholders_to_api(params.get("description")),
        "distributions": None if distributions is None else distributions_to_api(distributions),
        "tags": None if tags is None else tags_to_api(tags),
    }


def configuration_option_problems(
    params: dict[str, Any],
    service_model: Any,
    region: str | None = None,
    path: str = "",
    wanted: dict[str, Any] | None = None,
) -> list[Problem]:
    """Everything that is known to be refused in the options of one configuration, as a list of Problem.

    :param wanted: what wanted_from() makes of the options, where that has been done already.
    """
    found = validation.configuration_problems(wanted or wanted_from(params), service_model, path, region)
    prefix = path + "." if path else ""
    found = show_prefixes(found, params.get("distributions"), prefix + "distributions")
    return in_order([], found)


def explain(argument_spec: dict[str, Any], params: dict[str, Any]) -> list[Problem]:
    """All problems of a module's options, for when Ansible's own validation has found the first one."""
    rules = {"mutually_exclusive": [fields.SELECTORS], "required_one_of": [fields.SELECTORS]}
    values, found = option_reader.read(argument_spec, params, **rules)
    model = botocore.session.get_session().get_service_model("imagebuilder")
    return in_order(found, configuration_option_problems(values, model))


def ensure(
    connection: Connection,
    wanted: dict[str, Any],
    check_mode: bool = False,
    path: str = "",
    found: dict[str, Any] | None = None,
    read_back: bool = True,
) -> Outcome:
    """Creates, updates or deletes one configuration, or does nothing.

    An unchanged one costs two requests by name (who am I, read it), one by ARN. An update that removes Regions, or that
    keeps what was read, reads once more right before it writes, since the API has no conditional write.

    :param wanted: from wanted_from(), without configuration_option_problems(). C(judged) in it: what no rollout could
        carry out was refused where the distributions came from, and is written as it is.
    :param check_mode: writes nothing; asks AWS for a dry run of a create.
    :param path: where the options stand, for errors and warnings; for example C(distribution_configurations[3]).
    :param found: the configuration, where a listing has shown it already.
    :param read_back: whether the result is read again after a write.
    :returns: an Outcome.
    :raises: ImageBuilderError, with C(changed) where something had been written before, or may have been, and with
        C(in_use) where pipelines keep the configuration from being deleted.
    """
    arn, account_id = address(connection, wanted)
    label = "{} ({})".format(wanted.get("name") or name_of(arn), arn)
    try:
        return _Run(connection, wanted, arn, account_id, path).perform(check_mode, found, read_back)
    except ImageBuilderError as error:
        place = ".".join(part for part in (path, error.kwargs.get("option")) if part)
        message = f"{error.message} {label} in {connection.region}" if error.exception else error.message
        raise ImageBuilderError(
            message=f"{place}: {message}" if place else message, exception=error.exception, **error.kwargs
        ) from error


def address(connection: Connection, wanted: dict[str, Any]) -> tuple[str, str]:
    """(ARN, account id) of the configuration."""
    arn = wanted.get("distribution_configuration_arn")
    if arn:
        return arn, account_of(arn)
    account_id, partition = connection.identity
    return configuration_arn(wanted["name"], partition, connection.region, account_id), account_id


class _Run:
    """One configuration on its way from found to wanted."""

    def __init__(self, connection: Connection, wanted: dict[str, Any], arn: str, account_id: str, path: str) -> None:
        self.connection = connection
        self.wanted = wanted
        self.arn = arn
        self.account_id = account_id
        self.path = path
        self.warnings: list[str] = []

    def perform(self, check_mode: bool, found: dict[str, Any] | None, read_back: bool) -> Outcome:
        unknown: list[str] = []
        if not found:
            found, unknown = api.get_configuration(self.connection, self.arn) or (None, [])
        plan = self._plan(found, unknown)
        if check_mode and plan.action != "unchanged":
            return self._predict(plan, found)
        plan, found = self._up_to_date(plan, found)
        if plan.action == "unchanged":
            return self._outcome(plan, found)
        write = {"created": self._create, "updated": self._update, "deleted": self._delete}[plan.action]
        plan, found = write(plan, found)
        return self._outcome(plan, self._read_back(plan, found) if read_back else None)

    def _plan(self, found: dict[str, Any] | None, unknown: list[str]) -> comparison.Plan:
        self._refuse_other_name(found)
        self._refuse_incomplete(found)
        self.warnings = []
        plan = comparison.plan(self.wanted, found)
        self._judge_rollouts(plan, found)
        self._warn_about(plan, found)
        if plan.action == "updated" and plan.rewrite:
            self._refuse_unknown_members(unknown)
            self._refuse_merged(plan)
        if plan.set_tags:
            self._refuse_merged_tags(plan)
        return plan

    # -- what somebody else writes at the same time ----------------------------------------------------------------

    def _up_to_date(
        self, plan: comparison.Plan, found: dict[str, Any] | None
    ) -> tuple[comparison.Plan, dict[str, Any] | None]:
        """(plan, found), read again where an update could lose what somebody else has written since the read.

        What only adds to or keeps beside what is there is planned anew. Where Regions would go, a person has to look.
        """
        for _number in range(_PLANS):
            if not self._could_lose(plan):
                return plan, found
            now, unknown = api.get_configuration(self.connection, self.arn) or (None, [])
            if now and _version(now) == _version(found):
                return plan, found
            if not now:
                raise self._overtaken(found, now, [])
            plan = self._plan(now, unknown)
            if plan.removed_regions:
                raise self._overtaken(found, now, plan.removed_regions)
            found = now
        raise ImageBuilderError(
            message=f"{self.arn} was changed by somebody else each of the {_PLANS} times that it was read before an"
            " update; nothing was written. Run the task again when they have finished"
        )

    def _could_lose(self, plan: comparison.Plan) -> bool:
        """Whether an update removes Regions, or writes again what was read."""
        if plan.action != "updated" or not plan.rewrite:
            return False
        kept = self.wanted.get("distributions") is None or not (
            self.wanted["purge_distributions"] and self.wanted["purge_accounts"]
        )
        return kept or bool(plan.removed_regions)

    def _overtaken(self, found: dict[str, Any], now: dict[str, Any] | None, removed: list[str]) -> ImageBuilderError:
        if not now:
            return ImageBuilderError(
                message=f"Somebody else deleted {self.arn} between this task's read and its write; nothing was written."
                " Run the task again to create it again"
            )
        return ImageBuilderError(
            message="Somebody else changed {} between this task's read and its write (date_updated was {} and is {})."
            " This task would remove {} from it, so nothing was written. See what they changed, then run the task"
            " again".format(self.arn, found.get("dateUpdated"), now.get("dateUpdated"), ", ".join(removed))
        )

    # -- what stops before any write -----------------------------------------------------------------------------

    def _refuse_other_name(self, found: dict[str, Any] | None) -> None:
        name = self.wanted.get("name")
        if found and name is not None and found["name"] != name:
            raise ImageBuilderError(
                message=f"{name!r} and the existing configuration {found['name']!r} are the same name to AWS; both "
                f"have the ARN {found['arn']}; use the existing spelling, or choose another name",
                option="name",
            )

    def _refuse_incomplete(self, found: dict[str, Any] | None) -> None:
        if found or self.wanted["state"] == "absent":
            return
        if not self.wanted.get("name"):
            raise ImageBuilderError(
                message=f"{self.arn} does not exist in {self.connection.region}; check"
                " Region and account, or give name to create a configuration",
                option="distribution_configuration_arn",
            )
        if self.wanted.get("distributions") is None:
            raise ImageBuilderError(
                message="is needed to create {!r}, which does not exist in {}".format(
                    self.wanted["name"], self.connection.region
                ),
                option="distributions",
            )

    def _refuse_unknown_members(self, unknown: list[str]) -> None:
        if unknown:
            raise ImageBuilderError(
                message="{} holds fields that the installed botocore does not know: {}. An update replaces the whole"
                " configuration and would erase them; nothing was written. Install a newer botocore on the host "
                "where this module runs"
                "".format(self.arn, ", ".join(unknown))
            )

    def _refuse_merged_tags(self, plan: comparison.Plan) -> None:
        """What purge_tags keeps counts too; tags of AWS itself do not."""
        shape = self.connection.model.operation_model("TagResource").input_shape.members["tags"]
        tags = {key: value for key, value in plan.tags.items() if not key.startswith("aws:")}
        found = value_problems(shape, tags, self._place("tags"))
        if found:
            raise ImageBuilderError(
                message="Together with what purge_tags keeps, AWS would refuse:\n{}".format(
                    "\n".join(f"- {problem}" for problem in found)
                )
            )

    def _refuse_merged(self, plan: comparison.Plan) -> None:
        """What was kept in the listed entries can make one of them too large; entries that stay whole AWS has taken."""
        if self.wanted.get("distributions") is None or plan.distributions == self.wanted["distributions"]:
            return
        listed, dummy = self._listed(plan)
        found = validation.distribution_problems(listed, self.connection.model, self._place("distributions"))
        found = [problem for problem in found if not problem.kept]
        if found:
            raise ImageBuilderError(
                message="Together with what purge_accounts keeps, AWS would refuse:\n{}".format(
                    "\n".join(f"- {problem}" for problem in found)
                )
            )

    def _judge_rollouts(self, plan: comparison.Plan, found: dict[str, Any] | None) -> None:
        """What a rollout fails on may stay as it is, so that what is read can be fed back, but not be made so."""
        if self.wanted.get("judged"):
            return
        if self.wanted["state"] == "absent" or not self.wanted.get("distributions"):
            return
        held = (found or {}).get("distributions", [])
        listed, dummy = self._listed(plan)
        new, same = validation.rollout_problems(listed, held, self.connection.region, self.account_id)
        place = f"{self.path}." if self.path else ""
        if new:
            first, *others = new
            text = first.text if first.value is None else f"{shown(first.value)}: {first.text}"
            raise ImageBuilderError(
                message="\n- ".join([text, *(f"{place}{one}" for one in others)]), option=first.path
            )
        self.warnings += [f"{place}{one}. Rollouts fail with it, but AWS already has it" for one in same]

    # -- what is worth a word ------------------------------------------------------------------------------------

    def _warn_about(self, plan: comparison.Plan, found: dict[str, Any] | None) -> None:
        """What AWS may take but will probably not do as meant, judged by what will stand there."""
        if self.wanted["state"] != "present" or self.wanted.get("distributions") is None:
            return
        listed, kept = self._listed(plan)
        place = self._place("distributions")
        regions = [entry["region"] for entry in kept]
        doubtful = validation.warnings(listed, self.connection.region, self.account_id, place, regions)
        self.warnings += [str(warning) for warning in doubtful]
        if not plan.rewrite or not (found or {}).get("distributions"):
            return
        before, after = (entries[0]["region"] for entries in (found["distributions"], plan.distributions))
        if before != after:
            self.warnings.append(
                f"{place}[0].region: the build Region, for which Image Builder takes the first entry's, changes from"
                f" {before} to {after}"
            )

    def _listed(self, plan: comparison.Plan) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """(the entries of the Regions that the user lists, in that order and with what is kept in them; the others)."""
        entries = {entry["region"]: entry for entry in plan.distributions or []}
        return [entries.pop(entry["region"]) for entry in self.wanted["distributions"]], list(entries.values())

    def _place(self, option: str) -> str:
        return f"{self.path}.{option}" if self.path else option

    # -- check mode --------------------------------------------------------------------------------------------

    def _predict(self, plan: comparison.Plan, found: dict[str, Any] | None) -> Outcome:
        if plan.action == "created":
            self._dry_run(plan)
        if plan.action == "deleted":
            try:
                pipelines = api.list_pipelines(self.connection, self.arn)
            except ImageBuilderError as error:
                if error.code in EXPIRED_CODES:
                    raise
                pipelines = []
                self._warn(f"Whether pipelines still use the configuration is not known: {error}")
            if pipelines:
                raise ImageBuilderError(
                    message=f"{self._in_use(pipelines)} AWS would refuse to delete {self.arn}.", in_use=True
                )
        predicted = None
        if plan.action != "deleted":
            predicted = {
                "arn": self.arn,
                "dateCreated": (found or {}).get("dateCreated"),
                "dateUpdated": (found or {}).get("dateUpdated"),
                **_body(plan, name=plan.name, tags=plan.tags),
            }
        return self._outcome(plan, predicted)

    def _dry_run(self, plan: comparison.Plan) -> None:
        if not self.connection.knows_input("CreateDistributionConfiguration", "dryRun"):
            return
        try:
            body = _body(plan, name=plan.name, tags=plan.tags)
            api.create_configuration(self.connection, str(uuid.uuid4()), dryRun=True, **body)
        except ImageBuilderError as error:
            if error.code == "DryRunOperationException":
                return
            self._judge_dry_run(error)

    def _judge_dry_run(self, error: ImageBuilderError) -> None:
        said = describe(error.exception)
        if error.code in DENIED_CODES:
            self._warn(
                "AWS did not allow these credentials to try the creation, which needs "
                f"{missing_action(error.exception)}:"
                f" {said}"
            )
        elif error.code in _MISSING_DEPENDENCY_CODES or _MISSING_DEPENDENCY_TEXT.search(said):
            self._warn(f"AWS would refuse to create it now, because something that it refers to is missing: {said}")
        elif error.code is None or error.code in TRANSIENT_CODES or error.code in THROTTLING_CODES:
            self._warn(f"AWS could not be asked whether it would create it: {said}")
        else:
            raise self._name_taken(error)

    # -- writing -----------------------------------------------------------------------------------------------

    # Each returns the plan that was carried out, which is another one where somebody else was quicker, and what it was
    # made from.

    def _create(self, plan: comparison.Plan, dummy: object) -> tuple[comparison.Plan, dict[str, Any] | None]:
        # The token is fixed before the first attempt: after a lost answer, the same request gets the first answer.
        token, body = str(uuid.uuid4()), _body(plan, name=plan.name, tags=plan.tags)
        try:
            self.arn = api.create_configuration(self.connection, token, **body) or self.arn
        except ImageBuilderError as error:
            if error.code != "ResourceAlreadyExistsException" and not error.in_doubt:
                raise
            return self._judge_create(plan, error)
        return plan, None

    def _judge_create(
        self, plan: comparison.Plan, error: ImageBuilderError
    ) -> tuple[comparison.Plan, dict[str, Any] | None]:
        """What came of a create that had no certain answer, or found that the name is taken since it was read."""
        there = self._look(error)
        if not there:
            raise self._name_taken(error) if error.code == "ResourceAlreadyExistsException" else _not_written(error)
        self._refuse_other_name(there)
        now = comparison.plan(self.wanted, there)
        if now.action == "unchanged":
            return (plan, None) if error.in_doubt else (now, there)
        written = "whether something was written in between is not known" if error.in_doubt else "nothing was written"
        raise ImageBuilderError(
            message=f"Somebody else created {plan.name!r} at the same moment, with other content ({now.differences});"
            f" {written}. Check {self.arn} and agree on one content; if this task runs again, it writes its own",
            changed=error.in_doubt,
        )

    def _update(self, plan: comparison.Plan, found: dict[str, Any]) -> tuple[comparison.Plan, dict[str, Any] | None]:
        steps: list[tuple[str, Callable[[], None], Callable[[dict[str, Any]], bool]]] = []
        if plan.rewrite:
            body = {**_carried(self.connection, found), **_body(plan)}
            token = str(uuid.uuid4())
            steps.append(
                (
                    "settings",
                    lambda: api.update_configuration(self.connection, token, self.arn, **body),
                    lambda now: self._shows_settings(now, plan, found),
                )
            )
        if plan.unset_tags:
            steps.append(
                (
                    "removed tags",
                    lambda: api.untag(self.connection, self.arn, plan.unset_tags),
                    lambda now: not set(plan.unset_tags) & set(now.get("tags") or {}),
                )
            )
        if plan.set_tags:
            steps.append(
                (
                    "added tags",
                    lambda: api.tag(self.connection, self.arn, plan.set_tags),
                    lambda now: plan.set_tags.items() <= (now.get("tags") or {}).items(),
                )
            )
        done: list[str] = []
        for name, step, shows in steps:
            try:
                self._write(step, lambda now, shows=shows: bool(now) and shows(now))
            except ImageBuilderError as error:
                message = error.message
                if done:
                    message = "After {} had been written: {}".format(" and ".join(done), message)
                changed = bool(done) or error.changed
                raise ImageBuilderError(message=message, exception=error.exception, changed=changed) from error
            done.append(name)
        return plan, found

    def _shows_settings(self, now: dict[str, Any], plan: comparison.Plan, found: dict[str, Any]) -> bool:
        there = comparison.settings(now)
        wanted = comparison.settings({"description": plan.description, "distributions": plan.distributions})
        if there not in (wanted, comparison.settings(found)):
            raise ImageBuilderError(
                message=f"AWS gave no certain answer to an update of {self.arn}, and shows neither what was there nor"
                " what was to be written: somebody else has changed it at the same time. See what they changed, then"
                " run the task again",
                changed=True,
            )
        return there == wanted

    def _delete(
        self, plan: comparison.Plan, found: dict[str, Any] | None
    ) -> tuple[comparison.Plan, dict[str, Any] | None]:
        try:
            deleted = self._write(lambda: api.delete_configuration(self.connection, self.arn), lambda now: not now)
        except ImageBuilderError as error:
            if error.code != "ResourceDependencyException":
                raise
            try:
                message = f"{self._in_use(api.list_pipelines(self.connection, self.arn))} Failed to delete"
            except ImageBuilderError as listing:
                message = (
                    f"Pipelines still use the configuration, and could not be listed ({listing}). Failed to delete"
                )
            raise ImageBuilderError(message=message, exception=error.exception, in_use=True) from error
        return (plan if deleted else plan._replace(action="unchanged", old=None)), found

    def _write(self, write: Callable[[], bool | None], shows: Callable[[dict[str, Any] | None], bool]) -> bool:
        """Makes a write. Where it has no certain answer, a look at AWS tells whether it was carried out.

        :param write: makes the request, with its retries.
        :param shows: takes the configuration as it is now, None where there is none; whether the write is seen in it.
        :returns: what C(write) returns, True where only the look tells.
        :raises: ImageBuilderError.
        """
        try:
            return write()
        except ImageBuilderError as error:
            if not error.in_doubt or error.code == "ResourceDependencyException":
                raise
            if not shows(self._look(error)):
                raise _not_written(error) from error
            return True

    def _look(self, error: ImageBuilderError) -> dict[str, Any] | None:
        """The configuration as it is after a write that failed so, None where there is none."""
        try:
            return (api.get_configuration(self.connection, self.arn) or (None,))[0]
        except ImageBuilderError as reading:
            if not error.in_doubt:
                raise _unseen_name(error, reading) from reading
            raise ImageBuilderError(
                message="AWS gave no certain answer, and whether the change was made could not be read afterwards"
                f" ({describe(reading.exception)}). Run the task again: it reads first and writes only what is"
                f" missing. {error.message}",
                exception=error.exception,
                changed=True,
            ) from error

    def _read_back(self, plan: comparison.Plan, found: dict[str, Any] | None) -> dict[str, Any] | None:
        if plan.action == "deleted":
            return None
        if plan.action == "unchanged":
            return found
        try:
            return self._settle(plan)
        except ImageBuilderError as error:
            raise ImageBuilderError(
                message=f"The configuration was {plan.action}, but then: {error.message}",
                exception=error.exception,
                changed=True,
            ) from error

    def _settle(self, plan: comparison.Plan) -> dict[str, Any]:
        """The configuration after a write, which somebody else may have changed at the same time.

        Tags are added and removed one by one, so that theirs may have come among ours; those are put right.
        """
        now: dict[str, Any] | None = None
        for number in range(_SETTLINGS + 1):
            answer = api.get_configuration(self.connection, self.arn, just_created=plan.action == "created")
            if not answer:
                self._warn(f"{self.arn} was {plan.action}, but AWS does not show it yet, or somebody else deleted it")
                return {"arn": self.arn, **_body(plan, name=plan.name, tags=plan.tags)}
            now = answer[0]
            left = comparison.plan(self.wanted, now)
            if left.action == "unchanged":
                return now
            if left.rewrite or number == _SETTLINGS:
                break
            self._update(left, now)
        self._warn(
            f"{self.arn} was {plan.action}, but what AWS returns now is not what was written ({left.differences}): "
            "somebody"
            " else has changed it at the same time, or AWS does not show the change yet. Check it, and run the task "
            "again to write it again"
        )
        return now

    # -- words -------------------------------------------------------------------------------------------------

    def _warn(self, text: str) -> None:
        self.warnings.append(f"{self.path}: {text}" if self.path else text)

    def _in_use(self, pipelines: list[dict[str, Any]]) -> str:
        names = ", ".join("{} ({})".format(pipeline.get("name"), pipeline.get("arn")) for pipeline in pipelines)
        return "These pipelines still use the configuration: %s. Give them another one, or delete them, first." % (
            names or "none that these credentials can see"
        )

    def _name_taken(self, error: ImageBuilderError) -> ImageBuilderError:
        """The error of a create, with the configuration that has the name already."""
        if error.code != "ResourceAlreadyExistsException":
            return error
        try:
            summaries = api.list_configurations(self.connection)
        except ImageBuilderError as listing:
            return _unseen_name(error, listing)
        name = self.wanted["name"]
        same = [item for item in summaries if fold_name(item["name"]) == fold_name(name)]
        if not same:
            return error
        others = ", ".join(f"{item['name']!r} ({item['arn']})" for item in same)
        return ImageBuilderError(
            message=f"{name!r} is the same name to AWS as the existing {others}. {error.message}",
            exception=error.exception,
        )

    def _outcome(self, plan: comparison.Plan, now: dict[str, Any] | None) -> Outcome:
        return Outcome(plan.action, plan.name, self.arn, now, plan, self.warnings)


def state_of(configuration: dict[str, Any], **more: Any) -> dict[str, Any]:
    """One configuration of the API as modules return it."""
    return comparison.state(
        configuration["name"],
        configuration.get("description"),
        configuration.get("distributions", []),
        configuration.get("tags"),
        arn=configuration["arn"],
        date_created=configuration.get("dateCreated"),
        date_updated=configuration.get("dateUpdated"),
        **more,
    )


def _version(configuration: dict[str, Any]) -> tuple[Any, Any]:
    """What tells whether somebody has written; C(dateUpdated) is missing before the first update."""
    dates = configuration.get("dateCreated"), configuration.get("dateUpdated")
    return dates, comparison.settings(configuration)


def _not_written(error: ImageBuilderError) -> ImageBuilderError:
    """The error of a write that had no certain answer, where a look shows that it was not carried out."""
    return ImageBuilderError(
        message=f"AWS does not show the change when read again. {error.message}", exception=error.exception
    )


def _unseen_name(error: ImageBuilderError, reading: ImageBuilderError) -> ImageBuilderError:
    """The error of a create whose name is taken, where another one kept it from seeing by what."""
    return ImageBuilderError(
        message=f"{error.message} (which configuration has the name could not be found out: {reading})",
        exception=error.exception,
    )


def _body(plan: comparison.Plan, **more: Any) -> dict[str, Any]:
    body = {"distributions": plan.distributions, **more}
    if plan.description:
        body["description"] = plan.description
    if not body.get("tags", True):
        del body["tags"]
    return body


def _carried(connection: Connection, found: dict[str, Any]) -> dict[str, Any]:
    """Members at the top that botocore knows, an update takes, and our options lack."""
    members = connection.model.operation_model("UpdateDistributionConfiguration").input_shape.members
    ours = ("description", "distributions")
    return {member: value for member, value in found.items() if member in members and member not in ours}
