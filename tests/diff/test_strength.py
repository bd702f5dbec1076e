"""The partial order of what decisions do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from guardrail.diff.relation import Relation
from guardrail.diff.strength import Strength, compared
from guardrail.values import Action

NOTHING = Strength(Action.ALLOW, is_held=False, cuts={}, appends=frozenset(), queues=frozenset())
CUT = replace(NOTHING, action=Action.REDACT, cuts={"mail": 4})
SAID = replace(NOTHING, action=Action.APPEND, appends=frozenset({"hint"}))
BLOCKED = replace(NOTHING, action=Action.BLOCK, is_held=True)


@pytest.mark.parametrize(
    ("old", "new", "relation"),
    [
        (NOTHING, NOTHING, Relation.EQUAL),
        (NOTHING, replace(NOTHING, action=Action.FLAG), Relation.STRICTER),
        (CUT, replace(CUT, cuts={"mail": 4, "web": 4}), Relation.STRICTER),
        (CUT, replace(CUT, cuts={"web": 4}), Relation.INCOMPARABLE),
        (CUT, replace(CUT, cuts={"mail": 1}), Relation.LOOSER),
        (CUT, SAID, Relation.INCOMPARABLE),
        (SAID, replace(SAID, appends=frozenset()), Relation.LOOSER),
        (CUT, BLOCKED, Relation.STRICTER),
        (SAID, BLOCKED, Relation.STRICTER),
        (BLOCKED, replace(BLOCKED, cuts={"mail": 4}, appends=frozenset({"x"})), Relation.EQUAL),
        (BLOCKED, replace(BLOCKED, is_held=False), Relation.LOOSER),
        (BLOCKED, replace(BLOCKED, action=Action.REPLACE), Relation.LOOSER),
        (BLOCKED, replace(BLOCKED, queues=frozenset({"q"})), Relation.STRICTER),
        (
            replace(CUT, queues=frozenset({"q"})),
            BLOCKED,
            Relation.INCOMPARABLE,
        ),
        (
            replace(BLOCKED, action=Action.REWRITE),
            replace(BLOCKED, is_held=False),
            Relation.INCOMPARABLE,
        ),
    ],
)
def test_decisions_are_compared_in_every_respect(old, new, relation):
    assert compared(old, new) is relation
    opposite = {Relation.LOOSER: Relation.STRICTER, Relation.STRICTER: Relation.LOOSER}
    assert compared(new, old) is opposite.get(relation, relation)
