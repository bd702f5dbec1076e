"""What whole-text detectors are shown of a disguised text."""

import pytest

from guardrail.disguises import disguise
from guardrail.text.reading import as_read

TEXT = "you are a worthless clown and nobody wants you here"


@pytest.mark.parametrize(
    "name",
    [
        "leet_light", "cyrillic", "greek", "mixed_scripts", "full_width", "math_bold", "strike_through",
        "zero_width_space", "soft_hyphen", "odd_spaces", "dotted", "dashed", "spaced",
    ],
)  # fmt: skip
def test_single_characters_are_read_as_what_they_pass_for(name):
    hidden = disguise(TEXT, [name], seed=5)
    assert hidden != TEXT
    assert as_read(hidden).split() == TEXT.split()


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ("N.o., B.u.t.t.e.r, i.t i.s n.o.t o.k. at all.", "No, Butter, it is not ok. at all."),
        ("N-o, s-t-u-p-i-d-! G-o a-w-a-y-.", "No, stupid! Go away."),
        ("Y0u 4r3 4 m0r0n 4nd 1 h4t3 y0u", "You are a moron and i hate you"),
        ("Wh\u0430t \u0430n \u0456diot \u0443\u043e\u0443 \u0430re", "What an idiot yoy are"),
    ],
)
def test_what_is_hidden_everywhere_is_read_everywhere(hidden, shown):
    """Short words, which alone could be what they are, are read as those around them."""
    assert as_read(hidden) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Our server is www.a.b.example.com; see e.g. 3.1.4 and etc.",
        "\u041e\u043d wrote: \u044d\u0442\u043e \u043d\u0435 \u0442\u043e, \u0447\u0442\u043e \u044f \u0441\u043a\u0430\u0437\u0430\u043b.",
        "Call 1-800-555-1212 at 10am, or write to user42@example.com.",
        "Order A4 paper, 2nd edition, for $5: mp3, H2O, COVID19, B12!",
        "Our shop opens at 8; наш телефон 12-34. 東京",
        "",
        "\ud800",
    ],
)
def test_ordinary_texts_are_read_as_they_are(text):
    assert as_read(text) == text


def test_it_is_read_the_same_again():
    hidden = disguise(TEXT, ["cyrillic", "dotted"], seed=2)
    assert as_read(as_read(hidden)) == as_read(hidden)
