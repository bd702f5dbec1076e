import base64
import random

import pytest
import re2

from guardrail.stages.rules.scan import EntriesSpec, PatternSpec, Scanner
from guardrail.text.decoding import decoded
from guardrail.text.invisible import seen
from guardrail.text.lenses import LENSES
from guardrail.text.lookalikes import undisguised, undisguised_numbers
from guardrail.text.pattern import parse_pattern
from guardrail.values import Failure

WORDS = EntriesSpec(("bomb", "password", "log in"), "words")
PATTERN = PatternSpec(parse_pattern(r"\b\w+@\w+\.com\b", ""), "mail")
ALL = LENSES
SCANNER = Scanner([WORDS, PATTERN])


def found(text: str) -> list[tuple[str, str]]:
    return [
        (text[span.start : span.end], span.view)
        for outcome in SCANNER.scan(text).spans
        if not isinstance(outcome, Failure)
        for span in outcome
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b\u200bo\u00admb c", [("b\u200bo\u00admb", "visible")]),
        ("b\x1b[1mo\x1b[0mmb", [("b\x1b[1mo\x1b[0mmb", "visible")]),
        ("b\x1b]8;;https://x.org\x1b\\omb", [("b\x1b]8;;https://x.org\x1b\\omb", "visible")]),
        ("[b]b[/b][i]o[/i]mb", [("b[/b][i]o[/i]mb", "untagged")]),
        ("[lo](#1)[g in](#2)", [("lo](#1)[g in", "untagged")]),
        ("a\U0001f525@\u2b50b.com", [("a\U0001f525@\u2b50b.com", "unmarked")]),
        ("q\u026foq it", [("q\u026foq", "decoded")]),
        ("b{o}{m}{b} boooomb", [("boooomb", "leet")]),
        ("b\U000e0041omb\u202e", [("b\U000e0041omb", "visible")]),
        ("b\x00omb", [("b\x00omb", "visible")]),
        ("a@b\u2060.com", [("a@b\u2060.com", "visible")]),
        ("ра\u0455\u0455word", [("ра\u0455\u0455word", "lookalikes")]),
        ("b\u0336o\u0336m\u0336b\u0336", [("b\u0336o\u0336m\u0336b", "lookalikes")]),
        ("pàsswörd", [("pàsswörd", "lookalikes")]),
        ("请bоmb密码", [("bоmb", "lookalikes")]),
        ("а@b.соm", [("а@b.соm", "lookalikes")]),
        ("b\u200bоmb", [("b\u200bоmb", "visible+lookalikes")]),
        ("&#98;omb", [("&#98;omb", "decoded")]),
        ("%62omb", [("%62omb", "decoded")]),
        (r"\u0062omb", [(r"\u0062omb", "decoded")]),
        ("x Ym9tYg== y", [("Ym9tYg==", "decoded")]),
        ("x 626f6d62 y", [("626f6d62", "decoded")]),
        ("x 62 6f 6d 62 y", [("62 6f 6d 62", "decoded")]),
        ("%26%2398;omb", [("%26%2398;omb", "decoded+decoded")]),
        ("&#x430;@b.&#x441;om", [("&#x430;@b.&#x441;om", "decoded+lookalikes")]),
        ("&#9\u200b8;omb", [("&#9\u200b8;omb", "visible+decoded")]),
        ("b&#8203;omb", [("b&#8203;omb", "decoded+visible")]),
        ("b.o.\u3164.m.b", [("b.o.\u3164.m.b", "unfilled+spaced")]),
        (
            "bo\u202e&#98;&#109;\u202c",
            [("bo\u202e&#98;&#109;", "decoded+displayed")],
        ),
    ],
)
def test_disguise_is_found_at_its_original_place_and_the_verdict_names_the_view(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",
        "👨\u200d👩\u200d👧 🏴\U000e0067\U000e0062\U000e007f",
        "хорошо сор",
        "hàng chất bán",
        "שלום مرحبا हिन्दी",
        "bombs b-omb bo\u0301mbs",
        "a@b,com",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301 d41d8cd98f00b204e9800998ecf8427e",
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
        "AT&T; 100%20 beautiful",
    ],
)
def test_benign_twin_has_no_finding(text):
    assert found(text) == []
    assert SCANNER.is_quiet(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9\u0323\u0431\u0363\u033a-7", "96-7"),
        ("&#\u0445\u0417\u041e; %\u0417\u0417 &#1\u041e8;", "&#x30; %33 &#108;"),
    ],
)
def test_letters_in_codes_and_between_marks_are_digits(text, expected):
    view = undisguised_numbers(text)
    assert view is not None
    assert view.text == expected


@pytest.mark.parametrize("text", ["сор", "hàng", "más", "🇺🇸", "хорошо"])
def test_word_that_is_what_it_is_stays(text):
    assert undisguised(text) is None


def test_map_of_lookalikes_drops_marks_and_makes_two_of_one():
    view = undisguised("xßa\u0301z")
    assert view is not None
    assert view.text == "xssaz"
    assert view.original_span(1, 2) == (1, 2)
    assert view.original_span(3, 5) == (2, 5)


def test_run_of_invisible_characters_over_the_limit_is_an_error_where_nothing_is_found():
    text = "b" + "\u200b" * 257 + "omb a@b.com"
    scan = SCANNER.scan(text)
    assert [[(s.start, s.view) for s in outcome] for outcome in scan.spans] == [
        [(0, "visible")],
        [(262, "plain")],
    ]
    scan = SCANNER.scan("nothing" + "\u200b" * 257)
    assert scan.spans == [Failure("too much in disguise")] * 2
    assert not SCANNER.is_quiet("nothing" + "\u200b" * 257)
    assert SCANNER.scan("nothing" + "\u200b" * 256).spans == [(), ()]


def test_exact_pattern_does_not_care_about_disguises_beyond_the_limit():
    scanner = Scanner([PatternSpec(PATTERN.pattern, "mail", exactly=True)])
    assert scanner.scan("\u200b" * 300).spans == [()]


def nested(text: str, depth: int) -> str:
    for _ in range(depth):
        text = base64.b64encode(text.encode()).decode()
    return text


def test_encoding_is_taken_off_three_times_and_a_fourth_is_an_error():
    assert found(nested("the bomb", 3))[0][1] == "decoded+decoded+decoded"
    assert SCANNER.scan(nested("the bomb", 4)).spans[0] == Failure("too much in disguise")


def test_more_encoded_text_than_the_limit_is_an_error():
    view = decoded(nested("word " * 14_000, 1))
    assert view is not None
    assert view.is_over


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("%c3%a9x", [(0, 6), (6, 7)]),
        (r"\ud83d\ude00", [(0, 12)]),
        ("YWJjZA==", [(0, 2), (1, 3), (2, 4), (4, 8)]),
        ("61 62 63 64", [(0, 2), (2, 5), (5, 8), (8, 11)]),
    ],
)
def test_decoded_character_names_exactly_what_encodes_it(text, places):
    view = decoded(text)
    assert view is not None
    assert [view.original_span(at, at + 1) for at in range(len(view.text))] == places


def test_invisible_view_has_nothing_to_show_of_visible_text():
    assert seen("plain\ttext\r\n é 中") is None


def test_ascii_text_asks_for_no_view():
    text = 'It costs $5 (50% off) & "more" than 1,000 words: JavaScript, iPhone 15, e.g. x = 3.'
    assert not any(re2.search(lens.asks(), text) for lens in ALL)


def test_words_are_read_alike_alone_and_beside_others():
    """A text in which no word is read in another way because of others is read in one pass."""
    dice = random.Random(5)
    known = (
        "b\u043emb",
        "\uff43\uff4f\uff4d\uff42",
        "xßa\u0301z",
        "\u0445\u043e\u0440\u043e\u0448\u043e",
    )
    words = (*known, "hàng", "más", "\U0001d41b\U0001d428", "plain", "1\u00bd", "\u0661\u0662")
    for _ in range(50):
        text = " ".join(dice.choices(words[:-4] if dice.random() < 0.5 else words, k=200))
        alone, beside = undisguised(text), undisguised(f"{text} a@b")
        assert alone is not None
        assert beside is not None
        assert beside.text == f"{alone.text} a@b"
        for at in range(len(alone.text)):
            assert alone.original_span(at, at + 1) == beside.original_span(at, at + 1)


@pytest.mark.parametrize("text", ["p\u0430ssw\u043erd " * 9_000, "a\u0301" * 9_000])
@pytest.mark.parametrize("beside", ["", " a@b"])
def test_more_words_that_pass_for_ascii_than_the_limit_are_an_error(text, beside):
    view = undisguised(text + beside)
    assert view is not None
    assert view.is_over
