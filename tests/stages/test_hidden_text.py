"""Invisible characters that carry or hide something, and those that writing needs."""

from __future__ import annotations

import base64
import html
import time

import pytest
import regex

from guardrail import Guard
from guardrail.language.source import Source
from guardrail.stages.hidden_text import HiddenTextDetector
from guardrail.stages.matching import MOST_LOOKS
from guardrail.text.invisible import ignorable
from guardrail.text.prefilter import prefilter
from guardrail.values import Failure, Subject
from tests.support.engine import seeds

POLICY = """edition 1
policy p on error treat as violation
detector hidden = hidden_text()
rule r on output when hidden found then redact
"""
TOO_MANY = Failure("too many candidates")
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
BYTES = "".join(chr(0xE0100 + byte) for byte in b"hi")

FOUND = {
    "tags": ("a\U000e0068\U000e0069b", (1, 3, "TAG_CHARACTERS")),
    "one tag": ("a\U000e0041b", (1, 2, "TAG_CHARACTERS")),
    "flag that is none": ("\U0001f3f4\U000e0067\U000e007f", (1, 3, "TAG_CHARACTERS")),
    "tags after a flag": (ENGLAND + "\U000e0041", (7, 8, "TAG_CHARACTERS")),
    "tags between letters": ("a\U000e0041b\U000e0042cd", (1, 4, "TAG_CHARACTERS")),
    "tag behind a joiner": ("a\u200d\U000e0041b", (1, 3, "TAG_CHARACTERS")),
    "bytes": (f"\U0001f600{BYTES}", (1, 3, "VARIATION_SELECTORS")),
    "one byte": ("x\U000e0101", (1, 2, "VARIATION_SELECTORS")),
    "two selectors": ("x\ufe00\ufe01y", (1, 3, "VARIATION_SELECTORS")),
    "second selector after an ideograph": ("葛\U000e0100\U000e0101", (1, 3, "VARIATION_SELECTORS")),
    "right to left": ("a\u202ecba\u202c", (1, 2, "BIDI_OVERRIDE")),
    "left to right": ("a\u202d\u200bb", (1, 3, "BIDI_OVERRIDE")),
    "zero-width bits": ("a\u200b\u200c\u200b\u200cb", (1, 5, "INVISIBLE_RUN")),
    "over 256": ("a" + "\u2060" * 300 + "b", (1, 301, "INVISIBLE_RUN")),
    "mixed": ("a\u00ad\u200b\u2062\ufeff\u3164b", (1, 6, "INVISIBLE_RUN")),
    "interleaved": ("p\u200ba\u200bs\u200bs\u200bw", (0, 8, "INVISIBLE_RUN")),
    "interleaved Cyrillic": ("п\u00adа\u00adр\u00adо\u00adль", (0, 8, "INVISIBLE_RUN")),
}

LEFT_ALONE = {
    "nothing": "",
    "ascii": "plain\x00\x1b[0m",
    "Persian": "می‌خواهم کتاب‌های نمی‌دانم",
    "Hindi": "क्‍ष और क्‌ष",
    "Arabic and Hebrew marks": "\u200fשלום\u200e (\u202bעברית\u202c) \u2067عربي\u2069\u2068x\u2069\u200f",
    "soft hyphens": "co\u00adop\u00ader\u00ada\u00adtive",
    "families": "👨‍👩‍👧‍👦 👩🏽‍❤️‍💋‍👨🏿 ❤️‍🔥 🏴‍☠️ 🏃🏽‍♀️‍➡️ 1️⃣2️⃣3️⃣4️⃣5️⃣",
    "flags": f"{ENGLAND} 🇩🇪 \U0001f3f4\U000e0075\U000e0073\U000e0074\U000e0078\U000e007f",
    "ideographs": "葛\U000e0100城 辻\U000e0101",
    "keycap digits": "1\ufe0f 2\ufe0f 3\ufe0f 4\ufe0f 1\ufe0f2\ufe0f3\ufe0f4\ufe0f",
    "mark of the beginning": "\ufeffHello",
    "three": "a\u200b\u200b\u200bb",
    "Thai and Khmer": "ภาษา\u200bไทย\u200bง่าย ភាសា\u200bខ្មែរ",
    "Mongolian": "ᠨᠠᠢᠮᠠ\u180e\u202fᠠ ᠭ\u180b",
    "mathematics": "f\u2061(x) = a\u2062b\u2063c",
    "Braille": "\u2800\u2800\u2800\u2800\u2801",
    "three letters": "a\u200bb\u200bc\u200bdef",
}


def hidden(text):
    (outcome,) = HiddenTextDetector().run([Subject(text)])
    return [(span.start, span.end, span.type) for span in outcome]


@pytest.mark.parametrize(("text", "expected"), FOUND.values(), ids=FOUND)
def test_hidden_text_is_found(text, expected):
    assert hidden(text) == [expected]


@pytest.mark.parametrize("text", LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_what_writing_needs_is_left_alone(text):
    assert hidden(text) == []


def test_findings_stay_apart_when_more_stands_between():
    assert [start for start, _, _ in hidden("a\u202ebcd\u202ee")] == [1, 5]


def test_every_finding_opens_the_gate_and_ordinary_text_does_not():
    occurring = prefilter(HiddenTextDetector().gate)
    assert [name for name, (text, _) in FOUND.items() if len(occurring(text)) == 1] == []
    plain = "\ufeff\u201cSmart\u201d quotes \u2014 caf\u00e9, \u2764\ufe0f and \u0645\u06cc\u200c\u062e."
    assert occurring(plain) == [len(HiddenTextDetector().gate)]


def test_selectors_behind_a_flag_are_found():
    assert hidden(f"{ENGLAND}{ENGLAND}\U000e0101 and {ENGLAND}") == [
        (14, 15, "VARIATION_SELECTORS")
    ]


def test_the_table_is_that_of_unicode():
    every = "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    listed = set(regex.findall(r"\p{Default_Ignorable_Code_Point}", every))
    assert ignorable() == listed | set("\ufff9\ufffa\ufffb")


def checked(text):
    return Guard.load(Source("p.guard", POLICY)).check(text).output


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a&#8203;&#8203;&#8203;&#8203;b", "a[INVISIBLE_RUN]b"),
        ("p&#8203;a&zwnj;s&#x200b;s&#8203;word", "[INVISIBLE_RUN]word"),
        ("Hi&#xE0041; there", "Hi[TAG_CHARACTERS] there"),
        ("co&shy;op&shy;er&shy;ate, &zwnj; and &#8203;", None),
        (r"re.sub('[\u200b\u200c\u200d\u2060]+', '', text)", None),
    ],
)
def test_references_count_as_what_they_stand_for(text, expected):
    assert checked(text) == (expected or text)


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
        html.escape,
    ],
    ids=["base64", "percent", "references"],
)
def test_what_is_encoded_deeper_than_three_times_is_a_finding(encode):
    text = "<sell the museum>"
    for depth in range(1, 7):
        text = encode(text)
        shown = checked(f"Here: {text} is all.")
        assert ("[NESTED_ENCODING]" in shown) == (depth > 3), depth
        assert shown.startswith("Here: ")
        assert shown.endswith(" is all.")


PIECES = (
    *("a", "b ", "7", "葛", "😀", "\U0001f3f4", ENGLAND, "\u200b", "\u200c", "\u200d", "\u00ad"),
    *(
        "\ufe0f",
        "\ufe00",
        "\U000e0100",
        "\U000e0101",
        "\U000e0041",
        "\U000e007f",
        "\u202e",
        "\u202d",
    ),
    *("\u202c", "\u200f", "\u2067", "\u2060", "\u3164", "e\u0301", "\u0301", "ж\u200b", "0\u200d"),
)


@pytest.mark.properties
def test_redaction_leaves_nothing_hidden_and_findings_open_the_gate():
    """The full count is 100,000 texts."""
    guard = Guard.load(Source("p.guard", POLICY))
    occurring, redacted = prefilter(HiddenTextDetector().gate), 0
    for seed, rng in seeds("hidden text", 5_000):
        text = "".join(rng.choices(PIECES, k=rng.randint(1, 16)))
        if hidden(text):
            redacted += 1
            assert len(occurring(text)) > 1, (seed, ascii(text))
        shown = guard.check(text).output
        assert hidden(shown) == [], (seed, ascii(text), ascii(shown))
    assert redacted


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "\u200b",
            "a\u200b",
            "a\u202e",
            "abcd\u202e",
            "\u200b\u200b\u200ba",
            ENGLAND,
            "葛\U000e0100",
        ),
        *("a\ufe0f", "\U0001f3f4\U000e0067", "a\u200b\u200b\u200bb\u200bc\u200b ", "\ufe0f\u200b"),
    ],
)
def test_a_mebibyte_that_is_made_to_be_slow_is_not(piece):
    text = piece * ((1 << 20) // len(piece))
    began = time.process_time()
    (outcome,) = HiddenTextDetector().run([Subject(text)])
    assert time.process_time() - began < 0.5
    assert len(outcome) < 2 if isinstance(outcome, tuple) else outcome == TOO_MANY


def test_more_than_is_judged_is_one_finding_or_an_error():
    many = "\u202eabcd" * (MOST_LOOKS + 1)
    assert hidden(many) == [(0, len(many), "BIDI_OVERRIDE")]
    assert len(hidden("\u202eabcd" * MOST_LOOKS)) == MOST_LOOKS
    assert HiddenTextDetector().run([Subject(ENGLAND * (MOST_LOOKS + 1))]) == [TOO_MANY]
