"""Ordinary large documents: nothing is found in them, and nothing is too much to look at."""

from __future__ import annotations

import base64
import json
import random
import uuid
from collections.abc import Callable
from typing import Final

import pytest

from guardrail.stages.rules.scan import EntriesSpec, PatternSpec, Scanner
from guardrail.text.decoding import decoded
from guardrail.text.pattern import parse_pattern
from guardrail.values import Failure

SIZE: Final = 256 << 10
PLANTED: Final = "bomb"
PROSE: Final = {
    "Persian": "می\u200cخواهم درباره\u200cی کتاب\u200cهای تازه بنویسم. او دیروز به خانه آمد و نامه\u200cها را خواند.",
    "Vietnamese": "Hôm nay trời đẹp, chúng tôi đi chợ mua rau và cá. Quý khách vui lòng chờ trong giây lát.",
    "Chinese": "您的订单已经发货，预计三天内送达。如果有任何问题，请随时与我们联系。",
    "German": "Die Größe der Straße überrascht mich. Für Jürgen wäre das schöner gewesen, sagte die Köchin.",
    "Hindi": "आपका खाता सुरक्षित है। कृपया अपना नया पता हमें भेजें और उत्तर की प्रतीक्षा करें।",
    "French": "Voilà déjà l’été à Besançon ; où étiez-vous ? L’élève a répondu « très bien », naïvement.",
    "Russian": "Здравствуйте, ваш заказ уже в пути. Мы сообщим вам, когда он придёт на склад в Москве.",
}


def prose(sentences: str) -> Callable[[random.Random], str]:
    """Return a maker of paragraphs of sentences whose words are shuffled."""
    words = sentences.split()

    def paragraph(dice: random.Random) -> str:
        return " ".join(dice.choice(words) for _ in range(60)) + ".\n\n"

    return paragraph


def table(dice: random.Random) -> str:
    """Return a row of a table in Markdown."""
    name = dice.choice(("apples", "pears", "green tea", "rice", "Olive oil"))
    return f"| {dice.randrange(9_999)} | {name} | {dice.random() * 90:.2f} | in stock | yes |\n"


def numbers(dice: random.Random) -> str:
    """Return a row of numbers with commas between them."""
    day = f"2026-05-{dice.randrange(1, 29):02}"
    return f"{dice.randrange(10**6)},{dice.random() * 100:.2f},{day},no,{dice.randrange(99)}\n"


def identifiers(dice: random.Random) -> str:
    """Return a line with an identifier of 128 bits."""
    return f"{uuid.UUID(bytes=dice.randbytes(16))}\n"


def log(dice: random.Random) -> str:
    """Return a line of a log of a server."""
    path = "%20".join(dice.choices(("annual", "report", "final", "draft", "of", "May"), k=4))
    at = f"2026-05-{dice.randrange(1, 29):02}T{dice.randrange(24):02}:{dice.randrange(60):02}:07Z"
    return f'{at} INFO GET "/files/{path}.txt" {dice.choice((200, 304, 404))} {dice.randrange(900)}ms\n'


def data(dice: random.Random) -> str:
    """Return a line of JSON with escapes in it."""
    city = dice.choice(("Köln", "Düsseldorf", "Zürich", "Besançon", "Málaga", "Łódź"))
    return (
        json.dumps({"id": dice.randrange(9_999), "city": city, "tags": ["öffentlich", "new"]})
        + ",\n"
    )


def escaped(dice: random.Random) -> str:
    """Return a line of JSON whose words are all in escapes."""
    words = " ".join(dice.choices(PROSE["Russian"].split(), k=12))
    return json.dumps({"id": dice.randrange(9_999), "text": words}) + ",\n"


def items(dice: random.Random) -> str:
    """Return an item of a list."""
    words = ("the", "quick", "brown", "fox", "jumps", "over", "lazy", "dogs")
    return f"- {' '.join(dice.choices(words, k=5))}\n"


def emphasized(dice: random.Random) -> str:
    """Return a line with much emphasis."""
    return f"The **bold** word and *it* with `code_{dice.randrange(9)}` in __here__ too.\n"


def code(dice: random.Random) -> str:
    """Return some lines of a program."""
    name = dice.choice(("load", "save", "merge", "split_rows", "parse_line"))
    return (
        f"def {name}_{dice.randrange(999)}(path: str, *, limit: int = {dice.randrange(99)}) -> int:\n"
        f'    rows = [row.strip() for row in open(path)]\n    print(f"{{len(rows)}} rows")\n'
        f"    return sum(len(row) ** 2 for row in rows[:limit])  # the first ones\n\n\n"
    )


def page(dice: random.Random) -> str:
    """Return an element of a page, with an image in it now and then."""
    image = base64.b64encode(dice.randbytes(6_000)).decode()
    shown = f'<img src="data:image/png;base64,{image}">' if dice.random() < 0.1 else ""
    return (
        f'<div class="item"><p>Item <b>{dice.randrange(999)}</b> &ndash; a <i>good</i> choice.</p>'
        f"{shown}<ul><li>one</li><li>two</li></ul></div>\n"
    )


def record(dice: random.Random) -> str:
    """Return a record of JSON on its own line, with a text in it that has some of everything."""
    parts = (
        "Write **two** lines:\n- one\n- two\n\n1. a\n2. b",
        "What is `x_1` in f(x) = 2*x + 1? A) 3 B) 4 C) 5",
        "It costs 5 \u20ac, caf\u00e9 included \u2013 isn\u2019t that \u201cfine\u201d?",
        "<p>Mail me at <b>ann</b> [at] example.org &amp; call 555-0123</p>",
        "| a | b |\n|---|---|\n| 1 | 2 |\n\nAABBCC 0x6d2f 100%20x",
    )
    rows = [{"role": dice.choice(("user", "assistant")), "content": dice.choice(parts)}] * 2
    return json.dumps({"id": dice.randrange(9_999), "messages": rows}) + "\n"


UNITS: Final[dict[str, Callable[[random.Random], str]]] = {
    **{name: prose(sentences) for name, sentences in PROSE.items()},
    "Markdown table": table,
    "numbers with commas": numbers,
    "identifiers": identifiers,
    "log": log,
    "JSON": data,
    "JSON in Russian": escaped,
    "records of JSON": record,
    "list": items,
    "emphasis": emphasized,
    "HTML with images": page,
    "source code": code,
}


def document(unit: Callable[[random.Random], str], least: int = SIZE) -> str:
    """Return a text of 256 KiB or more made of such units."""
    dice, parts, size = random.Random(1), [], 0
    while size < least:
        parts.append(unit(dice))
        size += len(parts[-1])
    return "".join(parts)


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner(
        [
            EntriesSpec((PLANTED, "password", "existential dread"), "words"),
            PatternSpec(parse_pattern(r"\bTICKET-\d{4,8}\b", "i"), "ticket"),
        ]
    )


@pytest.mark.parametrize("name", UNITS)
def test_nothing_is_found_in_it_and_it_is_not_too_much(name: str, scanner: Scanner) -> None:
    seen = scanner.scan(document(UNITS[name]))
    assert not seen.is_over
    assert seen.spans == [(), ()]


@pytest.mark.parametrize("name", UNITS)
def test_a_value_at_its_end_is_found(name: str, scanner: Scanner) -> None:
    text = f"{document(UNITS[name])}\n{PLANTED}"
    (spans, tickets) = scanner.scan(text).spans
    assert not isinstance(spans, Failure)
    assert {(span.start, span.end) for span in spans} == {(len(text) - 4, len(text))}
    assert tickets == ()


@pytest.mark.parametrize("name", ["log", "JSON", "JSON in Russian"])
def test_limits_of_decoding_grow_with_it(name: str) -> None:
    view = decoded(document(UNITS[name], 4 * SIZE))
    assert view is not None
    assert not view.is_over


@pytest.mark.parametrize("name", ["Vietnamese", "German", "Persian"])
def test_a_disguised_value_in_its_middle_is_found(name: str, scanner: Scanner) -> None:
    """Parts of it in which nothing can be are passed over; the part with the value is not."""
    paragraphs = document(UNITS[name]).split("\n\n")
    middle = len(paragraphs) // 2
    before = "\n\n".join(paragraphs[:middle])
    text = f"{before}\n\na b\u043e\u200bmb\n\n" + "\n\n".join(paragraphs[middle:])
    (spans, _) = scanner.scan(text).spans
    assert not isinstance(spans, Failure)
    assert [text[span.start : span.end] for span in spans] == ["b\u043e\u200bmb"]


def test_views_of_a_long_text_are_all_told(scanner: Scanner) -> None:
    """Whoever needs them, as streams do, gets those in which nothing can be found too."""
    text = document(UNITS["German"])
    told = [view.name for view, _ in scanner.scan(text).looked]
    assert told.count("lookalikes") > text.count("\n\n") // 2
