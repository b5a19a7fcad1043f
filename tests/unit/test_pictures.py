"""The recording of the README: what it shows of an output, and how it is drawn."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from tests import pictures

OUTPUT = """
PLAY [Distribute images] *******

TASK [goldimage.aws.distribution_rollout : Write the configurations] ***
changed: [localhost]
\x1b[0;32m[localhost] 123456789012 us-west-2 web/1.0.0/1: PENDING\x1b[0m
web: Distributed: all 5 targets are in sync
    us-east-1 name: a -> b

PLAY RECAP ****
localhost                  : ok=1    changed=1
"""


def test_only_what_a_reader_needs_is_kept():
    assert pictures.said(OUTPUT) == [
        "[localhost] 123456789012 us-west-2 web/1.0.0/1: PENDING",
        "web: Distributed: all 5 targets are in sync",
        "    us-east-1 name: a -> b",
    ]


def test_the_lines_appear_one_after_the_other_without_external_references():
    lines = [pictures.Line(f"+ line {number} <&>", 0.5) for number in range(60)]
    drawn = pictures.drawn(lines)
    texts = [one.text for one in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]
    assert texts == [line.text for line in lines]
    seconds = {float(text) for text in re.findall(r"animation:l\d+ ([\d.]+)s", drawn)}
    assert seconds == {36.0}
    assert not re.search(r"<script|<image|url\(|@import|href", drawn)


def test_it_takes_less_than_a_minute():
    with pytest.raises(ValueError, match="longer than 60"):
        pictures.drawn([pictures.Line("x", 61.0)])
    assert pictures.drawn([pictures.Line("word " * 100, 1.0)]).count("<text") > 4
