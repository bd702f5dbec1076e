"""How the battery judges: nothing that still tells of the value counts as caught."""

from __future__ import annotations

import pytest

from guardrail.values import Span
from tests.evasion import battery
from tests.evasion.battery import CAUGHT, MISSED, PARTLY, WITHHELD, Attack, carries, outcome


class Verdict:
    """What a guard would say that cuts the given characters."""

    def __init__(self, text, *spans, replied=False):
        self.replied, self.blocked = replied, False
        self.output, done = "", 0
        for start, end in spans:
            self.output += text[done:start] + "[#]"
            done = end
        self.output += text[done:]
        self.fired = (self,) if spans else ()
        self.spans = tuple(Span(start, end, "X") for start, end in spans)


@pytest.mark.parametrize(
    ("disguised", "spans", "expected"),
    [
        ("bomb", [(2, 6)], CAUGHT),
        ("bomb", [], MISSED),
        ("bomb", [(0, 2)], MISSED),
        ("bomb", [(2, 5)], PARTLY),
        ("bomb", [(2, 3), (5, 6)], PARTLY),
        ("bomb", [(2, 4), (4, 6)], CAUGHT),
        ("b\u200bomb\u200b", [(2, 7)], CAUGHT),
        ("<b>bo</b>mb", [(5, 13)], CAUGHT),
        ("<b>bo</b>mb", [(7, 13)], PARTLY),
        ("\n1. bo\n2. mb\n", [(6, 14)], CAUGHT),
        ("\n1. bo\n2. mb\n", [(6, 8)], PARTLY),
        ("Ym9tYg==", [(2, 8)], CAUGHT),
        ("Ym9tYg==", [(2, 7)], PARTLY),
    ],
)  # fmt: skip
def test_outcome_asks_for_every_carrying_character(monkeypatch, disguised, spans, expected):
    tried = Attack(("x",), "keyword", "prose", "bomb", "A ", disguised, " B")
    monkeypatch.setattr(battery, "guard", lambda: Guard(Verdict(tried.text, *spans)))
    assert outcome(tried) == expected


def test_other_reply_counts_as_withheld(monkeypatch):
    tried = Attack(("x",), "keyword", "prose", "bomb", "A ", "bomb", " B")
    monkeypatch.setattr(battery, "guard", lambda: Guard(Verdict("no", replied=True)))
    assert outcome(tried) == WITHHELD


class Guard:
    def __init__(self, verdict):
        self.verdict = verdict

    def check(self, text):
        return self.verdict


def test_hidden_channel_that_is_left_still_carries():
    assert carries("\U000e0062", is_channel=True)
    assert carries("\ufe01\U000e0152\U000e0153", is_channel=True)
    assert carries("\u2062\u2064" * 4, is_channel=True)
    assert not carries("\u2728\u2062", is_channel=True)
    assert not carries("\ufe01", is_channel=False)
