# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the variables of the role distribution_rollout mean: configurations, and whom they reach."""

from __future__ import annotations

import re

from . import options
from .arns import fold_name
from .configuration.conversion import distributions_to_api
from .configuration.conversion import placeholders_squared
from .configuration.regional import regional_distributions
from .configuration.regional import RegionsError
from .iam.permissions import destination_accounts
from .iam.permissions import is_account_id
from .recipients import is_public
from .recipients import reach
from .validation import Problem

PREFIX = "distribution_rollout_"

# One configuration, in the list or from the variables of the same names.
_ENTRY = {
    "name": {"type": "str"},
    "description": {"type": "str"},
    "tags": {"type": "dict"},
    "distributions": {"type": "raw"},
    "defaults": {"type": "dict"},
    "regions": {"type": "raw"},
    "pipelines": {"type": "list", "elements": "str"},
}
_DISTRIBUTIONS = {"distributions": options.CONFIGURATION_OPTIONS["distributions"]}
_ONE_OF = ("distributions", "regions")


class SpecError(ValueError):
    """Variables that make no configurations. C(problems) is a list of Problem with the names of variables as paths."""

    def __init__(self, found):
        super().__init__("\n".join(str(problem) for problem in found))
        self.problems = found


def misread(argument_spec, variables):
    """What YAML made of the role's variables that nobody meant.

    Ansible's own validation takes a boolean, a list or a map for a text, and leaves the variables as they are.

    :param argument_spec: name of a variable -> what the role documents of it.
    :param variables: name -> value; None and an empty text were not given.
    :returns: a list of Problem.
    """
    found = []
    for name, option in argument_spec.items():
        found += _misread(name, option, variables.get(name))
    accounts = variables.get(PREFIX + "target_accounts") or []
    if isinstance(accounts, str):
        accounts = re.findall(r"[^\s,]+", accounts)
    named = [("target_accounts[%d]" % index, one) for index, one in enumerate(accounts if _is_list(accounts) else [])]
    roles = variables.get(PREFIX + "target_account_roles")
    named += [("target_account_roles", one) for one in (roles if isinstance(roles, dict) else ())]
    wrong = {problem.path for problem in found}
    ids = [(path, one) for path, one in named if PREFIX + path not in wrong]
    return found + [_problem(path, _NO_ACCOUNT, one) for path, one in ids if not is_account_id(one)]


def _misread(name, option, value):
    kind, number = option.get("type", "str"), isinstance(value, int) and not isinstance(value, bool)
    if value in (None, ""):
        return [Problem(name, None, "is required")] if option.get("required") else []
    # What a spec id names is not found again once it is written otherwise. Elsewhere a number is as good as its text.
    if number and (kind in ("path", "list") or name == PREFIX + "spec_id"):
        wanted = "a list" if kind == "list" else "a text; put it in quotes"
        return [Problem(name, None, "is the number %d to YAML, and must be %s" % (value, wanted))]
    found = [Problem(path, None, text) for path, text in options.misread({name: option}, {name: value})]
    if found and option.get("no_log"):
        return [Problem(name, None, "must be a text; put it in quotes")]
    if isinstance(value, str) and kind in ("str", "path") and name not in _WITH_PLACEHOLDERS:
        if re.search("{{|{%", value):
            found.append(
                Problem(name, None if option.get("no_log") else value, "holds a template that was not rendered")
            )
        if kind == "path" and re.search("[\x00-\x1f]", value):
            found.append(Problem(name, value, "holds a control character"))
    return found


_WITH_PLACEHOLDERS = (PREFIX + "name", PREFIX + "description")
_NO_ACCOUNT = "is no account id, which has 12 digits; YAML takes digits without quotes for a number, so quote it"


def _is_list(value):
    return isinstance(value, (list, tuple))


def resolve(given, account_id, home_region):
    """The configurations that the role's variables describe.

    :param given: the variables without prefix: C(spec_id), C(state), C(name), C(description), C(tags),
        C(distributions), C(defaults), C(regions), C(configurations), C(groups), C(pipelines). What is None or an empty
        text was not given.
    :param account_id: the account of the configurations.
    :param home_region: their Region.
    :returns: a map with C(configurations), a list of maps with C(name) and, where given, C(description),
        C(distributions) and C(tags), as imagebuilder_distribution takes them, placeholders in square brackets;
        C(pipelines), a list of maps with C(configuration), a name, and C(image_pipeline_arn);
        C(targets), the rows of recipients.reach() with C(configuration) in each;
        C(public), the C(configuration) and C(region) of each public AMI;
        C(destination_accounts), the other accounts that Image Builder has to enter.
    :raises SpecError: naming everything that is wrong.
    """
    given = {name: value for name, value in given.items() if value is not None and value != ""}
    found = []
    entries = _entries(given, found)
    configurations, pipelines, targets, accounts = [], [], [], set()
    places = {}
    for path, entry in entries:
        values, problems = options.read(_ENTRY, entry, path)
        found += [_problem(*problem) for problem in problems]
        if not isinstance(entry, dict):
            continue
        resolved, api = _resolve(values, path, given, home_region, found)
        name = resolved.get("name")
        if name and fold_name(name) in places:
            text = "is one name to AWS with %s; each configuration needs its own" % places[fold_name(name)]
            found.append(_problem(_at(path, "name"), text, name))
        places.setdefault(fold_name(name or ""), _at(path, "name"))
        configurations.append(resolved)
        pipelines += [{"configuration": name, "image_pipeline_arn": arn} for arn in values.get("pipelines") or []]
        targets += [{"configuration": name, **row} for row in reach(api, account_id, home_region)]
        accounts.update(destination_accounts(api, account_id))
    if found:
        raise SpecError(found)
    return {
        "configurations": configurations,
        "pipelines": pipelines,
        "targets": targets,
        "public": [
            {"configuration": row["configuration"], "region": row["region"]} for row in targets if is_public(row)
        ],
        "destination_accounts": sorted(accounts),
    }


def _entries(given, found):
    """(path, options) of each configuration."""
    many = given.get("configurations")
    if not many:
        entry = {name: given[name] for name in _ENTRY if name in given}
        entry.setdefault("name", given.get("spec_id"))
        return [("", entry)]
    if not isinstance(many, list):
        found.append(_problem("configurations", "is not a list of configurations", many))
        return []
    for name in ("name", "description", "distributions", "regions", "pipelines"):
        if given.get(name):
            text = "goes without configurations; give each entry of the list its own"
            found.append(_problem(name, text, given[name] if isinstance(given[name], str) else None))
    entries = []
    for index, entry in enumerate(many):
        if isinstance(entry, dict):
            # What all share may stand beside the list, like the defaults of all Regions.
            shared, own = given.get("tags") or {}, entry.get("tags") or {}
            if shared and not isinstance(shared, dict):
                found.append(_problem("tags", "must be a map of tags", shared))
            elif (shared or entry.get("tags") is not None) and isinstance(own, dict):
                # What is no map is reported with the entry's other options.
                entry = {**entry, "tags": {**shared, **own}}
            if entry.get("regions"):
                entry = {"defaults": given.get("defaults"), **entry}
            if not entry.get("name"):
                found.append(_problem("configurations[%d].name" % index, "is required"))
        entries.append(("configurations[%d]" % index, entry))
    return entries


def _resolve(values, path, given, home_region, found):
    """(the configuration, its distributions in API form)."""
    both = [name for name in _ONE_OF if values.get(name)]
    if len(both) == 2:
        found.append(
            _problem(_at(path, "distributions"), "give this or %s, not both" % _variable(_at(path, "regions")))
        )
    elif not both and given.get("state") != "absent":
        text = "Regions are needed: here entry by entry, or in %s" % _variable(_at(path, "regions"))
        found.append(_problem(_at(path, "distributions"), text))
    if values.get("defaults") and "regions" not in both and not given.get("configurations"):
        found.append(_problem(_at(path, "defaults"), "has no effect without %s" % _variable(_at(path, "regions"))))
    distributions = values.get("distributions") or None
    if both == ["regions"]:
        distributions = _regional(values, path, given.get("groups"), home_region, found)
    elif given.get("groups") and both and not given.get("configurations"):
        found.append(_problem("groups", "has no effect without %s" % _variable(_at(path, "regions"))))
    api = []
    if distributions is not None:
        readable, problems = options.read(_DISTRIBUTIONS, {"distributions": distributions}, path)
        if both == ["regions"]:
            problems = dict.fromkeys((_origin(place, path, values, distributions), text) for place, text in problems)
        found += [_problem(*problem) for problem in problems]
        api = [] if problems else distributions_to_api(readable["distributions"])
    resolved = {"name": values.get("name")}
    more = {"description": values.get("description"), "distributions": distributions}
    resolved.update({name: value for name, value in more.items() if value is not None})
    # Image Builder fills no placeholders into a configuration's own tags, whose values are sent as they are.
    tags = {} if values.get("tags") is None else {"tags": values["tags"]}
    return {**_square(resolved), **tags}, api


def _regional(values, path, groups, home_region, found):
    try:
        return regional_distributions(values["regions"], values.get("defaults"), home_region, groups)
    except RegionsError as error:
        for problem in error.problems:
            where = problem.path if problem.path.startswith("groups") else _at(path, problem.path)
            found.append(problem._replace(path=_variable(where)))
    return None


def _origin(place, path, values, distributions):
    """Where in regions or defaults an option stands that came to stand at a place of distributions."""
    index, rest = re.fullmatch(r"distributions\[(\d+)\]\.?(.*)", place[len(path) :].lstrip(".")).groups()
    region = distributions[int(index)].get("region")
    regions, defaults = values["regions"], values.get("defaults")
    listed = regions.items() if _is_map(regions) else [(one.get("region"), one) for one in regions if _is_map(one)]
    own = next((one for name, one in listed if name == region and _is_map(one)), {})
    option = re.split(r"[.\[]", rest)[0]
    if _is_map(defaults) and option in defaults and option not in own:
        return _at(path, "defaults.%s" % rest)
    return _at(path, ".".join(filter(None, ["regions", region, rest])))


def _is_map(value):
    return isinstance(value, dict)


def _square(value):
    """Image Builder's placeholders in square brackets, so that no later template takes them for its own."""
    if isinstance(value, dict):
        return {key: _square(content) for key, content in value.items()}
    if isinstance(value, list):
        return [_square(item) for item in value]
    return placeholders_squared(value) if isinstance(value, str) else value


def _at(path, name):
    return "%s.%s" % (path, name) if path else name


def _variable(path):
    return PREFIX + path


def _problem(path, text, value=None):
    return Problem(_variable(path), value, text)
