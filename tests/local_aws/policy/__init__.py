"""What IAM policies allow: an evaluator of their documents.

moto's looks at actions only. This one judges action, resource and conditions, and raises instead of guessing what it
does not know. Source: IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements".
"""

from __future__ import annotations

from .errors import CannotJudge
from .errors import UnknownOperator
from .evaluator import evaluate
from .evaluator import evaluate_resource_policy
from .evaluator import Evaluation
from .evaluator import EXPLICIT_DENY
from .principals import Principal

__all__ = [
    "EXPLICIT_DENY",
    "Evaluation",
    "CannotJudge",
    "Principal",
    "UnknownOperator",
    "evaluate",
    "evaluate_resource_policy",
]
