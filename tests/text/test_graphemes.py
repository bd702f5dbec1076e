import random

import regex

from guardrail.text.graphemes import Graphemes

PARTS = (
    *"a \r\né中\x00",
    *"\u0301\u200d\ufe0f\u0600\u0e33\u200b",
    *"👩👧🏽🇩🇪한한क्षि𑂽",
)


def clusters(text: str) -> list[tuple[int, int]]:
    return [
        (start, min(start + 32, found.end()))
        for found in regex.finditer(r"\X", text)
        for start in range(found.start(), found.end(), 32)
    ]


def test_span_is_widened_to_whole_clusters():
    dice = random.Random(1)
    for _ in range(2_000):
        text = "".join(dice.choice(PARTS) for _ in range(dice.randint(1, 14)))
        graphemes = Graphemes(text)
        for _ in range(4):
            start = dice.randrange(len(text))
            end = dice.randint(start + 1, len(text))
            inside = [(s, e) for s, e in clusters(text) if s < end and start < e]
            assert graphemes.widen(start, end) == (inside[0][0], inside[-1][1]), ascii(text)


def test_carriage_return_and_line_feed_stay_together():
    assert Graphemes("a\r\nb").widen(1, 2) == (1, 3)
    assert Graphemes("a\r\nb").widen(2, 3) == (1, 3)
    assert Graphemes("a\n\rb").widen(1, 2) == (1, 2)


def test_long_cluster_is_cut_into_pieces_of_32():
    graphemes = Graphemes("x" + "\u0301" * 100 + "y")
    assert graphemes.widen(0, 1) == (0, 32)
    assert graphemes.widen(40, 70) == (32, 96)
    assert graphemes.widen(99, 102) == (96, 102)


def test_cluster_longer_than_a_slice_keeps_its_start():
    text = "a" + "\u0301" * 2_000 + "é"
    assert Graphemes(text).widen(1_999, 2_000) == (1_984, 2_001)


def test_flags_pair_up_from_the_start_of_their_run():
    text = "🇩🇪" * 500
    assert Graphemes(text).widen(601, 602) == (600, 602)


def test_empty_span_stays():
    assert Graphemes("e\u0301").widen(1, 1) == (1, 1)
