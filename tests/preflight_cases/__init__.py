"""For each rule that needs requests: a situation in which a configuration breaks it, and a similar one that is allowed.

Each is made in the local AWS of this process, with tests/unit/local_aws/stage.py: home Region us-east-1, account
123456789012. The tests of the preflight use them, and those of the local AWS, which itself judges each rollout.
"""

from __future__ import annotations

from tests.preflight_cases import exports
from tests.preflight_cases import images
from tests.preflight_cases import regions
from tests.preflight_cases import resources
from tests.preflight_cases import roles
from tests.preflight_cases.situation import Asked
from tests.preflight_cases.situation import RequestCase

__all__ = ["Asked", "CASES", "RequestCase"]

CASES: dict[str, RequestCase] = {
    **images.CASES,
    **regions.CASES,
    **resources.CASES,
    **exports.CASES,
    **roles.CASES,
}
