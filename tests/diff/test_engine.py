"""Two policies compared, case by case."""

from __future__ import annotations

import pytest

from guardrail.diff.engine import diff
from guardrail.diff.relation import Relation
from tests.diff.policies import HEAD, compare, policy

HATE = "when hate >= 0.8 then"
COLORS = "when text contains any colors then"

RELATIONS = [
    # actions
    (f"{HATE} block", f"{HATE} block", "equal"),
    (f"{HATE} block", f"{HATE} replace with sorry", "looser"),
    (f"{HATE} flag", f"{HATE} block", "stricter"),
    (f"{COLORS} append sorry", f"{COLORS} redact", "incomparable"),
    (f"{COLORS} append sorry", f"{COLORS} redact and append sorry", "stricter"),
    (f"{COLORS} redact", f"{COLORS} rewrite using again", "stricter"),
    # limits
    (f"{HATE} block", "when hate >= 0.85 then block", "looser"),
    (f"{HATE} block", "when hate > 0.8 then block", "looser"),
    (f"{HATE} block", "when hate >= 0.75 then block", "stricter"),
    (f"{HATE} block", "when hate < 0.8 then block", "incomparable"),
    ("when size > 5 then flag", "when size >= 6 then flag", "equal"),
    ("when size > 5 then flag", "when size >= 5 then flag", "stricter"),
    ("require hate < 0.8 then block", f"{HATE} block", "equal"),
    # findings
    ("when mail found then flag", "when mail found at least 2 times then flag", "looser"),
    (f"{COLORS} flag", "when text contains all colors then flag", "looser"),
    (f"{COLORS} flag", 'when text contains "red" then flag', "looser"),
    (f"{COLORS} flag", 'when text contains "red" or text contains "green" then flag', "equal"),
    (f"{COLORS} flag", 'when text contains "blue" then flag', "incomparable"),
    ('when text contains "log" then flag', 'when text contains "log in" then flag', "looser"),
    ("when text matches ticket then flag", "when text matches ticket exactly then flag", "looser"),
    # redactions
    ("when mail found then redact", "when mail found except ours then redact", "looser"),
    (f"{COLORS} redact", 'when text contains "red" then redact', "looser"),
    ("when mail found or web found then redact", "when mail found then redact", "looser"),
    ("when mail found then redact", 'when mail found then redact as "{last4}"', "looser"),
    ('when mail found then redact as "{n}"', 'when mail found then redact as "#"', "stricter"),
    ("when mail found then redact", 'when mail found then redact as "***"', "equal"),
    # exceptions
    (f"{HATE} block", f"when hate >= 0.8 unless {COLORS[5:-5]} then block", "looser"),
    (
        'when hate >= 0.8 unless text contains "red" then block',
        f"when hate >= 0.8 unless {COLORS[5:-5]} then block",
        "looser",
    ),
    # errors
    (f"{HATE} block", f"{HATE} block on error treat as flag", "looser"),
    (f"{HATE} flag", f"{HATE} flag on error treat as flag", "equal"),
    (f"{HATE} flag on error treat as flag", f"{HATE} flag", "equal"),
    (f"{COLORS} redact", f"{COLORS} redact on error treat as flag", "equal"),  # lists do not fail
    ("when mail found then redact", "when mail found then redact on error treat as flag", "looser"),
    # escalations
    (f'{HATE} block and escalate to "q"', f"{HATE} block", "looser"),
    (f'{HATE} flag and escalate to "a"', f'{HATE} flag and escalate to "b"', "incomparable"),
    (f'{HATE} escalate to "a"', f'{HATE} block and escalate to "a"', "stricter"),
    # what is said
    (f"{HATE} block with sorry", f"{HATE} block with other", "equal"),
    (f"{COLORS} append sorry", f"{COLORS} append same", "equal"),
    (f"{COLORS} append sorry", f"{COLORS} append other", "incomparable"),
    (f"severity low {HATE} block", f"severity high {HATE} block", "equal"),
    # streams
    (f"{HATE} block", f"late {HATE} block", "looser"),
    (f"late {HATE} replace with sorry", f"{HATE} block", "stricter"),
    (f"{HATE} replace with sorry", f"late {HATE} block", "incomparable"),
]


@pytest.mark.parametrize(("old", "new", "relation"), RELATIONS)
def test_a_rule_and_the_whole_stand_as_the_table_says(old, new, relation):
    found = compare(old, new)
    (side,) = found.sides
    (rule,) = side.rules
    assert found.is_decided
    assert (found.relation.value, rule.standing.relation.value) == (relation, relation)
    assert (side.standing.looser is not None) == (relation in ("looser", "incomparable"))
    assert (side.standing.stricter is not None) == (relation in ("stricter", "incomparable"))


@pytest.mark.parametrize(("old", "new", "relation"), RELATIONS)
def test_the_other_way_round_the_table_is_reversed(old, new, relation):
    opposite = {"looser": "stricter", "stricter": "looser"}
    assert compare(new, old).relation.value == opposite.get(relation, relation)


def test_a_witness_says_when_and_what():
    (side,) = compare(f"{HATE} block with sorry", "when hate >= 0.85 then block").sides
    witness = side.standing.looser
    assert witness is not None
    assert witness.when == ("`hate` is 0.80",)
    assert (witness.old, witness.new) == ("block with sorry", "allow")
    assert witness.text is None


def test_a_witness_comes_with_a_text_where_lists_and_patterns_decide():
    old = policy("r on output when text contains all colors and text matches ticket then block")
    new = policy("r on output when text contains all colors and text matches ticket then flag")
    witness = diff(old, new).sides[0].standing.looser
    assert witness is not None
    assert witness.text is not None
    for word in ("red", "green", "T-1111"):
        assert word in witness.text.text


def test_a_text_comes_with_what_detectors_answer_to_it():
    old = policy("r on output when mail found and hate >= 0.8 then block")
    new = policy("r on output when mail found and hate >= 0.9 then block")
    witness = diff(old, new).sides[0].standing.looser
    assert witness is not None
    assert witness.text is not None
    assert witness.text.text == "<mail 1>"
    assert witness.text.answers == {"mail": "<mail 1>", "hate": "0.8"}


def test_the_text_of_an_except_names_what_it_excuses():
    old = policy("r on output when text matches phone then redact", head=PHONES)
    new = policy("r on output when text matches phone except ours then redact", head=PHONES)
    witness = diff(old, new).sides[0].standing.looser
    assert witness is not None
    assert witness.text is not None
    assert witness.text.text == "555-0100"


def test_the_text_of_a_changed_except_names_what_only_one_of_them_excuses():
    head = HEAD.replace('["555-0100"]', '["555-0100", "555-0199"]')
    rule = "r on output when mail found except ours then redact"
    witness = diff(policy(rule), policy(rule, head=head)).sides[0].standing.looser
    assert witness is not None
    assert witness.text is not None
    assert witness.text.text == "555-0199"
    assert any(words.startswith("the new `except`") for words in witness.when)


PHONES = HEAD + "pattern phone = /\\b555-[0-9]{4}\\b/\n"


def test_an_added_rule_that_changes_nothing_leaves_the_whole_equal():
    old = policy(f"a on output {HATE} block")
    new = policy(f"a on output {HATE} block", "b on output when hate >= 0.9 then flag")
    (side,) = diff(old, new).sides
    assert side.standing.relation is Relation.EQUAL
    assert [(rule.name, rule.status, rule.standing.relation.value) for rule in side.rules] == [
        ("a", "unchanged", "equal"),
        ("b", "added", "stricter"),
    ]


def test_a_removed_rule_that_others_cover_leaves_the_whole_equal():
    old = policy(f"a on output {COLORS} block", 'b on output when text contains "red" then block')
    new = policy(f"a on output {COLORS} block")
    (side,) = diff(old, new).sides
    assert side.standing.relation is Relation.EQUAL
    assert side.rules[1].standing.relation is Relation.LOOSER


def test_a_removed_rule_that_two_others_cover_together_leaves_the_whole_equal():
    halves = (
        'b on output when text contains "red" then block',
        'c on output when text contains "green" then block',
    )
    old, new = policy(f"a on output {COLORS} block", *halves), policy(*halves)
    assert diff(old, new).relation is Relation.EQUAL


def test_a_template_of_higher_severity_that_shows_more_makes_the_whole_looser():
    mild = "a on output severity low when mail found then redact"
    showing = 'b on output severity high when mail found then redact as "{last4}"'
    (side,) = diff(policy(mild), policy(mild, showing)).sides
    assert side.standing.relation is Relation.LOOSER
    assert side.rules[1].standing.relation is Relation.STRICTER


def test_a_withheld_redaction_escalates_too():
    """Only where `mail` fails: there `s` is silent, and `r` sends the fallback."""
    other = 's on output when mail found then escalate to "q" on error treat as pass reason "r"'
    old = policy('r on output when mail found then redact and escalate to "q"', other)
    new = policy("r on output when mail found then redact", other)
    (side,) = diff(old, new).sides
    assert side.standing.relation is Relation.LOOSER
    assert side.standing.looser is not None
    assert side.standing.looser.when == ("`mail` fails",)


def test_a_renamed_rule_is_removed_and_added_with_a_hint():
    (side,) = diff(policy(f"a on output {HATE} block"), policy(f"b on output {HATE} block")).sides
    assert side.standing.relation is Relation.EQUAL
    assert [(rule.name, rule.status, rule.same_as) for rule in side.rules] == [
        ("a", "removed", "b"),
        ("b", "added", "a"),
    ]


def test_a_rule_of_another_meaning_is_no_renamed_one():
    new = policy("b on output when hate >= 0.9 then block")
    (side,) = diff(policy(f"a on output {HATE} block"), new).sides
    assert [rule.same_as for rule in side.rules] == [None, None]


def test_sides_are_compared_apart():
    old = policy(f"r on output {COLORS} block")
    new = policy(f"r on both {COLORS} block")
    found = diff(old, new)
    assert [(side.side, side.standing.relation.value) for side in found.sides] == [
        ("output", "equal"),
        ("input", "stricter"),
    ]
    assert found.relation is Relation.STRICTER


def test_one_side_looser_and_one_stricter_is_incomparable():
    old = policy(f"r on output {COLORS} block")
    new = policy(f"r on input {COLORS} block")
    assert diff(old, new).relation is Relation.INCOMPARABLE


def test_a_changed_pattern_is_a_different_atom():
    old = policy("r on output when text matches ticket then block")
    head = HEAD.replace("[0-9]{4}", "[0-9]{3}")
    new = policy("r on output when text matches ticket then block", head=head)
    found = diff(old, new)
    assert found.relation is Relation.INCOMPARABLE
    assert found.is_decided


def test_a_witness_tells_the_old_atom_from_the_new_one_of_the_same_name():
    rules = f"r on output {HATE} block", "s on output when text matches ticket then block"
    head = HEAD.replace("[0-9]{4}", "[0-9]{3}").replace('"m"', '"n"')
    (side,) = diff(policy(*rules), policy(*rules, head=head)).sides
    hate, ticket = (each.standing.looser.when for each in side.rules)
    assert set(hate) == {"the old `hate` is 0.80", "the new `hate` is 0.00"}
    assert set(ticket) == {"text matches the old `ticket`", "text does not match the new `ticket`"}


def test_what_a_detector_is_given_tells_the_old_from_the_new():
    """The declaration reads the same: it is the list that says something else."""
    rule = "r on output when links found then block"
    head = f"{HEAD}\ndetector links = links(allow: hosts)\n"
    old, new = (
        policy(rule, head=f'{head}list hosts ["{host}"]\n')
        for host in ("example.org", "example.com")
    )
    witness = diff(old, new).sides[0].standing.looser
    assert set(witness.when) == {"the old `links` finds something", "the new `links` finds nothing"}
    assert witness.text.answers == {"old links": "<links 1>", "new links": "nothing"}


@pytest.mark.parametrize(
    ("new", "when"),
    [
        (f'{HATE} block unless text contains "red"', {"`hate` is 0.80", "text contains `red`"}),
        (f"{HATE} block on error treat as flag", {"`hate` fails"}),
        ("when mail found then block", {"`hate` is 0.80", "`mail` finds nothing"}),
    ],
)
def test_detectors_fail_in_a_witness_only_if_that_is_the_difference(new, when):
    (side,) = compare(f"{HATE} block", new).sides
    assert set(side.standing.looser.when) == when


def test_a_renamed_list_with_the_same_entries_is_the_same():
    head = HEAD.replace("list colors", "list hues")
    old = policy(f"r on output {COLORS} block")
    new = policy("r on output when text contains any hues then block", head=head)
    assert diff(old, new).relation is Relation.EQUAL


def test_a_longer_list_of_exceptions_is_looser_and_a_longer_list_of_hits_stricter():
    longer = HEAD.replace('ours ["555-0100"]', 'ours ["555-0100", "555-0199"]')
    rule = "r on output when mail found except ours then redact"
    assert diff(policy(rule), policy(rule, head=longer)).relation is Relation.LOOSER
    more = HEAD.replace('"green"]', '"green", "blue"]')
    rule = f"r on output {COLORS} block"
    assert diff(policy(rule), policy(rule, head=more)).relation is Relation.STRICTER


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"each sentence {HATE} block", f"{HATE} block"),
        (f"{HATE} flag", f"each sentence {HATE} flag"),
    ],
)
def test_each_sentence_against_the_whole_text_is_not_decided(old, new):
    found = compare(old, new)
    assert not found.is_decided
    assert found.relation is Relation.INCOMPARABLE
    assert "each sentence" in (found.sides[0].standing.undecided or "")


def test_rules_that_look_at_each_sentence_are_compared_with_each_other():
    old, new = f"each sentence {HATE} block", "each sentence when hate >= 0.9 then block"
    found = compare(old, new)
    assert found.is_decided
    assert found.relation is Relation.LOOSER
    assert compare(old, old).relation is Relation.EQUAL


def test_a_rule_on_sentences_does_not_cover_one_on_the_whole_text():
    whole = 'a on output when text contains "x" and text contains "y" then block'
    each = 'b on output each sentence when text contains "x" and text contains "y" then block'
    found = diff(policy(whole, each), policy(each))
    assert not found.is_decided
    assert found.relation is Relation.INCOMPARABLE


def test_a_question_that_is_too_large_is_not_decided(monkeypatch):
    from guardrail.solver.search import UndecidedError
    from guardrail.solver.space import Space

    def give_up(*_args, **_options):
        raise UndecidedError(1)

    monkeypatch.setattr(Space, "solve", give_up)
    found = compare(f"{HATE} block", "when hate >= 0.9 then block")
    assert not found.is_decided
    assert found.relation is Relation.INCOMPARABLE
    assert found.sides[0].standing.undecided == "the conditions are too large to decide"
