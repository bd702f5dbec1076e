"""Attacks are drawn by number: the same again, twins beside them, families apart."""

from collections import Counter

import pytest

from guardrail import Guard
from guardrail.disguises import DISGUISES
from guardrail.errors import SettingsError
from guardrail.language.source import Source
from guardrail.redteam.campaign import campaign
from guardrail.redteam.run import run
from guardrail.redteam.techniques import ASKING, PLAIN, split, techniques
from tests.redteam.policies import leaky, settings


def plan(budget=400, *, can_ask=False, **changes):
    guard = leaky()
    return campaign(guard, settings(guard, budget, **changes), can_ask=can_ask)


def test_a_number_gives_the_same_attack_in_any_order():
    one, other = plan(), plan()
    numbers = range(100)
    forward = [one.attack(number, ()) for number in numbers]
    backward = [other.attack(number, ()) for number in reversed(numbers)]
    assert forward == backward[::-1]
    assert len({attack.id for attack in forward}) == len(forward)


def test_another_seed_gives_other_attacks():
    assert plan().attack(0, ()) != plan(seed=4).attack(0, ())


def test_every_second_attempt_is_the_benign_twin_of_the_one_before():
    made = plan()
    names = {each.value for found in made.forbidden.values() for each in found}
    for number in range(0, 100, 2):
        attack, twin = made.attack(number, ()), made.attack(number + 1, ())
        assert (attack.is_twin, twin.is_twin) == (False, True)
        assert (attack.rule, attack.names, attack.carrier) == (twin.rule, twin.names, twin.carrier)
        assert attack.value in names
        assert twin.value not in names


def test_attacks_say_where_the_value_stands():
    made = plan()
    for number in range(100):
        attack = made.attack(number, ())
        assert attack.text[attack.at :].startswith(attack.shown)


def test_one_round_tries_every_rule_with_every_technique_before_any_twice():
    made = plan(1000, rounds=1)
    drawn = [made.attack(2 * turn, ()) for turn in range(len(made.cells))]
    counts = Counter((attack.rule, attack.names) for attack in drawn)
    assert set(counts.values()) == {1}
    assert {rule for rule, _ in counts} == {"no_names", "no_codes"}


def test_rounds_cover_the_budget_in_order():
    made = plan(401, rounds=4)
    numbers = [made.round_of(number) for number in range(401)]
    assert numbers == sorted(numbers)
    assert set(numbers) == {1, 2, 3, 4}
    assert max(Counter(numbers).values()) - min(Counter(numbers).values()) <= 4


def test_later_rounds_build_on_what_got_through_within_its_part(tmp_path):
    guard = leaky()
    done = run(guard, None, tmp_path / "log", settings(guard, 600))
    known = {attempt.id: attempt for attempt in done.attempts}
    children = [each.attack for each in done.attempts if each.attack.parents]
    assert len(children) > 50
    for child in children:
        parent = known[child.parents[0]]
        assert parent.result == "missed"
        assert parent.attack.round < child.round
        assert parent.attack.split == child.split
        families = {done.campaign.techniques[name].family for name in child.names}
        assert {done.campaign.splits[family] for family in families} == {child.split}


def test_families_are_split_by_the_seed_and_plain_is_never_held_out():
    families = [each.family for each in techniques(can_ask=True).values()]
    drawn = [split(families, seed) for seed in range(20)]
    assert all(each[PLAIN] == "train" for each in drawn)
    assert all(list(each.values()).count("held_out") >= 3 for each in drawn)
    assert len({tuple(each.items()) for each in drawn}) > 10


def test_ways_to_ask_are_techniques_only_where_somebody_is_asked():
    asked, unasked = techniques(can_ask=True), techniques(can_ask=False)
    assert set(unasked) == {PLAIN, *DISGUISES}
    assert set(asked) - set(unasked) == set(ASKING) - {PLAIN}


def test_a_policy_without_values_is_refused_with_what_to_do():
    text = "edition 1\npolicy p\n  on error treat as violation\n"
    guard = Guard.load(Source("p.guard", text))
    with pytest.raises(SettingsError, match="nothing to attack") as caught:
        campaign(guard, settings(guard), can_ask=False)
    assert "add tests" in caught.value.help


def test_a_policy_that_fires_on_everything_is_refused_with_what_to_do():
    text = (
        "edition 1\npolicy p\n  on error treat as violation\n"
        'rule r on output\n  require text contains "xyzzy"\n  then flag\n'
    )
    guard = Guard.load(Source("p.guard", text))
    with pytest.raises(SettingsError, match="is itself a finding") as caught:
        campaign(guard, settings(guard), can_ask=False)
    assert "expect allow" in caught.value.help


def test_a_rule_that_fires_on_harmless_words_is_not_attacked():
    text = (
        "edition 1\npolicy p\n  on error treat as violation\n"
        'list l ["nightjar"]\npattern wide = /\\b[a-z]+-[0-9]+\\b/\n'
        "rule narrow on output\n  when text contains any l\n  then flag\n"
        "rule codes on output\n  when text matches wide\n  then flag\n"
    )
    guard = Guard.load(Source("p.guard", text))
    made = campaign(guard, settings(guard), can_ask=False)
    assert set(made.forbidden) == {"narrow"}
    assert "harmless words" in made.untried["codes"]
