# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The requests to Image Builder, one small function each.

Each takes a Connection and raises ImageBuilderError. We follow nextToken ourselves, because older botocore has no
paginators for this service.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any
from typing import TYPE_CHECKING

from .._distribution import arns
from .errors import call_with_retries
from .errors import code_of
from .errors import DENIED_CODES
from .errors import ImageBuilderError
from .errors import ImageBuilderErrorHandler
from .errors import in_doubt
from .responses import require

if TYPE_CHECKING:
    from .module import Connection

try:
    from botocore.exceptions import ClientError
except ImportError:
    ClientError = Exception  # AnsibleAWSModule fails with a clear message.

# The key that _note_unknown_members adds to a parsed answer. No member of the API begins with an underscore.
_UNKNOWN = "_unknownMembers"

# Operations that read what an update replaces as a whole -> the member of their answers that holds it.
_REPLACED = {"GetDistributionConfiguration": "distributionConfiguration", "GetImagePipeline": "imagePipeline"}


def _call(connection: Connection, method: str, more_codes: Iterable[str] = (), **parameters: Any) -> Any:
    function = getattr(connection.client, method)
    return call_with_retries(lambda: function(**parameters), connection.pace, more_codes)


def get_configuration(
    connection: Connection, arn: str, just_created: bool = False
) -> tuple[dict[str, Any], list[str]] | None:
    """One configuration.

    :param just_created: whether to repeat the request while the service does not find it.
    :returns: (configuration, paths of the members that the installed botocore does not know and has dropped); None if
        it does not exist.
    :raises: ImageBuilderError, also if the ARN belongs to another Region or account.
    """
    given = arns.read(arn)
    mismatch = arns.region_mismatch(arn, connection.region)
    if mismatch:
        raise ImageBuilderError(message=f"{arn} {mismatch}; set region to match")
    try:
        answer = _configuration(connection, arn, just_created)
    except ImageBuilderError as error:
        if error.code in DENIED_CODES:
            _require_account(connection, arn, given.account_id)
        raise
    if not answer:
        _require_account(connection, arn, given.account_id)
    return answer


def _require_account(connection: Connection, arn: str, account_id: str) -> None:
    own = connection.identity[0]
    if account_id != own:
        raise ImageBuilderError(
            message=f"{arn} belongs to account {account_id}, but this task has credentials of account {own}; use"
            f" credentials of {account_id}, or the ARN of a configuration of {own}"
        )


@ImageBuilderErrorHandler.list_error_handler("read the distribution configuration")
def _configuration(connection: Connection, arn: str, just_created: bool) -> tuple[dict[str, Any], list[str]] | None:
    connection.observe("GetDistributionConfiguration", _note_unknown_members)
    codes = ["ResourceNotFoundException"] if just_created else []
    answer = _call(connection, "get_distribution_configuration", codes, distributionConfigurationArn=arn)
    configuration = answer.get("distributionConfiguration") or {}
    # AWS has been seen to answer without ARN if there is no such configuration.
    if not configuration.get("arn"):
        return None
    needed = [f"distributionConfiguration.{member}" for member in ("name", "distributions", "distributions[].region")]
    require(answer, "GetDistributionConfiguration", *needed)
    return configuration, answer.get(_UNKNOWN, [])


def _note_unknown_members(http_response: Any, parsed: dict[str, Any], model: Any, **dummy: Any) -> None:
    if http_response.status_code < 300:
        member = _REPLACED[model.name]
        answer = json.loads(http_response.content).get(member, {})
        parsed[_UNKNOWN] = sorted(_unknown_members(answer, model.output_shape.members[member]))


def _unknown_members(value: Any, shape: Any, path: str = "") -> Iterator[str]:
    """The paths of all members of a JSON answer that a botocore shape lacks."""
    if isinstance(value, dict) and shape.type_name == "structure":
        for member, content in value.items():
            inner_path = f"{path}.{member}" if path else member
            if member not in shape.members:
                yield inner_path
            else:
                yield from _unknown_members(content, shape.members[member], inner_path)
    elif isinstance(value, list) and shape.type_name == "list":
        for index, item in enumerate(value):
            yield from _unknown_members(item, shape.member, f"{path}[{index}]")


@ImageBuilderErrorHandler.common_error_handler("create the distribution configuration")
def create_configuration(connection: Connection, token: str, **body: Any) -> str | None:
    """Creates a configuration; C(token) makes a repeated request safe. Returns its ARN, None if AWS returns none."""
    answer = _call(connection, "create_distribution_configuration", clientToken=token, **body)
    result: str | None = answer.get("distributionConfigurationArn")
    return result


@ImageBuilderErrorHandler.common_error_handler("update the distribution configuration")
def update_configuration(connection: Connection, token: str, arn: str, **body: Any) -> None:
    """Replaces a whole configuration; what is left out of C(body) is removed."""
    _call(connection, "update_distribution_configuration", clientToken=token, distributionConfigurationArn=arn, **body)


@ImageBuilderErrorHandler.common_error_handler("delete the distribution configuration")
def delete_configuration(connection: Connection, arn: str) -> bool:
    """Deletes a configuration. Returns False if somebody else has already deleted it."""
    try:
        _call(connection, "delete_distribution_configuration", distributionConfigurationArn=arn)
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        # In doubt, an earlier attempt deleted it and its answer was lost.
        return in_doubt(error)
    return True


@ImageBuilderErrorHandler.common_error_handler("list the distribution configurations")
def list_configurations(connection: Connection, filters: dict[str, list[str]] | None = None) -> list[dict[str, Any]]:
    """The summaries of all configurations.

    :param filters: the API's filters as a map, such as C({"name": ["web*"]}).
    """
    parameters: dict[str, Any] = {"maxResults": 100}
    if filters:
        parameters["filters"] = [{"name": name, "values": values} for name, values in filters.items()]
    member = "distributionConfigurationSummaryList"
    return _pages(connection, "list_distribution_configurations", member, parameters, "arn", "name")


@ImageBuilderErrorHandler.common_error_handler("list the image pipelines")
def list_pipelines(connection: Connection, configuration_arn: str | None = None) -> list[dict[str, Any]]:
    """All pipelines, or those that use a configuration."""
    parameters: dict[str, Any] = {"maxResults": 25}
    if configuration_arn:
        parameters["filters"] = [{"name": "distributionConfigurationArn", "values": [configuration_arn]}]
    return _pages(connection, "list_image_pipelines", "imagePipelineList", parameters, "arn")


@ImageBuilderErrorHandler.common_error_handler("read the image pipeline")
def get_pipeline(connection: Connection, arn: str) -> tuple[dict[str, Any], list[str]]:
    """(pipeline, paths of the members that the installed botocore does not know and has dropped)."""
    connection.observe("GetImagePipeline", _note_unknown_members)
    answer = _call(connection, "get_image_pipeline", imagePipelineArn=arn)
    require(answer, "GetImagePipeline", "imagePipeline.arn")
    return answer["imagePipeline"], answer.get(_UNKNOWN, [])


@ImageBuilderErrorHandler.common_error_handler("update the image pipeline")
def update_pipeline(connection: Connection, token: str, arn: str, **body: Any) -> None:
    """Replaces a whole pipeline; what is left out of C(body) is removed."""
    _call(connection, "update_image_pipeline", clientToken=token, imagePipelineArn=arn, **body)


@ImageBuilderErrorHandler.common_error_handler("list the lifecycle policies")
def list_lifecycle_policies(connection: Connection) -> list[dict[str, Any]]:
    """The summaries of all lifecycle policies."""
    return _pages(connection, "list_lifecycle_policies", "lifecyclePolicySummaryList", {"maxResults": 25}, "arn")


def _lacks(what: str, member: str) -> ImageBuilderError:
    """The error for an answer that lacks a member."""
    return ImageBuilderError(
        message=f"{what} lacks the member {member}, without which this task cannot continue. Run the task again; if"
        " AWS gives the same answer, a newer version of this collection may understand it"
    )


def _pages(
    connection: Connection, method: str, member: str, parameters: dict[str, Any], *needed: str
) -> list[dict[str, Any]]:
    """The items of all pages.

    :param needed: the members that each item must have.
    """
    items = []
    while True:
        answer = _call(connection, method, **parameters)
        operation = connection.client.meta.method_to_api_mapping[method]
        require(answer, operation, *(f"{member}[].{name}" for name in needed))
        items.extend(answer.get(member, []))
        token = answer.get("nextToken")
        if not token:
            return items
        # Only the token tells whether there are more pages; a page may be short or empty.
        parameters = {**parameters, "nextToken": token}


@ImageBuilderErrorHandler.common_error_handler("set tags on the distribution configuration")
def tag(connection: Connection, arn: str, tags: dict[str, str]) -> None:
    """Adds or replaces tags."""
    _call(connection, "tag_resource", resourceArn=arn, tags=tags)


@ImageBuilderErrorHandler.common_error_handler("remove tags from the distribution configuration")
def untag(connection: Connection, arn: str, keys: list[str]) -> None:
    """Removes tags by key."""
    _call(connection, "untag_resource", resourceArn=arn, tagKeys=keys)


@ImageBuilderErrorHandler.list_error_handler("read the image")
def get_image(connection: Connection, arn: str, just_created: bool = False) -> dict[str, Any] | None:
    """One image, None if it does not exist.

    :param arn: of a build version, or of a version (also with wildcards), which means its newest available build.
    :param just_created: whether to repeat the request while the service does not find it.
    """
    return _image(connection, arn, ["ResourceNotFoundException"] if just_created else [])


@ImageBuilderErrorHandler.common_error_handler("read the image")
def require_image(connection: Connection, arn: str) -> dict[str, Any]:
    """As get_image(), but raises AWS's error if the image does not exist."""
    return _image(connection, arn)


def _image(connection: Connection, arn: str, more_codes: Iterable[str] = ()) -> dict[str, Any]:
    image = _call(connection, "get_image", more_codes, imageBuildVersionArn=arn).get("image") or {}
    for member in ("arn", "state"):
        if not image.get(member):
            raise _lacks(f"AWS's answer to GetImage for {arn}", f"image.{member}")
    if not image["state"].get("status"):
        raise _lacks(f"AWS's answer to GetImage for {arn}", "image.state.status")
    return image


def _with_arns(summaries: list[dict[str, Any]], operation: str) -> list[dict[str, Any]]:
    """The summaries of images, each of which must have an ARN."""
    if any("arn" not in summary for summary in summaries):
        raise _lacks(f"An image in AWS's answer to {operation}", "arn")
    return summaries


@ImageBuilderErrorHandler.common_error_handler("list the image build versions")
def list_image_builds(connection: Connection) -> list[dict[str, Any]]:
    """The summaries of all builds of all images of the account in the Region, including tags."""
    summaries = _pages(connection, "list_image_build_versions", "imageSummaryList", {"maxResults": 100})
    return _with_arns(summaries, "ListImageBuildVersions")


@ImageBuilderErrorHandler.common_error_handler("list the images of the pipeline")
def list_pipeline_images(connection: Connection, pipeline_arn: str) -> list[dict[str, Any]]:
    """The summaries of all builds of a pipeline."""
    parameters: dict[str, Any] = {"maxResults": 100, "imagePipelineArn": pipeline_arn}
    summaries = _pages(connection, "list_image_pipeline_images", "imageSummaryList", parameters)
    return _with_arns(summaries, "ListImagePipelineImages")


@ImageBuilderErrorHandler.common_error_handler("list the image recipes")
def list_image_recipes(connection: Connection) -> list[dict[str, Any]]:
    """The summaries of all image recipes of the account in the Region."""
    parameters: dict[str, Any] = {"maxResults": 100, "owner": "Self"}
    return _pages(connection, "list_image_recipes", "imageRecipeSummaryList", parameters, "arn")


@ImageBuilderErrorHandler.common_error_handler("list the container recipes")
def list_container_recipes(connection: Connection) -> list[dict[str, Any]]:
    """The summaries of all container recipes of the account in the Region."""
    parameters: dict[str, Any] = {"maxResults": 100, "owner": "Self"}
    return _pages(connection, "list_container_recipes", "containerRecipeSummaryList", parameters, "arn")


@ImageBuilderErrorHandler.common_error_handler("list the workflow executions of the image")
def list_workflow_executions(connection: Connection, arn: str) -> list[dict[str, Any]]:
    """The workflow executions of an image."""
    parameters: dict[str, Any] = {"maxResults": 100, "imageBuildVersionArn": arn}
    return _pages(connection, "list_workflow_executions", "workflowExecutions", parameters)


@ImageBuilderErrorHandler.common_error_handler("list the steps of the workflow execution")
def list_workflow_steps(connection: Connection, execution_id: str) -> list[dict[str, Any]]:
    """The steps of one workflow execution."""
    parameters: dict[str, Any] = {"maxResults": 100, "workflowExecutionId": execution_id}
    return _pages(connection, "list_workflow_step_executions", "steps", parameters)


@ImageBuilderErrorHandler.common_error_handler("read the step of the workflow execution")
def get_workflow_step(connection: Connection, step_id: str) -> dict[str, Any]:
    """One step of a workflow execution, with its inputs and outputs."""
    result: dict[str, Any] = _call(connection, "get_workflow_step_execution", stepExecutionId=step_id)
    return result


@ImageBuilderErrorHandler.common_error_handler("distribute the image")
def distribute_image(connection: Connection, token: str, **body: Any) -> str:
    """Starts a rollout; C(token) makes a repeated request safe. Returns the ARN of the new image build version."""
    answer = _call(connection, "distribute_image", clientToken=token, **body)
    if not answer.get("imageBuildVersionArn"):
        raise _lacks("A rollout may have been started, but AWS's answer to DistributeImage", "imageBuildVersionArn")
    result: str = answer["imageBuildVersionArn"]
    return result


@ImageBuilderErrorHandler.common_error_handler("retry the image")
def retry_image(connection: Connection, token: str, arn: str) -> None:
    """Continues a failed or cancelled image where it stopped, under the same ARN."""
    _call(connection, "retry_image", clientToken=token, imageBuildVersionArn=arn)


@ImageBuilderErrorHandler.common_error_handler("cancel the image")
def cancel_image(connection: Connection, token: str, arn: str) -> None:
    """Asks AWS to cancel an image; it is CANCELLED some time later."""
    _call(connection, "cancel_image_creation", clientToken=token, imageBuildVersionArn=arn)


@ImageBuilderErrorHandler.common_error_handler("change the state of the image")
def start_state_update(connection: Connection, token: str, **body: Any) -> str | None:
    """Deprecates, disables or deletes an image with its resources; C(token) makes a repeated request safe.

    :returns: the id of the lifecycle execution that does it, None if it is done at once.
    """
    result: str | None = _call(connection, "start_resource_state_update", clientToken=token, **body).get(
        "lifecycleExecutionId"
    )
    return result


@ImageBuilderErrorHandler.common_error_handler("read the lifecycle execution")
def get_lifecycle_execution(connection: Connection, execution_id: str) -> dict[str, Any]:
    """One lifecycle execution."""
    answer = _call(connection, "get_lifecycle_execution", lifecycleExecutionId=execution_id)
    require(answer, "GetLifecycleExecution", "lifecycleExecution.state.status")
    result: dict[str, Any] = answer["lifecycleExecution"]
    return result


@ImageBuilderErrorHandler.common_error_handler("list the lifecycle executions of the image")
def list_lifecycle_executions(connection: Connection, arn: str) -> list[dict[str, Any]]:
    """The lifecycle executions that state updates of an image started."""
    member, parameters = "lifecycleExecutions", {"maxResults": 100, "resourceArn": arn}
    return _pages(connection, "list_lifecycle_executions", member, parameters, "lifecycleExecutionId", "state.status")


@ImageBuilderErrorHandler.common_error_handler("list the resources of the lifecycle execution")
def list_lifecycle_resources(
    connection: Connection, execution_id: str, parent: str | None = None
) -> list[dict[str, Any]]:
    """What a lifecycle execution does: to images, or to the AMIs of the image C(parent)."""
    parameters: dict[str, Any] = {"maxResults": 100, "lifecycleExecutionId": execution_id}
    if parent:
        parameters["parentResourceId"] = parent
    return _pages(connection, "list_lifecycle_execution_resources", "resources", parameters)


@ImageBuilderErrorHandler.deletion_error_handler("delete the image")
def delete_image(connection: Connection, arn: str) -> bool:
    """Deletes the record of an image, but no AMI. Returns False if it did not exist."""
    _call(connection, "delete_image", imageBuildVersionArn=arn)
    return True
