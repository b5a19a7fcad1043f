# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Brings one distribution configuration to the wanted state."""

from __future__ import annotations

import re
import uuid
from typing import NamedTuple

try:
    import botocore.session
except ImportError:
    botocore = None  # AnsibleAWSModule fails with a clear message.

from ..distribution import comparison
from ..distribution import constraints
from ..distribution import options
from ..distribution.conversion import arn_of
from ..distribution.conversion import distributions_to_api
from ..distribution.conversion import fold_name
from ..distribution.conversion import placeholders_to_api
from ..distribution.conversion import tags_to_api
from . import api
from .errors import DENIED_CODES
from .errors import describe
from .errors import ImageBuilderError
from .errors import THROTTLING_CODES
from .errors import TRANSIENT_CODES

# A dry run that ends with one of these says nothing against the values.
_MISSING_DEPENDENCY_CODES = frozenset(["ResourceNotFoundException", "ClientException"])
_MISSING_DEPENDENCY_TEXT = re.compile(r"do(es)? not exist|not found|could not find|cannot find", re.IGNORECASE)


class Outcome(NamedTuple):
    """What was done about one configuration, or in check mode would be.

    C(action): created, updated, deleted or unchanged, in a fleet also kept or failed; C(name); C(arn);
    C(configuration): the API's form of it afterwards, None when absent; C(plan): the comparison.Plan that was carried
    out; C(warnings): texts; C(error): the exception of what failed or was kept.
    """

    action: str
    name: str
    arn: str
    configuration: dict = None
    plan: comparison.Plan = None
    warnings: list = ()
    error: Exception = None

    @property
    def changed(self):
        """Whether something was written, be it that it failed later."""
        return self.action in ("created", "updated", "deleted") or getattr(self.error, "changed", False)

    @property
    def before(self):
        """The configuration before, for a diff."""
        return self.plan.before if self.plan else {}

    @property
    def after(self):
        """The configuration after, for a diff."""
        return self.plan.after if self.plan else {}

    @property
    def state(self):
        """The configuration as modules return it, None when absent."""
        return state_of(self.configuration) if self.configuration else None


def wanted_from(params):
    """The options of one configuration with C(distributions), C(description) and C(tags) in API form."""
    distributions, tags = params.get("distributions"), params.get("tags")
    return {
        **params,
        "description": placeholders_to_api(params.get("description")),
        "distributions": None if distributions is None else distributions_to_api(distributions),
        "tags": None if tags is None else tags_to_api(tags),
    }


def problems(params, service_model, region=None, path="", wanted=None):
    """Everything that is known to be refused in the options of one configuration, as a list of Problem.

    :param wanted: what wanted_from() makes of the options, where that has been done already.
    """
    found = constraints.problems(wanted or wanted_from(params), service_model, path, region)
    prefix = path + "." if path else ""
    found = constraints.show_prefixes(found, params.get("distributions"), prefix + "distributions")
    return constraints.in_order([], found)


def explain(argument_spec, params):
    """All problems of a module's options, for when Ansible's own validation has found the first one."""
    rules = {"mutually_exclusive": [options.SELECTORS], "required_one_of": [options.SELECTORS]}
    values, found = options.read(argument_spec, params, **rules)
    model = botocore.session.get_session().get_service_model("imagebuilder")
    return constraints.in_order(found, problems(values, model))


def ensure(connection, wanted, check_mode=False, path="", found=None, read_back=True):
    """Creates, updates or deletes one configuration, or does nothing.

    An unchanged one costs two requests by name (who am I, read it), one by ARN.

    :param wanted: from wanted_from(), without problems().
    :param check_mode: writes nothing; asks AWS for a dry run of a create.
    :param path: where the options stand, for errors and warnings; for example C(distribution_configurations[3]).
    :param found: the configuration, where a listing has shown it already.
    :param read_back: whether the result is read again after a write.
    :returns: an Outcome.
    :raises: ImageBuilderError, with C(changed) where something had been written before, and with C(in_use) where
        pipelines keep the configuration from being deleted.
    """
    arn, account_id = address(connection, wanted)
    label = "{} ({})".format(wanted.get("name") or arn.rsplit("/", 1)[-1], arn)
    try:
        return _Run(connection, wanted, arn, account_id, path).perform(check_mode, found, read_back)
    except ImageBuilderError as error:
        place = ".".join(part for part in (path, error.kwargs.get("option")) if part)
        message = f"{error.message} {label} in {connection.region}" if error.exception else error.message
        raise ImageBuilderError(
            message=f"{place}: {message}" if place else message, exception=error.exception, **error.kwargs
        ) from error


def address(connection, wanted):
    """(ARN, account id) of the configuration."""
    arn = wanted.get("distribution_configuration_arn")
    if arn:
        return arn, arn.split(":")[4]
    account_id, partition = connection.identity
    return arn_of(wanted["name"], partition, connection.region, account_id), account_id


class _Run:
    """One configuration on its way from found to wanted."""

    def __init__(self, connection, wanted, arn, account_id, path):
        self.connection = connection
        self.wanted = wanted
        self.arn = arn
        self.account_id = account_id
        self.path = path
        self.warnings = []

    def perform(self, check_mode, found, read_back):
        unknown = []
        if not found:
            found, unknown = api.get_configuration(self.connection, self.arn) or (None, [])
        self._refuse_other_name(found)
        self._refuse_incomplete(found)
        plan = comparison.plan(self.wanted, found)
        self._warn_of(plan, found)
        if plan.action == "updated" and plan.rewrite:
            self._refuse_unknown_members(unknown)
            self._refuse_merged(plan)
        if plan.set_tags:
            self._refuse_merged_tags(plan)
        if plan.action == "unchanged":
            return self._outcome(plan, found)
        if check_mode:
            return self._predict(plan, found)
        write = {"created": self._create, "updated": self._update, "deleted": self._delete}[plan.action]
        write(plan, found)
        return self._outcome(plan, self._read_back(plan) if read_back else None)

    # -- what stops before any write -----------------------------------------------------------------------------

    def _refuse_other_name(self, found):
        name = self.wanted.get("name")
        if found and name is not None and found["name"] != name:
            raise ImageBuilderError(
                message=f"{name!r} and the existing configuration {found['name']!r} are one name to AWS, both"
                f" have the ARN {found['arn']}; write the name as it stands there, or choose another",
                option="name",
            )

    def _refuse_incomplete(self, found):
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

    def _refuse_unknown_members(self, unknown):
        if unknown:
            raise ImageBuilderError(
                message="{} holds fields that the installed botocore does not know: {}. An update replaces the whole"
                " configuration and would erase them; nothing was written. Install a newer botocore where this module"
                " runs".format(self.arn, ", ".join(unknown))
            )

    def _refuse_merged_tags(self, plan):
        """What purge_tags keeps counts too; tags of AWS itself do not."""
        shape = self.connection.model.operation_model("TagResource").input_shape.members["tags"]
        tags = {key: value for key, value in plan.tags.items() if not key.startswith("aws:")}
        found = constraints.value_problems(shape, tags, self._place("tags"))
        if found:
            raise ImageBuilderError(
                message="Together with what purge_tags keeps, AWS would refuse:\n{}".format(
                    "\n".join(f"- {problem}" for problem in found)
                )
            )

    def _refuse_merged(self, plan):
        """What was kept in the listed entries can make one of them too large; entries that stay whole AWS has taken."""
        if self.wanted.get("distributions") is None or plan.distributions == self.wanted["distributions"]:
            return
        listed, dummy = self._listed(plan)
        found = constraints.distribution_problems(listed, self.connection.model, self._place("distributions"))
        if found:
            raise ImageBuilderError(
                message="Together with what purge_accounts keeps, AWS would refuse:\n{}".format(
                    "\n".join(f"- {problem}" for problem in found)
                )
            )

    # -- what is worth a word ------------------------------------------------------------------------------------

    def _warn_of(self, plan, found):
        """What AWS may take but will probably not do as meant, judged by what will stand there."""
        if self.wanted["state"] != "present" or self.wanted.get("distributions") is None:
            return
        listed, kept = self._listed(plan)
        place = self._place("distributions")
        regions = [entry["region"] for entry in kept]
        doubtful = constraints.warnings(listed, self.connection.region, self.account_id, place, regions)
        self.warnings += [str(warning) for warning in doubtful]
        if not plan.rewrite or not (found or {}).get("distributions"):
            return
        before, after = (entries[0]["region"] for entries in (found["distributions"], plan.distributions))
        if before != after:
            self.warnings.append(
                f"{place}[0].region: the build Region, for which Image Builder takes the first entry's, changes from"
                f" {before} to {after}"
            )

    def _listed(self, plan):
        """(the entries of the Regions that the user lists, in that order and with what is kept in them; the others)."""
        entries = {entry["region"]: entry for entry in plan.distributions}
        return [entries.pop(entry["region"]) for entry in self.wanted["distributions"]], list(entries.values())

    def _place(self, option):
        return f"{self.path}.{option}" if self.path else option

    # -- check mode --------------------------------------------------------------------------------------------

    def _predict(self, plan, found):
        if plan.action == "created":
            self._dry_run(plan)
        if plan.action == "deleted":
            try:
                pipelines = api.list_pipelines(self.connection, self.arn)
            except ImageBuilderError as error:
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

    def _dry_run(self, plan):
        if not self.connection.knows_input("CreateDistributionConfiguration", "dryRun"):
            return
        try:
            body = _body(plan, name=plan.name, tags=plan.tags)
            api.create_configuration(self.connection, str(uuid.uuid4()), dryRun=True, **body)
        except ImageBuilderError as error:
            if error.code == "DryRunOperationException":
                return
            self._judge_dry_run(error)

    def _judge_dry_run(self, error):
        said = describe(error.exception)
        if error.code in DENIED_CODES:
            self._warn(f"AWS did not allow these credentials to try the create: {said}")
        elif error.code in _MISSING_DEPENDENCY_CODES or _MISSING_DEPENDENCY_TEXT.search(said):
            self._warn(
                f"AWS would refuse the create as things stand, because something it refers to is missing: {said}"
            )
        elif error.code is None or error.code in TRANSIENT_CODES or error.code in THROTTLING_CODES:
            self._warn(f"AWS could not be asked whether it would take the create: {said}")
        else:
            raise self._name_taken(error)

    # -- writing -----------------------------------------------------------------------------------------------

    def _create(self, plan, dummy):
        # The token is fixed before the first attempt: after a lost answer, the same request gets the first answer.
        try:
            body = _body(plan, name=plan.name, tags=plan.tags)
            self.arn = api.create_configuration(self.connection, str(uuid.uuid4()), **body)
        except ImageBuilderError as error:
            raise self._name_taken(error) from error

    def _update(self, plan, found):
        done = []
        steps = []
        if plan.rewrite:
            body = {**_carried(self.connection, found), **_body(plan)}
            token = str(uuid.uuid4())
            steps.append(("settings", lambda: api.update_configuration(self.connection, token, self.arn, **body)))
        if plan.unset_tags:
            steps.append(("removed tags", lambda: api.untag(self.connection, self.arn, plan.unset_tags)))
        if plan.set_tags:
            steps.append(("added tags", lambda: api.tag(self.connection, self.arn, plan.set_tags)))
        for name, step in steps:
            try:
                step()
            except ImageBuilderError as error:
                message = error.message
                if done:
                    message = "After {} had been written: {}".format(" and ".join(done), message)
                raise ImageBuilderError(message=message, exception=error.exception, changed=bool(done)) from error
            done.append(name)

    def _delete(self, dummy_plan, dummy_found):
        try:
            api.delete_configuration(self.connection, self.arn)
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

    def _read_back(self, plan):
        if plan.action == "deleted":
            return None
        try:
            answer = api.get_configuration(self.connection, self.arn, just_created=plan.action == "created")
        except ImageBuilderError as error:
            raise ImageBuilderError(
                message=f"The configuration was {plan.action}, but then: {error.message}",
                exception=error.exception,
                changed=True,
            ) from error
        if answer:
            return answer[0]
        self._warn(f"{self.arn} was {plan.action}, but AWS does not show it yet")
        return {"arn": self.arn, **_body(plan, name=plan.name, tags=plan.tags)}

    # -- words -------------------------------------------------------------------------------------------------

    def _warn(self, text):
        self.warnings.append(f"{self.path}: {text}" if self.path else text)

    def _in_use(self, pipelines):
        names = ", ".join("{} ({})".format(pipeline.get("name"), pipeline.get("arn")) for pipeline in pipelines)
        return "These pipelines still use the configuration: %s. Give them another one, or delete them, first." % (
            names or "none that these credentials can see"
        )

    def _name_taken(self, error):
        """The error of a create, with the configuration that has the name already."""
        if error.code != "ResourceAlreadyExistsException":
            return error
        try:
            summaries = api.list_configurations(self.connection)
        except ImageBuilderError:
            return error
        name = self.wanted["name"]
        same = [item for item in summaries if fold_name(item["name"]) == fold_name(name)]
        if not same:
            return error
        others = ", ".join(f"{item['name']!r} ({item['arn']})" for item in same)
        return ImageBuilderError(
            message=f"{name!r} is one name to AWS with the existing {others}. {error.message}",
            exception=error.exception,
        )

    def _outcome(self, plan, now):
        return Outcome(plan.action, plan.name, self.arn, now, plan, self.warnings)


def state_of(configuration, **more):
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


def _body(plan, **more):
    body = {"distributions": plan.distributions, **more}
    if plan.description:
        body["description"] = plan.description
    if not body.get("tags", True):
        del body["tags"]
    return body


def _carried(connection, found):
    """Members at the top that botocore knows, an update takes, and our options lack."""
    members = connection.model.operation_model("UpdateDistributionConfiguration").input_shape.members
    ours = ("description", "distributions")
    return {member: value for member, value in found.items() if member in members and member not in ours}
