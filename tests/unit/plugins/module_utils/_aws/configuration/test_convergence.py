"""Any valid configuration converges in one run, is unchanged in the second, and survives any edit."""

from __future__ import annotations

import importlib

import pytest
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st

from tests.unit import shapes

pytestmark = pytest.mark.current_botocore

ENSURE = "ansible_collections.goldimage.aws.plugins.module_utils._aws.configuration.configurations"
OFTEN = settings(deadline=None, max_examples=10, suppress_health_check=list(HealthCheck))
names = st.from_regex(r"[-_A-Za-z0-9][-_A-Za-z0-9 ]{1,30}[-_A-Za-z0-9]", fullmatch=True)
descriptions = st.none() | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30)


def without_uses(entry):
    """An entry to which any account can be added: one with a key, for example, could not be made public."""
    uses = ("launchTemplateConfigurations", "ssmParameterConfigurations", "fastLaunchConfigurations")
    kept = {member: value for member, value in entry.items() if member not in (*uses, "s3ExportConfiguration")}
    ami = {**kept.get("amiDistributionConfiguration", {}), "name": shapes.SAMPLES["AmiNameString"]}
    ami.pop("kmsKeyId", None)
    return {**kept, "amiDistributionConfiguration": ami}


def configuration(service_model, data, name, change=None):
    """(options, the distributions they mean in API form)."""
    shape = service_model.operation_model("CreateDistributionConfiguration").input_shape.members["distributions"]
    api = data.draw(shapes.distributions(service_model).map(shapes.compatible).filter(bool))
    api = [change(entry) for entry in api] if change else api
    tags = data.draw(shapes.tags(service_model))
    given = {
        "state": "present",
        "name": name,
        "description": data.draw(descriptions),
        "distributions": shapes.options(shape, api),
        "purge_distributions": True,
        "purge_accounts": True,
        "tags": tags,
        "purge_tags": True,
    }
    return given, api


def run(connection, given, check_mode=False):
    ensure = importlib.import_module(ENSURE)
    assert ensure.configuration_option_errors(given, connection.model, connection.region) == []
    return ensure.ensure(connection, ensure.wanted_from(given), check_mode)


def stored(connection, arn):
    return connection.client.get_distribution_configuration(distributionConfigurationArn=arn)[
        "distributionConfiguration"
    ]


@OFTEN
@given(data=st.data(), name=names)
def test_it_converges_and_survives_an_edit(connection, service_model, data, name):
    arn = None
    for round_number in range(3):
        given, api = configuration(service_model, data, name)
        predicted = run(connection, given, check_mode=True)
        first = run(connection, given)
        arn = first.arn
        there = stored(connection, arn)

        assert list(map(shapes.meaning, there["distributions"])) == list(map(shapes.meaning, api)) or (
            first.action == "unchanged"
        )
        assert set(map(repr, map(shapes.sorted_deep, map(shapes.meaning, there["distributions"])))) == set(
            map(repr, map(shapes.sorted_deep, map(shapes.meaning, api)))
        )
        assert there["tags"] == given["tags"]
        if given["description"] is not None:
            assert there.get("description", "") == given["description"]

        # Check mode returned the same, except the dates.
        assert predicted.action == first.action
        assert (predicted.before, predicted.after) == (first.before, first.after)
        dates = {"date_created": None, "date_updated": None}
        assert {**predicted.state, **dates} == {**first.state, **dates}

        assert run(connection, given).action == "unchanged", round_number
        # The result is valid input, and changes nothing.
        back = {key: first.state[key] for key in ("name", "description", "distributions", "tags")}
        assert run(connection, {**given, **back}).action == "unchanged"
    run(connection, {**given, "state": "absent"})


@OFTEN
@given(data=st.data(), name=names)
def test_keeping_regions_loses_none(connection, service_model, data, name):
    first, before = configuration(service_model, data, name)
    run(connection, first)
    second, after = configuration(service_model, data, name)
    outcome = run(connection, {**second, "purge_distributions": False})
    there = {entry["region"]: shapes.meaning(entry) for entry in stored(connection, outcome.arn)["distributions"]}
    assert there == {entry["region"]: shapes.meaning(entry) for entry in [*before, *after]}
    run(connection, {**first, "state": "absent"})


@OFTEN
@given(data=st.data(), name=names)
def test_keeping_accounts_loses_none(connection, service_model, data, name):
    def principals(distributions, region):
        ami = {entry["region"]: entry for entry in distributions}[region].get("amiDistributionConfiguration", {})
        members = [ami.get("targetAccountIds", []), *ami.get("launchPermission", {}).values()]
        return [set(member) for member in members]

    first, before = configuration(service_model, data, name, without_uses)
    run(connection, first)
    second, after = configuration(service_model, data, name, without_uses)
    outcome = run(connection, {**second, "purge_accounts": False})
    there = stored(connection, outcome.arn)["distributions"]
    for region in {entry["region"] for entry in before} & {entry["region"] for entry in after}:
        now = set().union(*principals(there, region), set())
        assert now == set().union(*principals(before, region), *principals(after, region))
    run(connection, {**first, "state": "absent"})
