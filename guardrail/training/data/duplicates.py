"""Rows that say the same: exactly, or but for a few words.

Near duplicates share at least nine tenths of their runs of three words (Jaccard). They are found
exactly: two such sets share one of their few rarest runs, so only rows that do are compared.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from math import ceil
from typing import Final

SHARE: Final = 0.9
_RUN: Final = 3
_WORD: Final = re.compile(r"\w+")


def plain(text: str) -> str:
    """Return a text without what does not matter to its sense: case, marks and spaces.

    >>> plain("  Click, THEN press!")
    'click then press'
    """
    return " ".join(_WORD.findall(text.lower()))


def near(texts: Sequence[str], share: float = SHARE) -> dict[int, int]:
    """Return, for each text that repeats an earlier one, which; texts of no words repeat nothing.

    >>> near(["Click the big button now.", "click the big button now", "Press it."])
    {1: 0}
    """
    runs = [_runs(text) for text in texts]
    rarity = Counter(run for each in runs for run in each)
    index: defaultdict[str, list[int]] = defaultdict(list)
    found: dict[int, int] = {}
    for at, mine in enumerate(runs):
        if not mine:
            continue
        rarest = sorted(mine, key=lambda run: (rarity[run], run))
        probe = rarest[: len(mine) - ceil(share * len(mine)) + 1]
        candidates = sorted({other for run in probe for other in index[run]})
        original = next((o for o in candidates if _jaccard(mine, runs[o]) >= share), None)
        if original is not None:
            found[at] = original
            continue
        for run in probe:
            index[run].append(at)
    return found


def _runs(text: str) -> frozenset[str]:
    words = plain(text).split()
    if len(words) < _RUN:
        return frozenset(words and [" ".join(words)])
    return frozenset(" ".join(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1))


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)
