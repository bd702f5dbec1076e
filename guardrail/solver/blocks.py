"""What the entries of lists can do together.

The entries of all lists and phrases of a subject are sorted into blocks: entries that stand in the
same lists behave alike, as far as a policy can tell. One variable says what is found of a block. An
entry that cannot occur without one of another block (`log in` without `log`) is a block by itself,
so that the one can be said to follow from the other. Beyond `MOST_COMPARED` entries this is not
looked for; the solver then finds possible what no text does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from guardrail.solver.formula import Variable
from guardrail.text.entries import Entry, fold_key, occurrences_of_many

MOST_COMPARED: Final = 5_000
"""How many entries of a subject are looked for in each other."""

MOST_CHARACTERS: Final = 100_000
"""How many characters these may have together; each entry is searched for in all of them."""

_WORD: Final = re.compile(r"[a-z0-9_]+|[^\sa-z0-9_]")
"""What a key in ASCII consists of, wherever it stands."""

_APART: Final = "\ue000"
_SHOWN: Final = 3

ABSENT, FOUND, FAILED = range(3)
"""What is found of a block of one entry, or of one whose lists are never asked for all of it."""

ANY_TRUE: Final = 0b000010
ANY_FALSE: Final = 0b000001
LARGE_ANY_TRUE: Final = 0b010110
LARGE_ANY_FALSE: Final = 0b000001
LARGE_ALL_TRUE: Final = 0b000100
LARGE_ALL_FALSE: Final = 0b100011
"""The values of other blocks: absent, some, every, failed; some found and some failed; none found
and some failed. Each is another pair of answers to "any of it?" and "all of it?"."""

LARGE_SIZE: Final = 6
LARGE_EVERY: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Entries that stand in the same lists; `examples` are some of them."""

    variable: Variable
    subject: str
    examples: tuple[str, ...]
    count: int

    @property
    def is_large(self) -> bool:
        """Whether "any of it?" and "all of it?" can differ."""
        return self.variable.size == LARGE_SIZE

    @property
    def any(self) -> tuple[int, int]:
        """For which values some entry is found, and for which surely none is."""
        return (LARGE_ANY_TRUE, LARGE_ANY_FALSE) if self.is_large else (ANY_TRUE, ANY_FALSE)

    @property
    def all(self) -> tuple[int, int]:
        """For which values every entry is found, and for which surely not."""
        return (LARGE_ALL_TRUE, LARGE_ALL_FALSE) if self.is_large else (ANY_TRUE, ANY_FALSE)


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of a subject: of each list, and which block follows from which."""

    by_list: tuple[tuple[Block, ...], ...]
    follows: dict[Variable, tuple[Block, ...]]


def blocks(subject: str, lists: Sequence[tuple[str, ...]], wholes: Iterable[int]) -> Blocks:
    """Sort the entries of lists into blocks; `wholes` are the lists asked for all of theirs.

    >>> found = blocks("text", [("red", "blue"), ("blue", "light blue")], [])
    >>> [[block.examples for block in each] for each in found.by_list]
    [[('red',), ('blue',)], [('blue',), ('light blue',)]]
    >>> [[block.examples for block in each] for each in found.follows.values()]
    [[('blue',)]]
    """
    members = _members(lists)
    whole = sum(1 << index for index in wholes)
    inside = _across(members, dict(_inside(members)))
    apart = set(inside).union(*inside.values())
    grouped: dict[object, list[tuple[str, str]]] = {}
    for key, (mask, entry) in members.items():
        grouped.setdefault(key if key in apart else mask, []).append((key, entry))
    by_list: list[list[Block]] = [[] for _ in lists]
    by_key: dict[str, Block] = {}
    for group in grouped.values():
        mask = members[group[0][0]][0]
        size = LARGE_SIZE if len(group) > 1 and mask & whole else FAILED + 1
        examples = tuple(entry for _, entry in group[:_SHOWN])
        block = Block(Variable(examples[0], size), subject, examples, len(group))
        if group[0][0] in apart:
            by_key[group[0][0]] = block
        for index in _bits(mask):
            by_list[index].append(block)
    follows = {
        by_key[key].variable: tuple(by_key[other] for other in others)
        for key, others in inside.items()
    }
    return Blocks(tuple(map(tuple, by_list)), follows)


def _members(lists: Sequence[tuple[str, ...]]) -> dict[str, tuple[int, str]]:
    """Return each entry by its key: the lists it stands in as bits, and how it was written."""
    members: dict[str, tuple[int, str]] = {}
    for index, entries in enumerate(lists):
        bit = 1 << index
        for entry in entries:
            key = fold_key(entry)
            mask, written = members.get(key, (0, entry))
            members[key] = (mask | bit, written)
    return members


def _bits(mask: int) -> Iterator[int]:
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1


def _inside(members: dict[str, tuple[int, str]]) -> Iterator[tuple[str, list[str]]]:
    """Yield entries with those they cannot occur without."""
    keys = list(members)
    masks = [mask for mask, _ in members.values()]
    is_alike = masks.count(masks[0]) == len(masks) if masks else True
    if is_alike or len(keys) > MOST_COMPARED or sum(map(len, keys)) > MOST_CHARACTERS:
        return
    text, ends = _joined(keys)
    inner = list(_common(keys, text))
    entries = [Entry(keys[at]) for at in inner]
    found: dict[int, set[int]] = {}
    at = 0
    for start, end, number in sorted(occurrences_of_many(entries, text, is_folded=True)):
        shorter = inner[number]
        while ends[at] <= start:
            at += 1
        if end <= ends[at] and shorter != at:
            found.setdefault(at, set()).add(shorter)
    for longer, shorter_ones in found.items():
        yield keys[longer], [keys[each] for each in sorted(shorter_ones)]


def _across(
    members: dict[str, tuple[int, str]], inside: dict[str, list[str]]
) -> dict[str, list[str]]:
    """Return what is inside what, less the families whose entries all stand in the same lists."""
    families: dict[str, set[str]] = {}
    for longer, shorter_ones in inside.items():
        merged = {longer, *shorter_ones}.union(
            *(families.get(each, ()) for each in (longer, *shorter_ones))
        )
        families.update(dict.fromkeys(merged, merged))
    return {
        longer: shorter_ones
        for longer, shorter_ones in inside.items()
        if len({members[each][0] for each in families[longer]}) > 1
    }


def _common(keys: Sequence[str], text: str) -> Iterator[int]:
    """Yield the numbers of the keys that may stand in another: all their words do."""
    words = [set(_WORD.findall(key)) for key in keys]
    counts = Counter(word for each in words for word in each)
    for number, (key, each) in enumerate(zip(keys, words, strict=True)):
        if not key.isascii():
            if text.count(key) > 1:
                yield number
        elif all(counts[word] > 1 for word in each):
            yield number


def _joined(keys: Sequence[str]) -> tuple[str, list[int]]:
    """Return the keys as one text that no entry reaches across, and where each ends."""
    ends, end = [], -len(_APART)
    for key in keys:
        end += len(_APART) + len(key)
        ends.append(end)
    return _APART.join(keys), ends
