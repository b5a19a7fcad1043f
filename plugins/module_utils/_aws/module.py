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

# New objects between two runs of Python's garbage collector, which by default are 700. It would look through botocore's
# models again and again, which stay until the end. That was a sixth of the preflight's processor time.
_COLLECT_AFTER = 100_000

# Whatever is shorter is made up, and occurs everywhere.
_SHORTEST_CREDENTIAL = 16

# Ansible takes the first out of every result without a word, and since ansible-core 2.19 fails on the second.
_ANSIBLES_KEYS = re.compile("_ansible_|__ansible_type$")

# How amazon.aws begins where it could not make a client.
_NOT_CONNECTED = "Couldn't connect to AWS"

# Characters of one error.
_LONGEST_TEXT = 1500

set_collection_info(COLLECTION_NAME, COLLECTION_VERSION)


# Takes the argument spec and the options as given, gives all that is wrong with them.
Explain = Callable[[dict[str, Any], dict[str, Any]], list[ValidationError]]
# Ends the process; ansible-core and amazon.aws do not say so.
_Ending = Callable[..., NoReturn]
# Brings a list of options into its final form, or gives None.
Complete = Callable[[Any], Optional[list[Any]]]


class _ExplainingModule(AnsibleModule):
    """Where Ansible's own validation fails, all errors are reported and not its first one."""

    # Set by GoldimageModule: takes argument spec and parameters, gives a list of errors.
    explain: Explain
    # Set by GoldimageModule: option -> what brings a list into its final form, or gives None.
    large: dict[str, Complete] = {}
    # The clients of botocore that GoldimageModule made.
    clients: Sequence[Any] = ()
    params: dict[str, Any]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        given = {name: value for name, value in self._given.items() if name not in self.ready}
        if any(True for _error in option_reader.misread(self.argument_spec, given)):
            self._fail_on_options("")

    def _load_params(self) -> None:
        super()._load_params()
        # Null means not given, to the rules between options as well.
        self.params = {name: value for name, value in self.params.items() if value is not None}
        self.ready = {}
        for name, complete in self.large.items():
            if name in self.params:
                self.params[name] = _from_json(self.params[name])
                self.ready[name] = complete(self.params[name])
        # Validation replaces what it cannot convert, a text in place of a list for example by an empty list.
        self._given = {name: value for name, value in self.params.items() if not name.startswith("_ansible_")}
        # Validation copies and walks all options several times; these need none of that.
        self.ready = {name: value for name, value in self.ready.items() if value is not None}
        self.params = option_reader.readable(self.argument_spec, {**self.params, **{name: [] for name in self.ready}})

    def log(self, msg: str, log_args: dict[str, str] | None = None) -> None:
        # Since Python 3.12 the system's log refuses null characters, and Ansible ends with that before it looks at the
        # options at all.
        super().log(msg.replace("\0", "\\0"), log_args)

    def exit_json(self, **kwargs: Any) -> NoReturn:
        self._conceal()
        end: _Ending = super().exit_json
        end(**kwargs)

    def _conceal(self) -> None:
        """Adds the credentials that were used to what Ansible masks, wherever they came from.

        Those of options it knows already. AWS repeats a session token where it explains a signature that is wrong.
        """
        for client in self.clients:
            signer = getattr(getattr(client, "client", client), "_request_signer", None)
            credentials = getattr(signer, "_credentials", None)
            for name in ("access_key", "secret_key", "token"):
                # Of what has to be fetched first nothing has been used.
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

    def _fail_on_options(self, msg: str, found: Sequence[str] = ()) -> NoReturn:
        """Fails with all that is wrong with the options; C(msg) and C(found) are what Ansible found itself."""
        end: _Ending = super().fail_json
        if not HAS_BOTO3:
            # Most of what can be wrong is known to botocore alone, so it comes first.
            end("\n- ".join([missing_required_lib("boto3 and botocore"), *found]))
        msg = _errors_text(self.explain(self.argument_spec, self._given) or [msg])
        if found and _unrendered(self.argument_spec, self._given) and all(map(_comes_of_templates, found)):
            # ansible-lint takes a message that begins so for no fault of the playbook.
            msg = "unable to evaluate string as dictionary\n" + msg
        end(msg)


class GoldimageModule(AnsibleAWSModule):
    """amazon.aws's module class with this collection in the user agent and complete option errors.

    To report every wrong option, the options must be seen before Ansible's validation, which ends the process at its
    first error while the module is being made; only the class that is made can do that. amazon.aws takes such a class
    as the keyword C(module_class), but makes the one in its default settings whatever the keyword says (10.1 and 11.4).
    So the default is exchanged for that moment, and put back even if the module fails.

    :param explain: takes the argument spec and the parameters as the user gave them, returns all that is wrong
        with them as a list; called only where Ansible's validation fails. By default, what the spec alone says.
    :param large: for lists of maybe thousands of maps, option -> a function that takes the list as given and returns
        it in its final form, or None where Ansible's validation has to convert or to refuse something. Such a list is
        also taken as JSON text, which spares the controller to look for templates in each of its texts.
    """

    def __init__(self, explain: Explain | None = None, large: dict[str, Complete] | None = None, **kwargs: Any) -> None:
        gc.set_threshold(_COLLECT_AFTER)
        # Not a secret, and still nothing for the log of a job that others read.
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
        """As AnsibleAWSModule's. Malformed answers are errors, and the credentials are masked in what is returned."""
        try:
            client = super().client(*args, **kwargs)
        except MISREAD_PROFILE as error:
            self.fail_json_aws(profile_error(error), msg=_NOT_CONNECTED)
        # With a retry_decorator there is something around it.
        self.share_credentials(guard(getattr(client, "client", client)))
        self._module.clients.append(client)
        return client

    def share_credentials(self, client: Any) -> None:
        """Has a new client sign with the credentials of the module's first one.

        Each session of boto3 looks them up by itself, and those of a profile that assumes a role assume it once more.
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
        """As AnsibleAWSModule's, which gives no remedy where it cannot make a client."""
        if msg == _NOT_CONNECTED:
            exception, msg = _Described(ImageBuilderError(message=msg, exception=profile_error(exception))), None
        end: _Ending = super().fail_json_aws
        end(exception, msg, **kwargs)

    def fail_json(self, *args: Any, **kwargs: Any) -> NoReturn:
        end: _Ending = super().fail_json
        end(*args, **self._without_ansibles_keys(kwargs))

    def _without_ansibles_keys(self, result: dict[str, Any]) -> dict[str, Any]:
        """A result without the keys of tags that Ansible takes for its own, which a warning names."""
        lost: set[str] = set()
        result = _readable(result, lost)
        if lost:
            self.warn(
                "tags: Ansible keeps keys that begin with _ansible_ and __ansible_type for itself, so the result leaves"
                f" out {', '.join(sorted(lost))}. Rename such tags in AWS before the result is used as input"
            )
        return result

    def conceal(self, *values: str) -> None:
        """Has Ansible mask these texts in whatever the module returns."""
        self._module.no_log_values.update(values)

    def finish(self, result: Mapping[str, Any], warnings: Iterable[str] = (), failure: str | None = None) -> NoReturn:
        """Ends with a result, which fails where it has a C(msg).

        :param failure: such a C(msg), where there is anything to say.
        """
        for warning in warnings:
            self.warn(warning)
        whole = {**result, "msg": failure} if failure else dict(result)
        if "msg" in whole:
            self.fail_json(**whole)
        self.exit_json(**whole)

    def fail_on_errors(self, errors: Iterable[ValidationError], keep: bool = False) -> None:
        """Fails with every error, one a line; does nothing where there is none.

        :param keep: whether it continues where AWS may hold already all that there is.
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
    """A value of a result without the keys that _ANSIBLES_KEYS names, which are added to C(lost)."""
    if isinstance(value, dict):
        dropped = {key for key in value if isinstance(key, str) and _ANSIBLES_KEYS.match(key)}
        lost |= dropped
        return {key: _readable(item, lost) for key, item in value.items() if key not in dropped}
    return [_readable(item, lost) for item in value] if isinstance(value, (list, tuple)) else value


def _from_json(value: Any) -> Any:
    """The list that a JSON text holds; anything else as it is."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            pass
    return value


class _Described(Exception):
    """An error whose text is complete already; fail_json_aws adds response, versions and trace to it."""

    def __init__(self, error: ImageBuilderError) -> None:
        super().__init__(str(error))
        self.response = getattr(error.exception, "response", None)


def _unrendered(spec: dict[str, Any], values: dict[str, Any]) -> bool:
    """Whether a list, map, number or boolean is a template still: only ansible-lint calls a module so."""
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
    """Whether a message of Ansible's validation can come of templates alone, which have no type and may be omitted."""
    words = ("unable to evaluate string", "unable to convert", "must be of type dict or list", "mutually exclusive")
    return any(part in message for part in words)


def _errors_text(errors: Iterable[object]) -> str:
    """All errors as one message."""
    texts = [_cut(str(error)) for error in errors]
    if len(texts) == 1:
        return texts[0]
    return "\n- ".join([f"{len(texts)} errors in the options:", *texts])


def _cut(text: str) -> str:
    # Ansible's own texts repeat a value however long it is.
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "..."


class Connection:
    """Image Builder in one Region, as seen with the module's credentials.

    C(client) is botocore's, C(model) its service model, C(region) the Region that is asked.
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
        """(account id, partition); asked once, when first needed."""
        if self._identity is None:
            self._identity = self._identify()
        return self._identity

    def observe(self, operation: str, observer: Callable[..., None]) -> None:
        """Lets a function see every answer to an operation, as botocore's event C(after-call).

        It is registered once, however often this is called: registering is slow, and not made for many threads.
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

    botocore's own retries are off, since two layers would multiply their waits; see errors.call_with_retries.

    :param workers: how many requests may be under way at once.
    :param who: gives (account id, partition), where something else of the module has asked for it already.
    :param needs: an operation without which the module is of no use; it ends where the installed botocore lacks it.
    :param overrides: what AnsibleAWSModule.client takes, for example another C(region).
    """
    config = {"retries": {"total_max_attempts": 1}, "max_pool_connections": max(10, workers)}
    client = module.client("imagebuilder", config=config, **overrides)
    connection = Connection(client, who or (lambda: identify(module)))
    if needs and not connection.knows(needs):
        module.fail_json(msg=too_old(needs))
    return connection


def identify(module: GoldimageModule) -> tuple[str, str]:
    """(account id, partition) of the module's credentials.

    :raises: ImageBuilderError. Where asking is denied and no other way works, the module ends.
    """
    try:
        client = module.client("sts", retry_decorator=AWSRetry.jittered_backoff())
        with reading("GetCallerIdentity"):
            answer = client.get_caller_identity(aws_retry=True)
            return answer["Account"], partition_of(answer["Arn"])
    except (BotoCoreError, ClientError) as error:
        # Not where a profile's own role could not be assumed.
        if code_of(error) in DENIED_CODES and error.operation_name == "GetCallerIdentity":
            # Knows further ways.
            result: tuple[str, str] = get_aws_account_info(module)
            return result
        raise ImageBuilderError(message="Failed to find out which account this is", exception=error) from error
