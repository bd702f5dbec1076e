"""Chat completions, streamed by the real client from a server on the loopback."""

import asyncio
import itertools
import json
import threading
import time

import openai
import pytest

from guardrail import Guard, GuardrailError, ReplyEvent
from guardrail.integrations import aopenai_stream, openai_stream
from guardrail.language.source import Source
from tests.integrations.policies import (
    APPEND,
    BLOCK,
    DECLINED,
    EMAIL,
    MASK,
    SSN,
    cuts,
    interleaved,
    load,
    pairs,
)
from tests.support.sse import BREAK, LONG_S, EventServer

MESSAGES = [{"role": "user", "content": "Who can help?"}]


def chunk(index=0, finish=None, **delta):
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "tiny",
        "choices": [choice],
    }


def script(pieces, *, finish="stop"):
    """The chunks of one reply."""
    said = (chunk(content=piece) for piece in pieces)
    return [chunk(role="assistant", content=""), *said, chunk(finish=finish), "[DONE]"]


def call(text=None, *, index=0, name=None, id=None):  # noqa: A002 - the protocol's name
    function = {} if text is None else {"arguments": text}
    made = {"index": index, "function": function}
    if name is not None:
        made |= {"id": id, "type": "function", "function": {"name": name, "arguments": ""}}
    return made


def request(client):
    return client.chat.completions.create(model="tiny", messages=MESSAGES, stream=True)


def read(guard, events, *, mode="sync", **options):
    """All chunks that come through, by the client of a kind."""
    with EventServer(events) as server:
        if mode == "sync":
            with (
                openai.OpenAI(base_url=server.url, api_key="none", max_retries=0) as client,
                openai_stream(guard, request(client), **options) as shown,
            ):
                return list(shown)

        async def arun():
            async with openai.AsyncOpenAI(
                base_url=server.url, api_key="none", max_retries=0
            ) as client:
                stream = await request(client)
                async with aopenai_stream(guard, stream, **options) as shown:
                    return [each async for each in shown]

        return asyncio.run(arun())


def contents(chunks, index=0, name="content"):
    choices = [each for made in chunks for each in made.choices if each.index == index]
    return [text for each in choices if (text := getattr(each.delta, name, None)) is not None]


def text_of(chunks, index=0, name="content"):
    return "".join(contents(chunks, index, name))


def reasons(chunks, index=0):
    choices = [each for made in chunks for each in made.choices if each.index == index]
    return [each.finish_reason for each in choices if each.finish_reason is not None]


def calls_of(chunks):
    """What a client makes of the pieces of tool calls, and of a choice's end."""
    made = {}
    for each in itertools.chain.from_iterable(made.choices for made in chunks):
        for piece in each.delta.tool_calls or ():
            one = made.setdefault(piece.index, {"id": "", "name": "", "arguments": ""})
            one["id"] += piece.id or ""
            one["name"] += piece.function.name or ""
            one["arguments"] += piece.function.arguments or ""
    return made


def everything(chunks):
    return "".join(each.model_dump_json() for each in chunks)


both = pytest.mark.parametrize("mode", ["sync", "async"])


@both
@pytest.mark.parametrize("size", [1, 2, 5, 7, 100])
def test_secret_across_chunks_is_masked(mode, size):
    text = f"Write to {EMAIL} or call. SSN {SSN}."
    chunks = read(load(MASK), script(cuts(text, size)), mode=mode)
    assert text_of(chunks) == "Write to [EMAIL_ADDRESS] or call. SSN [US_SSN]."
    assert reasons(chunks) == ["stop"]
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert chunks[0].choices[0].delta.role == "assistant"
    assert all(isinstance(each, openai.types.chat.ChatCompletionChunk) for each in chunks)


def test_every_cut_of_a_secret_is_masked():
    guard = load(MASK)
    for pieces in pairs(f"Ask {EMAIL}"):
        dicts = [*(chunk(content=piece) for piece in pieces), chunk(finish="stop")]
        shown = list(openai_stream(guard, dicts))
        texts = [each["choices"][0]["delta"].get("content") for each in shown]
        assert "".join(filter(None, texts)) == "Ask [EMAIL_ADDRESS]", pieces


def test_clean_text_is_released_early_and_whole():
    text = "The office opens at nine, and the cafe at ten. " * 3
    chunks = read(load(MASK, BLOCK), script(cuts(text, 4)))
    assert text_of(chunks) == text
    assert len([text for text in contents(chunks) if text]) > 10


def test_two_choices_are_replies_of_their_own():
    said = interleaved(f"Ask {EMAIL} today.", "The bluebird flies at dawn.")
    events = [chunk(number, content=piece) for number, piece in said]
    events += [chunk(0, finish="stop"), chunk(1, finish="stop"), "[DONE]"]
    chunks = read(load(MASK, BLOCK), events, choices=2)
    assert text_of(chunks, 0) == "Ask [EMAIL_ADDRESS] today."
    assert reasons(chunks, 0) == ["stop"]
    assert contents(chunks, 1)[-1] == DECLINED
    assert reasons(chunks, 1) == ["content_filter"]
    assert "bluebird" not in text_of(chunks, 1)


def test_choices_in_one_chunk_are_split_and_tokens_are_counted_once():
    two = {
        "choices": [chunk(index, content="Hello. ")["choices"][0] for index in (0, 1)],
        "usage": {"total_tokens": 4},
    }
    shown = list(openai_stream(load(MASK), [two, two], choices=2))
    said = [each["choices"][0] for each in shown if each["choices"]]
    for index in (0, 1):
        texts = (each["delta"]["content"] for each in said if each["index"] == index)
        assert "".join(texts) == "Hello. Hello. "
    used = [each["usage"] for each in shown if each.get("usage") is not None]
    assert used == [{"total_tokens": 4}] * 2


@both
def test_block_after_release_is_an_event_of_its_own(mode):
    text = "Our plan is old. It is the bluebird plan, and then some."
    chunks = read(load(BLOCK), script(cuts(text, 3)), mode=mode)
    *released, event = [text for text in contents(chunks) if text]
    assert "Our plan is old. It is the bluebird".startswith("".join(released))
    assert "Our plan is old." in "".join(released)
    assert "blue" not in "".join(released)
    assert isinstance(event, ReplyEvent)
    assert (event, event.action) == (DECLINED, "block")
    assert event.verdict.fired[0].rule == "no_code_names"
    assert reasons(chunks) == ["content_filter"]
    assert "{" not in event


def test_block_before_release_gives_the_reply_alone():
    chunks = read(load(BLOCK), script(cuts("Bluebird!", 2)))
    assert text_of(chunks) == DECLINED
    assert reasons(chunks) == ["content_filter"]


def test_tool_call_arguments_are_masked_and_stay_json():
    arguments = json.dumps({"to": EMAIL, "body": f"Hi,\n{EMAIL}"})
    escaped = arguments.replace("@", "\\u0040")
    for written, size in itertools.product((arguments, escaped), (1, 4, 9)):
        events = [
            chunk(role="assistant", tool_calls=[call(name="send", id="call_1")]),
            *(chunk(tool_calls=[call(piece)]) for piece in cuts(written, size)),
            chunk(finish="tool_calls"),
            "[DONE]",
        ]
        chunks = read(load(MASK), events)
        made = calls_of(chunks)
        assert list(made) == [0]
        assert (made[0]["id"], made[0]["name"]) == ("call_1", "send")
        sent = json.loads(made[0]["arguments"])
        assert sent["to"] == "[EMAIL_ADDRESS]"
        assert "ann" not in made[0]["arguments"]
        assert "example" not in made[0]["arguments"]
        assert reasons(chunks) == ["tool_calls"]


def test_interleaved_tool_calls_come_in_order_and_unchanged():
    wanted = {"city": "Bern"}, {"city": "Genf", "days": 3}
    said = interleaved(*map(json.dumps, wanted))
    events = [
        chunk(tool_calls=[call(name="weather", id=f"call_{index}", index=index)])
        for index in (0, 1)
    ]
    events += [chunk(tool_calls=[call(piece, index=index)]) for index, piece in said]
    chunks = read(load(MASK, BLOCK), [*events, chunk(finish="tool_calls"), "[DONE]"])
    made = calls_of(chunks)
    assert tuple(json.loads(made[index]["arguments"]) for index in (0, 1)) == wanted
    assert [made[index]["id"] for index in (0, 1)] == ["call_0", "call_1"]
    assert reasons(chunks) == ["tool_calls"]


def test_blocked_arguments_withhold_the_call():
    events = [
        chunk(content="I will write it down. "),
        chunk(tool_calls=[call(name="note", id="call_1")]),
        *(chunk(tool_calls=[call(piece)]) for piece in cuts('{"text": "bluebird"}', 3)),
        chunk(finish="tool_calls"),
        "[DONE]",
    ]
    chunks = read(load(BLOCK), events)
    assert calls_of(chunks) == {}
    assert isinstance(contents(chunks)[-1], ReplyEvent)
    assert reasons(chunks) == ["content_filter"]


def test_appended_text_is_no_part_of_arguments():
    events = [
        chunk(tool_calls=[call('{"q": "medicine"}', name=None)]),
        chunk(finish="tool_calls"),
        "[DONE]",
    ]
    made = calls_of(read(load(APPEND), events))
    assert json.loads(made[0]["arguments"]) == {"q": "medicine"}
    chunks = read(load(APPEND), script(["Take ", "medicine", "."]))
    assert text_of(chunks) == "Take medicine.\n\nAsk a doctor."


def test_old_function_call_is_scanned():
    events = [
        chunk(function_call={"name": "send", "arguments": ""}),
        *(chunk(function_call={"arguments": piece}) for piece in cuts(f'{{"to": "{EMAIL}"}}', 3)),
        chunk(finish="function_call"),
        "[DONE]",
    ]
    chunks = read(load(MASK), events)
    called = [each.choices[0].delta.function_call for each in chunks]
    (made,) = [each for each in called if each is not None]
    assert (made.name, made.arguments) == ("send", '{"to": "[EMAIL_ADDRESS]"}')


def test_refusal_and_further_texts_are_scanned():
    for name in ("refusal", "reasoning_content", "reasoning"):
        events = [chunk(**{name: piece}) for piece in cuts(f"No: {EMAIL}.", 3)]
        chunks = read(load(MASK), [*events, chunk(finish="stop"), "[DONE]"])
        assert text_of(chunks, name=name) == "No: [EMAIL_ADDRESS]."


def test_copies_of_the_reply_are_left_out():
    text = f"{EMAIL} is whom you ask, I think. "
    said = chunk(content=text, audio={"transcript": EMAIL}, details=[{"text": EMAIL}])
    said["choices"][0]["logprobs"] = {
        "content": [{"token": EMAIL, "logprob": 0.0, "top_logprobs": []}]
    }
    said["choices"][0]["message"] = {"content": EMAIL}
    chunks = read(load(MASK), [said, chunk(finish="stop"), "[DONE]"])
    assert contents(chunks)[0].startswith("[EMAIL_ADDRESS] is whom")
    assert EMAIL not in everything(chunks)


def test_other_fields_pass():
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    last = {**chunk(), "choices": [], "usage": usage}
    first = {**chunk(role="assistant", content=""), "system_fingerprint": "fp_1"}
    chunks = read(load(MASK), [first, chunk(content="Hi."), chunk(finish="length"), last, "[DONE]"])
    assert chunks[0].system_fingerprint == "fp_1"
    assert chunks[-1].usage.total_tokens == 3
    assert reasons(chunks) == ["length"]
    assert {each.id for each in chunks} == {"chatcmpl-1"}


@both
def test_broken_source_flushes_nothing(mode):
    events = [*script(["All is well. ", "Ask ann.lee", "@exam"])[:-2], BREAK]
    seen = []
    with EventServer(events) as server, pytest.raises(openai.APIConnectionError):
        read_broken(load(MASK), server.url, seen, mode)
    assert text_of(seen).startswith("All is well.")
    assert "ann" not in everything(seen)


def read_broken(guard, url, seen, mode):
    """Read into `seen` until the connection breaks."""
    options = {"base_url": url, "api_key": "none", "max_retries": 0}

    async def arun():
        async with openai.AsyncOpenAI(**options) as client:
            async for each in aopenai_stream(guard, await request(client)):
                seen.append(each)

    if mode == "async":
        asyncio.run(arun())
    with openai.OpenAI(**options) as client:
        seen.extend(openai_stream(guard, request(client)))


def endless(text):
    """Chunks without an end, until the client closes the connection."""

    def chunks():
        begin = time.monotonic()
        while time.monotonic() - begin < LONG_S:
            yield chunk(content=text)
            time.sleep(0.002)

    return chunks


def test_reader_that_stops_closes_the_source():
    with (
        EventServer(endless("All is well. ")) as server,
        openai.OpenAI(base_url=server.url, api_key="none", max_retries=0) as client,
    ):
        shown = openai_stream(load(MASK), request(client))
        for _ in shown:
            break
        shown.close()
        assert server.closed.wait(LONG_S)
        assert list(shown) == []


def test_dropped_stream_closes_the_source():
    with (
        EventServer(endless("All is well. ")) as server,
        openai.OpenAI(base_url=server.url, api_key="none", max_retries=0) as client,
    ):
        for _ in openai_stream(load(MASK), request(client)):
            break
        assert server.closed.wait(LONG_S)


def test_async_reader_that_stops_closes_the_source():
    async def arun(server):
        async with openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
            async with aopenai_stream(load(MASK), await request(client)) as shown:
                async for _ in shown:
                    break
            assert await asyncio.to_thread(server.closed.wait, LONG_S)

    with EventServer(endless("All is well. ")) as server:
        asyncio.run(arun(server))


@both
def test_decided_reply_closes_the_source(mode):
    with EventServer(endless("It is bluebird. ")) as server:
        if mode == "sync":
            with openai.OpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
                chunks = list(openai_stream(load(BLOCK), request(client)))
                assert server.closed.wait(LONG_S)
        else:

            async def arun():
                async with openai.AsyncOpenAI(
                    base_url=server.url, api_key="none", max_retries=0
                ) as client:
                    stream = aopenai_stream(load(BLOCK), await request(client))
                    shown = [each async for each in stream]
                    assert await asyncio.to_thread(server.closed.wait, LONG_S)
                    return shown

            chunks = asyncio.run(arun())
    assert contents(chunks)[-1] == DECLINED
    assert reasons(chunks) == ["content_filter"]


def test_source_stays_open_while_another_choice_goes_on():
    events = [
        chunk(0, content="The bluebird flies. "),
        chunk(0, content="It flies to the south."),
        chunk(1, content="All is well. "),
        chunk(1, content="Yes."),
    ]
    chunks = read(load(BLOCK), [*events, chunk(1, finish="stop"), "[DONE]"], choices=2)
    assert text_of(chunks, 0) == DECLINED
    assert text_of(chunks, 1) == "All is well. Yes."


def test_verdicts_are_told_by_place():
    shown = openai_stream(load(MASK), [chunk(content=EMAIL), chunk(finish="stop")])
    assert shown.verdicts == {}
    list(shown)
    assert {place: each.action for place, each in shown.verdicts.items()} == {
        "choices/0/content": "redact"
    }


def test_source_without_a_reason_is_checked_to_its_end():
    shown = list(openai_stream(load(MASK), [chunk(content="Ask "), chunk(content=EMAIL)]))
    texts = [each["choices"][0]["delta"]["content"] for each in shown]
    assert "".join(texts) == "Ask [EMAIL_ADDRESS]"


def test_chunks_of_the_client_are_not_changed():
    mine = [chunk(content=f"Ask {EMAIL}"), chunk(finish="stop")]
    before = json.dumps(mine)
    list(openai_stream(load(MASK), mine))
    assert json.dumps(mine) == before


@pytest.mark.parametrize(
    "wrong", [{"type": "content.delta", "delta": EMAIL}, {"choices": [{"index": 0, "text": EMAIL}]}]
)
def test_what_cannot_be_checked_is_refused(wrong):
    with pytest.raises(GuardrailError) as refused:
        list(openai_stream(load(MASK), [wrong]))
    assert EMAIL not in str(refused.value)


def test_held_reply_is_the_prompts_rule():
    guard = load(
        'rule only_to_ann on output\n  when prompt contains "secret"\n  then block with declined\n'
    )
    events = script(["Hello", " there."])
    assert text_of(read(guard, events, prompt="Tell me a secret")) == DECLINED
    assert text_of(read(guard, events, prompt="Hi")) == "Hello there."


def test_slow_detectors_do_not_hold_the_loop():
    source = Source(
        "slow.guard",
        "edition 1\npolicy slow\n  on error treat as violation\n"
        "detector mood = anger()\nrule no_anger on output\n  when mood >= 0.5\n  then block\n",
    )
    main, seen = threading.get_ident(), []

    def anger(text):
        seen.append(threading.get_ident())
        return 1.0 if "hate" in text else 0.0

    async def chunks():
        for text in ("I hate ", "this."):
            yield chunk(content=text)

    async def arun():
        return [each async for each in aopenai_stream(guard, chunks())]

    guard = Guard.load(source, detectors={"anger": anger})
    shown = asyncio.run(arun())
    assert shown[-1]["choices"][0]["finish_reason"] == "content_filter"
    assert seen
    assert main not in seen
