"""What a client needs to find the local AWS: endpoint, Region and credentials that are worth nothing elsewhere."""

from __future__ import annotations

DEFAULT_ACCOUNT = "123456789012"
# Access keys of the local AWS carry their account: 20 characters in all, as real ones have.
ACCESS_KEY_PREFIX = "AKIALCLA"
# Long on purpose: Ansible masks credentials wherever they occur in its output, and a short one occurs everywhere.
SECRET = "local-aws-secret-access-key-of-no-value-anywhere-else"


def environment(endpoint_url: str, region: str, account_id: str) -> dict[str, str]:
    """Environment variables for boto3, the AWS CLI and Ansible, acting as an account.

    The user's configuration files are not read, so that no profile can lead to a real account.
    """
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": f"{ACCESS_KEY_PREFIX}{account_id}",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
