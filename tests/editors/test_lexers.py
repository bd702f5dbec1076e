"""The two lexers color what the parser reads, and agree with each other."""

import json
import re
from pathlib import Path

import pytest
import regex
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
from pygments.token import Error

from guardrail.editors import textmate, tokens
from guardrail.editors.pygments import TOKENS, GuardLexer
from guardrail.language import parser

ROOT = Path(__file__).parents[2]
POLICIES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("policies", "examples", "benchmarks")
    for path in (ROOT / folder).rglob("*.guard")
)
COMMITTED = ROOT / "docs" / "editors" / "guard.tmLanguage.json"

HARD = r"""edition 1  # "no string" /no pattern/
reply flag "a # is no comment, \"nor\" this: \u{1F600} 😀"
pattern quotes = /"#[^"\/]+\/"/i  # a comment
list block ["then", "when"]
detector words = length(unit: words)
detector with_names = pii(entities: [PERSON, URL], min_score: 0.5,)
rule late on output late each sentence severity low
  enforces flag, block
  when not (text contains any block or words >= -10.5) and (pii.redact found at least 2 times)
  unless prompt contains "x" reason "y" until 2027-01-31
  except quotes, block
  then redact as "[{type}] {last4}" and append flag and escalate to "desk"
  on error treat as pass reason "r"
test "t"
  given output "x" with found = 3, pii = ["a" as PERSON], tone = error
  expect redact by late
"""


def text_of(name):
    return HARD if name == "hard" else (ROOT / name).read_text("utf-8")


every_policy = pytest.mark.parametrize("name", [*POLICIES, "hard"])


def marks(parts):
    """Turn (start, kind, text) into one kind for each character."""
    found = {}
    for start, kind, part in parts:
        for place in range(start, start + len(part)):
            found[place] = kind
    return found


# ---------------------------------------------------------------- a small TextMate


def inner(pattern, captures, line, match, found, base):
    for number, capture in captures.items():
        start, end = match.span(int(number))
        for place in range(start, end):
            if "name" in capture:
                found[base + place] = capture["name"]
        for nested in capture.get("patterns", ()):
            for part in regex.finditer(nested["match"], line, pos=start, endpos=end):
                for place in range(*part.span()):
                    found[base + place] = nested["name"]


def textmate_marks(grammar, text):
    """Give each character its scope, as an editor would: line by line, the earliest match first."""
    found, base = {}, 0
    for line in text.splitlines(keepends=True):
        place = 0
        while place < len(line):
            matches = [
                (match.start(), number, match, pattern)
                for number, pattern in enumerate(grammar["patterns"])
                if (match := regex.compile(pattern["match"]).search(line, place))
            ]
            if not matches:
                break
            _, _, match, pattern = min(matches, key=lambda each: each[:2])
            for position in range(*match.span()):
                if "name" in pattern:
                    found[base + position] = pattern["name"]
            inner(pattern, pattern.get("captures", {}), line, match, found, base)
            place = max(match.end(), place + 1)
        base += len(line)
    return found


# ---------------------------------------------------------------- tests


@every_policy
def test_the_scan_is_the_whole_text_without_errors(name):
    text = text_of(name)
    parts = list(tokens.scan(text))
    assert "".join(part for _, _, part in parts) == text
    assert [part for _, kind, part in parts if kind == "error"] == []
    lexed = list(GuardLexer(stripnl=False, ensurenl=False).get_tokens(text))
    assert "".join(part for _, part in lexed) == text
    assert not [part for kind, part in lexed if kind is Error]


@every_policy
def test_both_lexers_agree_on_every_character(name):
    text = text_of(name)
    ours = {
        place: textmate.SCOPES[kind]
        for place, kind in marks(tokens.scan(text)).items()
        if kind != "space"
    }
    theirs = textmate_marks(json.loads(COMMITTED.read_text("utf-8")), text)
    assert {text[place] for place in theirs.keys() - ours.keys()} <= set(" \t\n")
    assert {place: theirs.get(place) for place in ours} == ours


@every_policy
def test_colors_follow_the_parser(name):
    text = text_of(name)
    kinds = marks(tokens.scan(text))
    wrong = []
    for token in parser.prefix(text.partition("\n")[2], text.index("\n") + 1).words:
        start = token.span.start
        is_word = kinds[start] in tokens.WORDS
        expected = {
            "STRING": kinds[start] in {"string", "placeholder"},
            "NUMBER": kinds[start] == "number",
            "DATE": kinds[start] == "date",
            "REGEX": kinds[start] == "regex",
            "COMPARE": kinds[start] == "comparison",
            "NAME": kinds[start] in {"name", "definition", "parameter"},
        }.get(token.kind, is_word == token.kind.isalpha())
        if not expected:
            wrong.append((token.text, token.kind, kinds[start]))
    assert wrong == []


def test_every_word_of_the_language_is_known_to_both():
    for word in parser.keywords():
        (kind,) = {kind for _, kind, part in tokens.scan(word) if part == word}
        assert kind in tokens.WORDS, word
        assert set(textmate_marks(textmate.grammar(), word).values()) == {textmate.SCOPES[kind]}


def test_a_new_word_is_colored_in_both(monkeypatch):
    monkeypatch.setattr(tokens, "keywords", lambda: (*parser.keywords(), "henceforth"))
    tokens.rules.cache_clear()
    tokens._compiled.cache_clear()
    try:
        assert [kind for _, kind, _ in tokens.scan("henceforth")] == ["clause"]
        scopes = set(textmate_marks(textmate.grammar(), "henceforth").values())
        assert scopes == {textmate.SCOPES["clause"]}
    finally:
        tokens.rules.cache_clear()
        tokens._compiled.cache_clear()


def test_the_committed_grammar_is_current(golden):
    golden(COMMITTED, textmate.text())


def test_every_kind_has_a_color():
    kinds = {kind for rule in tokens.rules() for kind in rule.kinds}
    kinds |= {kind for rule in tokens.rules() for each in rule.inside for kind in each.kinds}
    assert kinds == set(TOKENS)
    assert kinds - {"space"} == set(textmate.SCOPES)


@pytest.mark.parametrize("text", ['"open', "/open", "a && b", "“x”", "1.2.3", "é", "\\", "\x00"])
def test_what_is_no_token_is_an_error(text):
    assert any(kind == "error" for _, kind, _ in tokens.scan(text))
    assert "".join(part for _, _, part in tokens.scan(text)) == text


def test_pygments_finds_the_lexer():
    assert isinstance(GuardLexer(), GuardLexer)
    assert GuardLexer.analyse_text("# note\nedition 1\n") > 0.5
    assert GuardLexer.analyse_text("editions of 1") == 0
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert re.search(r'^guard = "guardrail\.editors\.pygments:GuardLexer"$', project, re.MULTILINE)


@pytest.mark.skipif(
    not any(
        point.name == "guard"
        for point in __import__("importlib.metadata").metadata.entry_points(group="pygments.lexers")
    ),
    reason="the installed package is older than its entry point: run `make setup`",
)
def test_pygments_finds_the_lexer_by_name():
    assert isinstance(get_lexer_by_name("guard"), GuardLexer)
    assert isinstance(get_lexer_for_filename("policy.guard"), GuardLexer)
