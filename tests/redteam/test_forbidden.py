"""Values come from the policy, and each breaks its rule undisguised."""

from guardrail import Guard
from guardrail.language.source import Source
from guardrail.redteam.forbidden import MOST_VALUES, forbidden_values, grounds, harmless
from tests.redteam.policies import leaky


def test_lists_patterns_and_tests_give_values():
    guard = leaky()
    found, _ = forbidden_values(guard, grounds(guard), 1)
    assert {(each.rule, each.value, each.kind) for each in found} == {
        ("no_names", "nightjar", "keyword"),
        ("no_names", "bluefin", "keyword"),
        ("no_names", "shadow ledger", "phrase"),
        ("no_codes", "PRJ-1111", "pattern"),
        ("no_codes", "PRJ-4711", "pattern"),
    }
    assert {each.action for each in found} == {"replace", "redact"}


def test_every_value_fires_its_rule_in_every_ground_and_a_harmless_word_none():
    guard = leaky()
    places = grounds(guard)
    found, _ = forbidden_values(guard, places, 1)
    assert len(places) == 6
    for place in places:
        assert not guard.check(place.put(harmless(guard.policy)).text).fired
        for each in found:
            fired = guard.check(place.put(each.value).text).fired
            assert each.rule in {one.rule for one in fired}


def test_a_requirement_is_met_by_a_text_that_the_tests_allow():
    assert {place.lead for place in grounds(leaky())} == {"Wait a moment, please.\n\n"}


def test_rules_that_are_not_attacked_say_why():
    guard = leaky()
    _, untried = forbidden_values(guard, grounds(guard), 1)
    assert untried.keys() == {"be_polite", "no_shouting"}
    assert "prompts" in untried["no_shouting"]
    assert "to be there" in untried["be_polite"]


def test_of_a_long_list_a_sample_is_drawn_by_the_seed():
    entries = ", ".join(f'"zq{chr(97 + n // 26)}{chr(97 + n % 26)}zq"' for n in range(300))
    text = (
        "edition 1\npolicy p\n  on error treat as violation\n"
        f"list l [{entries}]\nrule r on output\n  when text contains any l\n  then redact\n"
    )
    guard = Guard.load(Source("p.guard", text))
    places = grounds(guard)
    one, again, other = (forbidden_values(guard, places, number)[0] for number in (1, 1, 2))
    assert len(one) == MOST_VALUES
    assert one == again != other


def test_no_value_shows_in_a_repr():
    guard = leaky()
    found, _ = forbidden_values(guard, grounds(guard), 1)
    assert not any(each.value in repr(each) for each in found)
