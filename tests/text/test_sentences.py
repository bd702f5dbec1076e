"""Sentences: one fixed way to divide a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrail.text.sentences import LONGEST, sentences


def divided(text):
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "parts",
    [
        [],
        ["One."],
        ["  One. ", "Two!\n", "Three?  ", "Four"],
        ["Really?! ", "Yes... ", "No… ", "Fine"],
        ['He said "Stop." ', "(She left.) ", "**Done.** ", "End"],
        ["Pay 3.14 or $5.00 at example.org now. ", "Ok"],
        ["Dr. Lee met Mrs. Ho, e.g. at St. Mary, U.S. soil, at 5 p.m. sharp. ", "Ok"],
        ["J. K. Rowling wrote it. ", "So did I. ", "Ok"],
        ["See No. 5 and Fig. 2. ", "No. ", "I can't."],
        ["1. Reset it. ", "2) Call us.\n", "3. Wait."],
        ["a line\nthe same sentence\n\n", "another"],
        ["a title\n \n", "text"],
        ["你好。", "再见！", "真的？」", "好"],
        ["هل هذا؟ ", "نعم۔ ", "ठीक है। ", "ok"],
        ["Mr.\n\n", "Lee"],
        ["no end mark"],
        ["...well. ", "Ok"],
        ["version 2.5"],
    ],
)
def test_sentences_end_where_readers_say(parts):
    assert divided("".join(parts)) == parts


def test_long_sentence_is_cut_after_the_last_space_within_the_limit():
    text = "word " * 500 + "end. Next."
    parts = divided(text)
    assert [len(part) for part in parts] == [LONGEST, 505, 5]
    assert divided("x" * 4100) == ["x" * 2000, "x" * 2000, "x" * 100]


@pytest.mark.parametrize("piece", ["!", ". ", "\n", "\n ", 'a."', "Dr. ", "x", "。"])
def test_work_is_linear_in_the_text(piece):
    assert len(sentences(piece * 60_000)) > 0


TEXTS = st.text(st.sampled_from("ab1IA.!?…。 \n\"')]éDr") | st.characters(), max_size=60)


@given(TEXTS)
def test_sentences_partition_the_text(text):
    assert "".join(divided(text)) == text
    assert all(0 < len(part) <= LONGEST for part in divided(text))


@given(TEXTS, TEXTS)
def test_more_text_changes_the_last_sentence_only(text, more):
    closed = sentences(text)[:-1]
    assert sentences(text + more)[: len(closed)] == closed
