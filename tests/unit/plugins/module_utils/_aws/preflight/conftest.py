"""What the tests of the checks share: accounts whose answers they lay out, and a function that makes one check."""

from __future__ import annotations

import importlib

import pytest

from tests.unit import stubbed
from tests.unit.conftest import COLLECTION


def preflight_module(name):
    """A module of the folder preflight, which cannot be imported before pytest has found the collection."""
    return importlib.import_module(f"{COLLECTION}.module_utils._aws.preflight.{name}")


@pytest.fixture
def stubs():
    accounts = stubbed.StubbedAccounts()
    yield accounts
    accounts.finish()


@pytest.fixture
def reader(stubs):
    return preflight_module("reader").PreflightReader(stubs, stubbed.connection(stubs))


@pytest.fixture
def answer_to(reader):
    """Makes the check of one question."""

    def answer(question):
        result = preflight_module("questions").CHECKS[question.check](reader, question)
        assert (result.remedy is None) == (result.status == "ok"), result
        return result

    return answer


@pytest.fixture
def run_check(answer_to):
    """Makes a check of a thing in a Region and account."""

    def ask(name, *subject, region="eu-west-1", account_id=stubbed.ACCOUNT):
        return answer_to(preflight_module("findings").Question(name, region, account_id, subject))

    return ask
