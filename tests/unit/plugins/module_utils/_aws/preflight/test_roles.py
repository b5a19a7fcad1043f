"""The checks of roles: what they trust, what is attached to them, and what IAM's simulator is asked about them."""

from __future__ import annotations

import json

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight import findings
from ansible_collections.goldimage.aws.plugins.module_utils._aws.preflight.reader import Unchecked
from botocore.validate import validate_parameters

from tests.unit import stubbed

SOURCE = stubbed.ACCOUNT
TARGET = "111122223333"
HOME = stubbed.REGION
ROLE = f"arn:aws:iam::{SOURCE}:role/images/ImageDistribution"
DESTINATION_NAME = "EC2ImageBuilderDistributionCrossAccountRole"
DESTINATION = f"arn:aws:iam::{TARGET}:role/{DESTINATION_NAME}"
KEY = f"arn:aws:kms:eu-west-1:{SOURCE}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
AMI = {"name": "web {{ imagebuilder:buildDate }}"}


@pytest.fixture
def run_check(answer_to):
    """Makes a check of something that belongs to no Region, unless one is named."""

    def ask(name, *subject, region=None, account_id=SOURCE):
        return answer_to(findings.Question(name, region, account_id, subject))

    return ask


def trust(principal, **condition):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {"Statement": [{**statement, "Condition": condition} if condition else statement]}


IMAGE_BUILDER = {"Service": "imagebuilder.amazonaws.com"}


def role(stubs, arn=ROLE, document=None, account_id=SOURCE):
    path, name = arn.split(":role")[1].rsplit("/", 1)
    answer = {
        "Path": f"{path}/",
        "RoleName": name,
        "RoleId": "AROAIOSFODNN7EXAMPLE",
        "Arn": arn,
        "CreateDate": "2026-01-01T00:00:00Z",
        # botocore makes a map of it before anybody else sees the answer.
        "AssumeRolePolicyDocument": json.dumps(document or trust(IMAGE_BUILDER)),
    }
    stubs.answer("iam", "get_role", {"Role": answer}, account_id=account_id, RoleName=name)


def no_role(stubs, account_id=SOURCE):
    stubs.refuse("iam", "get_role", "NoSuchEntity", account_id=account_id)


# -- existence and trust -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [ROLE, "ImageDistribution", "images/ImageDistribution"])
def test_a_role_by_name_path_or_arn(stubs, run_check, given):
    role(stubs)
    assert run_check("execution_role", given).message == f"the role {ROLE} exists"
    assert run_check("execution_role_trust", given).status == "ok"


@pytest.mark.parametrize(
    ("given", "there", "text"),
    [
        (ROLE, None, "does not exist in account 123456789012"),
        (ROLE.replace("/images/", "/"), ROLE, f"the ARN of the role is {ROLE}"),
        ("R", f"arn:aws:iam::{SOURCE}:role/aws-reserved/sso.amazonaws.com/R", "is reserved for AWS"),
    ],
)
def test_a_role_that_cannot_be_passed(stubs, run_check, given, there, text):
    role(stubs, there) if there else no_role(stubs)
    result = run_check("execution_role", given)
    assert result.status == "error"
    assert text in result.message


def test_a_service_linked_role_works_but_is_advised_against(stubs, run_check):
    role(stubs, f"arn:aws:iam::{SOURCE}:role/aws-service-role/imagebuilder.amazonaws.com/R")
    result = run_check("execution_role", "R")
    assert result.status == "warning"
    assert "is a service-linked role" in result.message


EXPORTER = f"arn:aws:iam::{SOURCE}:role/vmimport"
DEPLOYER = f"arn:aws:iam::{SOURCE}:role/ci/Deployer"


@pytest.mark.parametrize(
    ("caller", "decision", "status"),
    [
        (f"arn:aws:iam::{SOURCE}:user/someone", "allowed", "ok"),
        (f"arn:aws:iam::{SOURCE}:user/someone", "implicitDeny", "warning"),
        (f"arn:aws:sts::{SOURCE}:assumed-role/Deployer/run-42", "explicitDeny", "warning"),
        (f"arn:aws:iam::{SOURCE}:root", None, "ok"),
    ],
)
def test_the_caller_must_pass_the_role_of_an_export(stubs, run_check, caller, decision, status):
    role(stubs, EXPORTER)
    stubs.answer("sts", "get_caller_identity", {"Arn": caller, "Account": SOURCE, "UserId": "x"})
    principal = caller
    if "assumed-role" in caller:
        # A session's ARN lacks the path of the role.
        role(stubs, DEPLOYER)
        principal = DEPLOYER
    if decision:
        answer = {"EvaluationResults": [{"EvalActionName": "iam:PassRole", "EvalDecision": decision}]}
        context = [("iam:PassedToService", "string", ["vmie.amazonaws.com"])]
        stubs.answer(
            "iam",
            "simulate_principal_policy",
            answer,
            PolicySourceArn=principal,
            ActionNames=["iam:PassRole"],
            ResourceArns=[EXPORTER],
            ContextEntries=[
                {"ContextKeyName": key, "ContextKeyType": kind, "ContextKeyValues": values}
                for key, kind, values in context
            ],
        )
    result = run_check("s3_export_passing", "vmimport")
    assert result.status == status
    if status == "warning":
        assert f"{principal} may not pass the role {EXPORTER} to vmie.amazonaws.com" in result.message


def test_a_federated_user_is_not_known_to_the_simulator(stubs, run_check):
    role(stubs, EXPORTER)
    arn = f"arn:aws:sts::{SOURCE}:federated-user/someone"
    stubs.answer("sts", "get_caller_identity", {"Arn": arn, "Account": SOURCE, "UserId": "x"})
    with pytest.raises(Unchecked, match="federated-user"):
        run_check("s3_export_passing", "vmimport")


def test_a_role_of_another_account(run_check):
    result = run_check("execution_role", ROLE.replace(SOURCE, TARGET))
    assert result.status == "error"
    assert "not in the account of the configuration, 123456789012" in result.message


@pytest.mark.parametrize(
    ("document", "status", "text"),
    [
        (trust(IMAGE_BUILDER, StringEquals={"aws:SourceAccount": SOURCE}), "ok", "trusts imagebuilder.amazonaws.com"),
        (trust(IMAGE_BUILDER, StringEquals={"aws:SourceAccount": TARGET}), "error", "does not trust imagebuilder"),
        (trust({"Service": "ec2.amazonaws.com"}), "error", "does not trust imagebuilder.amazonaws.com"),
        (trust(IMAGE_BUILDER, ArnLike={"aws:SourceArn": "arn:*"}), "warning", "not evaluated here: aws:SourceArn"),
    ],
)
def test_whom_the_execution_role_trusts(stubs, run_check, document, status, text):
    role(stubs, document=document)
    result = run_check("execution_role_trust", ROLE)
    assert result.status == status
    assert text in result.message


@pytest.mark.parametrize(
    ("principal", "condition", "status"),
    [
        ({"AWS": f"arn:aws:iam::{SOURCE}:root"}, {}, "ok"),
        ({"AWS": ["arn:aws:iam::444455556666:root", SOURCE]}, {}, "ok"),
        ({"AWS": ROLE}, {}, "ok"),
        ({"AWS": SOURCE}, {"ArnEquals": {"aws:PrincipalArn": [ROLE]}}, "ok"),
        ({"AWS": SOURCE}, {"ArnEquals": {"aws:PrincipalArn": [ROLE.replace("images/", "")]}}, "error"),
        ({"AWS": SOURCE}, {"StringEquals": {"sts:ExternalId": "example"}}, "warning"),
        ({"AWS": "arn:aws:iam::444455556666:root"}, {}, "error"),
        (IMAGE_BUILDER, {}, "error"),
    ],
)
def test_whom_the_destination_role_trusts(stubs, run_check, principal, condition, status):
    role(stubs, DESTINATION, trust(principal, **condition), TARGET)
    role(stubs)
    result = run_check("destination_role_trust", "ImageDistribution", account_id=TARGET)
    assert result.status == status
    if status == "error":
        assert f"Allow account {SOURCE} or {ROLE}" in result.remedy
    assert run_check("destination_role", account_id=TARGET).message == f"the role {DESTINATION} exists"


def test_a_trust_in_an_execution_role_that_is_not_there_yet(stubs, run_check):
    role(stubs, DESTINATION, trust({"AWS": SOURCE}), TARGET)
    no_role(stubs)
    assert run_check("destination_role_trust", "ImageDistribution", account_id=TARGET).status == "ok"


def test_what_depends_on_a_role_that_is_missing_is_not_checked(stubs, run_check):
    no_role(stubs)
    no_role(stubs, TARGET)
    assert run_check("destination_role", account_id=TARGET).status == "error"
    for check, subject, account_id in (
        ("execution_role_trust", (ROLE,), SOURCE),
        ("execution_role_managed_policies", (ROLE, "any"), SOURCE),
        ("execution_role_permissions", (ROLE, "[]"), SOURCE),
        ("destination_role_trust", (ROLE,), TARGET),
        ("destination_role_managed_policies", ("any",), TARGET),
        ("destination_role_permissions", ("[]",), TARGET),
    ):
        with pytest.raises(Unchecked, match="the role does not exist"):
            run_check(check, *subject, account_id=account_id)


@pytest.mark.parametrize(
    ("there", "status", "text"),
    [
        (trust({"Service": "vmie.amazonaws.com"}, StringEquals={"sts:Externalid": "vmimport"}), "ok", "trusts vmie"),
        (trust({"Service": "ec2.amazonaws.com"}), "error", "does not trust vmie.amazonaws.com"),
        (None, "error", "the role vmimport does not exist"),
    ],
)
def test_the_role_of_exports(stubs, run_check, there, status, text):
    role(stubs, f"arn:aws:iam::{SOURCE}:role/vmimport", there) if there else no_role(stubs)
    result = run_check("s3_export_role", "vmimport")
    assert result.status == status
    assert text in result.message


def test_managed_policies_that_are_attached(stubs, run_check):
    role(stubs)
    attached = [{"PolicyName": name, "PolicyArn": f"arn:aws:iam::aws:policy/{name}"} for name in ("One", "Two")]
    stubs.answer("iam", "list_attached_role_policies", {"AttachedPolicies": attached}, RoleName="ImageDistribution")
    assert run_check("execution_role_managed_policies", ROLE, "arn:aws:iam::aws:policy/One").status == "ok"
    result = run_check("execution_role_managed_policies", ROLE, "arn:aws:iam::aws:policy/Three")
    assert result.status == "warning"
    assert result.remedy == f"Attach arn:aws:iam::aws:policy/Three to {ROLE}"


# -- rights --------------------------------------------------------------------------------------------------------


class Simulator:
    """Answers as iam:SimulatePrincipalPolicy does, and records the requests.

    `denied` takes action, ARN and context, and gives None for allowed, else the condition keys without a value.
    """

    def __init__(self, client, denied):
        self.asked = []
        self.denied = denied
        self._shape = client.meta.service_model.operation_model("SimulatePrincipalPolicy").input_shape

    def get_paginator(self, operation):
        assert operation == "simulate_principal_policy"
        return self

    def paginate(self, **parameters):
        validate_parameters(parameters, self._shape)
        assert not any("*" in action for action in parameters["ActionNames"])
        context = {one["ContextKeyName"]: one["ContextKeyValues"] for one in parameters["ContextEntries"]}
        arns = parameters["ResourceArns"]
        self.asked.append((parameters["PolicySourceArn"], tuple(parameters["ActionNames"]), tuple(arns), context))
        for action in parameters["ActionNames"]:
            specific = [self._result("EvalResource", action, arn, context) for arn in arns]
            # With one resource, the overall result is enough.
            one = self._result("Eval", action, arns[0], context)
            more = {"ResourceSpecificResults": specific} if len(arns) > 1 else {}
            yield {"EvaluationResults": [{"EvalActionName": action, **one, **more}]}

    def _result(self, prefix, action, arn, context):
        missing = self.denied(action, arn, context)
        return {
            "EvalResourceName": arn,
            f"{prefix}Decision": "allowed" if missing is None else "implicitDeny",
            "MissingContextValues": list(missing or []),
        }


@pytest.fixture
def simulator(stubs, monkeypatch):
    def make(denied=lambda action, arn, context: None, account_id=SOURCE):
        client = stubs.client("iam", None, account_id)
        made = Simulator(client, denied)
        monkeypatch.setattr(client, "get_paginator", made.get_paginator)
        return made

    return make


def entry(region, **more):
    return {"region": region, "amiDistributionConfiguration": {**AMI, **more}}


def text(*entries):
    return json.dumps(list(entries))


def test_the_execution_role_is_tried_out_in_one_region(stubs, run_check, simulator):
    role(stubs)
    asked = simulator().asked
    distributions = text(entry(HOME), entry("eu-west-1", kmsKeyId=KEY), entry("eu-central-1"))
    result = run_check("execution_role_permissions", ROLE, distributions, region="eu-west-1")
    assert result.status == "ok"
    assert {source for source, *dummy in asked} == {ROLE}
    arns = {arn for dummy, dummy_too, arns, context in asked for arn in arns}
    image = "arn:aws:ec2:eu-west-1::image/ami-0123456789abcdef0"
    assert arns == {"*", image, "arn:aws:ec2:eu-west-1::snapshot/snap-0123456789abcdef0", KEY}
    by_action = {action: context for dummy, actions, arns, context in asked for action in actions}
    assert all(context["aws:RequestedRegion"] == ["eu-west-1"] for context in by_action.values())
    assert by_action["ec2:DescribeImages"]["ec2:Region"] == ["eu-west-1"]
    assert by_action["kms:Decrypt"]["kms:ViaService"] == ["ec2.eu-west-1.amazonaws.com"]
    assert by_action["kms:Decrypt"]["kms:EncryptionContextKeys"] == ["aws:ebs:id"]
    assert by_action["kms:CreateGrant"]["kms:GrantIsForAWSResource"] == ["true"]

    asked.clear()
    assert run_check("execution_role_permissions", ROLE, distributions, region=HOME).status == "ok"
    (regions,) = [context["ec2:Region"] for dummy, actions, arns, context in asked if "ec2:DescribeImages" in actions]
    assert regions == [HOME]


def test_what_belongs_to_no_region_is_tried_out_apart(stubs, run_check, simulator):
    role(stubs)
    asked = simulator().asked
    export = {"roleName": "vmimport", "diskImageFormat": "RAW", "s3Bucket": "example-images"}
    distributions = text({**entry("eu-west-1", targetAccountIds=[TARGET]), "s3ExportConfiguration": export})
    assert run_check("execution_role_permissions", ROLE, distributions).status == "ok"
    assert {(actions, arns) for dummy, actions, arns, context in asked} == {
        (("sts:AssumeRole",), (DESTINATION,)),
        (("iam:PassRole",), (f"arn:aws:iam::{SOURCE}:role/vmimport",)),
    }
    assert asked[1][3]["iam:PassedToService"] == ["vmie.amazonaws.com"]


def test_what_is_denied_is_named(stubs, run_check, simulator):
    role(stubs)
    simulator(lambda action, arn, context: () if action in ("ec2:CopyImage", "ssm:PutParameter") else None)
    parameter = {"ssmParameterConfigurations": [{"parameterName": "/images/web"}]}
    result = run_check(
        "execution_role_permissions", ROLE, text({**entry("eu-west-1"), **parameter}), region="eu-west-1"
    )
    assert result.status == "error"
    assert f"{ROLE} is denied in eu-west-1: ec2:CopyImage on arn:aws:ec2:eu-west-1::image/ami-" in result.message
    assert f"ssm:PutParameter on arn:aws:ssm:eu-west-1:{SOURCE}:parameter/images/web" in result.message
    assert "ec2:DescribeImages" not in result.message
    assert "goldimage.aws.execution_policy" in result.remedy


def test_what_depends_on_conditions_is_a_warning_unless_something_is_denied_for_sure(stubs, run_check, simulator):
    role(stubs)
    distributions = text(entry("eu-west-1"))
    simulated = simulator(lambda action, arn, context: ("aws:SourceVpc",) if action == "ec2:CopyImage" else None)
    unsure = run_check("execution_role_permissions", ROLE, distributions, region="eu-west-1")
    assert unsure.status == "warning"
    assert "(aws:SourceVpc): ec2:CopyImage on" in unsure.message
    simulated.denied = lambda action, arn, context: (
        ("aws:SourceVpc",) if "/snap-" in arn else () if "/ami-" in arn else None
    )
    surely = run_check("execution_role_permissions", ROLE, text(entry("eu-west-1"), entry(HOME)), region=HOME)
    assert surely.status == "error"


def test_pairs_that_no_action_takes_do_not_count(stubs, run_check, simulator):
    role(stubs)
    # Like a role that allows each action only on its own kind of resource.
    kinds = {"ec2:ModifyImageAttribute": "/ami-", "ec2:ModifySnapshotAttribute": "/snap-"}
    simulator(lambda action, arn, context: None if kinds.get(action, "") in arn else ())
    shared = text(entry("eu-west-1", launchPermission={"userIds": [TARGET]}))
    assert run_check("execution_role_permissions", ROLE, shared, region="eu-west-1").status == "ok"


@pytest.mark.parametrize("described", [True, False])
def test_a_key_by_alias_may_be_allowed_by_its_arn_or_by_its_alias(stubs, run_check, simulator, described):
    role(stubs)
    if described:
        metadata = {"KeyMetadata": {"KeyId": KEY[-36:], "Arn": KEY, "AWSAccountId": SOURCE}}
        stubs.answer("kms", "describe_key", metadata, region="eu-west-1", KeyId="alias/images")
    else:
        stubs.refuse("kms", "describe_key", "AccessDeniedException", region="eu-west-1")
    asked = simulator().asked
    distributions = text(entry("eu-west-1", kmsKeyId="alias/images"))
    assert run_check("execution_role_permissions", ROLE, distributions, region="eu-west-1").status == "ok"
    keys = [(arns, context) for dummy, actions, arns, context in asked if "kms:Decrypt" in actions]
    ((arns, context),) = keys
    assert arns == ((KEY,) if described else (f"arn:aws:kms:eu-west-1:{SOURCE}:key/0123456789abcdef0",))
    assert context["kms:ResourceAliases"] == ["alias/images"]


def test_the_destination_role_is_tried_out_in_its_account(stubs, run_check, simulator):
    role(stubs, DESTINATION, trust({"AWS": SOURCE}), TARGET)
    asked = simulator(account_id=TARGET).asked
    parameter = {"parameterName": "/images/web", "amiAccountId": TARGET}
    distributions = text(
        {**entry("eu-west-1", targetAccountIds=[TARGET], kmsKeyId=KEY), "ssmParameterConfigurations": [parameter]}
    )
    result = run_check("destination_role_permissions", distributions, region="eu-west-1", account_id=TARGET)
    assert result.status == "ok"
    actions = {action for dummy, actions, arns, context in asked for action in actions}
    assert {"kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKeyWithoutPlaintext"} <= actions
    # The managed policy allows that.
    assert "ec2:CopyImage" not in actions
    assert f"arn:aws:ssm:eu-west-1:{TARGET}:parameter/images/web" in {arn for one in asked for arn in one[2]}


def test_a_simulation_that_is_not_permitted_is_no_yes(stubs, run_check):
    role(stubs)
    stubs.refuse("iam", "simulate_principal_policy", "AccessDenied")
    with pytest.raises(Unchecked, match="the permission iam:SimulatePrincipalPolicy in account 123456789012"):
        run_check("execution_role_permissions", ROLE, text(entry(HOME)), region=HOME)


def test_what_no_policy_can_name_is_not_checked(stubs, run_check):
    role(stubs)
    parameter = {"ssmParameterConfigurations": [{"parameterName": "/images/*"}]}
    with pytest.raises(Unchecked, match="no policy can be derived from this"):
        run_check("execution_role_permissions", ROLE, text({**entry(HOME), **parameter}), region=HOME)


def test_many_resources_go_into_several_requests(stubs, run_check, simulator):
    role(stubs)
    asked = simulator().asked
    parameters = [{"parameterName": f"/images/{number}"} for number in range(120)]
    distributions = text({**entry(HOME), "ssmParameterConfigurations": parameters})
    assert run_check("execution_role_permissions", ROLE, distributions, region=HOME).status == "ok"
    sizes = [len(arns) for dummy, actions, arns, context in asked if actions == ("ssm:PutParameter",)]
    assert sizes == [50, 50, 20]
