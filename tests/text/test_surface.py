"""The lenses over the surface of a text: marks, tags, seams, bidi, hidden runs, spoken, defanged."""

import os
import random

import pytest
import re2

from guardrail.text import bidi, defanged, hidden_runs, mark_splits, seams, spoken, tag_splits

SIZE = float(os.environ.get("GUARDRAIL_PROPERTIES", "1"))
LENSES = {
    "hidden": (hidden_runs.asks_for_hidden, hidden_runs.unhidden),
    "displayed": (bidi.asks_for_display, bidi.displayed),
    "untagged": (tag_splits.asks_for_tags, tag_splits.untagged),
    "unmarked": (mark_splits.asks_for_marks, mark_splits.unmarked),
    "unbracketed": (defanged.asks_for_brackets, defanged.unbracketed),
    "refanged": (defanged.asks_for_words, defanged.refanged),
    "digits": (spoken.asks_for_digits, spoken.unspoken),
    "lines": (seams.asks_to_join_lines, seams.joined_lines),
    "items": (seams.asks_to_join_items, seams.joined_items),
    "cells": (seams.asks_to_join_cells, seams.joined_cells),
    "later cells": (seams.asks_to_join_cells, seams.joined_later_cells),
    "respaced": (seams.asks_to_space, seams.respaced),
}


def shown(name, text):
    """What a lens shows, which it may only do where it asks to."""
    asks, look = LENSES[name]
    view = look(text)
    if view is None:
        return None
    assert re2.search(asks(), text), f"{name} shows something of {text!a} unasked"
    assert len(view.starts) == len(view.ends) == len(view.view_starts) == len(view.view_ends)
    for at in range(len(view.text)):
        start, end = view.original_span(at, at + 1)
        assert 0 <= start < end <= len(text)
    return view.text


def tags(text):
    return "".join(chr(0xE0000 + ord(char)) for char in text)


def selectors(text):
    return "".join(
        chr(0xFE00 + byte if byte < 16 else 0xE0100 + byte - 16) for byte in text.encode()
    )


def bits(text, zero="\u2062", one="\u2064", width=8):
    digits = "".join(f"{byte:0{width}b}" for byte in text.encode())
    return digits.replace("0", zero).replace("1", one)


def between(hidden, carrier):
    return "".join(map("".join, zip(carrier, hidden, strict=True)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x" + tags("bomb") + "y", "x bomb y"),
        (between(tags("bomb"), "nice"), "n bomb "),
        ("\U0001f600" + selectors("b\u00f6mb @x"), "\U0001f600 b\u00f6mb @x "),
        (between(selectors("bomb"), "nice"), "n bomb "),
        ("a" + bits("bomb") + "b", "a bomb b"),
        (bits("bomb", "\u200c", "\u200b"), " bomb "),
        (bits("bomb", "\u200b", "\u200d", width=7), " bomb "),
        ("\u200d".join(bits(char, "\u200b", "\u200c") for char in "bomb"), " bomb "),
        ("a" + tags("a") + "\U000e007f", "a a \U000e007f"),
    ],
)
def test_hidden_message_is_shown_apart_from_the_text_around_it(text, expected):
    assert shown("hidden", text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "\U0001f3f4" + tags("gbeng") + "\U000e007f",
        "\u2764\ufe0f \U0001f468\u200d\U0001f469\u200d\U0001f467 1\ufe0f\u20e3",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 " * 9,
        "\u845b\U000e0100\u98fe\U000e0101",
        "\u200b" * 40,
        bits("bomb")[:-1],
        bits("\x01\x02\x03\x04\x05"),
        selectors("\x01\x02"),
    ],
)
def test_what_spells_no_message_stays(text):
    assert shown("hidden", text) is None


def test_hidden_characters_beyond_the_limit_are_an_error():
    view = hidden_runs.unhidden(tags("a") * (hidden_runs.MOST_HIDDEN + 1))
    assert view is not None
    assert view.is_over


RLO, LRO, PDF, RLI, LRI, PDI, RLE = "\u202e\u202d\u202c\u2067\u2066\u2069\u202b"
SHALOM = "\u05e9\u05dc\u05d5\u05dd"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"so {RLO}bmob{PDF} it", "so bomb it"),
        (f"so {RLO}bmob", "so bomb"),
        (f"{RLO}bmob\nnext", "bomb\nnext"),
        (f"b{RLO}mo{PDF}b", "bomb"),
        (f"{RLO}fed {LRI}abc{PDI} cba{PDF} x", "abc abc def x"),
        (f"{RLO})a(b{PDF}", "b)a("),
        (f"{RLO}b\u0301a{PDF}", "ab\u0301"),
        (f"{RLI}0123 555 (415){PDI}", "(415) 555 0123"),
        (f"{LRO}{SHALOM[::-1]}{PDF}", SHALOM),
        (f"{RLI}{RLO}bmob{PDF}{PDI}", "bomb"),
    ],
)
def test_overridden_text_is_shown_as_it_is_read(text, expected):
    assert shown("displayed", text) == expected


@pytest.mark.parametrize(
    "text",
    [
        f"{RLE}{SHALOM} 12 abc{PDF}",
        f"{SHALOM} {LRI}abc 1{PDI} \u200f",
        f"{RLI}\u0645\u0631\u062d\u0628\u0627 (12-34) x{PDI}",
        f"{LRO}abc 12{PDF}",
        f"{RLI}one two{PDI}",
        f"{PDF}{PDI}plain",
    ],
)
def test_text_in_its_own_order_has_no_view(text):
    assert shown("displayed", text) is None


def test_finding_in_turned_text_covers_its_characters_and_no_others():
    view = bidi.displayed(f"so {RLO}ti bmob{PDF} is")
    assert view is not None
    start = view.text.index("bomb")
    assert view.original_span(start, start + 4) == (7, 11)
    assert view.original_span(len(view.text) - 2, len(view.text)) == (13, 15)


@pytest.mark.parametrize(
    "text",
    [
        RLO * 5000,
        (RLO + "a" + PDF) * 5000,
        "".join(RLO + "a" for _ in range(bidi.DEEPEST + 1)),
        RLO + "a" * (bidi.MOST_TURNED + 1),
    ],
)
def test_overrides_beyond_the_limit_are_an_error(text):
    view = bidi.displayed(text)
    assert view is not None
    assert view.is_over


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("b<b>o</b>mb", "bomb"),
        ("bo<!-- it's > -->mb", "bomb"),
        ('<span class="x">bo</span><span>mb</span>', "bomb"),
        (r"<em class=\"x\">zero</em> day", "zero day"),
        ("jane<i>@</i>example.com", "jane@example.com"),
        ("b<x>o</x>mb", "bomb"),
        ('bo<span style="display: none">no</span>mb', "bomb"),
        ("bo/* no */mb b[b]o[/b]mb bo[^1]mb", "bomb bomb bomb"),
        ("b<![CDATA[o]]>mb", "bomb"),
        ("4111<b> </b>1111", "4111 1111"),
    ],
)
def test_tag_that_shows_nothing_goes(text, expected):
    assert shown("untagged", text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a<b and c>d",
        "if x<y: y>z",
        "List<int>x Map<String,Integer>m foo<T>bar vector<u8>v std::vector<std::string>& a",
        "<p>a</p><p>b</p><td>a</td><td>b</td>a<br>b",
        "arr[i] = b[s]; x /* a */ y",
        "i <3 u",
        "#include <stdio.h>",
    ],
)
def test_what_is_no_tag_or_begins_a_line_stays(text):
    assert shown("untagged", text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("b**o**mb b*o*mb b~~o~~mb b`o`mb b||o||mb", "bomb bomb bomb bomb bomb"),
        ("**b****o****m****b**", "bomb"),
        ("bom**b**, **b**omb", "bomb, bomb"),
        ("b``urn after r``eading", "burn after reading"),
        ("jane**@**example.com", "jane@example.com"),
        ("415**-**555**-**0123", "415-555-0123"),
        ("5570 5063 5989 **5278**", "5570 5063 5989 5278"),
        (r"jane\@example\.com 415\-555", "jane@example.com 415-555"),
        ("b{}omb b{o}mb", "bomb bomb"),
        (r"b\textbf{o}mb \emph{b}omb", "bomb bomb"),
    ],
)
def test_mark_that_splits_a_word_goes(text, expected):
    assert shown("unmarked", text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "**bold** text, *this*, `code`: ~~no~~. __yes__",
        "**Note:** (**a** and **b**) **a**/**b**",
        "snake_case _private __init__ self.__init__() user_{id}_x",
        "2*3*4 x**2 a**2+b**2 2**10**100 x**2 + y**2 10*20*30 5*x 2*x*y",
        "f(**kwargs) char **argv; x = *p * *q",
        "a||b a==b a | b |--|--|",
        r"\(x\) \frac{a}{b} \d+\.\d C:\dir\x",
        "* one\n* two\n---\n***",
        "don`t",
    ],
)
def test_mark_around_a_word_or_of_a_formula_stays(text):
    assert shown("unmarked", text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ann (at) example [dot] org", "ann@example.org"),
        ("ann[@]example[.]org ann{at}example{dot}org", "ann@example.org ann@example.org"),
        ("hxxps://a[.]b/c hxxp[://]a http[:]//a", "https://a.b/c http://a http://a"),
        ("192[.]0[.]2[.]1 415[-]555", "192.0.2.1 415-555"),
    ],
)
def test_sign_in_brackets_is_written_out(text, expected):
    assert shown("unbracketed", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ann at example dot com", "ann@example.com"),
        ("ann dot lee AT example dot co dot uk", "ann.lee@example.co.uk"),
        ("ann.lee at example.org", "ann.lee@example.org"),
        ("ann@example dot org", "ann@example.org"),
        ("ann-at-example-dot-org ann_at_example_dot_org", "ann@example.org ann@example.org"),
        ("ann @ example . org", "ann@example.org"),
        ("example dot com", "example.com"),
    ],
)
def test_address_in_words_is_written_with_signs(text, expected):
    assert shown("refanged", text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Meet me at example dot",
        "See us at example.com (at noon), or at the dot.",
        "polka dot dress; the dot at the end; dot com boom",
        "a period (.) instead; see (a) first; f(a) b.c",
        "He arrived at 5 p.m. at home. Version 2.0 at least.",
        "5 @ 3 dollars",
    ],
)
def test_what_is_no_address_stays(text):
    assert shown("refanged", text) is None
    assert shown("unbracketed", text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call four one one one now", "call 4111 now"),
        ("four one five-five five five-zero one two three", "415-555-0123"),
        ("double five, triple six", "55 666"),
        ("4 one 5 five 5 five oh one two three", "4155550123"),
        ("FOUR-ONE-ONE-TWO", "4112"),
        ("four one five dash five five five dash oh one two three", "415-555-0123"),
        ("eight hundred five five five oh one two three", "8005550123"),
        ("forty-one eleven twelve", "411112"),
        ("vier eins f\u00fcnf null", "4150"),
        ("GB two nine MHLG five seven nine four", "GB29 MHLG5794"),
    ],
)
def test_spelled_number_has_digits(text, expected):
    assert shown("digits", text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "one or two of them",
        "one two three",
        "In 2019 one person of 300",
        "1 2 3 4 5, 2019 2020",
        "one hundred twenty people",
        "one point five; at 10:30 one of",
    ],
)
def test_number_of_a_sentence_stays(text):
    assert shown("digits", text) is None


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("lines", "the pass\nword", "the password"),
        ("lines", "b\no\nm\nb", "bomb"),
        ("lines", "jane@exa\nmple.\ncom", "jane@example.com"),
        ("lines", "415-555\n-0123, 4111\n1111", "415-555-0123, 41111111"),
        ("lines", r'{"a": "bo\nmb"}', '{"a": "bomb"}'),
        ("lines", "exam-\nple", "example"),
        ("lines", "existent\nial\n dread", "existential dread"),
        ("items", "- bo\n- mb", "- bomb"),
        ("items", "1. bo\n2. mb", "1. bomb"),
        ("items", "> bo\n> mb", "> bomb"),
        ("items", "# bo\n# mb", "# bomb"),
        ("items", "bo<br>mb", "bomb"),
        ("items", "<td>bo</td> <td>mb</td>", "<td>bomb</td>"),
        ("items", "| x | + bo<br>+ mb |", "| x | + bomb |"),
        ("items", "\"bo\" + 'mb'", "\"bomb'"),
        ("items", '["b", "o", "m", "b"]', '["bomb"]'),
        ("cells", "| bo | mb |", "| bomb |"),
        ("later cells", "| what | bo | mb |", "| what | bomb |"),
        ("respaced", "> existential\n> dread", "> existential dread"),
        ("respaced", "| 4111 | 1111 |", "| 4111 1111 |"),
        ("respaced", "4111\n1111", "4111 1111"),
    ],
)
def test_value_in_pieces_is_shown_in_one(name, text, expected):
    assert shown(name, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "One line.\nTwo lines,\nThree: four\n\nFive",
        "Items:\n- Apples\n- Pears\n1. One\n2. Two",
        "The sum is 12\n2. Next",
        "```text\nnice\n```",
        "| Name | Age |\n|---|---|\n| Bob | Ann |",
        '"yes", "no"; a || b; a <b>b</b>',
        "<h1>Order</h1>\n<p>pen</p>",
        "so bo\n- mb",
    ],
)
@pytest.mark.parametrize("name", ["lines", "items", "cells", "later cells", "respaced"])
def test_line_after_which_nothing_goes_on_stays(name, text):
    assert shown(name, text) is None


# ---------------------------------------------------------------- generated cases

SPLITS = {
    "untagged": lambda cut, dice: dice.choice(("<b>", "</i>", "<!-- x -->", "<x>")).join(cut),
    "unmarked": lambda cut, dice: "".join(
        f"{mark}{part}{mark}" if at % 2 else part
        for mark in [dice.choice(("**", "~~", "`", "||"))]
        for at, part in enumerate(cut)
    ),
    "lines": lambda cut, dice: "\n".join(cut),
    "items": lambda cut, dice: (
        "\n" + dice.choice(("- ", "> ", "# ")).join(["", *(f"{part}\n" for part in cut)])
    ),
    "cells": lambda cut, dice: " | ".join(cut),
    "hidden": lambda cut, dice: dice.choice((tags, selectors, bits))("".join(cut)),
    "displayed": lambda cut, dice: f"{RLO}{''.join(cut)[::-1]}{PDF}",
}


def pieces(value, dice):
    places = sorted(dice.sample(range(1, len(value)), dice.randint(1, 3)))
    return [value[a:b] for a, b in zip([0, *places], [*places, len(value)], strict=True)]


@pytest.mark.properties
@pytest.mark.parametrize("name", SPLITS)
def test_disguised_word_is_shown_and_its_map_covers_the_disguise(name):
    dice = random.Random(name)
    for _ in range(int(500 * SIZE)):
        value = "".join(dice.choice("abcdefghilmnoprstu") for _ in range(dice.randint(4, 12)))
        disguise = SPLITS[name](pieces(value, dice), dice)
        text = f"Look: {disguise} ."
        view = LENSES[name][1](text)
        assert view is not None, text
        assert value in view.text, (text, view.text)
        assert re2.search(LENSES[name][0](), text)
        at = view.text.index(value)
        start, end = view.original_span(at, at + len(value))
        left = text[:start] + text[end:]
        assert not set(left) & set(value) - set("Look: .")
        assert left.startswith("Look: ")
        assert left.endswith(" .")


ALPHABET = [
    *"ab1@. -_*`~|<>[](){}\\\"'\n/+#,;",
    *("<b>", "</b>", "<br>", "<!--", "-->", " at ", " dot ", "one ", "double ", "\\n", "hxxp://"),
    *(RLO, PDF, RLI, PDI, LRO, SHALOM[0], "\u0301"),
    *(tags("a"), "\u200b", "\u200c", "\ufe0f", "\U000e0110", "\u2062", "\u2064", "\u00e9"),
]


@pytest.mark.properties
@pytest.mark.parametrize("name", LENSES)
def test_lens_asks_wherever_it_shows_something_and_its_map_stays_in_the_text(name):
    dice = random.Random(name)
    for _ in range(int(1_000 * SIZE)):
        shown(name, "".join(dice.choices(ALPHABET, k=dice.randint(3, 40))))
