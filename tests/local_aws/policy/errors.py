"""What the evaluator refuses to judge."""

from __future__ import annotations


class CannotJudge(ValueError):
    """A policy or a request that IAM would refuse, or that this evaluator cannot judge."""


class UnknownOperator(CannotJudge):
    """A condition operator that this evaluator does not know."""
