"""Benchmarks: what their gate lets pass, what it compares with, and which pairs are ordered."""

import gzip
import json

import pytest

from benchmarks.gate import ROOM, grown
from benchmarks.ratios import SUITES, ratio
from benchmarks.results import save, saved
from benchmarks.rewards import pairs


def test_a_ratio_may_grow_by_the_room_and_no_more():
    before = {"check / bare": 2.0}
    assert grown({"check / bare": 2.0 * ROOM}, before) == []
    assert grown({"check / bare": 2.0 * ROOM + 0.01}, before) == ["check / bare"]
    assert grown({"check / bare": 0.5}, before) == []


def test_a_ratio_that_is_new_or_gone_is_named():
    assert grown({"a": 1.0}, {"b": 1.0}) == ["a", "b"]


def test_a_ratio_is_the_median_of_rounds_not_of_their_parts():
    took = {"one": [10.0, 2.0, 30.0], "other": [5.0, 2.0, 10.0]}
    assert ratio(took, "one", "other") == 2.0


def test_what_is_saved_comes_back(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.results.FOLDER", tmp_path)
    path = save("some", {"check / bare": 1.23456}, {"us": 4.0})
    assert saved("some") == {"check / bare": 1.235}
    assert json.loads(path.read_text())["machine"]["processors"] >= 1


@pytest.mark.parametrize("suite", SUITES)
def test_every_suite_of_the_gate_has_a_kept_run(suite):
    assert all(value > 0 for value in saved(suite).values())


def test_replies_with_scores_are_paired_by_what_they_answer(tmp_path):
    def scored(context, said, reward):
        return {
            "context": [{"role": "user", "text": context}],
            "generation": {"role": "agent", **said},
            "reward": reward,
        }

    call = {"api": {"find": {"city": "Oslo"}}}
    rows = [
        scored("Which films?", {"text": "No."}, 0.0),
        scored("Which films?", call, 1.0),
        scored("Which films?", {"text": "Some."}, 0.5),
        scored("Alone", {"text": "Yes."}, 1.0),
        scored("All good", {"text": "A."}, 1.0),
        scored("All good", {"text": "B."}, 1.0),
    ]
    path = tmp_path / "scores.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(row)}\n" for row in rows)
    (pair,) = pairs(path, 10)
    assert (pair.prompt, pair.chosen, pair.rejected) == ("Which films?", json.dumps(call), "No.")
