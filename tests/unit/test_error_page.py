"""The page of errors and the code agree: each message on the page is in the code, and vice versa."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from ansible_collections.goldimage.aws.plugins.module_utils._distribution.validation.rules import RULES

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "docsite" / "rst" / "errors.rst"

# What makes a message of its arguments. The findings of a preflight come from the table of rules.
_MAKERS = {"ValidationError", "_error", "ImageBuilderError", "Unchecked", "_Refused", "AnsibleFilterError"}
_MAKERS |= {"AnsibleLookupError", "fail_json"}

# Where a message is assembled before it is used.
_NAMED = {"text", "message"}

# A text with fewer consecutive words is a part of a message that is made elsewhere.
_FEWEST_WORDS = 5


def squeezed(text):
    return re.sub(r"\s+", " ", text)


@cache
def phrases():
    """The messages of the page, each as the pieces between its dots."""
    terms = re.findall(r"^(``.+``)\n    \S", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    listed = [phrase for term in terms for phrase in re.findall(r"``(.+?)``", term)]
    return {phrase: [squeezed(piece).strip() for piece in phrase.split("...") if piece.strip()] for phrase in listed}


def holds(text, pieces):
    """Whether a text contains all the pieces in this order."""
    position = 0
    for piece in pieces:
        position = text.find(piece, position)
        if position < 0:
            return False
        position += len(piece)
    return True


def pieces_in(node):
    """The texts below a node, in their order."""
    nodes = [item for item in ast.walk(node) if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    return [item.value for item in sorted(nodes, key=lambda item: (item.lineno, item.col_offset))]


def constants(node):
    """The texts below a node, as one text."""
    return squeezed(" ".join(pieces_in(node)))


@cache
def trees():
    return {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "plugins").rglob("*.py"))
        if path.parent.name != "doc_fragments"
    }


def is_documentation(node):
    """Whether a node is a docstring, or a text that ansible-doc reads."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    targets = [getattr(target, "id", "") for target in getattr(node, "targets", ())]
    return bool({"DOCUMENTATION", "EXAMPLES", "RETURN"} & set(targets))


@cache
def texts():
    """All texts of the code: those of each statement, and the files of the role and the playbooks."""
    collected = [
        constants(node.iter if isinstance(node, ast.For) else node)
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Raise, ast.For))
        and not is_documentation(node)
    ]
    files = [*(ROOT / "roles").rglob("tasks/**/*.yml"), *(ROOT / "roles").rglob("vars/*.yml")]
    files += (ROOT / "playbooks").glob("*.yml")
    return [text for text in collected if text] + [squeezed(path.read_text(encoding="utf-8")) for path in files]


def messages():
    """(where, text) of every message that the code makes."""
    for path, tree in trees().items():
        for node in ast.walk(tree):
            made = isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in _MAKERS
            named = isinstance(node, ast.Assign) and _NAMED & {getattr(target, "id", "") for target in node.targets}
            if (made or named) and any(len(piece.split()) >= _FEWEST_WORDS for piece in pieces_in(node)):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", constants(node)


def test_the_page_has_messages():
    assert len(phrases()) > 150


def test_a_message_on_the_page_is_in_the_code():
    everything = "\n".join(texts())
    gone = [
        phrase
        for phrase, pieces in phrases().items()
        if not (pieces[0] in everything and (len(pieces) == 1 or any(holds(text, pieces) for text in texts())))
    ]
    assert gone == [], f"nothing says so any more; take it out of {PAGE.relative_to(ROOT)}, or correct it"


# Those that modules also find are on a separate page, to which this one links. One consists only of its reason.
FINDINGS = [rule for rule in RULES.values() if rule.when == "preflight" and rule.message != "{reason}"]


@pytest.mark.parametrize("rule", FINDINGS, ids=lambda rule: rule.id)
def test_a_finding_of_the_table_is_on_the_page(rule):
    text = squeezed(re.sub(r"\{+\w*\}+", "x", f"{rule.message} {rule.remedy}"))
    assert any(holds(text, pieces) for pieces in phrases().values()), f"say in {PAGE.relative_to(ROOT)} what to do"


def test_a_message_in_the_code_is_on_the_page():
    missing = [
        f"{location}: {text}"
        for location, text in messages()
        if not any(holds(text, pieces) for pieces in phrases().values())
    ]
    assert missing == [], f"say in {PAGE.relative_to(ROOT)} what they mean and what to do"
