"""Streams of client libraries, filtered: what goes in and what comes out are the client's objects.

`openai_stream` takes chunks of chat completions, `anthropic_stream` events of messages, each with
a twin for `async for`; `guarded` wraps a runnable of LangChain. No client library is imported to
read its objects: plain dictionaries of the same shape do as well.
"""

from guardrail.integrations.chat_chunks import aopenai_stream, openai_stream
from guardrail.integrations.message_events import aanthropic_stream, anthropic_stream
from guardrail.integrations.runnables import guarded

__all__ = ["aanthropic_stream", "anthropic_stream", "aopenai_stream", "guarded", "openai_stream"]
