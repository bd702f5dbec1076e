"""Masked excerpts: the shape of a text and nothing of its words."""

from hypothesis import given
from hypothesis import strategies as st

from guardrail.cli.excerpts import masked_excerpt
from guardrail.values import Fired, PolicyId, Span, Verdict


def excerpt(text, *spans, action="redact", replied=None):
    fired = Fired("rule", (), "high", action, tuple(Span(*span) for span in spans))
    return masked_excerpt(
        text, fired, Verdict(action, "", PolicyId("p", None, ""), replied=replied)
    )


def test_overlapping_findings_are_shown_once():
    assert excerpt("ab cdef gh", (3, 5, "X"), (4, 7, "Y")) == "** [X] **"


def test_reply_sent_instead_is_named():
    shown = excerpt("bad word", (0, 3, "BAD"), action="block", replied="declined")
    assert shown == "[BAD] **** → declined"


def test_rule_without_findings_shows_the_length_only():
    assert excerpt("x" * 1200) == "(1,200 characters)"


@given(st.text(), st.data())
def test_no_letter_or_digit_of_the_text_is_shown(text, data):
    place = st.integers(0, len(text))
    spans = [
        (*sorted((data.draw(place), data.draw(place))), "_")
        for _ in range(data.draw(st.integers(1, 3)))
    ]
    shown = excerpt(text, *spans)
    assert len(shown) <= 60
    assert not any(character.isalnum() for character in shown)


def test_rule_whose_action_gave_way_says_so():
    fired = Fired("rule", (), "low", "append", ())
    verdict = Verdict("block", "No.", PolicyId("p", None, ""), replied="declined")
    assert masked_excerpt("abc", fired, verdict) == "(3 characters) (overridden: block)"
