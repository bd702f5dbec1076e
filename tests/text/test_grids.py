"""Grids of numbers, and what else looks like a number in pieces but is none."""

import pytest

from guardrail.text.grids import Grids
from guardrail.text.seams import joined_cells, joined_lines, respaced
from guardrail.text.spaced import spaced

PUZZLE = "4 1 5 5 5 5 0\n1 2 3 . 6 1 7\n5 5 5 0 1 2 8\n"


@pytest.mark.parametrize("look", [spaced, joined_lines, respaced])
@pytest.mark.parametrize(
    "text",
    [
        PUZZLE,
        f"Solve this:\n{PUZZLE}Good luck.",
        PUZZLE.replace("\n", "\n------+------\n", 1),
        "10, 20, 30, 40\n50, 60, 70, 80\n90, 11, 12, 13\n14, 15, 16, 17\n",
    ],
)
def test_numbers_of_a_grid_stay_apart(look, text):
    assert look(text) is None


@pytest.mark.parametrize(
    ("look", "text", "expected"),
    [
        (spaced, "4 1 1 1\n1 1 1 1\n1 1 1 1\n1 1 1 1", "4111\n1111\n1111\n1111"),
        (spaced, "4 1 5 5 5 5 0 1 2 3", "4155550123"),
        (joined_lines, "4111\n1111\n1111\n1111", "4111111111111111"),
        (joined_lines, "415 555\n01\n23", "415 5550123"),
    ],
)
def test_numbers_with_few_digits_are_put_together(look, text, expected):
    assert look(text).text == expected


def test_row_of_another_shape_ends_a_grid():
    text = PUZZLE + "4 1 5\n"
    grids = Grids(text)
    assert [grids.has(at) for at in (0, len(PUZZLE) - 2, len(PUZZLE) + 3)] == [True, True, False]


def test_figures_of_a_table_stay_in_their_cells():
    assert joined_cells("| 653 | 326 |\n| 41.4 | 7 |\n") is None
    assert joined_cells("| 800,653 | 326 | 1038 |") is None
    assert joined_cells("| 415 | 555 |\n| lamp | chair |\n").text.startswith("| 415555 |")


@pytest.mark.parametrize("text", ["version 1.2.3.4", "on 2.0.2.4", "1:2:3:4", "U.S., 1 2 3"])
def test_few_digits_with_signs_between_them_stay(text):
    assert spaced(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5.1.8.3 6.8.4.7 1.2.3.4", "5183 6847 1234"),
        ("<p>A.K.I.A.Y.D.Y.6.S.2.X</p>", "<p>AKIAYDY6S2X</p>"),
        ("j.a.n.e...d.o.e.@.e.x...c.o.m", "jane.doe@ex.com"),
        ('"+ 1   3 0 3   5 5 5"', '"+1 303 555"'),
        ("x--o--x--b", "xoxb"),
    ],
)
def test_run_is_taken_whole(text, expected):
    assert spaced(text).text == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(-3-0-3-) 5-5-5---0-1-1-5", "(303) 555-0115"),
        ("t.w.o o.h s.i.x", "two oh six"),
    ],
)
def test_short_group_beside_a_run_belongs_to_it(text, expected):
    assert spaced(text).text == expected


def test_letters_of_a_grid_stay_apart():
    rows = ["B | O | M | B | S", "Q | I | Z | G | W", "D | C | L | A | T", "T | H | U | N | G"]
    assert spaced("\n".join((*rows, "P | L | S | D | X"))) is None
    assert "BOMBS" in spaced("\n".join(rows)).text
