"""Requests on the wire -> the backend of the right account and Region -> answers on the wire."""

from __future__ import annotations

import json
from typing import Any

from moto.core.responses import BaseResponse

from .models import licensemanager_backends
from .models import LicenseManagerBackend


class LicenseManagerResponse(BaseResponse):
    """One method for each operation, named as moto names them."""

    def __init__(self) -> None:
        super().__init__(service_name="license-manager")

    @property
    def backend(self) -> LicenseManagerBackend:
        """License Manager in the account and Region of the request."""
        return licensemanager_backends[self.current_account][self.region]

    def create_license_configuration(self) -> str:
        asked = self._asked()
        arn = self.backend.create(asked.pop("Name"), asked.pop("LicenseCountingType"), **asked)
        return json.dumps({"LicenseConfigurationArn": arn})

    def get_license_configuration(self) -> str:
        return json.dumps(self.backend.get(self._asked()["LicenseConfigurationArn"]))

    def update_license_configuration(self) -> str:
        asked = self._asked()
        self.backend.update(asked["LicenseConfigurationArn"], asked.get("LicenseConfigurationStatus"))
        return "{}"

    def delete_license_configuration(self) -> str:
        self.backend.delete(self._asked()["LicenseConfigurationArn"])
        return "{}"

    def list_license_specifications_for_resource(self) -> str:
        arns = self.backend.of_resource(self._asked()["ResourceArn"])
        return json.dumps({"LicenseSpecifications": [{"LicenseConfigurationArn": arn} for arn in arns]})

    def _asked(self) -> dict[str, Any]:
        asked: dict[str, Any] = json.loads(self.body)
        return asked
