"""A handwritten script that the benchmarks compare with: a boto3 thread pool.

``python -m tests.benchmarks.thread_pool ensure|info WORKERS [FILE]``; FILE holds the wanted configurations as
JSON in the API's form. One client, one read of each configuration, and a write if it is missing or differs.
"""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from typing import TypeVar

import boto3
from botocore.config import Config

Item = TypeVar("Item")
Result = TypeVar("Result")


class PooledClient:
    """One session, one client."""

    def __init__(self, workers: int) -> None:
        session = boto3.Session()
        self.workers = workers
        self.client = session.client("imagebuilder", config=Config(max_pool_connections=workers))
        account = session.client("sts").get_caller_identity()["Account"]
        self.prefix = f"arn:aws:imagebuilder:{session.region_name}:{account}:distribution-configuration/"

    def each(self, function: Callable[[Item], Result], items: list[Item]) -> list[Result]:
        """All results, in order."""
        with ThreadPoolExecutor(self.workers) as pool:
            return list(pool.map(function, items))

    def ensure(self, wanted: dict[str, Any]) -> str:
        """Read one, compare it without normalizing, write it if it differs."""
        arn = self.prefix + wanted["name"]
        try:
            found = self.read(arn)
        except self.client.exceptions.ResourceNotFoundException:
            self.client.create_distribution_configuration(clientToken=str(uuid.uuid4()), **wanted)
            return "created"
        if all(found.get(member) == value for member, value in wanted.items()):
            return "unchanged"
        body = {member: wanted[member] for member in ("description", "distributions")}
        self.client.update_distribution_configuration(
            clientToken=str(uuid.uuid4()), distributionConfigurationArn=arn, **body
        )
        return "updated"

    def read(self, arn: str) -> dict[str, Any]:
        """One configuration."""
        answer = self.client.get_distribution_configuration(distributionConfigurationArn=arn)
        configuration: dict[str, Any] = answer["distributionConfiguration"]
        return configuration

    def info(self) -> list[dict[str, Any]]:
        """All configurations, with details."""
        arns: list[str] = []
        token: dict[str, str] = {}
        while True:
            page = self.client.list_distribution_configurations(maxResults=100, **token)
            arns += [summary["arn"] for summary in page["distributionConfigurationSummaryList"]]
            if not page.get("nextToken"):
                return self.each(self.read, arns)
            token = {"nextToken": page["nextToken"]}


def main(what: str, workers: str, file: str = "") -> None:
    """Print how many there were of each kind."""
    client = PooledClient(int(workers))
    if what == "info":
        print(len(client.info()))
        return
    with open(file) as text:
        wanted = json.load(text)
    done = client.each(client.ensure, wanted)
    print({action: done.count(action) for action in set(done)})


if __name__ == "__main__":
    main(*sys.argv[1:])
