r"""`hidden_text()`: characters nobody sees, where they can carry a message or hide one.

*Ignorable* characters are listed in `guardrail.text.invisible`. Not among them: white space, the
Braille blank, control characters (terminal escapes belong to `markup()`). What counts, by the type
of the finding:

- `TAG_CHARACTERS`: any of U+E0000 to U+E007F, except in a flag (U+1F3F4, two letters, one to three
  letters or digits, U+E007F: England, Texas …).
- `VARIATION_SELECTORS`: two or more in a row; or one of U+E0100 to U+E01EF that does not follow an
  ideograph.
- `BIDI_OVERRIDE`: U+202D or U+202E, which make a text read otherwise than it is written.
- `INVISIBLE_RUN`: four or more ignorable characters in a row, of any kind; or four or more
  letters or digits of the Latin, Greek or Cyrillic script, with one to three after each.
- `NESTED_ENCODING`: what could still be decoded after it has been decoded three times.

A finding covers the whole run of ignorable characters, and goes on over one or two visible
characters if another such run follows. References of HTML (`&#8203;`) count as the characters they
stand for. What writing needs is none: single joiners and non-joiners (Persian, Hindi, emoji
families), soft hyphens, direction marks, embeddings and isolates (Arabic, Hebrew), one variation
selector after its character, a byte order mark, a zero-width space.

A text in which more than `MOST_LOOKS` places had to be judged is one finding from the first
place on where anything may be hidden, or an error if none was found. For the same reason a stream
waits from there on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Final

from guardrail.stages.found import Found
from guardrail.stages.matching import Looks, TooManyError, compiled, search
from guardrail.text.decoding import DEEPEST, asks_to_decode, decoded
from guardrail.text.decoding.nesting import depth
from guardrail.text.invisible import ignorable
from guardrail.text.lenses import DECODED
from guardrail.text.prefilter import first_place
from guardrail.text.widen import character_class, ranges
from guardrail.values import Derived, Failure, Outcome, Span, Subject

FEWEST_IN_A_RUN: Final = 4
"""So many ignorable characters stand together in no script and no emoji."""

_SELECTORS: Final = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_MORE_SELECTORS: Final = "\U000e0100-\U000e01ef"
_TAGS: Final = "\U000e0000-\U000e007f"
_OVERRIDES: Final = "\u202d\u202e"
_IDEOGRAPHS: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LETTERS: Final = "0-9A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u052f\u1e00-\u1fff"
_FLAG: Final = (
    "\U0001f3f4[\U000e0061-\U000e007a]{2}"
    "[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,3}\U000e007f"
)
_TYPES: Final = (
    ("TAG_CHARACTERS", f"[{_TAGS}]"),
    ("VARIATION_SELECTORS", f"[{_SELECTORS}]{{2}}|[{_MORE_SELECTORS}]"),
    ("BIDI_OVERRIDE", f"[{_OVERRIDES}]"),
)


@cache
def _hidden_texts() -> re.Pattern[str]:
    """Return a pattern of flags, which are none, and of what is hidden."""
    listed = "".join(f"{first}-{last}" for first, last in ranges(ignorable()))
    any_ = f"[{listed}]"
    run = (
        rf"(?:{any_}{{{FEWEST_IN_A_RUN}}}"
        rf"|{any_}{{0,3}}[{_TAGS}{_OVERRIDES}]"
        rf"|{any_}{{0,2}}[{_SELECTORS}][{_SELECTORS}]"
        rf"|(?<![{_IDEOGRAPHS}])[{_MORE_SELECTORS}]"
        rf"|{any_}{{1,3}}[{_MORE_SELECTORS}]"
        rf"){any_}*+"
    )
    interleaved = rf"(?:[{_LETTERS}](?![\ufe0e\ufe0f]){any_}{{1,3}}(?!{any_})){{4,}}+"
    return re.compile(rf"(?P<flag>{_FLAG})|(?:{run}|{interleaved})(?:[^{listed}]{{1,2}}{run})*+")


@cache
def _candidates() -> str:
    """Return an expression for RE2 that begins to match, at most a character early, at findings."""
    any_ = character_class(ignorable())
    first = character_class(ignorable() - {"\ufe0e", "\ufe0f"})
    return (
        f"{_FLAG}|{any_}{{0,3}}[{_TAGS}{_OVERRIDES}]|{any_}{{{FEWEST_IN_A_RUN}}}"
        f"|{any_}{{0,2}}[{_SELECTORS}][{_SELECTORS}]|{any_}{{1,3}}[{_MORE_SELECTORS}]"
        f"|(?:^|[^{_IDEOGRAPHS}])[{_MORE_SELECTORS}]"
        f"|(?:[{_LETTERS}]{first}{any_}{{0,2}}){{4}}"
    )


@cache
def _first() -> Callable[..., int]:
    """Return what tells where a candidate first stands, or has begun at the end of a text."""
    any_, letter = f"{character_class(ignorable())}{{1,3}}", f"[{_LETTERS}]"
    begun = rf"(?:{letter}{any_}){{0,3}}{letter}?\z|{any_}\z"
    return first_place(f"{_candidates()}|{begun}")


def _place(text: str) -> int:
    return len(text) if text.isascii() else _first()(text)


@cache
def _types() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(pattern)) for name, pattern in _TYPES)


class HiddenTextDetector:
    r"""Finds runs of invisible characters, tags, variation-selector bytes and bidi overrides.

    >>> from guardrail.values import Subject
    >>> hidden = HiddenTextDetector()
    >>> [(found,)] = hidden.run([Subject("Hi\U000e0068\U000e0069 there")])
    >>> found.start, found.end, found.type
    (2, 4, 'TAG_CHARACTERS')
    """

    @property
    def gate(self) -> tuple[str, ...]:
        """What every hidden text contains one of, and what is encoded."""
        return (_candidates(), asks_to_decode())

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Find what is hidden in each text, and what is encoded too deep in its views."""
        return [self._hidden(subject) for subject in subjects]

    def earliest(self, text: str, system: str | None) -> int:  # noqa: ARG002 - as it is for all
        """Return the earliest place at which a finding may have begun that can still grow.

        >>> HiddenTextDetector().earliest("Hi, b\u200by", None)
        4
        """
        return _place(text)

    def _hidden(self, subject: Subject) -> Outcome:
        spans: list[Span] = []
        found = Found(spans)
        try:
            spans.extend(_hidden(subject.text))
            found = Found(spans)
            for view in subject.views:
                _add(found, view, subject.text)
        except TooManyError:
            if not spans:
                return Failure("too many candidates")
            first = min(_places_in(subject))
            before = (span for span in found.spans() if span.end <= first)
            return (*before, Span(first, len(subject.text), spans[0].type))
        return found.spans()


def _places_in(subject: Subject) -> Iterator[int]:
    """Yield where in a text anything may be hidden, as it is or in one of its views."""
    yield _place(subject.text)
    for view in subject.views:
        if (at := _place(view.text)) < len(view.text):
            yield view.original_span(at, at + 1)[0]


def _hidden(text: str) -> Iterator[Span]:
    """Yield what is hidden in a text, in order.

    Raises:
        TooManyError: there are more candidates than are judged.
    """
    if text.isascii():
        return
    data, looks = text.encode("utf-8", "surrogatepass"), Looks()
    expression, hidden = compiled(_candidates()), _hidden_texts()
    at = byte = 0
    while (place := search(expression, data, byte)) is not None:
        looks.take()
        end = at = at + len(data[byte : place[0]].decode("utf-8", "surrogatepass"))
        found = hidden.match(text, at) or hidden.match(text, at + 1)
        while found is not None and found["flag"]:
            looks.take()
            end = found.end()
            found = hidden.match(text, end)
        if found is not None:
            end = found.end()
            yield Span(*found.span(), _type(found[0]))
        end = max(end, at + 1)
        byte = place[0] + len(text[at:end].encode("utf-8", "surrogatepass"))
        at = end


def _type(found: str) -> str:
    return next((name for name, has in _types() if has.search(found)), "INVISIBLE_RUN")


def _add(found: Found, view: Derived, text: str) -> None:
    """Add what HTML's references hide, and what is encoded deeper than anybody looks."""
    layers = view.name.split("+").count(DECODED.name)
    if view.name == DECODED.name and "&" in text:
        spans = [(span, view.original_span(span.start, span.end)) for span in _hidden(view.text)]
        found.add(view, (span for span, (start, end) in spans if "&" in text[start:end]))
    if layers >= DEEPEST and (deeper := decoded(view.text)) is not None:
        places = zip(deeper.starts, deeper.ends, strict=True)
        stretches = _joined(place for place in places if depth(view, *place) >= DEEPEST)
        found.add(view, (Span(start, end, "NESTED_ENCODING") for start, end in stretches))


def _joined(stretches: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield stretches that touch as one."""
    first = last = -1
    for start, end in stretches:
        if start > last:
            if last > first:
                yield first, last
            first = start
        last = end
    if last > first:
        yield first, last
