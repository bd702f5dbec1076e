"""Planted tokens, in plain sight and in the views."""

from __future__ import annotations

from random import Random

import pytest

from guardrail import Guard
from guardrail.disguises import DISGUISES
from guardrail.language.source import Source
from guardrail.stages.canary import CanaryDetector
from guardrail.stages.rules.scan import Scan
from guardrail.text.prefilter import prefilter
from guardrail.values import Failure, Span, Subject

TOKENS = ("kestrel-7431", "Straße 9", "C+/x*")


def canary(text, *tokens):
    (outcome,) = CanaryDetector(tokens or TOKENS).run([Subject(text)])
    assert all(span.type == "" for span in outcome)
    return [text[span.start : span.end] for span in outcome]


FOUND = [
    ("say kestrel-7431.", ["kestrel-7431"]),
    ("KESTREL-7431 and kestrel-7431", ["KESTREL-7431", "kestrel-7431"]),
    ("id=xkestrel-74310", ["kestrel-7431"]),
    ("ｋｅｓｔｒｅｌ-7431", ["ｋｅｓｔｒｅｌ-7431"]),
    ("x𝐤estrel-𝟕431y", ["𝐤estrel-𝟕431"]),
    ("in der STRASSE\n 9", ["STRASSE\n 9"]),
    ("c+/X*", ["c+/X*"]),
    ("the kestrel–7431 flies", ["kestrel–7431"]),
]


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_tokens_are_found(text, expected):
    assert canary(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "kestrel 7431", "kestrel-743", "a kestrel, 7431", "Strase 9", "C+/xx"],
)
def test_near_misses_are_left_alone(text):
    assert canary(text) == []


def test_each_place_is_one_finding_named_by_the_view_that_shows_it():
    (outcome,) = CanaryDetector(("oak",)).run([Subject("oak \uff4fak")])
    assert [(span.start, span.end) for span in outcome] == [(0, 3), (4, 7)]
    assert [span.view == "plain" for span in outcome] == [True, False]


def test_every_finding_opens_the_gate_and_ordinary_text_does_not():
    gate = CanaryDetector(TOKENS).gate
    occurring = prefilter(gate)
    assert [text for text, _ in FOUND if len(occurring(text)) == 1] == []
    assert occurring("An ordinary reply, 7431 words.") == [len(gate)]


@pytest.mark.parametrize(
    "name", [name for name, one in DISGUISES.items() if {"phrase", "keyword"} & one.kinds]
)
def test_disguised_tokens_are_found(name):
    shown = DISGUISES[name].apply("kestrel-plum-7431", Random(f"canary {name}"))
    (outcome,) = CanaryDetector(("kestrel-plum-7431",)).run([Subject(f"Sure: {shown} is all.")])
    assert outcome
    assert CanaryDetector(("kestrel-plum-7430",)).run([Subject(f"It: {shown} is all.")]) == [()]


def test_a_scan_that_fails_is_a_failure(monkeypatch):
    detector = CanaryDetector(("oak",))
    spans = [(Span(0, 3, ""),), Failure("timeout")]
    monkeypatch.setattr(type(detector._scanner), "scan", lambda *_: Scan(spans, [], []))
    assert detector.run([Subject("oak")]) == [Failure("timeout")]


def test_a_policy_runs_it():
    policy = """edition 1
policy p on error treat as violation
list planted ["kestrel-7431"]
detector leak = canary(planted)
rule r on output when leak found then redact
"""
    guard = Guard.load(Source("p.guard", policy))
    assert guard.check("It is xKestrel-7431x.").output == "It is x[LEAK]x."
    assert guard.check("It is a kestrel.").action == "allow"
