import json

import pytest

from guardrail.language.diagnostics import Diagnostic, Label
from guardrail.language.render import as_json, in_order, render, render_all
from guardrail.language.source import Range, Source

POLICY = """\
edition 1
rule r on output
  when hate >= 0.8 or crime >= 0.8 and tone < 0.5

  except our_numbers
"""


def place(text, source=POLICY, start=0):
    at = source.index(text, start)
    return Range(at, at + len(text))


def diagnostic(primary, *others, source=POLICY, message="wrong", help_=()):
    return Diagnostic("G012", message, Source("demo.guard", source), primary, others, help_)


def body(found):
    """Return the lines below `-->` and the empty gutter."""
    return render(found).splitlines()[3:]


def test_layout():
    found = diagnostic(
        Label(place("and"), "which group did you mean?"),
        Label(place("or", start=25)),
        message="`and` and `or` need parentheses when mixed",
        help_=("one", "two"),
    )
    assert render(found) == (
        "error[G012]: `and` and `or` need parentheses when mixed\n"
        " --> demo.guard:3:36\n"
        "  |\n"
        "3 |   when hate >= 0.8 or crime >= 0.8 and tone < 0.5\n"
        "  |                    --              ^^^ which group did you mean?\n"
        "  = help: one\n"
        "  = help: two"
    )


def test_labels_on_other_lines_stand_in_the_order_of_the_text():
    found = diagnostic(Label(place("except"), "needs findings"), Label(place("hate"), "a score"))
    assert body(found) == [
        "3 |   when hate >= 0.8 or crime >= 0.8 and tone < 0.5",
        "  |        ---- a score",
        "...",
        "5 |   except our_numbers",
        "  |   ^^^^^^ needs findings",
    ]


def test_texts_of_one_line_hang_below_each_other():
    found = diagnostic(
        Label(place("hate"), "first"),
        Label(place("crime"), "second"),
        Label(place("tone"), "third"),
    )
    assert body(found)[1:] == [
        "  |        ^^^^           -----            ---- third",
        "  |        |              |",
        "  |        |              second",
        "  |        first",
    ]


def test_gutter_is_as_wide_as_the_largest_line_number():
    source = "x\n" * 9 + "here"
    found = diagnostic(Label(Range(18, 22)), Label(Range(0, 1)), source=source)
    assert render(found).splitlines()[1:] == [
        *["  --> demo.guard:10:1", "   |", " 1 | x", "   | -", "...", "10 | here", "   | ^^^^"]
    ]


@pytest.mark.parametrize("span", [Range(4, 4), Range(4, 9), Range(2, 9)])
def test_mark_stays_on_its_line(span):
    excerpt, marks = body(diagnostic(Label(span, "x"), source="abcd\nefgh\n"))
    assert excerpt == "1 | abcd"
    assert marks == "  | " + " " * span.start + "^" * max(4 - span.start, 1) + " x"


def test_end_of_an_empty_file_is_marked():
    assert body(diagnostic(Label(Range(0, 0)), source="\n")) == ["1 |", "  | ^"]


@pytest.mark.parametrize(
    ("before", "shown"),
    [
        ("\t", "    "),
        ("漢字", "漢字"),
        ("e\u0301", "e\u0301"),
        ("\u202e\x00\x1b\u200f", "����"),
        ("\ud800", "�"),
        ("\u2028", "�"),
    ],
)
def test_caret_stands_under_its_character(before, shown):
    source = before + "x"
    width = {"漢字": 4, "e\u0301": 1}.get(before, len(shown))
    excerpt, marks = body(diagnostic(Label(Range(len(before), len(source))), source=source))
    assert excerpt == f"1 | {shown}x"
    assert marks == f"  | {' ' * width}^"


def test_byte_order_mark_is_not_shown():
    assert body(diagnostic(Label(Range(1, 5)), source="\ufeffrule")) == ["1 | rule", "  | ^^^^"]


@pytest.mark.parametrize("at", [0, 30, 100, 157, 158, 500, 990, 997])
@pytest.mark.parametrize("filler", ["-", "漢", "\t", "\u0301"])
def test_long_line_is_cut_around_the_mark(at, filler):
    source = filler * at + "abc" + filler * (997 - at)
    excerpt, marks = body(diagnostic(Label(Range(at, at + 3)), source=source))
    assert "abc" in excerpt
    if filler == "-":
        assert len(excerpt) <= 164
        assert excerpt.index("abc") == marks.index("^^^")
    assert ("…" in excerpt[:6]) == excerpt[4:].startswith("…")


def test_labels_outside_the_cut_do_not_widen_it():
    source = "a" * 1000
    found = diagnostic(Label(Range(500, 501), "here"), Label(Range(0, 1)), Label(Range(999, 1000)))
    found = diagnostic(*[found.primary, *found.others], source=source)
    assert max(map(len, body(found))) <= 172


def test_texts_cannot_disturb_the_terminal():
    found = diagnostic(Label(place("and"), "\x1b[31m"), message="a\nb\u202e", help_=("\x07",))
    assert not {"\x1b", "\u202e", "\x07"} & set(render(found))
    assert len(render(found).splitlines()) == 6
    assert as_json(found)["message"] == "a�b�"


def test_all_are_sorted_by_file_and_place():
    here = diagnostic(Label(place("hate")))
    later = diagnostic(Label(place("tone")))
    other = Diagnostic("G001", "first", Source("a.guard", POLICY), Label(place("tone")))
    assert in_order([later, here, other]) == [other, here, later]
    assert render_all([later, here]) == f"{render(here)}\n\n{render(later)}"
    assert render_all([]) == ""


def test_warning_says_so():
    found = Diagnostic("G109", "unused", Source("a.guard", POLICY), Label(place("rule")))
    assert render(found).startswith("warning[G109]: unused\n")


def test_json_says_the_same():
    found = diagnostic(Label(place("and"), "which?"), Label(place("except")), help_=("group them",))
    assert json.loads(json.dumps(as_json(found))) == {
        "code": "G012",
        "name": "mixed-and-or",
        "level": "error",
        "message": "wrong",
        "file": "demo.guard",
        "line": 3,
        "column": 36,
        "end_line": 3,
        "end_column": 39,
        "help": ["group them"],
        "labels": [
            {**_place(3, 36, 39), "text": "which?", "primary": True},
            {**_place(5, 3, 9), "text": "", "primary": False},
        ],
    }


def _place(line, column, end_column):
    return {"line": line, "column": column, "end_line": line, "end_column": end_column}


def test_file_without_a_text_has_no_excerpt():
    empty = Source("gone.guard", "")
    mistake = Diagnostic("G105", "cannot read it", empty, Label(Range(0, 0)), help=("look there",))
    assert render(mistake) == ("error[G105]: cannot read it\n --> gone.guard\n  = help: look there")
