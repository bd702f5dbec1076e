"""Telephone numbers: what `phonenumbers` finds in each region, without looking eight times.

Presidio asks `phonenumbers` about the whole text once for each region. Here the places where a
number could stand are looked up once for all regions; a place is not tried in a region that has
no numbers of that length, nor once all of it was found in another region. What is found is the
same, but for numbers of fewer than five digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias

from guardrail.stages.pii.errors import RecognizerError

Spot: TypeAlias = tuple[int, str]
"""Where a number could stand, and how it is written."""

MOST_NUMBERS: Final = 10_000
"""`phonenumbers` gives up silently after 65,535 tries, of which a number takes at most five."""

DIGIT: Final = r"[\p{Nd}\x{10000}-\x{10FFFF}]"
BETWEEN: Final = r"[-xX .()\[\]/~\x{80}-\x{10FFFF}]{0,4}"
GATE: Final = rf"{DIGIT}(?:{BETWEEN}{DIGIT}){{4}}"
"""An RE2 expression that occurs wherever a number does."""

_LEAD: Final = r"(?:[(\[+\x{FF08}\x{FF3B}\x{FF0B}][-xX .()\[\]/~\x{80}-\x{10FFFF}]{0,4}){0,2}"
_EXTENDED: Final = r"[ \t,;:.~#=x*\x{80}-\x{10FFFF}-]{0,8}[a-zA-Z\x{80}-\x{10FFFF}]{0,10}"
CLAIM: Final = (
    rf"{_LEAD}{DIGIT}(?:{BETWEEN}{DIGIT}){{0,3}}"
    rf"|{_LEAD}{DIGIT}(?:{BETWEEN}{DIGIT}){{4,}}(?:{_EXTENDED}[:.#=\x{{80}}-\x{{10FFFF}}]?"
    rf"[ ,\x{{80}}-\x{{10FFFF}}-]{{0,5}}{DIGIT}{{0,20}}#?)?"
)
"""An RE2 expression of a number with its extension, and of what may become one."""

_FIVE_DIGITS: Final = re.compile(r"\d(?:[-xX .()\[\]/~\x80-\U0010FFFF]{0,4}\d){4}")
_NUMBER: Final = re.compile(r"\d+")
_EXTENSION: Final = re.compile(r"[^\W\d_]|[#\uff03~\uff5e,;*=]")
"""Letters, and what else may announce an extension."""

_PLUS: Final = re.compile("[+\uff0b]")

_CUTS: Final = re.compile(r"|\\\d|\$\d")
"""A rule of transformation that leaves a part of what was dialed, or none at all."""

_BEHIND: Final = 3
"""So many characters behind a place say whether it is a time of day."""

_REFUSED: ContextVar[set[tuple[str, ...]] | None] = ContextVar("refused", default=None)

_NEVER: Final = "(?!)"
_VALID: Final = 1
"""The leniency from which a number must be one that is given out, not only a possible one."""


def phone_find(presidio: Any) -> Callable[[str], list[Any]]:
    """Return what finds the numbers that a recognizer of Presidio would find."""
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer

    is_plain = type(presidio).analyze is PhoneRecognizer.analyze

    def find(text: str) -> list[Any]:
        if len(text) > MOST_NUMBERS and sum(1 for _ in _NUMBER.finditer(text)) > MOST_NUMBERS:
            raise RecognizerError("too many numbers")
        found = _in_all_regions(presidio, text) if is_plain else _as_presidio(presidio, text)
        return [each for each in found if _FIVE_DIGITS.search(text, each.start, each.end)]

    return find


def _as_presidio(presidio: Any, text: str) -> list[Any]:
    found: list[Any] = presidio.analyze(text, presidio.supported_entities, None)
    return found


def _in_all_regions(presidio: Any, text: str) -> list[Any]:
    """Do what `PhoneRecognizer.analyze` does, less its explanations."""
    from presidio_analyzer import EntityRecognizer

    spots = _Spots(text)
    if spots.next_from(0) is None:
        return []
    matcher = _matcher()
    found = [
        presidio._get_recognizer_result(match, text, region, None)  # noqa: SLF001
        for region in presidio.supported_regions
        for match in matcher(spots, region, presidio.leniency)
    ]
    results: list[Any] = EntityRecognizer.remove_duplicates(found)
    return results


@contextmanager
def one_text() -> Iterator[None]:
    """Remember what is no number, while a text and the views of it are looked at.

    Most of a view is what stands in the text too. Nothing is kept afterwards.
    """
    token = _REFUSED.set(set())
    try:
        yield
    finally:
        _REFUSED.reset(token)


class _Spots:
    """The places of a text where a number of five digits could stand, each looked up once.

    One that is written with an extension is always tried: a number that is found in the part
    before it may leave the rest to another one. `found` are those that are numbers as a whole and
    without an extension: what another region finds there lies inside.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: set[Spot] = set()
        self._known: dict[int, Spot | None] = {}

    def next_from(self, index: int) -> Spot | None:
        """Return the first place at or behind an index."""
        if index not in self._known:
            self._known[index] = self._found(index)
        return self._known[index]

    def _found(self, index: int) -> Spot | None:
        from phonenumbers import phonenumbermatcher

        library: Any = phonenumbermatcher
        while match := library._PATTERN.search(self.text, index):  # noqa: SLF001
            written = match[0]
            second = library._SECOND_NUMBER_START_PATTERN.search(written)  # noqa: SLF001
            written = written[: second.start()] if second else written
            if _FIVE_DIGITS.search(written) or _EXTENSION.search(written):
                return match.start(), written
            index = match.start() + len(written)
        return None


@cache
def _matcher() -> Callable[[_Spots, str, int], Any]:
    """Return the matcher of `phonenumbers`, with fewer places to try."""
    from phonenumbers import PhoneNumberMatcher

    class Matcher(PhoneNumberMatcher):
        def __init__(self, spots: _Spots, region: str, leniency: int) -> None:
            super().__init__(spots.text, region, leniency=leniency)
            self._spots = spots
            self._asked = (region, str(leniency))
            self._numbering = _numbering(region) if leniency >= _VALID else None

        def _find(self, index: int) -> Any:
            while self._max_tries > 0 and (spot := self._spots.next_from(index)) is not None:
                start, written = spot
                index = start + len(written)
                if spot in self._spots.found:
                    continue
                match = _asked_once(self, written, start)
                if match is not None:
                    is_whole = match.start == start and match.end == index
                    if is_whole and not _EXTENSION.search(written):
                        self._spots.found.add(spot)
                    return match
                self._max_tries -= 1
            return None

        def _parse_and_verify(self, candidate: str, offset: int) -> Any:
            if self._numbering is not None and not self._numbering.may_have(candidate):
                return None
            return super()._parse_and_verify(candidate, offset)

    return Matcher


def _asked_once(matcher: Any, written: str, start: int) -> Any:
    """Return the number at a place, None if there is none; what is none is asked about once."""
    text, end, refused = matcher.text, start + len(written), _REFUSED.get()
    place = (*matcher._asked, written, text[max(start - 1, 0) : start], text[end : end + _BEHIND])  # noqa: SLF001
    if refused is not None and place in refused:
        return None
    match = matcher._extract_match(written, start)  # noqa: SLF001
    if match is None and refused is not None:
        refused.add(place)
    return match


@dataclass(frozen=True, slots=True)
class _Numbering:
    """What is known of the numbers of a region: how long they are, and what may stand before.

    Regions that share a country's code share their numbers.
    """

    lengths: frozenset[int]
    code: str
    prefix: re.Pattern[str]
    abroad: re.Pattern[str]

    def may_have(self, written: str) -> bool:
        """Tell whether what is written could be a number; False is certain.

        Said of plain national numbers only: a `+` or what is dialed to get abroad makes it a
        number of any country, and letters may be an extension.
        """
        if _EXTENSION.search(written) or _PLUS.search(written):
            return True
        digits = "".join(str(int(char)) for char in written if char.isdecimal())
        if self.abroad.match(digits):
            return True
        bare = digits.removeprefix(self.code)
        dropped = max(self._prefix_of(digits), len(digits) - len(bare) + self._prefix_of(bare))
        return any(len(digits) - count in self.lengths for count in range(dropped + 1))

    def _prefix_of(self, digits: str) -> int:
        found = self.prefix.match(digits)
        return found.end() if found else 0


@cache
def _numbering(region: str) -> _Numbering | None:
    """Return what is known of a region; None where a number may be longer than what is dialed."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    metadata = _metadata(region)
    if metadata is None or not _CUTS.fullmatch(metadata.national_prefix_transform_rule or ""):
        return None
    regions = COUNTRY_CODE_TO_REGION_CODE[metadata.country_code]
    return _Numbering(
        frozenset(n for each in regions for n in _metadata(each).general_desc.possible_length),
        str(metadata.country_code),
        re.compile(metadata.national_prefix_for_parsing or _NEVER),
        re.compile(metadata.international_prefix or _NEVER),
    )


def _metadata(region: str) -> Any:
    from phonenumbers import PhoneMetadata

    return PhoneMetadata.metadata_for_region(region)
