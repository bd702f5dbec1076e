import unicodedata

import pytest
import re2

from guardrail.text.fold import fold
from guardrail.text.lenses import LENSES
from guardrail.text.view import View, folded, normalized


@pytest.mark.parametrize(
    "text", ["", "plain", "It’s “5 €” – fine • ok", "Привет, ёж", "도와줘 가", "déjà"]
)
def test_ordinary_text_needs_no_folded_view(text):
    assert folded(text) is None


@pytest.mark.parametrize(
    ("text", "part", "original"),
    [
        ("aßc", (1, 3), (1, 2)),
        ("aßc", (1, 2), (1, 2)),
        ("aßc", (0, 4), (0, 3)),
        ("aßc", (3, 4), (2, 3)),
        ("ﬁﬀx", (3, 5), (1, 3)),
        ("x\u0301é", (2, 4), (2, 3)),
    ],
)
def test_folded_view_remembers_where_characters_came_from(text, part, original):
    view = folded(text)
    assert view is not None
    assert view.original_span(*part) == original


def test_folded_view_folds_all_as_soon_as_one_character_disguises():
    view = folded("Straße é Ж")
    assert view is not None
    assert view.text == "Strasse e\u0301 Ж"
    assert fold(view.text) == fold("Straße é Ж")


def test_normalized_view_keeps_case():
    view = normalized("ＡＢc…４\u00a0é")
    assert view is not None
    assert (view.name, view.text) == ("normalized", "ABc...4 é")
    assert view.original_span(3, 6) == (3, 4)


def test_normalized_view_is_the_compatibility_form_of_each_character():
    text = "ﬃ ㎏ ½ e\u0301 ① 𝐀 😀 ｶﾞ"
    view = normalized(text)
    assert view is not None
    assert view.text == "".join(unicodedata.normalize("NFKC", char) for char in text)


def test_text_in_compatibility_form_has_no_normalized_view():
    assert normalized("“é” – 😀 中") is None


def test_map_of_a_view_may_drop_and_join_characters():
    # original: a [invisible] b c d      view: a b X      where X stands for c and d
    view = View("made", "abX", [1, 2], [1, 3], [1, 3], [2, 5])
    assert view.original_span(0, 1) == (0, 1)
    assert view.original_span(0, 2) == (0, 3)
    assert view.original_span(1, 2) == (2, 3)
    assert view.original_span(2, 3) == (3, 5)


@pytest.mark.parametrize("lens", LENSES)
def test_lens_asks_for_every_text_it_changes(lens):
    asks = re2.compile(lens.asks())
    for start in range(0x80, 0x30000, 7):
        text = "".join(map(chr, range(start, start + 3))).encode(errors="ignore").decode()
        assert lens.look(text) is None or asks.search(text)
