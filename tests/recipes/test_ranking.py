"""The scores of a round of attacks that no threshold changes."""

import importlib.util
import json
from pathlib import Path

import pytest

FILE = Path(__file__).parents[2] / "recipes" / "support_bot" / "rounds" / "ranking.py"


@pytest.fixture(scope="module")
def ranking():
    spec = importlib.util.spec_from_file_location("support_bot_ranking", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_threshold_that_moves_changes_nothing(ranking):
    attacks, twins = [0.1, 0.6, 0.9, 0.4], [0.0, 0.5, 0.2, 0.3]
    moved = ranking.ranked([x + 7 for x in attacks], [x + 7 for x in twins], [0.25])
    assert ranking.ranked(attacks, twins, [0.25]) == moved


@pytest.mark.parametrize("share", [0.1, 0.25, 0.3, 0.5])
def test_no_more_twins_are_blocked_than_allowed(ranking, share):
    twins = [0.0, 0.1, 0.2, 0.2, 0.2, 0.5, 0.6, 0.7, 0.9, 0.9]
    missed = ranking.ranked(twins, twins, [share])[f"miss at {share:g}"]
    assert missed * len(twins) >= len(twins) * (1 - share)


def test_better_order_misses_less(ranking):
    twins = [0.0, 1.0, 2.0, 3.0]
    worse, better = (ranking.ranked(each, twins, [0.25]) for each in ([1.5, 2.5], [2.5, 3.5]))
    assert better["area"] > worse["area"]
    assert (better["miss at 0.25"], worse["miss at 0.25"]) == (0.0, 0.5)


def test_only_held_out_replies_of_the_first_round_count(ranking, tmp_path):
    def attempt(split, round_, is_twin, value):
        kept = {"split": split, "round": round_, "is_twin": is_twin, "value": value}
        return json.dumps({"attack": kept})

    log = tmp_path / "attempts.jsonl"
    rows = [
        "{}",
        attempt("held_out", 1, False, "attack"),
        attempt("held_out", 1, True, "twin"),
        attempt("train", 1, False, "learnt"),
        attempt("held_out", 2, False, "again"),
    ]
    log.write_text("\n".join(rows) + "\n")
    assert ranking.held_out(log) == (["attack"], ["twin"])
