"""Reports of the role with texts that would be markup, commands or columns: all are shown, none does anything."""

from __future__ import annotations

import importlib
import re
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest
import yaml

ROLE = Path(__file__).resolve().parents[3] / "roles" / "distribution_rollout"
ROOT = ROLE.parents[1]
ARN = "arn:aws:imagebuilder:us-west-2:123456789012:"

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
# Texts that the templates choose words by, which come from the modules and not from AWS.
FIXED = {"status", "action", "receives", "state"}


def report():
    """What the role reports, every part of it in use."""
    row = {
        "configuration": "web",
        "region": "us-west-2",
        "account_id": "123456789012",
        "principal": None,
        "receives": ["ami", "launch_permission"],
        "kms_key_id": "alias/web",
        "launch_template_ids": ["lt-1"],
        "ssm_parameters": ["/web"],
        "license_configurations": 2,
        "fast_launch": True,
        "s3_export": "bucket/prefix",
    }
    other = {**row, "account_id": None, "principal": "arn:aws:organizations::1:organization/o-1", "kms_key_id": None}
    finding = {
        "check": "kms_key",
        "region": "us-west-2",
        "account_id": "111122223333",
        "status": "error",
        "message": "AWS said so (request id 1)",
        "remedy": "Mend it",
    }
    target = {
        "region": "us-west-2",
        "account_id": "123456789012",
        "ami_id": "ami-1",
        "status": "drifted",
        "drift": [
            {"field": "ami_tags", "wanted": {"Team": "web"}, "found": {"Team": "other"}},
            {"field": "user_ids", "wanted": ["111122223333"], "found": ["444455556666"]},
            {"field": "name", "wanted": "web", "found": "old"},
        ],
        "not_checked": ["licences (denied)"],
        "reason": "unreadable (request id 2)",
    }
    left = {"region": "us-west-2", "account_id": "1", "ami_id": "ami-2", "name": "old", "status": "unknown"}
    return {
        "spec_id": "web",
        "state": "present",
        "account_id": "123456789012",
        "region": "us-west-2",
        "execution_role": {"arn": "arn:aws:iam::123456789012:role/web"},
        "configurations": [{"arn": ARN + "distribution-configuration/web"}],
        "pipelines": [{"arn": ARN + "image-pipeline/web"}],
        "targets": [row, other, {**other, "principal": "somebody"}],
        "leftovers": ["AMIs stay"],
        "findings": [finding, {**finding, "status": "warning"}, {**finding, "status": "skipped"}],
        "drift": [
            {
                "configuration": "web",
                "wave": "1",
                "image_build_version_arn": ARN + "image/web/1.0.0/1",
                "image_state": "AVAILABLE",
                "source_image": "ami-0",
                "targets": [target, {**target, "status": "missing", "ami_id": None}],
                "leftovers": [left],
            }
        ],
        "repairs": [
            {"action": "not_possible", "field": "name", "region": "us-west-2", "account_id": "1", "reason": "no"}
        ],
    }


def spoilt(value, payload, key=None):
    """The report with a payload at the end of every text that AWS or a user wrote, keys of tags too."""
    if isinstance(value, dict):
        return {
            name + payload if key in ("wanted", "found") else name: spoilt(item, payload, name)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [spoilt(item, payload, key) for item in value]
    return value + payload if isinstance(value, str) and key not in FIXED else value


@pytest.fixture(scope="module")
def render():
    """A template of the role as Ansible renders it."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROLE / "templates"), trim_blocks=True, keep_trailing_newline=True
    )
    for name in ("core", "mathstuff"):
        environment.filters.update(importlib.import_module(f"ansible.plugins.filter.{name}").FilterModule().filters())
        environment.tests.update(importlib.import_module(f"ansible.plugins.test.{name}").TestModule().tests())

    def render(name, result):
        return environment.get_template(name).render(distribution_rollout_result=result)

    return render


class Tags(HTMLParser):
    """The elements of a page with the names of their attributes, and its text."""

    def __init__(self, page):
        super().__init__()
        self.found, self.text = [], ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, *(f"{name}={value}" if name != "class" else name for name, value in attrs)))

    def handle_endtag(self, tag):
        self.found.append(f"/{tag}")

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_is_markup_in_the_page(render, payload):
    before = Tags(render("report.html.j2", report()))
    after = Tags(render("report.html.j2", spoilt(report(), PAYLOADS[payload])))
    assert after.found == before.found
    if payload in ("script", "cell", "link"):
        # It is there, as text.
        assert after.text.count(PAYLOADS[payload]) > 30


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_is_markup_in_markdown(render, payload):
    before = render("report.md.j2", report()).splitlines()
    after = render("report.md.j2", spoilt(report(), PAYLOADS[payload])).splitlines()
    assert len(after) == len(before)
    for old, new in zip(before, after):
        assert not old.startswith("|") or _cells(new) == _cells(old)
        plain = re.sub(r"\\.", "", re.sub(r"(?<!\\)`[^`]*`", "", new))
        # Outside of code, and but for what is escaped, nothing is left that means something.
        assert not re.search(r"[<>`*\[\]]", plain), new
        assert not re.search(r"[\x00-\x1f\x7f]", new)
        assert old[:2] == new[:2]


def _cells(line):
    """The columns of a row; GitHub's tables look for them before they look for code."""
    return len(re.findall(r"(?<!\\)(?:\\\\)*\|", line))


@pytest.mark.parametrize("template", ["drift.txt.j2", "repairs.txt.j2"])
@pytest.mark.parametrize("payload", ["terminal", "lines"])
def test_what_is_shown_in_the_terminal_is_rendered(render, template, payload):
    # Ansible shows it as JSON, which has no control characters.
    assert render(template, spoilt(report(), PAYLOADS[payload]))


def test_progress_on_the_terminal_obeys_nobody():
    plugin = importlib.import_module("ansible_collections.goldimage.aws.plugins.action.imagebuilder_image_distribution")
    assert plugin._plain("ok \x1b[2J\x1b]0;x\x07\r\nfake: ok \u202e \x9b31m") == "ok  [2J ]0;x fake: ok    31m"


def test_files_are_written_for_their_owner_and_whole():
    """ansible.builtin.template and copy write beside the file and move it into its place."""
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
