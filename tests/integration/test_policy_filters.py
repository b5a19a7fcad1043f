"""Both filters in a playbook, and IAM accepts the policies."""

from __future__ import annotations

import json

import pytest

PLAYBOOK = """
- hosts: localhost
  gather_facts: false
  vars:
    account: "123456789012"
    accounts_from_elsewhere: ["111122223333"]
    groups_of_accounts:
      production: "{{ accounts_from_elsewhere }}"
      everyone: [production, "{{ account }}"]
    defaults:
      ami_distribution_configuration:
        name: !unsafe "web {{ imagebuilder:buildDate }}"
        target_account_ids: [everyone]
        launch_permissions:
          user_ids: [production]
        tags:
          Team: "{{ 'plat' ~ 'form' }}"
      ssm_parameter_configurations:
        - parameter_name: /golden/web/ami
          ami_account_id: everyone
      launch_template_configurations:
        - launch_template_id: lt-0ab1234c56d789012
          set_default_version: "{{ 1 == 1 }}"
      s3_export_configuration: {role_name: vmimport, disk_image_format: RAW, s3_bucket: vm-bucket-export}
      fast_launch_configurations:
        - enabled: true
          launch_template: {launch_template_id: lt-0cd1234c56d789012}
    regions:
      us-west-2:
      us-east-1:
        ami_distribution_configuration:
          kms_key_id: "alias/{{ 'golden' }}"
        s3_export_configuration:
    distributions: >-
      {{ regions | goldimage.aws.regional_distributions(defaults, home_region='us-east-1', groups=groups_of_accounts) }}
    source_keys: ["arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"]
    trust:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal: {Service: imagebuilder.amazonaws.com}
          Action: sts:AssumeRole
  tasks:
    - name: role
      amazon.aws.iam_role:
        name: image-distribution
        assume_role_policy_document: "{{ trust | to_json }}"
        create_instance_profile: false
    - name: policies
      amazon.aws.iam_policy:
        iam_type: role
        iam_name: image-distribution
        policy_name: "{{ item.0 }}"
        policy_json: >-
          {{ distributions | goldimage.aws.execution_policy(
             accounts_from_elsewhere[0] if item.0 == 'target' else account, 'us-east-1',
             side=item.0, source_kms_key_arns=source_keys) | to_json }}
      loop: "{{ ['source', 'target'] | product([1, 2]) }}"
    - name: distributions
      ansible.builtin.debug:
        var: distributions
    - name: accounts
      ansible.builtin.debug:
        msg: "{{ distributions | goldimage.aws.execution_policy(account, 'us-east-1', output='destination_accounts') }}"
    - name: misspelt
      ansible.builtin.debug:
        msg: "{{ ['us-east-1', 'us-east-1'] | goldimage.aws.regional_distributions(defaults, groups=misspelt) }}"
      vars:
        misspelt: {prodution: []}
      ignore_errors: true
"""


@pytest.mark.oldest
def test_iam_accepts_the_policies_and_a_second_run_changes_nothing(ansible, aws):
    run = ansible.playbook(PLAYBOOK)

    assert [result["changed"] for result in run["policies"]["results"]] == [True, False, True, False]
    iam = aws.client("iam")
    stored = {
        name: iam.get_role_policy(RoleName="image-distribution", PolicyName=name)["PolicyDocument"]
        for name in ("source", "target")
    }
    for document in stored.values():
        parameters = [one for one in document["Statement"] if one["Sid"] == "PutParameters"]
        account = "123456789012" if document is stored["source"] else "111122223333"
        assert parameters == [
            {
                "Sid": "PutParameters",
                "Effect": "Allow",
                "Action": ["ssm:PutParameter"],
                "Resource": [
                    f"arn:aws:ssm:us-east-1:{account}:parameter/golden/web/ami",
                    f"arn:aws:ssm:us-west-2:{account}:parameter/golden/web/ami",
                ],
            }
        ]
    exports = [one["Resource"] for one in stored["source"]["Statement"] if one["Sid"] == "StartExportTasks"]
    assert exports == [["arn:aws:ec2:us-west-2:123456789012:export-image-task/*"]]

    home, other = run["distributions"]["distributions"]
    assert (home["region"], other["region"]) == ("us-east-1", "us-west-2")
    assert home["ami_distribution_configuration"] == {
        "name": "web {{ imagebuilder:buildDate }}",
        "target_account_ids": ["111122223333", "123456789012"],
        "launch_permission": {"user_ids": ["111122223333"]},
        "ami_tags": {"Team": "platform"},
        "kms_key_id": "alias/golden",
    }
    assert "s3_export_configuration" not in home
    assert run["accounts"]["msg"] == ["111122223333"]

    error = json.dumps(run["misspelt"])
    assert "defaults.ami_distribution_configuration.launch_permission.user_ids[0]: 'production'" in error
    assert "did you mean prodution?" in error
    assert "regions[1]: 'us-east-1': is already in regions[0]" in error
