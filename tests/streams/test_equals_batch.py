"""Whatever the chunks, a stream gives what a check of the whole reply gives, and nothing before it.

Each comparison looks at every moment of a stream (`tests.streams.compare`). `make test` compares
about 10,000 streams, `GUARDRAIL_PROPERTIES=20` twenty times as many.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import Final

import pytest

from guardrail.text.blocks import blocks
from guardrail.text.lenses import BRANCHES, LAYERS
from guardrail.text.spaced import spaced
from guardrail.text.view import View
from tests.evasion import battery
from tests.streams.compare import WITHHOLDING, chunkings, cut, difference
from tests.streams.corpus import CORPUS
from tests.streams.policies import guards
from tests.streams.worlds import POLICIES, PROMPTS, random_text, world

pytestmark = pytest.mark.properties

SIZE: Final = float(os.environ.get("GUARDRAIL_PROPERTIES", "1"))
BLOCKS: Final = 4
"""Tests of one property, so that they can be shared out."""
WORLDS: Final = min(POLICIES, int(40 * SIZE))


def told(capsys, what: str, count: int) -> None:
    with capsys.disabled():
        print(f"\n  {what}: {count:,} streams compared")  # noqa: T201


@pytest.mark.parametrize("block", range(BLOCKS))
def test_stream_of_a_random_policy_equals_the_check(block, capsys):
    compared, different, actions = 0, [], Counter()
    for number in range(int(250 * SIZE)):
        dice = Random(f"stream {block} {number}")
        which = block + BLOCKS * dice.randrange(WORLDS // BLOCKS)
        held, text, prompt = world(which), random_text(dice), dice.choice(PROMPTS)
        whole = held.check(text, prompt=prompt)
        actions[whole.action] += 1
        for case in chunkings(dice, text, 4):
            compared += 1
            if (what := difference(held, case, whole, prompt)) is not None:
                different.append((what, which, text, prompt, case.chunks))
    told(capsys, f"random policies, part {block}", compared)
    assert different == []
    assert {"allow", "redact"} <= actions.keys()
    assert actions.keys() & WITHHOLDING


def attacks() -> Iterator[battery.Attack]:
    """Yield some attacks of every technique, some of two, and their benign twins."""
    dice = Random(5)
    share = min(1.0, 0.03 * SIZE)
    for is_twin in (False, True):
        yield from (each for each in battery.singles([7], is_twin=is_twin) if dice.random() < share)
        yield from battery.some_pairs(int(40 * SIZE), seed=11, is_twin=is_twin)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_stream_of_an_attack_equals_the_check(block, capsys):
    held, dice = battery.guard(), Random(f"attack {block}")
    compared, different = 0, []
    for tried in islice(attacks(), block, None, BLOCKS):
        whole = held.check(tried.text)
        for case in chunkings(dice, tried.text, 3):
            compared += 1
            if (what := difference(held, case, whole)) is not None:
                different.append((what, tried.names, tried.text, case.chunks))
    told(capsys, f"attacks, part {block}", compared)
    assert different == []


@pytest.mark.parametrize("policy", ["battery", "cuts", "blocks", "sentences"])
def test_every_cut_of_the_corpus_equals_the_check(policy, capsys):
    held = guards()[policy]
    compared, different = 0, []
    for name, text in CORPUS.items():
        whole = held.check(text)
        cases = [cut(text, [at]) for at in range(1, len(text))]
        for case in (*cases, cut(text, ()), cut(text, range(1, len(text)))):
            compared += 1
            if (what := difference(held, case, whole)) is not None:
                different.append((what, name, case.chunks))
    told(capsys, f"corpus, policy `{policy}`", compared)
    assert different == []


@pytest.mark.parametrize("policy", ["battery", "cuts"])
@pytest.mark.parametrize("long", [0, 16])
def test_every_cut_of_records_in_blocks_of_their_own_equals_the_check(policy, long, monkeypatch):
    monkeypatch.setattr("guardrail.text.blocks.LONG", long)
    held, text = guards()[policy], f'{CORPUS["records"]}n": 1}}\n' * 2
    assert len(blocks(text)) >= 3
    whole = held.check(text)
    for at in range(1, len(text)):
        assert difference(held, cut(text, [at]), whole) is None
    assert difference(held, cut(text, range(1, len(text))), whole) is None


def test_corpus_has_something_to_cut_and_something_to_leave():
    for policy in ("battery", "cuts"):
        shown = Counter(guards()[policy].check(text).action for text in CORPUS.values())
        assert min(shown["redact"] + shown["append"], shown["allow"]) >= 5, (policy, shown)


# ---------------------------------------------------------------- lenses alone


def some_texts() -> Iterator[str]:
    """Yield blocks of attacks and of the corpus, and what a layer shows of each."""
    for text in (*CORPUS.values(), *(each.text for each in islice(attacks(), 0, None, 6))):
        for start, end in blocks(text):
            block = text[start:end]
            yield block
            views = (layer.look(block) for layer in LAYERS)
            yield from (view.text for view in views if view is not None)


def shown_before(view: View | None, text: str, place: int) -> list[tuple[str, tuple[int, int]]]:
    """What a view shows for characters before a place."""
    if view is None:
        return [(char, (at, at + 1)) for at, char in enumerate(text[:place])]
    shown = ((char, view.original_span(at, at + 1)) for at, char in enumerate(view.text))
    return [(char, span) for char, span in shown if span[0] < place]


ALIKE: Final = {"spaced apart": spaced}
"""What a lens shows too as long as it shows nothing: it is for all runs if one of them differs."""


def test_what_a_lens_shows_before_the_settled_place_stays():
    lookout = battery.guard().lookout
    lenses = (*LAYERS, *BRANCHES)
    different, seen = [], Counter()
    for text in dict.fromkeys(some_texts()):
        settled = {
            at: lookout.pending(text[: lookout.unsettled(text[:at], 0)])
            for at in range(1, len(text) + 1)
        }
        for lens in lenses:
            whole, other = lens.look(text), ALIKE.get(lens.name, lens.look)
            shown = other(text) if whole is None else whole
            before = {place: shown_before(shown, text, place) for place in settled.values()}
            seen[lens.name] += whole is not None
            for at, place in settled.items():
                view = lens.look(text[:at]) or other(text[:at])
                if shown_before(view, text, place) != before[place]:
                    different.append((lens.name, text, at, place))
    assert different == []
    assert all(seen[lens.name] for lens in lenses), seen
