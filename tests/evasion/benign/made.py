"""Benign lines made from a seed: what is too long, or too varied, to be written down.

Nothing here holds an entry of `entries/`: letters that spell one by chance are drawn again.
"""

from __future__ import annotations

import base64
import gzip
import html
import json
import quopri
import string
import struct
import uuid
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import md5, sha1, sha256, sha512
from pathlib import Path
from random import Random
from typing import Final
from urllib.parse import quote

EACH: Final = 16
"""How many lines of each kind are made, unless more are asked for."""
HERE: Final = Path(__file__).parent
DIGITS: Final = string.digits
UPPER: Final = string.ascii_uppercase
LOWER: Final = string.ascii_lowercase
BASE58: Final = "".join(c for c in DIGITS + UPPER + LOWER if c not in "0OIl")
PROSE: Final = (
    "The bakery on the corner opens at seven and sells rye bread.",
    "Our walk along the canal took an hour and a half.",
    "He planted beans, peas and two rows of carrots.",
    "The choir sang for the whole evening, and nobody left.",
    "A lamp stood on the shelf beside the old clock.",
    "They moved the sofa to the wall and hung a picture.",
    "We read about whales, tides and the phases of the moon.",
    "The bus was late, so she knitted half a sock.",
)
Maker = Callable[[Random], str]


@cache
def entries() -> tuple[str, ...]:
    """Give the entries that no line may spell, without their spaces."""
    words = (HERE / "entries" / "words.txt").read_text("utf-8").split()
    phrases = (HERE / "entries" / "phrases.txt").read_text("utf-8").split("\n")
    return tuple(e.replace(" ", "") for e in [*words, *phrases] if e)


@cache
def foreign() -> tuple[tuple[str, ...], ...]:
    """Give the words of each file in a language other than English."""
    names = (
        "persian arabic hebrew vietnamese hindi_bengali thai_cjk cyrillic_greek latin"
        " georgian_armenian_amharic"
    )
    return tuple(tuple((HERE / f"{name}.txt").read_text("utf-8").split()) for name in names.split())


def spells_nothing(letters: str) -> bool:
    """Whether neither these letters nor their reverse hold an entry."""
    low = "".join(c for c in letters.lower() if c.isalnum())
    return not any(entry in low or entry in low[::-1] for entry in entries())


def drawn(dice: Random, alphabet: str, length: int) -> str:
    """Draw letters that spell nothing."""
    while True:
        text = "".join(dice.choices(alphabet, k=length))
        if spells_nothing(text):
            return text


def some_bytes(dice: Random, least: int, most: int) -> bytes:
    return dice.randbytes(dice.randint(least, most))


def words(dice: Random, least: int = 4, most: int = 14) -> str:
    """Draw words of one language, as they stand in its file."""
    return " ".join(dice.choices(dice.choice(foreign()), k=dice.randint(least, most)))


# ---------------------------------------------------------------- blobs


def digest(dice: Random) -> str:
    kind = dice.choice((md5, sha1, sha256, sha512))
    text = kind(dice.randbytes(8)).hexdigest()
    name = f"file-{dice.randint(1, 99)}.tar"
    return dice.choice((f"{text}  {name}", f"{name}: {text.upper()}", f"[{text[:7]}] {text}"))


def fingerprint(dice: Random) -> str:
    text = dice.choice((":", " ", "-")).join(f"{b:02x}" for b in dice.randbytes(20))
    return f"Fingerprint: {dice.choice((text, text.upper()))}"


def identifiers(dice: Random) -> str:
    ids = [str(uuid.UUID(bytes=dice.randbytes(16), version=4)) for _ in range(dice.randint(1, 4))]
    return " ".join(dice.choice((i, i.upper(), f"{{{i}}}")) for i in ids)


def image(dice: Random) -> str:
    """Make a real PNG of random gray, as a data URI in Markdown, HTML or CSS."""
    width, height = dice.randint(2, 12), dice.randint(2, 12)
    rows = b"".join(b"\0" + dice.randbytes(width) for _ in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")
    uri = (
        "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(parts)).decode()
    )
    return dice.choice((f"![a gray square]({uri})", f'<img src="{uri}">', f"background:url({uri})"))


def base64_lines(dice: Random) -> str:
    return base64.encodebytes(some_bytes(dice, 60, 400)).decode()


def base64_token(dice: Random) -> str:
    return f"etag={base64.urlsafe_b64encode(some_bytes(dice, 9, 48)).decode()}"


def packed(dice: Random) -> str:
    data = gzip.compress(dice.choice(PROSE).encode(), mtime=0)
    return f"payload: {base64.b64encode(data).decode()}"


def other_bases(dice: Random) -> str:
    data = some_bytes(dice, 10, 40)
    fifty_eight = drawn(dice, BASE58, dice.randint(20, 44))
    texts = base64.b32encode(data), base64.b85encode(data), base64.a85encode(data, adobe=True)
    return dice.choice((*(text.decode() for text in texts), f"Qm{fifty_eight}"))


def dump(dice: Random) -> str:
    lines = []
    for offset in range(0, 16 * dice.randint(1, 5), 16):
        row = dice.randbytes(16)
        shown = "".join(chr(b) if 32 <= b < 127 else "." for b in row)
        lines.append(f"{offset:08x}  {row.hex(' ')}  |{shown}|")
    return "\n".join(lines)


def byte_array(dice: Random) -> str:
    data = some_bytes(dice, 8, 40)
    style = dice.choice(("0x{:02x}", "{}", "0b{:08b}", "\\x{:02x}", "{:03o}", "{:08b}"))
    gap = "" if style.startswith("\\") else dice.choice((", ", ",", " "))
    return "{ " + gap.join(style.format(b) for b in data) + " };"


# ---------------------------------------------------------------- numbers


def column(dice: Random) -> str:
    places = dice.choice((0, 1, 2, 3))
    return "\n".join(f"{dice.uniform(0, 999):9.{places}f}" for _ in range(dice.randint(4, 14)))


def row(dice: Random) -> str:
    return dice.choice(("  ", ", ", "; ", "\t", " | ")).join(
        f"{dice.randint(0, 99)}" for _ in range(dice.randint(5, 24))
    )


def scores(dice: Random) -> str:
    return ", ".join(
        f"{dice.randint(0, 7)}{dice.choice('-:–')}{dice.randint(0, 7)}" for _ in range(6)
    )


def versions(dice: Random) -> str:
    def part() -> str:
        return f"{dice.randint(0, 30)}.{dice.randint(0, 20)}.{dice.randint(0, 9)}"

    return " ".join(f"{drawn(dice, LOWER, 5)}=={part()}" for _ in range(dice.randint(2, 6)))


def log(dice: Random) -> str:
    when = f"2026-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}T{dice.randint(0, 23):02}:15:07Z"
    return f"{when} pid={dice.randint(100, 9999)} took={dice.random():.3f}s id={dice.randbytes(6).hex()}"


def sudoku(dice: Random) -> str:
    return "\n".join(" ".join(dice.choice("123456789.") for _ in range(9)) for _ in range(9))


def bits(dice: Random) -> str:
    return " ".join(f"{dice.getrandbits(8):08b}" for _ in range(dice.randint(2, 10)))


def counting(dice: Random) -> str:
    names = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    first = dice.randint(0, 5)
    return f"Clap {', '.join(names[first : first + dice.randint(2, 5)])}, and turn around."


# ---------------------------------------------------------------- letters and signs


def grid(dice: Random) -> str:
    gap = dice.choice((" ", "  ", " | "))
    return "\n".join(gap.join(drawn(dice, UPPER, 10)) for _ in range(dice.randint(3, 8)))


def genes(dice: Random) -> str:
    triples = [drawn(dice, dice.choice(("ACGT", "ACGU")), 3) for _ in range(dice.randint(8, 30))]
    return dice.choice((" ", "", "-")).join(triples)


def protein(dice: Random) -> str:
    return ">sp|P12345| part\n" + drawn(dice, "ACDEFGHIKLMNPQRSTVWY", dice.randint(40, 120))


def chess(dice: Random) -> str:
    def move() -> str:
        piece, check = dice.choice(("", "N", "B", "R", "Q", "K")), dice.choice(("", "", "+"))
        return f"{piece}{dice.choice('abcdefgh')}{dice.randint(1, 8)}{check}"

    return " ".join(f"{n}. {move()} {move()}" for n in range(1, dice.randint(6, 30)))


def initials(dice: Random) -> str:
    gap = dice.choice((".", ". ", ".-"))
    short = gap.join(drawn(dice, UPPER, dice.randint(2, 6)))
    return f"The {short}. met {drawn(dice, UPPER, 1)}. {drawn(dice, UPPER, 1)}. Smith in Leeds."


def plates(dice: Random) -> str:
    return " ".join(
        f"{drawn(dice, UPPER, 2)}{dice.choice(' -')}{dice.randint(10, 99)}{drawn(dice, UPPER, 1)}"
        for _ in range(dice.randint(2, 8))
    )


def minified(dice: Random) -> str:
    names = [drawn(dice, LOWER, 1) for _ in range(6)]
    body = ",".join(
        f"{a}={b}({c},{dice.randint(0, 9)})" for a, b, c in zip(*[iter(names)] * 3, strict=True)
    )
    return (
        f"!function({','.join(names)}){{var {body};return {names[0]}&&{names[1]}||{names[2]}}}();"
    )


def letters_array(dice: Random) -> str:
    return json.dumps(
        list(drawn(dice, LOWER, dice.randint(3, 9))), separators=(",", dice.choice((":", " :")))
    )


def colors(dice: Random) -> str:
    return "; ".join(f"--c{n}: #{dice.getrandbits(24):06x}" for n in range(dice.randint(2, 8)))


def emoji(dice: Random) -> str:
    people = [chr(0x1F466 + n) for n in range(4)]
    tones = ["", *(chr(0x1F3FB + n) for n in range(5))]
    jobs = "\U0001f4bb\U0001f373\U0001f680\U0001f52c\U0001f3a8\U0001f33e"
    made = [
        "\u200d".join(dice.choices(people, k=dice.randint(2, 4))),
        dice.choice("\U0001f468\U0001f469\U0001f9d1")
        + dice.choice(tones)
        + "\u200d"
        + dice.choice(jobs),
        chr(dice.randint(0x1F600, 0x1F64F)) + dice.choice(("", "\ufe0f")),
        dice.choice(DIGITS) + "\ufe0f\u20e3",
        dice.choice("\U0001f44b\U0001f44d\U0001f64f") + dice.choice(tones),
        "\u2764\ufe0f\u200d\U0001f525",
    ]
    dice.shuffle(made)
    return f"Nice {dice.choice(('', ' ')).join(made)} {dice.choice(PROSE)}"


def formula(dice: Random) -> str:
    fonts = 0x1D400, 0x1D434, 0x1D468, 0x1D4D0, 0x1D538, 0x1D5A0, 0x1D670
    letters = [chr(dice.choice(fonts) + dice.randint(0, 25)) for _ in range(6)]
    unicode = (
        f"{letters[0]}({letters[1]}) = {letters[2]}\u00b2 + {letters[3]}\u2080 \u2212 {letters[4]}"
    )
    a, b, c = (drawn(dice, LOWER, 1) for _ in range(3))
    latex = (
        f"$\\mathbf{{{a}}}_{{{b}}} = \\frac{{{c}^{dice.randint(2, 9)}}}{{\\sqrt{{{a}}}}}$",
        f"\\[ {a}_{{i}}{{}}^{{j}} \\cdot \\text{{{b}}} \\in \\mathrm{{{c.upper()}}} \\]",
    )
    return dice.choice((unicode, *latex))


# ---------------------------------------------------------------- other languages, plain or encoded


def escaped(dice: Random) -> str:
    return json.dumps({"id": dice.randint(1, 99), "text": words(dice)})


def link(dice: Random) -> str:
    return f"https://example.org/{quote(words(dice, 1, 3))}?q={quote(words(dice, 1, 2), safe='')}"


def entity(dice: Random) -> str:
    text = html.escape(words(dice))
    return f"<p>{text.encode('ascii', 'xmlcharrefreplace').decode()}</p>"


def mail(dice: Random) -> str:
    return quopri.encodestring(words(dice).encode()).decode()


def encoded_prose(dice: Random) -> str:
    text = dice.choice(PROSE)
    shift = str.maketrans(LOWER + UPPER, LOWER[13:] + LOWER[:13] + UPPER[13:] + UPPER[:13])
    forms = base64.b64encode(text.encode()).decode(), text.encode().hex(), text.translate(shift)
    return dice.choice((*forms, text[::-1], quote(text)))


def dressed_prose(dice: Random) -> str:
    text = dice.choice(PROSE)
    spaced = " ".join(c for c in dice.choice(text.split()) if c.isalpha())
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    struck = "".join(c + "\u0336" for c in text)
    leet = text.translate(str.maketrans("aeios", "43105"))
    soft = text.replace("a", "a\u00ad").replace("e", "e\u200b")
    return dice.choice((f"a {spaced} of it", wide, struck, leet, soft, text.swapcase()))


def markup(dice: Random) -> str:
    first, *rest = dice.choice(PROSE).split()
    left, right = first[0], first[1:]
    marks = dice.choice(("**", "*", "`", "~~", "_"))
    return f"{marks}{left}{marks}{right} " + " ".join(
        f"<i>{w}</i>" if len(w) > 4 else w for w in rest
    )


MAKERS: Final[tuple[Maker, ...]] = (
    digest, fingerprint, identifiers, image, base64_lines, base64_token, packed, other_bases, dump,
    byte_array, column, row, scores, versions, log, sudoku, bits, counting, grid, genes, protein,
    chess, initials, plates, minified, letters_array, colors, emoji, formula, words, escaped, link,
    entity, mail, encoded_prose, dressed_prose, markup,
)  # fmt: skip


def lines(dice: Random, each: int = EACH) -> Iterator[tuple[str, str]]:
    """Give `each` lines of every kind, with the name of the kind."""
    for maker in MAKERS:
        for number in range(each):
            yield f"{maker.__name__} {number}", maker(dice)
