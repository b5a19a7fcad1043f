"""The types of both forms of a distribution have the members of the options and of the API."""

from __future__ import annotations

import typing

import botocore.session
import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution import forms
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.fields import DISTRIBUTION_OPTIONS

SHAPE = (
    botocore.session.get_session()
    .get_service_model("imagebuilder")
    .operation_model("CreateDistributionConfiguration")
    .input_shape.members["distributions"]
    .member
)


def members(kind, shape, path=""):
    """Yields (path, members of the type, members of the shape) of a type and of all types in it."""
    hints = typing.get_type_hints(kind)
    yield path, set(hints), set(shape.members)
    for name, hint in hints.items():
        inner = typing.get_args(hint)[0] if typing.get_origin(hint) is list else hint
        if typing.is_typeddict(inner):
            below = shape.members[name]
            yield from members(inner, getattr(below, "member", below), f"{path}.{name}")


@pytest.mark.current_botocore
def test_the_api_form_has_the_members_of_the_service_model():
    types = list(members(forms.ApiDistribution, SHAPE))
    assert len(types) == 9
    assert [(path, own ^ models) for path, own, models in types if own != models] == []


@pytest.mark.current_botocore
def test_required_members_are_those_of_the_service_model():
    for kind, shape in (
        (forms.ApiDistribution, SHAPE),
        (forms.ApiLaunchTemplate, SHAPE.members["launchTemplateConfigurations"].member),
        (forms.ApiFastLaunch, SHAPE.members["fastLaunchConfigurations"].member),
        (forms.ApiSsmParameter, SHAPE.members["ssmParameterConfigurations"].member),
    ):
        assert kind.__required_keys__ == set(shape.required_members), kind


def option_members(kind, options, path=""):
    """Yields (path, members of the type, its required ones, options) of a type and of all types in it."""
    hints = typing.get_type_hints(kind)
    yield path, set(hints), set(kind.__required_keys__), options
    for name, hint in hints.items():
        inner = typing.get_args(hint)[0] if typing.get_origin(hint) is list else hint
        if typing.is_typeddict(inner):
            yield from option_members(inner, options[name]["options"], f"{path}.{name}")


def test_the_option_form_has_the_options():
    types = list(option_members(forms.Distribution, DISTRIBUTION_OPTIONS))
    assert len(types) == 10
    for path, own, required, options in types:
        assert own == set(options), path
        assert required == {name for name, option in options.items() if option.get("required")}, path


def test_the_option_form_has_the_types_of_the_options():
    hints = typing.get_type_hints(forms.Distribution)
    kinds = {"str": (str,), "dict": (dict,), "list": (list,)}
    for name, option in DISTRIBUTION_OPTIONS.items():
        kind = dict if typing.is_typeddict(hints[name]) else typing.get_origin(hints[name]) or hints[name]
        assert kind in kinds[option["type"]], name
