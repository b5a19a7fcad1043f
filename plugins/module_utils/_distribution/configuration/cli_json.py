# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options <-> the document of C(aws imagebuilder create-/update-distribution-configuration --cli-input-json).

Members, their types and the slips of the user guide (the aliases) are those of the argument spec.
"""

from __future__ import annotations

import difflib
import json
import re
from json.decoder import scanstring
from json.scanner import py_make_scanner

from ..options import CONFIGURATION_OPTIONS
from ..options import NAME_PREFIX
from ..options import read
from ..options import SELECTORS
from .conversion import camel
from .conversion import distributions_from_api
from .conversion import distributions_to_api
from .conversion import placeholders_from_api
from .conversion import placeholders_to_api
from .conversion import tags_to_api

# The top of both documents. Here only the API's own names count, no aliases.
_TOP_OPTIONS = {
    name: {key: value for key, value in CONFIGURATION_OPTIONS[name].items() if key != "aliases"}
    for name in (*SELECTORS, "description", "distributions", "tags")
}
_NAME, _ARN = map(camel, SELECTORS)

# Members that say how a command is sent, not what the configuration is.
_DROPPED = {
    "clientToken": "the module makes one of its own for each change",
    "dryRun": "use check mode",
}

# What the modules return and do not take.
_READ_ONLY = ("date_created", "date_updated", "pipelines", "regions")

_BLANKS = " \t\r\n"

# What the json module says -> what was expected at that place.
_EXPECTED = (
    ("Expecting property name", "a member name in double quotes"),
    ("Expecting ':'", "':' after the member name"),
    ("Expecting ','", "',' or a closing bracket"),
    ("Expecting value", "a value"),
    ("Expecting object", "an object { ... }"),
    ("Illegal trailing comma", "another entry after this comma, or no comma"),
    ("Unterminated string", "a closing quote on the line on which this string begins; inside it write \\n or \\t"),
    ("Invalid control character", "a closing quote; a line break or a tab inside a string is written \\n or \\t"),
    ("Invalid \\", 'one of the escapes of JSON: \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX'),
    ("Extra data", "nothing more after the closing bracket of the document"),
)


class CliInputError(ValueError):
    """What is wrong with a document or with options. C(problems) is a list of texts, each beginning with its place."""

    def __init__(self, problems):
        super().__init__("; ".join(problems))
        self.problems = problems


def options_from_text(text, name=None):
    """Reads a document of C(--cli-input-json), for create or for update.

    :param text: the file's content.
    :param name: the configuration's name, instead of the name or the ARN that the document gives.
    :returns: (options, warnings): the options C(name) or C(distribution_configuration_arn), C(description),
        C(distributions) and C(tags), as far as the document has them, placeholders in square brackets; warnings is a
        list of texts, each beginning with its place in the document.
    :raises CliInputError: with all that is wrong, in the document's own spelling.
    """
    document = _parse(text)
    reader = _Reader()
    reader.note_repairs(document)
    for member in [member for member in document if member in _DROPPED]:
        reader.warnings.append("%s: is left out; %s" % (member, _DROPPED[member]))
        del document[member]
    body = reader.structure(document, _TOP_OPTIONS, "")
    if "distributions" not in document:
        reader.problems.append("distributions: is missing, it is required")
    if _ARN in document:
        reader.problems.extend(
            "%s: the update command takes none beside %s; %s" % (member, _ARN, remedy)
            for member, remedy in (
                (_NAME, "remove one of the two"),
                ("tags", "remove it here and give it to the module's option tags"),
            )
            if member in document
        )
    elif name is None and _NAME not in document:
        reader.problems.append("%s or %s: one of the two is required" % (_NAME, _ARN))
    if reader.problems:
        raise CliInputError(reader.problems)
    return _selected(body, name, reader.warnings), reader.warnings


def document_from_options(options):
    """Makes the document that the AWS CLI takes, for create if C(options) holds a name, else for update.

    :param options: the options of one configuration, or what the modules return of one.
    :returns: (document, warnings): document holds API names in a stable order; warnings is a list of texts, each
        beginning with an option path.
    :raises CliInputError: with all that is wrong, in the spelling of options.
    """
    given = {key: value for key, value in options.items() if key not in _READ_ONLY}
    if given.get("name") is not None:
        # An ARN beside the name is what a module returned.
        given = {key: value for key, value in given.items() if key not in ("arn", "distribution_configuration_arn")}
    values, found = read(CONFIGURATION_OPTIONS, given, required_one_of=[SELECTORS])
    problems = ["%s: %s" % problem for problem in found]
    if values.get("state") == "absent":
        problems.append("state: there is no such document for 'absent'; the command that deletes takes only an ARN")
    elif not given.get("distributions"):
        summary = "; this is a summary, read it with its details" if options.get("regions") else ""
        problems.append("distributions: is required, with at least one Region" + summary)
    if problems:
        raise CliInputError(problems)

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


def _selected(body, name, warnings):
    """The API form of a whole document -> options."""
    options = {}
    if name is not None:
        options["name"] = name
    elif _NAME in body:
        options["name"] = body[_NAME]
    else:
        arn = body[_ARN]
        if arn.endswith(".json"):
            # The user guide's update example ends in the name of its own file.
            arn = arn[: -len(".json")]
            warnings.append("%s: ends in .json, which no ARN does; taken for %s" % (_ARN, arn))
        options["distribution_configuration_arn"] = arn
    if "description" in body:
        options["description"] = placeholders_from_api(body["description"])
    options["distributions"] = distributions_from_api(body["distributions"])
    if "tags" in body:
        options["tags"] = body["tags"]
    return options


def _lost_in_update(values):
    """What the module does and the CLI's update cannot."""
    if values.get("tags"):
        yield "tags: are left out, the update command takes none; use aws imagebuilder tag-resource"
    for option in ("purge_distributions", "purge_accounts"):
        if not values[option]:
            yield "%s: is left out, the update command replaces the whole configuration" % option


def _sorted(tags):
    return dict(sorted(tags.items()))


def _sorted_tags(entry):
    ami = entry.get("amiDistributionConfiguration", {})
    if "amiTags" in ami:
        ami["amiTags"] = _sorted(ami["amiTags"])
    return entry


# -- JSON --------------------------------------------------------------------------------------------------------


class _Broken(str):
    """A string whose closing or opening quote stands on another line; the blanks are taken off."""


class _Object(dict):
    """A JSON object that remembers which members it was given more than once."""

    def __init__(self, pairs):
        super().__init__(pairs)
        names = [name for name, dummy in pairs]
        self.repeated = sorted({name for name in names if names.count(name) > 1})


class _Decoder(json.JSONDecoder):
    """Strict JSON, but for line breaks at the ends of strings, as the user guide's page has them."""

    def __init__(self):
        super().__init__(object_pairs_hook=_Object)
        self.parse_string = _string
        # The scanner in C knows no string parser but its own.
        self.scan_once = py_make_scanner(self)


def _string(text, begin, strict):
    """As json.decoder.scanstring: (the string that begins after the quote before C(begin), the place behind it)."""
    try:
        return scanstring(text, begin, strict)
    except json.JSONDecodeError:
        dummy, end = scanstring(text, begin, False)
    raw = text[begin : end - 1]
    content = raw.strip(_BLANKS)
    edges = raw.replace(content, "", 1)
    # What follows tells a broken string from one whose closing quote is missing and that ends at the next one's.
    closed = text[end:].lstrip(_BLANKS)[:1] in (",", "}", "]")
    if not closed or re.search(r"[\x00-\x1f]", content) or not re.search(r"[\r\n]", edges):
        raise json.JSONDecodeError("Unterminated string", text, begin - 1)
    return _Broken(scanstring(content + '"', 0, strict)[0]), end


def _parse(text):
    """The document's outermost object. A byte order mark, as Windows editors write it, is passed over."""
    text = text[1:] if text.startswith("\ufeff") else text
    try:
        document = _Decoder().decode(text)
        if not isinstance(document, dict):
            raise json.JSONDecodeError("Expecting object", text, len(text) - len(text.lstrip(_BLANKS)))
    except json.JSONDecodeError as error:
        raise CliInputError([_explain(error)]) from error
    except RecursionError:
        raise CliInputError(["is nested too deep for a document of the AWS CLI"]) from None
    except ValueError as error:
        # A number of thousands of digits, which Python refuses to read.
        raise CliInputError([str(error)]) from error
    return document


def _explain(error):
    """Where the text is no JSON, and what was expected there."""
    expected = next((text for start, text in _EXPECTED if error.msg.startswith(start)), error.msg)
    found = ""
    if error.msg.startswith("Expect"):
        character = error.doc[error.pos : error.pos + 1]
        found = ", found %s" % (repr(character) if character else "the end of the file")
        if character in ("}", "]") and error.doc[: error.pos].rstrip(_BLANKS).endswith(","):
            found += " after a comma; remove that comma"
    return "line %d, column %d: expected %s%s" % (error.lineno, error.colno, expected, found)


# -- members -----------------------------------------------------------------------------------------------------


class _Reader:
    """Walks a document beside the options that it is for, and notes what is wrong and what was taken for what."""

    def __init__(self):
        self.problems = []
        self.warnings = []

    def note_repairs(self, document):
        """Warns of what strict JSON or the AWS CLI would have read otherwise."""
        broken = []
        for path, value in _nodes(document, ""):
            if isinstance(value, _Broken):
                broken.append(path)
            for member in getattr(value, "repeated", ()):
                self.warnings.append("%s: is given more than once; the last one counts" % _join(path, member))
        if broken:
            self.warnings.append("%s: broken across lines; the blanks at the ends are taken off" % ", ".join(broken))

    def structure(self, body, spec, path):
        """The members of an object under the API's own names; what is wrong is left out."""
        members = {camel(name): option for name, option in spec.items() if name != NAME_PREFIX}
        slips = {camel(alias): camel(name) for name, option in spec.items() for alias in option.get("aliases", ())}
        result = {}
        for given, value in body.items():
            place = _join(path, given)
            member = slips.get(given, given)
            if member not in members:
                self.problems.append("%s: unknown member, %s" % (place, _suggest(given, members)))
                continue
            if member != given and member in body:
                self.problems.append("%s: is another word for %s, which is there too; remove it" % (place, member))
                continue
            if member != given:
                self.warnings.append("%s: taken for %s" % (place, member))
            result[member] = self.value(value, members[member], place)
        for member, option in members.items():
            if option.get("required") and member not in result:
                self.problems.append("%s: is missing, it is required" % _join(path, member))
        return result

    def value(self, value, option, path):
        """A value of the option's type, or an empty one of it if the document has something else there."""
        if not _fits(value, option["type"]):
            self.problems.append("%s: expected %s, found %s" % (path, _TYPES[option["type"]][1], _kind(value, option)))
            return _TYPES[option["type"]][0]()
        if option["type"] == "dict":
            if "options" in option:
                return self.structure(value, option["options"], path)
            return {key: self.value(text, {"type": "str"}, _join(path, key)) for key, text in value.items()}
        if option["type"] == "list":
            entry = {**option, "type": option["elements"]}
            return [self.value(item, entry, "%s[%d]" % (path, index)) for index, item in enumerate(value)]
        # A string that was broken is an ordinary one from here on.
        return str(value) if option["type"] == "str" else value


# The types of options: the Python type, and what it is called in JSON.
_TYPES = {
    "str": (str, "a string"),
    "int": (int, "a whole number"),
    "bool": (bool, "true or false"),
    "list": (list, "a list [ ... ]"),
    "dict": (dict, "an object { ... }"),
}


def _fits(value, type_name):
    # To Python true and false are numbers.
    return isinstance(value, _TYPES[type_name][0]) and (type_name == "bool" or not isinstance(value, bool))


def _kind(value, option=None):
    """What a value of the wrong type is, in JSON's words; C(option) is the one that it was given for."""
    wanted = option["type"] if option else None
    if isinstance(value, str):
        quoted = (wanted == "int" and value.isdigit()) or (wanted == "bool" and value in ("true", "false"))
        return "the string %s; write it without quotes" % json.dumps(value) if quoted else "a string"
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "an object"
    text = "null; leave the member out" if value is None else json.dumps(value)
    return "%s; write it in quotes" % text if wanted == "str" and value is not None else text


def _suggest(given, members):
    """Which member was probably meant, in the API's spelling."""

    def plain(member):
        return member.replace("_", "").replace("-", "").lower()

    by_letters = {plain(member): member for member in members}
    if plain(given) in by_letters:
        return "write it as %s" % by_letters[plain(given)]
    places = list(_places(_TOP_OPTIONS, ""))
    elsewhere = sorted({place for place, member in places if plain(member) == plain(given)})
    if elsewhere:
        return "it belongs at %s" % " or ".join(elsewhere)
    near = difflib.get_close_matches(plain(given), by_letters, n=1)
    if near:
        return "did you mean %s?" % by_letters[near[0]]
    near = difflib.get_close_matches(plain(given), {plain(member) for dummy, member in places}, n=1, cutoff=0.75)
    if near:
        return "did you mean %s?" % " or ".join(sorted(place for place, member in places if plain(member) == near[0]))
    return "known here: %s" % ", ".join(sorted(members))


def _places(spec, path):
    """(path, member) of every member that a document may have below C(spec)."""
    for name, option in spec.items():
        if name == NAME_PREFIX:
            continue
        place = _join(path, camel(name))
        yield place, camel(name)
        if "options" in option:
            yield from _places(option["options"], place + ("[]" if option["type"] == "list" else ""))


def _nodes(value, path):
    """(path, value) of a value and of everything in it."""
    yield path, value
    if isinstance(value, dict):
        for member, content in value.items():
            yield from _nodes(content, _join(path, member))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _nodes(item, "%s[%d]" % (path, index))


def _join(path, member):
    """A member's path. The key of a tag may hold dots and blanks, so such a one is shown as it was written."""
    if not re.fullmatch(r"\w+", member):
        return "%s[%s]" % (path, json.dumps(member))
    return "%s.%s" % (path, member) if path else member
