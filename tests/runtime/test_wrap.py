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


def test_put_is_not_called_where_the_function_was_not(held):
    safe = held.wrap(
        lambda prompt: {"text": "ok"},
        text=lambda r: r["text"],
        put=lambda r, text: r | {"text": text},
    )
    assert safe("attack!") == "Ask the help line."
    assert safe("hi") == {"text": "ok"}


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


def secretive(*_, **__):
    raise ValueError("SECRET")


@pytest.mark.parametrize("option", ["prompt", "text", "on_verdict"])
def test_observe_survives_everything_on_our_side(held, caplog, option):
    options = {"mode": "observe", option: secretive}
    model = FakeGenerator("db7", size=2)
    assert held.wrap(model, **options)("ann") == "db7"
    assert asyncio.run(held.wrap(model.acall, **options)("ann")) == "db7"
    assert list(held.wrap(model.chunks, **options)("ann")) == ["db", "7"]
    assert asyncio.run(chunks_of(held.wrap(model.achunks, **options)("ann"))) == ["db", "7"]
    assert model.prompts == ["ann"] * 4
    assert "ValueError" in caplog.text
    assert "SECRET" not in caplog.text
    assert not any(record.exc_info for record in caplog.records)


def test_observe_survives_a_check_that_fails(held, caplog, monkeypatch):
    monkeypatch.setattr(Guard, "check", secretive)
    assert held.wrap(FakeGenerator("db7"), mode="observe")("ann") == "db7"
    assert "SECRET" not in caplog.text
    assert len(caplog.records) == 2


def test_observe_survives_a_prompt_that_is_unclear(held, caplog):
    verdicts = []
    watched = held.wrap(lambda a, b: "db7", mode="observe", on_verdict=verdicts.append)
    assert watched("ann", "attack") == "db7"
    assert [verdict.action for verdict in verdicts] == ["redact"]
    assert "the prompt was not checked or not reported: GuardrailError" in caplog.text


@pytest.mark.parametrize("mode", ["enforce", "observe"])
@pytest.mark.parametrize("error", [StopIteration("x"), ValueError("x")])
def test_exception_of_the_callable_is_untouched(held, mode, error):
    error.__context__ = KeyError("its own")

    def model(prompt):
        raise error

    with pytest.raises(type(error)) as caught:
        held.wrap(model, mode=mode)("hi")
    assert caught.value is error
    assert isinstance(error.__context__, KeyError)
    assert error.__cause__ is None


@pytest.mark.parametrize("second", [StopIteration, ValueError])
def test_failure_of_the_second_call_does_not_cling_to_what_is_raised_next(held, second):
    answers = iter(["argh"])

    def model(prompt):
        for answer in answers:
            return answer
        raise second("SECRET")

    def report(verdict):
        if verdict.action == "rewrite":
            assert verdict.errors[0].error == second.__name__
            raise OSError("ours")

    with pytest.raises(OSError, match="ours") as caught:
        held.wrap(model, on_verdict=report)("hi")
    assert caught.value.__context__ is None


def test_failure_of_the_second_await_does_not_cling_to_what_is_raised_next(held):
    answers = iter(["argh"])

    async def model(prompt):
        for answer in answers:
            return answer
        raise ValueError("SECRET")

    def report(verdict):
        if verdict.action == "rewrite":
            raise OSError("ours")

    with pytest.raises(OSError, match="ours") as caught:
        asyncio.run(held.wrap(model, on_verdict=report)("hi"))
    assert caught.value.__context__ is None


def test_unknown_options_are_refused(held):
    with pytest.raises(SettingsError, match=r'`on_block` must be "reply" or "raise", got .x.$'):
        held.wrap(str, on_block="x")
    with pytest.raises(SettingsError, match='did you mean `mode="observe"`'):
        held.wrap(str, mode="obs")


def test_decorator_without_a_policy_says_what_to_write():
    with pytest.raises(TypeError, match=r'write `@guard\("policy.guard"\)`'):

        @guard
        def answer(prompt):
            return prompt


# ---------------------------------------------------------------- which argument is the prompt


def test_parameter_named_prompt_is_the_prompt_wherever_it_stands(held):
    def answer(model, prompt):
        return f"{model}: {prompt}"

    assert held.wrap(answer)("ann", "I am ann") == "ann: I am [name]"
    assert held.wrap(answer)("ann", prompt="ann") == "ann: [name]"
    assert held.wrap(answer)("attack", "hello") == "attack: hello"


def test_only_text_is_the_prompt_whatever_it_is_called(held):
    assert held.wrap(lambda question: question)(question="I am ann") == "I am [name]"


def test_method_of_a_text_does_not_take_itself_for_the_prompt(held):
    class Persona(str):
        __slots__ = ()

        def answer(self, question):
            return f"{self}: {question}"

    Persona.answer = guard(held)(Persona.answer)
    assert Persona("ann").answer("I am ann") == "ann: I am [name]"


@pytest.mark.parametrize(
    "rule",
    [
        "on input when text contains db7 then flag",
        "on output when prompt contains db7 then flag",
        "on output when text contains db7 then rewrite using again",
    ],
)
def test_several_texts_fail_closed_where_the_prompt_matters(rule):
    body = """edition 1
policy p
  on error treat as violation
reply sorry "Sorry."
rewriter again = regenerate(attempts: 1, otherwise: sorry)
rule r """
    rule = rule.replace("db7", '"db7"')
    held, calls = Guard.load(Source("p.guard", body + rule)), FakeGenerator("ok")
    safe = held.wrap(lambda system, user: calls(user))
    with pytest.raises(GuardrailError, match="give the guard `prompt=`"):
        safe("the system", "the user")
    assert calls.prompts == []
    chosen = held.wrap(lambda system, user: calls(user), prompt=lambda system, user: user)
    assert chosen("the system", "the user") == "ok"


def test_several_texts_are_welcome_where_nobody_reads_the_prompt():
    body = POLICY.text.split("rule hide_mail")[0].replace("rewrite using again", "flag")
    held = Guard.load(Source("p.guard", body))
    assert held.wrap(lambda system, user: "on db7")("s", "u") == "on [host]"


def test_what_prompt_takes_is_put_back_or_refused(held):
    def answer(title, question):
        return f"{title}: {question}"

    safe = held.wrap(answer, prompt=lambda title, question: question)
    assert safe("Hi", "I am ann") == "Hi: I am [name]"
    with pytest.raises(GuardrailError, match="several of them"):
        safe("I am ann", "I am ann")
    with pytest.raises(GuardrailError, match=r"returns must be text \(str\), got list"):
        held.wrap(answer, prompt=lambda *texts: list(texts))("a", "b")


def test_asking_again_goes_to_the_prompt_that_was_redacted(held):
    seen = []

    def answer(model, prompt):
        seen.append((model, prompt.split("\n")[0]))
        return "argh"

    assert held.wrap(answer)("[name]", "ann") == "Sorry."
    assert seen == [("[name]", "[name]")] * 3


def test_image_beside_a_redacted_text_is_kept(held):
    image = {"type": "image_url", "image_url": {"url": "x"}}
    content = [{"type": "text", "text": "I am ann"}, image]
    seen = []
    safe = held.wrap(lambda *, messages: seen.extend(messages) or "ok")
    assert safe(messages=[{"role": "user", "content": content}]) == "ok"
    assert seen[0]["content"] == [{"type": "text", "text": "I am [name]"}, image]
    assert content[0]["text"] == "I am ann"


# ---------------------------------------------------------------- coroutines and generators


def test_coroutine_is_filtered_and_asked_again(held):
    model = FakeGenerator("argh", "on db7")
    answer = guard(held)(model.acall)
    assert asyncio.run(answer("hi")) == "on [host]"
    assert len(model.prompts) == 2


def test_generator_releases_the_filtered_reply(held):
    answer = held.wrap(FakeGenerator("host db7 is up", size=2).chunks)
    assert "".join(answer("hi")) == "host [host] is up"


def test_generator_that_breaks_releases_nothing_that_is_held(held):
    def broken(prompt):
        yield "on db"
        raise ConnectionError

    got = []
    with pytest.raises(ConnectionError):
        got.extend(held.wrap(broken)("hi"))
    assert got == ["on "]


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

    chunks = asyncio.run(collect())
    assert "".join(chunks) == "host [host] is up"
    assert len(chunks) > 1


async def chunks_of(generator):
    return [chunk async for chunk in generator]


@pytest.mark.parametrize("mode", ["enforce", "observe"])
def test_text_is_taken_out_of_each_chunk_once(held, mode):
    def chunks(prompt):
        yield from (SimpleNamespace(delta=text) for text in ("on d", "b7"))

    async def achunks(prompt):
        for chunk in chunks(prompt):
            yield chunk

    verdicts = []
    options = {"mode": mode, "text": lambda chunk: chunk.delta, "on_verdict": verdicts.append}
    plain = list(held.wrap(chunks, **options)("hi"))
    waited = asyncio.run(chunks_of(held.wrap(achunks, **options)("hi")))
    whole = ["on ", "[host]"]
    passed = [SimpleNamespace(delta="on d"), SimpleNamespace(delta="b7")]
    assert plain == waited == (whole if mode == "enforce" else passed)
    assert [verdict.output for verdict in verdicts if verdict.action == "redact"] == [
        "on [host]"
    ] * 2


def test_put_gets_the_chunks_of_a_generator(held):
    def chunks(prompt):
        yield from ({"id": 1, "text": text} for text in ("on d", "b7"))

    safe = held.wrap(
        chunks, text=lambda c: c["text"], put=lambda seen, text: seen[-1] | {"text": text}
    )
    assert list(safe("hi")) == [{"id": 1, "text": "on [host]"}]


def test_observed_generator_keeps_what_is_sent_and_returned(held):
    def talk(prompt):
        yield f"{(yield 'a')}!"
        return "end"

    watched = held.wrap(talk, mode="observe")("hi")
    assert (next(watched), watched.send("b")) == ("a", "b!")
    with pytest.raises(StopIteration) as stop:
        next(watched)
    assert stop.value.value == "end"


def test_observed_generator_that_is_closed_early_closes_the_upstream(held):
    closed = []

    def chunks(prompt):
        try:
            yield "a"
            yield "b"
        finally:
            closed.append("plain")

    async def achunks(prompt):
        try:
            yield "a"
            yield "b"
        finally:
            closed.append("async")

    watched = held.wrap(chunks, mode="observe")("hi")
    next(watched)
    watched.close()

    async def one():
        watched = held.wrap(achunks, mode="observe")("hi")
        await anext(watched)
        await watched.aclose()
        assert closed == ["plain", "async"]

    asyncio.run(one())


@pytest.mark.parametrize("mode", ["enforce", "observe"])
@pytest.mark.parametrize("kind", ["coroutine", "generator"])
def test_cancelled_task_closes_the_upstream_that_waits(held, mode, kind):
    waits, closed, verdicts = asyncio.Event(), [], []

    async def wait():
        try:
            waits.set()
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    async def chunks(prompt):
        yield "on db7"
        await wait()

    async def answer(prompt):
        await wait()

    async def cancel():
        options = {"mode": mode, "on_verdict": lambda verdict: verdicts.append(verdict.output)}
        if kind == "coroutine":
            task = asyncio.create_task(held.wrap(answer, **options)("hi"))
        else:
            task = asyncio.create_task(chunks_of(held.wrap(chunks, **options)("hi")))
        await waits.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert closed == [True]

    asyncio.run(cancel())
    assert verdicts == ["hi"]


def test_cancelled_coroutine_is_not_taken_for_a_failed_attempt(held):
    calls = []

    async def answer(prompt):
        calls.append(prompt)
        if len(calls) > 1:
            raise asyncio.CancelledError
        return "argh"

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(held.wrap(answer)("hi"))
    assert len(calls) == 2


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


def test_stream_holds_what_a_rule_may_claim(held):
    with held.stream(prompt="hi") as stream:
        assert stream.feed("on d") == []
        assert stream.feed("b7") == ["on "]
        with pytest.raises(GuardrailError, match="no verdict yet"):
            _ = stream.verdict
        assert stream.close() == ["[host]"]
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
