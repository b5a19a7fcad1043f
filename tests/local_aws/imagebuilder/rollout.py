"""The work of a distribution: copies, launch permissions, and what follows them.

Each step needs the permissions of the role that carries it out. If one fails, what the others made remains.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Iterator
from functools import partial
from typing import Any
from typing import TYPE_CHECKING

from moto.core.base_backend import BackendDict
from moto.ec2.models.amis import Ami
from moto.kms.models import Key

from tests.local_aws.complements.kms import is_aws_managed

from . import keys
from . import moto_resources
from .images import Image
from .images import RegionFailure
from .quotas import check_room
from .quotas import check_sharing_quotas
from .roles import Actor
from .roles import destination_role
from .settings import apply
from .sharing import check_sharing
from .switches import switches
from .trouble import COPY
from .trouble import PERMISSIONS
from .trouble import StepRefused
from .trouble import troubles

if TYPE_CHECKING:
    from .models import ImageBuilderBackend

_PLACEHOLDER = re.compile(r"\{\{\s*(imagebuilder|ssm):([^}\s]+)\s*\}\}")
PUBLIC_BLOCKED = (
    "EC2 Client Error: 'You can\u2019t publicly share this image because block public access for AMIs is enabled for "
    "this account. To publicly share the image, you must call the DisableImageBlockPublicAccess API.'"
)
SERVICE_TAG = ("CreatedBy", "EC2 Image Builder")


class DistributionSteps:
    """The steps of one image's distribution.

    image: what is distributed; it records its outputs and finished steps. actor: the execution role. backends: Image
    Builder in every account and Region; they know which block public AMIs, and store what moto cannot.
    """

    def __init__(self, image: Image, actor: Actor, backends: BackendDict[ImageBuilderBackend]) -> None:
        self.image = image
        self.actor = actor
        self.backends = backends
        self.home: str = image.source.region
        self.account: str = image.source.account
        self.failures: list[RegionFailure] = []
        self._actors: dict[str, Actor] = {self.account: actor}

    # What the configuration asks for

    def entries(self) -> list[dict[str, Any]]:
        """The Regions of the configuration, except those that have only a container."""
        entries = self.image.configuration["distributions"]
        return [entry for entry in entries if set(entry) - {"region", "containerDistributionConfiguration"}]

    def targets(self) -> Iterator[tuple[dict[str, Any], str]]:
        """Each Region's entry with each account that will own an AMI there."""
        for entry in self.entries():
            for account in _ami(entry).get("targetAccountIds") or [self.account]:
                yield entry, account

    # Step 1: copies

    def copy_some(self, limit: int | None) -> bool:
        """Make up to so many of the missing copies. Returns whether all have been tried."""
        for entry, account in self.targets():
            region = entry["region"]
            if (region, account) in self.image.outputs or (COPY, region, account) in self.image.done:
                continue
            if limit == 0:
                return False
            limit = None if limit is None else limit - 1
            self.image.done.add((COPY, region, account))
            self._attempt(partial(self._copy, entry, account), region, account)
        return True

    def _copy(self, entry: dict[str, Any], account: str) -> None:
        region, settings = entry["region"], _ami(entry)
        source = self.image.source.ami
        troubles.strike(COPY, region, account)
        moto_resources.ec2_in(account, region, self.home)
        if moto_resources.find_ami(self.account, self.home, source.id) is None:
            raise StepRefused(f"EC2 Client Error: 'The image id '[{source.id}]' does not exist'")
        if source.state != "available":
            raise StepRefused(f"EC2 Client Error: 'Image {source.id} is {source.state} and not available.'")
        actor = self.acting_in(account, region)
        tags = self._tags(settings)
        if (region, account) == (self.home, self.account) and switches.home_image == "source":
            # The AMI exists: neither its name nor its key can change, and Image Builder did not make it.
            actor.demand("ec2:DescribeImages", region)
            if tags:
                arn = moto_resources.image_arn(region, source.id)
                actor.demand("ec2:CreateTags", region, arn, tags=moto_resources.tags_of(source), request_tags=tags)
                source.add_tags(tags)
            self._note_output(region, account, source)
            return
        if account != self.account:
            self._share_source(account)
        tags = {**tags, SERVICE_TAG[0]: SERVICE_TAG[1], "Ec2ImageBuilderArn": self.image.arn}
        key = self._check_copying(actor, entry, account, tags)
        check_room(account, region)
        made = moto_resources.copy_ami(
            source, account, region, self._name(settings), settings.get("description"), tags, key
        )
        if account == self.account:
            made.ebs_snapshot.add_tags(dict([SERVICE_TAG]))
        self._note_output(region, account, made)

    def _check_copying(self, actor: Actor, entry: dict[str, Any], account: str, tags: dict[str, str]) -> Key | None:
        # Returns the key of the copy, or None.
        region, source = entry["region"], self.image.source.ami
        actor.demand("ec2:DescribeImages", region)
        actor.demand(
            "ec2:CopyImage", region, moto_resources.image_arn(self.home, source.id), tags=moto_resources.tags_of(source)
        )
        actor.demand("ec2:CopyImage", region, moto_resources.image_arn(region, "ami-00000000000000000"))
        actor.demand("ec2:CopyImage", region, moto_resources.snapshot_arn(region, "snap-00000000000000000"))
        actor.demand(
            "ec2:CreateTags", region, moto_resources.image_arn(region, "ami-00000000000000000"), request_tags=tags
        )
        if account == self.account:
            snapshot = moto_resources.snapshot_arn(region, "snap-00000000000000000")
            actor.demand("ec2:CreateTags", region, snapshot, request_tags=dict([SERVICE_TAG]))
        source_key, failed = self._source_key(), f"AMI Copy Reported Failure For {source.id}"
        if source_key is not None:
            keys.check_reading(actor, source_key, failed)
        key = self._key_of_copy(entry, account, source_key)
        if key is not None:
            keys.check_writing(actor, key, failed)
        return key

    def _source_key(self) -> Key | None:
        snapshot = self.image.source.ami.ebs_snapshot
        if not snapshot.encrypted:
            return None
        if snapshot.kms_key_id is None:
            return keys.default_key(self.account, self.home)
        return keys.find_key(snapshot.kms_key_id, self.account, self.home)

    def _key_of_copy(self, entry: dict[str, Any], account: str, source_key: Key | None) -> Key | None:
        region = entry["region"]
        named = _ami(entry).get("kmsKeyId")
        if named and (region, account) != (self.home, self.account):
            return keys.find_key(named, account, region)
        if (region, account) == (self.home, self.account):
            return source_key
        by_default = moto_resources.ec2_in(account, region).ebs_encryption_by_default
        return keys.default_key(account, region) if source_key is not None or by_default else None

    def _share_source(self, account: str) -> None:
        # A target account can copy the AMI only if it may launch it and read its snapshot.
        source = self.image.source.ami
        key = self._source_key()
        if key is not None and is_aws_managed(key):
            raise StepRefused(keys.CANNOT_SHARE)
        tags, snapshot = moto_resources.tags_of(source), source.ebs_snapshot
        self.actor.demand(
            "ec2:ModifyImageAttribute", self.home, moto_resources.image_arn(self.home, source.id), tags=tags
        )
        self.actor.demand(
            "ec2:ModifySnapshotAttribute",
            self.home,
            moto_resources.snapshot_arn(self.home, snapshot.id),
            tags=moto_resources.tags_of(snapshot),
        )
        moto_resources.grant_launch(source, [{"UserId": account}])
        snapshot.create_volume_permission_userids.add(account)

    def _note_output(self, region: str, account: str, ami: Ami) -> None:
        shown = {"region": region, "image": ami.id, "name": ami.name, "description": ami.description}
        shown = {member: value for member, value in shown.items() if value}
        self.image.outputs[region, account] = {**shown, "state": {"status": "AVAILABLE"}, "accountId": account}

    def _name(self, settings: dict[str, Any]) -> str:
        if "name" not in settings:
            return f"{self.image.name} {self._build_date()}"
        return self._expanded(settings["name"])

    def _tags(self, settings: dict[str, Any]) -> dict[str, str]:
        return {key: self._expanded(value) for key, value in settings.get("amiTags", {}).items()}

    def _build_date(self) -> str:
        return self.image.began.strftime("%Y-%m-%dT%H-%M-%S.%fZ")

    def _expanded(self, text: str) -> str:
        def value_of(placeholder: re.Match[str]) -> str:
            kind, name = placeholder.groups()
            if kind == "imagebuilder":
                known = {"buildDate": self._build_date(), "buildVersion": self.image.version}
                return known.get(name, placeholder.group(0))
            partition = moto_resources.image_arn(self.home).rpartition(":ec2:")[0]
            arn = f"{partition}:ssm:{self.home}:{self.account}:parameter/"
            self.actor.demand("ssm:GetParameter", self.home, arn + name.lstrip("/"))
            value = moto_resources.read_parameter(self.account, self.home, name)
            if value is None:
                raise StepRefused(f"SSM Client Error: 'Parameter {name} not found.'")
            return value

        return _PLACEHOLDER.sub(value_of, text)

    # Step 2: launch permissions

    def permit(self) -> None:
        """Set the launch permissions of all AMIs that were distributed."""
        for entry, account in self.targets():
            wanted = moto_resources.launch_permissions(_ami(entry).get("launchPermission", {}))
            step = (PERMISSIONS, entry["region"], account)
            if wanted and step not in self.image.done:
                self._attempt(
                    partial(self._permit, entry, account, wanted),
                    entry["region"],
                    account,
                    step,
                )

    def _permit(self, entry: dict[str, Any], account: str, wanted: list[dict[str, str]]) -> None:
        region = entry["region"]
        troubles.strike(PERMISSIONS, region, account)
        ami = self.output(region, account)
        actor = self.acting_in(account, region)
        actor.demand(
            "ec2:ModifyImageAttribute",
            region,
            moto_resources.image_arn(region, ami.id),
            tags=moto_resources.tags_of(ami),
        )
        if {"Group": "all"} in wanted and self.backends[account][region].block_public_access:
            raise StepRefused(PUBLIC_BLOCKED)
        check_sharing(ami, wanted, account, region)
        check_sharing_quotas(ami, wanted, account, region)
        moto_resources.grant_launch(ami, wanted)

    # Step 3: what follows the copies

    def apply_settings(self) -> None:
        """Licences, launch templates, SSM parameters, Fast Launch and exports, Region by Region."""
        for entry in self.entries():
            for step, account, carry_out in apply(self, entry):
                if step in self.image.done:
                    continue
                if not self._attempt(carry_out, entry["region"], account, step, configuration_step=step[0]):
                    break

    # For all steps

    def output(self, region: str, account: str) -> Ami:
        """moto's model of the distributed AMI in a Region and account. Raises StepRefused if there is none.

        The source account always has one in the home Region, whichever accounts the entry lists: the source.
        """
        if (region, account) == (self.home, self.account) and (region, account) not in self.image.outputs:
            return self.image.source.ami
        shown = self.image.outputs.get((region, account))
        ami = moto_resources.find_ami(account, region, shown["image"]) if shown else None
        if ami is None:
            raise StepRefused(f"There is no output AMI of the account {account} in the Region {region}.")
        return ami

    def acting_in(self, account: str, region: str) -> Actor:
        """Who acts in an account. Raises StepRefused."""
        if account not in self._actors:
            self._actors[account] = destination_role(self.actor, account, region)
        return self._actors[account]

    def _attempt(
        self,
        carry_out: Callable[[], None],
        region: str,
        account: str,
        step: tuple[str, ...] | None = None,
        configuration_step: str | None = None,
    ) -> bool:
        try:
            carry_out()
        except StepRefused as error:
            failure: RegionFailure = {
                "region": region,
                "status": error.status,
                "errorMessage": error.message,
                "targetAccountId": account,
            }
            if configuration_step:
                failure["imageConfigurationStep"] = configuration_step
            self.failures.append(failure)
            return False
        if step:
            self.image.done.add(step)
        return True


def _ami(entry: dict[str, Any]) -> dict[str, Any]:
    return entry.get("amiDistributionConfiguration") or {}
