"""The target accounts of a spec, as its execution role remembers them."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam import permissions
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam import remembered_accounts
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.ownership import Owner

OWNER = Owner("web", "123456789012", "us-east-1")


def entries(accounts):
    return [
        {
            "region": "us-east-1",
            "amiDistributionConfiguration": {"name": "web", "targetAccountIds": list(accounts)},
        }
    ]


# The readable form of the policy lists roles, and the short form lists their accounts.
@pytest.mark.parametrize("count", [1, 3, 200])
@pytest.mark.parametrize("limit", [10240, 3800])
def test_the_policy_names_them_in_each_of_its_forms(count, limit):
    accounts = [str(111122220000 + number) for number in range(count)]
    if count == 200 and limit != 10240:
        limit = 4600
    policy = permissions.policy(entries(accounts), OWNER.account_id, OWNER.region, size_limit=limit)
    assert remembered_accounts.accounts_in_policy(policy) == set(accounts)


def test_a_policy_without_accounts_and_no_policy_name_none():
    assert remembered_accounts.accounts_in_policy(None) == set()
    assert remembered_accounts.accounts_in_policy({"Statement": []}) == set()
    policy = permissions.policy(entries([]), OWNER.account_id, OWNER.region)
    assert remembered_accounts.accounts_in_policy(policy) == set()
    foreign = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::111122223333:role/Admin"}
    assert remembered_accounts.accounts_in_policy({"Statement": foreign}) == set()


@pytest.mark.parametrize("count", [0, 1, 19, 20, 200])
def test_tags_hold_as_many_as_there_are(count):
    accounts = {str(111122220000 + number) for number in range(count)}
    tags = remembered_accounts.tags_for(OWNER, accounts)
    assert remembered_accounts.accounts_in_tags(OWNER, tags) == accounts
    assert all(len(value) <= 256 for value in tags.values())
    assert remembered_accounts.tag_keys(OWNER, {**tags, "Team": "x"}) == list(tags)


def test_each_spec_has_its_own_tags():
    ours = remembered_accounts.tags_for(OWNER, ["111122223333"])
    for other in (OWNER._replace(spec_id="web-2"), OWNER._replace(region="us-east-2"), OWNER._replace(region="us")):
        assert remembered_accounts.accounts_in_tags(other, ours) == set()
