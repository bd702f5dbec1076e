"""Telephone numbers: what `phonenumbers` finds in each region, without looking eight times.

Presidio asks `phonenumbers` about the whole text once for each region. Here the places where a
number could stand are looked up once for all regions, and a place is not tried in a region whose
numbers are all longer. What is found is the same, but for numbers of fewer than five digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
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

_FIVE_DIGITS: Final = re.compile(r"\d(?:[-xX .()\[\]/~\x80-\U0010FFFF]{0,4}\d){4}")
_NUMBER: Final = re.compile(r"\d+")
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


class _Spots:
    """The places of a text where a number of five digits could stand, each looked up once."""

    def __init__(self, text: str) -> None:
        self.text = text
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
            if _FIVE_DIGITS.search(written):
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
            self._region = region
            self._spots = spots
            self._shortest = _shortest(region) if leniency >= _VALID else 0

        def _find(self, index: int) -> Any:
            while self._max_tries > 0 and (spot := self._spots.next_from(index)) is not None:
                start, written = spot
                match = self._extract_match(written, start)
                if match is not None:
                    return match
                self._max_tries -= 1
                index = start + len(written)
            return None

        def _parse_and_verify(self, candidate: str, offset: int) -> Any:
            digits = sum(map(str.isdecimal, candidate))
            if digits < self._shortest and _is_national(candidate, self._region):
                return None
            return super()._parse_and_verify(candidate, offset)

    return Matcher


@cache
def _shortest(region: str) -> int:
    """Return how many digits the numbers of a region have at least, 0 if that is not sure.

    Regions that share a country's code share their numbers. Where what is dialed is transformed
    into a number, that may be longer.
    """
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    metadata = _metadata(region)
    if metadata is None:
        return 0
    if not re.fullmatch(r"|\\\d", metadata.national_prefix_transform_rule or ""):
        return 0
    regions = COUNTRY_CODE_TO_REGION_CODE[metadata.country_code]
    lengths = (_metadata(each).general_desc.possible_length for each in regions)
    return int(min(map(min, lengths)))


def _is_national(candidate: str, region: str) -> bool:
    """Tell whether a number is surely written without a country's code, and without letters."""
    if any(char in "+\uff0b" or char.isalpha() for char in candidate):
        return False
    digits = "".join(str(int(char)) for char in candidate if char.isdecimal())
    return _abroad(region).match(digits) is None


@cache
def _abroad(region: str) -> re.Pattern[str]:
    """Return what is dialed in a region before the code of another country."""
    return re.compile(_metadata(region).international_prefix or "(?!)")


def _metadata(region: str) -> Any:
    from phonenumbers import PhoneMetadata

    return PhoneMetadata.metadata_for_region(region)
