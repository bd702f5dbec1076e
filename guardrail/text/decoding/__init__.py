r"""The view in which what is encoded is decoded, whatever encodes it.

One look takes off one encoding of each stretch; a nested one takes several. A stretch that does
not decode to text (an image, a hash, an ordinary word) stays as it is. A no-break space is shown
as a blank, and a hyphen as the one of ASCII: that is what they look like. Nothing grows: a decoded
character stands for at least one encoded one, so that only depth and size need a limit.
"""

from __future__ import annotations

import functools
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, tee
from typing import Final

from guardrail.text.decoding.armour import ARMOUR, BARE
from guardrail.text.decoding.blocks import BLOCKS
from guardrail.text.decoding.broken import BROKEN
from guardrail.text.decoding.codes import CODES
from guardrail.text.decoding.escapes import BREAKS, ESCAPES
from guardrail.text.decoding.signs import SIGNS
from guardrail.text.decoding.stretch import Family, Stretch, TooMuchError, with_edges
from guardrail.text.limits import LARGE, most
from guardrail.text.places import stretches
from guardrail.text.prefilter import prefilter
from guardrail.text.view import View, placed_later, too_much

DEEPEST: Final = 3
"""How often a text is decoded; one that could be decoded once more is an error."""

FEWEST_DECODED: Final = 64 << 10
OF_DECODED: Final = 12
"""How many characters a look decodes, whatever encodes them, or one of so many of the text; more of
them are an error. Words, as JSON has them in escapes, count as places alone."""

FEWEST_STRETCHES: Final = 8 << 10
OF_STRETCHES: Final = 12
"""In how many places a look decodes, or one for so many characters; more of them are an error."""

FEWEST_BLOCKS: Final = 2 << 10
OF_BLOCKS: Final = 512
"""How many lists and blocks of one kind a look decodes, or one for so many characters; more of them
are an error."""

_OF_WORD: Final = 32

_LIKE: Final = {0xA0: " ", 0x2010: "-", 0x2011: "-"}

_FAMILIES: Final = (*ARMOUR, *BROKEN, *ESCAPES, *SIGNS, *CODES, *BLOCKS, *BARE, BREAKS)
_LARGE: Final = frozenset((*ARMOUR, *SIGNS, *CODES, *BLOCKS, *BARE))


def decoded(text: str) -> View | None:
    r"""Return the text with one encoding of each stretch taken off; None if there is none.

    >>> decoded("&#98;%6f\\u006d Ym9tYg== 626f6d62 MJXW2YQ= 98 111 109 98").text
    'bom bomb bomb bomb bomb'
    >>> decoded("beautiful 0123456789abcdef") is None
    True
    """
    stretches, is_over = _stretches(text)
    if is_over and len(text) > LARGE:
        return too_much("decoded")
    if not (stretches or is_over):
        return None
    stretches = [*map(with_edges, stretches)]
    pieces: list[str] = []
    done = 0
    for form, starts, ends in stretches:
        pieces += (text[done : starts[0]], form if form.isascii() else form.translate(_LIKE))
        done = ends[-1]
    shown = "".join((*pieces, text[done:]))
    return placed_later("decoded", shown, lambda: _places(stretches), is_over=is_over)


def _places(stretches: Iterable[Stretch]) -> tuple[Sequence[int], ...]:
    """Return the map of a view that shows what is decoded."""
    view_starts, view_ends, firsts, afters = (array("Q") for _ in range(4))
    done = shown = 0
    for form, starts, ends in stretches:
        shown += max(0, starts[0] - done)
        done = ends[-1]
        size = len(form)
        if size == len(starts):
            view_starts.extend(range(shown, shown + size))
            view_ends.extend(range(shown + 1, shown + size + 1))
            firsts.extend(starts)
            afters.extend(ends)
        else:
            view_starts.append(shown)
            view_ends.append(shown + size)
            firsts.append(starts[0])
            afters.append(done)
        shown += size
    return view_starts, view_ends, firsts, afters


def asks_to_decode() -> str:
    """Return an RE2 expression that occurs wherever `decoded` shows something."""
    return "|".join(dict.fromkeys(f"(?:{family.asks})" for family in _FAMILIES))


def asks_to_wait() -> str:
    """Return the same for what may go on to the end of the block."""
    asks = dict.fromkeys(family.asks for family in _FAMILIES if family.holds is None)
    return "|".join(f"(?:{each})" for each in asks)


def begins_to_decode() -> str:
    """Return an expression of all that is, or may become, something encoded."""
    expressions = (family.holds or family.asks for family in _FAMILIES)
    return "|".join(dict.fromkeys(f"(?:{each})" for each in expressions))


@functools.cache
def _asked() -> Callable[[str], Sequence[int]]:
    """Return a function that gives the numbers of the families that a text asks for."""
    asks = [*dict.fromkeys(family.asks for family in _FAMILIES)]
    numbers = [[n for n, family in enumerate(_FAMILIES) if family.asks == one] for one in asks]
    occurring = prefilter(asks)

    def asked(text: str) -> Sequence[int]:
        return sorted(n for one in occurring(text) if one < len(asks) for n in numbers[one])

    return asked


def _stretches(text: str) -> tuple[list[Stretch], bool]:
    """Return what is encoded, from left to right, and whether there is more than the limits.

    In a large text, of which nothing is shown where it is over one, what is soon over comes first.
    """
    found: dict[int, list[Stretch]] = {}
    room = most(FEWEST_DECODED, text, OF_DECODED)
    places = most(FEWEST_STRETCHES, text, OF_STRETCHES)
    blocks = most(FEWEST_BLOCKS, text, OF_BLOCKS)
    near = _Near(text)
    asked = _asked()(text)
    for number in sorted(asked, key=_patience) if len(text) > LARGE else asked:
        more = found[number] = []
        few = min(places, blocks) if _FAMILIES[number] in _LARGE else places
        try:
            for stretch in near.found(_FAMILIES[number]):
                room -= max(0, len(stretch.form) - _OF_WORD)
                more.append(stretch)
                if room < 0 or len(more) > few:
                    del more[-1 if len(more) > 1 else len(more) :]
                    return _all_united(found), True
        except TooMuchError:
            return _all_united(found), True
        places -= len(more)
    return _all_united(found), False


def _patience(number: int) -> int:
    """Return a smaller number for a family of which few are tried before a text is over."""
    return 0 if _FAMILIES[number] in BARE else 1


def _all_united(found: Mapping[int, list[Stretch]]) -> list[Stretch]:
    """Return what families found, in order; where two claim a place, the first one has it."""
    kept: list[Stretch] = []
    for number in sorted(found):
        kept = _united(kept, found[number])
    return kept


class _Near:
    """Finds what families encode, where a text asks for them; families share where that is."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._parts: dict[str, Iterator[tuple[int, int]]] = {}

    def found(self, family: Family) -> Iterable[Stretch]:
        """Yield what a family finds."""
        if family.edge is None:
            return family.find(self._text)
        parts = self._parts.get(family.asks)
        if parts is None:
            parts = stretches(self._text, family.asks, family.edge, is_rough=True)
        parts, self._parts[family.asks] = tee(parts)
        return family.find(self._text, parts)


def _united(kept: list[Stretch], more: list[Stretch]) -> list[Stretch]:
    """Return both in order, without those of `more` that overlap with others."""
    if not more:
        return kept
    if not kept and all(one.ends[-1] <= other.starts[0] for one, other in pairwise(more)):
        return more
    more.sort(key=_start)
    apart: list[Stretch] = []
    begins = [stretch.starts[0] for stretch in kept]
    done = 0
    for stretch in more:
        start, end = stretch.starts[0], stretch.ends[-1]
        at = bisect_left(begins, end)
        if start >= done and (at == 0 or kept[at - 1].ends[-1] <= start):
            apart.append(stretch)
            done = end
    return sorted([*kept, *apart], key=_start)


def _start(stretch: Stretch) -> int:
    return stretch.starts[0]
