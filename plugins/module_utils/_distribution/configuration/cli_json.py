# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options <-> the document of C(aws imagebuilder create-/update-distribution-configuration --cli-input-json).

The argument spec says which members there are, their types, and the wrong names in the user guide (its aliases).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ..fields import CONFIGURATION_OPTIONS
from ..fields import NAME_PREFIX
from ..fields import READ_ONLY_OPTIONS
from ..fields import SELECTORS
from ..fields import Spec
from ..forms import ApiDistribution
from ..option_reader import read
from ..suggestions import explain_unknown
from .conversion import camel
from .conversion import distributions_from_api
from .conversion import distributions_to_api
from .conversion import placeholders_from_api
from .conversion import placeholders_to_api
from .conversion import tags_to_api
from .lenient_json import Broken
from .lenient_json import NotJson
from .lenient_json import parse_object


def _api_members(spec: Spec) -> Spec:
    """Returns the options that are members of the API."""
    return {
        name: {**option, "options": _api_members(option["options"])} if "options" in option else option
        for name, option in spec.items()
        if name != NAME_PREFIX
    }


# The top level of both documents, which accepts only the API's own names and no aliases.
_TOP_OPTIONS = _api_members(
    {
        name: {key: value for key, value in CONFIGURATION_OPTIONS[name].items() if key != "aliases"}
        for name in (*SELECTORS, "description", "distributions", "tags")
    }
)
_NAME, _ARN = map(camel, SELECTORS)

# Members that control how a command is sent and do not describe the configuration.
_DROPPED = {
    "clientToken": "the module makes one of its own for each change",
    "dryRun": "use check mode",
}


class CliInputError(ValueError):
    """A document or options cannot be converted. C(errors) are texts, each beginning with the path of its member."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


def options_from_text(text: str, name: str | None = None) -> tuple[dict[str, Any], list[str]]:
    """Reads a document of C(--cli-input-json), for create or for update.

    :param text: the file's content.
    :param name: the configuration's name, which replaces the name or ARN in the document.
    :returns: (options, warnings): the options C(name) or C(distribution_configuration_arn), C(description),
        C(distributions) and C(tags) that the document gives, with placeholders in square brackets; the warnings as
        texts, each beginning with the path of its member.
    :raises CliInputError: with all errors, in the document's spelling.
    """
    try:
        document = parse_object(text)
    except NotJson as error:
        raise CliInputError([str(error)]) from error
    reader = _Reader()
    reader.note_repairs(document)
    for member in [member for member in document if member in _DROPPED]:
        reader.warnings.append(f"{member}: is left out; {_DROPPED[member]}")
        del document[member]
    body = reader.structure(document, _TOP_OPTIONS, "")
    if "distributions" not in document:
        reader.errors.append("distributions: is missing, it is required")
    if _ARN in document:
        reader.errors.extend(
            f"{member}: the update command does not accept it in addition to {_ARN}; {remedy}"
            for member, remedy in (
                (_NAME, "remove one of the two"),
                ("tags", "remove it here and give it to the module's option tags"),
            )
            if member in document
        )
    elif name is None and _NAME not in document:
        reader.errors.append(f"{_NAME} or {_ARN}: one of the two is required")
    if reader.errors:
        raise CliInputError(reader.errors)
    return _selected(body, name, reader.warnings), reader.warnings


def document_from_options(options: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Makes the document for the AWS CLI: for create if C(options) contains a name, otherwise for update.

    :param options: the options of one configuration, or a configuration as the modules return it.
    :returns: (document, warnings): the document has API names in a stable order; the warnings are texts, each beginning
        with an option path.
    :raises CliInputError: with all errors, in the spelling of options.
    """
    given = {key: value for key, value in options.items() if key not in READ_ONLY_OPTIONS}
    if given.get("name") is not None:
        # Modules return the ARN in addition to the name.
        given = {key: value for key, value in given.items() if key not in ("arn", "distribution_configuration_arn")}
    values, option_errors = read(CONFIGURATION_OPTIONS, given, required_one_of=[SELECTORS])
    errors = [f"{path}: {text}" for path, text in option_errors]
    if values.get("state") == "absent":
        errors.append("state: there is no such document for 'absent'; the delete command takes only an ARN")
    elif not given.get("distributions"):
        summary = "; this is a summary, read it with its details" if options.get("regions") else ""
        errors.append("distributions: is required, with at least one Region" + summary)
    if errors:
        raise CliInputError(errors)

    creates = values.get("name") is not None
    document = {_NAME: values["name"]} if creates else {_ARN: values["distribution_configuration_arn"]}
    if values.get("description"):
        document["description"] = placeholders_to_api(values["description"])
    document["distributions"] = [_sorted_tags(entry) for entry in distributions_to_api(values["distributions"])]
    if creates:
        if values.get("tags"):
            document["tags"] = _sorted(tags_to_api(values["tags"]))
        return document, []
    return document, list(_lost_in_update(values))


def _selected(body: dict[str, Any], name: str | None, warnings: list[str]) -> dict[str, Any]:
    """Converts a whole document in API form to options."""
    options: dict[str, Any] = {}
    if name is not None:
        options["name"] = name
    elif _NAME in body:
        options["name"] = body[_NAME]
    else:
        arn = body[_ARN]
        if arn.endswith(".json"):
            # The user guide's update example ends in the name of its own file.
            arn = arn[: -len(".json")]
            warnings.append(f"{_ARN}: ends in .json, which no ARN does; taken for {arn}")
        options["distribution_configuration_arn"] = arn
    if "description" in body:
        options["description"] = placeholders_from_api(body["description"])
    options["distributions"] = distributions_from_api(body["distributions"])
    if "tags" in body:
        options["tags"] = body["tags"]
    return options


def _lost_in_update(values: dict[str, Any]) -> Iterator[str]:
    """Yields a warning for each option that the module supports and the CLI's update command does not."""
    if values.get("tags"):
        yield "tags: left out, because the update command does not take tags; use aws imagebuilder tag-resource"
    for option in ("purge_distributions", "purge_accounts"):
        if not values[option]:
            yield f"{option}: left out, because the update command replaces the whole configuration"


def _sorted(tags: dict[str, Any]) -> dict[str, Any]:
    return dict(sorted(tags.items()))


def _sorted_tags(entry: ApiDistribution) -> ApiDistribution:
    ami = entry.get("amiDistributionConfiguration", {})
    if "amiTags" in ami:
        ami["amiTags"] = _sorted(ami["amiTags"])
    return entry


# -- members -----------------------------------------------------------------------------------------------------


class _Reader:
    """Walks a document along with the argument spec, and collects errors and warnings."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.warnings: list[str] = []

    def note_repairs(self, document: dict[str, Any]) -> None:
        """Warns of values that strict JSON or the AWS CLI would have read differently."""
        broken = []
        for path, value in _nodes(document, ""):
            if isinstance(value, Broken):
                broken.append(path)
            for member in getattr(value, "repeated", ()):
                self.warnings.append(f"{_join(path, member)}: given more than once; the last value is used")
        if broken:
            self.warnings.append(f"{', '.join(broken)}: broken across lines; the spaces at the ends are removed")

    def structure(self, body: dict[str, Any], spec: Spec, path: str) -> dict[str, Any]:
        """Returns the members of an object under the API's own names, without wrong members."""
        members = {camel(name): option for name, option in spec.items()}
        slips = {camel(alias): camel(name) for name, option in spec.items() for alias in option.get("aliases", ())}
        result = {}
        for given, value in body.items():
            member_path = _join(path, given)
            member = slips.get(given, given)
            if member not in members:
                suggestion = explain_unknown(given, spec, _TOP_OPTIONS, camel)
                self.errors.append(f"{member_path}: unknown member, {suggestion}")
                continue
            if member != given and member in body:
                self.errors.append(f"{member_path}: is the same as {member}, which is there too; remove it")
                continue
            if member != given:
                self.warnings.append(f"{member_path}: taken for {member}")
            result[member] = self.value(value, members[member], member_path)
        for member, option in members.items():
            if option.get("required") and member not in result:
                self.errors.append(f"{_join(path, member)}: is missing, it is required")
        return result

    def value(self, value: Any, option: dict[str, Any], path: str) -> Any:
        """Returns the value, or an empty one of the option's type if the document has another type."""
        if not _fits(value, option["type"]):
            expected = _TYPES[option["type"]][1]
            self.errors.append(f"{path}: expected {expected}, found {_kind(value, option)}")
            return _TYPES[option["type"]][0]()
        if option["type"] == "dict":
            if "options" in option:
                return self.structure(value, option["options"], path)
            return {key: self.value(text, {"type": "str"}, _join(path, key)) for key, text in value.items()}
        if option["type"] == "list":
            entry = {**option, "type": option["elements"]}
            return [self.value(item, entry, f"{path}[{index}]") for index, item in enumerate(value)]
        # Converts a Broken to an ordinary string.
        return str(value) if option["type"] == "str" else value


# Type of an option -> the Python type, and its name in JSON.
_TYPES = {
    "str": (str, "a string"),
    "int": (int, "a whole number"),
    "bool": (bool, "true or false"),
    "list": (list, "a list [ ... ]"),
    "dict": (dict, "an object { ... }"),
}


def _fits(value: Any, type_name: str) -> bool:
    # In Python, true and false are also numbers.
    return isinstance(value, _TYPES[type_name][0]) and (type_name == "bool" or not isinstance(value, bool))


def _kind(value: Any, option: dict[str, Any]) -> str:
    """Describes a value of the wrong type in JSON's terms, and says how to correct it if that is clear."""
    wanted = option["type"]
    if isinstance(value, str):
        quoted = (wanted == "int" and value.isdigit()) or (wanted == "bool" and value in ("true", "false"))
        return f"the string {json.dumps(value)}; write it without quotes" if quoted else "a string"
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "an object"
    text = "null; leave the member out" if value is None else json.dumps(value)
    return f"{text}; write it in quotes" if wanted == "str" and value is not None else text


def _nodes(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yields (path, value) of a value and of everything in it."""
    yield path, value
    if isinstance(value, dict):
        for member, content in value.items():
            yield from _nodes(content, _join(path, member))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _nodes(item, f"{path}[{index}]")


def _join(path: str, member: str) -> str:
    """Returns a member's path. Keys of tags may contain dots and spaces; they are shown quoted."""
    if not re.fullmatch(r"\w+", member):
        return f"{path}[{json.dumps(member)}]"
    return f"{path}.{member}" if path else member
