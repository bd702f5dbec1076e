r"""Other spellings of a list entry: leet (`b0mb`), rot13, Atbash, and from right to left.

With leet go letters that are written again and again (`boooomb`).

They are tried for entries and phrases only, since nothing else says what to look for. Each is a
guess, so it needs enough letters: any three letters are some word in some alphabet. What a cipher
makes of an entry may be a word too (`terra` is `green` in rot13): few are, and those that a reader
is likely to meet are left out.
"""

from __future__ import annotations

import codecs
import functools
import re
import string
from collections.abc import Iterator
from typing import Final, Literal, TypeAlias, get_args

import regex

from guardrail.text.prefilter import FirstMatch, first_match
from guardrail.text.widen import any_blanks

Respelling: TypeAlias = Literal["leet", "rot13", "atbash", "reversed"]
RESPELLINGS: Final[tuple[Respelling, ...]] = get_args(Respelling)

FEWEST: Final = 4
"""An entry with fewer letters of ASCII is not looked for in other spellings."""

_LEET: Final = {
    "a": "4 @ ^ /\\", "b": "8 6 |3 13", "c": "( < [ {", "d": "|) [) |>", "e": "3 & \u20ac",
    "f": "|= ph", "g": "9 6 &", "h": "# |-| ]-[ }{", "i": "1 ! | ] \u00a1", "j": "_|",
    "k": "|< |{ 1<", "l": "1 | 7 ! |_ \u00a3", "m": "|\\/| /\\/\\ |v| nn", "n": "|\\| /\\/",
    "o": "0 () [] * \u00b0", "p": "|* |> |o", "q": "0_ 9", "r": "|2 12 |?", "s": "5 $ z \u00a7",
    "t": "7 + \u2020", "u": "|_| v \u00b5", "v": "\\/", "w": "\\/\\/ vv |/\\|", "x": ">< %",
    "y": "`/ \u00a5", "z": "2 7_",
}  # fmt: skip
_ATBASH: Final = str.maketrans(
    string.ascii_letters,
    string.ascii_lowercase[::-1] + string.ascii_uppercase[::-1],
)
_BLANK: Final = r"\s{1,64}"
LONGEST_IN_ASCII: Final = 128
"""Of a longer entry the automaton takes too long to build: blanks are 64 places each."""

_WORDS: Final = frozenset(
    """
    able abut agar airs animal anna apes area arena avid balk ball bard bats bens blub boob
    bruh buns cheryl clerk creep dairy debut decaf deed deep deer delia deliver desserts
    deus dial diaper dias doom door drab draw drawer dual edit emit envy ergo errs evil eye
    faced flog flow garb gnat gnus golf green gulp guns hoop keel keep knits knot know laid
    lair lamina leek leer leper level lever liar live lived liven loop loops loot maps mart
    meet mood moor naps navy net nets nips noon nowhere nuts onyx pals pans part parts peek
    peels pets pins pool pools ports pots prat purely rail ram raps rats reap rebut recaps
    redraw reef reel reknit remit repaid repel revel reviled reward robot room saga sago
    sail saps seep sheol slap sleek sleep sleets slip slipup sloop sloops smart smug snap
    snaps snips snoop snoops snot snug span spat spay spools spoons spot spots stab star
    step steps stew stink stop stops strap straw stressed stun swap swot tang taps teem
    terra test tide time timer tips tool tops tort tram trap ward warder warts was ways wets
    wolf won word yaps yard yaws zeus
    """.split()  # noqa: SIM905
)
"""Words that another word becomes; each is met for its own sake."""


def respellings(entry: str) -> Iterator[Respelling]:
    """Yield in which other spellings an entry is looked for.

    >>> list(respellings("bomb")), list(respellings("ass"))
    (['leet', 'rot13', 'atbash', 'reversed'], [])
    """
    if sum(char in string.ascii_letters for char in entry) < FEWEST:
        return
    if not entry.isascii():
        return
    yield "leet"
    for name in RESPELLINGS[1:]:
        form = ciphered(entry, name)
        if form.lower() != entry.lower() and form.lower() not in _WORDS:
            yield name


def ciphered(entry: str, name: Respelling) -> str:
    """Return an entry in one of the spellings that have one form.

    >>> [ciphered("bomb", name) for name in ("rot13", "atbash", "reversed")]
    ['obzo', 'ylny', 'bmob']
    """
    if name == "rot13":
        return codecs.encode(entry, "rot13")
    return entry.translate(_ATBASH) if name == "atbash" else entry[::-1]


def leet_asks(entry: str) -> str:
    """Return an RE2 expression that occurs wherever `leet_occurrences` finds an entry."""
    words = [[_alternatives(char) for char in word] for word in entry.lower().split()]
    first, last = entry.lower().split()[0][0], entry.lower().split()[-1][-1]
    words[0][0], words[-1][-1] = _edge(first, before=True), _edge(last, before=False)
    blank = any_blanks()
    stretched = "".join(
        blank if run[0].isspace() else f"{re.escape(run[1])}{{{len(run[0])}{_more(run, '')}}}"
        for run in _runs_of(entry)
    )
    before, behind = (r"\b" if char.isalnum() else "" for char in (first, last))
    return f"(?i)(?:{blank.join(map(''.join, words))}|{before}{stretched}{behind})"


def leet_occurrences(entry: str, text: str) -> Iterator[tuple[int, int]]:
    """Yield where an entry stands in leet, with a letter or sign of its own at least.

    >>> list(leet_occurrences("bomb", "a b0m8, bomb and 8048"))
    [(2, 6)]
    """
    if text.isascii() and len(entry) <= LONGEST_IN_ASCII:
        yield from _leet_in_ascii(entry, text)
        return
    for found in _stretched(entry).finditer(text):
        if (found[0][0] + found[0][-1]).isascii() and _is_stretched(entry, found[0]):
            yield found.span()
    for found in _leet(entry).finditer(text, overlapped=True):
        if _is_leet(found, text):
            yield found.span()


def _leet_in_ascii(entry: str, text: str) -> Iterator[tuple[int, int]]:
    """Yield the same in a text of ASCII: RE2 gives the places, which are few, `regex` looks there.

    What is stretched does not overlap, what is in leet may.
    """
    match, data = _ascii_match(entry), text.encode()
    size, places = len(data), list[int]()
    at = match(data, 0, size)[0][0]
    while at >= 0:
        places.append(at)
        at = match(data, at + 1, size)[0][0]
    plain, lowered, length = entry.lower(), text.lower(), len(entry)
    # Where an entry of letters stands as it is, that is what both see first, and neither tells.
    own = {
        at
        for at in places
        if lowered.startswith(plain, at)
        and plain.replace(" ", "").isalpha()
        and not (
            lowered[at + length : at + length + 1].isalnum() or text.startswith("_", at + length)
        )
    }
    done = 0
    for at in places:
        if at < done:
            continue
        if at in own:
            done = at + length
        elif (found := _stretched(entry).match(text, at)) is not None:
            done = found.end()
            if _is_stretched(entry, found[0]):
                yield found.span()
    for at in places:
        if at in own:
            continue
        if (found := _leet(entry).match(text, at)) is not None and _is_leet(found, text):
            yield found.span()


@functools.lru_cache(512)
def _ascii_match(entry: str) -> FirstMatch:
    return first_match(leet_asks(entry))


def _is_leet(found: regex.Match[str], text: str) -> bool:
    """Whether there is a letter or sign that is not the entry's own; a colour says nothing."""
    shown = found[0]
    if shown.isascii() and shown.replace(" ", "").isalpha():
        return False
    signs = {char for char in shown if not char.isalnum() and not char.isspace()}
    is_word = any(map(str.isalpha, shown)) or len(signs) > 1
    is_colour = text[found.start() - 1 : found.start()] == "#" and _colour().fullmatch(shown)
    return is_word and not is_colour


def _runs_of(text: str) -> list[re.Match[str]]:
    """Return the runs of one letter, or of blanks, in a text."""
    return [*re.finditer(r"\s+|(\S)\1*", text.lower())]


def _more(run: re.Match[str], most: str) -> str:
    """Return what lets letters stand there more often: a figure more is another number."""
    return f",{most}" if run[1].isalpha() else ""


@functools.lru_cache(512)
def _stretched(entry: str) -> regex.Pattern[str]:
    runs = (
        _BLANK
        if run[0].isspace()
        else f"{regex.escape(run[1])}{{{len(run[0])}{_more(run, '64')}}}+"
        for run in _runs_of(entry)
    )
    return regex.compile(rf"(?<!\w)(?:{''.join(runs)})(?!\w)", regex.V0 | regex.I)


def _is_stretched(entry: str, shown: str) -> bool:
    """Whether a letter stands there three times or more, or each once more than it should."""
    if shown.lower() == entry.lower():
        return False
    pairs = [*zip(map(len, _sizes(entry)), map(len, _sizes(shown)), strict=False)]
    return any(more > max(2, own) for own, more in pairs) or all(more > own for own, more in pairs)


def _sizes(text: str) -> list[str]:
    return [run[0] for run in _runs_of(text) if not run[0].isspace()]


@functools.lru_cache(512)
def _leet(entry: str) -> regex.Pattern[str]:
    words = ("".join(map(_alternatives, word)) for word in entry.lower().split())
    return regex.compile(rf"(?<!\w)(?:{_BLANK.join(words)})(?!\w)", regex.V0 | regex.I)


@functools.cache
def _colour() -> re.Pattern[str]:
    return re.compile("(?:[0-9A-Fa-f]{2}){3,4}")


@functools.cache
def _alternatives(char: str) -> str:
    """Return an expression, for RE2 and `regex`, for a character and what stands for it."""
    signs = _LEET.get(char, "").split()
    if not signs:
        return re.escape(char)
    single = "".join(re.escape(sign) for sign in (char, *signs) if len(sign) == 1)
    several = "".join(f"|{re.escape(sign)}" for sign in signs if len(sign) > 1)
    return f"(?:[{single}]{several})" if several else f"[{single}]"


@functools.cache
def _edge(char: str, *, before: bool) -> str:
    """Return the same, with a boundary beside what RE2 takes for a letter or digit."""
    forms = (char, *_LEET.get(char, "").split())
    at = 0 if before else -1
    inside = [
        form for form in forms if form[at].isascii() and (form[at].isalnum() or form[at] == "_")
    ]
    outside = [form for form in forms if form not in inside]
    word = "|".join(map(re.escape, inside))
    word = (rf"\b(?:{word})" if before else rf"(?:{word})\b") if word else ""
    return "(?:" + "|".join(filter(None, (word, *map(re.escape, outside)))) + ")"
