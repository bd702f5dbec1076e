from __future__ import annotations

import pytest

from guardrail.solver import blocks as module
from guardrail.solver.blocks import LARGE_SIZE, blocks


def examples(lists, wholes=()):
    found = blocks("text", lists, wholes)
    return [[(each.examples, each.count) for each in mine] for mine in found.by_list]


def test_entries_that_stand_in_the_same_lists_are_one_block():
    assert examples([("a", "b", "c"), ("b", "c", "d")]) == [
        [(("a",), 1), (("b", "c"), 2)],
        [(("b", "c"), 2), (("d",), 1)],
    ]


def test_entries_that_are_found_alike_are_one():
    assert examples([("Log  In", "log in"), ("LOG IN",)]) == [
        [(("Log  In",), 1)],
        [(("Log  In",), 1)],
    ]


@pytest.mark.parametrize(
    ("lists", "follows"),
    [
        ([("log",), ("log in",)], {"log in": ["log"]}),
        ([("log",), ("blog",)], {}),
        ([("log", "log in"), ("x",)], {}),
        ([("log", "log in"), ("in",)], {"log in": ["log", "in"]}),
        ([("a", "a b"), ("a b c",)], {"a b": ["a"], "a b c": ["a", "a b"]}),
        ([("c++",), ("visual c++ 2",)], {"visual c++ 2": ["c++"]}),
        ([("密码",), ("请reset密码",)], {"请reset密码": ["密码"]}),
        ([("B",), ("a  b",)], {"a  b": ["B"]}),
    ],
)
def test_what_follows_from_what(lists, follows):
    found = blocks("text", lists, [])
    names = {
        variable.name: [block.examples[0] for block in followers]
        for variable, followers in found.follows.items()
    }
    assert names == follows


def test_only_lists_that_are_asked_for_all_have_large_blocks():
    lists = [("a", "b"), ("c", "d"), ("e",)]
    found = blocks("text", lists, [1, 2])
    assert [[each.is_large for each in mine] for mine in found.by_list] == [
        [False],
        [True],
        [False],
    ]
    assert found.by_list[1][0].variable.size == LARGE_SIZE


def test_entries_are_not_compared_beyond_a_number(monkeypatch):
    lists = [("log", "x"), ("log in",)]
    assert blocks("text", lists, []).follows
    monkeypatch.setattr(module, "MOST_COMPARED", 2)
    assert not blocks("text", lists, []).follows
    monkeypatch.setattr(module, "MOST_COMPARED", 3)
    monkeypatch.setattr(module, "MOST_CHARACTERS", 8)
    assert not blocks("text", lists, []).follows
