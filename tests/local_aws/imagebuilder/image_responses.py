"""Requests about images on the wire, as one part of the service's responses."""

from __future__ import annotations

import json

from .callers import check_distributing
from .callers import check_passing
from .listing import page_of_list
from .wire import Answer
from .wire import WireResponse


class ImageResponses(WireResponse):
    """One method for each operation on images."""

    def distribute_image(self) -> Answer:
        backend, parameters = self.backend, self._parameters()
        check_distributing(self, parameters)
        return self._answer(**backend.once("DistributeImage", parameters, backend.distribute_image))

    def retry_image(self) -> Answer:
        backend, parameters = self.backend, self._parameters()
        return self._answer(**backend.once("RetryImage", parameters, backend.retry_image))

    def cancel_image_creation(self) -> Answer:
        backend, parameters = self.backend, self._parameters()
        return self._answer_with_id(**backend.once("CancelImageCreation", parameters, backend.cancel_image_creation))

    def get_image(self) -> Answer:
        backend = self.backend
        image = backend.get_image(self._parameters()["imageBuildVersionArn"])
        return self._answer_with_id(image=image.shown(), latestVersionReferences=backend.latest_references(image))

    def list_images(self) -> Answer:
        versions, token = self.backend.list_images(self._parameters())
        return self._answer_with_id(imageVersionList=versions, nextToken=token)

    def list_image_build_versions(self) -> Answer:
        summaries, token = self.backend.list_image_build_versions(self._parameters())
        return self._answer_with_id(imageSummaryList=summaries, nextToken=token)

    def list_image_pipeline_images(self) -> Answer:
        summaries, token = self.backend.list_image_pipeline_images(self._parameters())
        return self._answer_with_id(imageSummaryList=summaries, nextToken=token)

    def list_workflow_executions(self) -> Answer:
        parameters = self._parameters()
        arn = parameters["imageBuildVersionArn"]
        page, token = page_of_list(self.backend.workflow_executions(arn), parameters, arn)
        shown = [workflow.shown() for workflow in page]
        return self._answer_with_id(workflowExecutions=shown, imageBuildVersionArn=arn, nextToken=token)

    def list_workflow_step_executions(self) -> Answer:
        parameters = self._parameters()
        identifier = parameters["workflowExecutionId"]
        image, workflow = self.backend.find_workflow(identifier)
        steps, token = page_of_list(workflow.steps, parameters, identifier)
        return self._answer_with_id(
            steps=[{name: value for name, value in step.items() if name != "outputs"} for step in steps],
            workflowBuildVersionArn=workflow.arn,
            workflowExecutionId=identifier,
            imageBuildVersionArn=image.arn,
            nextToken=token,
        )

    def get_workflow_step_execution(self) -> Answer:
        identifier = self._parameters()["stepExecutionId"]
        image, workflow, step = self.backend.find_step(identifier)
        shown = {name: value for name, value in step.items() if name != "outputs"}
        return self._answer_with_id(
            workflowBuildVersionArn=workflow.arn,
            workflowExecutionId=workflow.identifier,
            imageBuildVersionArn=image.arn,
            outputs=json.dumps(step["outputs"]) if "outputs" in step else None,
            onFailure="Abort",
            **shown,
        )

    def delete_image(self) -> Answer:
        arn = self._parameters()["imageBuildVersionArn"]
        self.backend.delete_image(arn)
        return self._answer_with_id(imageBuildVersionArn=arn)

    # What images are built from

    def list_image_recipes(self) -> Answer:
        summaries, token = self.backend.list_recipes("image", self._parameters())
        return self._answer_with_id(imageRecipeSummaryList=summaries, nextToken=token)

    def list_container_recipes(self) -> Answer:
        summaries, token = self.backend.list_recipes("container", self._parameters())
        return self._answer_with_id(containerRecipeSummaryList=summaries, nextToken=token)

    # What happens to images later

    def start_resource_state_update(self) -> Answer:
        backend, parameters = self.backend, self._parameters()
        if "executionRole" in parameters:
            check_passing(self, parameters["executionRole"])
        carry_out = backend.start_resource_state_update
        return self._answer(**backend.once("StartResourceStateUpdate", parameters, carry_out))

    def get_lifecycle_execution(self) -> Answer:
        execution = self.backend.get_lifecycle_execution(self._parameters()["lifecycleExecutionId"])
        return self._answer(lifecycleExecution=execution.shown())

    def cancel_lifecycle_execution(self) -> Answer:
        backend, parameters = self.backend, self._parameters()
        return self._answer(**backend.once("CancelLifecycleExecution", parameters, backend.cancel_lifecycle_execution))

    def list_lifecycle_executions(self) -> Answer:
        page, token = self.backend.list_lifecycle_executions(self._parameters())
        return self._answer(lifecycleExecutions=page, nextToken=token)

    def list_lifecycle_execution_resources(self) -> Answer:
        execution, page, token = self.backend.list_lifecycle_execution_resources(self._parameters())
        return self._answer(
            lifecycleExecutionId=execution.identifier,
            lifecycleExecutionState=execution.state(),
            resources=page,
            nextToken=token,
        )
