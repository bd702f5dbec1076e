"""Blocks: base64, base32 and hex, whose letters have no meaning of their own.

Many tokens of a text could be such a block, few are. So all candidates are decoded at once, with
zero bytes between them, and one expression finds what is text: the whole of a token, or a long run
of bytes inside of one. What is text is decided a few bytes ahead, however long the token is.
"""

from __future__ import annotations

import binascii
import functools
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, compress
from typing import Final

from guardrail.text.decoding.stretch import (
    NO_SUM,
    SURELY_TEXT,
    Family,
    Stretch,
    is_likely,
    likeness,
    with_edges,
)
from guardrail.text.decoding.tokens import GAP, LetterPlaces, is_number, some, texts
from guardrail.text.places import matches_in

_SHORT: Final = 6
_LESS: Final = 9
"""Fewer small letters, or fewer characters, in a word of capital letters are chance."""

_LONGEST: Final = 16 << 10
"""How many groups are one token."""

_LONGEST_WHOLE: Final = 1_024
"""In a token of so many letters, no parts of it are looked at."""

_LARGE: Final = 1 << 14
_LONG_RUN: Final = 24
_LIKE_A_VALUE: Final = 2
"""In a token of more letters, so many characters inside are no chance; fewer have to be so like a
value, as of a million random bytes some sixteen often pass for text."""

_H: Final = "[0-9A-Fa-f]"

_INSIDE: Final = "[0-9A-Za-z+/_=-]"
_APART: Final = r"[^0-9A-Za-z+/_=\n\r\\<>*~`-]"
EDGE: Final = rf"{_APART}(?<={_INSIDE}.){_APART}*+{_INSIDE}"
"""What is between tokens, without a line break or mark, over which a token may go on."""

_EDGE_OF_HEX: Final = "[gi-mo-qstvwyzGI-MO-QSTVWYZ]"
"""A letter that is none of hex, of what calls it, or of a line break."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block encoding: its tokens, its letters, and how many bits a letter has.

    Between the letters `signs` and `marks` may stand, which mean nothing. `group` letters make
    whole bytes; `zero` is the letter for no bit, `nothing` a group for bytes that are no text.
    Tokens need one of some characters in the text, or inside, and may be parts of longer ones.
    In the first `far` characters of a token there is what asks for it. None goes on over `edge`.
    """

    asks: str
    tokens: str
    letters: str
    signs: tuple[str, ...]
    bits: int
    group: int
    zero: str
    nothing: str
    decode: Callable[[bytes], bytes]
    needs: tuple[str, ...] = ("",)
    is_needed_inside: bool = False
    far: int = 64
    within: str = ""
    edge: str = EDGE

    def find(self, text: str, parts: Iterable[tuple[int, int]]) -> Iterator[Stretch]:
        """Yield the text in the tokens of parts of a text."""
        if not any(sign in text for sign in self.needs):
            return
        tokens = (found.span(1) for found in self._found(text, parts))
        while spans := [*some(tokens)]:
            yield from self._texts(text, spans)

    def _found(self, text: str, parts: Iterable[tuple[int, int]]) -> Iterator[re.Match[str]]:
        """Yield the tokens of parts of a text."""
        pattern = _compiled(self.tokens)
        if not self.within:
            yield from filter(self._has_needs, matches_in(text, parts, pattern))
            return
        for found in matches_in(text, parts, _compiled(self.within)):
            start, end = found.span()
            if end - start <= _LONGEST_WHOLE:
                yield from pattern.finditer(text, start, end)

    def _has_needs(self, found: re.Match[str]) -> bool:
        return not self.is_needed_inside or any(sign in found[0] for sign in self.needs)

    def _texts(self, text: str, spans: Sequence[tuple[int, int]]) -> Iterator[Stretch]:
        """Yield the text in these tokens."""
        in_group = self.group * self.bits // 8
        groups = -(-GAP // in_group)
        gap = self.zero * (groups * self.group)
        padded = self._padded([text[at:end] for at, end in spans])
        data = self.decode("".join((gap, gap.join(padded), gap)).encode())
        sizes = (len(token) * self.bits // 8 + groups * in_group for token in padded)
        firsts = [*accumulate(sizes, initial=groups * in_group)]
        number, places = -1, LetterPlaces(range(0))
        for start, form, widths in texts(data):
            known, number = number, bisect_right(firsts, start + 1) - 1
            at, end = spans[number]
            if self._is_text(text, at, end, form, len(form) if form.isascii() else sum(widths)):
                if number != known or not places.end:
                    places = self._places(text, at, end)
                of_bytes = [*accumulate(widths, initial=max(0, start - firsts[number]))]
                stretch = self._stretch(places, form, of_bytes)
                if stretch is not None:
                    yield with_edges(stretch, is_block=True)

    def _padded(self, tokens: list[str]) -> list[str]:
        """Return the letters of tokens, in whole groups; one that breaks off is no text there."""
        joined = "\0".join(tokens)
        for sign in self.signs:
            joined = joined.replace(sign, "")
        letters = joined.encode().translate(None, _other_than(self.letters)).decode().split("\0")
        fill = [self.zero * (-behind % self.group) for behind in range(self.group)]
        for behind in range(1, self.group):
            if behind * self.bits % 8 >= self.bits:
                fill[behind] += self.nothing
        return [token + fill[len(token) % self.group] for token in letters]

    def _is_text(self, text: str, at: int, end: int, form: str, length: int) -> bool:
        if end - at > _LARGE and length < _LONG_RUN and likeness(form) < _LIKE_A_VALUE:
            return False
        if length < SURELY_TEXT:
            is_word = _compiled(_WORD).fullmatch(text, at, end) is not None
            if not is_likely(form) or (is_word and length < (_SHORT if form.islower() else _LESS)):
                return False
            if text[at].isdigit() and is_number(text, at, end, form):
                return False
        return _compiled(self.asks).search(text, at, min(end, at + self.far) + 1) is not None

    def _places(self, text: str, at: int, end: int) -> LetterPlaces:
        """Return where the letters of a token stand."""
        clean = _compiled(f"{self.letters}+").match(text, at, end)
        if clean is not None and text.count("=", clean.end(), end) == end - clean.end():
            return LetterPlaces(range(at, clean.end()), at, end)
        token = text[at:end]
        if not any(sign in token for sign in self.signs):
            letters = map(_letters(self.letters).__contains__, token)
            return LetterPlaces([], at, end, compress(range(at, end), letters))
        signs = "".join(f"{re.escape(sign)}|" for sign in self.signs)
        found = _compiled(f"{signs}({self.letters})").finditer(text, at, end)
        return LetterPlaces([], at, end, (one.start() for one in found if one[1] is not None))

    def _stretch(self, places: LetterPlaces, form: str, edges: Sequence[int]) -> Stretch | None:
        """Place characters whose bytes have these edges."""
        bits = self.bits
        letters = places.first(-(-edges[-1] * 8 // bits) + 1)
        count = len(letters) * bits // 8
        if edges[-1] > count:
            edges = [edge for edge in edges if edge <= count]
        if len(edges) < 2:  # noqa: PLR2004 - both edges of a character
            return None
        starts = [letters[edge * 8 // bits] for edge in edges[:-1]]
        ends = [letters[-(-edge * 8 // bits) - 1] + 1 for edge in edges[1:]]
        starts[1:] = [*map(min, starts[1:], ends)]
        if edges[0] == 0:
            starts[0] = places.start
        if edges[-1] == count:
            ends[-1] = places.end
        return Stretch(form[: len(starts)], starts, ends)


_WORD: Final = "[A-Z]?[a-z]+|[A-Z]+s?|[0-9]{1,7}"
"""A token that is rather a word, a name or a number."""


@functools.cache
def _other_than(letters: str) -> bytes:
    """Return the bytes that are no letters, without the zero byte between tokens."""
    return bytes(code for code in range(1, 256) if chr(code) not in _letters(letters))


@functools.cache
def _letters(members: str) -> frozenset[str]:
    """Return the letters of a class."""
    return frozenset(re.findall(members, "".join(map(chr, range(128)))))


@functools.cache
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.ASCII)


# ---------------------------------------------------------------- base64

_A64: Final = "[0-9A-Za-z+/_-]"
_WRAP: Final = r"[\"',\\ \t]{0,4}(?:\\[nr]|\r?\n|<br ?/?>){1,2}[\"' \t>#*|]{0,16}"
_END: Final = r"[\"',\\]*(?:\\[nr]|\r?\n|<br ?/?>)[\"' \t>#*|]*"
"""The same for RE2, which does not count well."""

_PADDED: Final = r"(?!={0,2}(?:&equals;|&#0*(?:61|[xX]0*3[dD])(?!\w)|(?:%|=|\\x|\\u00)3[Dd]))"
"""Not before padding that is encoded once more: that is to be taken off first."""
_BREAKS: Final = ("\n", r"\n", r"\r", "<br")
_SIGNS: Final = (r"\n", r"\r", "<br>", "<br/>", "<br />")
_QUAD: Final = ("I-Za-f", "C-HS-Xi-nyz0-3", "ABEFIJMNQRUVYZcdghklopstwx014589", "0-9A-Za-z+/_-")
"""The letters that stand for three characters of ASCII, place by place."""


def _base64_asks() -> str:
    """Return what occurs in base64 of text.

    That of ASCII has quads of certain letters, capital ones or digits among them (English has the
    quads too); that of other text mixes cases and digits, or begins like full-width letters.
    """
    pair = (*_QUAD, *_QUAD)
    mixed = [
        "".join(f"[{_capital(c) if i == at else c}]" for i, c in enumerate(pair))
        for at in range(1, 8)
    ]
    quad = "".join(f"[{c}]" for c in _QUAD)
    cut = rf"\b{quad}{_END}[I-Za-f][{_QUAD[1]}AQgw][0-9A-Z+/=]"
    tail = rf"\b{quad}(?:[I-Za-f][AQgw]|[I-Za-f][{_QUAD[1]}][AEIMQUYcgkosw048])(?:\b|=)"
    run = "[0-9A-Za-z+/]*"
    digits = rf"(?:[a-z][0-9]|[0-9][a-z]){run}[A-Z]|(?:[0-9][A-Z]|[A-Z][0-9]){run}[a-z]"
    early = "A[C-H][0-9A-Za-z+/]A[I-Za-f][AQgw][AB]"
    late = "[I-Za-f][AQgw][AB][0-9A-Za-z+/]A[C-H][0-9A-Za-z+/]A"
    wide = "77[y-z0-9][0-9A-Za-z+/]77"
    humps = f"[a-z][A-Z]{run}[a-z][A-Z]{run}[a-z][A-Z]"
    return rf"\b(?:{'|'.join(mixed)})|{tail}|{digits}|{humps}|{wide}|{early}|{late}|{cut}"


def _capital(members: str) -> str:
    """Return what is a capital letter, a digit or a sign in a class of letters."""
    chars = [chr(code) for code in range(0x21, 0x7F)]
    kept = [c for c in chars if re.match(f"[{members}]", c) and not c.islower()]
    return "".join(c for c in kept if c != "-") + ("-" if "-" in kept else "")


BASE64_ASKS: Final = _base64_asks()

_FROM_SAFE: Final = bytes.maketrans(b"-_", b"+/")


def _base64_bytes(letters: bytes) -> bytes:
    return binascii.a2b_base64(letters.translate(_FROM_SAFE))


def _base64(tokens: str, needs: tuple[str, ...] = ("",), within: str = "") -> Block:
    asks, tokens, decode = BASE64_ASKS, f"({tokens}){_PADDED}", _base64_bytes
    return Block(asks, tokens, _A64, _SIGNS, 6, 4, "A", "gICA", decode, needs, within=within)


_START: Final = rf"(?<!{_A64})(?![A-Za-z]?[a-z]*(?!{_A64}))"
_NO_WORD: Final = rf"(?:{_A64}+[0-9A-Z+/_-]|[0-9+/_-]{_A64}){_A64}*"
"""The same token for RE2: it has more than small letters behind its first, or no letter there."""

_MARK: Final = r"[*~`]{1,3}"
_WRAPPED: Final = (
    rf"{_START}{_A64}{{2,}}+(?:(?:{_WRAP}|{_MARK}){_A64}++)++(?:{_WRAP}|{_MARK})?={{0,2}}"
)
_WHOLE: Final = rf"{_START}{_A64}{{6,}}+={{0,2}}"
_STARTS: Final = re.escape(_START + _A64) + r"\{[26],\}\+"
_PART: Final = "(?<![0-9A-Za-z])[0-9A-Za-z]{6,}+={0,2}"

# ---------------------------------------------------------------- base32

_QUINTS: Final = (
    *("E-P", "ABEFIJMNQRUVYZ45", "A-Z2-7", "A-HQ-X"),
    *("ACEGIKMOQSUWY246", "A-Z2-7", "A-DI-LQ-TYZ23", "A-Z2-7"),
)
"""The letters that stand for five characters of ASCII, place by place."""


def _base32_asks() -> str:
    """Return what occurs in base32 of text; small letters need a digit, or to be many."""
    octet = [f"[{c}]" for c in _QUINTS]
    small = [c.lower() for c in octet]
    digit = [c if at == 0 else _digit(c) for at, c in enumerate(small)]
    mixed = ["".join((*small[:at], digit[at], *small[at + 1 : 7])) for at in range(1, 7)]
    other = "[2-7][A-Z]+[2-7][A-Z2-7]{3}"
    capital, twice = "".join(octet[:7]), "".join((*small, *small[:7]))
    return rf"\b{capital}|\b{twice}|{other}|\b(?:{'|'.join(mixed)})"


def _digit(members: str) -> str:
    digits = [digit for digit in "234567" if re.match(members, digit)]
    return f"[{''.join(digits)}]" if digits else "[2]"


_FROM_32: Final = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz234567",
    b"0123456789ABCDEFGHIJKLMNOP0123456789ABCDEFGHIJKLMNOPQRSTUV",
)


def _base32_bytes(letters: bytes) -> bytes:
    return int(b"1" + letters.translate(_FROM_32), 32).to_bytes(len(letters) * 5 // 8 + 1)[1:]


_BASE32: Final = Block(
    _base32_asks(),
    rf"((?<![0-9A-Za-z])(?:[A-Z2-7]{{4,}}+(?:{_WRAP}[A-Z2-7]{{2,}}+(?![0-9A-Za-z]))*+"
    rf"|[a-z2-7]{{7,}}+(?:{_WRAP}[a-z2-7]{{2,}}+(?![0-9A-Za-z]))*+)"
    rf"(?![0-9A-Za-z])(?:{_WRAP})?={{0,6}}){_PADDED}",
    "[A-Za-z2-7]",
    _SIGNS,
    5,
    8,
    "A",
    "QCAIBAEA",
    _base32_bytes,
)

# ---------------------------------------------------------------- hex

_BETWEEN: Final = r"[!-/:-@\[-`{-~ \t\n]{1,4}"
_CALLS: Final = (*_SIGNS, "chr(", "CHR(", "Chr(", "char(", "CHAR(")
_PREFIX: Final = r"(?:(?:[Cc]hr|CHR|char|CHAR)\()?(?:0[xX]|[xX]|[Uu]\+)?"


def _hex_asks() -> str:
    """Return what occurs in hex of text: four characters, or two of UTF-16."""
    byte = f"0[9AaDd]|[2-7]{_H}"
    more = f"[89ABab]{_H}"

    def chars(sep: str) -> str:
        """Return four characters, two of them beyond ASCII, and two of UTF-16."""
        two = f"[CDcd]{_H}{sep}{more}"
        char = f"(?:{byte}|{two}|[Ee]{_H}{sep}{more}{sep}{more}|[Ff][0-4](?:{sep}{more}){{3}})"
        wide = f"(?:00{sep})?[2-7]{_H}{sep}00{sep}[2-7]{_H}{sep}00"
        return f"{char}(?:{sep}{char}){{3}}|{two}{sep}{two}|{wide}"

    apart = _BETWEEN + _PREFIX
    words = rf"(?:[2-7]{_H}){{2}}{apart}(?:[2-7]{_H}){{2}}|00[2-7]{_H}{apart}00[2-7]"
    return rf"(?:\b|_){_PREFIX}(?:{chars('')}|{chars(apart)}|{words})"


_HEX: Final = Block(
    _hex_asks(),
    rf"((?<![0-9A-Za-z]){_PREFIX}"
    rf"(?:{_H}{{8,}}+(?:{_WRAP}{_H}{{8,}}+(?![0-9A-Za-z]))*+(?![0-9A-Za-z])"
    rf"|(?!(?:{_H}{{2}}){{2,}}+\n{_H}{{8}})(?:{_H}{{2}})++(?P<s>{NO_SUM}{_BETWEEN}{_PREFIX})(?:{_H}{{2}})++(?!{_H})"
    rf"(?:(?P=s)(?:{_H}{{2}})++(?!{_H})){{0,{_LONGEST}}}+))",
    _H,
    (*_CALLS, "0x", "0X"),
    4,
    2,
    "0",
    "88",
    lambda letters: bytes.fromhex(letters.decode()),
    edge=_EDGE_OF_HEX,
)

_PIECE_OF_HEX: Final = f"{_H}++(?![0-9A-Za-z])"
_BREAK: Final = r"(?:[*~`_]|\r?\n|\\[nr]|<br ?/?>)"
_JUNK: Final = f"(?:[ :-]|{_BREAK}){{1,8}}+"
_BROKEN_HEX: Final = replace(
    _HEX,
    asks=rf"[2-7]{_BREAK}+{_H}[ :-]?[2-7]|[2-7]{_H}[ :-]*(?:{_BREAK}[ :-]*)+[2-7]{_H}"
    rf"|(?:{_H}{{5}}|[:-])[2-7]{_BREAK}+{_H}\b",
    tokens=rf"((?<![0-9A-Za-z]){_PIECE_OF_HEX}(?:{_JUNK}{_PIECE_OF_HEX}){{1,{_LONGEST}}}+)",
    needs=(*_BREAKS, *"*~`_"),
    is_needed_inside=True,
    far=256,
)
"""Hex with line breaks or marks of markup inside, which may stand in the middle of a pair."""

_BLOCKS: Final = (
    _BROKEN_HEX,
    _HEX,
    _base64(_WRAPPED, (*_BREAKS, *"*~`")),
    _base64(_WHOLE),
    _base64(_PART, tuple("+/_-"), within=_WHOLE + _PADDED),
    _BASE32,
)


def _held(block: Block) -> str:
    """Return what a token is in, and what behind it may say that it is none."""
    same = f"(?:{_BETWEEN}{_PREFIX})"  # a reference to what was found would stand for any text
    behind = r"(?:={0,2}(?:&[#0-9A-Za-z]{0,12};?|[%\\][0-9A-Za-z]{0,5})|\s*[-+*/=$%]{0,2}\s*[0-9]?)"
    token = re.sub(_STARTS, _NO_WORD, block.within or block.tokens)
    token = f"{token.replace('(?P=s)', same)}{behind}"
    return "|".join(token.replace("(?<![0-9A-Za-z])", before) for before in (r"\b", "_"))


BLOCKS: Final = tuple(
    Family(each.asks, each.find, _held(each), _compiled(each.edge)) for each in _BLOCKS
)
"""Block encodings; where two of them claim the same place, the first one has it."""
