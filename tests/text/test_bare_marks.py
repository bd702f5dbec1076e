"""The guess that all marks at words mean emphasis."""

import pytest
import re2

from guardrail.text.mark_splits import asks_for_any_marks, bare


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("zero day **exploit**", "zero day exploit"),
        ("petrol _grenade_", "petrol grenade"),
        ('"ove_rl_ord"', '"overlord"'),
        ("tax_ frau_d", "tax fraud"),
        ("bu__ild1.__corp.example.__com__", "build1.corp.example.com"),
        ("sk_live_I8CYL_vHJYcazrXp_mofj9Vcyo", "sk_live_I8CYLvHJYcazrXpmofj9Vcyo"),
        ("6*17-555-*01*77*", "617-555-0177"),
        ("(30``3) 555-0139``", "(303) 555-0139"),
    ],
)
def test_marks_go(text, expected):
    assert bare(text).text == expected
    assert re2.search(asks_for_any_marks(), text)


@pytest.mark.parametrize(
    "text", ["$_SERVER[1] and $_SERVER[2]", 'day="%H_%M"\nname="backup_${day}.gz"']
)
def test_underscores_of_variables_are_no_marks(text):
    assert bare(text) is None


@pytest.mark.parametrize("text", ["2*3*4", "snake_case", "a * b", "5 | 6", "4 > 3"])
def test_what_is_no_mark_stays(text):
    assert bare(text) is None
