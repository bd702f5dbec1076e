"""One text of an answer that has several: the reply, a refusal, the arguments of a tool call."""

from __future__ import annotations

import json
import re
from typing import Final

from guardrail.runtime.guard import Guard
from guardrail.runtime.reply_event import ReplyEvent
from guardrail.runtime.stream import Stream
from guardrail.values import Verdict

_ESCAPE: Final = re.compile(r'(\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))|\\')
"""A whole escape of JSON, or a backslash whose letter is gone."""


class Part:
    """A text that comes in pieces, and the stream that filters it.

    `feed` and `end` return text that may be shown. Where the policy puts another reply in the
    place of this text, `end` returns nothing and `event` is that reply.
    """

    def __init__(self, guard: Guard, prompt: str | None, system: str | None) -> None:
        self.stream: Stream = guard.stream(prompt=prompt, system=system)
        self.has_shown = False
        self.event: ReplyEvent | None = None

    @property
    def is_decided(self) -> bool:
        """Whether nothing that comes could change what the reader gets."""
        return self.stream.is_decided

    @property
    def verdict(self) -> Verdict:
        """The verdict on the whole text, known at its end."""
        return self.stream.verdict

    def feed(self, text: str) -> str:
        """Take the next piece; return what may be shown."""
        return self._shown("".join(self.stream.feed(text)))

    def end(self) -> str:
        """End the text; return the rest of what may be shown."""
        pieces = self.stream.close()
        if self.verdict.action in {"replace", "block"} or any(map(_is_event, pieces)):
            self.event = ReplyEvent.of(self.verdict)
            return ""
        return self._shown("".join(pieces))

    def _shown(self, text: str) -> str:
        self.has_shown |= bool(text)
        return text


class Arguments(Part):
    """The arguments of a tool call, shown whole at their end or not at all.

    They are acted upon: a beginning that was shown and then cut off could be taken for all of
    them. They are JSON, unless the tool takes free text, and stay JSON when something was cut.
    """

    def __init__(
        self, guard: Guard, prompt: str | None, system: str | None, *, is_json: bool = True
    ) -> None:
        super().__init__(guard, prompt, system)
        self._is_json = is_json

    def feed(self, text: str) -> str:
        """Take the next piece; nothing is shown yet."""
        self.stream.feed(text)
        return ""

    def end(self) -> str:
        """End the arguments; return what may be shown of them."""
        source = self.stream.text
        self.stream.close()
        output = self.verdict.output
        if self.verdict.action in {"replace", "block"}:
            self.event = ReplyEvent.of(self.verdict)
            return ""
        if not source:
            return ""
        return _mended(output) if self._is_json and output != source else output


def _mended(output: str) -> str:
    r"""Return what redacting and appending left of JSON, as JSON.

    A finding right behind `\n` takes the `n` with it, so the backslash goes too; what a rule
    appends is for readers.

    >>> print(_mended('{"to": "\\[EMAIL_ADDRESS]"}\n\nAsk a doctor.'))
    {"to": "[EMAIL_ADDRESS]"}
    """
    text = _ESCAPE.sub(lambda escape: escape[1] or "", output)
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except ValueError:
        return output
    return text[:end]


def _is_event(piece: str) -> bool:
    return isinstance(piece, ReplyEvent)
