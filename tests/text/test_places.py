"""Looking only where something occurs finds what looking everywhere does."""

from __future__ import annotations

import random
import re

import pytest

from guardrail.text.decoding.nesting import depth
from guardrail.text.invisible import LONGEST_RUN, seen
from guardrail.text.places import Places, matches_near, stretches
from guardrail.text.view import View, distinct


@pytest.mark.parametrize("seed", range(200))
def test_places_are_those_of_a_plain_search(seed: int) -> None:
    dice = random.Random(seed)
    text = "".join(dice.choices("ab1\u00e9\U0001f600\ud800 ", k=60))
    places, at, found = Places(text, "[ab]+1?"), 0, []
    while (place := places.next(at)) is not None:
        found.append(place)
        at = place[1]
    assert found == [each.span() for each in re.finditer("[ab]+1?", text)]


@pytest.mark.parametrize("is_rough", [False, True])
@pytest.mark.parametrize("seed", range(200))
def test_stretches_hold_every_match_and_end_at_edges(seed: int, is_rough: bool) -> None:
    dice = random.Random(seed)
    text = "".join(dice.choices("aaab.-", k=120))
    parts = [*stretches(text, "[.]-|-[.]", re.compile("a{2}"), is_rough=is_rough)]
    for found in re.finditer(r"[.]-|-[.]", text):
        assert any(a <= found.start() and found.end() <= b for a, b in parts)
    for start, end in parts:
        assert start == 0 or text.startswith("aa", start) or text[start - 1] == "a"
        assert end == len(text) or text.endswith("aa", 0, end)


@pytest.mark.parametrize("seed", range(200))
def test_matches_near_are_all_matches_that_begin_there(seed: int) -> None:
    dice = random.Random(seed)
    text = "".join(dice.choices("12a ", k=80))
    pattern = re.compile("[12]+(?: [12]+)+")
    near = [found.span() for found in matches_near(text, "[12]+ [12]", pattern)]
    assert near == [found.span() for found in pattern.finditer(text)]


def test_distinct_characters_are_found_however_many_there_are() -> None:
    text = "".join(map(chr, range(0x400, 0x500))) * 2
    assert distinct(re.compile("[\u0400-\u047f]"), text) == {*text[:128]}


@pytest.mark.parametrize("before", [0, 1, LONGEST_RUN - 1, LONGEST_RUN, 2 * LONGEST_RUN + 1])
def test_a_long_run_is_over_the_limit_wherever_it_stands(before: int) -> None:
    def is_over(count: int) -> bool:
        view = seen("a" * before + "\u200b" * count + "b")
        assert view is not None
        return view.is_over

    assert not is_over(LONGEST_RUN)
    assert is_over(LONGEST_RUN + 1)


def test_depth_counts_what_was_decoded_at_a_place_alone() -> None:
    first = View("decoded", "%61 %62", [0, 4], [3, 7], [0, 6], [5, 11])
    second = View("decoded", "a b", [0], [1], [0], [3]).over(first)
    assert [depth(second, at, at + 1) for at in range(3)] == [2, 0, 1]
