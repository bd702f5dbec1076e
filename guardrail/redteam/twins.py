"""Benign twins: values that look like those a policy is about, and say nothing."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from guardrail.disguises import Kind

WORDS: Final = (
    "garden", "window", "teapot", "bicycle", "mountain", "library", "sandwich", "umbrella",
    "notebook", "orchestra", "carpenter", "lantern", "meadow", "blanket", "cinnamon", "harbor",
    "pencil", "saddle", "thimble", "walnut", "violin", "ladder", "pepper", "marble",
)  # fmt: skip
"""Everyday words that no policy is likely to list; each twin is tried on the plain policy."""

_NAMES: Final = ("jane.doe", "ann", "bob_smith", "mia-lin", "support.team")


def twin(kind: Kind, dice: Random) -> str:
    """Return a benign value that looks like one of this kind.

    >>> twin("phone", Random(1)), twin("keyword", Random(1))
    ('18-72', 'mountain')
    """
    return _TWINS[kind](dice)


def _digits(dice: Random, count: int) -> str:
    return "".join(dice.choices(string.digits, k=count))


_TWINS: Final[Mapping[Kind, Callable[[Random], str]]] = {
    "keyword": lambda dice: dice.choice(WORDS),
    "phrase": lambda dice: " ".join(dice.sample(WORDS, 2)),
    "pattern": lambda dice: f"{dice.choice(WORDS)}-{_digits(dice, 2)}",
    "email": lambda dice: f"{dice.choice(_NAMES)}/{dice.choice(WORDS)}",
    "phone": lambda dice: f"{_digits(dice, 2)}-{_digits(dice, 2)}",
    "card": lambda dice: f"{dice.choice(WORDS)} {_digits(dice, 4)}",
    "iban": lambda dice: f"{dice.choice(WORDS)} no. {_digits(dice, 3)}",
    "key": lambda dice: "_".join(dice.sample(WORDS, 3)),
}
