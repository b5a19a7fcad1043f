"""The configuration `Web Image`, and what the local AWS of this process holds of it."""

from __future__ import annotations

MODULE = "imagebuilder_distribution"
ARN = "arn:aws:imagebuilder:us-west-2:123456789012:distribution-configuration/web-image"
ENTRY = {"region": "us-west-2", "ami_distribution_configuration": {"name_prefix": "web"}}
OTHER = {"region": "eu-west-1", "ami_distribution_configuration": {"name_prefix": "web"}}
WEB = {"name": "Web Image", "distributions": [ENTRY]}


def stored(aws, name="web-image"):
    """What the service holds for a name in its folded form, or None."""
    backend = aws["123456789012"]["us-west-2"]
    import boto3

    assert backend is not None
    client = boto3.client("imagebuilder", region_name="us-west-2")
    arn = ARN.replace("web-image", name)
    try:
        return client.get_distribution_configuration(distributionConfigurationArn=arn)["distributionConfiguration"]
    except client.exceptions.ResourceNotFoundException:
        return None
