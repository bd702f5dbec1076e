"""Disguises: how a text is written so that people still get it and plain rules do not.

- `base`: what a disguise is; the other modules hold one family each, with its sources.
- `DISGUISES` has them by name; `disguise` puts one or more on a text, the same for the same seed;
  `families` names them by family; `pairs` lists which can follow which.

Tests, training data and red teaming use the same ones. Nothing here looks at what the filters do.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Final

from guardrail.disguises.base import KINDS, Disguise, Kind

__all__ = ["DISGUISES", "KINDS", "Disguise", "Kind", "disguise", "families", "pairs"]


@functools.cache
def _all() -> dict[str, Disguise]:
    from guardrail.disguises import (  # noqa: PLC0415 - nothing is made at import
        bidi,
        channels,
        encodings,
        invisible,
        lookalikes,
        marks,
        markup,
        respelled,
        spacing,
        splits,
        styles,
    )

    homes = (
        invisible, channels, bidi, lookalikes, styles, marks, spacing, respelled, markup,
        encodings, splits,
    )  # fmt: skip
    return {member.name: member for home in homes for member in home.disguises()}


class _Disguises(Mapping[str, Disguise]):
    """The disguises by name, made when they are first asked for."""

    def __getitem__(self, name: str) -> Disguise:
        return _all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_all())

    def __len__(self) -> int:
        return len(_all())


DISGUISES: Final[Mapping[str, Disguise]] = _Disguises()
"""Every disguise by its name."""


def disguise(text: str, names: Sequence[str], seed: int = 0) -> str:
    r"""Put disguises on a text, one after the other; the same seed gives the same text.

    Raises:
        KeyError: no disguise has that name.

    >>> disguise("bomb", ["base64"]), disguise("bomb", ["rot13", "dashed"])
    ('Ym9tYg==', 'o-b-z-o')
    """
    dice = Random(f"{seed} {' '.join(names)}")  # noqa: S311 - variety, no secret
    for name in names:
        text = DISGUISES[name].apply(text, dice)
    return text


def families() -> dict[str, tuple[str, ...]]:
    """Return the names of the disguises by family, in a fixed order.

    >>> families()["mark"]
    ('diacritics', 'zalgo', 'strike_through')
    """
    found: dict[str, tuple[str, ...]] = {}
    for name, member in DISGUISES.items():
        found[member.family] = (*found.get(member.family, ()), name)
    return found


def pairs(kind: Kind) -> Iterator[tuple[str, str]]:
    """Yield which two disguises can follow each other on a value of this kind, in order.

    One that needs its reader to recognize the text never follows one that hides it, and nothing
    that has directional controls of its own, or starts lines, follows such controls.

    >>> ("leet_light", "base64") in pairs("keyword"), ("base64", "leet_light") in pairs("keyword")
    (True, False)
    """
    able = [member for member in DISGUISES.values() if kind in member.kinds]
    for first in able:
        for second in able:
            if second.can_follow(first):
                yield first.name, second.name
