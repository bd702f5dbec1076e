import re
from pathlib import Path

import pytest

from guardrail.language import bad_tokens, hints, parser, syntax_help, words
from guardrail.language.diagnostics import CATALOGUE
from guardrail.language.parser import parse
from guardrail.language.render import render_all
from guardrail.language.source import Source

FOLDER = Path(__file__).parents[1] / "cases" / "syntax"
CASES = sorted(path for path in FOLDER.glob("*.guard") if path.stem != "complete")
SAMPLES = [
    pytest.param(hint, sample, id=f"{label}: {sample}")
    for label, hint in hints.HINTS.items()
    for sample in hint.samples
]


def mistakes(text):
    return parse(Source("demo.guard", f"edition 1\n{text}"))[1]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_mistakes_read_as_expected(path, golden):
    text = path.read_bytes().decode()
    _, found = parse(Source(path.name, text))
    code = path.stem.partition("-")[0]
    assert code not in CATALOGUE or {mistake.code for mistake in found} == {code}
    golden(path.with_suffix(".txt"), render_all(found))


def test_every_code_of_the_parser_has_a_case():
    assert {code for code in CATALOGUE if code < "G1"} <= {path.stem[:4] for path in CASES}


@pytest.mark.parametrize(("hint", "sample"), SAMPLES)
def test_sample_gets_the_words_of_its_hint(hint, sample):
    (mistake,) = mistakes(sample)
    words = re.escape(hint.message).replace(r"\{found\}", ".+").replace(r"\{before\}", ".+")
    assert re.fullmatch(words, mistake.message)
    assert mistake.code == hint.code


def test_two_hints_for_one_place_are_refused(monkeypatch):
    again = hints.Hint("other words", hints.HINTS["no-text"].samples, "help")
    monkeypatch.setitem(hints.HINTS, "again", again)
    with pytest.raises(ValueError, match="again and no-text claim one place"):
        syntax_help.table(parser._failure_of)


@pytest.mark.parametrize(
    "before",
    [
        "severity high",
        "enforces a",
        "when d found",
        "when d >= 0.5 then flag",
        "when (d found) unless e found until 2027-01-31",
        "then redact and append x",
        'on error treat as flag reason "r"',
        'meta k "v" meta l "w"',
    ],
)
def test_hint_holds_whatever_stands_before_the_mistake(before):
    (mistake,) = mistakes(f"rule r on output {before} except a b")
    assert mistake.message == "a comma is missing before `b`"
    (mistake,) = mistakes(f'rule r on output {before} meta k "v" thn block')
    assert mistake.primary.text == "did you mean `then`?"


def test_words_for_other_words_are_of_the_language():
    meant = {word for many in hints.INSTEAD.values() for each in many for word in each.split()}
    assert meant - set("<>") <= set(parser.keywords())


def test_groups_of_words_are_of_the_language():
    every = {*words.TOP_LEVEL, *words.RESERVED, *words.MODIFIERS, *words.ACTIONS}
    assert every.union(*words.CLAUSES.values()) <= set(parser.keywords())


def test_every_terminal_for_mistakes_has_words():
    bad = {terminal.name for terminal in parser._lark().terminals if "BAD_" in terminal.name}
    assert bad - {"BAD_OPERATOR"} <= bad_tokens._BY_KIND.keys()


def test_nothing_is_suggested_that_cannot_stand_there():
    (mistake,) = mistakes("reply bye thn")
    assert mistake.message == "expected a string, found `thn`"
    assert not mistake.primary.text


def test_long_token_is_cut_in_messages():
    (mistake,) = mistakes("reply " + "x" * 500 + " then")
    assert mistake.message == "expected a string, found `then`"
    (mistake,) = mistakes("x" * 500)
    assert len(mistake.message) < 100
