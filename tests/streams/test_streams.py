"""What the reader of a stream waits for, gets, and never sees."""

from __future__ import annotations

import asyncio
import re
import time
from itertools import pairwise
from types import SimpleNamespace

import pytest

from guardrail import (
    Conversation,
    Guard,
    GuardrailError,
    ReplyBlockedError,
    ReplyTypeError,
    Vault,
)
from guardrail.language.source import Source
from guardrail.runtime.reply_event import ReplyEvent

HEAD = """edition 1
policy p
  on error treat as violation
  fallback sorry
reply sorry "Sorry."
reply note "Ask us."
"""


def guard_of(rules, **options):
    return Guard.load(Source("p.guard", HEAD + rules), **options)


def fed(stream, *chunks):
    """What each chunk lets out, then what the end does."""
    return [*("".join(stream.feed(chunk)) for chunk in chunks), "".join(stream.close())]


# ---------------------------------------------------------------- what is held


WORD = 'rule a on output\n  when text contains "kite"\n  then {}\n'


@pytest.mark.parametrize("action", ["flag", "append note"])
def test_rule_that_cuts_nothing_holds_no_more_than_an_open_character(action):
    stream = guard_of(WORD.format(action)).stream()
    end = "e" if action == "flag" else "e\n\nAsk us."
    assert fed(stream, "one ki", "te", "") == ["one k", "it", "", end]  # a character may go on
    assert stream.verdict.action == action.split()[0]


NEAR = 8
"""So many characters before a match may be held too: another way to read them could join it."""


def test_word_is_held_until_it_cannot_be_one():
    stream = guard_of(WORD.format("redact")).stream()
    before = len("There is a very big ")
    for chunk in ("There is a very big k", "it", "e"):
        stream.feed(chunk)
        assert before - NEAR <= stream.released_to <= before
    stream.feed("s, not less")
    assert stream.released_to >= before + len("kites")
    assert stream.close()
    assert stream.verdict.action == "allow"


def test_growing_match_is_held_as_long_as_it_grows():
    grows = "pattern p = /wo+/\nrule a on output\n  when text matches p\n  then redact\n"
    got = fed(guard_of(grows).stream(), "see wo", "oo", "o", "k below", " that")
    assert got[:3] == ["see ", "", ""]
    assert got[3].startswith("[P]k")
    assert "".join(got) == "see [P]k below that"


@pytest.mark.parametrize(
    "rule",
    [
        'when text contains "kite" and text contains "red"\n  then redact',
        'when text contains "kite"\n  unless text contains "red"\n  then redact',
        "when kites found at least 2 times\n  then redact",
        'when not text contains "kite"\n  then block',
        "when kites found\n  then redact",
    ],
    ids=["and", "unless", "count", "not", "host"],
)
def test_rule_over_the_whole_reply_holds_it(rule):
    needs = "kites" in rule
    held = guard_of(
        f"{'detector kites = kites()' if needs else ''}\nrule a on output\n  {rule}\n",
        detectors={"kites": ("spans", lambda text: [])},
    )
    text = "one kite. Two kites.\n\nThree. "
    got = fed(held.stream(), *text)
    assert got[:-1] == [""] * len(text)
    assert got[-1] == held.check(text).output


def test_late_rule_lets_the_reader_see_what_it_cuts_off():
    late = guard_of("rule a on output late\n  when text contains all kites\n  then replace with note\n"
                    'list kites ["red", "blue"]\n')  # fmt: skip
    stream = late.stream()
    assert fed(stream, "red ", "and ") == ["red", " and", " "]
    stream = late.stream()
    assert [stream.feed("red "), stream.feed("blue ")] == [["red"], [" blue"]]
    (event,) = stream.close()
    assert isinstance(event, ReplyEvent)
    assert (event, event.action, event.verdict) == ("Ask us.", "replace", stream.verdict)


def test_late_rule_by_sentence_stops_the_stream_behind_its_sentence():
    held = guard_of(
        'rule a on output late each sentence\n  when text contains "kite"\n  then block\n'
    )
    stream = held.stream()
    assert fed(stream, "No. ", "A kite! ", "More", " text. ")[-1] == "Sorry."
    assert stream.verdict.action == "block"


# ---------------------------------------------------------------- sentences


class Counted:
    """A detector that remembers what it was asked about."""

    def __init__(self, answer=lambda text: ("!" in text and 0.9) or 0.1):
        self.answer, self.asked = answer, []

    def __call__(self, text):
        self.asked.append(text)
        return self.answer(text)


LOUD = """detector loud = loud()
rule a on output each sentence
  when loud >= 0.5 and text contains any words
  then redact
list words ["kite"]
"""


def loud(answer=None, rules=LOUD):
    counted = Counted() if answer is None else Counted(answer)
    return guard_of(rules, detectors={"loud": ("score", counted)}), counted


def test_sentence_is_held_until_it_ends():
    held, _ = loud()
    assert fed(held.stream(), "One ki", "te. One ki", "te! Kites", " fly.") == [
        "", "One kite. ", "One [WORDS]! ", "", "Kites fly.",
    ]  # fmt: skip


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_detector_is_asked_once_about_each_sentence(size):
    held, counted = loud(rules=LOUD.replace("and text contains any words", "").replace(
        'list words ["kite"]\n', "").replace("redact", "block"), answer=lambda text: 0.1)  # fmt: skip
    text = "One kite. Two e.g. three.\nFour! And no end"
    chunks = [text[at : at + size] for at in range(0, len(text), size)]
    stream = held.stream()
    assert "".join(fed(stream, *chunks)) == text
    assert counted.asked == ["One kite. ", "Two e.g. three.\n", "Four! ", "And no end"]


def test_detector_is_asked_once_where_the_stream_is_wrapped():
    held, counted = loud(rules=LOUD.replace("loud >= 0.5 and", "loud > 0.01 and"))
    text = "One kite. Two kites. One kite! End"

    async def chunks(prompt):
        for char in text:
            yield char

    async def collect():
        return [piece async for piece in held.wrap(chunks)("hi")]

    for read_all in (
        lambda: held.wrap(lambda prompt: (yield from text))("hi"),
        lambda: asyncio.run(collect()),
    ):
        assert "".join(read_all()) == "One [WORDS]. Two kites. One [WORDS]! End"
        assert counted.asked == ["One kite. ", "Two kites. ", "One kite! ", "End"]
        counted.asked.clear()


# ---------------------------------------------------------------- replies


BLOCK = 'rule b on output severity high\n  when text contains "bomb"\n  then {}\n'


def test_reply_is_an_event_where_something_was_released():
    stream = guard_of(BLOCK.format("block")).stream()
    (before,) = stream.feed("Here is the ")
    assert "Here is the ".startswith(before)
    assert "b" not in "".join(stream.feed("bomb, and"))
    assert stream.feed(" more") == []
    (event,) = stream.close()
    assert isinstance(event, ReplyEvent)
    assert isinstance(event, str)
    assert (event, event.action) == ("Sorry.", "block")
    assert event.verdict is stream.verdict
    assert event.verdict.blocked


def test_reply_is_the_stream_where_nothing_was_released():
    stream = guard_of(BLOCK.format("replace with note")).stream()
    assert stream.feed("bomb, and more") == []
    (reply,) = stream.close()
    assert (reply, type(reply)) == ("Ask us.", str)


def test_cuts_before_a_block_are_made():
    held = guard_of(BLOCK.format("block") + WORD.format("redact"))
    got = fed(held.stream(), "the kite, ", "the kite, ", "bomb")
    assert "".join(got[:-1]).startswith("the [PHRASE], the [PHRASE],")
    assert got[-1] == "Sorry."


def test_rule_about_the_prompt_alone_speaks_before_anything_is_released():
    held = guard_of(
        'rule a on output\n  when text contains "kite" or prompt contains "secret"\n  then block\n'
    )
    stream = held.stream(prompt="tell me the secret")
    assert stream.is_decided
    assert fed(stream, "All ", "is ", "well.") == ["", "", "", "Sorry."]
    assert not isinstance(stream.verdict.output, ReplyEvent)
    stream = held.stream(prompt="hello")
    assert fed(stream, "All ", "is ", "well.")[-1] != "Sorry."


@pytest.mark.parametrize("released", [True, False])
def test_blocked_stream_raises_where_it_was_asked_to(released):
    held, text = guard_of(BLOCK.format("block")), "one two three bomb" if released else "bomb"
    got, agot = [], []

    def chunks(prompt):
        yield from text

    async def achunks(prompt):
        for char in text:
            yield char

    async def collect():
        async for piece in held.wrap(achunks, on_block="raise")("hi"):
            agot.append(piece)  # noqa: PERF401 - what came before it raised counts

    with pytest.raises(ReplyBlockedError) as refused:
        got.extend(held.wrap(chunks, on_block="raise")("hi"))
    assert refused.value.verdict.blocked
    with pytest.raises(ReplyBlockedError):
        asyncio.run(collect())
    assert got == agot
    assert "".join(got).rstrip() == ("one two three" if released else "")


# ---------------------------------------------------------------- upstream


class Upstream:
    """A model that remembers how far it was read, and that it was closed."""

    def __init__(self, *chunks, error=None):
        self.chunks, self.error, self.given, self.closed = chunks, error, 0, 0

    def plain(self, prompt):
        try:
            for chunk in self.chunks:
                self.given += 1
                yield chunk
            if self.error is not None:
                raise self.error
        finally:
            self.closed += 1

    async def waiting(self, prompt):
        try:
            for chunk in self.chunks:
                await asyncio.sleep(0)
                self.given += 1
                yield chunk
            if self.error is not None:
                raise self.error
        finally:
            self.closed += 1


def read(held, upstream, kind, most=None, **options):
    """Read a guarded stream up to a number of pieces, then close it."""
    got = []

    def plain():
        pieces = held.wrap(upstream.plain, **options)("hi")
        for piece in pieces:
            got.append(piece)
            if len(got) == most:
                pieces.close()
                break

    async def waiting():
        pieces = held.wrap(upstream.waiting, **options)("hi")
        async for piece in pieces:
            got.append(piece)
            if len(got) == most:
                await pieces.aclose()
                break
        assert upstream.closed == 1

    if kind == "plain":
        plain()
    else:
        asyncio.run(waiting())
    return got


KINDS = pytest.mark.parametrize("kind", ["plain", "async"])


@KINDS
@pytest.mark.parametrize("held_text", [" a ki", " a kite", "x kite"])
def test_upstream_that_breaks_flushes_nothing_that_is_held(kind, held_text):
    held, verdicts = guard_of(WORD.format("redact")), []
    upstream = Upstream("See", held_text, error=ConnectionError())
    got = []
    with pytest.raises(ConnectionError):
        got = read(held, upstream, kind, on_verdict=verdicts.append)
    assert (got, verdicts, upstream.closed) == ([], [], 1)


@KINDS
def test_reader_who_stops_closes_the_upstream(kind):
    upstream = Upstream(*("word " for _ in range(100)))
    got = read(guard_of(WORD.format("redact")), upstream, kind, most=3)
    assert len(got) == 3
    assert upstream.closed == 1
    assert upstream.given <= 5


@KINDS
def test_upstream_is_closed_once_nothing_can_change_the_reply(kind):
    verdicts = []
    held = guard_of(BLOCK.format("block") + WORD.format("redact"))
    chunks = ("the kite, ", "the bomb", ", and ", *("kite " for _ in range(50)))
    upstream = Upstream(*chunks)
    got = read(held, upstream, kind, on_verdict=verdicts.append)
    (verdict,) = verdicts
    whole = held.check("".join(chunks))
    assert (verdict.action, verdict.output) == (whole.action, whole.output)
    assert upstream.closed == 1
    assert upstream.given == 3
    assert "".join(got[:-1]).rstrip() == "the [PHRASE], the"
    assert got[-1] == "Sorry."
    assert isinstance(got[-1], ReplyEvent)


@KINDS
def test_upstream_is_read_on_while_the_reply_may_change(kind):
    held = guard_of(
        BLOCK.format("replace with note")
        + 'rule c on output severity critical\n  when text contains "kite"\n  then block\n'
    )
    upstream = Upstream("Look, ", "the bomb, ", *("word " for _ in range(9)), "kite and ", "more ")
    got = read(held, upstream, kind)
    assert len(got) > 1
    assert "Look, the ".startswith("".join(got[:-1]))
    assert got[-1] == "Sorry."
    assert got[-1].action == "block"
    assert upstream.given >= 11


def test_cancelled_stream_forgets_the_reply():
    stream = guard_of(WORD.format("redact")).stream()
    assert stream.feed("see a ki") == ["see a "]
    stream.cancel()
    assert stream.close() == []
    assert stream.text == ""
    with pytest.raises(GuardrailError):
        stream.feed("te")
    with pytest.raises(GuardrailError):
        _ = stream.verdict


def test_exception_in_the_block_drops_the_reply():
    stream = guard_of(WORD.format("redact")).stream()

    def breaks():
        with stream:
            stream.feed("one ki")
            raise ConnectionError

    with pytest.raises(ConnectionError):
        breaks()
    assert stream.close() == []


def test_stream_is_closed_once():
    stream = guard_of(WORD.format("redact")).stream()
    stream.feed("a ki")
    assert stream.close() == ["ki"]
    assert stream.close() == []
    with pytest.raises(GuardrailError, match="closed"):
        stream.feed("te")
    assert stream.verdict.output == "a ki"


@pytest.mark.parametrize("chunk", [None, 3, b"kite", SimpleNamespace(delta="x")])
def test_chunk_that_is_not_text_is_refused_without_being_quoted(chunk):
    stream = guard_of(WORD.format("redact")).stream()
    stream.feed("a ki")
    with pytest.raises(ReplyTypeError) as refused:
        stream.feed(chunk)
    assert "ki" not in str(refused.value).split()


def test_prompt_that_is_not_text_is_refused():
    with pytest.raises(ReplyTypeError):
        guard_of(WORD.format("redact")).stream(prompt=3)


# ---------------------------------------------------------------- odd chunks


def test_empty_chunks_change_nothing():
    stream = guard_of(WORD.format("redact")).stream()
    assert fed(stream, "", "a ki", "", "", "te", "") == ["", "a ", "", "", "", "", "[PHRASE]"]
    empty = guard_of(WORD.format("append note")).stream()
    assert fed(empty, "", "") == ["", "", ""]
    assert empty.verdict.action == "allow"


def test_lone_surrogates_are_text():
    held = guard_of(WORD.format("redact"))
    for chunks in (
        ("a \ud83d ki", "te \ud83d"),
        ("\udc00", "kite\udc00"),
        ("kite \ud83d", "\ude00"),
    ):
        text = "".join(chunks)
        assert "".join(fed(held.stream(), *chunks)) == held.check(text).output


def test_character_is_never_torn():
    held = guard_of(WORD.format("redact"))
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    for whole in (family, "e\u0301\u0327", "\r\n", "\U0001f1e9\U0001f1ea", "\U0001f44d\U0001f3fd"):
        stream = held.stream()
        pieces = [piece for char in f"a {whole} b" for piece in stream.feed(char)]
        pieces += stream.close()
        assert "".join(pieces) == f"a {whole} b"
        assert any(whole in piece for piece in pieces), pieces


# ---------------------------------------------------------------- numbers and keys


MAIL = 'pattern mail = /[a-z]+@[a-z.]+\\b/\nrule a on output\n  when text matches mail\n  then redact as "{}"\n'
ONE, TWO = "Ask ann@a.org or bo@b.org. ", "Not ann@a.org, but cy@c.org."


def test_numbers_start_again_in_each_stream():
    held = guard_of(MAIL.format("<{n}>"))
    assert "".join(fed(held.stream(), *ONE, *TWO)) == "Ask <1> or <2>. Not <1>, but <3>."
    assert "".join(fed(held.stream(), *TWO)) == "Not <1>, but <2>."


@pytest.mark.parametrize("kind", [Conversation, Vault])
def test_numbers_go_on_in_a_conversation(kind):
    held, talk = guard_of(MAIL.format("<p{n}>")), kind()
    assert "".join(fed(held.stream(conversation=talk), *ONE)) == "Ask <p1> or <p2>. "
    shown = "".join(fed(held.stream(conversation=talk), *TWO))
    assert shown == "Not <p1>, but <p3>."
    assert held.check(TWO, conversation=talk).output == shown
    if isinstance(talk, Vault):
        assert talk.restore(shown) == TWO


def test_vault_restores_each_piece_as_soon_as_it_is_released():
    held, vault = guard_of(MAIL.format("<p{n}>")), Vault()
    stream, text, restored = held.stream(conversation=vault), ONE + TWO, ""
    for char in text:
        restored += vault.restore("".join(stream.feed(char)))
        assert restored == text[: stream.released_to]
    assert stream.released_to > len(ONE)
    assert restored + vault.restore("".join(stream.close())) == text


def test_hash_is_keyed_as_in_a_check():
    held = guard_of(MAIL.format("#{hash}"), hash_key="k")
    other = guard_of(MAIL.format("#{hash}"), hash_key="q")
    whole = held.check(ONE).output
    assert "".join(fed(held.stream(), *ONE)) == whole
    assert "".join(fed(other.stream(), *ONE)) != whole


# ---------------------------------------------------------------- failures


def broken(text):
    if "four" in text:
        raise TimeoutError("four")
    return 0.1


SHAKY = "detector loud = loud()\nrule a on output each sentence\n  when loud >= 0.5\n  then block\n"


def test_detector_that_raises_lets_out_what_it_had_allowed_and_no_more():
    held, counted = loud(broken, SHAKY)
    stream = held.stream()
    got = fed(stream, "One. ", "Two. ", "Three four. ", "Five. Six.")
    assert got == ["", "One. ", "Two. ", "", "Sorry."]
    verdict = stream.verdict
    assert verdict.output == held.check(stream_text := "One. Two. Three four. Five. Six.").output
    assert [error.error for error in verdict.errors] == ["TimeoutError"]
    assert "four" not in str(verdict.errors)
    assert len(set(counted.asked)) == len(stream_text.split(". "))


@pytest.mark.parametrize("on_error", ["flag", 'pass reason "tested"'])
def test_detector_that_may_fail_holds_no_more_than_the_reply(on_error):
    held, _ = loud(broken, SHAKY.replace("  then", f"  on error treat as {on_error}\n  then"))
    stream = held.stream()
    text = "One. Two four. Three."
    assert "".join(fed(stream, *text)) == text
    assert stream.verdict.errors


@pytest.mark.parametrize("answer", [float("nan"), 1.5, "loud", None])
def test_answer_that_is_none_is_a_violation(answer):
    held, _ = loud(lambda text: answer, SHAKY)
    got = fed(held.stream(), "One. ", "Two. ")
    assert "".join(got) == "Sorry."


# ---------------------------------------------------------------- what other guards let out


LEAKS = """detector keys = secrets()
pattern ssn = /\\b[0-9]{3}-[0-9]{2}-[0-9]{4}\\b/
rule no_numbers on output severity high
  when text matches ssn
  then %s
rule no_keys on output
  when keys found
  then redact
"""


@pytest.mark.parametrize("edges", [(14,), (15,), (17, 20), (13, 14, 15, 16, 17, 18), ()])
@pytest.mark.parametrize("action", ["block", "replace with note", "redact"])
def test_number_across_the_edges_of_chunks_does_not_begin_to_leak(action, edges):
    held, text = guard_of(LEAKS % action), "Sure, it is: 123-45-6789 as you know."
    places = [0, *edges, len(text)]
    chunks = [text[a:b] for a, b in pairwise(places)]
    got = fed(held.stream(), *chunks)
    assert not any(char.isdigit() for char in "".join(got))
    assert got[-1] or action == "redact"


@pytest.mark.parametrize("tail", ["123-45-6789", "AKIAQ3EGRV5L22XZPWKT"])
@pytest.mark.parametrize("size", [1, 4, 1000])
def test_last_sentence_without_a_period_is_checked(tail, size):
    held = guard_of(LEAKS % "redact")
    text = f"All is well. The last one is {tail}"
    got = fed(held.stream(), *(text[at : at + size] for at in range(0, len(text), size)))
    assert tail not in "".join(got)
    assert "".join(got).startswith("All is well. The last one is [")


def test_masking_works_in_a_stream_and_drops_no_white_space():
    held = guard_of(LEAKS % "redact")
    text = "It  is 123-45-6789,\n\n  or\tso.  "
    for chunks in ([*text], re.findall(r"\S*\s*", text), [text]):
        assert "".join(fed(held.stream(), *chunks)) == "It  is [SSN],\n\n  or\tso.  "


def test_streams_of_one_guard_know_nothing_of_each_other():
    held = guard_of(LEAKS % "redact")
    one, other = held.stream(), held.stream()
    assert one.feed("123-45-") == []
    assert other.feed("678") == []
    assert "".join([*one.feed("6789 "), *one.close()]) == "[SSN] "
    assert "".join(other.close()) == "678"


def test_what_sentences_took_counts_for_the_budget_of_the_rest():
    def slow(text):
        time.sleep(0.01)
        return 0.0

    body = (
        "edition 1\npolicy p\n  on error treat as flag\n  budget 5 ms\n"
        "detector a = one()\ndetector b = two()\n"
        "rule r on output each sentence\n  when a > 0.5\n  then block\n"
        "rule s on output\n  when b > 0.5\n  then block\n"
    )
    held = Guard.load(Source("p.guard", body), detectors={"one": slow, "two": lambda text: 0.9})
    with held.stream() as stream:
        stream.feed("One sentence. Another one. A third")
        stream.close()
    assert [(each.detector, each.error) for each in stream.verdict.errors] == [("b", "budget")]
    assert stream.verdict.action == held.check("One sentence. Another one.").action == "flag"
