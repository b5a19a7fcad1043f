# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module class of this collection, and its connection to Image Builder."""

from __future__ import annotations

import gc
import json
import re
import threading
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import NoReturn
from typing import Optional

try:
    from botocore.exceptions import BotoCoreError
    from botocore.exceptions import ClientError
except ImportError:
    BotoCoreError = ClientError = Exception  # AnsibleAWSModule fails with a clear message.

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.basic import missing_required_lib

from ansible_collections.amazon.aws.plugins.module_utils.botocore import HAS_BOTO3
from ansible_collections.amazon.aws.plugins.module_utils.common import set_collection_info
from ansible_collections.amazon.aws.plugins.module_utils.iam import get_aws_account_info
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry

from .._distribution import option_reader
from .._distribution.arns import partition_of
from .._distribution.validation_errors import in_order
from .._distribution.validation_errors import ValidationError
from .._distribution.versions import too_old
from .errors import code_of
from .errors import DENIED_CODES
from .errors import ImageBuilderError
from .errors import MISREAD_PROFILE
from .errors import profile_error
from .responses import guard
from .responses import reading
from .retries import Pace

COLLECTION_NAME = "goldimage.aws"
COLLECTION_VERSION = "1.0.0"

# The number of new objects after which Python's garbage collector runs. With the default of 700, it would search
# botocore's models, which are never garbage, again and again. That was a tenth of the preflight's processor time.
_COLLECT_AFTER = 100_000

# Shorter credentials are made up, and masking them would garble results.
_SHORTEST_CREDENTIAL = 16

# Ansible silently drops keys of the first form from results, and since ansible-core 2.19 fails on the second.
_ANSIBLES_KEYS = re.compile("_ansible_|__ansible_type$")

# The start of amazon.aws's error if it could not make a client.
_NOT_CONNECTED = "Couldn't connect to AWS"

# Characters of one error.
_LONGEST_TEXT = 1500

set_collection_info(COLLECTION_NAME, COLLECTION_VERSION)


# Takes the argument spec and the options as given, and returns all errors in them.
Explain = Callable[[dict[str, Any], dict[str, Any]], list[ValidationError]]
# A function that ends the process, which ansible-core and amazon.aws do not declare.
_Ending = Callable[..., NoReturn]
# Brings a list of options into its final form, or returns None.
Complete = Callable[[Any], Optional[list[Any]]]


class _ExplainingModule(AnsibleModule):
    """Reports all errors in the options if Ansible's own validation fails, and not only the first one."""

    # Set by GoldimageModule.
    explain: Explain
    # Set by GoldimageModule: option -> its function.
    large: dict[str, Complete] = {}
    # The botocore clients that GoldimageModule made.
    clients: Sequence[Any] = ()
    params: dict[str, Any]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        given = {name: value for name, value in self._given.items() if name not in self.ready}
        if any(True for _error in option_reader.silent_conversions(self.argument_spec, given)):
            self._fail_on_options("")

    def _load_params(self) -> None:
        super()._load_params()
        # Null means not given, also to the rules between options.
        self.params = {name: value for name, value in self.params.items() if value is not None}
        self.ready = {}
        for name, complete in self.large.items():
            if name in self.params:
                self.params[name] = _from_json(self.params[name])
                self.ready[name] = complete(self.params[name])
        # Kept, because validation replaces what it cannot convert: a string instead of a list becomes an empty list.
        self._given = {name: value for name, value in self.params.items() if not name.startswith("_ansible_")}
        # Validation copies and walks all options several times, which these large ones do not need.
        self.ready = {name: value for name, value in self.ready.items() if value is not None}
        self.params = option_reader.processable(
            self.argument_spec, {**self.params, **{name: [] for name in self.ready}}
        )

    def log(self, msg: str, log_args: dict[str, str] | None = None) -> None:
        # Since Python 3.12 the system log refuses null characters, and Ansible would fail with that before it validates
        # the options.
        super().log(msg.replace("\0", "\\0"), log_args)

    def exit_json(self, **kwargs: Any) -> NoReturn:
        self._conceal()
        end: _Ending = super().exit_json
        end(**kwargs)

    def _conceal(self) -> None:
        """Has Ansible mask the credentials that were used, wherever they came from.

        Ansible masks only those of options. AWS repeats a session token if it explains a wrong signature. A client of
        botocore has no public way to its credentials, so this reads its private C(_request_signer).
        """
        for client in self.clients:
            signer = getattr(getattr(client, "client", client), "_request_signer", None)
            credentials = getattr(signer, "_credentials", None)
            for name in ("access_key", "secret_key", "token"):
                # Credentials that are yet to be fetched were not used.
                value = getattr(credentials, f"_{name}", None) or vars(credentials or object).get(name)
                if isinstance(value, str) and len(value) >= _SHORTEST_CREDENTIAL:
                    self.no_log_values.add(value)

    def fail_json(self, msg: str, **kwargs: Any) -> NoReturn:
        self._conceal()
        validation = getattr(self, "validation_result", None)
        if validation is not None and validation.error_messages:
            self._fail_on_options(msg, validation.error_messages)
        end: _Ending = super().fail_json
        end(msg, **kwargs)

    def _fail_on_options(self, msg: str, errors: Sequence[str] = ()) -> NoReturn:
        """Fails with all errors in the options.

        :param msg: Ansible's own error.
        :param errors: all errors of Ansible's own validation.
        """
        end: _Ending = super().fail_json
        if not HAS_BOTO3:
            # Most errors are known only to botocore, so its absence comes first.
            end("\n- ".join([missing_required_lib("boto3 and botocore"), *errors]))
        msg = _errors_text(self.explain(self.argument_spec, self._given) or [msg])
        if errors and _unrendered(self.argument_spec, self._given) and all(map(_comes_of_templates, errors)):
            # ansible-lint does not report a message with this start as a fault of the playbook.
            msg = "unable to evaluate string as dictionary\n" + msg
        end(msg)


class GoldimageModule(AnsibleAWSModule):
    """amazon.aws's module class with this collection in the user agent and complete option errors.

    Ansible's validation ends the process at its first error, in the constructor of the module class. So only a class of
    our own can report all errors. amazon.aws has the keyword C(module_class) for that, but ignores it and uses the
    class in its default settings (10.1 and 11.4). So we replace that default during construction, and restore it even
    if the module fails.

    :param explain: takes the argument spec and the parameters as the user gave them, and returns all errors in them;
        called only if Ansible's validation fails. By default, the errors according to the spec.
    :param large: for lists of up to thousands of maps, option -> a function that takes the list as given and returns
        it in its final form, or None if Ansible's validation must convert or refuse something. Such a list may also be
        JSON text, so that the controller does not search each of its strings for templates.
    """

    def __init__(self, explain: Explain | None = None, large: dict[str, Complete] | None = None, **kwargs: Any) -> None:
        gc.set_threshold(_COLLECT_AFTER)
        # It is not secret, but does not belong in the log of a job that others read.
        spec = {"access_key": {**aws_argument_spec()["access_key"], "no_log": True}}
        kwargs["argument_spec"] = {**spec, **kwargs["argument_spec"]}
        rules = {rule: kwargs[rule] for rule in option_reader.RULES if rule in kwargs}

        def spec_alone(spec: dict[str, Any], given: dict[str, Any]) -> list[ValidationError]:
            return in_order(option_reader.read(spec, given, **rules)[1], [])

        members = {"explain": staticmethod(explain or spec_alone), "large": large or {}}
        module_class = type("ExplainingModule", (_ExplainingModule,), members)
        usual = AnsibleAWSModule.default_settings["module_class"]
        AnsibleAWSModule.default_settings["module_class"] = module_class
        try:
            super().__init__(**kwargs)
        finally:
            AnsibleAWSModule.default_settings["module_class"] = usual
        self.params.update(self._module.ready)
        self._module.clients = []
        self._credentials: Any = None

    def client(self, *args: Any, **kwargs: Any) -> Any:
        """As AnsibleAWSModule's, but malformed answers are errors, and results do not show the credentials."""
        try:
            client = super().client(*args, **kwargs)
        except MISREAD_PROFILE as error:
            self.fail_json_aws(profile_error(error), msg=_NOT_CONNECTED)
        # With a retry_decorator, amazon.aws wraps the client.
        self.share_credentials(guard(getattr(client, "client", client)))
        self._module.clients.append(client)
        return client

    def share_credentials(self, client: Any) -> None:
        """Has a new client sign with the credentials of the module's first one.

        Otherwise each session of boto3 would look them up, and a profile that assumes a role would assume it again.
        amazon.aws makes a session for each client and takes none, so this needs botocore's private C(_request_signer).
        """
        signer = getattr(client, "_request_signer", None)
        if signer is None:
            return
        if self._credentials is None:
            self._credentials = signer._credentials
        signer._credentials = self._credentials

    def exit_json(self, **kwargs: Any) -> NoReturn:
        end: _Ending = super().exit_json
        end(**self._without_ansibles_keys(kwargs))

    def fail_json_aws(self, exception: BaseException, msg: str | None = None, **kwargs: Any) -> NoReturn:
        """As AnsibleAWSModule's, but also says what to do if it cannot make a client."""
        if msg == _NOT_CONNECTED:
            exception, msg = _Described(ImageBuilderError(message=msg, exception=profile_error(exception))), None
        end: _Ending = super().fail_json_aws
        end(exception, msg, **kwargs)

    def fail_json(self, *args: Any, **kwargs: Any) -> NoReturn:
        end: _Ending = super().fail_json
        end(*args, **self._without_ansibles_keys(kwargs))

    def _without_ansibles_keys(self, result: dict[str, Any]) -> dict[str, Any]:
        """A result without tags whose keys Ansible reserves; a warning names them."""
        lost: set[str] = set()
        result = _readable(result, lost)
        if lost:
            self.warn(
                "tags: Ansible keeps keys that begin with _ansible_ and __ansible_type for itself, so the result leaves"
                f" out {', '.join(sorted(lost))}. Rename such tags in AWS before the result is used as input"
            )
        return result

    def conceal(self, *values: str) -> None:
        """Has Ansible mask these strings in all that the module returns."""
        self._module.no_log_values.update(values)

    def finish(self, result: Mapping[str, Any], warnings: Iterable[str] = (), failure: str | None = None) -> NoReturn:
        """Ends with a result. The module fails if the result has a C(msg).

        :param failure: such a C(msg), if any.
        """
        for warning in warnings:
            self.warn(warning)
        whole = {**result, "msg": failure} if failure else dict(result)
        if "msg" in whole:
            self.fail_json(**whole)
        self.exit_json(**whole)

    def fail_on_errors(self, errors: Iterable[ValidationError], keep: bool = False) -> None:
        """Fails with all errors, one per line; does nothing if there is none.

        :param keep: whether to continue if AWS may already have everything that is wrong.
        """
        if any(not (keep and error.kept) for error in errors):
            self.fail_json(msg=_errors_text(errors))

    def fail_on_error(self, error: ImageBuilderError, **result: Any) -> NoReturn:
        """Fails with an ImageBuilderError: what was tried, what AWS said, the request id, what to do next."""
        if error.exception and self.region and self.region not in str(error):
            error = ImageBuilderError(
                message=f"{error.message} in {self.region}", exception=error.exception, **error.kwargs
            )
        self.fail_json_aws(_Described(error), **result)


def _readable(value: Any, lost: set[str]) -> Any:
    """A value of a result without the keys that match _ANSIBLES_KEYS, which are added to C(lost)."""
    if isinstance(value, dict):
        dropped = {key for key in value if isinstance(key, str) and _ANSIBLES_KEYS.match(key)}
        lost |= dropped
        return {key: _readable(item, lost) for key, item in value.items() if key not in dropped}
    return [_readable(item, lost) for item in value] if isinstance(value, (list, tuple)) else value


def _from_json(value: Any) -> Any:
    """The list in a JSON text; any other value unchanged."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            pass
    return value


class _Described(Exception):
    """An error with a complete text, to which fail_json_aws adds response, versions and trace."""

    def __init__(self, error: ImageBuilderError) -> None:
        super().__init__(str(error))
        self.response = getattr(error.exception, "response", None)


def _unrendered(spec: dict[str, Any], values: dict[str, Any]) -> bool:
    """Whether a list, map, number or boolean is still a template, which only ansible-lint passes to a module."""
    for name, option in spec.items():
        kind = option.get("elements", option.get("type", "str"))
        for value in (values.get(key) for key in (name, *option.get("aliases", ()))):
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, str) and "{{" in item and kind != "str":
                    return True
                if isinstance(item, dict) and _unrendered(option.get("options") or {}, item):
                    return True
    return False


def _comes_of_templates(message: str) -> bool:
    """Whether templates alone, which have no type and may be omitted, can cause a message of Ansible's validation."""
    words = ("unable to evaluate string", "unable to convert", "must be of type dict or list", "mutually exclusive")
    return any(part in message for part in words)


def _errors_text(errors: Iterable[object]) -> str:
    """All errors as one message."""
    texts = [_cut(str(error)) for error in errors]
    if len(texts) == 1:
        return texts[0]
    return "\n- ".join([f"{len(texts)} errors in the options:", *texts])


def _cut(text: str) -> str:
    # Ansible's own errors repeat values of any length.
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "..."


class Connection:
    """Image Builder in one Region.

    C(client): botocore's; C(model): its service model; C(region).
    """

    def __init__(self, client: Any, identify: Callable[[], tuple[str, str]], pace: Pace | None = None) -> None:
        self.client = client
        self.model = client.meta.service_model
        self.region = client.meta.region_name
        self.pace = pace or Pace()
        self._identify = identify
        self._identity: tuple[str, str] | None = None
        self._observed: set[str] = set()
        self._lock = threading.Lock()

    @property
    def identity(self) -> tuple[str, str]:
        """(account id, partition); AWS is asked once, when it is first needed."""
        if self._identity is None:
            self._identity = self._identify()
        return self._identity

    def observe(self, operation: str, observer: Callable[..., None]) -> None:
        """Passes every answer to an operation to a function, as botocore's event C(after-call).

        A function is registered only once, because registering is slow and not safe in many threads.
        """
        with self._lock:
            if operation not in self._observed:
                self._observed.add(operation)
                self.client.meta.events.register(
                    f"after-call.imagebuilder.{operation}", observer, unique_id=f"goldimage-{operation}"
                )

    def knows(self, operation: str) -> bool:
        """Whether the installed botocore has this operation."""
        return operation in self.model.operation_names

    def knows_input(self, operation: str, member: str) -> bool:
        """Whether the installed botocore has this member in the operation's input."""
        return member in self.model.operation_model(operation).input_shape.members


def connect(
    module: GoldimageModule,
    workers: int = 1,
    who: Callable[[], tuple[str, str]] | None = None,
    needs: str | None = None,
    **overrides: Any,
) -> Connection:
    """A Connection to Image Builder.

    botocore's own retries are off, because two layers multiply their waits; see errors.call_with_retries().

    :param workers: how many requests may run at once.
    :param who: returns (account id, partition), if the module can find them out in another way.
    :param needs: an operation that the module requires; it fails if the installed botocore lacks it.
    :param overrides: arguments of AnsibleAWSModule.client, such as another C(region).
    """
    config = {"retries": {"total_max_attempts": 1}, "max_pool_connections": max(10, workers)}
    client = module.client("imagebuilder", config=config, **overrides)
    connection = Connection(client, who or (lambda: identify(module)))
    if needs and not connection.knows(needs):
        module.fail_json(msg=too_old(needs))
    return connection


def identify(module: GoldimageModule) -> tuple[str, str]:
    """(account id, partition) of the module's credentials.

    :raises: ImageBuilderError. If AWS denies the request and no other way works, the module ends.
    """
    try:
        client = module.client("sts", retry_decorator=AWSRetry.jittered_backoff())
        with reading("GetCallerIdentity"):
            answer = client.get_caller_identity(aws_retry=True)
            return answer["Account"], partition_of(answer["Arn"])
    except (BotoCoreError, ClientError) as error:
        # The same code with another operation means that the role of a profile could not be assumed.
        if code_of(error) in DENIED_CODES and error.operation_name == "GetCallerIdentity":
            # amazon.aws knows other ways.
            result: tuple[str, str] = get_aws_account_info(module)
            return result
        raise ImageBuilderError(message="Failed to find out which account this is", exception=error) from error
