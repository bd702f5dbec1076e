r"""The view in display order: what a reader sees where overrides turn a text around.

An override (U+202E, U+202D) makes letters stand in an order that is not theirs; an embedding or an
isolate from right to left does so with numbers and phrases that have no letter of such a writing.
This is the part of Unicode's bidirectional algorithm (UAX #9) that can turn a text which is read
from left to right, and Arabic or Hebrew under an override from left to right. Honest Arabic and
Hebrew, with marks, embeddings and isolates as their writing needs them, is read in the order in
which it is stored, so nothing is shown of it.
"""

from __future__ import annotations

import functools
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from guardrail.text.decoding import decoded
from guardrail.text.limits import LARGE
from guardrail.text.view import View, too_much

MOST_PIECES: Final = 4096
"""How many stretches of one direction a view puts in order; more of them are an error."""

MOST_TURNED: Final = 1 << 16
"""How many characters a view turns around; more of them are an error."""

DEEPEST: Final = 16
"""How deep overrides, embeddings and isolates may be nested; deeper ones are an error."""

_ISOLATES: Final = "\u2066\u2067\u2068"
_BACKWARD: Final = "\u202b\u202e\u2067"
_OVERRIDES: Final = "\u202d\u202e"
_OPENING: Final = "\u202a\u202b\u202d\u202e\u2066\u2067\u2068"
_OPENS: Final = re.compile(f"[{_OPENING}]")
_CONTROL: Final = re.compile("[\u202a-\u202e\u2066-\u2069]|[\n\r\x0b\x0c\x1c-\x1e\x85\u2029]")
_RIGHT_TO_LEFT: Final = re.compile(
    "[\u0590\u05be-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_HEBREW_OR_ARABIC: Final = re.compile(
    "[\u0591-\u08ff\ufb1d-\ufdff\ufe70-\ufefe]+(?: +[\u0591-\u08ff\ufb1d-\ufdff\ufe70-\ufefe]+)*"
)
_IN_ORDER: Final = re.compile(
    r"(?:[^\W\d_](?:[^\n]*[^\W_])?|[#$%+\u20ac\u00a3-]*\d+(?:[-+.,:/]\d+)*[#$%\u20ac\u00a3]*|.)",
    re.DOTALL,
)
"""Letters and what stands between them, a number, or one other character (rules W4 to N1)."""

_MIRROR: Final = str.maketrans("()<>[]{}", ")(><][}{")
_WITH_MARKS: Final = re.compile(
    ".[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff"
    "\u200c\u200d\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]*",
    re.DOTALL,
)


class _Piece(NamedTuple):
    """A stretch of the text that is shown as it stands, or turned around."""

    start: int
    end: int
    is_turned: bool = False


@dataclass(slots=True)
class _Embedding:
    """What stands between a control and the end of what it controls."""

    control: str
    start: int
    items: list[_Piece | _Embedding] = field(default_factory=list)


def displayed(text: str) -> View | None:
    r"""Return the text in the order in which it is displayed; None if that is its own.

    >>> displayed("so \u202ebmob\u202c it is").text
    'so bomb it is'
    >>> displayed("\u2067\u05e9\u05dc\u05d5\u05dd 12\u2069 \u2066abc\u2069") is None
    True
    """
    order = _Order(text)
    for top, end in order.regions():
        pieces = list(order.visible(top))
        if pieces != sorted(pieces) or any(piece.is_turned for piece in pieces):
            order.show(top.start, end, pieces)
    return order.view()


def decoded_in_order(text: str) -> View | None:
    r"""Return a text with such controls decoded before they are followed; None if there is nothing.

    An entity in a stretch that is turned is one character, as a reader sees it.

    >>> decoded_in_order("so \u202e&#98;mob\u202c").text
    'so \u202ebmob\u202c'
    """
    return decoded(text) if _OPENS.search(text) else None


def asks_for_display() -> str:
    """Return an RE2 expression that occurs wherever `displayed` shows something."""
    return r"[\x{202B}\x{202D}\x{202E}\x{2067}]"


class _Order:
    """Reads a text's controls, and collects what is shown in another order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._pieces: list[str] = []
        self._starts, self._ends = array("Q"), array("Q")
        self._view_starts, self._view_ends = array("Q"), array("Q")
        self._done = self._shown = self._count = self._turned = 0
        self._is_over = False

    def regions(self) -> Iterator[tuple[_Embedding, int]]:
        """Yield the outermost embeddings, and where each ends."""
        opened = _OPENS.search(self._text)
        while opened is not None:
            top, end = self._region(opened.start())
            if self._is_over:
                return
            yield top, end
            opened = _OPENS.search(self._text, end)

    def _region(self, at: int) -> tuple[_Embedding, int]:
        """Return the embedding that starts at a control, and where it ends."""
        top = _Embedding(self._text[at], at)
        stack, done = [top], at + 1
        for found in _CONTROL.finditer(self._text, done):
            control, here = found[0], found.start()
            self._count += 1
            if self._count > MOST_PIECES or len(stack) == DEEPEST:
                self._is_over = True
                return top, here
            stack[-1].items.append(_Piece(done, here))
            done = here + 1
            if control in _OPENING:
                stack.append(_Embedding(control, here))
                stack[-2].items.append(stack[-1])
                continue
            del stack[_kept(control, stack) :]
            if not stack:
                return top, done if control in "\u202c\u2069" else here
        stack[-1].items.append(_Piece(done, len(self._text)))
        return top, len(self._text)

    def visible(self, inside: _Embedding) -> Iterator[_Piece]:
        """Yield the pieces of an embedding in display order."""
        text, control = self._text, inside.control
        is_override = control in _OVERRIDES
        own = [item for item in inside.items if isinstance(item, _Piece)]
        is_backward = control in _BACKWARD and (
            is_override or not any(_RIGHT_TO_LEFT.search(text, *item[:2]) for item in own)
        )
        for item in reversed(inside.items) if is_backward else inside.items:
            if isinstance(item, _Embedding):
                yield from self.visible(item)
            elif is_backward and is_override:
                yield _Piece(item.start, item.end, is_turned=True)
            elif is_backward:
                yield from reversed(self._counted(self._tokens(item)))
            elif is_override:
                yield from self._counted(self._natural(item))
            else:
                yield item

    def _tokens(self, piece: _Piece) -> Iterator[_Piece]:
        for found in _IN_ORDER.finditer(self._text, piece.start, piece.end):
            yield _Piece(*found.span(), is_turned=found[0] in "()<>[]{}")

    def _natural(self, piece: _Piece) -> Iterator[_Piece]:
        """Yield a piece that is forced from left to right; Hebrew in it is read the other way."""
        at = piece.start
        for found in _HEBREW_OR_ARABIC.finditer(self._text, piece.start, piece.end):
            if at < found.start():
                yield _Piece(at, found.start())
            at = found.end()
            yield _Piece(found.start(), at, is_turned=True)
        if at < piece.end:
            yield _Piece(at, piece.end)

    def _counted(self, pieces: Iterable[_Piece]) -> list[_Piece]:
        found = []
        for piece in pieces:
            self._count += 1
            if self._count > MOST_PIECES:
                self._is_over = True
                break
            found.append(piece)
        return found

    def show(self, start: int, end: int, pieces: Sequence[_Piece]) -> None:
        """Show pieces for what stands from `start` to `end`."""
        self._turned += sum(piece.end - piece.start for piece in pieces if piece.is_turned)
        if self._turned > MOST_TURNED:
            self._is_over = True
            return
        self._pieces.append(self._text[self._done : start])
        self._shown += start - self._done
        for piece in pieces:
            form = self._text[piece.start : piece.end]
            at, self._shown = self._shown, self._shown + len(form)
            if not piece.is_turned:
                self._pieces.append(form)
                self._place(piece.start, at)
                continue
            form, places = _turned(form, piece.start)
            self._pieces.append(form)
            self._starts.extend(places)
            self._ends.extend(place + 1 for place in places)
            self._view_starts.extend(range(at, self._shown))
            self._view_ends.extend(range(at + 1, self._shown + 1))
        self._place(end, self._shown)
        self._done = end

    def _place(self, start: int, at: int) -> None:
        """Note that the text goes on from `start`, shown at `at`."""
        self._starts.append(start)
        self._ends.append(start)
        self._view_starts.append(at)
        self._view_ends.append(at)

    def view(self) -> View | None:
        """Return the view, None if it would show the text itself and nothing went over a limit."""
        if self._is_over and len(self._text) > LARGE:
            return too_much("displayed")
        if not self._starts and not self._is_over:
            return None
        text = "".join((*self._pieces, self._text[self._done :]))
        places = (self._view_starts, self._view_ends, self._starts, self._ends)
        return View("displayed", text, *places, is_over=self._is_over, is_reordered=True)


def _kept(control: str, stack: list[_Embedding]) -> int:
    """Return how many of the open embeddings stay open after a closing control."""
    isolates = [at for at, inside in enumerate(stack) if inside.control in _ISOLATES]
    if control == "\u202c":
        return len(stack) - (bool(stack) and stack[-1].control not in _ISOLATES)
    if control == "\u2069":
        return isolates[-1] if isolates else len(stack)
    return 0


def _turned(form: str, at: int) -> tuple[str, Sequence[int]]:
    """Return a stretch from its end to its start, marks behind their letter, and the places."""
    if form.isascii() or not _marks().search(form):
        return form[::-1].translate(_MIRROR), range(at + len(form) - 1, at - 1, -1)
    clusters = [found.span() for found in _WITH_MARKS.finditer(form)][::-1]
    turned = "".join(form[start:end] for start, end in clusters)
    places = [place for start, end in clusters for place in range(at + start, at + end)]
    return turned.translate(_MIRROR), places


@functools.cache
def _marks() -> re.Pattern[str]:
    return re.compile(_WITH_MARKS.pattern[1:-1])
