"""What a text must hold for `pii` to find anything, known without importing Presidio."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from guardrail.stages.pii.entities import PHONES

FEWEST_DIGITS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "CREDIT_CARD": 13,
        "MEDICAL_LICENSE": 7,
        "UK_NHS": 10,
        "US_BANK_NUMBER": 8,
        "US_ITIN": 9,
        "US_PASSPORT": 8,
        "US_SSN": 9,
        **dict.fromkeys(PHONES, 5),
    }
)
"""How many digits the shortest finding of an entity has; 1 where it is not said."""

CLUES: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        "EMAIL_ADDRESS": re.compile("@"),
        "IP_ADDRESS": re.compile(r"\d|:"),
        "MAC_ADDRESS": re.compile("[0-9a-f]{2}[-:]|[0-9a-f]{4}[.]", re.IGNORECASE),
        "UUID": re.compile("[0-9a-f]{8}-", re.IGNORECASE),
    }
)
"""What findings hold that need no digit."""

UNKNOWN: Final = frozenset(
    {"IN_PAN", "IT_DRIVER_LICENSE", "IT_FISCAL_CODE", "URL", "US_HEALTH_INSURANCE_MEMBER_ID"}
)
"""Entities that a few letters may be."""


def may_hold(text: str, entities: Sequence[str]) -> bool:
    """Say whether one of the entities could be found in a text; False is certain.

    >>> may_hold("Reset it within 2 days.", ["PHONE_NUMBER", "EMAIL_ADDRESS"])
    False
    """
    digits = sum(char.isdigit() for char in text)
    return any(_may_hold(text, digits, entity) for entity in entities)


def _may_hold(text: str, digits: int, entity: str) -> bool:
    if entity in UNKNOWN:
        return True
    if entity in CLUES:
        return CLUES[entity].search(text) is not None
    return digits >= FEWEST_DIGITS.get(entity, 1)
