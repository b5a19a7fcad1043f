"""Adding a statement to a shared trust policy and removing it changes nothing else."""

from __future__ import annotations

import copy
import importlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

NEW = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}
statement = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": st.text(max_size=3)},
    optional={"Sid": st.sampled_from(["Mine", "Theirs", ""])},
)


@pytest.fixture(scope="module")
def with_statement():
    return importlib.import_module(
        "ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam.trust"
    ).with_statement


def others(document):
    return [one for one in document["Statement"] if one.get("Sid") != "Mine"]


@given(existing=st.lists(statement, max_size=5), more=st.dictionaries(st.sampled_from(["Id", "Version"]), st.text()))
def test_nothing_of_others_changes(with_statement, existing, more):
    document = {**more, "Statement": existing}
    before = copy.deepcopy(document)
    added = with_statement(document, "Mine", NEW)
    removed = with_statement(added, "Mine")
    assert document == before
    assert [one for one in added["Statement"] if one.get("Sid") == "Mine"] == [{"Sid": "Mine", **NEW}]
    assert others(added) == others(before) == removed["Statement"]
    assert {key: added[key] for key in more} == more
    assert with_statement(added, "Mine", NEW) == added


def test_a_new_document_and_one_without_a_list(with_statement):
    assert with_statement(None, "Mine", NEW) == {"Version": "2012-10-17", "Statement": [{"Sid": "Mine", **NEW}]}
    single = {"Version": "2012-10-17", "Statement": {"Sid": "Theirs", **NEW}}
    assert others(with_statement(single, "Mine", NEW)) == [{"Sid": "Theirs", **NEW}]
    assert with_statement({"Statement": {"Sid": "Mine", **NEW}}, "Mine")["Statement"] == []


def test_an_old_statement_is_replaced_at_its_position(with_statement):
    document = {"Statement": [{"Sid": "Mine", "Effect": "Deny"}, {"Sid": "Theirs"}, {"Sid": "Mine"}]}
    assert with_statement(document, "Mine", NEW)["Statement"] == [{"Sid": "Mine", **NEW}, {"Sid": "Theirs"}]
