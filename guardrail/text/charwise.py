r"""Whether anything could occur in a text, whatever its characters pass for.

Some views go character by character: what nobody sees is left out, a letter is shown as one that it
passes for. Most text of other writings asks for such views and hides nothing. So each character is
replaced by symbols for all that it could be shown as (`guardrail.text.symbols`), every expression
is loosened so that it takes symbols too and goes over the loose ones, and one pass tells that no
such view, nor one of such a view, has anything that is looked for. That nothing could occur is
certain; that something could is not.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, NamedTuple

import regex

from guardrail.text.invisible import invisible
from guardrail.text.prefilter import prefilter
from guardrail.text.symbols import ANY, FIRM, LAST, LOOSE, symbols
from guardrail.text.widen import ASCII, BEYOND, character_class, quote

_WORD: Final = frozenset(re.findall(r"\w", ASCII, re.ASCII))
_CODE: Final = re.compile(r"\\x\{([0-9A-Fa-f]+)\}")
_TOKEN: Final = re.compile(
    r"(?P<flags>\(\?[is]+\))|\((?:\?(?P<open>[is]*):|(?!\?))|(?P<close>\))|(?P<bar>\|)"
    r"|(?P<count>(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})\??)|(?P<edge>\\b)|(?P<place>[\^$]|\\[ABzZ])|(?P<any>\.)"
    r"|(?P<one>\[\^?\]?(?:\\x\{[0-9A-Fa-f]+\}|\\.|\[(?!:)|[^\[\]\\])*\]"
    r"|\\x(?:\{[0-9A-Fa-f]+\}|[0-9A-Fa-f]{2})|\\[pP](?:\{\^?\w+\}|[A-Z])|\\[^pPQECxk0-9]|[^\\(\[])",
    re.DOTALL,
)


class UnknownSyntaxError(Exception):
    """An expression has something that nobody knows how to loosen."""


class Charwise:
    r"""Says of texts whether one of some RE2 expressions could occur in a view of this kind.

    >>> from guardrail.text.symbols import written
    >>> charwise = Charwise([r"\bbomb\b", "[0-9]{4}"])
    >>> texts = ("b\u043emb", "bo\u200bmb", "12\u0663\u0664", "\u0431\u0430\u0440 12")
    >>> [charwise.may_occur(written(text)) for text in texts]
    [True, True, True, False]
    """

    def __init__(self, expressions: Iterable[str], *, is_whole: bool = False) -> None:
        self._expressions = tuple(dict.fromkeys(expressions))
        self._is_whole = is_whole

    def may_occur(self, text: str) -> bool:
        """Whether an expression could occur in what the symbols of a text stand for."""
        occurring = self._occurring
        return occurring is None or len(occurring(text)) > 1

    @functools.cached_property
    def _occurring(self) -> Callable[[str], Sequence[int]] | None:
        """None where an expression cannot be loosened: then any text may show something."""
        try:
            return prefilter(loosened(one, is_whole=self._is_whole) for one in self._expressions)
        except UnknownSyntaxError:
            return None


# ---------------------------------------------------------------- expressions


@functools.lru_cache(1 << 12)
def loosened(expression: str, *, is_whole: bool = False) -> str:
    r"""Return what occurs in the symbols of each text that has a view in which this occurs.

    Where the text `is_whole`, places at its edges are those of the expression.

    Raises:
        UnknownSyntaxError: it has something that is not known here.

    >>> loosened("(?P<name>a)")
    Traceback (most recent call last):
    guardrail.text.charwise.UnknownSyntaxError
    """
    tokens = [*_tokens(expression)]
    kinds = [token.lastgroup or "" for token in tokens]
    behind = [token[0] for token in tokens[1:]]
    is_caseless, opens = [False], [False]
    is_edge = False
    pieces = []
    for token, kind, after in zip(tokens, kinds, (*behind, ""), strict=True):
        if kind == "one":
            one = _one(token[0], is_caseless=is_caseless[-1])
            may_lack = after[:1] in {"?", "*"} or after.startswith("{0")
            pieces.append(one.loosened(opens=is_edge and not may_lack, closes=after == r"\b"))
        elif kind in {"any", "place"}:
            pieces.append(_fixed(token[0]) if is_whole or kind == "any" else "")
        elif kind == "flags":
            is_caseless[-1] |= "i" in token[0]
        elif kind == "open" or token[0] == "(":
            is_caseless.append(is_caseless[-1] or "i" in (token["open"] or ""))
            opens.append(is_edge)
            pieces.append("(?:")
        elif kind in {"close", "bar", "count"}:
            pieces.append(token[0])
            if kind == "close":
                is_caseless.pop()
                opens.pop()
        if kind == "bar":
            is_edge = opens[-1]
        elif kind not in {"open", "flags"} and token[0] != "(":
            is_edge = kind == "edge"
    return "".join(pieces)


def _fixed(place: str) -> str:
    """Return an expression for any character, for the begin of a text, or for its end."""
    if place == ".":
        return f"(?:(?s:.){_loose()})"
    return rf"\A{_loose()}" if place in {"^", r"\A"} else "" if place == r"\B" else r"\z"


def _tokens(expression: str) -> Iterator[re.Match[str]]:
    at = 0
    while at < len(expression):
        token = _TOKEN.match(expression, at)
        if token is None:
            raise UnknownSyntaxError
        yield token
        at = token.end()


class _One(NamedTuple):
    """What one place of an expression takes, as classes list it.

    `word` are letters and digits of ASCII, `others` all else; `whole` is an expression for both.
    """

    word: str
    others: str
    whole: str

    def loosened(self, *, opens: bool, closes: bool) -> str:
        r"""Return an expression for it; `\b` beside it says something of ASCII alone."""
        if not (opens or closes):
            return f"(?:{self.whole}{_loose()})"
        before, behind = r"\b" if opens else "", r"\b" if closes else ""
        word = f"{before}[{self.word}]{behind}|" if self.word else ""
        return f"(?:(?:{word}[{self.others}]){_loose()})"


@functools.cache
def _one(source: str, *, is_caseless: bool) -> _One:
    near = _members(source, ASCII, is_caseless=is_caseless)
    shown = _members(source, symbols().shown, is_caseless=is_caseless)
    taken = {ANY, *chain.from_iterable(map(symbols().of.__getitem__, shown))}
    others = _listed({*near, *taken} - _WORD)
    if any(char > "\x7f" for char in shown):
        others += BEYOND
    if not source.startswith("["):
        source = f"[{source if source.startswith(chr(92)) else quote(source)}]"
    if source.startswith("[^"):
        private = rf"\x{{{FIRM:X}}}-\x{{{LAST:X}}}"
        whole = rf"(?:[^{private}{_inside(source[2:])}|[{_listed(taken)}])"
    else:
        whole = f"[{_listed(taken)}{_inside(source[1:])}"
    return _One(_listed(_WORD & {*near}), others, f"(?i:{whole})" if is_caseless else whole)


def _inside(rest: str) -> str:
    """Return the rest of a class as it reads where it does not begin there."""
    return rf"\{rest}" if rest[0] in "]-" else rest


def _listed(chars: Iterable[str]) -> str:
    listed = [*chars]
    return character_class(listed)[1:-1] if listed else ""


def _members(source: str, among: str, *, is_caseless: bool) -> list[str]:
    r"""Return what an expression for one character matches; in RE2 `\w` is a matter of ASCII."""
    expression = _CODE.sub(lambda code: rf"\U{int(code[1], 16):08x}", source)
    if len(source) == 1:
        expression = regex.escape(source)
    flags = regex.V0 | (0 if r"\p" in source else regex.A) | (regex.I if is_caseless else 0)
    found: list[str] = regex.findall(expression, among, flags)
    return found


@functools.cache
def _loose() -> str:
    controls = (char for char in invisible() if char.isascii())
    return f"{character_class((*map(chr, range(LOOSE, LAST)), *controls))}*"
