"""Large policies: they fit into a role, allow what is needed, and widen only the Region."""

from __future__ import annotations

import json

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam import permissions
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam import policy_document
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.iam import statements

from tests.local_aws.policy import evaluate

ACCOUNT = "123456789012"
HOME = "us-east-1"
ROOM = 10240
REGIONS = [
    "af-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1",
    "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1", "eu-south-1", "eu-west-1", "eu-west-2",
    "eu-west-3", "me-south-1", "sa-east-1", "us-east-1", "us-east-2", "us-west-2",
]  # fmt: skip
TARGETS = [f"{200000000000 + number:012}" for number in range(60)]
SOURCE_KEY = "arn:aws:kms:us-east-1:123456789012:key/ffffabcd-12ab-34cd-56ef-1234567890ff"

IMAGE_BUILDERS = {"aws:ResourceTag/CreatedBy": "EC2 Image Builder"}
TAGGING = {"aws:RequestTag/CreatedBy": "EC2 Image Builder"}
FAST_LAUNCHING = {"aws:RequestTag/CreatedBy": "EC2 Fast Launch"}
FAST_LAUNCHED = {"aws:ResourceTag/CreatedBy": "EC2 Fast Launch"}


def key(number, region):
    return f"arn:aws:kms:{region}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890{number:02x}"


def template(number, kind="0"):
    return f"lt-{kind}a1b2c3d4e5f678{number:02x}"


def license_arn(number, region):
    identifier = f"lic-0123456789abcdef0123456789abcd{number:02x}"
    return f"arn:aws:license-manager:{region}:{ACCOUNT}:license-configuration:{identifier}"


def everything(number, region, targets):
    """Returns an entry with every feature, and with the Region's own key, launch templates and licence."""
    return {
        "region": region,
        "amiDistributionConfiguration": {
            "name": "web {{ imagebuilder:buildDate }}",
            "kmsKeyId": key(number, region),
            "targetAccountIds": [ACCOUNT, *targets],
            "launchPermission": {"userIds": ["444455556666"]},
            "amiTags": {"Owner": "{{ ssm:/golden/web/owner }}"},
        },
        "launchTemplateConfigurations": [
            {"launchTemplateId": template(number)},
            *({"launchTemplateId": template(number, "1"), "accountId": account} for account in targets),
        ],
        "licenseConfigurationArns": [license_arn(number, region)],
        "ssmParameterConfigurations": [
            {"parameterName": "/golden/web/ami"},
            *({"parameterName": "/golden/web/ami", "amiAccountId": account} for account in targets),
        ],
        "s3ExportConfiguration": {"roleName": "vmimport", "diskImageFormat": "RAW", "s3Bucket": "vm-bucket-export"},
        "fastLaunchConfigurations": [{"enabled": True, "launchTemplate": {"launchTemplateId": template(number, "2")}}],
    }


def size(document):
    return len("".join(json.dumps(document).split()))


def via(region, **more):
    return {"kms:ViaService": f"ec2.{region}.amazonaws.com", **more}


def using(region):
    return via(region, **{"kms:EncryptionContextKeys": ["aws:ebs:id"]})


def needed(number, region, account):
    """Yields the requests of the execution role when it distributes to one Region and one target account."""

    def ec2(kind, name="0123456789abcdef0", owner=ACCOUNT):
        return f"arn:aws:ec2:{region}:{owner}:{kind}/{name}"

    image, snapshot = ec2("image", "ami-0123456789abcdef0", ""), ec2("snapshot", "snap-0123456789abcdef0", "")
    home_image = "arn:aws:ec2:us-east-1::image/ami-0fedcba9876543210"
    home_snapshot = "arn:aws:ec2:us-east-1::snapshot/snap-0fedcba9876543210"
    kms = key(number, region)
    granting = via(region, **{"kms:GrantIsForAWSResource": "true"})
    task = ec2("export-image-task", "export-ami-0123456789abcdef0")
    vmie = {"iam:PassedToService": "vmie.amazonaws.com"}
    fast = ec2("launch-template", template(number, "2"))
    return [
        ("ec2:DescribeImages", "*", {"ec2:Region": region}),
        ("ec2:DescribeSnapshots", "*", {"ec2:Region": HOME}),
        ("ec2:DescribeLaunchTemplateVersions", "*", {"ec2:Region": region}),
        *((f"ec2:DescribeInstance{kind}", "*", {"ec2:Region": region}) for kind in ("s", "Attribute", "TypeOfferings")),
        ("ec2:DescribeExportImageTasks", "*", {"ec2:Region": region}),
        ("ec2:CopyImage", home_image, {}),
        ("ec2:CopyImage", home_snapshot, {}),
        ("ec2:CopyImage", image, {}),
        ("ec2:CopyImage", snapshot, {}),
        ("ec2:CreateTags", image, {}),
        ("ec2:CreateTags", snapshot, TAGGING),
        ("ec2:ModifyImageAttribute", image, IMAGE_BUILDERS),
        ("ec2:ModifySnapshotAttribute", snapshot, IMAGE_BUILDERS),
        ("ec2:ModifyImageAttribute", home_image, {}),
        ("ec2:ModifySnapshotAttribute", home_snapshot, {}),
        ("sts:AssumeRole", destination_role(account), {"aws:ResourceAccount": account}),
        *(("kms:" + name, arn, using(region)) for name in KEY_USE for arn in (kms, SOURCE_KEY)),
        ("kms:DescribeKey", kms, via(region)),
        ("kms:CreateGrant", kms, granting),
        ("kms:CreateGrant", kms, {**granting, "kms:EncryptionContextKeys": ["aws:ebs:id"]}),
        ("ec2:CreateLaunchTemplateVersion", ec2("launch-template", template(number)), {}),
        ("ec2:ModifyLaunchTemplate", ec2("launch-template", template(number)), {}),
        ("license-manager:UpdateLicenseSpecificationsForResource", license_arn(number, region), {}),
        ("ssm:PutParameter", f"arn:aws:ssm:{region}:{ACCOUNT}:parameter/golden/web/ami", {}),
        ("ssm:GetParameter", f"arn:aws:ssm:{HOME}:{ACCOUNT}:parameter/golden/web/owner", {}),
        ("ec2:EnableFastLaunch", image, IMAGE_BUILDERS),
        ("ec2:EnableFastLaunch", fast, {}),
        ("ec2:RunInstances", fast, {}),
        ("ec2:RunInstances", image, {}),
        ("ec2:RunInstances", ec2("subnet"), {}),
        ("ec2:RunInstances", ec2("instance"), FAST_LAUNCHING),
        ("ec2:CreateTags", ec2("instance"), {**FAST_LAUNCHING, "ec2:CreateAction": "RunInstances"}),
        ("ec2:CreateSnapshot", ec2("volume"), FAST_LAUNCHED),
        ("ec2:CreateSnapshot", snapshot, FAST_LAUNCHING),
        ("ec2:CreateTags", snapshot, {**FAST_LAUNCHING, "ec2:CreateAction": "CreateSnapshot"}),
        ("ec2:DeleteSnapshot", snapshot, FAST_LAUNCHED),
        ("ec2:StopInstances", ec2("instance"), FAST_LAUNCHED),
        ("ec2:TerminateInstances", ec2("instance"), FAST_LAUNCHED),
        ("iam:CreateServiceLinkedRole", FAST_LAUNCH_ROLE, {"iam:AWSServiceName": "ec2fastlaunch.amazonaws.com"}),
        ("ec2:ExportImage", image, IMAGE_BUILDERS),
        ("ec2:ExportImage", task, {}),
        ("ec2:CreateTags", task, {}),
        ("ec2:CancelExportTask", task, IMAGE_BUILDERS),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/vmimport", vmie),
        ("logs:PutLogEvents", LOG_STREAM, {}),
    ]


KEY_USE = ["Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKeyWithoutPlaintext"]
FAST_LAUNCH_ROLE = (
    f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ec2fastlaunch.amazonaws.com/AWSServiceRoleForEC2FastLaunch"
)
LOG_STREAM = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/imagebuilder/web:log-stream:1.0.0/1"


def destination_role(account, name="EC2ImageBuilderDistributionCrossAccountRole"):
    return f"arn:aws:iam::{account}:role/{name}"


def never_needed(number, region, account):
    """Requests that no version of the policy may allow."""
    image = f"arn:aws:ec2:{region}::image/ami-0123456789abcdef0"
    snapshot = f"arn:aws:ec2:{region}::snapshot/snap-0123456789abcdef0"
    task = f"arn:aws:ec2:{region}:{ACCOUNT}:export-image-task/export-ami-0123456789abcdef0"
    own = f"arn:aws:ec2:{region}:{ACCOUNT}:"
    kms = key(number, region)
    vmie = {"iam:PassedToService": "vmie.amazonaws.com"}
    return [
        ("ec2:CreateTags", snapshot, {}),
        ("ec2:CreateTags", f"{own}instance/i-0123456789abcdef0", FAST_LAUNCHING),
        ("ec2:CreateTags", f"{own}launch-template/{template(number)}", {}),
        ("ec2:ModifyImageAttribute", image, {}),
        ("ec2:ModifySnapshotAttribute", snapshot, {}),
        ("ec2:ExportImage", image, {}),
        ("ec2:EnableFastLaunch", image, {}),
        ("ec2:CancelExportTask", task, {}),
        ("ec2:DeregisterImage", image, IMAGE_BUILDERS),
        ("ec2:RunInstances", f"{own}instance/i-0123456789abcdef0", {}),
        ("ec2:CreateSnapshot", f"{own}volume/vol-0123456789abcdef0", FAST_LAUNCHING),
        ("ec2:CreateSnapshot", snapshot, {}),
        ("ec2:CreateTags", snapshot, FAST_LAUNCHING),
        ("ec2:DeleteSnapshot", snapshot, {}),
        ("ec2:DeleteSnapshot", snapshot, IMAGE_BUILDERS),
        ("ec2:StopInstances", f"{own}instance/i-0123456789abcdef0", IMAGE_BUILDERS),
        ("ec2:TerminateInstances", f"{own}instance/i-0123456789abcdef0", {}),
        ("ec2:RunInstances", f"{own}launch-template/{template(number)}", {}),
        ("ec2:EnableFastLaunch", f"{own}launch-template/{template(number)}", {}),
        ("ec2:ModifyLaunchTemplate", f"{own}launch-template/{template(number, '2')}", {}),
        ("ec2:ModifyLaunchTemplate", f"{own}launch-template/lt-0ffffffffffffffff", {}),
        ("ec2:CreateLaunchTemplateVersion", f"arn:aws:ec2:{region}:{account}:launch-template/{template(number)}", {}),
        ("ssm:PutParameter", f"arn:aws:ssm:{region}:{ACCOUNT}:parameter/golden/web/ami2", {}),
        ("ssm:PutParameter", f"arn:aws:ssm:{region}:{account}:parameter/golden/web/ami", {}),
        ("ssm:PutParameter", f"arn:aws:ssm:{HOME}:{ACCOUNT}:parameter/golden/web/owner", {}),
        ("ssm:GetParameter", f"arn:aws:ssm:{HOME}:{ACCOUNT}:parameter/golden/web/ami", {}),
        ("license-manager:UpdateLicenseSpecificationsForResource", license_arn(255, region), {}),
        ("sts:AssumeRole", destination_role("999999999999"), {"aws:ResourceAccount": "999999999999"}),
        ("sts:AssumeRole", destination_role(account, "Admin"), {"aws:ResourceAccount": account}),
        ("kms:Decrypt", kms, {"kms:EncryptionContextKeys": ["aws:ebs:id"]}),
        ("kms:Decrypt", kms, via(region, **{"kms:EncryptionContextKeys": ["aws:s3:arn"]})),
        ("kms:CreateGrant", kms, via(region, **{"kms:GrantIsForAWSResource": "false"})),
        ("kms:CreateGrant", kms, {"kms:GrantIsForAWSResource": "true"}),
        ("kms:Decrypt", key(255, region), using(region)),
        ("kms:ScheduleKeyDeletion", kms, via(region)),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/admin", vmie),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/vmimport", {"iam:PassedToService": "ec2.amazonaws.com"}),
        ("logs:PutLogEvents", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/other", {}),
    ]


# Allowed only by the versions that say "*" for the Region.
ELSEWHERE = [
    ("ec2:DescribeImages", "*", {"ec2:Region": "il-central-1"}),
    ("ec2:CopyImage", "arn:aws:ec2:il-central-1::image/ami-0123456789abcdef0", {}),
    ("ec2:ModifyImageAttribute", "arn:aws:ec2:il-central-1::image/ami-0123456789abcdef0", IMAGE_BUILDERS),
    ("ssm:PutParameter", f"arn:aws:ssm:il-central-1:{ACCOUNT}:parameter/golden/web/ami", {}),
]


def judge(document, requests):
    """Returns the requests that the policy allows."""
    return [request for request in requests if evaluate(document, *request)]


def versions(distributions):
    """Returns the policy without a size limit, and then each shorter version of it."""
    documents = []
    room = 10**6
    for _dummy in range(10):
        try:
            document = permissions.policy(
                distributions, ACCOUNT, HOME, source_kms_key_arns=[SOURCE_KEY], size_limit=room
            )
        except permissions.PolicyError:
            break
        documents.append(document)
        room = size(document) - 1
    return documents


@pytest.fixture(scope="module")
def smaller_and_smaller():
    distributions = [everything(number, region, TARGETS[:3]) for number, region in enumerate(REGIONS[:3])]
    return versions(distributions)


def test_every_version_is_smaller_and_allows_what_is_needed(smaller_and_smaller):
    assert len(smaller_and_smaller) == 4
    requests = [request for number in range(3) for request in needed(number, REGIONS[number], TARGETS[number])]
    for document in smaller_and_smaller:
        assert judge(document, requests) == requests


def test_no_version_widens_anything_but_the_region(smaller_and_smaller):
    wrong = [request for number in range(3) for request in never_needed(number, REGIONS[number], TARGETS[number])]
    assert [judge(document, wrong) for document in smaller_and_smaller] == [[], [], [], []]
    assert [judge(document, ELSEWHERE) for document in smaller_and_smaller] == [[], [], ELSEWHERE, ELSEWHERE]


def test_each_statement_is_needed():
    distributions = [everything(number, region, TARGETS[:1]) for number, region in enumerate(REGIONS[:2])]
    document = permissions.policy(distributions, ACCOUNT, HOME, source_kms_key_arns=[SOURCE_KEY])
    requests = needed(0, REGIONS[0], TARGETS[0]) + needed(1, REGIONS[1], TARGETS[0])
    assert judge(document, requests) == requests
    fails = {}
    for statement in document["Statement"]:
        others = [other for other in document["Statement"] if other is not statement]
        allowed = judge({"Statement": others}, requests)
        fails[statement["Sid"]] = sorted({action for action, *rest in requests if (action, *rest) not in allowed})
    assert fails == {
        "Describe": [
            "ec2:DescribeExportImageTasks",
            "ec2:DescribeImages",
            "ec2:DescribeInstanceAttribute",
            "ec2:DescribeInstanceTypeOfferings",
            "ec2:DescribeInstances",
            "ec2:DescribeLaunchTemplateVersions",
            "ec2:DescribeSnapshots",
        ],
        "CopyImages": ["ec2:CopyImage"],
        "TagImages": ["ec2:CreateTags"],
        "TagSnapshots": ["ec2:CreateTags"],
        "ShareImages": ["ec2:ModifyImageAttribute", "ec2:ModifySnapshotAttribute"],
        "ShareSourceImage": ["ec2:ModifyImageAttribute", "ec2:ModifySnapshotAttribute"],
        "AssumeDestinationRoles": ["sts:AssumeRole"],
        "UseKeys": sorted("kms:" + name for name in [*KEY_USE, "DescribeKey"]),
        "GrantKeys": ["kms:CreateGrant"],
        "UpdateLaunchTemplates": ["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"],
        "AssociateLicenses": ["license-manager:UpdateLicenseSpecificationsForResource"],
        "PutParameters": ["ssm:PutParameter"],
        "ReadParametersInTags": ["ssm:GetParameter"],
        "EnableFastLaunchOnImages": ["ec2:EnableFastLaunch"],
        "FastLaunchTemplates": ["ec2:EnableFastLaunch", "ec2:RunInstances"],
        "FastLaunchFrom": ["ec2:RunInstances"],
        "FastLaunchInstances": ["ec2:RunInstances"],
        "TagFastLaunchResources": ["ec2:CreateTags"],
        "CreateFastLaunchSnapshots": ["ec2:CreateSnapshot"],
        "UseFastLaunchResources": [
            "ec2:CreateSnapshot",
            "ec2:DeleteSnapshot",
            "ec2:StopInstances",
            "ec2:TerminateInstances",
        ],
        "CreateFastLaunchServiceRole": ["iam:CreateServiceLinkedRole"],
        "ExportImages": ["ec2:ExportImage"],
        "StartExportTasks": ["ec2:ExportImage"],
        "TagExportTasks": ["ec2:CreateTags"],
        "CancelExportTasks": ["ec2:CancelExportTask"],
        "PassExportRoles": ["iam:PassRole"],
        "WriteLogs": ["logs:PutLogEvents"],
    }


def test_a_version_that_allows_the_same_is_tried_before_regions_are_widened():
    distributions = [everything(number, region, TARGETS) for number, region in enumerate(REGIONS[:2])]
    document = permissions.policy(distributions, ACCOUNT, HOME, source_kms_key_arns=[SOURCE_KEY])
    # With the ARNs of 60 roles, the policy would not fit.
    assert size(document) <= ROOM < size(versions(distributions)[0])
    assert judge(document, ELSEWHERE) == []


@pytest.fixture(scope="module")
def everywhere():
    """Returns all that twenty Regions can have together. Windows images, which have Fast Launch, are not exported."""
    entries = [everything(number, region, TARGETS) for number, region in enumerate(REGIONS)]
    for number, one in enumerate(entries):
        del one["s3ExportConfiguration" if is_fast(number) else "fastLaunchConfigurations"]
    return entries


def is_fast(number):
    return number % 3 == 0


def test_twenty_regions_and_sixty_accounts_fit_with_everything_on(everywhere):
    document = permissions.policy(everywhere, ACCOUNT, HOME, source_kms_key_arns=[SOURCE_KEY])
    assert size(document) <= ROOM
    for number, region in enumerate(REGIONS):
        requests = needed(number, region, TARGETS[number * 3])
        if not is_fast(number):
            requests = [one for one in requests if template(number, "2") not in one[1]]
        assert judge(document, requests) == requests
        if region != HOME:
            assert judge(document, never_needed(number, region, TARGETS[number * 3])) == []


def test_so_does_each_target_accounts_policy(everywhere):
    account = TARGETS[59]
    document = permissions.policy(everywhere, account, HOME, side="target", source_kms_key_arns=[SOURCE_KEY])
    assert size(document) <= ROOM
    for number, region in enumerate(REGIONS):
        arn = f"arn:aws:ec2:{region}:{account}:launch-template/{template(number, '1')}"
        requests = [
            ("ec2:DescribeImages", "*", {"ec2:Region": region}),
            ("ec2:CreateLaunchTemplateVersion", arn, IMAGE_BUILDERS),
            ("ec2:ModifyLaunchTemplate", arn, IMAGE_BUILDERS),
            ("ssm:PutParameter", f"arn:aws:ssm:{region}:{account}:parameter/golden/web/ami", {}),
            ("kms:ReEncryptTo", key(number, region), using(region)),
            ("kms:ReEncryptFrom", SOURCE_KEY, using(region)),
        ]
        assert judge(document, requests) == requests
        assert judge(document, [("ec2:ModifyLaunchTemplate", arn, {})]) == []


def test_a_policy_that_does_not_fit_is_refused_with_its_size(everywhere):
    smallest = versions(everywhere)[-1]
    with pytest.raises(permissions.PolicyError) as caught:
        permissions.policy(everywhere, ACCOUNT, HOME, source_kms_key_arns=[SOURCE_KEY], size_limit=9000)
    text = str(caught.value)
    assert f"has at least {size(smallest)} characters" in text
    assert "room for 9000" in text
    assert "license-manager:UpdateLicenseSpecificationsForResource" in text
    assert "several configurations" in text


def test_one_key_of_many_regions_counts_once():
    multi_region = "arn:aws:kms:{}:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab"
    distributions = [
        {"region": region, "amiDistributionConfiguration": {"kmsKeyId": multi_region.format(region)}}
        for region in REGIONS
    ]
    document = permissions.policy(distributions, ACCOUNT, HOME, size_limit=2500)
    keys = [arn for one in document["Statement"] for arn in one["Resource"] if ":kms:" in arn]
    assert keys == [multi_region.format("*")]


# The resources that each action accepts. Source: service authorization reference.
TAKES = {
    "ec2:CancelExportTask": ["ec2:us-west-2:123456789012:export-image-task/*"],
    "ec2:CopyImage": ["ec2:us-west-2::image/*", "ec2:us-west-2::snapshot/*"],
    "ec2:CreateLaunchTemplateVersion": ["ec2:us-west-2:123456789012:launch-template/*"],
    "ec2:CreateTags": [
        "ec2:us-west-2::image/*",
        "ec2:us-west-2::snapshot/*",
        "ec2:us-west-2:123456789012:export-image-task/*",
        "ec2:us-west-2:123456789012:instance/*",
        "ec2:us-west-2:123456789012:launch-template/*",
    ],
    "ec2:CreateSnapshot": ["ec2:us-west-2::snapshot/*", "ec2:us-west-2:123456789012:volume/*"],
    "ec2:DeleteSnapshot": ["ec2:us-west-2::snapshot/*"],
    "ec2:DescribeImages": ["ec2:us-west-2::image/*", "ssm:us-west-2:123456789012:parameter/a"],
    "ec2:EnableFastLaunch": ["ec2:us-west-2::image/*", "ec2:us-west-2:123456789012:launch-template/*"],
    "ec2:ExportImage": ["ec2:us-west-2::image/*", "ec2:us-west-2:123456789012:export-image-task/*"],
    "ec2:ModifyImageAttribute": ["ec2:us-west-2::image/*"],
    "ec2:ModifyLaunchTemplate": ["ec2:us-west-2:123456789012:launch-template/*"],
    "ec2:ModifySnapshotAttribute": ["ec2:us-west-2::snapshot/*"],
    "ec2:RunInstances": [
        "ec2:us-west-2::image/*",
        "ec2:us-west-2::snapshot/*",
        "ec2:us-west-2:123456789012:instance/*",
        "ec2:us-west-2:123456789012:launch-template/*",
        "license-manager:us-west-2:123456789012:license-configuration:lic-0123456789abcdef0123456789abcdef",
    ],
    "ec2:StopInstances": ["ec2:us-west-2:123456789012:instance/*"],
    "ec2:TerminateInstances": ["ec2:us-west-2:123456789012:instance/*"],
    "iam:PassRole": ["iam::123456789012:role/vmimport"],
    "kms:Decrypt": ["kms:us-west-2:123456789012:key/a"],
    "license-manager:UpdateLicenseSpecificationsForResource": [
        "license-manager:us-west-2:123456789012:license-configuration:lic-0123456789abcdef0123456789abcdef"
    ],
    "logs:CreateLogGroup": ["logs:us-west-2:123456789012:log-group:a"],
    "logs:CreateLogStream": ["logs:us-west-2:123456789012:log-group:a"],
    "logs:PutLogEvents": ["logs:us-west-2:123456789012:log-group:a"],
    "ssm:GetParameter": ["ssm:us-west-2:123456789012:parameter/a"],
    "ssm:PutParameter": ["ssm:us-west-2:123456789012:parameter/a"],
    "sts:AssumeRole": ["iam::123456789012:role/vmimport"],
}


@pytest.mark.parametrize("action", TAKES)
def test_an_action_is_never_merged_with_resources_that_it_accepts(action):
    for resource in TAKES[action]:
        pair = [
            policy_document.statement("One", [action], ["arn:aws:none:us-west-2:123456789012:other"]),
            policy_document.statement("Two", ["none:Other"], ["arn:aws:" + resource]),
        ]
        for several in (pair, pair[::-1]):
            assert len(policy_document.folded(several, {**statements.KINDS, "none:Other": ("none:nothing",)})) == 2


def test_statements_about_different_resources_are_merged_under_one_condition():
    def one(name, resource, condition=None):
        return policy_document.statement(name, [name], ["arn:aws:" + resource], condition)

    several = [
        one("ssm:PutParameter", "ssm:us-west-2:123456789012:parameter/a"),
        one("ec2:ModifyImageAttribute", "ec2:us-west-2::image/*", IMAGE_BUILDERS),
        one("logs:PutLogEvents", "logs:us-west-2:123456789012:log-group:a"),
        one("ec2:ModifySnapshotAttribute", "ec2:us-west-2::snapshot/*", IMAGE_BUILDERS),
    ]
    folded = policy_document.folded(several, statements.KINDS)
    assert [(each.sid, each.actions, each.condition) for each in folded] == [
        (None, ("logs:PutLogEvents", "ssm:PutParameter"), {}),
        (None, ("ec2:ModifyImageAttribute", "ec2:ModifySnapshotAttribute"), IMAGE_BUILDERS),
    ]
