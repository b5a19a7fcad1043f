# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clients for every service, Region and account, and the roles to assume in target accounts."""

from __future__ import annotations

import re
import threading
from typing import Any

try:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule fails with a clear message.

from ansible.module_utils.ansible_release import __version__ as ansible_version

from ansible_collections.amazon.aws.plugins.module_utils.botocore import get_aws_connection_info

from .._distribution.arns import name_of
from .._distribution.arns import partition_of
from .._distribution.targets import DESTINATION_ROLE
from .._distribution.validation.model import value_errors
from .._distribution.validation_errors import ValidationError
from .._distribution.versions import installed_model
from .clients import Clients
from .clients import Keys
from .errors import code_of
from .errors import DENIED_CODES
from .errors import describe
from .errors import expired
from .errors import MISREAD_PROFILE
from .errors import profile_error
from .module import COLLECTION_NAME
from .module import COLLECTION_VERSION
from .module import Connection
from .module import GoldimageModule
from .module import identify
from .responses import reading
from .workers import DEFAULT_WORKERS

ATTEMPTS = 6

# The options of the modules and of the collection's role that name the roles to assume, for errors.
NAMED_IN = (
    "target_account_role_name or target_account_roles (in the role distribution_rollout_target_account_role_name or"
    " distribution_rollout_target_account_roles)"
)


def argument_spec(**more: Any) -> dict[str, Any]:
    """The argument spec of the options that name the roles to assume in target accounts, and those in C(more).

    The fragment C(goldimage.aws.target_accounts) documents them.
    """
    return {
        "target_account_role_name": {"type": "str"},
        # AWS does not treat it as secret, but a confused deputy needs it, so it does not belong in logs.
        "target_account_external_id": {"type": "str", "no_log": True},
        "target_account_roles": {"type": "dict"},
        "workers": {"type": "int", "default": DEFAULT_WORKERS},
        **more,
    }


def account_option_errors(params: dict[str, Any], service_model: Any) -> list[ValidationError]:
    """The errors in these options.

    :param params: the module's parameters.
    :param service_model: botocore's ServiceModel of imagebuilder.
    """
    errors = []
    role = service_model.shape_for("RoleNameOrArn")
    name = params.get("target_account_role_name")
    if name is not None:
        path = "target_account_role_name"
        if name.startswith("arn:"):
            text = "is an ARN; give the name of the role in every target account, or target_account_roles"
            errors.append(ValidationError(path, name, text))
        else:
            errors += value_errors(role, name, path) or _unsuitable(path, name)
    external_id = params.get("target_account_external_id")
    if external_id is not None:
        shape = installed_model("sts").shape_for("externalIdType")
        # Errors must not show the value.
        errors += [
            error._replace(value=None) for error in value_errors(shape, external_id, "target_account_external_id")
        ]
    for account_id, arn in (params.get("target_account_roles") or {}).items():
        path = f"target_account_roles.{account_id}"
        errors += value_errors(service_model.shape_for("AccountId"), str(account_id), path)
        arn = "" if arn is None else arn
        errors += value_errors(role, arn, path) or _not_in_account(path, account_id, arn) or _unsuitable(path, arn)
    # None if its value is not a number.
    if params.get("workers") is not None and params["workers"] < 1:
        errors.append(ValidationError("workers", params["workers"], "must be at least 1"))
    return errors


def _not_in_account(path: str, account_id: str, arn: str) -> list[ValidationError]:
    if re.match(f"arn:[^:]+:iam::{re.escape(str(account_id))}:role/", arn):
        return []
    return [ValidationError(path, arn, f"must be the ARN of a role in account {account_id}")]


def _unsuitable(path: str, role: str) -> list[ValidationError]:
    if name_of(role) != DESTINATION_ROLE:
        return []
    text = "is the role that Image Builder distributes with, and cannot read what this task needs; name another role"
    return [ValidationError(path, role, text)]


class RoleNotAssumed(Exception):
    """No role could be assumed in an account.

    C(account_id); C(role_arn): None if none is known; C(reason): what AWS said, with code and request id;
    C(permission): the missing permission, None if that is not the cause; C(remedy): what to do.
    """

    def __init__(self, account_id: str, role_arn: str | None, reason: str, permission: str | None, remedy: str) -> None:
        super().__init__(f"no role could be assumed in account {account_id}: {reason}")
        self.account_id = account_id
        self.role_arn = role_arn
        self.reason = reason
        self.permission = permission
        self.remedy = remedy


def named_accounts(module: GoldimageModule) -> Accounts:
    """The Accounts that the options of argument_spec() name."""
    params = module.params
    return Accounts(
        module,
        role_name=params["target_account_role_name"],
        external_id=params["target_account_external_id"],
        roles=params["target_account_roles"],
        workers=params["workers"],
    )


class Accounts:
    """Clients for any service in any Region, in the module's own account and in others.

    They use the module's credentials, endpoint, certificates and configuration, and are safe to use from many threads.

    These clients repeat requests in botocore's standard mode, which handles throttling and broken connections of all
    services but Image Builder. Do not call them through errors.call_with_retries(): two layers multiply their waits.
    For Image Builder, use image_builder() or module.connect(). The module's C(aws_config) takes precedence.

    :param module: a GoldimageModule.
    :param role_name: the role to assume in other accounts, including its path.
    :param external_id: sent with every sts:AssumeRole, or None.
    :param roles: account id -> ARN of the role to assume there; takes precedence over C(role_name).
    :param workers: how many threads share a client.
    """

    def __init__(
        self,
        module: GoldimageModule,
        role_name: str | None = None,
        external_id: str | None = None,
        roles: dict[str, str] | None = None,
        workers: int = DEFAULT_WORKERS,
    ) -> None:
        self._module = module
        self._role_name = role_name
        self._external_id = external_id
        self._roles = {str(account_id): arn for account_id, arn in (roles or {}).items()}
        self.home_region, self._endpoint, connection = get_aws_connection_info(module)
        if not self.home_region:
            module.fail_json(msg="region: is required; give it as an option, in the environment or in the AWS profile")
        config = Config(
            user_agent=f"APN/1.0 Ansible/{ansible_version} {COLLECTION_NAME}/{COLLECTION_VERSION}",
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            max_pool_connections=max(10, workers),
        )
        self._config = config.merge(connection.pop("aws_config", None) or Config())
        self._verify = connection.pop("verify", None)
        # One session for all clients, because each session reads all service models again, which takes ten times as
        # long as making a client.
        self._session = boto3.session.Session(profile_name=connection.pop("profile_name", None))
        self._own_keys = connection
        self._clients = Clients(self._make)
        self._identifying = threading.Lock()
        self._identity: tuple[str, str] | None = None
        self._assuming = threading.Lock()
        self._sessions: dict[str, _Session] = {}

    @property
    def account_id(self) -> str:
        """The module's own account; AWS is asked once."""
        return self.identity[0]

    @property
    def partition(self) -> str:
        """C(aws), C(aws-cn), C(aws-us-gov) ...; AWS is asked once."""
        return self.identity[1]

    @property
    def identity(self) -> tuple[str, str]:
        """(account id, partition) of the module's own credentials; AWS is asked once."""
        with self._identifying:
            if self._identity is None:
                self._identity = self._identify()
            return self._identity

    def has_named_role(self, account_id: str) -> bool:
        """Whether C(roles) names a role for this account."""
        return account_id in self._roles

    def client(self, service: str, region: str | None = None, account_id: str | None = None) -> Any:
        """A botocore client.

        :param region: the home Region by default.
        :param account_id: the module's own account by default.
        :raises: RoleNotAssumed; ImageBuilderError, if the credentials have expired.
        """
        if account_id is None or account_id == self.account_id:
            return self._clients.client(service, region or self.home_region)
        return self._clients.client(service, region or self.home_region, account_id, self._keys(account_id))

    def image_builder(self, region: str, account_id: str) -> Connection:
        """A Connection to Image Builder."""
        return Connection(self.client("imagebuilder", region, account_id), lambda: (account_id, self.partition))

    def _make(self, service: str, region: str) -> Any:
        """A new client for the module's own account."""
        config = self._config
        if service == "imagebuilder":
            # A Connection makes its own retries.
            config = config.merge(Config(retries={"total_max_attempts": 1}))
        try:
            client = self._session.client(
                service,
                region_name=region,
                endpoint_url=self._endpoint,
                verify=self._verify,
                config=config,
                **self._own_keys,
            )
        except MISREAD_PROFILE as error:
            raise profile_error(error) from None
        self._module.share_credentials(client)
        return client

    def _identify(self) -> tuple[str, str]:
        try:
            answer = self.client("sts").get_caller_identity()
            with reading("GetCallerIdentity"):
                return answer["Account"], partition_of(answer["Arn"])
        except (BotoCoreError, ClientError):
            # It knows other ways, and fails with a clear message if none works.
            return identify(self._module)

    def _keys(self, account_id: str) -> Keys:
        """The credentials for an account. The role is assumed once, even if that fails."""
        with self._assuming:
            session = self._sessions.setdefault(account_id, _Session())
        with session.lock:
            outcome = session.outcome = session.outcome or self._tried(account_id)
        if isinstance(outcome, Keys):
            return outcome
        # A new exception each time, because one that several threads raise collects the traces of all of them.
        raise RoleNotAssumed(outcome.account_id, outcome.role_arn, outcome.reason, outcome.permission, outcome.remedy)

    def _tried(self, account_id: str) -> Keys | RoleNotAssumed:
        try:
            return self._assume(account_id)
        except RoleNotAssumed as error:
            return error

    def _assume(self, account_id: str) -> Keys:
        role_arn = self._roles.get(account_id)
        if not role_arn and self._role_name:
            role_arn = f"arn:{self.partition}:iam::{account_id}:role/{self._role_name.lstrip('/')}"
        if not role_arn:
            remedy = f"Name a role with read access there in {NAMED_IN}"
            raise RoleNotAssumed(account_id, None, "no role is named for it", None, remedy)
        more = {"ExternalId": self._external_id} if self._external_id else {}
        # STS accepts 2 to 64 of these characters. The name appears in the other account's CloudTrail.
        name = re.sub(r"[^\w+=,.@-]", "-", f"goldimage-{self._module._name.split('.')[-1]}", flags=re.ASCII)[:64]
        try:
            answer = self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName=name, **more)
            with reading("AssumeRole"):
                got = answer["Credentials"]
                keys = Keys(got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"])
        except (BotoCoreError, ClientError) as error:
            over = expired(error, f"assume {role_arn}")
            if over:
                raise over from error
            raise self._not_assumed(account_id, role_arn, error) from error
        self._module.conceal(*keys)
        return keys

    def _not_assumed(self, account_id: str, role_arn: str, error: Exception) -> RoleNotAssumed:
        permission = None
        remedy = "Check the network, the endpoint of STS and the credentials"
        if code_of(error) in DENIED_CODES:
            permission = f"sts:AssumeRole on {role_arn}"
            sent = " with target_account_external_id" if self._external_id else ""
            remedy = (
                f"Create the role {role_arn} if it does not exist, have its trust policy allow account"
                f" {self.account_id}{sent}, and allow the credentials of this task sts:AssumeRole on it"
            )
        elif code_of(error):
            remedy = "Correct what AWS names, or leave the account out"
        return RoleNotAssumed(account_id, role_arn, f"{role_arn}: {describe(error)}", permission, remedy)


class _Session:
    """The session in one account: its credentials, or why the role was not assumed."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.outcome: Keys | RoleNotAssumed | None = None
