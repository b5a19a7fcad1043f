"""What moto lacks, or checks less strictly than AWS, in services other than Image Builder.

Each module has a function ``complete`` that adds operations to moto's own classes; harmless when repeated.
"""

from __future__ import annotations


def complete_moto() -> None:
    """Add all of it to moto in this process."""
    from . import ec2
    from . import iam
    from . import kms
    from . import managed_policies
    from . import s3
    from . import service_quotas
    from . import ssm

    for service in (ec2, iam, kms, managed_policies, s3, service_quotas, ssm):
        service.complete()
