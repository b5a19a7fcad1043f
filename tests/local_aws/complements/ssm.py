"""SSM: PutParameter does not change the type or the data type of a parameter that exists.

Source: Systems Manager API, PutParameter, HierarchyTypeMismatchException. That it is the error for the data type too is
a guess; see tests/live.
"""

from __future__ import annotations

from functools import wraps
from typing import Any


def mismatch(parameter: Any, kind: str | None, data_type: str | None) -> str | None:
    """Why moto's parameter cannot be overwritten with this type and data type; None if it can. None keeps either."""
    if kind in (None, parameter.parameter_type) and data_type in (None, parameter.data_type):
        return None
    return (
        f"HierarchyTypeMismatchException: The type and the data type of the parameter {parameter.name},"
        f" {parameter.parameter_type} and {parameter.data_type}, can not be changed."
    )


def complete() -> None:
    """Have PutParameter refuse what moto lets a request change."""
    from moto.core.exceptions import JsonRESTError
    from moto.ssm.responses import SimpleSystemManagerResponse

    responses: Any = SimpleSystemManagerResponse
    lax = responses.put_parameter
    if hasattr(lax, "__wrapped__"):
        return

    @wraps(lax)
    def put_parameter(self: Any) -> Any:
        parameter = self.ssm_backend.get_parameter(self._get_param("Name"))
        if parameter is not None and self._get_param("Overwrite", False):
            reason = mismatch(parameter, self._get_param("Type"), self._get_param("DataType"))
            if reason:
                raise JsonRESTError(*reason.split(": ", 1))
        return lax(self)

    responses.put_parameter = put_parameter
