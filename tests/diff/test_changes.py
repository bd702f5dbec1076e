"""What reads differently."""

from __future__ import annotations

import pytest

from guardrail.diff.changes import Change, list_changes, policy_changes
from guardrail.diff.engine import diff
from tests.diff.policies import HEAD, compare, policy

BLOCK = "when hate >= 0.8 then block"


def rule_changes(old: str, new: str) -> list[tuple[str, str | None, str | None]]:
    (rule,) = compare(old, new).sides[0].rules
    return [(each.what, each.old, each.new) for each in rule.changes]


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        (BLOCK, BLOCK, []),
        (BLOCK, f"severity low {BLOCK}", [("severity", "medium", "low")]),
        (BLOCK, f'{BLOCK} message "Be kind."', [("message", None, "Be kind.")]),
        (BLOCK, f"late {BLOCK}", [("late", None, "yes")]),
        (BLOCK, f"{BLOCK} on error treat as flag", [("on error", "violation", "flag")]),
        (BLOCK, "when hate >= 0.85 then block", [("limit in when", "hate >= 0.8", "hate >= 0.85")]),
        (
            "when hate >= 0.8 and size > 5 then flag",
            "when hate >= 0.9 and size > 6 then flag",
            [
                ("limit in when", "hate >= 0.8", "hate >= 0.9"),
                ("limit in when", "size > 5", "size > 6"),
            ],
        ),
        (
            BLOCK,
            "when hate >= 0.8 and size > 5 then block",
            [("when", "hate >= 0.8", "hate >= 0.8 and size > 5")],
        ),
        (
            BLOCK,
            "require hate < 0.8 then block",
            [("when", "hate >= 0.8", None), ("require", None, "hate < 0.8")],
        ),
        (
            BLOCK,
            'when hate >= 0.8 unless text contains "red" then block',
            [("unless", None, 'text contains "red"')],
        ),
        (
            "when mail found then redact",
            'when mail found except ours then redact as "#" and escalate to "q"',
            [
                ("except", None, "ours"),
                ("then", 'redact as "[{type}]"', 'redact as "#" and escalate to "q"'),
            ],
        ),
        (
            "when size > 5 and (mail found or not hate > 0.5) then flag",
            "when size > 5 then flag",
            [("when", "size > 5 and (mail found or not hate > 0.5)", "size > 5")],
        ),
    ],
)
def test_what_a_rule_says_otherwise_is_listed(old, new, changes):
    assert rule_changes(old, new) == changes


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        ("block with other", '"Ask somebody else."', '"No."'),
        ("replace with other", '"Ask somebody else."', '"No."'),
        ("append other", '"Ask somebody else."', '"No."'),
    ],
)
def test_a_reworded_reply_is_equal_and_listed(action, before, after):
    rule = f"r on output when hate >= 0.8 then {action}"
    found = diff(policy(rule), policy(rule, head=HEAD.replace("Ask somebody else.", "No.")))
    (changed,) = found.sides[0].rules
    assert found.relation.value == "equal"
    assert changed.status == "changed"
    assert changed.changes == (Change("reply `other`", before, after),)


def test_a_reworded_otherwise_and_fallback_are_listed_with_the_rules_that_send_them():
    rules = (
        "a on output when hate >= 0.8 then rewrite using again",
        "b on output when hate >= 0.8 then block",
        "c on output when mail found then redact",
        "d on output when hate >= 0.8 then block with other",
    )
    new = HEAD.replace('reply sorry "Sorry."', 'reply sorry "So sorry."')
    found = diff(policy(*rules), policy(*rules, head=new))
    assert {rule.name: [each.what for each in rule.changes] for rule in found.sides[0].rules} == {
        "a": ["reply `sorry`"],
        "b": ["reply `sorry`"],
        "c": ["reply `sorry`"],
        "d": [],
    }


def test_lists_show_what_came_and_went():
    rule = "r on output when text contains any colors then flag"
    new = HEAD.replace('["red", "green"]', '["green", "blue", "grey"]')
    old_policy, new_policy = policy(rule), policy(rule, head=new)
    (change,) = list_changes(old_policy, new_policy)
    assert (change.name, change.added, change.removed) == ("colors", ("blue", "grey"), ("red",))
    (changed,) = diff(old_policy, new_policy).sides[0].rules
    assert changed.changes == (
        Change("list `colors`", "2 entries", "3 entries (2 added, 1 removed)"),
    )


def test_a_list_that_is_new_or_gone_is_listed():
    rule = "r on output when hate > 0.5 then flag"
    new = HEAD.replace("list colors", "list hues")
    gone, come = list_changes(policy(rule), policy(rule, head=new))
    assert (gone.name, gone.old, gone.new) == ("colors", 2, None)
    assert (come.name, come.old, come.new) == ("hues", None, 2)


def test_what_stands_outside_the_rules_is_listed():
    rule = "r on output when hate > 0.5 then flag"
    test = '\ntest "t" given output "x" with hate = 0.9 expect flag'
    old = policy(rule, head=HEAD.replace("fallback sorry", 'owner "A" version "1" budget 50 ms'))
    new = policy(rule + test, head=HEAD.replace("[EMAIL_ADDRESS]", "[EMAIL_ADDRESS, US_SSN]"))
    assert {each.what: (each.old, each.new) for each in policy_changes(old, new)} == {
        "owner": ("A", None),
        "version": ("1", None),
        "budget": ("50 ms", None),
        "fallback": (None, "sorry"),
        "detector `mail`": (
            'pii(entities: ["EMAIL_ADDRESS"])',
            'pii(entities: ["EMAIL_ADDRESS", "US_SSN"])',
        ),
        'test "t"': (None, 'output "x", hate = 0.9 → flag'),
    }
