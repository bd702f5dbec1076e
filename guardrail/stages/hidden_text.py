r"""`hidden_text()`: characters nobody sees, where they can carry a message or hide one.

*Invisible* are the characters of Unicode's `Default_Ignorable_Code_Point` and the three marks of
interlinear annotation. Not among them: white space, the Braille blank, control characters (terminal
escapes belong to `markup()`). What counts, by the type of the finding:

- `TAG_CHARACTERS`: any of U+E0000 to U+E007F, except in a flag (U+1F3F4, two letters, one to three
  letters or digits, U+E007F: England, Texas …).
- `VARIATION_SELECTORS`: two or more in a row; or one of U+E0100 to U+E01EF that does not follow an
  ideograph.
- `BIDI_OVERRIDE`: U+202D or U+202E, which make a text read otherwise than it is written.
- `INVISIBLE_RUN`: four or more invisible characters in a row, of any kind; or four or more
  letters or digits of the Latin, Greek or Cyrillic script, with one to three after each.

A finding covers the whole run of invisible characters, and goes on over one or two visible
characters if another such run follows. What writing needs is none: single joiners and non-joiners
(Persian, Hindi, emoji families), soft hyphens, direction marks, embeddings and isolates (Arabic,
Hebrew), one variation selector after its character, a byte order mark, a zero-width space.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Final

from guardrail.values import Outcome, Span, Subject

FEWEST_IN_A_RUN: Final = 4
"""So many invisible characters stand together in no script and no emoji."""

_IGNORABLE: Final = (
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""`Default_Ignorable_Code_Point` of Unicode 15.0 to 17.0, where it did not change, and
the marks of interlinear annotation, U+FFF9 to U+FFFB."""

_SELECTORS: Final = ((0x180B, 0x180D), (0x180F, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
_IDEOGRAPHS: Final = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
_TAGS: Final = ((0xE0000, 0xE007F),)
_MORE_SELECTORS: Final = ((0xE0100, 0xE01EF),)
_OVERRIDES: Final = ((0x202D, 0x202E),)
_LETTERS: Final = (
    (0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x24F),
    (0x370, 0x52F), (0x1E00, 0x1FFF),
)  # fmt: skip


def _class(*sets: tuple[tuple[int, int], ...], start: str = "") -> str:
    return f"[{start}{''.join(f'{chr(a)}-{chr(b)}' for each in sets for a, b in each)}]"


_INVISIBLE: Final = _class(_IGNORABLE)
_FLAG: Final = (
    "\U0001f3f4[\U000e0061-\U000e007a]{2}"
    "[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,3}\U000e007f"
)
_RUN: Final = (
    rf"(?:{_INVISIBLE}{{{FEWEST_IN_A_RUN}}}"
    rf"|{_INVISIBLE}{{0,3}}{_class(_TAGS, _OVERRIDES)}"
    rf"|{_INVISIBLE}{{0,2}}{_class(_SELECTORS)}{_class(_SELECTORS)}"
    rf"|(?<!{_class(_IDEOGRAPHS)}){_class(_MORE_SELECTORS)}"
    rf"|{_INVISIBLE}{{1,3}}{_class(_MORE_SELECTORS)}"
    rf"){_INVISIBLE}*+"
)
_VISIBLE: Final = _class(_IGNORABLE, start="^")
_INTERLEAVED: Final = (
    rf"(?:{_class(_LETTERS)}(?![\ufe0e\ufe0f]){_INVISIBLE}{{1,3}}(?!{_INVISIBLE})){{4,}}+"
)
_HIDDEN: Final = rf"(?P<flag>{_FLAG})|(?:{_RUN}|{_INTERLEAVED})(?:{_VISIBLE}{{1,2}}{_RUN})*+"
_HAS_TAG: Final = re.compile(_class(_TAGS))
_HAS_SELECTORS: Final = re.compile(f"{_class(_SELECTORS)}{{2}}|{_class(_MORE_SELECTORS)}")
_HAS_OVERRIDE: Final = re.compile(_class(_OVERRIDES))
_TYPES: Final = (
    ("TAG_CHARACTERS", _HAS_TAG),
    ("VARIATION_SELECTORS", _HAS_SELECTORS),
    ("BIDI_OVERRIDE", _HAS_OVERRIDE),
)

_GATE: Final = (
    _class(_TAGS, _MORE_SELECTORS, _OVERRIDES),
    f"{_INVISIBLE}{{{FEWEST_IN_A_RUN}}}",
    f"{_class(_SELECTORS)}{{2}}",
    f"(?:{_class(_LETTERS)}{_INVISIBLE}{{1,3}}){{4}}",
)


@functools.cache
def _hidden_texts() -> re.Pattern[str]:
    return re.compile(_HIDDEN)


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
        """What every hidden text contains one of."""
        return _GATE

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Find what is hidden in each text."""
        return [self._hidden(subject.text) for subject in subjects]

    def _hidden(self, text: str) -> Outcome:
        if text.isascii():
            return ()
        types = [(name, has) for name, has in _TYPES if has.search(text)]
        return tuple(
            Span(*found.span(), _type(found[0], types))
            for found in _hidden_texts().finditer(text)
            if found["flag"] is None
        )


def _type(found: str, types: Sequence[tuple[str, re.Pattern[str]]]) -> str:
    return next((name for name, has in types if has.search(found)), "INVISIBLE_RUN")
