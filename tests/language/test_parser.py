import importlib.util
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from guardrail.errors import PolicyError
from guardrail.language import nodes, parser
from guardrail.language.diagnostics import CATALOGUE
from guardrail.language.parser import parse
from guardrail.language.render import as_json, render
from guardrail.language.source import Source

EXAMPLE = (Path(__file__).parents[1] / "cases" / "syntax" / "complete.guard").read_text("utf-8")
RULE = "rule r on output when d found then flag\n"


def codes(text):
    return [mistake.code for mistake in parse(Source("demo.guard", text))[1]]


def test_complete_policy_parses():
    file, mistakes = parse(Source("complete.guard", EXAMPLE))
    assert mistakes == []
    assert [type(item).__name__ for item in file.items] == [
        *["Policy", "Import", "Principle", "ListNode", "ListNode", "PatternNode"],
        *["Detector", "Detector", "Reply", "Rewriter", "Rule", "Rule", "Test", "Test"],
    ]


@pytest.mark.skipif(not importlib.util.find_spec("interegular"), reason="needs interegular")
def test_grammar_has_no_conflicts():
    parser.load(strict=True)


@pytest.mark.parametrize("head", ["edition 1", "\ufeffedition 1", "# c\r\n\r\n edition # d\n\t1#"])
def test_edition_comes_first(head):
    file, mistakes = parse(Source("demo.guard", f"{head}\r\n{RULE}"))
    assert not mistakes
    assert file.edition == 1
    assert len(file.items) == 1


@pytest.mark.parametrize("head", ["", "edition", "edition 2", "edition 1.0", "edition one", "\0"])
def test_without_a_known_edition_nothing_else_is_said(head):
    file, mistakes = parse(Source("demo.guard", f"{head}\nrule {{ when"))
    assert file is None
    assert [mistake.code for mistake in mistakes] == ["G001"]


def test_every_declaration_after_a_mistake_is_read():
    text = f"edition 1\n{RULE}reply bye 'x'\n{RULE} pattern p = /a\n{RULE}list l []\nruel x\n{RULE}"
    file, mistakes = parse(Source("demo.guard", text))
    assert [mistake.code for mistake in mistakes] == ["G004", "G006", "G002"]
    assert [type(item).__name__ for item in file.items] == [*["Rule"] * 3, "ListNode", "Rule"]


def test_declaration_with_a_syntax_error_is_left_out_whole():
    file, mistakes = parse(
        Source("demo.guard", "edition 1\nrule r on output when d found thn flag")
    )
    assert len(mistakes) == 1
    assert file.items == ()


def test_mistakes_of_shape_are_reported_beside_syntax_errors():
    assert codes("edition 1\nrule r on output\nreply bye\nrule s on output") == [
        *["G009", "G002", "G009"]
    ]


def test_arguments_may_be_called_like_declarations():
    text = (
        "edition 1\ndetector d = host(\n  pattern: 1,\n  rule:\n [\n  list\n ],\n  test: x)\nreply"
    )
    file, mistakes = parse(Source("demo.guard", text))
    assert [mistake.message for mistake in mistakes] == [
        "expected a name, found the end of the file"
    ]
    assert len(file.items) == 1


def test_places_are_those_of_the_source_after_a_mistake():
    text = "edition 1\nreply 'x'\n\nprinciple p \"text\"\n"
    file, _ = parse(Source("demo.guard", text))
    span = file.items[0].text.span
    assert text[span.start : span.end] == '"text"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"rule r on output when {'(' * 64}d found{')' * 64} then flag", []),
        (f"rule r on output when {'(' * 65}d found{')' * 65} then flag", ["G016"]),
        (f"rule r on output when {'(not ' * 33}d found{')' * 33} then flag", ["G016"]),
        (f"rule r on output when {'(' * 5000}d found{')' * 5000} then flag", ["G016"]),
        (f"rule r on output when {'not ' * 5000}d found then flag", ["G016"]),
        (f"rule r on output when {'not d found and ' * 500} d found then flag", []),
        (f"detector d = host({'[' * 5000}", ["G016"]),
    ],
)
def test_nesting_is_bounded(text, expected):
    assert codes(f"edition 1\n{text}") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("rule\n" * 100, 100), ("rule\n" * 101, 101), ("\0\nruel x\n" * 100_000, 101)],
)
def test_number_of_mistakes_is_bounded(text, expected):
    _, mistakes = parse(Source("demo.guard", f"edition 1\n{text}"))
    assert len(mistakes) == expected


def test_last_line_counts_what_is_not_shown():
    def last(text):
        return parse(Source("demo.guard", f"edition 1\n{text}"))[1][-1].message

    assert last("rule\n" * 142).startswith("42 more mistakes are not shown")
    assert last("rule\n" * 5000).startswith("at least 900 more mistakes are not shown")


@pytest.mark.parametrize("unit", ['"', "\\", "(", "not ", "\0", "/", "x", "[", "\n", '"\\q", '])
def test_much_of_anything_is_survived(unit):
    for start in ("", "rule r on output when ", 'reply r "', "list l [", "pattern p = /"):
        _, mistakes = parse(
            Source("demo.guard", f"edition 1\n{start}" + unit * (300_000 // len(unit)))
        )
        assert len(mistakes) <= 101


def test_tokens_and_tree_of_a_policy():
    source = Source("demo.guard", f"edition 1 # one\n{RULE}")
    tokens = parser.tokens(source)
    assert [str(token) for token in tokens] == f"edition 1 {RULE}".split()
    assert (tokens[2].type, tokens[2].line, tokens[2].column) == ("RULE", 2, 1)
    assert parser.tree(source).data == "start"


def test_tokens_and_tree_of_a_wrong_policy_raise():
    for station in (parser.tokens, parser.tree):
        with pytest.raises(PolicyError, match="expected a name"):
            station(Source("demo.guard", "edition 1 rule"))


def test_keywords_are_those_of_the_grammar():
    grammar = (Path(__file__).parents[2] / "grammar" / "policy.lark").read_text("utf-8")
    rules = re.sub(r"//.*|/.*/", "", grammar)
    assert parser.keywords() == tuple(sorted(set(re.findall(r'"([a-z]+)"', rules))))


SIGNS = """a b_2 1 0.5 >= = , : . ( ) [ ] # " / \\ && { 'x' “x” é "x" /x/ 2027-01-31"""
WORDS = st.sampled_from([*parser.keywords(), *SIGNS.split(), "\n", "\nrule", "\nlist l"])
TEXTS = st.one_of(
    st.text(max_size=80),
    st.lists(WORDS, max_size=40).map(" ".join),
    st.tuples(st.integers(0, len(EXAMPLE)), st.integers(0, 30), st.lists(WORDS, max_size=3)).map(
        lambda cut: EXAMPLE[: cut[0]] + " ".join(cut[2]) + EXAMPLE[cut[0] + cut[1] :]
    ),
)


@settings(max_examples=150, deadline=None, database=None)
@given(TEXTS)
@example("rule r on output when d found\x85 \ud800 \u2028 then")
@example("list l [\r\n'\r\n")
def test_any_text_parses_or_is_explained(text):
    source = Source("demo.guard", text if text.startswith("edition") else f"edition 1\n{text}")
    file, mistakes = parse(source)
    assert mistakes or isinstance(file, nodes.File)
    for mistake in mistakes:
        assert mistake.code in CATALOGUE
        for label in (mistake.primary, *mistake.others):
            assert 0 <= label.span.start <= label.span.end <= len(source.text)
        assert "{" not in mistake.message or "{" in source.text
        render(mistake)
        as_json(mistake)
