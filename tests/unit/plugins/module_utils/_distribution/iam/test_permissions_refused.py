"""Values that no policy document is made of are refused with their paths, all at once."""

from __future__ import annotations

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam import permissions

from tests.unit.plugins.module_utils._distribution.iam.statements import ACCOUNT
from tests.unit.plugins.module_utils._distribution.iam.statements import entry
from tests.unit.plugins.module_utils._distribution.iam.statements import fast
from tests.unit.plugins.module_utils._distribution.iam.statements import HOME
from tests.unit.plugins.module_utils._distribution.iam.statements import SOURCE_KEY
from tests.unit.plugins.module_utils._distribution.iam.statements import TARGET


def refused(*args, **options):
    with pytest.raises(permissions.PolicyError) as caught:
        permissions.policy(*args, **options)
    return {error.path: str(error) for error in caught.value.errors}


def test_a_value_that_iam_reads_as_a_pattern_is_refused_with_its_path():
    one = entry(
        "us-*",
        {
            "kmsKeyId": "arn:aws:kms:us-west-2:123456789012:key/*",
            "targetAccountIds": [ACCOUNT, "*"],
            "amiTags": {"Owner": "{{ ssm:/golden/* }}", "Team": "*"},
        },
        licenseConfigurationArns=["arn:aws:license-manager:*"],
        launchTemplateConfigurations=[{"launchTemplateId": "lt-*", "accountId": "1111????3333"}],
        s3ExportConfiguration={"roleName": "vm*", "diskImageFormat": "RAW", "s3Bucket": "b"},
        fastLaunchConfigurations=[fast(launchTemplate={"launchTemplateId": "lt-?"})],
        ssmParameterConfigurations=[{"parameterName": "/golden/${aws:username}", "amiAccountId": "* "}],
    )
    errors = refused([entry(), one], ACCOUNT, HOME)
    assert sorted(errors) == [
        "distributions[1].ami_distribution_configuration.ami_tags['Owner']",
        "distributions[1].ami_distribution_configuration.kms_key_id",
        "distributions[1].ami_distribution_configuration.target_account_ids[1]",
        "distributions[1].fast_launch_configurations[0].launch_template.launch_template_id",
        "distributions[1].launch_template_configurations[0].account_id",
        "distributions[1].launch_template_configurations[0].launch_template_id",
        "distributions[1].license_configuration_arns[0]",
        "distributions[1].region",
        "distributions[1].s3_export_configuration.role_name",
        "distributions[1].ssm_parameter_configurations[0].ami_account_id",
        "distributions[1].ssm_parameter_configurations[0].parameter_name",
    ]
    assert "name one thing exactly" in errors["distributions[1].region"]


def test_inputs_are_refused_all_at_once():
    errors = refused(
        [entry(ami={"kmsKeyId": "arn:aws:iam::123456789012:role/x"})],
        "12345678901",
        "virginia",
        partition="arn:aws",
        side="both",
        use="builds",
        source_kms_key_arns=["alias/golden", SOURCE_KEY + "*"],
        launch_template_role_arns=["web"],
        log_group="/golden/*",
    )
    assert sorted(errors) == [
        "account_id",
        "distributions[0].ami_distribution_configuration.kms_key_id",
        "home_region",
        "launch_template_role_arns[0]",
        "log_group",
        "partition",
        "side",
        "source_kms_key_arns[0]",
        "source_kms_key_arns[1]",
        "use",
    ]
    assert "quote it" in errors["account_id"]
    assert list(refused([entry()], TARGET, HOME, side="target", use="pipeline")) == ["use"]
