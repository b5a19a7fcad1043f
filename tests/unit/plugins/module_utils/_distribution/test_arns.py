"""Only arns.py parses and builds ARNs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution import arns

KEY = "arn:aws-cn:kms:cn-north-1:123456789012:key/1111"


def test_the_parts_of_an_arn():
    arn = arns.read(KEY)
    assert arn == ("aws-cn", "kms", "cn-north-1", "123456789012", "key/1111")
    assert (arn.kind, arn.name) == ("key", "1111")
    assert str(arn) == KEY
    assert (arns.partition_of(KEY), arns.region_of(KEY), arns.account_of(KEY)) == (
        "aws-cn",
        "cn-north-1",
        "123456789012",
    )


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("arn:aws:iam::123456789012:role/path/to/builder", "role", "builder"),
        (
            "arn:aws:license-manager:us-east-1:123456789012:license-configuration:lic",
            "license-configuration",
            "lic",
        ),
        ("arn:aws:ec2:*::image/*", "image", "*"),
        ("arn:aws:s3:::bucket", "bucket", "bucket"),
    ],
)
def test_resources_of_each_form(text, kind, name):
    arn = arns.read(text)
    assert (arn.kind, arn.name, str(arn)) == (kind, name, text)


@pytest.mark.parametrize("text", ["", "alias/web", "arn:aws:kms", "arn:aws:kms:a:1", "an:aws:kms:a:b:c", None, 5])
def test_what_is_not_an_arn(text):
    assert arns.parse(text) is None
    with pytest.raises(ValueError, match="is not an ARN"):
        arns.read(text)


@pytest.mark.parametrize("text", ["builder", "path/builder", "arn:aws:iam::123456789012:role/path/builder"])
def test_a_name_has_no_path(text):
    assert arns.name_of(text) == "builder"


@pytest.mark.parametrize(
    ("name", "folded"), [("Web Image", "web-image"), ("web_image", "web-image"), ("a__b", "a--b"), ("web", "web")]
)
def test_names_that_are_the_same_to_aws(name, folded):
    assert arns.fold_name(name) == folded


def test_the_arn_of_a_configuration():
    arn = arns.configuration_arn("Web Image", "aws-cn", "cn-north-1", "123456789012")
    assert arn == "arn:aws-cn:imagebuilder:cn-north-1:123456789012:distribution-configuration/web-image"


def test_no_other_module_parses_arns():
    plugins = Path(arns.__file__).resolve().parents[2]
    taken_apart = re.compile(r"""split\(["']:["']""")
    lines = [
        f"{path.relative_to(plugins)}:{number}: {line.strip()}"
        for path in sorted(plugins.rglob("*.py"))
        if path.name != "arns.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if taken_apart.search(line)
    ]
    assert lines == [], "use the functions of arns.py"
