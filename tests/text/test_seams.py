"""What is joined across lines and cells, and what stands for itself."""

import pytest

from guardrail.text.seams import joined_cells, joined_lines, respaced


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call 415 555\n0123 now", "call 415 5550123 now"),
        ("4111 1111\n1111 1111", "4111 11111111 1111"),
        ("Note: 8590\n8591", "Note: 85908591"),
    ],
)
def test_number_that_a_line_break_cuts_is_put_together(text, expected):
    assert joined_lines(text).text == expected


@pytest.mark.parametrize("look", [joined_lines, respaced])
@pytest.mark.parametrize(
    "text",
    [
        "2011-12 | Sun, Jan 15 | 13 - 20\n2011-12 | Sat, Dec 24 | 14 - 20",
        "7 apples cost 415 555\n3 pears cost 012 345",
        "3414 + 5176 = 8590\n8590/10 = 859",
        "2500(.25)=625\\n2500-625=1875",
        "so (8590\n8590 * 10)",
    ],
)
def test_numbers_of_records_and_sums_stay_apart(look, text):
    view = look(text)
    assert view is None or view.text.count("\n") == text.count("\n")


def test_address_goes_on_in_the_next_cell():
    assert joined_cells("| jane.d | oe@example.com |").text == "| jane.doe@example.com |"


@pytest.mark.parametrize(
    "text",
    [
        "Crew Purdie | cpurdie@example.com\nKolby Reese | kolby82@example.com",
        "| 3.3 | .665 | 5.7 | .484 | | |",
    ],
)
def test_columns_of_addresses_and_figures_stay(text):
    assert joined_cells(text) is None


def test_phone_with_points_goes_on_in_the_next_cell():
    assert joined_cells("| 415 | .555 | .0123 |").text == "| 415.555.0123 |"
