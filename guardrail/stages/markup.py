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
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

from guardrail.values import Outcome, Span, Subject

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

_KNOWN: Final = frozenset(_ELEMENTS.split())
_AMBIGUOUS: Final = frozenset(_PLACEHOLDERS.split())

_TAG: Final = re.compile(
    r"<(?P<close>/?)(?P<name>[A-Za-z][^\s/<>\"'=]*+)"
    r"(?P<rest>(?:[^\"'<>]++|\"[^\"<]*+\"|'[^'<]*+')*+[^<>]*+)(?P<end>>?)"
    r"|(?P<comment><!--)|<!(?:[A-Za-z]|\[CDATA\[)[^<>]*+>?|<\?[A-Za-z=][^<>]*+>?"
)
_CLOSED: Final = re.compile(r"</([A-Za-z][A-Za-z0-9-]*)")
_SCRIPT_END: Final = re.compile(r"</script[^<>]*+>?", re.IGNORECASE)
_COMMENT_END: Final = re.compile(r"--!?>")
_WITH_VALUE: Final = re.compile(r"(?:^|[\s/\"'])[^\s/<>\"'=]++\s*+=\s*+(?=[^\s=>~])")
_ALONE: Final = re.compile(
    r"(?:\s+(?:allowfullscreen|async|autofocus|autoplay|checked|compact|contenteditable|controls"
    r"|default|defer|disabled|download|formnovalidate|hidden|inert|ismap|itemscope|loop|multiple"
    r"|muted|nomodule|noshade|novalidate|nowrap|open|playsinline|readonly|required|reversed"
    r"|seamless|selected|sortable|truespeed|typemustmatch))+\s*",
    re.IGNORECASE,
)
_HANDLER: Final = re.compile(r"(?:^|[\s/\"'])on[a-z]{3,}+\s*+=", re.IGNORECASE)
_CODE: Final = re.compile(r"[\x00-\x20]*(?:java|vb)script:", re.IGNORECASE)
_NOISE: Final = re.compile(r"[\x00-\x20]+")
_VALUE: Final = re.compile(r"=\s*+(?:\"([^\"<]*+)|'([^'<]*+)|([^\s<>\"']++))")

_SCRIPT_URL: Final = re.compile(
    r"(?<![\w-])(?:java|vb)script:(?=[^\s\"'`])[^\s\"'`<>]*+",
    re.IGNORECASE | re.ASCII,
)
_DATA_URL: Final = re.compile(
    r"(?<![\w-])data:(?=[\w.+-]{0,99}[/;])[\w/.+;=-]{0,300},[^\s\"'`<>()\\]*+",
    re.IGNORECASE | re.ASCII,
)
_TARGET: Final = re.compile(
    r"[(:][ \t]{0,9}\n?[ \t]{0,9}"
    r"(?P<target><?[^\s():<>&]*+&(?:#|colon;|Tab;|NewLine;)[^\s<>]*+)"
)
_BRACKET: Final = re.compile(r"[()]")
_ESCAPE: Final = re.compile(
    r"(?:(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*+(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*+[0-~]?)++"
)

_GATE: Final = (
    r"<(?:[A-Za-z!?]|/[A-Za-z])",
    r"(?i)(?:java|vb)script:",
    r"(?i)data:[a-z0-9_.+-]*[/;]",
    r"[(:]\s*[^\s():>&]*&(?:#|colon;|Tab;|NewLine;)",
    r"[\x{1b}\x{90}\x{98}\x{9b}\x{9d}\x{9e}\x{9f}]",
)


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

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Find the markup in each text."""
        return [self._markup(subject.text) for subject in subjects]

    def _markup(self, text: str) -> Outcome:
        found: list[Span] = []
        for _ in range(_ROUNDS):
            new = list(_outermost([*_escapes(text), *_Tags(text).found(), *_addresses(text)]))
            if not new:
                break
            found += new
            text = _without(text, new)
        return tuple(_outermost(found))


def _without(text: str, spans: Sequence[Span]) -> str:
    """Return the text with these places taken by characters that say nothing."""
    pieces, at = list[str](), 0
    for span in spans:
        start = max(at, span.start)
        pieces += (text[at:start], "]" * (span.end - start))
        at = span.end
    return "".join((*pieces, text[at:]))


def _escapes(text: str) -> Iterator[Span]:
    return (Span(*found.span(), "ANSI_ESCAPE") for found in _ESCAPE.finditer(text))


def _addresses(text: str) -> Iterator[Span]:
    """Yield addresses that are code or hold content, wherever they stand."""
    for found in _SCRIPT_URL.finditer(text):
        yield Span(found.start(), _balanced_end(found[0], found.start()), "SCRIPT_URL")
    for found in _DATA_URL.finditer(text):
        yield Span(*found.span(), "DATA_URL")
    for found in _TARGET.finditer(text):
        if _is_code(found["target"].removeprefix("<")):
            start = found.start("target")
            yield Span(start, _balanced_end(found["target"], start), "SCRIPT_URL")


def _balanced_end(address: str, start: int) -> int:
    """Return where an address ends: at a bracket that was opened before it, or its last sign."""
    depth = 0
    for bracket in _BRACKET.finditer(address):
        depth += 1 if bracket[0] == "(" else -1
        if depth < 0:
            address = address[: bracket.start()]
            break
    return start + len(address.rstrip(".,;:!?"))


def _is_code(value: str) -> bool:
    """Whether a browser takes a value of an attribute, or a link's target, for code."""
    return _CODE.match(_NOISE.sub("", html.unescape(value))) is not None


class _Tags:
    """The tags of one text; each search runs forward only, so all of it is linear."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._closed = {found[1].lower() for found in _CLOSED.finditer(text)}
        self._scripts = _Ends(text, _SCRIPT_END)
        self._comments = _Ends(text, _COMMENT_END)

    def found(self) -> Iterator[Span]:
        """Yield the tags in order."""
        at = 0
        while tag := _TAG.search(self._text, at):
            at = tag.end()
            span = self._comment(tag) if tag["name"] is None else self._span(tag)
            if span is not None:
                at = span.end
                yield span

    def _comment(self, tag: re.Match[str]) -> Span:
        end = self._comments.after(tag.end()) if tag["comment"] else None
        return Span(tag.start(), end or tag.end(), "HTML_TAG")

    def _span(self, tag: re.Match[str]) -> Span | None:
        name, rest = tag["name"].lower(), tag["rest"]
        if _HANDLER.search(rest):
            type_ = "EVENT_HANDLER"
        elif name not in _KNOWN:
            return None if tag["end"] or not _is_cut_in_quotes(rest) else _typed(tag, "HTML_TAG")
        elif tag["close"]:
            type_ = "HTML_TAG"
        elif not self._is_opening(name, tag):
            return None
        else:
            type_ = "SCRIPT_URL" if _holds_code(rest) else "HTML_TAG"
        if name != "script" or tag["close"]:
            return _typed(tag, type_)
        return Span(tag.start(), self._scripts.after(tag.end()) or tag.end(), "SCRIPT")

    def _is_opening(self, name: str, tag: re.Match[str]) -> bool:
        rest = tag["rest"]
        if _WITH_VALUE.search(rest) or name == "script":
            return True
        if not tag["end"]:
            return False
        if rest.strip():
            return rest.strip() == "/" or _ALONE.fullmatch(rest.rstrip("/")) is not None
        return name not in _AMBIGUOUS or name in self._closed


def _typed(tag: re.Match[str], type_: str) -> Span:
    return Span(*tag.span(), type_)


def _is_cut_in_quotes(rest: str) -> bool:
    """Whether attributes break off within quotes, where another `<` stands."""
    return _WITH_VALUE.search(rest) is not None and rest.count('"') % 2 + rest.count("'") % 2 > 0


def _holds_code(rest: str) -> bool:
    return any(_is_code(value[value.lastindex or 0]) for value in _VALUE.finditer(rest))


class _Ends:
    """Where something ends, found once so that many beginnings without an end cost no more."""

    def __init__(self, text: str, end: re.Pattern[str]) -> None:
        self._text = text
        self._end = end
        self._ends: list[tuple[int, int]] | None = None

    def after(self, start: int) -> int | None:
        """Return the end of the first one at or behind `start`."""
        if self._ends is None:
            self._ends = [found.span() for found in self._end.finditer(self._text)]
        at = bisect_left(self._ends, (start, 0))
        return self._ends[at][1] if at < len(self._ends) else None


def _outermost(found: list[Span]) -> Iterator[Span]:
    """Drop every finding that lies within another one."""
    reached = 0
    for span in sorted(found, key=lambda span: (span.start, -span.end)):
        if span.end > reached:
            reached = span.end
            yield span
