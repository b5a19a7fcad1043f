# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of what a distribution uses, writes to or affects: launch templates, pipelines, buckets and so on.

Each takes a PreflightReader and a Question and returns a CheckResult, or raises Unchecked.
"""

from __future__ import annotations

from typing import Any

from ..._distribution.arns import region_of
from .. import api
from ..errors import ImageBuilderError
from .findings import broken
from .findings import CheckResult
from .findings import ok
from .findings import Question
from .findings import Scope
from .reader import PreflightReader
from .reader import Unchecked
from .reader import unchecked

# The most names that one filter of DescribeParameters takes, according to botocore's service model.
_PARAMETERS_PER_REQUEST = 50

# AWS's own policies, and those that its user guide prescribes for target accounts, require this tag.
_TAG = "CreatedBy=EC2 Image Builder"


# -- launch templates ----------------------------------------------------------------------------------------------


def launch_template(reader: PreflightReader, question: Question) -> CheckResult:
    """The launch template exists in the account that owns it."""
    (identifier,) = question.subject
    if not _template(reader, question, identifier):
        return broken("template_missing", **_about(question, identifier))
    return ok(f"the launch template {identifier} exists")


def _about(question: Question, identifier: str) -> dict[str, Any]:
    return {"template": identifier, "tag": _TAG, "region": question.region, "account_id": question.account_id}


def launch_template_tag(reader: PreflightReader, question: Question) -> CheckResult:
    """A launch template in another account has the tag that Image Builder needs to change it."""
    identifier = question.subject[0]
    template = _template(reader, question, identifier)
    if not template:
        raise Unchecked("not checked, the launch template was not found", "See the check launch_template")
    if not _is_tagged(template):
        return broken("template_untagged", **_about(question, identifier))
    return ok(f"the launch template {identifier} has the tag that AWS requires")


def launch_template_image(reader: PreflightReader, question: Question) -> CheckResult:
    """The versions that Image Builder can base a new one on name an AMI."""
    (identifier,) = question.subject
    if not _template(reader, question, identifier):
        raise Unchecked("not checked, the launch template was not found", "See the check launch_template")
    versions = _versions(reader, question, identifier, "$Default", "$Latest")
    without = [version["VersionNumber"] for version in versions if not version["LaunchTemplateData"].get("ImageId")]
    if without:
        numbers = ", ".join(str(number) for number in sorted(set(without)))
        return broken("template_without_image", template=identifier, versions=numbers)
    return ok(f"the launch template {identifier} names an AMI")


def fast_launch_template(reader: PreflightReader, question: Question) -> CheckResult:
    """The launch template and version of a Fast Launch setting exist, and it has Image Builder's tag."""
    identifier, version = question.subject
    template = _template(reader, question, identifier)
    if not template:
        return broken("fast_launch_template_missing", **_about(question, identifier))
    if version and not _versions(reader, question, template["LaunchTemplateId"], version):
        return broken("fast_launch_version_missing", version=version, **_about(question, identifier))
    if not _is_tagged(template):
        return broken("fast_launch_template_untagged", **_about(question, identifier))
    return ok(f"the launch template {identifier} exists")


def _is_tagged(template: dict[str, Any]) -> bool:
    return any(f"{tag['Key']}={tag.get('Value')}" == _TAG for tag in template.get("Tags", []))


def _template(reader: PreflightReader, question: Question, identifier: str) -> dict[str, Any] | None:
    member = "LaunchTemplateIds" if identifier.startswith("lt-") else "LaunchTemplateNames"
    absent = ("InvalidLaunchTemplate",)
    answer = reader.ask("ec2", "describe_launch_templates", question, absent=absent, **{member: [identifier]})
    templates = (answer or {}).get("LaunchTemplates")
    return templates[0] if templates else None


def _versions(reader: PreflightReader, question: Question, identifier: str, *versions: str) -> list[dict[str, Any]]:
    absent = ("InvalidLaunchTemplate",)
    answer = reader.ask(
        "ec2",
        "describe_launch_template_versions",
        question,
        absent=absent,
        LaunchTemplateId=identifier,
        Versions=list(versions),
    )
    result: list[dict[str, Any]] = (answer or {}).get("LaunchTemplateVersions", [])
    return result


# -- pipelines -----------------------------------------------------------------------------------------------------


def pipelines(reader: PreflightReader, question: Question) -> CheckResult:
    """Names the pipelines that a change of the configuration affects."""
    (arn,) = question.subject
    # For several configurations, one list of all pipelines is enough.
    only = arn if len(reader.alike(question)) == 1 else None
    listed = reader.once(("pipelines", only), lambda: _pipelines(reader, only, question.account_id))
    users = [item for item in listed if only or item.get("distributionConfigurationArn") == arn]
    if not users:
        return ok(f"no pipeline uses {arn}")
    names = ", ".join(sorted(f"{item.get('name')} ({item.get('arn')})" for item in users))
    return ok(f"the next builds of these pipelines use {arn} as it is then: {names}")


def _pipelines(reader: PreflightReader, arn: str | None, account_id: str) -> list[dict[str, Any]]:
    try:
        return api.list_pipelines(reader.connection, arn)
    except ImageBuilderError as reason:
        raise unchecked(reason, account_id=account_id) from reason


# -- other resources ---------------------------------------------------------------------------------------


def s3_bucket(reader: PreflightReader, question: Question) -> CheckResult:
    """The bucket of an export exists, is in the Region of the AMI and belongs to its account."""
    (bucket,) = question.subject
    about = {"bucket": bucket, "region": question.region, "account_id": question.account_id}
    answer = reader.ask("s3", "head_bucket", question, absent=("404", "NoSuchBucket"), Bucket=bucket)
    if answer is None:
        return broken("bucket_missing", **about)
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    bucket_region = answer.get("BucketRegion") or headers.get("x-amz-bucket-region")
    if not bucket_region:
        raise Unchecked("not checked, S3 did not say where the bucket is", "Check the Region of the bucket by hand")
    if bucket_region != question.region:
        return broken("bucket_of_another_region", bucket_region=bucket_region, **about)
    # S3 has just answered this request, so it can refuse it now only because somebody else owns the bucket.
    owned = reader.ask(
        "s3", "head_bucket", question, absent=("403",), Bucket=bucket, ExpectedBucketOwner=question.account_id
    )
    if owned is None:
        return broken("bucket_of_another_account", **about)
    return ok(f"the bucket {bucket} is in {bucket_region}")


def license_configuration(reader: PreflightReader, question: Question) -> CheckResult:
    """The licence configuration exists and is available."""
    (arn,) = question.subject
    scope = Scope(region_of(arn), question.account_id)
    answer = reader.ask(
        "license-manager",
        "get_license_configuration",
        scope,
        absent=("InvalidParameterValueException", "ResourceNotFoundException"),
        LicenseConfigurationArn=arn,
    )
    if answer is None:
        return broken("license_missing", arn=arn, account_id=question.account_id)
    if answer.get("Status", "AVAILABLE") != "AVAILABLE":
        return broken("license_disabled", arn=arn, status=answer["Status"])
    # The rule C(license_of_another_region) covers the Region.
    return ok(f"the licence configuration {arn} exists")


def ssm_parameter(reader: PreflightReader, question: Question) -> CheckResult:
    """The parameter can be written: it is absent, or a String of the wanted data type.

    Source: Systems Manager user guide, "Parameter data types"; botocore's documentation of PutParameter.
    """
    name, data_type = question.subject
    # SSM allows few of these requests per second, so each asks for as many parameters as it can take.
    names = sorted({str(one.subject[0]) for one in reader.alike(question)})
    start = names.index(name) // _PARAMETERS_PER_REQUEST * _PARAMETERS_PER_REQUEST
    described = reader.pages(
        "ssm",
        "describe_parameters",
        question,
        lambda page: page.get("Parameters", []),
        ParameterFilters=[
            {"Key": "Name", "Option": "Equals", "Values": names[start : start + _PARAMETERS_PER_REQUEST]}
        ],
    )
    matches = [one for one in described if one["Name"].lstrip("/") == name.lstrip("/")]
    if not matches:
        # Rules that need no request check whether SSM accepts the name.
        return ok(f"the parameter {name} does not exist in {question.region} yet, so its type cannot conflict")
    if matches[0].get("Type") != "String":
        return broken("parameter_type", name=name, type=matches[0].get("Type"))
    stored_type = matches[0].get("DataType", "text")
    if stored_type != data_type:
        return broken("parameter_data_type", name=name, found=stored_type, data_type=data_type)
    return ok(f"the parameter {name} can be written, it is a String of data type {stored_type}")


def container_repository(reader: PreflightReader, question: Question) -> CheckResult:
    """The repository of a container image exists."""
    (name,) = question.subject
    absent = ("RepositoryNotFoundException",)
    if reader.ask("ecr", "describe_repositories", question, absent=absent, repositoryNames=[name]) is not None:
        return ok(f"the repository {name} exists")
    return broken("repository_missing", name=name, region=question.region, account_id=question.account_id)
