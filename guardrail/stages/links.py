"""`links(allow:)`: links and images whose host is not on the list.

What counts as a link is what a browser or a Markdown renderer would follow or fetch: addresses
with a scheme (`https://…`), `www.…` and `//host/…`; the targets of Markdown links, images and
reference definitions; and the attributes of HTML that hold an address. A target without a host
(`/help`, `#top`, `mailto:`) leads nowhere else and is no finding; one that holds code or content
itself (`javascript:`, `data:`) always is one.

An address inside another one counts by itself, since redirects are how an allowed host is made
to lead elsewhere. Every search is linear in the text.
"""

# ruff: noqa: RUF001 - the punctuation of other scripts ends an address too
from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

from guardrail.text.hosts import LONGEST_ADDRESS, host_of, is_within
from guardrail.values import Outcome, Span, Subject

_LONGEST_SCHEME: Final = 40

_MARK: Final = re.compile(r":[/\\]")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]+\Z")
_WWW: Final = re.compile(r"(?<![\w./\\@-])[wW]{3}\.(?=[^\W_])")
_HOST_AND_SLASH: Final = re.compile(r"(?<![\w:/\\])[/\\]{2,}[^\s/\\<>\"'`()]{3,260}[/\\]")
_PUBLIC: Final = re.compile(r".*\.(?:[a-z]{2,63}|xn--[a-z0-9\-]+)|\d+(?:\.\d+){3}")
_CODE: Final = re.compile(
    r"(?<![\w-])(?:(?:java|vb)script:(?=[^\s\"'`])|data:(?=[\w.+-]{0,99}[/;])[\w/.+;=-]{0,300},)",
    re.IGNORECASE | re.ASCII,
)
_ADDRESS: Final = re.compile(rf"[^\s<>]{{0,{LONGEST_ADDRESS}}}")
_STOP: Final = re.compile(
    r"[\s<>\"'`|^{}，、；：！？（）「」『』【】《》〈〉“”‘’]"
    r"|[。．｡](?![0-9A-Za-z])|\)(?=[\[\]])|\](?=[(\[])"
)
_TRAILING: Final = ".,;:!?*_~\\…"
_PAIRS: Final = {")": "(", "]": "["}

_ATTRIBUTE: Final = re.compile(
    r"(?<![\w-])(?:href|src|srcset|action|formaction|poster|background|cite|ping|data)"
    r"\s{0,9}=\s{0,9}(?:\"([^\"]*)\"?|'([^']*)'?|([^\s>\"']+))",
    re.IGNORECASE | re.ASCII,
)
_DEFINITION: Final = re.compile(
    r"^[ \t>]{0,20}\[[^\[\]\n]{1,999}\]:[ \t]{0,9}\n?[ \t]{0,9}(?:<([^<>\n]*)>|(\S+))",
    re.MULTILINE,
)
_BRACKET: Final = re.compile(r"\\.|!?\[|\](?:\(\s{0,99})?", re.DOTALL)
_TARGET: Final = re.compile(r"<([^<>\n]*)>|([^\s()]*(?:\([^\s()]*\)[^\s()]*)*)")
_IMAGE_END: Final = re.compile(
    r"\s{0,9}(?:\"[^\"]{0,999}\"|'[^']{0,999}'|\([^()]{0,999}\))?\s{0,9}\)"
)
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")

_GATE: Final = (
    r":[/\\]",
    r"[/\\]{2}",
    r"[wW]{3}\.",
    r"(?i)script:",
    r"(?i)data:",
    r"\][(:]",
    r"(?i)(?:href|src|srcset|action|poster|background|cite|ping|data)\s*=",
)


class LinksDetector:
    """Finds links that lead to a host which is neither in `allow` nor below one that is.

    A finding covers the address; of a Markdown image it covers the whole of `![…](…)`, which is
    fetched without a click. Without `allow` every link is a finding. Entries of `allow` are
    hosts; of an address only its host counts. Findings have no type of their own.

    >>> from guardrail.values import Subject
    >>> text = "See https://docs.example.com/a and https://example.com@evil.net."
    >>> [(found,)] = LinksDetector(("example.com",)).run([Subject(text)])
    >>> text[found.start : found.end]
    'https://example.com@evil.net'
    """

    def __init__(self, allow: tuple[str, ...] = ()) -> None:
        hosts = (host_of(each if "//" in each else f"//{each}") for each in map(_entry, allow))
        self._allowed = frozenset(host for host in hosts if host)

    @property
    def gate(self) -> tuple[str, ...]:
        """What every link contains one of."""
        return _GATE

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Find the links in each text."""
        return [self._links(subject.text) for subject in subjects]

    def _links(self, text: str) -> Outcome:
        places = {*self._in_text(text), *self._in_markup(text), *self._in_markdown(text)}
        return tuple(Span(start, end, "") for start, end in _outermost(places))

    def _is_foreign(self, address: str, *, is_bare: bool = False) -> bool:
        host = host_of(address, is_bare=is_bare)
        return host is not None and not is_within(host, self._allowed)

    def _is_foreign_target(self, target: str) -> bool:
        """Tell whether a target in markup is foreign, escaped as it stands or not."""
        target = html.unescape(target[:LONGEST_ADDRESS])
        return self._is_foreign(target) or (
            "\\" in target and self._is_foreign(_ESCAPED.sub(r"\1", target))
        )

    def _in_text(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield foreign addresses in running text."""
        ends = _Ends(text)
        for mark in _MARK.finditer(text):
            at = mark.start()
            scheme = _SCHEME.search(text, max(0, at - _LONGEST_SCHEME), at)
            if scheme and self._is_foreign(_address(text, scheme.start()), is_bare=True):
                yield scheme.start(), ends.after(scheme.start())
        for mark in _WWW.finditer(text):
            if self._is_foreign("//" + _address(text, mark.start()), is_bare=True):
                yield mark.start(), ends.after(mark.start())
        for mark in _HOST_AND_SLASH.finditer(text):
            host = host_of(mark[0], is_bare=True)
            if host and _PUBLIC.fullmatch(host) and not is_within(host, self._allowed):
                yield mark.start(), ends.after(mark.start())
        for mark in _CODE.finditer(text):
            yield mark.start(), max(ends.after(mark.start()), mark.end())

    def _in_markup(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield foreign addresses in the attributes of HTML and in reference definitions."""
        for pattern in (_ATTRIBUTE, _DEFINITION):
            for match in pattern.finditer(text):
                group = match.lastindex
                if group and self._is_foreign_target(match[group]):
                    yield match.span(group)

    def _in_markdown(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the foreign targets of Markdown links, and whole images."""
        opened: list[re.Match[str]] = []
        at = 0
        while bracket := _BRACKET.search(text, at):
            at = bracket.end()
            if bracket[0].endswith("["):
                opened.append(bracket)
            elif bracket[0].startswith("]"):
                opener = opened.pop() if opened else None
                target = _TARGET.match(text, at) if "(" in bracket[0] else None
                if target is None or target.lastindex is None:
                    continue
                at = target.end()
                if self._is_foreign_target(target[target.lastindex]):
                    is_image = opener is not None and opener[0] == "!["
                    end = _IMAGE_END.match(text, at) if is_image else None
                    if opener is not None and end is not None:
                        yield opener.start(), end.end()
                    else:
                        yield target.span(target.lastindex)


def _entry(entry: str) -> str:
    return entry.strip().removeprefix("*.").lstrip(".")


def _address(text: str, start: int) -> str:
    found = _ADDRESS.match(text, start)
    return found[0] if found else ""


class _Ends:
    """Where addresses in running text end: at a stop, less the punctuation before it.

    The stops are found once, so that many addresses without one between them cost no more.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._stops: list[int] = []
        self._trimmed: dict[int, int] = {}

    def after(self, start: int) -> int:
        """Return the end of the address that starts at `start`."""
        self._stops = self._stops or [
            *(stop.start() for stop in _STOP.finditer(self._text)),
            len(self._text),
        ]
        stop = self._stops[bisect_left(self._stops, start)]
        if stop not in self._trimmed:
            self._trimmed[stop] = self._trim(start, stop)
        return max(self._trimmed[stop], start + 1)

    def _trim(self, start: int, end: int) -> int:
        """Leave out trailing punctuation and brackets that were opened before the address."""
        surplus = {
            closing: self._text.count(closing, start, end) - self._text.count(opening, start, end)
            for closing, opening in _PAIRS.items()
        }
        while end > start:
            last = self._text[end - 1]
            if surplus.get(last, 0) > 0:
                surplus[last] -= 1
            elif last not in _TRAILING:
                break
            end -= 1
        return end


def _outermost(places: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Drop every place that lies within another one."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(places, key=lambda place: (place[0], -place[1])):
        if not kept or end > kept[-1][1]:
            kept.append((start, end))
    return kept
