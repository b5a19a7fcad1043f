"""Requests about configurations, pipelines, lifecycle policies and tags; with those about images, the whole service."""

from __future__ import annotations

from .callers import check_changing_pipeline
from .callers import check_configuring
from .callers import check_passing
from .image_responses import ImageResponses
from .wire import Answer


class ImageBuilderResponse(ImageResponses):
    """One method for each operation, named as moto names them."""

    # Distribution configurations

    def create_distribution_configuration(self) -> Answer:
        backend, parameters = self.backend, self._parameters()
        check_configuring(self, parameters)
        answer = backend.once("CreateDistributionConfiguration", parameters, backend.create_distribution_configuration)
        return self._answer_with_id(**answer)

    def update_distribution_configuration(self) -> Answer:
        backend, parameters = self.backend, self._parameters()
        check_configuring(self, parameters)
        answer = backend.once("UpdateDistributionConfiguration", parameters, backend.update_distribution_configuration)
        return self._answer_with_id(**answer)

    def get_distribution_configuration(self) -> Answer:
        arn = self._parameters()["distributionConfigurationArn"]
        configuration = self.backend.get_distribution_configuration(arn)
        return self._answer_with_id(distributionConfiguration=configuration.shown())

    def delete_distribution_configuration(self) -> Answer:
        arn = self._parameters()["distributionConfigurationArn"]
        self.backend.delete_distribution_configuration(arn)
        return self._answer_with_id(distributionConfigurationArn=arn)

    def list_distribution_configurations(self) -> Answer:
        summaries, token = self.backend.list_distribution_configurations(self._parameters())
        return self._answer_with_id(distributionConfigurationSummaryList=summaries, nextToken=token)

    # Image pipelines

    def create_image_pipeline(self) -> Answer:
        backend, parameters = self.backend, self._parameters()
        if "executionRole" in parameters:
            check_passing(self, parameters["executionRole"])
        return self._answer_with_id(**backend.once("CreateImagePipeline", parameters, backend.create_image_pipeline))

    def update_image_pipeline(self) -> Answer:
        backend, parameters = self.backend, self._parameters()
        check_changing_pipeline(self, parameters)
        return self._answer_with_id(**backend.once("UpdateImagePipeline", parameters, backend.update_image_pipeline))

    def get_image_pipeline(self) -> Answer:
        pipeline = self.backend.get_image_pipeline(self._parameters()["imagePipelineArn"])
        return self._answer_with_id(imagePipeline=pipeline.shown())

    def delete_image_pipeline(self) -> Answer:
        arn = self._parameters()["imagePipelineArn"]
        self.backend.delete_image_pipeline(arn)
        return self._answer_with_id(imagePipelineArn=arn)

    def list_image_pipelines(self) -> Answer:
        pipelines, token = self.backend.list_image_pipelines(self._parameters())
        return self._answer_with_id(imagePipelineList=pipelines, nextToken=token)

    # Lifecycle policies

    def create_lifecycle_policy(self) -> Answer:
        backend, parameters = self.backend, self._parameters()
        created = backend.once("CreateLifecyclePolicy", parameters, backend.create_lifecycle_policy)
        return self._answer_with_id(**created)

    def list_lifecycle_policies(self) -> Answer:
        policies, token = self.backend.list_lifecycle_policies(self._parameters())
        return self._answer_with_id(lifecyclePolicySummaryList=policies, nextToken=token)

    # Tags

    def tag_resource(self) -> Answer:
        parameters = self._parameters()
        self.backend.tag_resource(parameters["resourceArn"], parameters["tags"])
        return self._answer()

    def untag_resource(self) -> Answer:
        parameters = self._parameters()
        self.backend.untag_resource(parameters["resourceArn"], parameters["tagKeys"])
        return self._answer()

    def list_tags_for_resource(self) -> Answer:
        parameters = self._parameters()
        return self._answer(tags=self.backend.list_tags_for_resource(parameters["resourceArn"]))
