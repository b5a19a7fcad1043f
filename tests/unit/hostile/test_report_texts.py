"""Reports of the role with texts that look like markup, commands or columns: all are shown, none has an effect."""

from __future__ import annotations

import importlib
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from tests.unit import report_samples as samples

ROLE = Path(__file__).resolve().parents[3] / "roles" / "distribution_rollout"
ROOT = ROLE.parents[1]
REPORT = "ansible_collections.goldimage.aws.plugins.module_utils._distribution.report"
HOME, OTHER = samples.HOME, samples.OTHER

PAYLOADS = {
    "script": "<script>alert(1)</script>",
    "image": '"><img src=x onerror=alert(1)>',
    "quote": "' onmouseover='alert(1)",
    "end of a comment": "--></style></title><b>",
    "entity": "&lt;script&gt;",
    "cell": "a|b\\|c",
    "link": "[x](javascript:alert(1))",
    "picture": "![x](http://example.com/x.png)",
    "reference": "[x]: http://example.com",
    "code": "`whoami` ``x``",
    "lines": "one\n\n# two\r\n| three |",
    "stars": "**bold** *x*",
    "terminal": "\x1b[31mred\x1b]0;title\x07\x00",
}
# Texts that decide the wording of the reports. They come from the modules and not from AWS.
FIXED = {"status", "action", "receives", "state", "outcome", "region", "configuration", "spec_id"}
# What identifies results and rows; a payload in only one place would separate them.
FIXED |= {"account_id", "item", "image_state"}


def spec():
    """A spec with everything that a recipient can have."""
    recipient = samples.recipient(
        HOME,
        samples.OWN,
        receives=["ami", "launch_permission"],
        kms_key_id="alias/web",
        launch_template_ids=["lt-1"],
        ssm_parameters=["/web"],
        license_configurations=2,
        fast_launch=True,
        s3_export="bucket/prefix",
    )
    organization = "arn:aws:organizations::1:organization/o-1"
    other = {**recipient, "account_id": None, "principal": organization, "receives": ["launch_permission"]}
    recipients = [recipient, {**recipient, "account_id": OTHER}, {**recipient, "account_id": samples.THIRD}, other]
    return samples.spec([], [], recipients=[*recipients, {**other, "principal": "somebody"}])


def steps():
    """What every step of the role registers, with every kind of content."""
    differs = [
        {"field": "ami_tags", "wanted": {"Team": "web"}, "found": {"Team": "other"}},
        {"field": "user_ids", "wanted": ["111122223333"], "found": ["444455556666"]},
        {"field": "name", "wanted": "web", "found": "old"},
    ]
    live = [
        samples.target(HOME, samples.OWN, "drifted", drift=differs, not_checked=["licences"], reason="unreadable"),
        samples.target(HOME, OTHER, "missing", reason="gone"),
        samples.target(HOME, samples.THIRD),
    ]
    left = {"region": HOME, "account_id": "1", "ami_id": "ami-2", "name": "old", "status": "unknown"}
    change = {"region": HOME, "field": "ami_distribution_configuration.kms_key_id", "before": "old", "after": "new"}
    repair = {"action": "not_possible", "field": "name", "region": HOME, "account_id": "1", "reason": "no"}
    role = samples.execution_role()
    role["leftovers"] = [{"arn": "arn:aws:iam::1:role/x", "reason": "a pipeline uses it", "remedy": "Detach it"}]
    findings = [
        samples.finding("kms_key", status, f"AWS said {status}", remedy="Correct it")
        for status in ("error", "warning", "skipped")
    ]
    return {
        "preflight": {"findings": findings},
        "execution_role": role,
        "destination_accounts": samples.accounts(_111122223333="failed"),
        "distribution": samples.outcomes("updated", changes=[change]),
        "pipelines": {"changed": True, "image_pipeline": {"arn": "arn:pipeline", "name": "nightly"}, "diff": {}},
        "rollout": samples.failed_rollout([(HOME, OTHER)]),
        "drift": samples.look(live, leftovers=[left]),
        "repair": {**samples.look(live), "changed": True, "repairs": [repair]},
    }


def spoilt(value, payload, key=None):
    """The same with a payload at the end of every text from AWS or a user, including tag keys."""
    if isinstance(value, dict):
        return {
            name + payload if key in ("wanted", "found") else name: spoilt(item, payload, name)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [spoilt(item, payload, key) for item in value]
    return value + payload if isinstance(value, str) and key not in FIXED else value


@pytest.fixture(params=["a run", "a check", "what is taken away"])
def render(request):
    """(name of a form, payload) -> a report that contains it."""
    modules = {name: importlib.import_module(f"{REPORT}.{name}") for name in ("html", "markdown", "summary", "result")}
    more = {"check_mode": request.param == "a check"}
    if request.param == "what is taken away":
        more["state"] = "absent"

    def render(form, payload=""):
        result = modules["result"].assemble({**spoilt(spec(), payload), **more}, spoilt(steps(), payload))
        return modules["summary"].summary(result) if form == "summary" else modules[form].page(result)

    return render


class Tags(HTMLParser):
    """The elements of a page with the names of their attributes, and its text."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.text = [], ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append(
            (tag, *(f"{name}={value}" if name not in ("class", "title", "content") else name for name, value in attrs))
        )

    def handle_endtag(self, tag):
        self.elements.append(f"/{tag}")

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_is_markup_in_the_page(render, payload):
    before = Tags(render("html"))
    after = Tags(render("html", PAYLOADS[payload]))
    assert after.elements == before.elements
    if payload in ("script", "cell", "link"):
        # It appears, as text.
        assert after.text.count(PAYLOADS[payload]) > 30


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_is_markup_in_markdown(render, payload):
    before = render("markdown").splitlines()
    after = render("markdown", PAYLOADS[payload]).splitlines()
    assert len(after) == len(before)
    for old, new in zip(before, after):
        assert not old.startswith("|") or _cells(new) == _cells(old)
        assert not re.search(r"[\x00-\x1f\x7f]", new)
        assert old[:2] == new[:2]
        # The lines that fold a section, and indented JSON, are ours.
        if old in ("<details>", "<summary>Recipients and policies</summary>", "</details>") or old.startswith("    "):
            continue
        plain = re.sub(r"\\.", "", re.sub(r"(?<!\\)`[^`]*`", "", new))
        # Outside of code, everything that has a meaning is escaped.
        assert not re.search(r"[<>`*\[\]]|://", plain), new


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_is_a_line_or_a_command_in_the_terminal(render, payload):
    before = render("summary")
    after = render("summary", PAYLOADS[payload])
    assert len(after) == len(before)
    for old, new in zip(before, after):
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e]", new)
        assert old[:2] == new[:2]


def _cells(line):
    """The columns of a row; GitHub's tables look for them before they look for code."""
    return len(re.findall(r"(?<!\\)(?:\\\\)*\|", line))


def test_progress_on_the_terminal_obeys_no_text():
    plugin = importlib.import_module("ansible_collections.goldimage.aws.plugins.action.imagebuilder_image_distribution")
    lines = []
    action = SimpleNamespace(_display=SimpleNamespace(display=lines.append))
    plugin.ActionModule._say(action, ["ok \x1b[2J\x1b]0;x\x07\r\nfake: ok \u202e \x9b31m"])
    assert lines == ["ok  [2J ]0;x fake: ok    31m"]


def test_files_are_written_for_their_owner_and_whole():
    """ansible.builtin.template and copy write a temporary file and rename it."""
    paths = [*(ROLE / "tasks").rglob("*.yml"), *(ROOT / "playbooks").rglob("*.yml")]
    modes = []
    for path in paths:
        for task in _tasks(yaml.load(path.read_text(encoding="utf-8"), Loader=Playbook)):
            for name in ("template", "copy", "file"):
                options = task.get(f"ansible.builtin.{name}")
                if options:
                    modes.append((path.name, options.get("mode")))
            assert not {"ansible.builtin.lineinfile", "ansible.builtin.shell", "ansible.builtin.blockinfile"} & set(
                task
            )
    assert modes
    assert [mode for mode in modes if mode[1] not in ("0644", "0755", "0600", "0700")] == []


class Playbook(yaml.SafeLoader):
    """Reads playbooks as plain data."""


Playbook.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def _tasks(items):
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict):
            yield item
            for section in ("block", "rescue", "always", "tasks", "pre_tasks", "post_tasks"):
                yield from _tasks(item.get(section))
