"""What happens to images later: deprecated, disabled, deleted or restored, with their AMIs and snapshots.

From botocore's model (StartResourceStateUpdate and the operations on lifecycle executions) and the user guide's page on
prerequisites of lifecycle management, which names the roles. Not certain: the error codes, that an
image whose AMI failed stays as it is, and that a deleted image disappears rather than being shown as DELETED
(``switches.deleted_images_stay``). A scheduled deprecation does nothing before its time, because moto's EC2 cannot
store the deprecation time that AWS sets on AMIs at once.
"""

from __future__ import annotations

import time
import uuid
from typing import Any

from moto.ec2.models.amis import Ami

from . import moto_resources
from .exceptions import InvalidParameterValueException
from .exceptions import InvalidRequestException
from .exceptions import ResourceInUseException
from .exceptions import ResourceNotFoundException
from .image_operations import ImageOperations
from .images import Image
from .images import RETRIED
from .listing import page_of_list
from .roles import Actor
from .roles import execution_role
from .roles import lifecycle_role
from .roles import RoleUnusable
from .switches import switches
from .trouble import RETIRE
from .trouble import StepRefused
from .trouble import troubles

UPDATABLE = ("AVAILABLE", "DEPRECATED", "DISABLED", *RETRIED)
ACTIONS = {"AVAILABLE": "AVAILABLE", "DELETED": "DELETE", "DEPRECATED": "DEPRECATE", "DISABLED": "DISABLE"}
MARK = {"DeprecatedBy": "EC2 Image Builder"}


class Execution:
    """One lifecycle execution that a StartResourceStateUpdate began.

    request: its parameters. resources: AMIs, in the form of ListLifecycleExecutionResources; image_state: the same
    form's state of the image itself.
    """

    def __init__(self, request: dict[str, Any]) -> None:
        self.identifier = f"lce-{uuid.uuid4()}"
        self.request = request
        self.status = "PENDING"
        self.reason: str | None = None
        self.shown_times = 0
        self.began = time.time()
        self.ended: float | None = None
        self.resources: list[dict[str, Any]] = []
        self.image_state: dict[str, Any] = {"status": "IN_PROGRESS"}

    @property
    def is_scheduled(self) -> bool:
        """Whether it waits for its time; until then it has no resources."""
        update_at: float = self.request.get("updateAt", 0)
        return update_at > time.time()

    @property
    def image_arn(self) -> str:
        """The image whose state is changed."""
        arn: str = self.request["resourceArn"]
        return arn

    @property
    def wanted(self) -> str:
        """The state that the image will have."""
        status: str = self.request["state"]["status"]
        return status

    def state(self) -> dict[str, Any]:
        """The state as the service shows it."""
        return {"status": self.status, **({"reason": self.reason} if self.reason else {})}

    def shown(self) -> dict[str, Any]:
        """What GetLifecycleExecution answers."""
        shown = {
            "lifecycleExecutionId": self.identifier,
            "resourcesImpactedSummary": {"hasImpactedResources": bool(self.resources)},
            "state": self.state(),
            "startTime": self.began,
        }
        return {**shown, **({"endTime": self.ended} if self.ended else {})}


class StateUpdates(ImageOperations):
    """The operations, as one part of the backend of an account and Region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.executions: dict[str, Execution] = {}

    def start_resource_state_update(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """StartResourceStateUpdate; parameters as the model has them, already validated against it."""
        image = self._image(parameters["resourceArn"])
        wanted = parameters.get("state", {}).get("status")
        self._check(image, wanted, parameters)
        if any(one.image_arn == image.arn and one.ended is None for one in self.executions.values()):
            raise ResourceInUseException(f"A lifecycle execution for the image '{image.arn}' is in progress.")
        if "includeResources" not in parameters:
            image.status = wanted
            return {"resourceArn": image.arn}
        try:
            execution_role(parameters["executionRole"], self.account_id, self.region_name, image.arn)
        except RoleUnusable as error:
            raise InvalidParameterValueException("executionRole", str(error)) from None
        execution = Execution(parameters)
        self.executions[execution.identifier] = execution
        if execution.is_scheduled:
            execution.status = "IN_PROGRESS"
        elif switches.image_transition_polls == 0:
            self._carry_out(execution)
        return {"lifecycleExecutionId": execution.identifier, "resourceArn": image.arn}

    def delete_image(self, arn: str) -> None:
        """DeleteImage: removes the record, not the AMIs. Raises InvalidRequestException until the image has ended."""
        image = self._image(arn)
        if not image.ended:
            raise InvalidRequestException(f"The image '{arn}' is in the state {image.status} and can not be deleted.")
        del self.images[arn]

    def get_lifecycle_execution(self, identifier: str) -> Execution:
        """One execution. Reading it moves it on. Raises ResourceNotFoundException."""
        execution = self._execution(identifier)
        with self.lock:
            if (
                execution.ended is None
                and not execution.is_scheduled
                and execution.shown_times >= switches.image_transition_polls
            ):
                execution.shown_times = 0
                if execution.status == "PENDING":
                    execution.status = "IN_PROGRESS"
                else:
                    self._carry_out(execution)
            execution.shown_times += 1
        return execution

    def cancel_lifecycle_execution(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """CancelLifecycleExecution. Raises InvalidRequestException for one that has ended."""
        execution = self._execution(parameters["lifecycleExecutionId"])
        if execution.ended is not None:
            raise InvalidRequestException(f"The lifecycle execution '{execution.identifier}' is {execution.status}.")
        execution.status, execution.ended = "CANCELLED", time.time()
        return {"lifecycleExecutionId": execution.identifier}

    def list_lifecycle_executions(self, parameters: dict[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
        """The executions for an image, newest first, one page."""
        arn = parameters["resourceArn"]
        executions = [one.shown() for one in self.executions.values() if one.image_arn == arn]
        return page_of_list(executions[::-1], parameters, arn)

    def list_lifecycle_execution_resources(self, parameters: dict[str, Any]) -> tuple[Execution, list[Any], str | None]:
        """The execution, and its image, or that image's AMIs where it is named as parent; one page."""
        execution = self._execution(parameters["lifecycleExecutionId"])
        parent = parameters.get("parentResourceId")
        resources = execution.resources if parent == execution.image_arn else []
        if parent is None and not execution.is_scheduled:
            resources = [self._resource(execution, execution.image_arn, self.region_name, self.account_id)]
            resources[0]["state"] = execution.image_state
        page, token = page_of_list(resources, parameters, f"{execution.identifier} {parent}")
        return execution, page, token

    # Within

    def _execution(self, identifier: str) -> Execution:
        if identifier not in self.executions:
            raise ResourceNotFoundException(identifier)
        return self.executions[identifier]

    def _check(self, image: Image, wanted: str | None, parameters: dict[str, Any]) -> None:
        include = parameters.get("includeResources")
        errors = {
            "The state needs a status.": wanted is None,
            f"The image is in the state {image.status}.": image.status not in UPDATABLE,
            f"An image in the state {image.status} can only be DELETED.": image.status in RETRIED
            and wanted != "DELETED",
            "executionRole and includeResources belong together.": (include is None)
            != ("executionRole" not in parameters),
            "To set an image to DELETED, its resources must be included.": wanted == "DELETED" and not include,
            "Snapshots and containers are only valid for DELETED.": wanted != "DELETED"
            and bool(include and (include.get("snapshots") or include.get("containers"))),
            "updateAt is only valid for DEPRECATED, and must be in the future.": "updateAt" in parameters
            and (wanted != "DEPRECATED" or parameters["updateAt"] <= time.time()),
        }
        for text, wrong in errors.items():
            if wrong:
                raise InvalidRequestException(text)

    def _resource(self, execution: Execution, identifier: str, region: str, account: str) -> dict[str, Any]:
        return {
            "accountId": account,
            "resourceId": identifier,
            "region": region,
            "action": {"name": ACTIONS[execution.wanted], "reason": "StartResourceStateUpdate"},
            "state": {"status": "SUCCESS"},
            "startTime": execution.began,
        }

    def _carry_out(self, execution: Execution) -> None:
        image = self.images.get(execution.image_arn)
        if image is not None:
            if execution.request["includeResources"].get("amis"):
                execution.resources = [self._update_ami(execution, image, *where) for where in list(image.outputs)]
            self._update_image(execution, image)
        failed = [one for one in [*execution.resources, {"state": execution.image_state}] if _failed(one)]
        execution.status = "FAILED" if failed else "SUCCESS"
        execution.reason = "Some of the resources could not be updated." if failed else None
        execution.ended = time.time()

    def _update_image(self, execution: Execution, image: Image) -> None:
        states = [one["state"]["status"] for one in execution.resources]
        if any(_failed(one) for one in execution.resources):
            execution.image_state = {"status": "FAILED", "reason": "A resource of the image failed."}
        elif execution.wanted == "DELETED" and "SKIPPED" in states:
            execution.image_state = {"status": "SKIPPED", "reason": "A resource of the image was skipped."}
        elif execution.wanted != "DELETED":
            image.status, execution.image_state = execution.wanted, {"status": "SUCCESS"}
        else:
            try:
                self._actor(execution, self.account_id).demand("imagebuilder:DeleteImage", self.region_name, image.arn)
            except StepRefused as error:
                execution.image_state = {"status": "FAILED", "reason": error.message}
                return
            execution.image_state = {"status": "SUCCESS"}
            if switches.deleted_images_stay:
                image.status = "DELETED"
            else:
                del self.images[image.arn]

    def _update_ami(self, execution: Execution, image: Image, region: str, account: str) -> dict[str, Any]:
        shown = image.outputs[region, account]
        resource = self._resource(execution, shown["image"], region, account)
        ami = moto_resources.find_ami(account, region, shown["image"])
        if ami is None:
            return resource
        if _excluded(execution.request.get("exclusionRules", {}).get("amis", {}), region, ami):
            return {**resource, "state": {"status": "SKIPPED", "reason": "An exclusion rule applies."}}
        try:
            troubles.strike(RETIRE, region, account)
            actor = self._actor(execution, account)
            getattr(self, f"_{ACTIONS[execution.wanted].lower()}")(actor, ami, region, account)
        except StepRefused as error:
            return {**resource, "state": {"status": "FAILED", "reason": error.message[:1024]}}
        if execution.request["includeResources"].get("snapshots"):
            resource["snapshots"] = [_delete_snapshot(actor, ami.ebs_snapshot, region, account)]
        return resource

    def _actor(self, execution: Execution, account: str) -> Actor:
        try:
            if account == self.account_id:
                role = execution.request["executionRole"]
                return execution_role(role, self.account_id, self.region_name, execution.image_arn)
            return lifecycle_role(account, self.account_id, self.region_name, execution.image_arn)
        except RoleUnusable as error:
            raise StepRefused(str(error)) from None

    def _delete(self, actor: Actor, ami: Ami, region: str, account: str) -> None:
        arn = moto_resources.image_arn(region, ami.id)
        actor.demand("ec2:DeregisterImage", region, arn, tags=moto_resources.tags_of(ami))
        moto_resources.ec2_in(account, region).deregister_image(ami.id)

    def _deprecate(self, actor: Actor, ami: Ami, region: str, account: str) -> None:
        arn, tags = moto_resources.image_arn(region, ami.id), moto_resources.tags_of(ami)
        actor.demand("ec2:EnableImageDeprecation", region, arn, tags=tags)
        actor.demand("ec2:CreateTags", region, arn, tags=tags, request_tags=MARK)
        ami.add_tags(MARK)
        self.backends[account][region].record(ami.id)["deprecated"] = True

    def _disable(self, actor: Actor, ami: Ami, region: str, account: str) -> None:
        arn = moto_resources.image_arn(region, ami.id)
        actor.demand("ec2:DisableImage", region, arn, tags=moto_resources.tags_of(ami))
        ami.state = "disabled"
        ami.launch_permissions.clear()

    def _available(self, actor: Actor, ami: Ami, region: str, account: str) -> None:
        arn, tags = moto_resources.image_arn(region, ami.id), moto_resources.tags_of(ami)
        actor.demand("ec2:EnableImage", region, arn, tags=tags)
        actor.demand("ec2:DisableImageDeprecation", region, arn, tags=tags)
        ami.state = "available"
        self.backends[account][region].record(ami.id)["deprecated"] = False


def _delete_snapshot(actor: Actor, snapshot: Any, region: str, account: str) -> dict[str, Any]:
    arn = moto_resources.snapshot_arn(region, snapshot.id)
    try:
        actor.demand("ec2:DeleteSnapshot", region, arn, tags=moto_resources.tags_of(snapshot))
    except StepRefused as error:
        return {"snapshotId": snapshot.id, "state": {"status": "FAILED", "reason": error.message[:1024]}}
    moto_resources.ec2_in(account, region).snapshots.pop(snapshot.id, None)
    return {"snapshotId": snapshot.id, "state": {"status": "SUCCESS"}}


def _excluded(rules: dict[str, Any], region: str, ami: Ami) -> bool:
    # lastLaunched excludes nothing, because nothing launches AMIs of this server.
    accounts = {permission.get("UserId") for permission in ami.launch_permissions}
    return (
        region in rules.get("regions", [])
        or bool(rules.get("isPublic") and {"Group": "all"} in ami.launch_permissions)
        or bool(accounts & set(rules.get("sharedAccounts", [])))
        or bool(rules.get("tagMap", {}).items() & moto_resources.tags_of(ami).items())
    )


def _failed(resource: dict[str, Any]) -> bool:
    states = [resource["state"], *(snapshot["state"] for snapshot in resource.get("snapshots", []))]
    return any(state["status"] == "FAILED" for state in states)
