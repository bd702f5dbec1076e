"""The page of a red-team run: escaped, whole, and its heat map leads to its examples."""

import re

from guardrail.reports.html.redteam_page import percent, redteam_page
from guardrail.reports.html.redteam_report import CellRow, ExampleRow, RedteamPage, ScoreRow, Share
from tests.reports.test_html import EVIL, Outline

ROW = ScoreRow(
    EVIL, Share(3, 4, 0.5, 0.9), Share(1, 3, 0.1, 0.6), Share(0, 3, 0.0, 0.5), Share(0, 0)
)


def made(**changes):
    cells = tuple(
        CellRow(
            "r", technique, "f", is_held_out, Share(count, 10, 0.0, 1.0), Share(0, 10, 0.0, 0.1)
        )
        for technique, is_held_out, count in (("a", False, 0), ("b", True, 3), ("c", False, 10))
    )
    example = ExampleRow(
        "1f", "r", "b", ("b", EVIL), "missed", EVIL, EVIL, (("** ", False), (EVIL, True))
    )
    shown = {
        "title": EVIL,
        "policy": EVIL,
        "digest": EVIL,
        "target": EVIL,
        "seed": 1,
        "attempts": 8,
        "total": ROW,
        "parts": (ROW,),
        "cells": cells,
        "examples": (example,),
        "left_out": 2,
        "problems": (EVIL,),
        "notes": (EVIL,),
    }
    return redteam_page(RedteamPage(**(shown | changes))).decode()


def test_everything_others_wrote_is_escaped():
    document = made()
    assert "alert(1)<" not in document
    assert "\u202e" not in document
    assert document.count("&lt;script&gt;alert(1)") > 8
    assert [tag for tag, _ in Outline(document).seen].count("script") == 0


def test_every_link_of_the_heat_map_leads_to_examples():
    seen = Outline(made()).seen
    links = [attributes["href"] for tag, attributes in seen if tag == "a"]
    places = [attributes.get("id") for _, attributes in seen]
    assert links == ["#r-b"]
    assert "r-b" in places


def test_cells_are_the_warmer_the_more_got_through():
    assert re.findall(r'class="heat-(\d)"', made()) == ["0", "3", "4"]


def test_held_out_techniques_say_so():
    assert "b (held out)" in made()
    assert "c (held out)" not in made()


def test_what_is_not_shown_is_said():
    assert "2 more are in attempts.jsonl" in made()
    assert "more are in" not in made(left_out=0)
    assert "What the filter got wrong" not in made(examples=(), left_out=0)


def test_rounds_are_drawn_if_there_are_several_and_gaps_stay_empty():
    assert "Round after round" not in made(rounds=(ROW,))
    shown = made(rounds=(ROW, ROW, ROW), is_retrained=True)
    assert shown.count('class="band"') == 2  # over-block was never tried
    assert "33.3 % (10.0–60.0) → 33.3 %" in shown
    assert "Nothing was trained between" not in shown
    assert "Nothing was trained between" in made(rounds=(ROW, ROW))


def test_a_share_of_nothing_is_no_zero():
    assert percent(Share(0, 0)) == "none tried"
    assert percent(Share(0, 50, 0.0, 0.0711)) == "0.0 % (0.0–7.1)"
