"""What we assume and do not ask, because the question would cost too much, or leave something behind."""

from __future__ import annotations

# (what is not asked, why)
NOT_ASKED = (
    (
        "How does Image Builder refuse a configuration beyond its quota?",
        "It takes 1,000 configurations. Until they are removed, nobody else in the account could create one.",
    ),
    (
        "How does EC2 refuse AMIs, public AMIs or launch permissions beyond its quotas (ResourceLimitExceeded)?",
        "It takes 50,000 AMIs, several public AMIs, or an AMI that 1,000 accounts of strangers may launch.",
    ),
    (
        "At which rates do the services throttle?",
        "The requests of everybody else in the account would be throttled too.",
    ),
    (
        "How long does a client token last?",
        "The question would have to wait for hours or days.",
    ),
    (
        "What do copies in target accounts look like, and what happens to their tags, snapshots and parameters?",
        "The credentials of the asking account cannot remove them.",
    ),
    (
        "How does a rollout fail with an organization that exists but is not the account's?",
        "Unless EC2 refuses it, strangers can launch the AMI until the question is over.",
    ),
    (
        "What does EC2 refuse to make public (encrypted snapshots, watermarks, product codes, blocked accounts)?",
        "Unless EC2 refuses it, everybody can launch the AMI until the question is over.",
    ),
    (
        "What does EC2 refuse to export, and to which buckets?",
        "An export needs a bucket and a role for VM Import/Export, is slow, and leaves a disk image in the bucket.",
    ),
    (
        "How does EC2 refuse Fast Launch for an AMI that cannot have it?",
        "Unless EC2 refuses it, it launches instances and keeps their snapshots.",
    ),
    (
        "What do state updates do to AMIs and snapshots, and is a deleted image still shown?",
        "If the source AMI counts as an AMI of the image, it would be deleted.",
    ),
    (
        "Which errors do updates get while an image is being built?",
        "A build launches instances.",
    ),
    (
        "How long, and with which code, does DistributeImage refuse an execution role that was just created?",
        "The suite would need permission to create roles.",
    ),
    (
        "Does a rollout continue if its role cannot write to the log group that it names?",
        "The answer depends on the role that you name. If the role can write to the group, the group remains.",
    ),
    (
        "What does CloudTrail record of a rollout?",
        "The records appear a quarter of an hour later, and not every account keeps them.",
    ),
)
