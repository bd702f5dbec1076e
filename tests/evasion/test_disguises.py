"""Disguises: what people or tools can undo, the standard library undoes here."""

from __future__ import annotations

import base64
import codecs
import html
import json
import quopri
import re
import unicodedata
from pathlib import Path
from random import Random
from urllib.parse import unquote

import pytest

from guardrail.disguises import DISGUISES, KINDS, disguise, families, pairs
from tests.evasion.values import VALUES

GUIDE = Path(__file__).parents[2] / "docs/guide/disguises.md"
SEEDS = range(12)


def without(pattern):
    return lambda text: re.sub(pattern, "", text)


def folded(text):
    return "".join(
        str(unicodedata.decimal(c)) if c.isdecimal() else unicodedata.normalize("NFKD", c)
        for c in text
    )


def unmarked(text):
    return "".join(
        c
        for c in unicodedata.normalize("NFD", text)
        if not unicodedata.combining(c) and unicodedata.category(c)[0] != "M"
    )


def unbase64(text):
    return base64.b64decode(text + "=" * (-len(text) % 4)).decode()


def from_tags(text):
    return "".join(chr(ord(c) - 0xE0000) for c in text if "\U000e0020" <= c <= "\U000e007e")


def from_selectors(text):
    codes = [ord(c) for c in text if unicodedata.category(c) == "Mn"]
    return bytes(c - 0xFE00 if c < 0xFE10 else c - 0xE0100 + 16 for c in codes).decode()


def from_bits(text):
    bits = "".join({"\u2062": "0", "\u2064": "1"}.get(c, "") for c in text)
    return bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)).decode()


HIDDEN = without(
    "[\u00ad\u034f\u115f\u1160\u200b-\u200d\u2060-\u2064\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0]"
)
UNTAGGED = without(r"<[^<>]*>")
HEX = without(r"^0x|[ :]")
UNDO = {
    **dict.fromkeys(families()["invisible"], HIDDEN),
    **dict.fromkeys(
        ["full_width", "circled", "superscript", "subscript", "digits_arabic", "digits_indic",
         "digits_other", *(name for name in DISGUISES if name.startswith("math_"))], folded,
    ),
    **dict.fromkeys(["diacritics", "zalgo", "strike_through"], unmarked),
    "odd_spaces": folded,
    "tags_encoded": from_tags,
    "tags_interleaved": without("[\U000e0020-\U000e007e]"),
    "selector_bytes": from_selectors,
    "invisible_bits": from_bits,
    "override_left": without("[\u202c\u202d]"),
    "isolates": without("[\u2066\u2068\u2069]"),
    "entity_decimal": html.unescape,
    "entity_hex": html.unescape,
    "entity_named": lambda text: html.unescape(text).replace("\xa0", " ").replace("\u2010", "-"),
    "entity_named_letters": lambda text: folded(html.unescape(text)),
    "entity_nested": lambda text: html.unescape(html.unescape(html.unescape(text))),
    "comment_split": UNTAGGED,
    "tag_split": UNTAGGED,
    "code_split": without("`"),
    "percent": unquote,
    "percent_double": lambda text: unquote(unquote(text)),
    "json_escape": lambda text: json.loads(f'"{text}"'),
    "hex_escape": lambda text: text.encode().decode("unicode_escape"),
    "quoted_printable": lambda text: quopri.decodestring(text).decode(),
    "hex": lambda text: bytes.fromhex(HEX(text)).decode(),
    "base32": lambda text: base64.b32decode(text).decode(),
    "base64": unbase64,
    "base64_url": lambda text: unbase64(text.replace("-", "+").replace("_", "/")),
    "base64_nested": lambda text: unbase64(unbase64(text)),
    "base64_wrapped": lambda text: unbase64(text.replace("\n", "")),
    "rot13": lambda text: codecs.decode(text, "rot13"),
    "spaced": without(" "),
    "dotted": without(r"[. ]"),
    "dashed": without("[- ]"),
    "spaced_oddly": without(r"\s"),
    "lines": without("\n"),
    "list_items": without(r"\n(?:[-*+] )?"),
    "numbered_items": without(r"\n(?:\d\. )?"),
    "table_cells": without(r" \| "),
    "defanged_brackets": lambda text: text.replace("[at]", "@").replace("[.]", "."),
    "defanged_parentheses": lambda text: text.replace("(at)", "@").replace("(dot)", "."),
    "defanged_words": lambda text: text.replace(" at ", "@").replace(" dot ", "."),
}  # fmt: skip

CLEARED = {"spaced": " ", "spaced_oddly": " ", "dotted": ". ", "dashed": "- "}
"""What is taken out of the value as well: what was put between letters may be in it."""


@pytest.mark.parametrize("name", UNDO)
def test_disguise_is_undone_by_who_knows_it(name):
    for kind in DISGUISES[name].kinds:
        for seed in SEEDS:
            value = VALUES[kind](Random(seed))
            cleared = value.translate(dict.fromkeys(map(ord, CLEARED.get(name, ""))))
            assert UNDO[name](disguise(value, [name], seed)) == cleared, (name, value)


@pytest.mark.parametrize("name", DISGUISES)
def test_disguise_is_the_same_for_the_same_seed_and_leaves_nothing_empty(name):
    for seed in SEEDS:
        value = VALUES[min(DISGUISES[name].kinds)](Random(seed))
        made = disguise(value, [name], seed)
        assert made == disguise(value, [name], seed)
        assert made.strip()
    for text in ("", "x", " ", "\n", "\u00e9", "\U0001f600"):
        disguise(text, [name])


@pytest.mark.parametrize("name", DISGUISES)
def test_disguise_changes_some_value_of_every_kind_it_is_for(name):
    for kind in DISGUISES[name].kinds:
        values = [VALUES[kind](Random(seed)) for seed in range(60)]
        assert any(disguise(value, [name]) != value for value in values), kind


@pytest.mark.parametrize("name", DISGUISES)
def test_disguise_hides_the_value_from_who_reads_bytes(name):
    for kind in DISGUISES[name].kinds - {"phone", "pattern"}:
        for seed in SEEDS:
            value = VALUES[kind](Random(seed))
            made = disguise(value, [name], seed)
            assert made == value or value not in made, (kind, value)


def test_display_order_of_overridden_text_is_the_text():
    for seed in SEEDS:
        value = VALUES["phone"](Random(seed))
        made = disguise(value, ["override_right"])
        mirrored = made.translate(str.maketrans("()", ")(")).strip("\u202e\u202c")
        assert mirrored[::-1] == value


@pytest.mark.parametrize(
    ("digits", "said"),
    [
        ("4155550123", ("four", "one", "five", "five", "five", "five", "one", "two", "three")),
        ("007", ("seven",)),
    ],
)
def test_number_words_say_every_digit(digits, said):
    words = disguise(digits, ["number_words"]).split()
    assert len(words) == len(digits)
    assert [word for word in words if word not in ("zero", "oh")] == list(said)


def test_counted_number_words_count():
    assert "triple five" in disguise("4155501", ["number_words_counted"])


def test_letters_in_tags_are_left_alone_by_what_comes_next():
    for name in ("cyrillic", "leet_heavy", "full_width", "zalgo", "dotted"):
        made = disguise("ex<b>iste</b>nce", [name], 4)
        assert "<b>" in made, name
        assert "</b>" in made, name


def test_families_have_every_disguise_once():
    named = [name for members in families().values() for name in members]
    assert named == list(DISGUISES)
    assert len(set(named)) == len(named) >= 80


def test_unknown_disguise_is_an_error():
    with pytest.raises(KeyError):
        disguise("bomb", ["no_such"])


def test_pairs_leave_out_what_its_reader_could_not_get():
    able = set(pairs("keyword"))
    assert ("base64", "leet_light") not in able
    assert ("override_right", "lines") not in able
    assert ("leet_light", "leet_light") not in able
    assert {("leet_light", "base64"), ("lines", "override_right"), ("base64", "hex")} <= able


def test_digit_disguises_are_for_values_with_digits_and_ciphers_for_words():
    assert "keyword" not in DISGUISES["digits_arabic"].kinds
    assert DISGUISES["rot13"].kinds == {"keyword", "phrase"}
    assert DISGUISES["base64"].kinds == set(KINDS)


def test_guide_names_every_disguise():
    named = set(re.findall(r"`([a-z0-9_]+)`", GUIDE.read_text("utf-8")))
    assert set(DISGUISES) <= named
