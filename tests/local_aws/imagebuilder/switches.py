"""Behaviour of the service that is not certain, or that a test could reach only with a thousand requests."""

from __future__ import annotations

from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import fields
from typing import Any


@dataclass
class Switches:
    """Settings for the whole process; the defaults are the likeliest behaviour.

    echo_empty_lists: reads show ``[]`` for target accounts, launch templates and Fast Launch settings that are unset.
    echo_set_default_version: reads show ``setDefaultVersion: true`` for launch templates stored without it.
    timeout_minutes: reads show this value for ``timeoutMinutes``; None leaves the member out.
    page_limit: a page never holds more than this, whatever was asked for; the caller has to follow nextToken.
    distribution_configuration_quota, image_pipeline_quota: how many an account may have in one Region.
    image_quota, public_image_quota, image_sharing_quota: of EC2, in each account and Region: AMIs, public ones, and
        with how many accounts, organizations and OUs one is shared. Service Quotas shows them too.
    image_transition_polls: how often GetImage shows a state before the image moves on; 0: the image ends at once.
    copies_per_poll: how many copies GetImage sees arrive while an image is DISTRIBUTING; None: all at once.
    hold_images_in: all images stay in this state, such as ``DISTRIBUTING``; None: in none.
    images_end_as: what images become instead of AVAILABLE, such as ``DELETED``.
    home_image: what the source account's AMI in the home Region is: ``source``, the source AMI itself, or a ``copy``.
    role_checked_at_once: DistributeImage refuses a role that it cannot assume; false: the image fails instead.
    role_propagation_calls: how many calls of DistributeImage refuse a role that is new to it.
    role_propagation_code: how they refuse it, or ``AccessDeniedException``.
    ssm_data_type: the data type of SSM parameters that are configured without one.
    export_anything: EC2 exports any AMI to any bucket, so that one image can use all features; false: as AWS does.
    deleted_images_stay: an image that a state update deletes is shown as DELETED; false: it is gone.
    looks_before_shown: how many requests for a new image find nothing, lists included, before it is shown.
    assumable_roles: roles that STS lets anybody assume in every account, besides those that IAM stores, by their names
        with paths, such as ``admin/Auditor``.
    """

    echo_empty_lists: bool = False
    echo_set_default_version: bool = False
    timeout_minutes: int | None = None
    page_limit: int = 100
    distribution_configuration_quota: int = 1000
    image_pipeline_quota: int = 75
    image_quota: int = 50000
    public_image_quota: int = 5
    image_sharing_quota: int = 1000
    image_transition_polls: int = 1
    copies_per_poll: int | None = None
    hold_images_in: str | None = None
    images_end_as: str = "AVAILABLE"
    home_image: str = "source"
    role_checked_at_once: bool = True
    role_propagation_calls: int = 0
    role_propagation_code: str = "InvalidParameterValueException"
    ssm_data_type: str = "text"
    export_anything: bool = False
    deleted_images_stay: bool = False
    looks_before_shown: int = 0
    assumable_roles: tuple[str, ...] = ()

    def set(self, **values: Any) -> None:
        """Change some switches. Raises ValueError for a name that is not a switch."""
        known = {field.name for field in fields(self)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ValueError(f"no such switch: {', '.join(unknown)}; there are {', '.join(sorted(known))}")
        for name, value in values.items():
            setattr(self, name, value)

    def reset(self) -> None:
        """Restore the defaults."""
        for field in fields(self):
            setattr(self, field.name, field.default)

    def as_dict(self) -> dict[str, Any]:
        """All switches and their values."""
        return asdict(self)


switches = Switches()
