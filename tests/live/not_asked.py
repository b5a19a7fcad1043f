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
        "It takes 50,000 AMIs, public AMIs, or an AMI that is shared with 1,000 accounts of strangers.",
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
        "What does a rollout say of an organization that exists and is not the account's?",
        "If EC2 does not refuse it, the AMI is shared with strangers until the question is over.",
    ),
    (
        "What does EC2 refuse to make public (encrypted snapshots, watermarks, product codes, blocked accounts)?",
        "If EC2 does not refuse it, the AMI is public until the question is over.",
    ),
    (
        "What does EC2 refuse to export, and to which buckets?",
        "An export takes a role for VM Import/Export and a bucket, takes long, and leaves the image of a disk there.",
    ),
    (
        "What does EC2 say of Fast Launch for AMIs that cannot have it?",
        "If EC2 does not refuse it, it launches instances and keeps snapshots of them.",
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
        "The suite would have to create roles, which few people want to allow it.",
    ),
    (
        "Does a rollout continue if its role cannot write to the log group that it names?",
        "It depends on the role that you lend, and if it can, the log group remains.",
    ),
    (
        "What does CloudTrail record of a rollout?",
        "The records appear a quarter of an hour later, and not every account keeps them.",
    ),
)
