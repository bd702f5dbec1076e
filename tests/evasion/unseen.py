"""Disguises that are in no list of the package: whether the views generalise is measured with them.

Sources: converters of PyRIT and probes of garak, the "Parseltongue" tool, RFC 2152 (UTF-7), RFC
9285 (base45), CSS Syntax 3 (escapes), string literals of programming languages, BBCode, LaTeX.
"""

# ruff: noqa: SIM905 - lists of words
from __future__ import annotations

import base64
import gzip
import re
import string
from collections.abc import Callable, Iterator, Sequence
from random import Random

from guardrail.disguises import Disguise
from guardrail.disguises.base import ALL, BUILT_IN, NUMBERED, WORDS, pieces, some, whole

DIGITS = frozenset({"phone", "card", "iban"})
_MORSE = dict(zip(
    string.ascii_lowercase + string.digits,
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- "
    "-..- -.-- --.. ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----.".split(),
    strict=True,
))  # fmt: skip
_NATO = dict(zip(
    string.ascii_lowercase,
    "Alfa Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar "
    "Papa Quebec Romeo Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu".split(),
    strict=True,
))  # fmt: skip
_TURNED = dict(zip(
    string.ascii_lowercase,
    "\u0250q\u0254p\u01dd\u025f\u0183\u0265\u0131\u027e\u029el\u026fuodb\u0279s\u0287n\u028c\u028d"
    "x\u028ez",
    strict=True,
))  # fmt: skip
_SMALL_CAPITALS = dict(zip(
    string.ascii_lowercase,
    "\u1d00\u0299\u1d04\u1d05\u1d07\ua730\u0262\u029c\u026a\u1d0a\u1d0b\u029f\u1d0d\u0274\u1d0f"
    "\u1d18q\u0280s\u1d1b\u1d1c\u1d20\u1d21x\u028f\u1d22",
    strict=True,
))  # fmt: skip
_BRAILLE = dict(zip(
    string.ascii_lowercase,
    "\u2801\u2803\u2809\u2819\u2811\u280b\u281b\u2813\u280a\u281a\u2805\u2807\u280d\u281d\u2815"
    "\u280f\u281f\u2817\u280e\u281e\u2825\u2827\u283a\u282d\u283d\u2835",
    strict=True,
))  # fmt: skip
_OTHER_SCRIPTS = {  # Cherokee, Armenian, Lisu, Coptic
    "A": "\u13aa", "B": "\u13f4", "C": "\u13df", "D": "\u13a0", "E": "\u13ac", "G": "\u13c0",
    "H": "\u13bb", "J": "\u13ab", "K": "\u13e6", "L": "\u13de", "M": "\u13b7", "P": "\u13e2",
    "R": "\u13a1", "S": "\u13da", "T": "\u13a2", "V": "\u13d9", "W": "\u13b3", "Y": "\u13a9",
    "Z": "\u13c3", "O": "\ua4f3", "N": "\ua4e0", "I": "\ua4f2", "X": "\ua4eb", "U": "\ua4f4",
    "F": "\ua4dd", "o": "\u0585", "h": "\u0570", "n": "\u0578", "u": "\u057d", "g": "\u0581",
    "q": "\u0566",
}  # fmt: skip
_HAN = dict(
    zip(string.digits, "\u3007\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d", strict=True)
)
_GERMAN = dict(
    zip(
        string.digits,
        "null eins zwei drei vier f\u00fcnf sechs sieben acht neun".split(),
        strict=True,
    )
)
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def _each(table: dict[str, str], by: str = "", gap: str = " ") -> Callable[[str], str]:
    def change(text: str) -> str:
        return gap.join(
            by.join(table.get(c, table.get(c.lower(), c)) for c in w) for w in text.split(" ")
        )

    return change


def _coded(form: Callable[[str], str], by: str = "") -> Callable[[str], str]:
    return lambda text: by.join(map(form, text))


def _among(*forms: Callable[[str], str]) -> Callable[[str, Random], str]:
    return lambda text, dice: dice.choice(forms)(text)


def _caesar(text: str, dice: Random) -> str:
    by = dice.choice([n for n in range(1, 26) if n != 13])
    return "".join(
        chr((ord(c) - base + by) % 26 + base)
        if c.isascii() and c.isalpha() and (base := 65 if c.isupper() else 97)
        else c
        for c in text
    )


def _base58(text: str) -> str:
    number, made = int.from_bytes(text.encode()), ""
    while number:
        number, digit = divmod(number, 58)
        made = _BASE58[digit] + made
    return made


def _base45(text: str) -> str:
    data, made = text.encode(), ""
    for at in range(0, len(data), 2):
        number, count = int.from_bytes(data[at : at + 2]), 3 if at + 1 < len(data) else 2
        for _ in range(count):
            number, digit = divmod(number, 45)
            made += _BASE45[digit]
    return made


def _utf7(text: str) -> str:
    return "+" + base64.b64encode(text.encode("utf-16-be")).decode().rstrip("=") + "-"


def _concatenated(text: str, dice: Random) -> str:
    quote = dice.choice("\"'")
    by = dice.choice((" + ", "+", " ", " . ", " .. ", " & ", " || "))
    return by.join(f"{quote}{part}{quote}" for part in pieces(text, dice))


def _code_points(text: str, dice: Random) -> str:
    codes = [*map(ord, text)]
    return dice.choice((
        "String.fromCharCode(" + ", ".join(map(str, codes)) + ")",
        " + ".join(f"chr({code})" for code in codes),
        "&".join(f"CHAR({code})" for code in codes),
        "".join(f"chr({hex(code)})." for code in codes)[:-1],
    ))  # fmt: skip


def _letters_in(before: str, after: str) -> Callable[[str, Random], str]:
    def change(text: str, dice: Random) -> str:
        chosen = {*some([at for at, char in enumerate(text) if not char.isspace()], dice)}
        return "".join(before + c + after if at in chosen else c for at, c in enumerate(text))

    return change


def _choice(*changes: Callable[[str, Random], str]) -> Callable[[str, Random], str]:
    return lambda text, dice: dice.choice(changes)(text, dice)


def _put(by: Sequence[str], *, is_same: bool = True) -> Callable[[str, Random], str]:
    def change(text: str, dice: Random) -> str:
        one = dice.choice(by)
        return " ".join(
            "".join(
                (one if is_same else dice.choice(by)) * (at > 0) + c for at, c in enumerate(word)
            )
            for word in text.split(" ")
        )

    return change


def _stretched(text: str, dice: Random) -> str:
    return "".join(char * dice.randint(2, 4) for char in text)


def _hidden_noise(text: str, dice: Random) -> str:
    noise = dice.choice(('<span style="display:none">{}</span>', "<i hidden>{}</i>"))
    return "".join(p + (noise.format(dice.choice("xqzw")) if at else "") for at, p in
                   enumerate(pieces(text, dice)))  # fmt: skip


def _linked(text: str, dice: Random) -> str:
    return "".join(f"[{part}](#{at})" for at, part in enumerate(pieces(text, dice)))


def _backslashes(text: str, _: Random) -> str:
    return re.sub(r"([^\sA-Za-z0-9])", r"\\\1", text)


def _acrostic(text: str, dice: Random) -> str:
    words = {c: w for w in (
        "apples bring cool dark every fine good here ideas jolly kind light many nice old people "
        "quite round some tall under very warm xenial young zero"
    ).split() for c in w[0]}  # fmt: skip
    return "\n".join(
        words[c].capitalize() + dice.choice((" things", " days", " ways"))
        for c in text.lower()
        if c in words
    )


def _rails(text: str) -> str:
    return " ".join(word[::2] + word[1::2] for word in text.split(" "))


def _pig_latin(text: str) -> str:
    def one(word: str) -> str:
        head = re.match(r"[^aeiouAEIOU]*", word)[0]
        return word[len(head) :] + head + "ay" if head and len(head) < len(word) else word + "way"

    return " ".join(map(one, text.split(" ")))


def _split(text: str, dice: Random) -> str:
    return dice.choice((" ", "...", " - ", " _ ", " / ")).join(pieces(text, dice, 2))


def _gzipped(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def _starred(text: str) -> str:
    return re.sub("(?<=[a-z])[aeiou](?=[a-z])", "*", text, count=1)


def _ansi(text: str, dice: Random) -> str:
    return "".join(f"\x1b[{dice.choice((1, 31, 32, 4))}m{p}\x1b[0m" for p in pieces(text, dice))


UNSEEN: tuple[Disguise, ...] = (
    # other signs for letters and digits
    Disguise("turned", "sign", whole(lambda t: _each(_TURNED)(t.lower())[::-1]), WORDS, is_reading=True),
    Disguise("regional_indicators", "sign", whole(lambda t: "".join(
        chr(0x1F1E6 + ord(c) - 97) + "\u200a" * 0 if "a" <= c <= "z" else c for c in t.lower())), WORDS),
    Disguise("negative_squared", "sign", whole(lambda t: "".join(
        chr(0x1F170 + ord(c) - 65) if "A" <= c <= "Z" else c for c in t.upper())), WORDS),
    Disguise("parenthesized", "sign", whole(lambda t: "".join(
        chr(0x249C + ord(c) - 97) if "a" <= c <= "z" else c for c in t.lower())), WORDS),
    Disguise("small_capitals", "sign", whole(_each(_SMALL_CAPITALS)), frozenset({*WORDS, "email"})),
    Disguise("cherokee_armenian_lisu", "sign", whole(lambda t: "".join(
        _OTHER_SCRIPTS.get(c, _OTHER_SCRIPTS.get(c.upper(), c)) for c in t)), WORDS),
    Disguise("keycaps", "sign", whole(lambda t: re.sub("([0-9])", "\\1\ufe0f\u20e3", t)), DIGITS),
    Disguise("han_digits", "sign", whole(_each(_HAN)), frozenset({"phone", "card"})),
    Disguise("segmented_digits", "sign", whole(lambda t: re.sub(
        "[0-9]", lambda d: chr(0x1FBF0 + int(d[0])), t)), NUMBERED),
    Disguise("braille", "sign", whole(_each(_BRAILLE)), WORDS),
    Disguise("german_numbers", "sign", whole(lambda t: " ".join(
        _GERMAN[c] for c in t if c.isdigit())), frozenset({"phone", "card"})),
    # something between the letters
    Disguise("emoji_between", "between", _put(("\U0001f525", "\u2764\ufe0f", "\u2b50", "\U0001f4a5"), is_same=False), BUILT_IN),
    Disguise("signs_between", "between", _put(("/", "|", "~", "_", "+", "\u2022", "\u00b7", ":", "=", "^", "\\")), WORDS),
    Disguise("letters_in_brackets", "between", _choice(*(
        _letters_in(a, b) for a, b in ("()", "[]", "{}", "<>", "\u300a\u300b"))), WORDS),
    Disguise("one_letter_a_line", "between", whole("\n".join), BUILT_IN, is_breaking=True),
    Disguise("in_two", "between", _split, WORDS),
    Disguise("stretched", "between", _stretched, frozenset({"keyword"})),
    Disguise("starred", "between", whole(_starred), frozenset({"keyword"})),
    # markup and code
    Disguise("hidden_noise", "markup", _hidden_noise),
    Disguise("links", "markup", _linked),
    Disguise("bbcode", "markup", _choice(*(_letters_in(f"[{n}]", f"[/{n}]") for n in ("b", "i", "color")))),
    Disguise("latex", "markup", _choice(_letters_in("{", "}"), _letters_in(r"\textbf{", "}"), _letters_in("$", "$"), _letters_in("", "{}"))),
    Disguise("ansi", "markup", _ansi),
    Disguise("backslashes", "markup", _backslashes, frozenset({"email", "phone", "card", "pattern"})),
    Disguise("string_concatenation", "code", _concatenated),
    Disguise("code_points", "code", _code_points),
    Disguise("octal_escapes", "code", whole(_coded(lambda c: f"\\{ord(c):03o}"))),
    Disguise("css_escapes", "code", whole(_coded(lambda c: f"\\{ord(c):x} "))),
    Disguise("braced_escapes", "code", whole(_coded(lambda c: f"\\u{{{ord(c):x}}}"))),
    Disguise("code_point_names", "code", whole(_coded(lambda c: f"U+{ord(c):04X}", " "))),
    # encodings and ciphers
    Disguise("binary", "encoding", _among(_coded(lambda c: f"{ord(c):08b}", " "), _coded(lambda c: f"{ord(c):08b}")), is_hiding=True),
    Disguise("decimal_codes", "encoding", _among(_coded(lambda c: str(ord(c)), " "), _coded(lambda c: str(ord(c)), ", ")), is_hiding=True),
    Disguise("octal_codes", "encoding", whole(_coded(lambda c: f"{ord(c):03o}", " ")), is_hiding=True),
    Disguise("ascii85", "encoding", whole(lambda t: base64.a85encode(t.encode(), adobe=True).decode()), is_hiding=True),
    Disguise("base85", "encoding", whole(lambda t: base64.b85encode(t.encode()).decode()), is_hiding=True),
    Disguise("base58", "encoding", whole(_base58), is_hiding=True),
    Disguise("base45", "encoding", whole(_base45), is_hiding=True),
    Disguise("utf7", "encoding", whole(_utf7), is_hiding=True),
    Disguise("gzip_base64", "encoding", whole(_gzipped), is_hiding=True),
    Disguise("hex_reversed", "encoding", whole(lambda t: t.encode().hex()[::-1]), is_hiding=True),
    Disguise("morse", "cipher", whole(_each(_MORSE, " ", " / ")), WORDS, is_hiding=True),
    Disguise("nato", "cipher", whole(_each(_NATO, " ", " ")), WORDS, is_hiding=True),
    Disguise("atbash", "cipher", whole(lambda t: t.lower().translate(str.maketrans(
        string.ascii_lowercase, string.ascii_lowercase[::-1]))), WORDS, is_hiding=True),
    Disguise("caesar", "cipher", _caesar, WORDS, is_hiding=True),
    Disguise("reversed", "cipher", whole(lambda t: t[::-1]), ALL, is_hiding=True),
    Disguise("numbered_letters", "cipher", _among(*(_coded(lambda c: str(ord(c) - 96) if "a" <= c <= "z" else c, by) for by in ("-", " "))), frozenset({"keyword"}), is_hiding=True),
    Disguise("rails", "cipher", whole(_rails), frozenset({"keyword"}), is_hiding=True),
    Disguise("pig_latin", "cipher", whole(_pig_latin), WORDS, is_hiding=True),
    Disguise("acrostic", "cipher", _acrostic, frozenset({"keyword"}), is_hiding=True, is_breaking=True),
)  # fmt: skip


def disguises() -> Iterator[Disguise]:
    """Yield them all."""
    yield from UNSEEN
