"""Telephone numbers: those that Presidio's recognizer finds, with fewer places to try."""

from __future__ import annotations

import random

import pytest

from guardrail.stages.pii import phones

library = pytest.importorskip("phonenumbers")
recognizers = pytest.importorskip("presidio_analyzer.predefined_recognizers")

REGIONS = recognizers.PhoneRecognizer.DEFAULT_SUPPORTED_REGIONS
EVERYWHERE = sorted(library.SUPPORTED_REGIONS)
GAPS = ("-", " ", ".", "", " - ", "/", "(", ")", "  ", "\u2014", "x", " x")
ODD = (
    *("1690", "16905", "3105555", "310-5555", "3/10/2011 555", "2012-01-02 08:00", "2012-01-02 08"),
    *(
        "VLDB 12(3): 211-227 (2003)",
        "\u0664\u0661\u0665-\u0665\u0665\u0665-\u0662\u0666\u0667\u0661",
    ),
    *(
        "$20000",
        "a20000b",
        "+",
        "((",
        "1" * 25,
        "+1234",
        "0012345",
        "004911",
        "0049110",
        "011491105",
    ),
)


def digits(rng, count):
    return "".join(rng.choice("0123456789") for _ in range(count))


def example(rng):
    """A number that is given out in some region, or nearly so, in one of the ways to write it."""
    region = rng.choice(EVERYWHERE)
    make = rng.choice([library.example_number, library.invalid_example_number])
    number = make(region) or library.example_number("US")
    written = library.format_number(number, rng.choice(range(4)))
    prefix = rng.choice(["", "", "", "00", "011"])
    if prefix:
        written = prefix + written.lstrip("+")
    return written.replace(" ", rng.choice([" ", " ", *GAPS])) + rng.choice(
        ["", "", "", " ext 12", "x123", " x 5"]
    )


def value(rng):
    return rng.choice(
        [
            example(rng),
            rng.choice(ODD),
            "".join(digits(rng, rng.randrange(1, 7)) + rng.choice(GAPS) for _ in range(4)),
            digits(rng, rng.randrange(1, 8)) + rng.choice(GAPS),
        ]
    )


def text_of(rng):
    ends = (" ", ", ", " and ", "\n", "", "; ", "x", "-")
    return "".join(value(rng) + rng.choice(ends) for _ in range(rng.randrange(1, 7)))


def places(text, found):
    return sorted(
        (each.start, each.end, each.score)
        for each in found
        if phones._FIVE_DIGITS.search(text, each.start, each.end)
    )


@pytest.mark.parametrize("leniency", range(4))
def test_finds_what_presidio_finds(leniency):
    total = 0
    for seed in range(250):
        rng = random.Random(seed)
        text = text_of(rng)
        regions = REGIONS if seed % 4 else tuple(rng.sample(EVERYWHERE, 4))
        recognizer = recognizers.PhoneRecognizer(supported_regions=regions, leniency=leniency)
        expected = places(text, recognizer.analyze(text, ["PHONE_NUMBER"]))
        assert places(text, phones.phone_find(recognizer)(text)) == expected, seed
        total += len(expected)
    assert total > 50


@pytest.mark.parametrize(
    "text",
    [
        "61 x, 1732\u20140328 x4",
        "40 x, 70/0529 and 8(87343 - 629-",
        "9/384 1129-47x, 106253 4/7 512x",
        "8808 x808486 x96494 - , 4309 908088x, 35-18819x",
    ],
)
def test_what_an_extension_leaves_is_found_as_presidio_finds_it(text):
    for regions in (REGIONS, ("CZ", "BT", "FO", "JM"), ("KY", "AL", "VU", "CK")):
        recognizer = recognizers.PhoneRecognizer(supported_regions=regions, leniency=0)
        expected = places(text, recognizer.analyze(text, ["PHONE_NUMBER"]))
        assert places(text, phones.phone_find(recognizer)(text)) == expected


def test_numbers_of_one_country_are_told_apart_by_presidio():
    mobile, fixed = (
        recognizers.ZaMobileNumberRecognizer(),
        recognizers.ZaTelephoneNumberRecognizer(),
    )
    text = "mobile 072 123 4567, office 021 123 4567"
    assert [(each.start, each.end) for each in phones.phone_find(mobile)(text)] == [(7, 19)]
    assert [(each.start, each.end) for each in phones.phone_find(fixed)(text)] == [(28, 40)]


@pytest.mark.parametrize(
    ("region", "written", "may"),
    [
        ("US", "20000", False),
        ("US", "555-0100", True),  # Canada has numbers of seven digits, and shares the code
        ("US", "4111 1111 1111 1111", False),
        ("US", "1 415 555 2671", True),  # the 1 before it goes
        ("US", "1 1 415 555 2671", True),
        ("US", "1 415 555 2671 0", False),
        ("US", "011491", True),  # a short number abroad
        ("US", "+4911", True),
        ("US", "\uff0b4911", True),
        ("US", "20000x3", True),  # an extension
        ("US", "20000#", True),
        ("DE", "20000", True),
        ("DE", "4111 1111 1111 1111", False),
        ("DE", "0111 1111 1111 1111", True),
        ("DE", "49111 1111 1111 1111", True),
        ("FR", "\u0661\u0662345", False),
        ("FR", "0170189900", True),
        ("BR", "2345", False),
    ],
)
def test_length_says_where_a_number_may_be(region, written, may):
    assert phones._numbering(region).may_have(written) is may


@pytest.mark.parametrize("region", ["AR", "ZZ"])
def test_nothing_is_known_where_numbers_grow_and_of_unknown_regions(region):
    assert phones._numbering(region) is None


def tried_in(monkeypatch, text):
    """The regions in which each candidate of a text is parsed."""
    tried = []
    verify = library.PhoneNumberMatcher._parse_and_verify

    def spy(self, candidate, offset):
        tried.append((candidate, self.preferred_region))
        return verify(self, candidate, offset)

    monkeypatch.setattr(library.PhoneNumberMatcher, "_parse_and_verify", spy)
    found = phones.phone_find(recognizers.PhoneRecognizer())(text)
    return [text[each.start : each.end] for each in found], tried


def test_price_is_tried_only_where_numbers_are_that_short(monkeypatch):
    found, tried = tried_in(monkeypatch, "12 rooms for 20000 in 2 days")
    assert (found, tried) == ([], [("20000", "DE")])


def test_number_that_is_found_whole_is_not_tried_again(monkeypatch):
    found, tried = tried_in(monkeypatch, "call 415-555-2671")
    assert (found, tried) == (["415-555-2671"], [("415-555-2671", "US")])
