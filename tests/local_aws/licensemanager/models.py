"""Licence configurations of one account and Region.

Source: License Manager API, LicenseConfiguration; botocore's model of license-manager.
"""

from __future__ import annotations

import secrets
from typing import Any

from moto.core.base_backend import BackendDict
from moto.core.base_backend import BaseBackend
from moto.core.exceptions import JsonRESTError
from moto.utilities.utils import get_partition


class UnknownLicenseConfiguration(JsonRESTError):
    """The only error of the model that fits an ARN that does not exist."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidParameterValueException", message)


class LicenseManagerBackend(BaseBackend):
    """License Manager in one account and Region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.configurations: dict[str, dict[str, Any]] = {}

    def create(self, name: str, counting: str, **more: Any) -> str:
        """Create a licence configuration. Returns its ARN."""
        identifier = f"lic-{secrets.token_hex(16)}"
        partition = get_partition(self.region_name)
        arn = f"arn:{partition}:license-manager:{self.region_name}:{self.account_id}:license-configuration:{identifier}"
        return self.plant(arn, Name=name, LicenseCountingType=counting, **more)

    def plant(self, arn: str, **more: Any) -> str:
        """Store a licence configuration under an ARN of the caller's choice. Returns it."""
        self.configurations[arn] = {
            "LicenseConfigurationId": arn.rpartition(":")[2],
            "LicenseConfigurationArn": arn,
            "Name": "licences",
            "LicenseCountingType": "vCPU",
            "ConsumedLicenses": 0,
            "Status": "AVAILABLE",
            "OwnerAccountId": self.account_id,
            **more,
        }
        return arn

    def get(self, arn: str) -> dict[str, Any]:
        """A licence configuration. Raises UnknownLicenseConfiguration if this account has none of the ARN here."""
        if arn not in self.configurations:
            raise UnknownLicenseConfiguration(f"License configuration {arn} does not exist.")
        return self.configurations[arn]

    def update(self, arn: str, status: str | None) -> None:
        """Switch a licence configuration on or off."""
        self.get(arn)["Status"] = status or self.get(arn)["Status"]

    def delete(self, arn: str) -> None:
        """Remove a licence configuration. Raises UnknownLicenseConfiguration."""
        self.get(arn)
        del self.configurations[arn]

    def of_resource(self, resource_arn: str) -> list[str]:
        """The licence configurations of an AMI, which Image Builder has written down."""
        import moto.imagebuilder

        image_builder = moto.imagebuilder.imagebuilder_backends[self.account_id][self.region_name]
        licenses: list[str] = image_builder.records.get(resource_arn.rpartition("/")[2], {}).get("licenses", [])
        return licenses


licensemanager_backends = BackendDict(LicenseManagerBackend, "license-manager")
