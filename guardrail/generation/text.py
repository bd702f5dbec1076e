"""From tokens to text that may be shown: whole characters only, and nothing of a stop text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

_UNFINISHED: Final = "\ufffd"


class Writer:
    """Collects the tokens of one reply; `text` never shrinks and never shows a stop text.

    Of several stop texts the one that is complete first ends the reply.

    >>> writer = Writer(lambda ids: "".join(map(chr, ids)), stop=("END",))
    >>> [writer.add(ord(letter)) for letter in "Hi, END"]
    ['H', 'i', ',', ' ', '', '', '']
    >>> writer.is_stopped, writer.text
    (True, 'Hi, ')
    """

    def __init__(self, decode: Callable[[Sequence[int]], str], stop: Sequence[str] = ()) -> None:
        self._decode = decode
        self._stop = tuple(stop)
        self.ids: list[int] = []
        self.text = ""
        self.is_stopped = False

    def add(self, token: int) -> str:
        """Take a token; return the text that can be shown now and could not before."""
        self.ids.append(token)
        whole = self._decode(self.ids).rstrip(_UNFINISHED)
        ends = [at for at in (whole.find(each) for each in self._stop) if at >= 0]
        if ends:
            self.is_stopped = True
            return self._show(whole[: min(ends)])
        return self._show(whole[: len(whole) - self._held(whole)])

    def close(self) -> str:
        """Return what was held back, now that the reply is finished."""
        return "" if self.is_stopped else self._show(self._decode(self.ids))

    def _show(self, text: str) -> str:
        fresh = text[len(self.text) :]
        self.text += fresh
        return fresh

    def _held(self, text: str) -> int:
        """Return how many characters at the end could be the beginning of a stop text."""
        most = max((len(each) - 1 for each in self._stop), default=0)
        for size in range(min(most, len(text)), 0, -1):
            if any(each.startswith(text[-size:]) for each in self._stop):
                return size
        return 0
