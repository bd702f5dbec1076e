"""Fixing: what is edited, what is left alone, and that nothing else changes."""

from __future__ import annotations

import pytest

from guardrail.language.load import inspect
from guardrail.lint import fix as fix_module
from guardrail.lint.fix import fix_files
from guardrail.lint.meaning import meaning
from guardrail.lint.rule import Edit, Finding, Options
from guardrail.runtime.host import vocabulary

HEAD = "edition 1\npolicy p\n  on error treat as violation\n"
QUIET = Options(disabled=frozenset({"G701", "G702", "G703"}))


@pytest.fixture
def fixed(tmp_path):
    """Write files, fix the policies among them, and return the texts that changed, by name."""

    def fixed(**files):
        paths = {name.replace("_", "."): text for name, text in files.items()}
        for name, text in paths.items():
            (tmp_path / name).write_text(text, "utf-8", newline="")
        roots = [str(tmp_path / name) for name in paths if name.endswith(".guard")]
        mended = fix_files(roots, options=QUIET)
        return {path.name: text for path, text in mended.texts.items()}, mended

    return fixed


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('list l ["a", "b", "A"]', 'list l ["a", "b"]'),
        ('list l ["a", "A", "b"]', 'list l ["a", "b"]'),
        ('list l ["a", "A", "a", "b", "b"]', 'list l ["a", "b"]'),
        ('list l [\n  "a",\n  "a",\n  "b"\n]', 'list l [\n  "a",\n  "b"\n]'),
        ('list l ["a",  # first\n  "b", "a"]', 'list l ["a",  # first\n  "b"]'),
        ('list l ["a # 1", "a # 1"]', 'list l ["a # 1"]'),
        ('list l ["log in", "log"]', 'list l ["log"]'),
        ('list l ["log in", "log it", "log", "x log"]', 'list l ["log"]'),
        ('list l ["log in", "LOG IN", "log"]', 'list l ["log"]'),
    ],
)
def test_entries_that_say_nothing_go(fixed, before, after):
    rule = "\nrule r on output when text contains any l then flag\n"
    texts, mended = fixed(p_guard=HEAD + before + rule)
    assert texts == {"p.guard": HEAD + after + rule}
    assert mended.dropped == ()


@pytest.mark.parametrize(
    "text",
    [
        'list l ["a",  # first\n  "a"]',
        'list l ["a", "b"]',
    ],
)
def test_a_comment_is_never_lost(fixed, text):
    rule = "\nrule r on output when text contains any l then flag\n"
    assert fixed(p_guard=HEAD + text + rule)[0] == {}


def test_lines_of_a_list_file_go(fixed):
    rule = 'list l from file "l.txt"\nrule r on output when text contains any l then flag\n'
    texts, _ = fixed(p_guard=HEAD + rule, l_txt="# words\r\na\r\n\r\n A \r\nb\r\na b\r\n\\#1")
    assert texts == {"l.txt": "# words\r\na\r\n\r\nb\r\n\\#1"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('require not text contains "x"', 'when text contains "x"'),
        (
            'require not (text contains "x" or text contains "y")',
            'when text contains "x" or text contains "y"',
        ),
        ('when not not text contains "x"', 'when text contains "x"'),
        (
            'when not (not (text contains "x" or text contains "y"))',
            'when text contains "x" or text contains "y"',
        ),
        (
            'when text contains "z" and not not (text contains "x" or text contains "y")',
            'when text contains "z" and (text contains "x" or text contains "y")',
        ),
        (
            'when not not not (text contains "x" or text contains "y")',
            'when not (text contains "x" or text contains "y")',
        ),
        ('require not not text contains "x"', 'require text contains "x"'),
        ('require not not not text contains "x"', 'when text contains "x"'),
        (
            'require not (text contains "x" or not not text contains "y")',
            'when text contains "x" or text contains "y"',
        ),
    ],
)
def test_pairs_of_not_go(fixed, before, after):
    texts, mended = fixed(p_guard=f"{HEAD}rule r on output\n  {before}\n  then flag\n")
    assert texts == {"p.guard": f"{HEAD}rule r on output\n  {after}\n  then flag\n"}
    assert mended.dropped == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# guardrail: allow[G406] because x\nrule r", "rule r"),
        ("rule r on output  # guardrail: allow[G406] because x", "rule r on output"),
        ("# one\n  # guardrail: allow[G406,G407] because x\n# two\nrule r", "# one\n# two\nrule r"),
    ],
)
def test_comments_that_allow_nothing_go(fixed, before, after):
    text = f'{HEAD}rule r on output\n  when text contains "x" then flag\n'
    place = "rule r on output" if before.startswith("rule") else "rule r"
    texts, _ = fixed(p_guard=text.replace(place, before, 1))
    assert texts == {"p.guard": text.replace(place, after, 1)}


def test_a_comment_keeps_the_codes_it_needs(fixed):
    text = f"""{HEAD}# guardrail: allow[G406, double-negation] because x
rule r on output require not text contains "x" then flag
"""
    texts, _ = fixed(p_guard=text)
    assert texts == {"p.guard": text.replace("G406, ", "")}


def test_an_entry_stays_where_another_policy_needs_it(fixed):
    list_ = 'list l from file "l.txt"\n'
    flag = HEAD + list_ + "rule r on output when text contains any l then flag\n"
    redact = HEAD + list_ + "rule r on output when text contains any l then redact\n"
    texts, mended = fixed(a_guard=flag, b_guard=redact, l_txt="log\nlog in\nLOG\n")
    assert texts == {"l.txt": "log\nlog in\n"}
    assert [each.diagnostic.code for each in mended.dropped] == ["G407"]
    assert mended.dropped[0].diagnostic.source.name.endswith("l.txt")


def test_an_imported_part_is_fixed_with_its_root(fixed):
    part = 'edition 1\nrule r on output require not text contains "x" then flag\n'
    texts, _ = fixed(a_guard=HEAD + 'import "b.guard" as b\n', b_guard=part)
    assert texts == {"b.guard": part.replace("require not", "when")}


def test_other_policies_that_are_imported_are_left_alone(tmp_path):
    other = HEAD.replace(" p", " q") + 'rule r on output require not text contains "x" then flag\n'
    (tmp_path / "a.guard").write_text(HEAD + 'import "b.guard" as b\n')
    (tmp_path / "b.guard").write_text(other)
    assert fix_files([str(tmp_path / "a.guard")], options=QUIET).texts == {}


@pytest.mark.parametrize(
    "replacement",
    ['text contains "z"', "nonsense", 'not not text contains "x"', "text contains any l"],
    ids=["another meaning", "does not parse", "the finding stays", "a new mistake"],
)
def test_an_edit_that_does_harm_is_dropped(fixed, monkeypatch, replacement):
    def look_wrong(path, host, options, *, today):
        inspection, findings = look(path, host, options, today=today)
        wrong = [
            Finding(each.diagnostic, tuple(Edit(e.source, e.span, replacement) for e in each.edits))
            for each in findings
        ]
        return inspection, wrong

    look = fix_module.look
    monkeypatch.setattr(fix_module, "look", look_wrong)
    texts, mended = fixed(
        p_guard=HEAD + 'rule r on output when not not text contains "x" then flag\n'
    )
    assert texts == {}
    assert [each.diagnostic.code for each in mended.dropped] == ["G752"]


def test_one_bad_edit_does_not_keep_the_good_ones(fixed, monkeypatch):
    def look_wrong(path, host, options, *, today):
        inspection, findings = look(path, host, options, today=today)
        wrong = [
            Finding(each.diagnostic, tuple(Edit(e.source, e.span, "x") for e in each.edits))
            if each.diagnostic.code == "G752"
            else each
            for each in findings
        ]
        return inspection, wrong

    look = fix_module.look
    monkeypatch.setattr(fix_module, "look", look_wrong)
    text = HEAD + 'list l ["a", "a"]\nrule r on output when not not text contains any l then flag\n'
    texts, mended = fixed(p_guard=text)
    assert texts == {"p.guard": text.replace(', "a"', "")}
    assert [each.diagnostic.code for each in mended.dropped] == ["G752"]
    assert [each.diagnostic.code for each in mended.fixed] == ["G406"]


# ---------------------------------------------------------------- meaning


def meaning_of(tmp_path, text):
    path = tmp_path / "m.guard"
    path.write_text(HEAD + text, "utf-8")
    policy = inspect(path, vocabulary()).policy
    assert policy is not None
    return meaning(policy)


@pytest.mark.parametrize(
    ("one", "other", "is_equal"),
    [
        ('rule r on output when text contains "a" then flag', None, True),
        (
            'rule r on output when text contains "a" then flag',
            'rule r on output when text contains "b" then flag',
            False,
        ),
        (
            'rule r on output when text contains "a" then flag',
            'rule r on output when text contains "a" then block',
            False,
        ),
        (
            'rule r on output when text contains "a" then flag',
            'rule r on input when text contains "a" then flag',
            False,
        ),
        (
            'rule r on output when text contains "a" then flag',
            'rule r on output severity high when text contains "a" then flag',
            False,
        ),
        (
            'rule r on output require not text contains "a" then flag',
            'rule r on output when text contains "a" then flag',
            True,
        ),
        (
            'list l ["a", "b"] rule r on output when text contains any l then flag',
            'list l ["b", "A"] rule r on output when text contains any l then flag',
            True,
        ),
        (
            'list l ["a", "a b"] rule r on output when text contains any l then flag',
            'list l ["a"] rule r on output when text contains any l then flag',
            True,
        ),
        (
            'list l ["a", "a b"] rule r on output when text contains any l then redact',
            'list l ["a"] rule r on output when text contains any l then redact',
            False,
        ),
        (
            'list l ["a", "a b"] rule r on output when text contains all l then flag',
            'list l ["a"] rule r on output when text contains all l then flag',
            False,
        ),
        (
            'list l ["a", "A"] detector d = links(allow: l) rule r on output when d found then flag',
            'list l ["a"] detector d = links(allow: l) rule r on output when d found then flag',
            False,
        ),
        (
            'detector d = links(allow: ["a"]) rule r on output when d found then flag',
            'detector d = links(allow: ["b"]) rule r on output when d found then flag',
            False,
        ),
        (
            'list l ["a"] list m ["b"] rule r on output when text contains any m except l then redact',
            'list l ["c"] list m ["b"] rule r on output when text contains any m except l then redact',
            False,
        ),
        (
            'reply s "a" rule r on output when text contains "x" then block with s',
            'reply s "b" rule r on output when text contains "x" then block with s',
            False,
        ),
        (
            'rule r on output when text contains "a" unless prompt contains "b" then flag',
            'rule r on output when text contains "a" then flag',
            False,
        ),
    ],
)
def test_meaning_is_equal_only_for_what_does_the_same(tmp_path, one, other, is_equal):
    same = meaning_of(tmp_path, one) == meaning_of(tmp_path, one if other is None else other)
    assert same == is_equal
