"""Views that go character by character are left out only where nothing could be found in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
import re2

from guardrail.stages.rules.scan import EntriesSpec, PatternSpec, Scan, Scanner
from guardrail.text.charwise import UnknownSyntaxError, loosened
from guardrail.text.fold import folds
from guardrail.text.invisible import invisible
from guardrail.text.lenses import LENSES
from guardrail.text.lookalike_words import (
    FAR_LETTERS,
    NEAR_LETTERS,
    lookalikes,
    mark_ranges,
    passing_letters,
)
from guardrail.text.pattern import parse_pattern
from guardrail.text.symbols import _Runs, symbols, written, written_passing, written_unseen
from tests.support.engine import MULTIPLIER

BENIGN = Path(__file__).parents[1] / "evasion" / "benign"
ENTRIES = ("bomb", "existential dread", "caf\u00e9", "\u0434\u043e\u043c", "ok!", "stra\u00dfe")
VALUES = (*ENTRIES, "TICKET-1234", "ann@mail.com", "c.o.m.b", "four one one two")


def scanner() -> Scanner:
    patterns = (r"\b[\w.]+@[\w.]+\.com\b", r"\bTICKET-\d{4}\b", r"\w{3}\d{2}")
    return Scanner(
        [
            EntriesSpec(ENTRIES, "words"),
            *(PatternSpec(parse_pattern(source, "i"), "pattern") for source in patterns),
        ],
        gates=[("[0-9]{3}-[0-9]{4}",)],
    )


def lines() -> list[str]:
    texts = [file.read_text(encoding="utf-8") for file in sorted(BENIGN.glob("*.txt"))]
    return [line for text in texts for line in text.split("\n") if line]


def forms() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for table in (lookalikes(), folds()):
        for char, form in table.items():
            found.setdefault(form.lower(), []).append(char)
    return found


def disguised(value: str, dice: Random, others: dict[str, list[str]], unseen: Sequence[str]) -> str:
    """Write some characters otherwise, or something unseen or a mark behind them."""
    made = []
    for char in value:
        drawn = dice.random()
        if drawn < 0.3 and char.lower() in others:
            made.append(dice.choice(others[char.lower()]))
        else:
            made.append(char + ("" if drawn < 0.9 else dice.choice((*unseen[:40], "\u0301"))))
    return "".join(made)


def texts(seed: int, count: int) -> list[str]:
    """Return lines of many languages with disguised values in them, and random characters."""
    dice, known, others = Random(seed), lines(), forms()
    unseen, tables = sorted(invisible()), [[*lookalikes()], [*folds()], [*invisible()], [*" a1.-@"]]
    made = []
    for _ in range(count):
        line = dice.choice(known)
        if dice.random() < 0.3:
            line = "".join(dice.choice(dice.choice(tables)) for _ in range(dice.randint(1, 24)))
        value = disguised(dice.choice(VALUES), dice, others, unseen) if dice.random() < 0.6 else ""
        at = dice.randrange(len(line) + 1)
        gaps = ("", " ", "x", "1", "\u200b", "\n", "\n\n", "\u0436")
        made.append(line[:at] + dice.choice(gaps) + value + dice.choice(gaps) + line[at:])
    return made


def seen(scan: Scan) -> tuple[object, ...]:
    views = [[(view.name, view.text) for view in views] for views in scan.views]
    looked = [(view.name, view.text, is_fold) for view, is_fold in scan.looked]
    return scan.spans, scan.gates, views, scan.is_over, looked


def compare(seed: int, count: int, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """Compare what is found with what is when no view is left out; count both kinds of text."""
    short, whole = scanner(), scanner()
    monkeypatch.setattr(whole, "_is_silent", lambda *_: False)
    left_out = found = 0
    for text in texts(seed, count):
        left_out += short._is_silent(text, short.candidates(text))
        scan = short.scan(text)
        found += any(scan.spans)
        assert seen(scan) == seen(whole.scan(text)), ascii(text)
        assert short.is_quiet(text) == whole.is_quiet(text), ascii(text)
    return left_out, found


@pytest.mark.properties
def test_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    count = round(300 * MULTIPLIER)
    left_out, found = compare(1, count, monkeypatch)
    assert left_out > count // 4
    assert found > count // 6


def test_most_lines_of_other_languages_show_nothing() -> None:
    scan = scanner()
    asking = [line for line in lines() if len(scan.candidates(line)) > 1 and not line.isascii()]
    silent = [line for line in asking if scan._is_silent(line, scan.candidates(line))]
    assert len(silent) > 0.8 * len(asking)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (r"\bbomb\b", "a b\u043emb."),
        (r"\bbomb\b", "a b\u200bo\u200bm\u200bb."),
        (r"ss", "\u00df"),
        (r"[^a-z]b", "\u00e9b"),
        (r"[-0-9]{3}", "1\u2013\u0662"),
        (r"(?i)k+e", "\u212a\u0435"),
        (r"\b(?:four|[0-9]) one\b", "\u0664 \u043ene"),
        (r"[]a]{2}", "]\u0430"),
        (r"\x{e9}\.", "e\u00e9\u2024"),
    ],
)
def test_expressions_take_what_characters_pass_for(expression: str, text: str) -> None:
    assert re2.search(loosened(expression), written(text))


@pytest.mark.parametrize(
    ("expression", "text"),
    [(r"\bbomb\b", "a bomber"), (r"[0-9]{4}", "\u0431\u0430\u0440 12"), ("comb", "c\u043emma")],
)
def test_expressions_take_nothing_else(expression: str, text: str) -> None:
    assert not re2.search(loosened(expression), written(text))


def test_all_lenses_can_be_loosened() -> None:
    for lens in LENSES:
        assert re2.compile(loosened(lens.asks(), is_whole=True))


@pytest.mark.parametrize("expression", ["(?P<name>a)", r"\Qa\E", "[[:alpha:]]", r"\1"])
def test_unknown_syntax(expression: str) -> None:
    with pytest.raises(UnknownSyntaxError):
        loosened(expression)


def test_private_characters_of_a_text_may_be_anything() -> None:
    assert re2.search(loosened("b"), written("\ue000"))
    assert re2.search(loosened("[^b]"), written("\uf8ff"))


def test_words_with_a_letter_that_passes_for_none_stay() -> None:
    assert written_passing("\u0434\u043e\u043c", has_numbers=False) == "\u0434\u043e\u043c"


def test_unseen_characters_are_loose() -> None:
    shown = written_unseen("a\u200bb")
    assert re.fullmatch("a[\uf000-\uf8fe]b", shown)


@pytest.mark.parametrize("has_numbers", [False, True])
def test_runs_are_read_as_their_letters_that_stand_together(has_numbers: bool) -> None:
    """What the quick ways over a run show is what each group of its letters shows by itself."""
    known, passing = symbols(), "".join(sorted(passing_letters()))
    marks = "".join(f"{first}-{last}" for first, last in mark_ranges())
    letters = re.compile(f"([{NEAR_LETTERS[10:]}{FAR_LETTERS}{passing}{marks}]+)")
    in_words = re.compile(f"[{passing}{marks}]+")
    any_, _, signs = known.passing[has_numbers]
    dice = Random(5)
    others = [*"жщяéßα\u0301\u200b\u2013\u2026\u20ac\u4f60\u597d\u0627\u064b\u0915\u1680\U0001d41a"]
    for _ in range(int(20_000 * MULTIPLIER)):
        some = [*dice.choices(passing, k=3), *dice.choices(others, k=3)]
        run = "".join(dice.choices(some, k=dice.randint(1, 6)))
        parts = letters.split(run)
        for at, part in enumerate(parts):
            is_passing = in_words.fullmatch(part)
            table = signs if at % 2 == 0 else any_ if is_passing else known.own
            parts[at] = part.translate(table)
        assert _Runs(has_numbers=has_numbers)[run] == "".join(parts), ascii(run)
