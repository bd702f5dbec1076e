"""Messages, streamed by the real client from a server on the loopback."""

import asyncio
import json
import time

import anthropic
import httpx2
import pytest

from guardrail import GuardrailError, ReplyEvent
from guardrail.integrations import aanthropic_stream, anthropic_stream
from tests.integrations.policies import APPEND, BLOCK, DECLINED, EMAIL, MASK, SSN, cuts, load, pairs
from tests.support.sse import BREAK, LONG_S, EventServer

USAGE = {"input_tokens": 1, "output_tokens": 2}
START = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "tiny",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": USAGE,
    },
}
STOP = {"type": "message_stop"}


def block(index, pieces, kind="text", **start):
    """The events of one block."""
    made = {"type": kind, **({"text": ""} if kind == "text" else {}), **start}
    if kind == "thinking":
        made |= {"thinking": "", "signature": ""}
    deltas = {"text": ("text_delta", "text"), "thinking": ("thinking_delta", "thinking")}
    delta, name = deltas.get(kind, ("input_json_delta", "partial_json"))
    return [
        {"type": "content_block_start", "index": index, "content_block": made},
        *(
            {"type": "content_block_delta", "index": index, "delta": {"type": delta, name: piece}}
            for piece in pieces
        ),
        {"type": "content_block_stop", "index": index},
    ]


def tool(index, pieces, name="send"):
    return block(index, pieces, "tool_use", id=f"toolu_{index}", name=name, input={})


def message(*blocks, reason="end_turn"):
    end = {"stop_reason": reason, "stop_sequence": None}
    last = {"type": "message_delta", "delta": end, "usage": {"output_tokens": 2}}
    return [START, *(event for each in blocks for event in each), last, STOP]


def client_of(kind, server):
    return kind(base_url=server.url, api_key="none", max_retries=0)


def request(client):
    messages = [{"role": "user", "content": "Who can help?"}]
    return client.messages.create(model="tiny", max_tokens=9, messages=messages, stream=True)


def read(guard, events, *, mode="sync", seen=None):
    """All events that come through, by the client of a kind."""
    seen = [] if seen is None else seen
    with EventServer(events) as server:
        if mode == "sync":
            with client_of(anthropic.Anthropic, server) as client:
                seen.extend(anthropic_stream(guard, request(client)))
                return seen

        async def arun():
            async with client_of(anthropic.AsyncAnthropic, server) as client:
                async for each in aanthropic_stream(guard, await request(client)):
                    seen.append(each)

        asyncio.run(arun())
        return seen


def built(events):
    """The message that the client's own accumulator makes of events."""
    from anthropic._types import NOT_GIVEN
    from anthropic.lib.streaming._messages import accumulate_event

    snapshot, buffers = None, {}
    for event in events:
        snapshot = accumulate_event(
            event=event, current_snapshot=snapshot, json_bufs=buffers, output_format=NOT_GIVEN
        )
    return snapshot


def texts_of(events):
    return [each.text for each in built(events).content if each.type == "text"]


def deltas(events):
    found = [each.delta for each in events if each.type == "content_block_delta"]
    return [each.text for each in found if each.type == "text_delta"]


def everything(events):
    return "".join(each.model_dump_json() for each in events)


both = pytest.mark.parametrize("mode", ["sync", "async"])


@both
@pytest.mark.parametrize("size", [1, 2, 5, 7, 100])
def test_secret_across_events_is_masked(mode, size):
    text = f"Write to {EMAIL} or call. SSN {SSN}."
    events = read(load(MASK), message(block(0, cuts(text, size))), mode=mode)
    assert texts_of(events) == ["Write to [EMAIL_ADDRESS] or call. SSN [US_SSN]."]
    assert built(events).stop_reason == "end_turn"
    assert [each.type for each in events[-3:]] == [
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


def test_secret_across_blocks_is_masked():
    guard = load(MASK)
    for first, second in pairs(f"Ask {EMAIL} now"):
        events = list(anthropic_stream(guard, message(block(0, [first]), block(1, [second]))))
        texts = [each["delta"]["text"] for each in events if each["type"] == "content_block_delta"]
        assert "".join(texts) == "Ask [EMAIL_ADDRESS] now", (first, second)
        kinds = [each["type"] for each in events]
        assert kinds.count("content_block_start") == kinds.count("content_block_stop") == 2


def test_clean_message_passes_in_order():
    said = message(
        block(0, cuts("I will look that up.", 3)),
        tool(1, cuts('{"city": "Bern"}', 4), name="weather"),
        block(2, cuts("It rains. It pours.", 3)),
        reason="tool_use",
    )
    made = built(read(load(MASK, BLOCK), said))
    assert [each.type for each in made.content] == ["text", "tool_use", "text"]
    assert made.content[0].text + made.content[2].text == "I will look that up.It rains. It pours."
    assert made.content[1].input == {"city": "Bern"}
    assert made.stop_reason == "tool_use"
    assert made.usage.output_tokens == 2


def test_clean_text_is_released_early_and_whole():
    text = "The office opens at nine, and the cafe at ten. " * 3
    events = read(load(MASK, BLOCK), message(block(0, cuts(text, 4))))
    assert texts_of(events) == [text]
    assert len(deltas(events)) > 10


@both
def test_block_after_release_is_an_event_of_its_own(mode):
    text = "Our plan is old. It is the bluebird plan, and then some."
    events = read(load(BLOCK), message(block(0, cuts(text, 3))), mode=mode)
    *released, event = deltas(events)
    assert "Our plan is old." in "".join(released)
    assert "blue" not in "".join(released)
    assert isinstance(event, ReplyEvent)
    assert (event, event.action) == (DECLINED, "block")
    assert built(events).stop_reason == "refusal"
    assert events[-1].type == "message_stop"
    assert all(isinstance(each, anthropic.BaseModel) for each in events)


def test_block_before_release_gives_the_reply_alone():
    events = read(load(BLOCK), message(block(0, cuts("Bluebird!", 2))))
    assert texts_of(events) == [DECLINED]
    assert built(events).stop_reason == "refusal"


@pytest.mark.parametrize("size", [1, 4, 9])
def test_tool_input_is_masked_and_stays_json(size):
    wanted = json.dumps({"to": EMAIL, "body": f"Hi,\n{EMAIL}"})
    for written in (wanted, wanted.replace("@", "\\u0040")):
        made = built(read(load(MASK), message(tool(0, cuts(written, size)), reason="tool_use")))
        assert made.content[0].input["to"] == "[EMAIL_ADDRESS]"
        assert "ann" not in json.dumps(made.content[0].input)
        assert (made.content[0].name, made.stop_reason) == ("send", "tool_use")


def test_input_that_comes_at_once_is_scanned():
    start = {"type": "tool_use", "id": "t", "name": "send", "input": {"to": EMAIL}}
    events = [{"type": "content_block_start", "index": 0, "content_block": start}]
    said = [START, *events, {"type": "content_block_stop", "index": 0}, STOP]
    shown = json.dumps(list(anthropic_stream(load(MASK), said)))
    assert EMAIL not in shown
    assert "[EMAIL_ADDRESS]" in shown


def test_blocked_input_withholds_the_call():
    said = message(tool(0, cuts('{"text": "bluebird"}', 3)), reason="tool_use")
    made = built(read(load(BLOCK), said))
    assert [(each.type, each.text) for each in made.content] == [("text", DECLINED)]
    assert made.stop_reason == "refusal"


def test_blocked_input_behind_text_withholds_the_call():
    blocks = block(0, ["I note it down. "]), tool(1, cuts('{"text": "bluebird"}', 3))
    made = built(read(load(BLOCK), message(*blocks, reason="tool_use")))
    assert [each.type for each in made.content] == ["text"]
    assert made.content[0].text.endswith(DECLINED)
    assert made.stop_reason == "refusal"


def test_reply_behind_other_blocks_has_a_block_of_its_own():
    blocks = block(0, ["I think."], "thinking"), tool(1, cuts('{"text": "bluebird"}', 3))
    made = built(read(load(BLOCK), message(*blocks, reason="tool_use")))
    assert [each.type for each in made.content] == ["thinking", "text"]
    assert made.content[1].text == DECLINED


def test_appended_text_follows_the_message():
    events = read(load(APPEND), message(block(0, ["Take ", "medicine."])))
    assert "".join(texts_of(events)) == "Take medicine.\n\nAsk a doctor."
    made = built(read(load(APPEND), message(tool(0, ['{"q": "medicine"}']), reason="tool_use")))
    assert [each.type for each in made.content] == ["tool_use"]
    assert made.content[0].input == {"q": "medicine"}


def test_thinking_and_citations_are_scanned():
    citation = {
        "type": "char_location",
        "cited_text": f"Ask {EMAIL}",
        "document_index": 0,
        "document_title": None,
        "start_char_index": 0,
        "end_char_index": 9,
        "file_id": None,
    }
    start, *rest, stop = block(1, ["See there."])
    cited = {
        "type": "content_block_delta",
        "index": 1,
        "delta": {"type": "citations_delta", "citation": citation},
    }
    said = message(block(0, cuts(f"Is it {EMAIL}?", 3), "thinking"), [start, *rest, cited, stop])
    events = read(load(MASK), said)
    made = built(events)
    assert made.content[0].thinking == "Is it [EMAIL_ADDRESS]?"
    assert made.content[1].citations[0].cited_text == "Ask [EMAIL_ADDRESS]"
    assert EMAIL not in everything(events)


@both
def test_broken_source_flushes_nothing(mode):
    said = message(block(0, ["All is well. ", "Ask ann.lee", "@exam"]))[:-3]
    seen = []
    with pytest.raises(httpx2.RemoteProtocolError):
        read(load(MASK), [*said, BREAK], mode=mode, seen=seen)
    assert "".join(deltas(seen)).startswith("All is well.")
    assert "ann" not in everything(seen)


def endless(text):
    """Events without an end, until the client closes the connection."""

    def events():
        begin = time.monotonic()
        start, delta, _ = block(0, [text])
        yield from (START, start)
        while time.monotonic() - begin < LONG_S:
            yield delta
            time.sleep(0.002)

    return events


def test_reader_that_stops_closes_the_source():
    with (
        EventServer(endless("All is well. ")) as server,
        client_of(anthropic.Anthropic, server) as client,
    ):
        for each in anthropic_stream(load(MASK), request(client)):
            if each.type == "content_block_delta":
                break
        assert server.closed.wait(LONG_S)


@both
def test_decided_message_closes_the_source(mode):
    with EventServer(endless("It is bluebird. ")) as server:
        if mode == "sync":
            with client_of(anthropic.Anthropic, server) as client:
                events = list(anthropic_stream(load(BLOCK), request(client)))
                assert server.closed.wait(LONG_S)
        else:

            async def arun():
                async with client_of(anthropic.AsyncAnthropic, server) as client:
                    stream = aanthropic_stream(load(BLOCK), await request(client))
                    shown = [each async for each in stream]
                    assert await asyncio.to_thread(server.closed.wait, LONG_S)
                    return shown

            events = asyncio.run(arun())
    assert texts_of(events)[0].endswith(DECLINED)
    assert built(events).stop_reason == "refusal"
    assert events[-1].type == "message_stop"


def test_events_that_repeat_the_text_are_refused():
    with (
        EventServer(message(block(0, [f"Ask {EMAIL}"]))) as server,
        client_of(anthropic.Anthropic, server) as client,
        client.messages.stream(
            model="tiny", max_tokens=9, messages=[{"role": "user", "content": "Hi"}]
        ) as stream,
        pytest.raises(GuardrailError, match="cannot be checked") as refused,
    ):
        list(anthropic_stream(load(MASK), stream))
    assert EMAIL not in str(refused.value)


def test_plain_events_are_answered_in_kind():
    shown = list(anthropic_stream(load(BLOCK), message(block(0, ["bluebird"]))))
    assert all(isinstance(each, dict) for each in shown)
    assert shown[-2]["delta"]["stop_reason"] == "refusal"
    assert json.loads(json.dumps(shown)) == shown
