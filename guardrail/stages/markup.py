r"""`markup()`: what a browser or a terminal would obey instead of show.

What counts, by the type of the finding:

- `HTML_TAG`: `<name …>` and `</name>` where `name` is an element of HTML, SVG or MathML, in any
  case. An opening tag with anything between name and `>` counts if that is a `/` or attributes:
  `name=…`, or one that stands alone in HTML (`disabled`, `async` …). One that is also a
  placeholder or a type (`<input>`, `<title>`, `List<p>`) needs one of these or a closing tag of
  its name somewhere in the text. Comments, doctypes, CDATA and processing instructions
  (`<?php`) count too.
- `SCRIPT`: `<script …>`, with everything up to its closing tag if it has one.
- `EVENT_HANDLER`: a tag of any name with an attribute `on…=`.
- `SCRIPT_URL`: `javascript:` and `vbscript:` with something right behind them, and tags that hold
  one; behind `(` or `:`, as in Markdown links, also when written with entities.
- `DATA_URL`: `data:` with a media type or a parameter, and a comma.
- `ANSI_ESCAPE`: the escape character and what it introduces: colors, cursor movements, titles,
  links (OSC 8, of which the text between stays), and the 8-bit forms (U+009B …).

A tag ends at `>` outside of quotes, at the next `<`, or with the text. What is in backticks or in
a code fence counts too: who shows a reply may not know Markdown. No tags are `a < b`, `List<int>`,
`<https://…>`, `<ann@example.org>`, `<your name>`, elements XML users make up, escaped text
(`&lt;b&gt;`) and escapes that are spelled out (`\033[0m`).

It looks at the plain text alone: nobody obeys what is encoded or disguised. A text in which more
than `MOST_LOOKS` places had to be judged is one finding from the first place on at which markup may
begin, or an error if none was found. For the same reason a stream waits from there on.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final

from guardrail.stages.matching import (
    Looks,
    TooManyError,
    compiled,
    first_head,
    in_bytes,
    on_from,
    places,
    search,
)
from guardrail.text.prefilter import prefilter
from guardrail.values import Failure, Outcome, Span, Subject

_ELEMENTS: Final = """
    a abbr acronym address animate animatemotion animatetransform annotation annotation-xml applet
    area article aside audio b base basefont bdi bdo bgsound big blink blockquote body br button
    canvas caption center circle cite clippath code col colgroup data datalist dd defs del desc
    details dfn dialog dir div dl dt ellipse em embed fencedframe feimage fieldset figcaption figure
    filter font footer foreignobject form frame frameset g h1 h2 h3 h4 h5 h6 head header hgroup hr
    html i iframe image img input ins isindex kbd keygen label legend li line lineargradient link
    listing main maction map mark marker marquee mask math menu menuitem meta meter mfrac mglyph mi
    mmultiscripts mn mo mover mpadded mphantom mpath mroot mrow ms mspace msqrt mstyle msub msubsup
    msup mtable mtd mtext mtr munder munderover nav nobr noembed noframes noscript object ol
    optgroup option output p param path pattern picture plaintext polygon polyline portal pre
    progress q radialgradient rb rect rp rt rtc ruby s samp script search section select
    selectedcontent semantics set slot small source span stop strike strong style sub summary sup
    svg switch symbol table tbody td template text textarea textpath tfoot th thead time title tr
    track tspan tt u ul use var video view wbr xmp
"""
_PLACEHOLDERS: Final = """
    a address annotation area article audio b base body button canvas caption circle cite code col
    data datalist desc details dialog dir ellipse embed figure filter font footer form frame g head
    header i image img input kbd label legend line link main map mark marker mask math menu menuitem
    meta meter mi mn mo ms nav object option output p param path pattern picture polygon polyline
    portal progress q rect s samp search section select semantics set slot small source span stop
    sub summary sup switch symbol table template text time title track u use var video view
"""
"""Elements whose bare name is as often a placeholder or a type, and harmless until it is closed."""

_ROUNDS: Final = 6
"""How often what is left is looked at again: what is cut out of a tag can make another one."""

_ENOUGH: Final = 4_096
"""So much of an address is decoded to see whether it is code, and searched for brackets."""

_KNOWN: Final = frozenset(_ELEMENTS.split())
_IN_ORDER: Final = (*_PLACEHOLDERS.split(),)
_AMBIGUOUS: Final = frozenset(_IN_ORDER)

_TAG: Final = (
    r"</?[A-Za-z][^\s/<>\"'=]*(?:[^\"'<>]|\"[^\"<]*\"|'[^'<]*')*[^<>]*>?"
    r"|<!--|<!(?:[A-Za-z]|\[CDATA\[)[^<>]*>?|<\?[A-Za-z=][^<>]*>?"
)
_SCRIPT_END: Final = r"(?i)</script[^<>]*>?"
_COMMENT_END: Final = r"--!?>"
_WITH_VALUE: Final = r"[\s/\"'][^\s/<>\"'=]+\s*=\s*[^\s=>~]"
_ALONE: Final = (
    r"(?i)(?:\s+(?:allowfullscreen|async|autofocus|autoplay|checked|compact|contenteditable"
    r"|controls|default|defer|disabled|download|formnovalidate|hidden|inert|ismap|itemscope|loop"
    r"|multiple|muted|nomodule|noshade|novalidate|nowrap|open|playsinline|readonly|required"
    r"|reversed|seamless|selected|sortable|truespeed|typemustmatch))+[\s/]*"
)
_HANDLER: Final = r"(?i)[\s/\"']on[a-z]{3,}\s*="
_VALUE: Final = r"=\s*(?:\"[^\"<]+|'[^'<]+|[^\s<>\"']+)"
_SCRIPT_HEAD: Final = r"(?i)(?:^|[^\w-])(?:java|vb)script:"
_DATA_HEAD: Final = r"(?i)(?:^|[^\w-])data:[\w.+-]{0,99}[/;]"
_TARGET: Final = r"[(:][ \t]{0,9}\n?[ \t]{0,9}<?[^\s():<>&]*&(?:#|colon;|Tab;|NewLine;)[^\s<>]*"
_ESCAPE: Final = (
    r"(?:(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?)+"
)
"""For RE2, without groups. The following ones are tried at one place, and never go back."""

_NAME: Final = re.compile(r"</?([A-Za-z][^\s/<>\"'=]*+)", re.ASCII)
_DATA_TAIL: Final = re.compile(r"[\w/.+;=-]{0,300},[^\s\"'`<>()\\]*+", re.ASCII)
_SCRIPT_TAIL: Final = re.compile(r"(?=[^\s\"'`])[^\s\"'`<>]*+", re.ASCII)
_CODE: Final = re.compile(r"(?:java|vb)script:", re.IGNORECASE)
_NOISE: Final = re.compile(r"[\x00-\x20]+")
_BRACKET: Final = re.compile(r"[()]")
_BLANKS: Final = " \t\n\r\f"

_GATE: Final = (
    r"<(?:[A-Za-z!?]|/[A-Za-z])",
    r"(?i)(?:java|vb)script:",
    r"(?i)data:[a-z0-9_.+-]*[/;]",
    r"[(:]\s*[^\s():>&]*&(?:#|colon;|Tab;|NewLine;)",
    r"[\x{1b}\x{90}\x{98}\x{9b}\x{9d}\x{9e}\x{9f}]",
)

_HEADS: Final = (
    r"<(?:[A-Za-z!?]|/[A-Za-z])",
    r"(?i)(?:java|vb)script:",
    r"(?i)data:",
    r"[(:][ \t]*\n?[ \t]*<?[^\s():<>&]*[&<]",
    r"\x1b",
)
"""What stands where a finding begins, or right before it, also if a tag within it is cut out."""

_EARLIER: Final = re.compile("[\x90\x98\x9b\x9d\x9e\x9f]")
"""The same for the 8-bit forms: claims are too wide beyond ASCII."""


class MarkupDetector:
    """Finds tags, scripts, event handlers, URLs that are code or content, and terminal escapes.

    >>> from guardrail.values import Subject
    >>> text = "Is a < b in List<int>? <img src=x onerror=alert(1)>"
    >>> [(found,)] = MarkupDetector().run([Subject(text)])
    >>> text[found.start : found.end], found.type
    ('<img src=x onerror=alert(1)>', 'EVENT_HANDLER')
    """

    @property
    def gate(self) -> tuple[str, ...]:
        """What every finding contains one of."""
        return _GATE

    @property
    def claims(self) -> tuple[str, ...]:
        """What every finding is a match of."""
        return on_from(_HEADS)

    def earliest(self, text: str, system: str | None) -> int:  # noqa: ARG002 - as it is for all
        """Return where a finding of an 8-bit escape may begin that can still grow."""
        return _first(text)

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Find the markup in each text."""
        return [self._markup(subject.text) for subject in subjects]

    def _markup(self, text: str) -> Outcome:
        found: list[Span] = []
        rest, looks = text, Looks()
        try:
            for _ in range(_ROUNDS):
                new: list[Span] = []
                _look(rest, looks, new)
                if not new:
                    break
                new = [*_outermost(new)]
                found += new
                rest = _without(rest, new)
        except TooManyError:
            known = found or new
            if not known:
                return Failure("too many candidates")
            first = min(first_head(_HEADS, text), _first(text))
            return (Span(first, len(text), known[0].type),)
        return tuple(_outermost(found))


def _first(text: str) -> int:
    found = None if text.isascii() else _EARLIER.search(text)
    return len(text) if found is None else found.start()


def _look(text: str, looks: Looks, found: list[Span]) -> None:
    """Add what a text holds to `found`.

    Raises:
        TooManyError: there are more candidates than `looks` allows.
    """
    data = in_bytes(text)
    for each in (_escapes(text, data, looks), _Tags(text, data, looks).found()):
        found.extend(each)
    found.extend(_addresses(text, data, looks))


def _without(text: str, spans: Sequence[Span]) -> str:
    """Return the text with these places taken by characters that say nothing."""
    pieces, at = list[str](), 0
    for span in spans:
        start = max(at, span.start)
        pieces += (text[at:start], "]" * (span.end - start))
        at = span.end
    return "".join((*pieces, text[at:]))


def _escapes(text: str, data: bytes, looks: Looks) -> Iterator[Span]:
    """Yield terminal escapes; beyond ASCII RE2 sees UTF-8, of which it gives the bytes."""
    if not text.isascii():
        data = text.encode("utf-8", "replace")
    at = seen = 0
    for start, end in places(compiled(_ESCAPE), data, looks):
        first = seen + (start - at if text.isascii() else len(data[at:start].decode()))
        seen = first + (end - start if text.isascii() else len(data[start:end].decode()))
        at = end
        yield Span(first, seen, "ANSI_ESCAPE")


def _addresses(text: str, data: bytes, looks: Looks) -> Iterator[Span]:
    """Yield addresses that are code or hold content, wherever they stand."""
    for start, end in _headed(_SCRIPT_HEAD, _SCRIPT_TAIL, text, data, looks):
        yield Span(start, _balanced_end(text, start, end), "SCRIPT_URL")
    for start, end in _headed(_DATA_HEAD, _DATA_TAIL, text, data, looks):
        yield Span(start, end, "DATA_URL")
    for start, end in places(compiled(_TARGET), data, looks):
        target = text[start + 1 : end].lstrip(" \t\n")
        if _is_code(target.removeprefix("<")):
            first = end - len(target)
            yield Span(first, _balanced_end(text, first, end), "SCRIPT_URL")


def _headed(
    head: str, tail: re.Pattern[str], text: str, data: bytes, looks: Looks
) -> Iterator[tuple[int, int]]:
    """Yield the addresses with a head and, behind its colon, a tail."""
    at, pattern = 0, compiled(head)
    while (place := search(pattern, data, at)) is not None:
        looks.take()
        start = place[0] + (not data[place[0] : place[0] + 1].isalpha())
        found = tail.match(text, text.index(":", start) + 1)
        at = found.end() if found else place[1] - 1  # its last sign may stand before the next
        if found:
            yield start, found.end()


def _balanced_end(text: str, start: int, end: int) -> int:
    """Return where an address ends: at a bracket that was opened before it, or its last sign."""
    depth = 0
    for bracket in _BRACKET.finditer(text, start, min(end, start + _ENOUGH)):
        depth += 1 if bracket[0] == "(" else -1
        if depth < 0:
            end = bracket.start()
            break
    while end > start and text[end - 1] in ".,;:!?":
        end -= 1
    return end


def _is_code(value: str) -> bool:
    """Whether a browser takes a value of an attribute, or a link's target, for code.

    It does if so much stands for nothing that nobody can tell.
    """
    head = value[:_ENOUGH]
    if is_cut := len(value) > _ENOUGH:
        whole, sign, reference = head.rpartition("&")
        head = whole if sign and ";" not in reference else head
    seen = _NOISE.sub("", html.unescape(head)).lower()
    if is_cut and ("javascript:".startswith(seen) or "vbscript:".startswith(seen)):
        return True
    return _CODE.match(seen) is not None


@cache
def _closing() -> Any:
    """Return a function that says which ambiguous elements a text closes, by their numbers."""
    return prefilter(rf"(?i)</{name}(?:[^A-Za-z0-9-]|\z)" for name in _IN_ORDER)


class _Tags:
    """The tags of one text; each search runs forward only, so all of it is linear."""

    def __init__(self, text: str, data: bytes, looks: Looks) -> None:
        self._text, self._data, self._looks = text, data, looks
        self._closed: frozenset[str] | None = None
        self._scripts = _Ends(_SCRIPT_END, data)
        self._comments = _Ends(_COMMENT_END, data)

    def found(self) -> Iterator[Span]:
        """Yield the tags in order."""
        at, pattern = 0, compiled(_TAG)
        while (place := search(pattern, self._data, at)) is not None:
            self._looks.take()
            start, at = place
            mark = self._text[start + 1]
            span = self._span(start, at) if mark == "/" or mark.isalpha() else None
            if span is None and mark in "!?":
                span = self._comment(start, at)
            if span is not None:
                at = span.end
                yield span

    def _comment(self, start: int, end: int) -> Span:
        closed = self._comments.after(end) if self._text.startswith("<!--", start) else None
        return Span(start, closed or end, "HTML_TAG")

    def _span(self, start: int, end: int) -> Span | None:
        named = _NAME.match(self._text, start, end)
        if named is None:
            return None
        name, first = named[1].lower(), named.end()
        last = end - (self._text[end - 1] == ">")
        if self._has(_HANDLER, first, last):
            type_ = "EVENT_HANDLER"
        elif name not in _KNOWN:
            is_cut = last == end and self._is_cut_in_quotes(first, last)
            return Span(start, end, "HTML_TAG") if is_cut else None
        elif self._text[start + 1] == "/":
            type_ = "HTML_TAG"
        elif not self._is_opening(name, first, last, is_ended=last < end):
            return None
        else:
            type_ = "SCRIPT_URL" if self._holds_code(first, last) else "HTML_TAG"
        if name != "script" or self._text[start + 1] == "/":
            return Span(start, end, type_)
        return Span(start, self._scripts.after(end) or end, "SCRIPT")

    def _has(self, expression: str, start: int, end: int) -> bool:
        return start < end and search(compiled(expression), self._data, start, end) is not None

    def _is_opening(self, name: str, start: int, end: int, *, is_ended: bool) -> bool:
        if name == "script" or self._has(_WITH_VALUE, start, end):
            return True
        if not is_ended:
            return False
        if attributes := self._text[start:end].strip(_BLANKS):
            alone = compiled(_ALONE)
            return attributes == "/" or alone.fullmatch(self._data, start, end) is not None
        return name not in _AMBIGUOUS or self._is_closed(name)

    def _is_closed(self, name: str) -> bool:
        if self._closed is None:
            numbers = (at for at in _closing()(self._text) if at < len(_IN_ORDER))
            self._closed = frozenset(_IN_ORDER[at] for at in numbers)
        return name in self._closed

    def _is_cut_in_quotes(self, start: int, end: int) -> bool:
        """Whether attributes break off within quotes, where another `<` stands."""
        quotes = self._text.count('"', start, end) % 2 + self._text.count("'", start, end) % 2
        return quotes > 0 and self._has(_WITH_VALUE, start, end)

    def _holds_code(self, start: int, end: int) -> bool:
        pattern, at = compiled(_VALUE), start
        while (place := search(pattern, self._data, at, end)) is not None:
            self._looks.take()
            first, at = place
            value = self._text[first + 1 : at].lstrip(_BLANKS)
            if _is_code(value[1:] if value[:1] in {'"', "'"} else value):
                return True
        return False


class _Ends:
    """Where something ends, looked for so that many beginnings with the same end cost no more."""

    def __init__(self, end: str, data: bytes) -> None:
        self._end, self._data = end, data
        self._last: tuple[int, int] | None = (-1, -1)

    def after(self, start: int) -> int | None:
        """Return the end of the first one at or behind `start`, which never goes back."""
        if self._last is not None and self._last[0] < start:
            self._last = search(compiled(self._end), self._data, start)
        return None if self._last is None else self._last[1]


def _outermost(found: list[Span]) -> Iterator[Span]:
    """Drop every finding that lies within another one."""
    reached = 0
    for span in sorted(found, key=lambda span: (span.start, -span.end)):
        if span.end > reached:
            reached = span.end
            yield span
