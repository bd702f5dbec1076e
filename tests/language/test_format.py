"""The formatter: the canonical layout, and what it never does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from guardrail.errors import GuardrailError, PolicyError
from guardrail.language.format import FormatError, format_policy
from guardrail.language.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
CASES = sorted(
    file
    for file in (ROOT / "tests" / "cases" / "format").glob("*.guard")
    if not file.stem.endswith(".formatted")
)
SHIPPED = sorted([*ROOT.glob("policies/**/*.guard"), *ROOT.glob("examples/**/*.guard")])


def formatted(text: str) -> str:
    """The canonical text of a policy with this body."""
    return format_policy(Source("a.guard", f"edition 1\n\n{text}")).removeprefix("edition 1\n\n")


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_format_gives_the_golden_text(file: Path, golden: Callable[[Path, str], None]) -> None:
    text = format_policy(Source(file.name, file.read_bytes().decode()))
    golden(file.with_suffix(".formatted.guard"), text)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_shipped_policies_are_formatted(file: Path) -> None:
    text = file.read_bytes().decode()
    assert format_policy(Source(file.name, text)) == text


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("(a found)", "a found"),
        ("((a found))", "a found"),
        ("(not a found)", "not a found"),
        ("not (a found)", "not a found"),
        ("not ((not ((a found))))", "not not a found"),
        ("(a found or b found)", "a found or b found"),
        ("((a found)) or ((b found))", "a found or b found"),
        ("not ((a found or b found))", "not (a found or b found)"),
        ("a found or ((b found and c found))", "a found or (b found and c found)"),
        # The same word inside and outside: without the brackets it would be another tree.
        ("a found or (b found or c found)", "a found or (b found or c found)"),
    ],
)
def test_parentheses_stay_where_they_mean_something(condition: str, expected: str) -> None:
    assert formatted(f"rule r on output when {condition} then flag") == (
        f"rule r on output\n  when {expected}\n  then flag\n"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "rule r on output when a found then flag # c",
            "rule r on output  # c\n  when a found\n  then flag\n",
        ),
        (
            "rule r on output\nwhen a found then flag # c",
            "rule r on output\n  when a found\n  then flag  # c\n",
        ),
        (
            "rule r on output\nwhen (a found # c\n) # d\nthen flag",
            "rule r on output\n  when a\n    # c\n    found  # d\n  then flag\n",
        ),
        (
            "rule r on output\nwhen (a found\n# c\n)\n# d\nthen flag",
            "rule r on output\n  when a found  # c\n  # d\n  then flag\n",
        ),
        (
            'rule r on output\nwhen a found then flag enforces p # c\n. q\nreply a "a"',
            'rule r on output\n  enforces p.q  # c\n  when a found\n  then flag\n\nreply a "a"\n',
        ),
    ],
)
def test_comments_stay_with_their_clause(text: str, expected: str) -> None:
    assert formatted(text) == expected


def test_clauses_with_the_same_comment_stay_where_they_are() -> None:
    text = "rule r on output\n  then flag     # c\n  when a found  # c\n"
    assert formatted(text) == text


@pytest.mark.parametrize("written", [r'"\u{41}\"\\"', '"Ａ"', '"#"', '"a  b"'])
def test_strings_are_printed_as_written(written: str) -> None:
    assert formatted(f"reply a{written}") == f"reply a {written}\n"


@pytest.mark.parametrize("written", ["-1", "0.50", "007"])
def test_numbers_are_printed_as_written(written: str) -> None:
    assert formatted(f"detector a=b({written},x:{written})") == (
        f"detector a = b({written}, x: {written})\n"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "then flag when a found enforces p",
            "  enforces p\n  when a found\n  then flag\n",
        ),
        (
            'meta b "1" then flag meta a "2" when a found',
            '  when a found\n  then flag\n  meta b "1"\n  meta a "2"\n',
        ),
        (
            "then flag # one\n  when a found # two",
            "  then flag     # one\n  when a found  # two\n",
        ),
        (
            "then flag\n  when a found # two",
            "  when a found  # two\n  then flag\n",
        ),
        (
            "then flag # one\n  when a found",
            "  when a found\n  then flag  # one\n",
        ),
    ],
    ids=["sorted", "meta as written", "comments keep their order", "second moves", "first moves"],
)
def test_clauses_are_sorted_unless_comments_would_change_places(text: str, expected: str) -> None:
    assert formatted(f"rule r on output\n  {text}") == f"rule r on output\n{expected}"


def test_a_comment_behind_the_head_stays_behind_it_when_modifiers_are_sorted() -> None:
    text = "rule r on output severity low late # why\n  when a found\n  then block"
    assert formatted(text).splitlines()[0] == "rule r on output late severity low  # why"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('reply a "1"\nreply bb "2"', 'reply a  "1"\nreply bb "2"\n'),
        ('reply a "1"\n\n\nreply bb "2"', 'reply a "1"\n\nreply bb "2"\n'),
        ('reply a "1"\n# c\nreply bb "2"', 'reply a "1"\n# c\nreply bb "2"\n'),
        ('reply a "1"\nlist bb ["2"]', 'reply a "1"\nlist bb ["2"]\n'),
        ('list a ["1"]\nlist bb from file "2"', 'list a  ["1"]\nlist bb from file "2"\n'),
    ],
    ids=["a run", "a blank line", "a comment", "another kind", "both kinds of list"],
)
def test_neighbors_of_one_kind_stand_in_columns(text: str, expected: str) -> None:
    assert formatted(text) == expected


def test_a_declaration_that_would_leave_the_line_is_not_padded() -> None:
    entries = ", ".join([f'"{"x" * 20}"'] * 3 + [f'"{"y" * 12}"'])
    short, long = f"list a [{entries}]", 'list a_name_of_some_length ["z"]'
    assert len(short) < 100 < len(short) + len("_name_of_some_length")
    assert formatted(f"{short}\n{long}") == f"{short}\n{long}\n"


@pytest.mark.parametrize("length", [100, 101])
def test_a_line_is_broken_beyond_100_characters(length: int) -> None:
    line = 'list a ["b", "'
    text = f'{line}{"x" * (length - len(line) - 2)}"]'
    assert len(text) == length
    assert (formatted(text) == f"{text}\n") == (length <= 100)


def test_comments_below_a_block_belong_to_it_if_they_are_indented() -> None:
    text = "rule r on output\n  when a found\n  then flag\n  # in\n# out\nrule s on output"
    text += "\n  when a found\n  then flag\n   # in\n"
    lines = formatted(text).splitlines()
    assert lines[2:6] == ["  then flag", "  # in", "", "# out"]
    assert lines[-1] == "  # in"


def test_brackets_nest_as_deep_as_the_language_allows() -> None:
    condition = "a found"
    for _ in range(31):
        condition = f"not ({condition} or text contains any names)"
    text = formatted(f"rule r on output when {condition} then flag")
    assert max(map(len, text.splitlines())) <= 160
    deep = "[" * 63 + "]" * 63
    assert formatted(f"detector d = kind({deep})").count("[") == 63


@pytest.mark.parametrize("text", ["", "edition 2", "edition 1 rule", 'edition 1 reply a "\\q"'])
def test_a_text_that_does_not_parse_is_refused(text: str) -> None:
    with pytest.raises(PolicyError):
        format_policy(Source("a.guard", text))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("edition", "would not parse"),
        ('edition 1\n\nreply a "Bye"  # c\n', "would not mean the same"),
        ('edition 1\n\nreply a "Hi"\n', "would change a comment"),
        ('edition 1\n\nreply a   "Hi"  # c\n', "would change when it is formatted again"),
    ],
)
def test_a_mistake_of_the_formatter_is_found(
    monkeypatch: pytest.MonkeyPatch, wrong: str, why: str
) -> None:
    """Each check, with a layout that goes wrong in one way on the first text only."""
    texts = iter([wrong])
    from guardrail.language import format_layout

    right = format_layout.layout
    monkeypatch.setattr(format_layout, "layout", lambda *args: next(texts, None) or right(*args))
    with pytest.raises(FormatError, match=why) as raised:
        format_policy(Source("a.guard", 'edition 1 reply a "Hi" # c'))
    assert isinstance(raised.value, GuardrailError)
