import base64
import binascii
import random
import string

import pytest
import re2

from guardrail.text.decoding import FEWEST_DECODED, asks_to_decode, decoded
from guardrail.text.limits import LARGE
from guardrail.text.view import View

ASKS = re2.compile(asks_to_decode())


def shown(text: str) -> str:
    view = decoded(text)
    return text if view is None else view.text


def look(text: str) -> View:
    view = decoded(text)
    assert view is not None
    return view


def octets(value: str) -> bytes:
    return value.encode()


def utf7(value: str) -> str:
    return "+" + base64.b64encode(value.encode("utf-16-be")).decode().rstrip("=") + "-"


def wrapped(value: str, width: int, end: str = "\n") -> str:
    return end.join(value[at : at + width] for at in range(0, len(value), width))


def b64(value: str) -> str:
    return base64.b64encode(octets(value)).decode()


def b32(value: str) -> str:
    return base64.b32encode(octets(value)).decode()


def grouped(value: str, size: int, between: str = " ") -> str:
    return wrapped(octets(value).hex(), size, between)


# What an encoder of each kind writes for a value; all of it must come back in one look.
ENCODERS = {
    "decimal": lambda v: "".join(f"&#{ord(c)};" for c in v),
    "padded": lambda v: "".join(f"&#{ord(c):09};" for c in v),
    "open": lambda v: "".join(f"&#{ord(c)}" for c in v) + " ",
    "hexadecimal": lambda v: "".join(f"&#x{ord(c):X};" for c in v),
    "percent": lambda v: "".join(f"%{b:02X}" for b in octets(v)),
    "percent u": lambda v: "".join(f"%u{ord(c):04x}" for c in v),
    "quoted": lambda v: "".join(f"={b:02X}" for b in octets(v)),
    "escape": lambda v: "".join(f"\\u{ord(c):04x}" for c in v),
    "braces": lambda v: "".join(f"\\u{{{ord(c):x}}}" for c in v),
    "long escape": lambda v: "".join(f"\\U{ord(c):08x}" for c in v),
    "x": lambda v: "".join(f"\\x{b:02x}" for b in octets(v)),
    "octal escape": lambda v: "".join(f"\\{b:03o}" for b in octets(v)),
    "style sheet": lambda v: "".join(f"\\{ord(c):06x}" for c in v),
    "utf-7": utf7,
    "base64": b64,
    "bare base64": lambda v: b64(v).rstrip("="),
    "safe base64": lambda v: base64.urlsafe_b64encode(octets(v)).decode(),
    "wrapped base64": lambda v: wrapped(b64(v), 8),
    "indented base64": lambda v: wrapped(b64(v), 12, "\n    "),
    "base64 in a string": lambda v: wrapped(b64(v), 16, "\\n"),
    "base64 of utf-16": lambda v: base64.b64encode(v.encode("utf-16-le")).decode(),
    "base32": b32,
    "bare base32": lambda v: b32(v).rstrip("="),
    "hex": lambda v: octets(v).hex(),
    "capital hex": lambda v: octets(v).hex().upper(),
    "prefixed hex": lambda v: "0x" + octets(v).hex(),
    "spaced hex": lambda v: grouped(v, 2),
    "colons": lambda v: grouped(v, 2, ":"),
    "array": lambda v: ", ".join(f"0x{b:02x}" for b in octets(v)),
    "calls of hex": lambda v: " + ".join(f"chr(0x{b:02x})" for b in octets(v)),
    "code points": lambda v: " ".join(f"U+{ord(c):04X}" for c in v),
    "hex of utf-16": lambda v: v.encode("utf-16-be").hex(),
    "codes": lambda v: " ".join(str(ord(c)) for c in v),
    "list of codes": lambda v: ",".join(str(ord(c)) for c in v),
    "calls": lambda v: "+".join(f"chr({ord(c)})" for c in v),
    "octal": lambda v: " ".join(f"{ord(c):03o}" for c in v),
    "bits": lambda v: " ".join(f"{b:08b}" for b in octets(v)),
    "one word of bits": lambda v: "".join(f"{b:08b}" for b in octets(v)),
}  # fmt: skip
_BRAILLE = dict(
    zip("abcdefghijklmnopqrstuvwxyz,.-", "⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚⠅⠇⠍⠝⠕⠏⠟⠗⠎⠞⠥⠧⠺⠭⠽⠵⠂⠲⠤", strict=True)
) | {" ": "\u2800", "@": "⠈⠁", "+": "⠐⠖"}  # fmt: skip


def braille(value: str) -> str:
    made, in_number = "", False
    for char in value:
        if char.isdigit() and not in_number:
            made += "⠼"
        in_number = char.isdigit() or (in_number and char in ".-")
        made += "⠠" if char.isupper() else ""
        made += _BRAILLE["jabcdefghi"[int(char)] if char.isdigit() else char.lower()]
    return made


ENCODERS["Braille"] = braille
ENCODERS["Ascii85"] = lambda v: f"<~{base64.a85encode(octets(v)).decode()}~>"
VALUES = ("bomb", "password", "grow weary", "jane.doe@example.com", "+1 415-555-0123")
WORDS = ("the", "plain", "word", "JavaScript", "4711", "12:30", "“so”", "a/b", "x = 3;")


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("name", ENCODERS)
def test_value_is_shown_whatever_encodes_it(name, value):
    encoded = ENCODERS[name](value)
    text = f"so: {encoded} it is"
    found = shown(text).find(value)
    assert found >= 0, (text, shown(text))
    start, end = look(text).original_span(found, found + len(value))
    assert text[start:end].strip() in encoded
    assert encoded.strip(" =)") in text[start:end] or "(" in encoded or encoded[0] in "+/\\U0"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("&commat; &amp;amp; &lt &eacute", "@ &amp; < é"),
        ("%26%2398;", "&#98;"),
        ("caf%E9", "café"),
        (r"\ud83d\ude00", "😀"),
        (r"\62 omb", "bomb"),
        (r"\N{LATIN SMALL LETTER B}omb", "bomb"),
        (r"first\nbomb", "first\nbomb"),
        ("b=6Fm=62", "bomb"),
        ("npm=5F3hy0m", "npm_3hy0m"),
        ("bo=\nmb", "bomb"),
        ("xn--pple-43d.com", "\u0430pple.com"),
        ("data:text/plain;base64,Ym9tYg==", "data:text/plain;base64,bomb"),
        ("path/Ym9tYg==", "path/bomb"),
        ("MJXW2YQ= mjxw2yq", "bomb bomb"),
        ("1100010 1101111 1101101 1100010", "bomb"),
        ("-... --- -- -... / .-. .- -", "bomb rat"),
        (
            "\u2212\u00b7\u00b7\u00b7 \u2212\u2212\u2212 \u2212\u2212 \u2212\u00b7\u00b7\u00b7",
            "bomb",
        ),
        ("Bravo Oscar Mike Bravo", "bomb"),
        ("626f 6d62 206d 616b 6572", "bomb maker"),
        ("0LHQvtC80LHQsA==", "бомба"),
        ("6a 75 67 67 65 72", "jugger"),
        ("62 6f 6d 62 6", "bomb 6"),
        ("mia&hyphen;lin", "mia-lin"),
        ("67:75:72:65:7A:76:67:72", "gurezvgr"),
        ("be 66 79 77 66", "be BOMB"),
        ("Ym1Gd1lXeHQ=", "bmFwYWxt"),
        ("dAp1bgpnc3Rlbg", "t\nun\ngsten"),
        ("YmzhtaTigpFmaW4", "bl\u1d64\u2091fin"),
        ("REUzMTA1<br>NDY1MA==", "DE3105465 0".replace(" ", "")),
        ("a2V0YW1pbmU&equals;", "a2V0YW1pbmU="),
        ("kill=20switch ghp=5Fabc", "kill switch ghp_abc"),
        ("=E2=80=\n=AEab=20c", "\u202eab c"),
        ("=6E=C3=<br>=A9=6F", "n\u00e9o"),
        ("=5Cx62=5C=\\nx6F", "\\x62\\x6F"),
        ("tax&nbsp;fraud", "tax fraud"),
        ("=.6.2.=.6.F.=.6.D.=.6.2", "=62=6F=6D=62"),
        ("%\u20106\u20102\u2010%\u20106\u2010f\u2010%\u20106\u2010d", "%62%6f%6d"),
        ("= 6 2 = 6 F = 6 D a plan", "=62=6F=6D a plan"),
        ("&#98;&#1 | 11;&#109;", "&#98;&#111;&#109;"),
        ("tax&nb~~sp;fraud~~", "tax&nbsp;fraud~~"),
        (r"\x62\``x6f\x6d``", r"\x62\x6f\x6d``"),
        ("=6*2=6F*=6D", "=62=6F=6D"),
        ("moc.elpmaxe@eod.enaj", "jane.doe@example.com"),
        ("ku.oc.dniwhtron@nna", "ann@northwind.co.uk"),
        ("xJgL5v1nEwRN5MBxtPwciu1", "existential dread"),
        ("begin 644 a.txt\n(<&%S<W=O<F0 \n`\nend", "begin 644 a.txt\npassword\n`\nend"),
        ("d0b1d0bed0bcd0b1d0b0", "бомба"),
        ("&#98;%6f\\u006d Ym9tYg==", "bom bomb"),
    ],
)
def test_encoding_is_taken_off_once(text, expected):
    assert shown(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "beautiful encyclopedia INTRODUCTION NVIDIA Systems getElementById iPhone15 d3adb33f",
        "d41d8cd98f00b204e9800998ecf8427e e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934c",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301 #ff8800 v1.22.333 10.0.0.1 00:1a:2b:3c:4d:5e",
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
        "45 + 61 + 30 + 40 = 176; 20, 30, 40, 50; 1 2 3 4 5; 100, 101, 102, 103; 2024-05-17",
        "AT&T, Q&A; 50% off, 100 %; a == b; C:\\Users\\Ann; x=10&y=20; f(a=12,b=34); i=48-18=30",
        "- - - - . . . . --- --- | --- | --- | *** ...",
        "\\frac{1}{2} \\nu \\theta \\times \\right) \\text{a}",
        "5 golf balls at the hotel in India, echo 4155550123 555-0123",
        "r1bqkbnr/pppp1ppp/2n5/4p3/4P3/5N2/PPPP1PPP/RNBQKB1R w KQkq - 2 3",
        "GATTACA ATGCGTACGTTAGC PRIVATE KEYWORDS ABCDEFGH",
        "4050=$5950 rgb(72, 85, 90) 192, 168 1011 1000000 0000000 10101010",
        "call 7631206565 now",
        "the cards 4111 4875-7568 and 6011 4875-7568 4875 7568",
        "a=5\nb=6\nc=7 10%-20%-30%-40% x=-55 AT&`T`; R&**D** width=20px, limit=50km",
        "john.moc@example.com net.works@site.org me.you@host",
        "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy 1BoatSLRHtKNngkdXEeobR76b53LETtpyT dQw4w9WgXcQ",
        "\u280b is working; <~ and ~> or <~~>; begin 644 then\nend",
    ],
)
def test_ordinary_text_stays_as_it_is(text):
    assert shown(text) == text


@pytest.mark.parametrize(
    "text", ["The plain reply, with “quotes” – and a dash.", "Call `foo_bar(x)` in JavaScript 1.5!"]
)
def test_ordinary_text_does_not_ask(text):
    assert not ASKS.search(text)


@pytest.mark.parametrize(
    ("text", "shown_part", "behind"),
    [
        ("4KAK2ZDCGIXGG33SOAXGK6DBNXRIBLHCQCWXA3DFF3RIBLHCQCWWG33N4KAKY===", "db2", None),
        ("=E2=80=AD=62=6F=6D=62=E2=80=\n=AC", "bomb", None),
        ("KmJvbWIq", "bomb", None),
        ("%E2%80%AD%62%6F%6D%62%20%E2%80%AC", "bomb", "%E2%80%AD%62%6F%6D%62"),
    ],
)
def test_nothing_unseen_is_left_at_the_edges_of_what_is_encoded(text, shown_part, behind):
    view = look(text)
    start = view.text.index(shown_part)
    first, _ = view.original_span(start, start + len(shown_part))
    last = view.text.rindex("m" if "com" in view.text else shown_part[-1])
    end = view.original_span(last, last + 1)[1]
    assert text[first:end] == (behind or text)


def encoded_texts(dice: random.Random) -> str:
    parts = [dice.choice(WORDS) for _ in range(dice.randint(0, 3))]
    parts += [
        ENCODERS[dice.choice(list(ENCODERS))](dice.choice(VALUES))
        for _ in range(dice.randint(1, 2))
    ]
    dice.shuffle(parts)
    return " ".join(parts)


def noise(dice: random.Random) -> str:
    letters = dice.choice(
        ("&#x19aF;% ", "\\ux0{1F}6 ", "=0aF9\n ", "Ym9tg=+/A \n", "0bx1F6, ", ".- /")
    )
    return "".join(dice.choice(letters) for _ in range(dice.randint(4, 60)))


def test_what_is_shown_was_asked_for_and_has_its_place():
    dice = random.Random(1)
    for _ in range(3_000):
        text = dice.choice((encoded_texts, noise))(dice)
        view = decoded(text)
        if view is None:
            continue
        assert ASKS.search(text), ascii(text)
        places = [view.original_span(at, at + 1) for at in range(len(view.text))]
        assert all(0 <= start < end <= len(text) for start, end in places), ascii(text)
        assert places == sorted(places), ascii(text)
        assert [end for _, end in places] == sorted(end for _, end in places), ascii(text)


def turned(value: str, shift: int) -> str:
    """Shift the letters of an address."""
    small = string.ascii_lowercase
    return value.translate(str.maketrans(small, small[shift:] + small[:shift]))


ADDRESSES = ("ann@example.com", "bob_smith@mail.example.org", "k.o.tanaka@northwind.co.uk")


@pytest.mark.parametrize("address", ADDRESSES)
def test_address_in_other_letters_is_read(address):
    rot47 = "".join(chr((ord(char) - 33 + 47) % 94 + 33) for char in address)
    atbash = address.translate(str.maketrans(string.ascii_lowercase, string.ascii_lowercase[::-1]))
    for made in (*(turned(address, shift) for shift in range(1, 26)), rot47, atbash):
        text = f"write to {made} today"
        assert shown(text) == f"write to {address} today", made
        start, end = look(text).original_span(9, 9 + len(address))
        assert text[start:end] == made


@pytest.mark.parametrize(
    "text",
    [
        "git@github.com and root@server.local, ann@example.com, x@y.z, v1@sha256:abc",
        "me@host.lan, admin@router.home, bot@svc.cluster.local, a@b.museum",
        "foo]4@> o]4@> for (o of list[o]) { x = o[4]; }",
    ],
)
def test_address_that_is_none_stays(text):
    assert shown(text) == text


def broken_hex(value: str, dice: random.Random, between: str, breaks: str) -> str:
    made = between.join(f"{byte:02x}" for byte in octets(value))
    for at in sorted(dice.sample(range(1, len(made)), 2), reverse=True):
        made = made[:at] + breaks + made[at:]
    return made


@pytest.mark.parametrize("breaks", ["\n", "\\n", "<br>", "**"])
@pytest.mark.parametrize("between", ["", ":"])
def test_hex_may_break_off_anywhere(between, breaks):
    dice = random.Random(4)
    for value in (*VALUES, "sapphire", "jane.doe@mail.example.org"):
        made = broken_hex(value, dice, between, breaks)
        text = f"<li>{made}</li>"
        assert shown(text) == f"<li>{value}</li>", made


@pytest.mark.parametrize("breaks", ["\n", "\\n", "<br>", "**", "`"])
def test_base64_may_break_off_behind_what_is_no_word(breaks):
    dice = random.Random(5)
    for value in (
        "petrol grenade",
        "digital wilderness",
        "jane.doe@mail.example.org",
        "+1 415 555 0131",
    ):
        made = b64(value)
        first, last = dice.randint(3, 5), dice.randint(6, len(made) - 1)
        made = breaks.join((made[:first], made[first:last], made[last:]))
        assert shown(f"<li>{made}</li>") == f"<li>{value}</li>", made


def test_lists_of_numbers_in_lines_are_no_hex():
    for text in ("4\n1\n5\n" * 20, "12\n34\n56\n78\n", "a2_b4_64 1_2_3_4_5 **12** 34 56"):
        assert shown(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("120 122 112 055 070 064 064 065 055 114 127", "PRJ-8445-LW"),
        ("101 113 111 101 064 115 131 101 126 120 103 106 113 120 112", "AKIA4MYAVPCFKPJ"),
        ("78 76 57 49 66 76 81 82 48 49 52 57 52 52 57 53 49 53", "NL91BLQR0149449515"),
        ("71 66 48 51 32 79 86 66 70 32 49 55 52 53 32 48 49 48 49", "GB03 OVBF 1745 0101"),
        ("6a 75 67 67 65 72 6e 61 75 74", "juggernaut"),
        ("74:68:69:72:73:74:79", "thirsty"),
        ("72 69 76 76 79 32 87 79 82 76 68", "HELLO WORLD"),
        ("746178206672617564", "tax fraud"),
        ("MJWHKZLGNFXA KBJEULJXHEZDQLKOKU", "bluefin PRJ-7928-NU"),
    ],
)
def test_list_is_read_whole_in_the_likelier_way(text, expected):
    assert shown(text) == expected


@pytest.mark.parametrize("value", ["zero day exploit", "jane.doe@example.com", "PRJ-9287-JC"])
@pytest.mark.parametrize("form", ["it is {}, so", '{{"note": "{}"}}', "<p>{}</p>"])
def test_base85_is_read(value, form):
    encoded = base64.b85encode(octets(value)).decode()
    text = form.format(encoded)
    assert shown(text) == form.format(value)
    at = shown(text).index(value)
    start, end = look(text).original_span(at, at + len(value))
    assert text[start:end] == encoded


def test_code_is_no_base85():
    for text in (
        "Configure(a=1)|Configure(b=2)>Configure{c}; Default<Options>&Default<Options>",
        "const x=Array.from(y)=>{return!z}; Compute<T>(a)+Compute<U>(b)-Compute<V>(c)",
        "Abcdefgh!Abcdefgh?Abcdefgh; Calculate_#Calculate_$Calculate_%Undo",
    ):
        assert shown(text) == text


def test_texts_side_by_side_are_decoded_like_each_alone():
    dice = random.Random(2)
    for _ in range(2_000):
        first, second = encoded_texts(dice), dice.choice((encoded_texts, noise))(dice)
        between = " 中 and 中 "
        alone = shown(first) + between + shown(second)
        assert shown(first + between + second) == alone, ascii((first, second))


def test_what_is_shown_depends_on_few_characters_that_follow():
    dice = random.Random(3)
    for _ in range(200):
        text = ENCODERS[dice.choice(list(ENCODERS))]("a long text that never ends, " * 20)
        whole = look(text)
        cut = dice.randint(200, len(text) - 200)
        part = look(text[:cut] + "\x00")
        known = [
            at for at in range(len(part.text)) if part.original_span(at, at + 1)[1] < cut - 160
        ]
        assert part.text[: len(known)] == whole.text[: len(known)]


@pytest.mark.parametrize(
    "text",
    [
        b64("word " * 14_000),
        b64("word\n" * 14_000),
        "&#97;" * 70_000,
        "%41" * 70_000,
        r"\u0061" * 70_000,
        "%20x" * 20_000,
        "Ym9tYg== " * 5_000,
        binascii.hexlify(b"word " * 14_000).decode(),
        "xn--pple-43d " * 2_000,
    ],
)
def test_more_than_the_limit_is_an_error(text):
    """Of a text that is not large a part is shown, of a large one nothing."""
    view = look(text)
    assert view.is_over
    assert (view.text == "") == (len(text) > LARGE)
    assert len(view.text) <= len(text)
    assert len(view.view_starts) <= FEWEST_DECODED


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"\\u{ord(c):04x}" for c in "Привет, как дела? " * 2_000),
        "<p>l&apos;&eacute;t&eacute;&nbsp;!</p>\n" * 1_500,
        base64.b64encode(random.Random(1).randbytes(200_000)).decode(),
        random.Random(1).randbytes(200_000).hex(),
        "12, 34, 56, 78, 90, 11\n" * 3_000,
        "%D0%B1" * 10_000,
    ],
)
def test_large_ordinary_text_stays_below_the_limits(text):
    view = decoded(text)
    assert view is None or not view.is_over


@pytest.mark.parametrize("seed", range(4))
def test_what_passes_for_text_by_chance_in_a_large_image_is_not_shown(seed):
    """Of 600,000 random bytes some sixteen often are text."""
    image = base64.b64encode(random.Random(seed).randbytes(600_000)).decode()
    assert decoded(image) is None


@pytest.mark.parametrize("value", ["ann.lee@example.com", "existential dread"])
def test_what_is_likely_a_value_in_a_large_image_is_shown(value):
    dice = random.Random(1)
    data = dice.randbytes(60_000) + b"\0" + value.encode() + b"\0" + dice.randbytes(60_000)
    assert value in look(base64.b64encode(data).decode()).text
