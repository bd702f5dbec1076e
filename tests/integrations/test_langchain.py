"""Runnables of LangChain behind a policy."""

import asyncio
import json

import openai
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableGenerator, RunnableLambda

from guardrail import GuardrailError, ReplyEvent, ReplyTypeError
from guardrail.integrations import guarded
from tests.integrations.policies import APPEND, BLOCK, DECLINED, EMAIL, MASK, cuts, load
from tests.integrations.test_openai import MESSAGES, endless, script
from tests.support.sse import LONG_S, EventServer

INPUT = """
rule no_secrets_in on input
  when text contains "password"
  then block with declined
rule hide_in on input
  when contacts found
  then redact
"""


class Scripted(BaseChatModel):
    """A chat model that says what it is told to say."""

    chunks: list
    heard: list

    @property
    def _llm_type(self):
        return "scripted"

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        self.heard.append(messages)
        made = self.chunks[0]
        for chunk in self.chunks[1:]:
            made += chunk
        message = AIMessage(
            **made.model_dump(exclude={"type", "tool_call_chunks", "chunk_position"})
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        self.heard.append(messages)
        for chunk in self.chunks:
            made = ChatGenerationChunk(message=chunk.model_copy())
            if run_manager:
                run_manager.on_llm_new_token(str(chunk.text), chunk=made)
            yield made


def model(text, size=3, **last):
    said = [AIMessageChunk(content=piece, id="run-1") for piece in cuts(text, size)]
    end = {"finish_reason": "stop", "logprobs": {"content": [{"token": text}]}}
    ends = AIMessageChunk(content="", id="run-1", response_metadata=end, **last)
    return Scripted(chunks=[*said, ends], heard=[])


def caller(arguments, size=4):
    """A model that calls a tool."""
    pieces = cuts(arguments, size)
    first = {"name": "send", "args": "", "id": "call_1", "index": 0}
    chunks = [AIMessageChunk(content="", tool_call_chunks=[first])]
    for piece in pieces:
        more = {"name": None, "args": piece, "id": None, "index": 0}
        chunks.append(AIMessageChunk(content="", tool_call_chunks=[more]))
    chunks.append(AIMessageChunk(content="", response_metadata={"finish_reason": "tool_calls"}))
    return Scripted(chunks=chunks, heard=[])


def summed(chunks):
    made = chunks[0]
    for chunk in chunks[1:]:
        made += chunk
    return made


def answer(runnable, way, given="Who can help?"):
    """The whole answer, asked for in one of four ways."""

    async def astreamed():
        return [chunk async for chunk in runnable.astream(given)]

    if way == "invoke":
        return runnable.invoke(given)
    if way == "ainvoke":
        return asyncio.run(runnable.ainvoke(given))
    chunks = list(runnable.stream(given)) if way == "stream" else asyncio.run(astreamed())
    return summed(chunks)


every_way = pytest.mark.parametrize("way", ["invoke", "ainvoke", "stream", "astream"])
both = pytest.mark.parametrize("way", ["stream", "astream"])


@every_way
@pytest.mark.parametrize("size", [1, 4, 100])
def test_messages_are_masked(way, size):
    made = answer(guarded(model(f"Write to {EMAIL} today.", size), load(MASK)), way)
    assert made.content == "Write to [EMAIL_ADDRESS] today."
    assert isinstance(made, AIMessage)
    assert made.response_metadata["finish_reason"] == "stop"
    assert EMAIL not in made.model_dump_json()
    assert made.id


@every_way
def test_text_is_masked(way):
    prompt = ChatPromptTemplate.from_messages([("human", "{question}")])
    chain = guarded(prompt | model(f"Write to {EMAIL} today.") | StrOutputParser(), load(MASK))
    assert answer(chain, way, {"question": "Who?"}) == "Write to [EMAIL_ADDRESS] today."


@every_way
def test_block_gives_the_reply(way):
    made = answer(guarded(model("Bluebird!"), load(BLOCK)), way)
    assert made.content == DECLINED
    assert made.response_metadata["finish_reason"] == "content_filter"


@both
def test_block_after_release_is_an_event_of_its_own(way):
    runnable = guarded(
        model("Our plan is old. It is the bluebird plan, and then some."), load(BLOCK)
    )

    async def astreamed():
        return [chunk async for chunk in runnable.astream("Hi")]

    chunks = list(runnable.stream("Hi")) if way == "stream" else asyncio.run(astreamed())
    texts = [chunk.content for chunk in chunks if chunk.content]
    assert "Our plan is old." in "".join(texts[:-1])
    assert "blue" not in "".join(texts)
    assert isinstance(texts[-1], ReplyEvent)
    assert texts[-1] == DECLINED
    assert summed(chunks).response_metadata["finish_reason"] == "content_filter"


@every_way
def test_tool_calls_are_masked(way):
    wanted = json.dumps({"to": EMAIL, "body": f"Hi,\n{EMAIL}"})
    made = answer(guarded(caller(wanted), load(MASK)), way)
    (call,) = made.tool_calls
    assert (call["name"], call["id"]) == ("send", "call_1")
    assert call["args"]["to"] == "[EMAIL_ADDRESS]"
    assert EMAIL not in made.model_dump_json()
    assert made.response_metadata["finish_reason"] == "tool_calls"
    assert not made.invalid_tool_calls


@every_way
def test_blocked_tool_call_is_withheld(way):
    made = answer(guarded(caller('{"text": "bluebird"}'), load(BLOCK)), way)
    assert made.content == DECLINED
    assert not made.tool_calls
    assert made.response_metadata["finish_reason"] == "content_filter"


def test_clean_answers_are_the_same_as_without_a_guard():
    for each in (model("The office opens at nine. " * 5), caller('{"city": "Bern"}')):
        bare, shown = each.invoke("Hi"), guarded(each, load(MASK, BLOCK)).invoke("Hi")
        assert shown.content == bare.content
        assert shown.tool_calls == bare.tool_calls
        streamed = summed(list(guarded(each, load(MASK, BLOCK)).stream("Hi")))
        assert streamed.content == bare.content
        assert [call["args"] for call in streamed.tool_calls] == [
            call["args"] for call in bare.tool_calls
        ]


def test_clean_text_is_released_early():
    chunks = list(guarded(model("The office opens at nine. " * 5), load(MASK)).stream("Hi"))
    assert len(chunks) > 10


@every_way
def test_blocks_of_content_are_masked(way):
    def chunk(kind, text, index):
        return AIMessageChunk(content=[{"type": kind, kind: text, "index": index}])

    said = [chunk("thinking", piece, 0) for piece in cuts(f"Is it {EMAIL}?", 3)]
    said += [chunk("text", piece, 1) for piece in cuts(f"Ask {EMAIL}.", 3)]
    said.append(AIMessageChunk(content=[{"type": "image", "data": EMAIL}]))
    made = answer(guarded(Scripted(chunks=said, heard=[]), load(MASK)), way)
    assert made.text == "Ask [EMAIL_ADDRESS]."
    thought = "".join(each.get("thinking", "") for each in made.content)
    assert thought == "Is it [EMAIL_ADDRESS]?"
    assert EMAIL not in made.model_dump_json()


@every_way
def test_further_texts_are_masked_and_copies_left_out(way):
    more = {"reasoning_content": f"Is it {EMAIL}?", "tool_calls": [{"arguments": EMAIL}]}
    said = AIMessageChunk(content="Hello.", additional_kwargs=more)
    made = answer(guarded(Scripted(chunks=[said], heard=[]), load(MASK)), way)
    assert made.additional_kwargs["reasoning_content"] == "Is it [EMAIL_ADDRESS]?"
    assert EMAIL not in made.model_dump_json()


@every_way
def test_appended_text_follows(way):
    made = answer(guarded(model("Take medicine."), load(APPEND)), way)
    assert made.content == "Take medicine.\n\nAsk a doctor."


@every_way
def test_input_rules_run_first(way):
    inner = model("Hello.")
    runnable = guarded(inner, load(MASK, INPUT))
    assert answer(runnable, way, "My password is x").content == DECLINED
    assert inner.heard == []
    given = [SystemMessage("Be brief."), HumanMessage(f"I am {EMAIL}")]
    assert answer(runnable, way, given).content == "Hello."
    assert [message.content for message in inner.heard[0]] == [
        "Be brief.",
        "I am [EMAIL_ADDRESS]",
    ]
    assert given[1].content == f"I am {EMAIL}"


def test_unclear_prompt_is_refused():
    chain = RunnableLambda(lambda given: "Hello.")
    runnable = guarded(chain, load(MASK, INPUT))
    with pytest.raises(GuardrailError, match="cannot be told"):
        runnable.invoke({"question": "Who?"})
    told = guarded(chain, load(MASK, INPUT), prompt=lambda given: given["question"])
    assert told.invoke({"question": "Who?"}) == "Hello."


def test_prompt_reaches_the_rules():
    guard = load(
        'rule hush on output\n  when prompt contains "secret"\n  then block with declined\n'
    )
    messages = [HumanMessage("Tell me a secret")]
    for given in ("Tell me a secret", messages, [("human", "Tell me a secret")]):
        assert guarded(model("Yes."), guard).invoke(given).content == DECLINED
    assert guarded(model("Yes."), guard).invoke("Hi").content == "Yes."


def test_other_answers_are_refused():
    runnable = guarded(RunnableLambda(lambda given: {"text": EMAIL}), load(MASK))
    for way in ("invoke", "stream"):
        with pytest.raises(ReplyTypeError) as refused:
            answer(runnable, way)
        assert EMAIL not in str(refused.value)


def test_composes_and_batches():
    chain = guarded(model(f"Ask {EMAIL}."), load(MASK)) | StrOutputParser()
    assert chain.batch(["Hi", "Ho"]) == ["Ask [EMAIL_ADDRESS]."] * 2
    assert "".join(chain.stream("Hi")) == "Ask [EMAIL_ADDRESS]."


def test_events_do_not_go_around_the_guard():
    chain = guarded(model(f"Ask {EMAIL} today."), load(MASK)) | StrOutputParser()

    async def events():
        return [event async for event in chain.astream_events("Hi", version="v2")]

    seen = asyncio.run(events())
    assert EMAIL not in "".join(
        str(event["data"].get("chunk", "")) + str(event["data"].get("output", "")) for event in seen
    )
    shown = [event["data"]["chunk"] for event in seen if event["event"] == "on_parser_stream"]
    assert "".join(shown) == "Ask [EMAIL_ADDRESS] today."


def test_verdicts_are_reported():
    seen = []
    runnable = guarded(model(f"Ask {EMAIL}."), load(MASK), on_verdict=seen.append)
    runnable.invoke("Hi")
    list(runnable.stream("Hi"))
    assert [verdict.action for verdict in seen] == ["redact", "redact"]


def test_failing_model_flushes_nothing():
    def said(given):
        yield "All is well. "
        yield "Ask ann.lee"
        raise ConnectionError

    seen = []
    runnable = guarded(RunnableLambda(said), load(MASK))
    with pytest.raises(ConnectionError):
        seen.extend(runnable.stream("Hi"))
    assert "".join(seen).startswith("All is well.")
    assert "ann" not in "".join(seen)


def speaking(server, client):
    """A runnable that reads a stream of the real client."""

    def said(given):
        stream = client.chat.completions.create(model="tiny", messages=MESSAGES, stream=True)
        with stream:
            for chunk in stream:
                yield chunk.choices[0].delta.content or ""

    return RunnableLambda(said)


def test_reader_that_stops_closes_the_source():
    with (
        EventServer(endless("All is well. ")) as server,
        openai.OpenAI(base_url=server.url, api_key="none", max_retries=0) as client,
    ):
        shown = guarded(speaking(server, client), load(MASK)).stream("Hi")
        assert next(shown)
        shown.close()
        assert server.closed.wait(LONG_S)


def test_decided_answer_closes_the_source():
    with (
        EventServer(endless("It is bluebird. ")) as server,
        openai.OpenAI(base_url=server.url, api_key="none", max_retries=0) as client,
    ):
        chunks = list(guarded(speaking(server, client), load(BLOCK)).stream("Hi"))
        assert chunks[-1] == DECLINED
        assert server.closed.wait(LONG_S)


def test_real_stream_is_masked():
    with (
        EventServer(script(cuts(f"Ask {EMAIL}", 2))) as server,
        openai.OpenAI(base_url=server.url, api_key="none", max_retries=0) as client,
    ):
        chunks = list(guarded(speaking(server, client), load(MASK)).stream("Hi"))
    assert "".join(chunks) == "Ask [EMAIL_ADDRESS]"


def test_fake_models_of_the_library_are_masked():
    said = GenericFakeChatModel(messages=iter([AIMessage(f"Ask {EMAIL} or {EMAIL} now")]))
    chunks = list(guarded(said, load(MASK)).stream("Hi"))
    assert summed(chunks).content == "Ask [EMAIL_ADDRESS] or [EMAIL_ADDRESS] now"


@pytest.mark.parametrize("text", ["Hello there, you.", f"Ask {EMAIL}", "It is a bluebird"])
def test_tokens_are_counted_once(text):
    used = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
    inner = model(text, usage_metadata=used, chunk_position="last")
    made = summed(list(guarded(inner, load(MASK, BLOCK)).stream("Hi")))
    assert made.usage_metadata == used


def test_guarded_step_of_a_chain_reads_a_stream():
    def upper(given):
        for piece in given:
            yield piece.upper()

    chain = (
        guarded(model(f"Ask {EMAIL}."), load(MASK)) | StrOutputParser() | RunnableGenerator(upper)
    )
    assert "".join(chain.stream("Hi")) == "ASK [EMAIL_ADDRESS]."
