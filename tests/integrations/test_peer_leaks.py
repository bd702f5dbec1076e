"""What streams of other guards were seen to leak, tried on each client's adapter.

Each test names the mistake: text that is yielded before it was judged, a match whose first half
has gone, a mask that a stream ignores, a last sentence that nobody reads, a notice inside the text.
"""

import itertools
import json
import random

import pytest
from langchain_core.runnables import RunnableLambda

from guardrail import ReplyEvent
from guardrail.integrations import anthropic_stream, guarded, openai_stream
from tests.integrations.policies import APPEND, BLOCK, DECLINED, EMAIL, MASK, SSN, cuts, load, pairs
from tests.integrations.test_anthropic import block, message
from tests.integrations.test_openai import chunk

BLOCK_SSN = """
detector numbers = pii(entities: [US_SSN])
rule no_numbers on output
  when numbers found
  then block with declined
"""
TEXT = f"My number is {SSN} as you asked"


def chat(guard, pieces, **asked):
    """Texts of the deltas of a chat completion."""
    events = [*(chunk(content=piece) for piece in pieces), chunk(finish="stop")]
    for each in openai_stream(guard, events, **asked):
        text = each["choices"][0]["delta"].get("content")
        yield from [text] if text else []


def messages(guard, pieces, **asked):
    """Texts of the deltas of a message."""
    for each in anthropic_stream(guard, message(block(0, pieces)), **asked):
        if each["type"] == "content_block_delta":
            yield each["delta"]["text"]


def runnable(guard, pieces, prompt="Hi"):
    """Texts that a runnable streams."""

    def said(given):
        yield from pieces

    yield from guarded(RunnableLambda(said), guard).stream(prompt)


every_client = pytest.mark.parametrize("client", [chat, messages, runnable])


@every_client
def test_nothing_is_yielded_before_it_is_judged(client):
    for pieces in pairs(TEXT):
        shown = "".join(client(load(MASK), pieces))
        assert shown == "My number is [US_SSN] as you asked", pieces


@every_client
def test_first_half_of_a_match_stays_when_the_second_blocks(client):
    guard = load(BLOCK_SSN)
    for size in (1, 2, 3, 5, 8):
        *shown, event = client(guard, cuts(TEXT, size))
        assert not any(letter.isdigit() for letter in "".join(shown))
        assert event == DECLINED


@every_client
def test_last_sentence_without_a_period_is_read(client):
    for ending in ("", " ", "\n", "…"):
        pieces = cuts(f"All is well. My number is {SSN}{ending}", 4)
        assert "".join(client(load(MASK), pieces)) == f"All is well. My number is [US_SSN]{ending}"


@every_client
def test_notice_is_an_event_and_no_record_in_the_text(client):
    *shown, event = client(load(BLOCK), ["All is well and dandy here. ", "The bluebird", " flies."])
    assert "".join(shown).startswith("All is well")
    assert isinstance(event, ReplyEvent)
    with pytest.raises(json.JSONDecodeError):
        json.loads(event)
    assert not any(isinstance(each, ReplyEvent) for each in shown)


@every_client
def test_mask_and_block_hold_in_one_stream(client):
    text = f"Write to {EMAIL} at once. Then the bluebird flies."
    for size in (1, 3, 10):
        *shown, event = client(load(MASK, BLOCK), cuts(text, size))
        assert "".join(shown).startswith("Write to [EMAIL_ADDRESS] at once.")
        assert "ann" not in "".join(shown)
        assert event == DECLINED


@every_client
def test_text_is_kept_to_the_character(client):
    text = (
        "One\u00a0 two,\n\n\tthree  - four.  \r\nFive\u200bsix e\u0301 \U0001f469\u200d\U0001f680. "
    )
    for size in (1, 2, 7):
        assert "".join(client(load(MASK, BLOCK), cuts(text, size))) == text


@every_client
def test_empty_reply_is_a_reply(client):
    asking = 'rule polite on output\n  require text contains "please"\n  then block with declined\n'
    assert "".join(client(load(asking), [""])) == DECLINED
    assert "".join(client(load(asking), ["Come, ", "please."])) == "Come, please."


@every_client
def test_streams_of_one_guard_share_nothing(client):
    guard = load(
        'rule hush on output\n  when prompt contains "secret"\n  then block with declined\n'
    )
    open_ones = [
        client(guard, cuts("Hello there.", 2), prompt=prompt) for prompt in ("Hi", "a secret")
    ]
    assert ["".join(each) for each in open_ones] == ["Hello there.", DECLINED]


def test_stream_that_broke_has_no_verdict():
    def broken():
        yield chunk(content="All is well. ")
        raise ConnectionError

    shown = openai_stream(load(MASK), broken())
    with pytest.raises(ConnectionError):
        list(shown)
    assert shown.verdicts == {}


@every_client
def test_every_cutting_shows_what_a_check_gives(client):
    guard = load(MASK, BLOCK, APPEND)
    parts = [EMAIL, SSN, "medicine", "bluebird", "Hello, ", "a. ", "\n", "ann", "@", "x" * 30, " "]
    dice = random.Random(7)
    for _ in range(60):
        text = "".join(dice.choices(parts, k=dice.randint(1, 9)))
        places = sorted({0, len(text), *(dice.randrange(len(text) + 1) for _ in range(6))})
        pieces = [text[a:b] for a, b in itertools.pairwise(places)]
        verdict, shown = guard.check(text), list(client(guard, pieces))
        if verdict.action == "block":
            assert shown[-1] == DECLINED
            assert EMAIL not in "".join(shown)
        else:
            assert "".join(shown) == verdict.output, pieces
