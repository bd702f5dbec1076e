"""When the search for views ends: nothing is left out in silence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from guardrail.disguises import DISGUISES, disguise
from guardrail.stages.rules.scan import EntriesSpec, Scanner
from guardrail.text import search
from guardrail.text.limits import LARGE
from guardrail.text.lookalikes import undisguised
from guardrail.text.search import Shown
from guardrail.text.view import Lens, View
from guardrail.values import Failure

LOOKALIKE = "b\u043emb"
ESCAPES = "&#99; "


def _scanner() -> Scanner:
    return Scanner([EntriesSpec(("bomb",), "words")])


def _views(text: str) -> list[Shown]:
    scanner = _scanner()
    shown = scanner._search.shown(text, scanner.candidates(text))
    return [each for each in shown if each.view is not None]


def _is_over(shown: Shown) -> bool:
    return shown.view is not None and shown.view.is_over


def test_a_large_block_over_a_limit_is_looked_at_no_further() -> None:
    """Its first view that is over ends it, and what is not found by then is an error."""
    text = f"{ESCAPES * (LARGE // 4)}{LOOKALIKE}"
    assert [_is_over(each) for each in _views(text)] == [True]
    assert _scanner().scan(text).spans == [Failure("too much in disguise")]


def test_a_block_that_is_not_large_is_looked_at_to_the_end() -> None:
    """There the entry is found in a view that comes after the one that is over."""
    text = f"{ESCAPES * 10_000}{LOOKALIKE}"
    assert len(text) < LARGE
    assert any(map(_is_over, _views(text)))
    (spans,) = _scanner().scan(text).spans
    assert not isinstance(spans, Failure)
    assert [text[span.start : span.end] for span in spans] == [LOOKALIKE]


def test_the_blocks_beside_a_large_one_are_looked_at() -> None:
    """A limit of one block ends no other."""
    text = f"{ESCAPES * (LARGE // 4)}\n\n{LOOKALIKE}"
    (spans,) = _scanner().scan(text).spans
    assert not isinstance(spans, Failure)
    assert [text[span.start : span.end] for span in spans] == [LOOKALIKE]


@pytest.mark.parametrize("blocks", [1, 2, 40])
def test_a_text_whose_room_is_spent_says_so_once(
    blocks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing after that is looked at, and nothing of it is taken to be clean."""
    monkeypatch.setattr(search, "FEWEST_SHOWN", 1)
    monkeypatch.setattr(search, "MOST_SHOWN", 1)
    text = "\n\n".join([f"&#99; {LOOKALIKE[:2]} c.o.m.e"] * blocks)
    assert [_is_over(each) for each in _views(text)].count(True) == 1
    assert _is_over(_views(text)[-1])
    assert _scanner().scan(text).spans == [Failure("too much in disguise")]


def test_a_view_reached_in_two_ways_is_branched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same text behind the layers, from the plain text and from a branch, is read once."""
    read: list[str] = []
    scanner = _scanner()
    branches = scanner._search._branches

    def noted(lens: Lens) -> Lens:
        def look(text: str) -> View | None:
            read.append(text)
            return lens.look(text)

        return replace(lens, look=look)

    noting = tuple((ask, noted(lens)) for ask, lens in branches if lens.look is undisguised)
    monkeypatch.setattr(scanner._search, "_branches", noting)
    text = f"{LOOKALIKE} \u0434\u0430 so\u200b {LOOKALIKE}"
    shown = scanner._search.shown(text, scanner.candidates(text))
    names = [each.view.name for each in shown if each.view is not None]
    assert names == ["visible", "lookalikes", "visible+lookalikes"]
    assert sorted(read) == sorted([text, text.replace("\u200b", "")])


def test_places_of_several_depths_are_decoded_side_by_side() -> None:
    """Only what is itself encoded more than three times is too deep."""
    three = "%25252562"
    (spans,) = _scanner().scan(f"%62omb {three.replace('252525', '2525')}omb").spans
    assert not isinstance(spans, Failure)
    assert len(spans) == 2
    assert _scanner().scan(three).spans == [Failure("too much in disguise")]


def test_a_large_text_over_a_limit_has_little_room_left() -> None:
    """What is not found by then is an error, however many blocks follow."""
    text = f"{ESCAPES * (LARGE // 4)}\n\n" + f"&#98;ook {'o' * 900}\n\n" * 4_000
    views = _views(text)
    assert sum(map(_is_over, views)) == 2  # of the large block, and of all views together
    assert len(views) < 200


def test_a_text_shows_nothing_only_where_it_has_no_views() -> None:
    """Said of texts in all disguises, of ordinary ones, and of those that only look disguised."""
    said = ["Write to ann@example.org.", "Ring 2. I am there.", "A line\nand one more.", "bomb"]
    texts = [*said, *(disguise(each, [name]) for each in said for name in DISGUISES)]
    scanner = _scanner()
    answers = set()
    for text in texts:
        ids = scanner.candidates(text)
        shows_nothing = scanner._search.shows_nothing(text, ids)
        views = [*scanner._search.shown(text, ids)][1:]
        assert shows_nothing == (not views and "\n" not in text), repr(text)
        answers.add((shows_nothing, len(ids) > 1))
    assert answers == {(True, False), (True, True), (False, True), (False, False)}
