"""Guarded callables of every kind."""

import asyncio
import logging
from types import SimpleNamespace

import pytest

from guardrail import (
    Guard,
    GuardrailError,
    ReplyBlockedError,
    ReplyTypeError,
    SettingsError,
    guard,
)
from guardrail.language.source import Source
from guardrail.testing import FakeGenerator

POLICY = Source(
    "p.guard",
    """edition 1
policy p
  on error treat as violation
  fallback sorry
reply sorry "Sorry."
reply help_line "Ask the help line."
rewriter again = regenerate(attempts: 2, otherwise: sorry)
principle calm "Stay calm"
rule no_hosts on output
  when text contains "db7"
  then redact as "[host]"
rule no_bombs on output severity critical
  when text contains "bomb"
  then block with sorry
rule stay_calm on output
  enforces calm
  when text contains "argh"
  then rewrite using again
rule hide_mail on input
  when text contains "ann"
  then redact as "[name]"
rule no_attacks on input
  when text contains "attack"
  then block with help_line
""",
)


@pytest.fixture(scope="module")
def held():
    return Guard.load(POLICY)


def test_function_is_filtered(held):
    answer = guard(held)(FakeGenerator("on db7"))
    assert answer("hello") == "on [host]"
    assert answer.guard is held


def test_decorated_function_keeps_its_name(held):
    @guard(held)
    def answer(prompt):
        """Doc."""
        return prompt

    assert (answer.__name__, answer.__doc__, answer("hi")) == ("answer", "Doc.", "hi")


def test_input_rules_change_what_the_callable_receives(held):
    model = FakeGenerator("ok")
    assert held.wrap(model)("I am ann") == "ok"
    assert model.prompts == ["I am [name]"]


def test_input_block_skips_the_callable(held):
    model, verdicts = FakeGenerator("ok"), []
    assert held.wrap(model, on_verdict=verdicts.append)("attack!") == "Ask the help line."
    assert model.prompts == []
    assert verdicts[0].blocked


def test_on_block_raise(held):
    with pytest.raises(ReplyBlockedError) as caught:
        held.wrap(FakeGenerator("a bomb"), on_block="raise")("hi")
    assert caught.value.verdict.replied == "sorry"
    assert "bomb" not in str(caught.value).replace("no_bombs", "")


def test_regenerate_asks_again_with_the_reason(held):
    model = FakeGenerator("argh", "argh", "fine on db7")
    verdicts = []
    assert held.wrap(model, on_verdict=verdicts.append)("I am ann") == "fine on [host]"
    assert (verdicts[-1].action, verdicts[-1].replied) == ("rewrite", None)
    assert [prompt.split("\n")[0] for prompt in model.prompts] == ["I am [name]"] * 3
    assert model.prompts[1].endswith("- Stay calm")


def test_regenerate_ends_in_its_otherwise(held):
    model = FakeGenerator("argh")
    assert held.wrap(model)("hi") == "Sorry."
    assert len(model.prompts) == 3


def test_regenerate_that_fails_gives_its_otherwise(held):
    calls = []

    def model(prompt):
        calls.append(prompt)
        if len(calls) > 1:
            raise ConnectionError("down")
        return "argh"

    verdicts = []
    assert held.wrap(model, on_verdict=verdicts.append)("hi") == "Sorry."
    assert verdicts[-1].errors[0].error == "ConnectionError"


def test_exception_of_the_callable_reaches_the_caller(held):
    def model(prompt):
        raise KeyError("x")

    with pytest.raises(KeyError):
        held.wrap(model)("hi")


def test_none_from_the_callable_is_one_clear_error(held):
    with pytest.raises(ReplyTypeError, match="what the guarded callable returns must be text"):
        held.wrap(lambda prompt: None)("hi")


def test_prompt_that_cannot_be_found_fails_closed(held):
    with pytest.raises(GuardrailError, match="no prompt that can be found"):
        held.wrap(lambda: "text")()


def test_prompt_that_cannot_be_put_back_fails_closed(held):
    safe = held.wrap(lambda request: "ok", prompt=lambda request: request.text)
    with pytest.raises(GuardrailError, match="cannot be put back"):
        safe(SimpleNamespace(text="I am ann"))


def test_messages_are_read_and_written(held):
    seen = []

    def generate(*, model, messages):
        seen.append(messages)
        return SimpleNamespace(choices=[SimpleNamespace(message=SimpleNamespace(content="db7"))])

    safe = held.wrap(
        generate,
        prompt=lambda *a, **k: k["messages"][-1]["content"],
        text=lambda r: r.choices[0].message.content,
    )
    messages = [{"role": "system", "content": "s"}, {"role": "user", "content": "I am ann"}]
    assert safe(model="m", messages=messages) == "[host]"
    assert seen[0][-1]["content"] == "I am [name]"
    assert messages[-1]["content"] == "I am ann"


def test_put_makes_the_callers_own_result(held):
    safe = held.wrap(
        lambda prompt: {"text": "db7"},
        text=lambda r: r["text"],
        put=lambda r, text: {"text": text},
    )
    assert safe("hi") == {"text": "[host]"}


def test_observe_changes_nothing(held, caplog):
    verdicts = []
    model = FakeGenerator("a bomb on db7")
    watched = held.wrap(model, mode="observe", on_verdict=verdicts.append)
    assert watched("I am ann, attack") == "a bomb on db7"
    assert model.prompts == ["I am ann, attack"]
    assert [verdict.action for verdict in verdicts] == ["block", "block"]
    with caplog.at_level(logging.WARNING, "guardrail"):
        assert held.wrap(lambda prompt: None, mode="observe")("hi") is None
    assert "not checked" in caplog.text


def test_unknown_options_are_refused(held):
    with pytest.raises(SettingsError, match="on_block"):
        held.wrap(str, on_block="explode")
    with pytest.raises(SettingsError, match="mode"):
        held.wrap(str, mode="shadow")


# ---------------------------------------------------------------- coroutines and generators


def test_coroutine_is_filtered_and_asked_again(held):
    model = FakeGenerator("argh", "on db7")
    answer = guard(held)(model.acall)
    assert asyncio.run(answer("hi")) == "on [host]"
    assert len(model.prompts) == 2


def test_generator_releases_the_filtered_reply(held):
    answer = held.wrap(FakeGenerator("host db7 is up", size=2).chunks)
    assert "".join(answer("hi")) == "host [host] is up"


def test_generator_that_breaks_releases_nothing(held):
    def broken(prompt):
        yield "on db"
        raise ConnectionError

    got = []
    with pytest.raises(ConnectionError):
        got.extend(held.wrap(broken)("hi"))
    assert got == []


def test_generator_is_closed_when_a_chunk_is_not_text(held):
    closed = []

    def wrong(prompt):
        try:
            yield "a"
            yield 3
        finally:
            closed.append(True)

    with pytest.raises(ReplyTypeError):
        list(held.wrap(wrong)("hi"))
    assert closed == [True]


def test_async_generator_releases_the_filtered_reply(held):
    async def collect():
        answer = held.wrap(FakeGenerator("host db7 is up", size=3).achunks)
        return [chunk async for chunk in answer("hi")]

    assert asyncio.run(collect()) == ["host [host] is up"]


def test_observed_generators_pass_chunks_through(held):
    verdicts = []
    model = FakeGenerator("a bomb", size=3)
    chunks = held.wrap(model.chunks, mode="observe", on_verdict=verdicts.append)("hi")
    assert list(chunks) == ["a b", "omb"]

    async def collect():
        answer = held.wrap(model.achunks, mode="observe", on_verdict=verdicts.append)
        return [chunk async for chunk in answer("hi")]

    assert asyncio.run(collect()) == ["a b", "omb"]
    assert [verdict.action for verdict in verdicts if verdict.action != "allow"] == ["block"] * 2


def test_stream_holds_until_it_is_closed(held):
    with held.stream(prompt="hi") as stream:
        assert stream.feed("on d") == stream.feed("b7") == []
        with pytest.raises(GuardrailError, match="no verdict yet"):
            _ = stream.verdict
        assert stream.close() == ["on [host]"]
        assert stream.verdict.action == "redact"
        with pytest.raises(GuardrailError, match="closed"):
            stream.feed("more")


def test_cancelled_stream_releases_nothing(held):
    stream = held.stream()
    stream.feed("text")
    stream.cancel()
    assert stream.close() == []


def test_host_rewriter_gets_the_redacted_text():
    body = """edition 1
policy p
  on error treat as violation
reply sorry "Sorry."
rewriter plain = simplify(otherwise: sorry)
rule a on output
  when text contains "db7"
  then redact
rule b on output
  when text contains "argh"
  then rewrite using plain
"""
    seen = []

    def simplify(text):
        seen.append(text)
        return text.replace("argh", "well")

    held = Guard.load(Source("p.guard", body), rewriters={"simplify": simplify})
    verdict = held.check("argh db7")
    assert (verdict.action, verdict.output, verdict.replied) == ("rewrite", "well [PHRASE]", None)
    assert seen == ["argh [PHRASE]"]

    def fail(text):
        raise ValueError

    broken = Guard.load(Source("p.guard", body), rewriters={"simplify": fail}).check("argh")
    assert (broken.output, broken.replied) == ("Sorry.", "sorry")
    assert broken.errors[0].detector == "plain"
