"""`links(allow:)`: links and images whose host is not on the list.

What counts as a link is what a browser or a Markdown renderer would follow or fetch: addresses
with a scheme (`https://…`), `www.…` and `//host/…`; the targets of Markdown links, images and
reference definitions; and the attributes of HTML that hold an address. A target without a host
(`/help`, `#top`, `mailto:`) leads nowhere else and is no finding; one that holds code or content
itself (`javascript:`, `data:`) always is one.

An address inside another one counts by itself, since redirects are how an allowed host is made
to lead elsewhere. It looks at the plain text alone: nobody follows what is encoded or disguised.
A text in which more places had to be judged than the limits say is one finding from the first
place on at which a link may begin, or an error if none was found. For the same reason a stream
waits from there on.
"""

# ruff: noqa: RUF001 - the punctuation of other scripts ends an address too
from __future__ import annotations

import html
import re
import string
from collections.abc import Iterator, Sequence
from typing import Final

from guardrail.stages.matching import (
    Looks,
    TooManyError,
    compiled,
    first_head,
    in_bytes,
    on_from,
    search,
)
from guardrail.text.hosts import LONGEST_ADDRESS, host_of, is_within
from guardrail.values import Failure, Outcome, Span, Subject

MOST_HOSTS: Final = 1_500
"""Of how many addresses in one text the host is looked at."""

MOST_BRACKETS: Final = 30_000
"""How many brackets of one text are paired, where Markdown links stand."""

_LONGEST_SCHEME: Final = 40
_LETTERS: Final = string.ascii_letters
_SIGNS_IN_SCHEME: Final = string.digits + "+.-"

_MARK: Final = r":[/\\]"
_WWW: Final = "[wW]{3}[.]"
_IS_WWW: Final = re.compile(r"(?<![\w./\\@-])[wW]{3}\.(?=[^\W_])")
_HOST_AND_SLASH: Final = r"[/\\]{2,}[^\s/\\<>\"'`()]{3,260}[/\\]"
_IS_HOST_AND_SLASH: Final = re.compile(r"(?<![\w:/\\])[/\\]{2,}[^\s/\\<>\"'`()]{3,260}[/\\]")
_PUBLIC: Final = re.compile(r".*\.(?:[a-z]{2,63}|xn--[a-z0-9\-]+)|\d+(?:\.\d+){3}")
_CODE: Final = r"(?i)(?:javascript|vbscript|data):"
_IS_CODE: Final = re.compile(
    r"(?<![\w-])(?:(?:java|vb)script:(?=[^\s\"'`])|data:(?=[\w.+-]{0,99}[/;])[\w/.+;=-]{0,300},)",
    re.IGNORECASE | re.ASCII,
)
_ADDRESS: Final = re.compile(rf"[^\s<>]{{0,{LONGEST_ADDRESS}}}")
_LEADS: Final = re.compile(r"[:/\\&]")
_STOPS: Final = r"\s<>\"'`|^{}，、；：！？（）「」『』【】《》〈〉“”‘’"
_MAYBE_STOP: Final = re.compile(rf"[{_STOPS}。．｡)\]]")
_STOP: Final = re.compile(rf"[{_STOPS}]|[。．｡](?![0-9A-Za-z])|\)(?=[\[\]])|\](?=[(\[])")
_TRAILING: Final = ".,;:!?*_~\\…"
_PAIRS: Final = {")": "(", "]": "["}

_ATTRIBUTE: Final = (
    r"(?i)(?:href|src|srcset|action|formaction|poster|background|cite|ping|data)\s{0,9}="
)
_IS_ATTRIBUTE: Final = re.compile(
    r"(?<![\w-])(?:href|src|srcset|action|formaction|poster|background|cite|ping|data)"
    r"\s{0,9}=\s{0,9}(?:\"([^\"]*)\"?|'([^']*)'?|([^\s>\"']+))",
    re.IGNORECASE | re.ASCII,
)
_DEFINITION: Final = r"(?m)^[ \t>]{0,20}\[[^\[\]\n]+\]:"
_IS_DEFINITION: Final = re.compile(
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

_HEADS: Final = (
    r"[A-Za-z][A-Za-z0-9+.\-]*:[/\\]",
    r"[/\\]{2}",
    r"[wW]{3}\.",
    r"(?i)(?:java|vb)script:",
    r"(?i)data:",
    r"!\[",
    r"\][(:]",
    r"(?i)(?:href|src|srcset|action|poster|background|cite|ping|data)\s*=",
)
"""What stands where a finding begins, or right before it."""


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

    @property
    def claims(self) -> tuple[str, ...]:
        """What every finding is a match of."""
        return on_from(_HEADS)

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Find the links in each text."""
        return [self._links(subject.text) for subject in subjects]

    def _links(self, text: str) -> Outcome:
        found = _Text(text, self._allowed)
        try:
            found.look()
        except TooManyError:
            if not found.is_any:
                return Failure("too many candidates")
            return (Span(first_head(_HEADS, text), len(text), ""),)
        return tuple(Span(start, end, "") for start, end in _outermost(found.places))


class _Text:
    """One text, and the places of the foreign addresses in it."""

    def __init__(self, text: str, allowed: frozenset[str]) -> None:
        self.places: set[tuple[int, int]] = set()
        self.is_any = False
        self._text, self._data = text, in_bytes(text)
        self._allowed = allowed
        self._looks, self._hosts = Looks(), Looks(MOST_HOSTS)

    def look(self) -> None:
        """Find the places.

        Raises:
            TooManyError: there are more candidates than are judged; some places may be found.
        """
        self._in_text()
        self._in_markup()
        if "](" in self._text:
            self._in_markdown()

    def _candidates(self, expression: str) -> Iterator[int]:
        """Yield where something may begin; its last sign may belong to the next one too."""
        at, pattern = 0, compiled(expression)
        while (place := search(pattern, self._data, at)) is not None:
            self._looks.take()
            yield place[0]
            at = max(place[0] + 1, place[1] - 1)

    def _is_foreign(self, address: str, *, is_bare: bool = False) -> bool:
        self._hosts.take()
        host = host_of(address, is_bare=is_bare)
        is_foreign = host is not None and not is_within(host, self._allowed)
        self.is_any = self.is_any or is_foreign
        return is_foreign

    def _is_foreign_target(self, target: str) -> bool:
        """Tell whether a target in markup is foreign, escaped as it stands or not."""
        target = target[:LONGEST_ADDRESS]
        if not _LEADS.search(target):
            return False
        target = html.unescape(target)
        return self._is_foreign(target) or (
            "\\" in target and self._is_foreign(_ESCAPED.sub(r"\1", target))
        )

    def _in_text(self) -> None:
        """Find foreign addresses in running text."""
        text, ends = self._text, _Ends(self._text, self._looks)
        for at in self._candidates(_MARK):
            start = _scheme(text, at)
            if start < at and self._is_foreign(_address(text, start), is_bare=True):
                self.places.add((start, ends.after(start)))
        for at in self._candidates(_WWW):
            if _IS_WWW.match(text, at) and self._is_foreign(
                f"//{_address(text, at)}", is_bare=True
            ):
                self.places.add((at, ends.after(at)))
        for at in self._candidates(_HOST_AND_SLASH):
            if (found := _IS_HOST_AND_SLASH.match(text, at)) is not None:
                self._hosts.take()
                host = host_of(found[0], is_bare=True)
                if host and _PUBLIC.fullmatch(host) and not is_within(host, self._allowed):
                    self.places.add((at, ends.after(at)))
        for at in self._candidates(_CODE):
            if (found := _IS_CODE.match(text, at)) is not None:
                self.places.add((at, max(ends.after(at), found.end())))

    def _in_markup(self) -> None:
        """Find foreign addresses in the attributes of HTML and in reference definitions."""
        kinds = ((_ATTRIBUTE, _IS_ATTRIBUTE), (_DEFINITION, _IS_DEFINITION))
        for expression, pattern in kinds:
            done = 0
            for at in self._candidates(expression):
                found = pattern.match(self._text, at) if at >= done else None
                if found is None or found.lastindex is None:
                    continue
                done = found.end()
                if self._is_foreign_target(found[found.lastindex]):
                    self.places.add(found.span(found.lastindex))

    def _in_markdown(self) -> None:
        """Find the foreign targets of Markdown links, and whole images."""
        text, brackets = self._text, Looks(MOST_BRACKETS)
        opened: list[re.Match[str]] = []
        at = 0
        while bracket := _BRACKET.search(text, at):
            brackets.take()
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
                        self.places.add((opener.start(), end.end()))
                    else:
                        self.places.add(target.span(target.lastindex))


def _entry(entry: str) -> str:
    return entry.strip().removeprefix("*.").lstrip(".")


def _scheme(text: str, end: int) -> int:
    """Return where the scheme of an address begins that ends here; `end` if none does."""
    before = text[max(0, end - _LONGEST_SCHEME) : end]
    scheme = before[len(before.rstrip(_LETTERS + _SIGNS_IN_SCHEME)) :].lstrip(_SIGNS_IN_SCHEME)
    return end - len(scheme) if len(scheme) > 1 else end


def _address(text: str, start: int) -> str:
    found = _ADDRESS.match(text, start)
    return found[0] if found else ""


class _Ends:
    """Where addresses in running text end: at a stop, less the punctuation before it.

    A stop is looked for once, so that many addresses without one between them cost no more.
    """

    def __init__(self, text: str, looks: Looks) -> None:
        self._text, self._looks = text, looks
        self._from = self._stop = -1
        self._trimmed: dict[int, int] = {}

    def after(self, start: int) -> int:
        """Return the end of the address that starts at `start`."""
        if not self._from <= start <= self._stop:
            self._from, self._stop = start, self._next(start)
        stop = self._stop
        if stop not in self._trimmed:
            self._trimmed[stop] = self._trim(start, stop)
        return max(self._trimmed[stop], start + 1)

    def _next(self, at: int) -> int:
        """Return where the next stop is, or the end of the text."""
        while (sign := _MAYBE_STOP.search(self._text, at)) is not None:
            if _STOP.match(self._text, sign.start()):
                return sign.start()
            self._looks.take()
            at = sign.end()
        return len(self._text)

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
            self._looks.take()
            end -= 1
        return end


def _outermost(places: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Drop every place that lies within another one."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(places, key=lambda place: (place[0], -place[1])):
        if not kept or end > kept[-1][1]:
            kept.append((start, end))
    return kept
