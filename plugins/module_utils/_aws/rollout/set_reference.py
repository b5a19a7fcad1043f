# Copyright: Contributors to the goldimage.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets a reference to an AMI: the value of an SSM parameter, or the default version of a launch template."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

try:
    from botocore.exceptions import BotoCoreError
    from botocore.exceptions import ClientError
except ImportError:
    BotoCoreError = ClientError = Exception  # AnsibleAWSModule fails with a clear message.

from ..accounts import Accounts
from ..accounts import RoleNotAssumed
from ..errors import code_of
from ..errors import error_text
from ..errors import ImageBuilderError
from ..responses import reading
from ..uncertain import OutcomeUnknown
from ..uncertain import write_once

_TEXT = "String"
_IMAGE = "aws:ec2:image"


def set_reference(accounts: Accounts, wanted: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Sets one parameter or launch template, in one Region and account.

    Neither service has a conditional write for this. So it is read again right before the write, and what somebody
    else has changed since the comparison, such as a newer rollout, stays.

    :param wanted: C(region), C(account_id), C(found): the value at the comparison, None if there was none; and
        C(parameter_name), C(value) and C(data_type), or C(launch_template_id) and C(version).
    :returns: the same with C(changed), C(before): its old value, and C(error): a text or None.
    """
    result = {**wanted, "changed": False, "before": None, "error": None}
    act = _parameter if wanted.get("parameter_name") else _template
    shown = wanted["value"] if act is _parameter else wanted["version"]
    try:
        with reading("GetParameter" if wanted.get("parameter_name") else "DescribeLaunchTemplates"):
            result["before"], write = act(accounts, wanted)
        if write:
            _refuse_changed(wanted, result["before"])
            result["changed"] = True
            if not check_mode:
                write_once(write, lambda: act(accounts, wanted)[0] == shown)
    except OutcomeUnknown as error:
        result["error"] = str(error)
    except RoleNotAssumed as error:
        result.update(changed=False, error=f"{error}. {error.remedy}")
    except (BotoCoreError, ClientError) as error:
        result.update(changed=getattr(error, "written", False), error=error_text(error))
    except (ImageBuilderError, _Refused) as error:
        result.update(changed=False, error=str(error))
    return result


class _Refused(Exception):
    """Something must not be overwritten; the text says why and what to do."""


def _refuse_changed(wanted: dict[str, Any], now: Any) -> None:
    """Fails if somebody else has written since the comparison."""
    then = wanted["found"]
    if now == then:
        return
    if wanted.get("parameter_name"):
        what = wanted["parameter_name"]
    else:
        what = f"the default version of {wanted['launch_template_id']}"
    was = "did not exist" if then is None else f"was {then}"
    is_now = "does not exist" if now is None else f"is {now}"
    raise _Refused(
        f"{what} {was} when this task compared it, and {is_now} now. Somebody else has changed it, for example a newer"
        " rollout, so it was not written. Run the task again to compare it again"
    )


def _parameter(accounts: Accounts, wanted: dict[str, Any]) -> tuple[Any, Callable[[], object] | None]:
    ssm = accounts.client("ssm", wanted["region"], wanted["account_id"])
    name: str = wanted["parameter_name"]
    found: dict[str, Any] = {}
    try:
        found = ssm.get_parameter(Name=name)["Parameter"]
    except ClientError as error:
        if code_of(error) != "ParameterNotFound":
            raise
    if found.get("Value") == wanted["value"]:
        return wanted["value"], None
    if found.get("Type", _TEXT) != _TEXT:
        raise _Refused(
            f"{name} is a {found['Type']}, which Image Builder does not write; delete it or use another name"
        )
    # Others may rely on the existing data type.
    data_type = found.get("DataType") or wanted.get("data_type") or "text"
    if data_type == _IMAGE:
        _see_image(accounts.client("ec2", wanted["region"], wanted["account_id"]), wanted["value"])
    body = {"Name": name, "Value": wanted["value"], "Type": _TEXT, "DataType": data_type, "Overwrite": bool(found)}
    return found.get("Value"), lambda: ssm.put_parameter(**body)


def _see_image(ec2: Any, ami_id: str) -> None:
    """Fails if EC2 does not show the AMI. SSM looks it up after its answer, and silently drops the value if that fails.

    Source: Systems Manager user guide, "Native parameter support for Amazon Machine Image IDs".
    """
    if not ec2.describe_images(ImageIds=[ami_id])["Images"]:
        raise _Refused(f"{ami_id} does not exist, and SSM would not write it to a parameter of the data type {_IMAGE}")


def _template(accounts: Accounts, wanted: dict[str, Any]) -> tuple[Any, Callable[[], object] | None]:
    ec2 = accounts.client("ec2", wanted["region"], wanted["account_id"])
    identifier, version = wanted["launch_template_id"], wanted["version"]
    template = ec2.describe_launch_templates(LaunchTemplateIds=[identifier])["LaunchTemplates"][0]
    before = template["DefaultVersionNumber"]
    if before == version:
        return before, None
    body = {"LaunchTemplateId": identifier, "DefaultVersion": str(version), "ClientToken": str(uuid.uuid4())}
    return before, lambda: ec2.modify_launch_template(**body)
