# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Explains in words why a value does not match AWS's pattern, so that errors need not show a regular expression."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Callable

from ..arns import parse

# What AWS accepts, for each shape of botocore's model that our options have. The patterns themselves are read from the
# model.
_FORMS = {
    "AccountId": "an account id is 12 digits without hyphens: 111122223333",
    "ResourceName": "a name is 3 to 128 letters, digits, hyphens and underscores, with spaces between them",
    "AmiNameString": "an AMI name is 3 to 127 letters, digits, spaces and the characters - _ : . with placeholders, and"
    " begins and ends with a letter, a digit, a hyphen, an underscore or a placeholder",
    "OrganizationArn": "the ARN of an organization is arn:aws:organizations::111122223333:organization/o-a1b2c3d4e5,"
    " with the account that manages it",
    "OrganizationalUnitArn": "the ARN of an OU is arn:aws:organizations::111122223333:ou/o-a1b2c3d4e5/ou-ab12-11112222,"
    " with the account that manages the organization",
    "LicenseConfigurationArn": "the ARN of a licence configuration is"
    " arn:aws:license-manager:REGION:ACCOUNT:license-configuration:lic-, then 32 letters and digits",
    "LaunchTemplateId": "the id of a launch template is lt- and 17 letters and digits: lt-0ab1234c56d789012",
    "SsmParameterName": "the name of a parameter is letters, digits and the characters _ . - / without spaces",
    "TagKey": "the key of a tag is letters, digits, spaces and the characters _ . : / = + - @, and does not begin with"
    " aws:",
    "DistributionConfigurationArn": "the ARN of a distribution configuration is"
    " arn:aws:imagebuilder:REGION:ACCOUNT:distribution-configuration/NAME",
    "ImageBuildVersionArn": "the ARN of an image is arn:aws:imagebuilder:REGION:ACCOUNT:image/NAME/1.0.0/1, with the"
    " build number at its end",
    "ImagePipelineArn": "the ARN of a pipeline is arn:aws:imagebuilder:REGION:ACCOUNT:image-pipeline/NAME",
    "RoleNameOrArn": "an IAM role is given by its name or by its ARN, arn:aws:iam::ACCOUNT:role/NAME; a name"
    " consists of letters, digits and the characters + = , . @ - _ /",
    "LogGroupName": "the name of a log group is letters, digits and the characters - _ / .",
    "FilterName": "the name of a filter has only letters",
    "FilterValue": 'the value of a filter is letters, digits, spaces and the characters . / _ : , { } " * -',
    "externalIdType": "an external id is letters, digits and the characters + = , . @ : / - _",
}
_FORMS["ImageVersionArnOrBuildVersionArn"] = _FORMS["ImageBuildVersionArn"]


def is_stated(shape_name: str) -> bool:
    """Whether we know the form of a shape in words, and not only by the pattern of the installed botocore."""
    return shape_name in _FORMS


def is_certain(shape_name: str, value: str) -> bool:
    """Whether this value is certainly wrong, whatever the installed pattern says."""
    return bool(shape_name in _SPECIAL and _SPECIAL[shape_name](value))


def explain_value(shape_name: str, value: str) -> str:
    """Says what is wrong with a value that does not match the pattern of its shape.

    :param shape_name: the shape in botocore's model.
    """
    special = _SPECIAL.get(shape_name)
    return (special and special(value)) or _FORMS.get(shape_name, f"is not what AWS accepts for {shape_name}")


def account_words(value: object) -> str:
    """Says what is wrong with a value that should be the id of an account."""
    return explain_value("AccountId", str(value))


def _account(value: str) -> str | None:
    digits = re.sub(r"[\s-]", "", value)
    arn = parse(value)
    if value == "all":
        return "is not an account id; to make the AMI public, use user_groups: [all]"
    if re.fullmatch("[0-9]{12}", digits):
        return f"an account id is 12 digits without hyphens: {digits}"
    if value.isdigit() and len(value) < 12:
        return (
            f"an account id has 12 digits, this has {len(value)}; YAML reads digits without quotes as a number, and "
            "with leading zeros as an octal one, so look the id up and quote it"
        )
    if arn and arn.service == "organizations":
        meant = {"organization": "organization_arns", "ou": "organizational_unit_arns"}.get(arn.kind)
        account = arn.name if arn.kind == "account" else None
        if meant:
            return f"is not an account id; for this ARN use {meant}"
        return f"an account id is 12 digits without hyphens: {account}" if account else None
    if arn and arn.account_id:
        return f"is an ARN, and an account id is 12 digits: {arn.account_id}"
    return None


def _organization(value: str) -> str | None:
    kind = _kind_of_principal(value)
    if kind == "ou":
        hint = "" if parse(value) else f"; {_OU_ARN}"
        return f"this is an OU; use organizational_unit_arns{hint}"
    if kind == "organization" and not parse(value):
        return f"give the ARN of the organization, not its id; {_ORGANIZATION_ARN}"
    return _no_organization(kind)


def _organizational_unit(value: str) -> str | None:
    kind = _kind_of_principal(value)
    if kind == "organization":
        return "this is an organization; use organization_arns" + ("" if parse(value) else f"; {_ORGANIZATION_ARN}")
    if kind == "ou" and not parse(value):
        return f"give the ARN of the OU, not its id; {_OU_ARN}"
    return _no_organization(kind)


_ORGANIZATION_ARN = "aws organizations describe-organization shows the ARN"
_OU_ARN = "aws organizations describe-organizational-unit --organizational-unit-id ID shows the ARN"


def _no_organization(kind: str | None) -> str | None:
    if kind == "root":
        return (
            "this is the root of an organization, which AWS does not accept here; share with the organization instead"
        )
    if kind == "account":
        return "this is an account; use user_ids"
    return None


def _kind_of_principal(value: str) -> str | None:
    """Returns what an ARN or id names: C(organization), C(ou), C(root), C(account) or None."""
    arn = parse(value)
    if arn:
        return arn.kind if arn.service == "organizations" else None
    forms = {"ou": "ou-[0-9a-z-]+", "organization": "o-[0-9a-z]+", "root": "r-[0-9a-z]+", "account": "[0-9]{12}"}
    return next((kind for kind, form in forms.items() if re.fullmatch(form, value)), None)


def _launch_template(value: str) -> str | None:
    match = re.fullmatch(r"lt-([a-z0-9_-]*)", value)
    if match:
        return f"has {len(match[1])} characters after lt-; {_FORMS['LaunchTemplateId']}"
    return f"is not an id, and a launch template is not accepted by name here; {_FORMS['LaunchTemplateId']}"


def _tag_key(value: str) -> str | None:
    return "tags whose keys begin with aws: are AWS's own" if value.startswith("aws:") else None


_SPECIAL: Mapping[str, Callable[[str], str | None]] = {
    "AccountId": _account,
    "OrganizationArn": _organization,
    "OrganizationalUnitArn": _organizational_unit,
    "LaunchTemplateId": _launch_template,
    "TagKey": _tag_key,
}
