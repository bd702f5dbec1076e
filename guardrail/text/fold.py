"""The two character folds: what entries are compared in, and what patterns also look at.

Both go character by character, so that nothing depends on how much text has arrived. *Fold* is
NFKD, full case folding and NFKD again until nothing changes: `Ⓢtraße` becomes `strasse`.
*Compatibility form* is NFKC: `ﬁ` becomes `fi`, but letters keep their case.

The tables are made once, when a text or an entry first needs them (some 50 ms).
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Mapping
from itertools import chain
from typing import Final

import regex

_BLOCKS: Final = (
    range(1, 0x3400),
    range(0xA000, 0xD800),
    range(0xF900, 0x20000),
    range(0x2F800, 0x2FA20),
)
"""Where characters that change stand; between them lie ideographs and private use."""


def fold(text: str) -> str:
    r"""Return the fold of a text.

    >>> fold("\u24c8TRA\u00dfe"), fold("\uff11\u00bd")
    ('strasse', '11\u20442')
    """
    return text.lower() if text.isascii() else text.translate(_fold_table())


@functools.cache
def folds() -> Mapping[str, str]:
    r"""Return what the fold makes of each character that a case-insensitive scan cannot equate.

    `A`, `Ж` and white space are not in it: `regex` equates their cases, and entries match any
    white space.

    >>> folds()["\u00df"], "A" in folds()
    ('ss', False)
    """
    forms = {chr(code): form for code, form in _fold_table().items()}
    equated = _equated(forms)
    return {char: form for char, form in forms.items() if char not in equated}


@functools.cache
def disguising() -> frozenset[str]:
    r"""Return the characters without which a text can be searched for entries as it stands.

    Those are the ones that fold to something else than their own parts, and the parts: a text in
    which every `é` is one character needs no folding to find `café`, if entries are looked for in
    their composed form too; a text that also has a loose accent does.

    >>> "\u00df" in disguising(), "\u0301" in disguising(), "\u00e9" in disguising()
    (True, True, False)
    """
    composed = {char: unicodedata.normalize("NFC", form) for char, form in folds().items()}
    whole = _equated(composed)
    parts = {part for char in whole for part in folds()[char][1:]}
    return frozenset(folds().keys() - whole | parts)


@functools.cache
def compatibility_forms() -> Mapping[str, str]:
    r"""Return the characters whose compatibility form differs from them, with that form.

    >>> compatibility_forms()["\ufb01"]
    'fi'
    """
    return _changes(unicodedata.normalize("NFKC", _characters()))


@functools.cache
def _characters() -> str:
    """Every character that could change, separated by NUL, which no normal form crosses."""
    return "\0".join(map(chr, chain(*_BLOCKS)))


def _changes(after: str) -> dict[str, str]:
    pairs = zip(_characters().split("\0"), after.split("\0"), strict=True)
    return {char: form for char, form in pairs if char != form}


@functools.cache
def _fold_table() -> Mapping[int, str]:
    before, after = "", unicodedata.normalize("NFKD", _characters())
    while before != after:
        before, after = after, unicodedata.normalize("NFKD", after.casefold())
    return {ord(char): form for char, form in _changes(after).items()}


def _equated(forms: Mapping[str, str]) -> frozenset[str]:
    """Return the characters which entries find in spite of their form, by case or as a blank."""
    lines = "".join(f"{char}\0{form}\n" for char, form in forms.items() if len(form) == 1)
    same = regex.compile(r"^(?:(.)\0\1|\s\0 )$", regex.V0 | regex.I | regex.M)
    return frozenset(found[0][0] for found in same.finditer(lines))
