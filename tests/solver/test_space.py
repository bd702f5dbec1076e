from __future__ import annotations

import pytest

from guardrail.language.source import Source
from guardrail.plan.logic import evaluate, fires
from guardrail.plan.lower import lower
from guardrail.runtime.compile import diagnose
from guardrail.solver.formula import TRUE, conj, disj, neg
from guardrail.solver.space import Space
from guardrail.values import Truth

HEAD = "edition 1\npolicy p\n  on error treat as violation\n"


def policy_of(text):
    policy, diagnostics = diagnose(Source("p.guard", HEAD + text))
    assert policy is not None, diagnostics
    return policy


def compared(*texts):
    """The space of several policies, and the rules of each."""
    policies = [policy_of(text) for text in texts]
    plans = [lower(policy, "output") for policy in policies]
    space = Space(plans, policies)
    return space, plans, [space.rules(plan) for plan in plans]


def words(text, rule="r", part="fires"):
    space, (plan,), (rules,) = compared(text)
    formula = getattr(rules[rule], part)
    witness = space.solve(formula)
    assert witness is not None
    value = fires(
        next(each for each in plan.rules if each.name == rule), space.outcomes(plan, witness)
    )
    assert value is (Truth.TRUE if part == "fires" else Truth.ERROR)
    return witness.words()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('rule r on output when text contains "reset" then flag', ("text contains `reset`",)),
        (
            'list a ["x", "y"] rule r on output require text contains any a then flag',
            ("text contains nothing of `a`",),
        ),
        (
            'list a ["x", "y"] rule r on output when text contains all a then flag',
            ("text contains `x`, `y`",),
        ),
        (
            (
                'list a ["x", "y"]\nrule r on output\n'
                "  when text contains any a and not text contains all a then flag"
            ),
            ("text contains `x` but not all of the others",),
        ),
        (
            (
                'detector hate = classifier(model: "m", label: h) '
                'detector crime = classifier(model: "m", label: c) '
                "rule r on output when hate >= 0.85 and crime < 0.5 then flag"
            ),
            ("`hate` is 0.85", "`crime` is 0.00"),
        ),
        (
            "detector size = length(unit: words) rule r on output when size > 200 then flag",
            ("`size` is 201",),
        ),
        (
            "detector pii = pii(entities: [PERSON]) rule r on output require pii found then flag",
            ("`pii` finds nothing",),
        ),
        (
            "detector web = links() rule r on output when web found at least 3 times then flag",
            ("`web` finds 3 things",),
        ),
        (
            'detector spoken = language() rule r on output when spoken is "de" then flag',
            ('`spoken` is "de"',),
        ),
        (
            (
                "pattern id = /K[0-9]+/\nrule r on output\n"
                "  when text matches id and not text matches id exactly then flag"
            ),
            ("text matches `id`", "text does not match `id` exactly"),
        ),
        (
            (
                'list fine ["y"] detector web = links() '
                "rule r on output when web found except fine then flag"
            ),
            ("`web` finds something", "`except` `fine` leaves something of `web`"),
        ),
        (
            'rule r on output when prompt contains "x" or text contains "y" then flag',
            ("prompt contains `x`",),
        ),
    ],
)
def test_witness_speaks_the_words_of_the_policy(text, expected):
    assert sorted(words(text)) == sorted(expected)


def test_witness_says_what_fails():
    text = 'detector hate = classifier(model: "m", label: h) rule r on output when hate >= 0.5 then flag'
    assert words(text, part="errs") == ("`hate` fails",)
    text = "pattern id = /K[0-9]+/ rule r on output when text matches id then flag"
    assert words(text, part="errs") == ("looking for `id` in the text fails",)
    text = 'rule r on output when text contains "x" then flag'
    assert words(text, part="errs") == ("looking for `x` in the text fails",)


def test_witness_says_little_of_much_that_is_not_found():
    rules = "\n".join(f'rule r{n} on output when text contains "w{n}" then flag' for n in range(20))
    space, _, (encoded,) = compared(rules)
    witness = space.solve(
        conj(encoded["r3"].fires, *(neg(e.fires) for n, e in encoded.items() if n != "r3"))
    )
    assert witness is not None
    said = witness.words()
    assert said[0] == "text contains `w3`"
    assert said[-1] == "12 more find nothing"
    assert len(said) == 9


TWICE = (
    'detector {0} = classifier(model: "m", label: {1}) rule r on output when {0} >= 0.5 then flag'
)


@pytest.mark.parametrize(
    ("old", "new", "is_same"),
    [
        (TWICE.format("hate", "h"), TWICE.format("toxic", "h"), True),
        (TWICE.format("hate", "h"), TWICE.format("hate", "t"), False),
        (
            'list a ["x", "y"] rule r on output when text contains any a then flag',
            'list b ["Y", "x"] rule r on output when text contains any b then flag',
            True,
        ),
        (
            'list a ["x"] rule r on output when text contains any a then flag',
            'rule r on output when text contains "x" then flag',
            True,
        ),
        (
            'list a ["x"] rule r on output when text contains any a then flag',
            'rule r on output when prompt contains "x" then flag',
            False,
        ),
        (
            'list a ["x.org"] detector w = links(allow: a) rule r on output when w found then flag',
            'list b ["x.org"] detector w = links(allow: b) rule r on output when w found then flag',
            True,
        ),
        (
            'list a ["x.org"] detector w = links(allow: a) rule r on output when w found then flag',
            'list a ["y.org"] detector w = links(allow: a) rule r on output when w found then flag',
            False,
        ),
        (
            "detector p = pii(entities: [PERSON, US_SSN]) rule r on output when p found then flag",
            "detector q = pii(entities: [US_SSN, PERSON]) rule r on output when q found then flag",
            True,
        ),
        (
            "pattern a = /x+/i rule r on output when text matches a then flag",
            "pattern b = /x+/i rule r on output when text matches b then flag",
            True,
        ),
        (
            "pattern a = /x+/i rule r on output when text matches a then flag",
            "pattern a = /x+/ rule r on output when text matches a then flag",
            False,
        ),
    ],
)
def test_the_same_thing_is_one_variable_whatever_its_name(old, new, is_same):
    space, _, (before, after) = compared(old, new)
    one, two = before["r"].fires, after["r"].fires
    assert space.is_possible(conj(one, two))
    assert space.is_possible(conj(one, neg(two))) == (not is_same)
    assert space.is_possible(conj(two, neg(one))) == (not is_same)


EXCEPT = (
    'list few ["1"] list many ["1", "2"] list other ["3"] detector p = pii(entities: [PHONE_NUMBER]) '
    "rule r on output when p found except {0} then redact"
)


@pytest.mark.parametrize(
    ("old", "new", "can_lose", "can_gain"),
    [
        ("few", "few", False, False),
        ("few", "many", True, False),
        ("many", "few", False, True),
        ("few", "other", True, True),
        ("few, other", "other, few", False, False),
    ],
)
def test_more_excuses_keep_less(old, new, can_lose, can_gain):
    space, plans, (before, after) = compared(EXCEPT.format(old), EXCEPT.format(new))
    one, two = before["r"].fires, after["r"].fires
    assert space.is_possible(conj(one, neg(two))) == can_lose
    assert space.is_possible(conj(two, neg(one))) == can_gain
    cuts = [space.cut(plan, plan.rules[0].cuts[0]) for plan in plans]
    assert cuts[0].keys() == cuts[1].keys()
    (key,) = cuts[0]
    assert space.is_possible(conj(cuts[0][key], neg(cuts[1][key]))) == can_lose


def test_a_list_is_cut_block_by_block():
    text = "list a [{0}] rule r on output when text contains any a then redact"
    space, (old, new), _ = compared(text.format('"x", "y", "z"'), text.format('"y", "z"'))
    before, after = (space.cut(plan, plan.rules[0].cuts[0]) for plan in (old, new))
    assert len(before) == 2
    assert len(after) == 1
    lost = disj(*(conj(found, neg(after.get(key, neg(TRUE)))) for key, found in before.items()))
    witness = space.solve(lost)
    assert witness is not None
    assert witness.words() == ("text contains `x`",)
    assert not space.is_possible(
        disj(*(conj(found, neg(before[key])) for key, found in after.items()))
    )


def test_a_witness_holds_in_every_plan():
    """What is not in the question is quiet, but for what follows from the answer."""
    space, (old, new), (before, _) = compared(
        'rule r on output when text contains "please log in" then flag',
        'rule r on output when text contains "log" then flag',
    )
    witness = space.solve(before["r"].fires)
    assert witness is not None
    for plan in (old, new):
        outcomes = space.outcomes(plan, witness)
        assert evaluate(plan.rules[0].condition, outcomes) is Truth.TRUE


def test_several_plans_need_their_policies():
    policy = policy_of('rule r on output when text contains "x" then flag')
    plans = [lower(policy, "output"), lower(policy, "output")]
    with pytest.raises(ValueError, match="policies"):
        Space(plans)


def test_formulas_are_related_by_what_follows():
    space, _, (rules,) = compared(
        'rule a on output when text contains "log in" then flag\n'
        'rule b on output when text contains "log" then flag\n'
        'rule c on output when text contains "out" then flag'
    )
    related = {name: space.related(rule.fires) for name, rule in rules.items()}
    assert related["b"] < related["a"]
    assert related["c"].isdisjoint(related["a"])


def test_a_case_answers_other_questions():
    space, _, (rules,) = compared(
        'rule a on output when text contains "log in" then flag\n'
        'rule b on output when text contains "log" then flag'
    )
    case = space.case(rules["a"].fires)
    assert case is not None
    assert case.holds(rules["b"].fires)
    assert not case.holds(neg(rules["a"].fires))
    assert space.case(conj(rules["a"].fires, neg(rules["b"].fires))) is None
