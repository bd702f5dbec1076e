"""The evasion battery: disguised values do not get out, and what only looks so does.

`make test` tries a share; `GUARDRAIL_PROPERTIES=20` the full count. For the whole table, technique
by kind of value: `python -m tests.evasion.table`.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import Final

import pytest

from tests.evasion.battery import (
    CAUGHT,
    WITHHELD,
    attack,
    is_beyond_limits,
    outcome,
    passes,
    plain,
    singles,
    some_pairs,
)
from tests.evasion.table import good
from tests.evasion.unseen import UNSEEN
from tests.evasion.values import VALUES

pytestmark = pytest.mark.properties

SIZE: Final = float(os.environ.get("GUARDRAIL_PROPERTIES", "1"))
SEEDS: Final = range(max(1, int(SIZE)))
GOALS: Final = {"singles": 0.995, "pairs": 0.97}
REACHED: Final = {"singles": 0.995, "pairs": 0.95}
"""What is asserted until the goals are reached; raised with every technique that is seen."""


def measured(attacks):
    """The share of attacks that are caught, and the cells that let through most of theirs."""
    cells = {}
    for tried in attacks:
        cells.setdefault((*tried.names, tried.kind), Counter())[outcome(tried)] += 1
    total = sum(cells.values(), Counter())
    worst = sorted(cells, key=lambda cell: good(cells[cell]) / cells[cell].total())
    return good(total) / total.total(), [(cell, dict(cells[cell])) for cell in worst[:12]]


def test_undisguised_value_is_cut_in_every_carrier():
    assert [tried for tried in plain(range(5 * len(SEEDS))) if outcome(tried) != CAUGHT] == []


def test_value_in_one_disguise_is_cut_whole(capsys):
    caught, worst = measured(singles(SEEDS))
    with capsys.disabled():
        print(f"\n  one disguise: {caught:.2%} caught")  # noqa: T201
    assert caught >= min(GOALS["singles"], REACHED["singles"]), worst


def test_value_in_two_disguises_is_cut_whole(capsys):
    caught, worst = measured(some_pairs(int(1_000 * SIZE), seed=1))
    with capsys.disabled():
        print(f"\n  two disguises: {caught:.2%} caught")  # noqa: T201
    assert caught >= min(GOALS["pairs"], REACHED["pairs"]), worst


def test_benign_twin_in_one_disguise_passes_byte_for_byte():
    assert [twin for twin in singles(SEEDS, is_twin=True) if not passes(twin)] == []


BEYOND_LIMITS: Final = 0.02
"""So many twins in two disguises may be nested deeper, or in longer runs, than is looked through."""


def test_benign_twin_in_two_disguises_passes_byte_for_byte(capsys):
    """Or it is an error by rule, like anything that hides as much: then nothing is found in it."""
    count = int(1_000 * SIZE)
    touched = [twin for twin in some_pairs(count, seed=2, is_twin=True) if not passes(twin)]
    found = [twin.names for twin in touched if not is_beyond_limits(twin)]
    with capsys.disabled():
        shown = f"{len(found)} touched, {len(touched)} withheld, of {count}"
        print(f"\n  twins in two disguises: {shown}")  # noqa: T201
    assert found == []
    assert len(touched) <= BEYOND_LIMITS * count


def test_same_seed_makes_the_same_attacks():
    assert list(some_pairs(50, seed=3)) == list(some_pairs(50, seed=3))
    assert list(some_pairs(50, seed=3)) != list(some_pairs(50, seed=4))


def test_values_vary_by_seed():
    for kind in VALUES:
        made = {attack(("base64",), kind, "prose", seed).value for seed in range(20)}
        assert len(made) > 5, kind


def test_techniques_that_are_in_no_list() -> None:
    """What the views make of techniques that nobody wrote them for."""
    tried = [
        made
        for unseen in UNSEEN
        for kind in sorted(unseen.kinds)
        if (made := attack((unseen.name,), kind, "prose", 77)) is not None
    ]
    good = sum(outcome(each) in {CAUGHT, WITHHELD} for each in tried)
    print(f"\n  techniques in no list: {good} of {len(tried)} caught")  # noqa: T201
    assert good >= 0.7 * len(tried)
