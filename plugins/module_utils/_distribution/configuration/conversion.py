# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options <-> API bodies.

The conversion follows the argument spec, because a generic conversion of case would rename the keys of users' tags.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Mapping
from functools import cache
from typing import Any

from .. import arns
from ..fields import DISTRIBUTION_OPTIONS
from ..fields import NAME_PREFIX
from ..fields import Spec
from ..forms import ApiDistribution
from ..forms import Distribution

BUILD_DATE = "{{ imagebuilder:buildDate }}"

# Image Builder's placeholders look like Jinja's, so users may write [[ imagebuilder:buildDate ]] instead. If a text in
# AWS really contains such square brackets, they are escaped with a backslash: [[\ imagebuilder:buildDate ]]. If it
# contains that, with a second one.
_PLACEHOLDER = r"(\s*)((?:imagebuilder|ssm):[^\s\[\]{}]+)(\s*)"
_SQUARE = re.compile(r"\[\[(\\*)" + _PLACEHOLDER + r"\]\]")
_CURLY = re.compile(r"\{\{" + _PLACEHOLDER + r"\}\}")


@cache
def camel(name: str) -> str:
    """Converts the name of an option to that of the API's member: snake_case -> camelCase."""
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


@cache
def snake(name: str) -> str:
    """Converts the name of an API's member to that of the option: camelCase -> snake_case."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def placeholders_to_api(text: str | None) -> str | None:
    """Converts C([[ imagebuilder:buildDate ]]) to C({{ imagebuilder:buildDate }}) and keeps inner spaces.

    Brackets with a backslash are text. They lose one backslash.
    """
    return _SQUARE.sub(_square_to_api, text) if text and "[[" in text else text


def _square_to_api(match: re.Match[str]) -> str:
    slashes, *inner = match.groups()
    text = "".join(inner)
    return f"[[{slashes[1:]}{text}]]" if slashes else f"{{{{{text}}}}}"


def placeholders_from_api(text: str | None) -> str | None:
    """Reverses placeholders_to_api(). Ansible can then template what a module returns without changing it."""
    return placeholders_squared(_SQUARE.sub(r"[[\\\1\2\3\4]]", text) if text and "[[" in text else text)


def placeholders_squared(text: str | None) -> str | None:
    """Converts C({{ imagebuilder:buildDate }}) to C([[ imagebuilder:buildDate ]]). Square brackets stay as they are."""
    return _CURLY.sub(r"[[\1\2\3]]", text) if text and "{{" in text else text


def placeholders_unified(text: str) -> str:
    """Converts placeholders to one spelling, with inner spaces."""
    return _CURLY.sub(r"{{ \2 }}", text) if "{{" in text else text


def parameters_in(text: str | None) -> list[str]:
    """Returns the names or ARNs of the SSM parameters in a text in API form, such as C({{ ssm:name }}).

    A version or label after the name, as in C({{ ssm:name:3 }}), is left out.
    """
    references = [match[1] for match in _CURLY.findall(text)] if text and "{{" in text else []
    return [_unversioned(name[len("ssm:") :]) for name in references if name.startswith("ssm:")]


def _unversioned(name: str) -> str:
    arn = arns.parse(name)
    if arn:
        return str(arn._replace(resource=arn.resource.partition(":")[0]))
    return name.partition(":")[0]


def distributions_to_api(distributions: Iterable[Distribution]) -> list[ApiDistribution]:
    """Converts the option C(distributions), which may use aliases, to the API's C(distributions).

    None, empty lists, empty maps and keys that are not options are left out. Placeholders in square brackets get curly
    ones.
    """
    return [_to_api(entry, DISTRIBUTION_OPTIONS) for entry in distributions]


def distributions_from_api(distributions: Iterable[ApiDistribution]) -> list[Distribution]:
    """Converts the API's C(distributions) to the option. Empty and unknown members are left out."""
    return [_from_api(entry, DISTRIBUTION_OPTIONS) for entry in distributions]


def tags_to_api(tags: dict[Any, Any]) -> dict[str, Any]:
    """Converts the keys and values of tags to strings. None, which is YAML's empty value, becomes an empty string.

    Lists and maps stay as they are, so that validation.model refuses them.
    """
    return {
        str(key): "" if value is None else value if isinstance(value, (list, dict)) else str(value)
        for key, value in tags.items()
    }


def _given(options: Mapping[str, Any], name: str, option: dict[str, Any]) -> Any:
    for key in (name, *option.get("aliases", ())):
        if options.get(key) is not None:
            return options[key]
    return None


def _to_api(options: Mapping[str, Any], spec: Spec) -> Any:
    body = {}
    for name, option in spec.items():
        value = _given(options, name, option)
        if value is None:
            continue
        if name == NAME_PREFIX:
            name, value = "name", f"{value} {BUILD_DATE}"
        value = _value_to_api(value, option)
        if value not in ([], {}):
            body[camel(name)] = value
    return body


def _value_to_api(value: Any, option: dict[str, Any]) -> Any:
    if option["type"] == "dict":
        if "options" in option:
            return _to_api(value, option["options"])
        return {key: placeholders_to_api(text) for key, text in tags_to_api(value).items()}
    if option["type"] == "list":
        if "options" in option:
            return [_to_api(item, option["options"]) for item in value]
        # AWS treats lists as sets.
        return list(dict.fromkeys(placeholders_to_api(str(item)) for item in value))
    if option["type"] == "str":
        return placeholders_to_api(str(value))
    return value


def _from_api(body: Mapping[str, Any], spec: Spec) -> Any:
    options = {}
    for name, option in spec.items():
        value = body.get(camel(name))
        if name == NAME_PREFIX or value is None:
            continue
        value = _value_from_api(value, option)
        if value not in ([], {}):
            options[name] = value
    return options


def _value_from_api(value: Any, option: dict[str, Any]) -> Any:
    if option["type"] == "dict":
        if "options" in option:
            return _from_api(value, option["options"])
        return {key: placeholders_from_api(text) for key, text in value.items()}
    if option["type"] == "list":
        if "options" in option:
            return [_from_api(item, option["options"]) for item in value]
        return [placeholders_from_api(item) for item in value]
    if option["type"] == "str":
        return placeholders_from_api(value)
    return value
