"""Distributions made from botocore's model, independently of the collection's code."""

from __future__ import annotations

import functools
import re

from hypothesis import strategies as st

BUILD_DATE = "{{ imagebuilder:buildDate }}"
REGIONS = ["us-west-2", "us-east-1", "eu-west-1", "eu-central-1", "ap-southeast-2", "us-gov-west-1", "cn-north-1"]

# A valid value for each pattern of the model.
SAMPLES = {
    "AccountId": "111122223333",
    "LaunchTemplateId": "lt-0ab1234c56d789012",
    "LicenseConfigurationArn": "arn:aws:license-manager:us-west-2:123456789012:license-configuration:lic-"
    + "0123456789abcdef" * 2,
    "OrganizationArn": "arn:aws:organizations::123456789012:organization/o-myorganization123",
    "OrganizationalUnitArn": "arn:aws:organizations::123456789012:ou/o-123example0/ou-1234-myorganizationalunit",
    "SsmParameterName": "/output/image/param",
    "AmiNameString": f"web {BUILD_DATE}",
}


def snake(name):
    """camelCase -> snake_case."""
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()


def options(shape, value):
    """A value in API form -> the equivalent options, with maps unchanged."""
    if shape.type_name == "structure":
        return {snake(member): options(shape.members[member], content) for member, content in value.items()}
    if shape.type_name == "list":
        return [options(shape.member, item) for item in value]
    return value


def full(shape, name=""):
    """One valid value with every member of a shape."""
    if shape.type_name == "structure":
        members = {member: full(content, member) for member, content in shape.members.items()}
        if shape.name == "FastLaunchLaunchTemplateSpecification":
            del members["launchTemplateName"]
        return members
    if shape.type_name == "list":
        return [full(shape.member, name)]
    if shape.type_name == "map":
        return {"CostCenter": "12"}
    if shape.type_name == "boolean":
        return True
    if shape.type_name == "integer":
        return max(6, shape.metadata.get("min", 0))
    if shape.enum:
        return shape.enum[0]
    return {"region": "us-west-2", "userGroups": "all"}.get(name) or SAMPLES.get(shape.name) or "example"


def leaves(shape, path=()):
    """Every (path, shape) below and including a shape; a list is represented by its first item."""
    yield path, shape
    if shape.type_name == "structure":
        for member, content in shape.members.items():
            yield from leaves(content, (*path, member))
    elif shape.type_name == "list":
        yield from leaves(shape.member, (*path, 0))


def option_path(path):
    """("distributions", 0, "amiTags") -> "distributions[0].ami_tags"."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{snake(part)}"
    return text.lstrip(".")


def _texts(shape, name):
    low, high = shape.metadata.get("min", 1), min(shape.metadata.get("max", 20), 20)
    if shape.enum:
        return st.sampled_from(shape.enum)
    if shape.name == "AccountId":
        return st.from_regex(r"[0-9]{12}", fullmatch=True)
    if shape.name == "AmiNameString":
        words = st.from_regex(r"[-_A-Za-z0-9][-_A-Za-z0-9 :.]{0,20}", fullmatch=True)
        dates = st.sampled_from([BUILD_DATE, BUILD_DATE.replace(" ", "")])
        return st.tuples(words, dates).map(" ".join)
    if shape.name in SAMPLES:
        sample = SAMPLES[shape.name]
        # Patterns with a fixed beginning: only the last characters vary, to keep generation fast.
        return st.from_regex(r"[a-z0-9]{4}", fullmatch=True).map(lambda end: sample[:-4] + end)
    if name == "userGroups":
        return st.just("all")
    letters = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])
    return st.text(letters, min_size=low, max_size=high)


def values(shape, name=""):
    """A strategy for valid values of a shape."""
    if shape.type_name == "structure":
        required = {member: values(shape.members[member], member) for member in shape.required_members}
        optional = {member: values(content, member) for member, content in shape.members.items()}
        if shape.name == "FastLaunchLaunchTemplateSpecification":
            either = st.sampled_from(["launchTemplateId", "launchTemplateName"])
            version = st.fixed_dictionaries({}, optional={"launchTemplateVersion": optional["launchTemplateVersion"]})
            return either.flatmap(lambda key: st.tuples(st.fixed_dictionaries({key: optional[key]}), version)).map(
                lambda parts: {**parts[0], **parts[1]}
            )
        return st.fixed_dictionaries(required, optional={k: v for k, v in optional.items() if k not in required})
    if shape.type_name == "list":
        return st.lists(values(shape.member, name), min_size=1, max_size=3, unique_by=repr)
    if shape.type_name == "map":
        keys = st.from_regex(r"(?!aws:)[a-zA-Z0-9_.:/=+\-@]{1,12}", fullmatch=True)
        return st.dictionaries(keys, _texts(shape.value, name), min_size=1, max_size=3)
    if shape.type_name == "boolean":
        return st.booleans()
    if shape.type_name == "integer":
        return st.integers(max(6, shape.metadata.get("min", 0)), shape.metadata.get("max", 1000))
    return _texts(shape, name)


@functools.cache
def distributions(service_model):
    """A strategy for valid C(distributions) in API form, each Region with an output.

    It is made once, because Hypothesis examines each new strategy.
    """
    shape = service_model.operation_model("CreateDistributionConfiguration").input_shape.members["distributions"]
    entry = values(shape.member).filter(lambda entry: any(meaning(entry).keys() - {"region"}))
    regions = st.lists(st.sampled_from(REGIONS), min_size=1, max_size=3, unique=True)
    return regions.flatmap(
        lambda names: st.tuples(*[entry.map(lambda body, name=name: {**body, "region": name}) for name in names])
    ).map(list)


@functools.cache
def tags(service_model):
    """A strategy for valid tags."""
    return values(service_model.shape_for("TagMap")) | st.just({})


def compatible(distributions):
    """The same, as far as a rollout can carry it out, without combinations that EC2, KMS, SSM or VM Export reject."""
    return [_compatible(entry) for entry in distributions if not entry["region"].startswith(("us-gov-", "cn-"))]


def _compatible(entry):
    ami = {**entry.get("amiDistributionConfiguration", {})}
    permission = {**ami.get("launchPermission", {})}
    left_out = set()
    if "kmsKeyId" in ami:
        ami["kmsKeyId"] = "alias/images"
        permission.pop("userGroups", None)
        left_out.add("s3ExportConfiguration")
    if "targetAccountIds" in ami:
        # The configuration's own account, which these are for, is rarely among them.
        left_out |= {"launchTemplateConfigurations", "ssmParameterConfigurations", "s3ExportConfiguration"}
        left_out.add("fastLaunchConfigurations")
    if "fastLaunchConfigurations" in entry:
        left_out.add("s3ExportConfiguration")
    kept = {member: value for member, value in entry.items() if member not in left_out}
    if "amiDistributionConfiguration" in kept:
        ami = {**ami, "launchPermission": permission} if permission else ami
        if not permission:
            ami.pop("launchPermission", None)
        kept["amiDistributionConfiguration"] = ami or {"name": SAMPLES["AmiNameString"]}
    if "s3ExportConfiguration" in kept:
        kept["s3ExportConfiguration"] = {**kept["s3ExportConfiguration"], "roleName": "vmimport", "s3Bucket": "exports"}
    return kept


def meaning(value, name=""):
    """What a distribution means to AWS: without order and empty values, with defaults, placeholders spelled one way."""
    if isinstance(value, dict):
        if name == "launchTemplateConfigurations":
            value = {"setDefaultVersion": True, **value}
        if name == "ssmParameterConfigurations":
            value = {"dataType": "aws:ec2:image", **value}
        pairs = {key: meaning(content, key) for key, content in value.items()}
        return {key: content for key, content in pairs.items() if content not in (None, {}, frozenset())}
    if isinstance(value, (list, tuple)):
        return frozenset(repr(sorted_deep(meaning(item, name))) for item in value)
    if isinstance(value, str):
        return re.sub(r"\{\{\s*([^{}]+?)\s*\}\}", r"{{\1}}", value)
    return value


def sorted_deep(value):
    """A form of meaning() whose repr is the same for all orders."""
    if isinstance(value, dict):
        return sorted((key, sorted_deep(content)) for key, content in value.items())
    if isinstance(value, frozenset):
        return sorted(value)
    return value
