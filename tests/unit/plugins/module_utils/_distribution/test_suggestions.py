"""Suggesting the option that was meant by a name from another tool, or by a misspelt one."""

from __future__ import annotations

import re

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution import fields
from ansible_collections.goldimage.aws.plugins.module_utils._distribution import suggestions
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.configuration.conversion import camel

ENTRY = fields.DISTRIBUTION_OPTIONS
AMI = ENTRY["ami_distribution_configuration"]["options"]
PERMISSION = AMI["launch_permission"]["options"]


@pytest.mark.parametrize(
    ("given", "spec", "meant"),
    [
        # amazon.aws.ec2_ami
        ("org_arns", PERMISSION, "did you mean organization_arns?"),
        ("org_unit_arns", PERMISSION, "did you mean organizational_unit_arns?"),
        ("group_names", PERMISSION, "did you mean user_groups?"),
        # Packer
        ("ami_users", AMI, "did you mean distributions[].ami_distribution_configuration.launch_permission.user_ids?"),
        ("ami_ou_arns", PERMISSION, "did you mean organizational_unit_arns?"),
        ("ami_name", AMI, "did you mean name?"),
        ("ami_regions", fields.CONFIGURATION_OPTIONS, "did you mean distributions?"),
        # Terraform
        ("distribution", fields.CONFIGURATION_OPTIONS, "did you mean distributions?"),
        ("launch_template_configuration", ENTRY, "did you mean launch_template_configurations?"),
        ("default", ENTRY["launch_template_configurations"]["options"], "did you mean set_default_version?"),
        # CloudFormation and the API
        ("AmiDistributionConfiguration", ENTRY, "write it as ami_distribution_configuration"),
        ("LaunchPermissionConfiguration", AMI, "did you mean launch_permission?"),
        ("kms-key-id", AMI, "write it as kms_key_id"),
        # elsewhere, misspelt, neither
        ("kms_key_id", ENTRY, "it belongs at distributions[].ami_distribution_configuration.kms_key_id"),
        ("organisation_arns", PERMISSION, "did you mean organization_arns?"),
        ("colour", PERMISSION, "known here: organization_arns, organizational_unit_arns, user_groups, user_ids"),
    ],
)
def test_the_option_that_was_meant_is_suggested(given, spec, meant):
    assert suggestions.explain_unknown(given, spec) == meant


def test_errors_in_a_file_of_the_aws_cli_use_its_spelling():
    assert suggestions.explain_unknown("OrgUnitArns", PERMISSION, spell=camel) == "did you mean organizationalUnitArns?"


def test_names_of_other_tools_lead_to_existing_options():
    paths = {known for known, dummy in suggestions._all_paths(fields.CONFIGURATION_OPTIONS, str)}
    for name, path in suggestions._OTHER_TOOLS.items():
        assert any(suggestions._ends_with(known, path) for known in paths), name
        assert not any(re.sub("_", "", known.rpartition(".")[2]) == re.sub("_", "", name) for known in paths), name
