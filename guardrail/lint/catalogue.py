"""All lint rules, by code."""

from __future__ import annotations

from typing import Final

from guardrail.lint.rule import LintRule
from guardrail.lint.rules.correctness import (
    always_fires,
    cancelled_rule,
    conflicting_replies,
    covered_entry,
    duplicate_entry,
    expired_exception,
    idle_exception,
    never_fires,
    no_rules,
    redundant_condition,
    shadowed_rule,
    threshold_direction,
)
from guardrail.lint.rules.documentation import (
    bad_suppression,
    missing_owner,
    missing_tag,
    rule_without_principle,
    unenforced_principle,
    unknown_tag,
    untested_principle,
    untested_rule,
    unused_suppression,
)
from guardrail.lint.rules.performance import (
    huge_hold,
    idle_detector,
)
from guardrail.lint.rules.safety import (
    active_template,
    hidden_character,
    mixed_script,
)
from guardrail.lint.rules.style import (
    double_negation,
    literal_pattern,
)

RULES: Final[tuple[LintRule, ...]] = (
    expired_exception.RULE,
    no_rules.RULE,
    shadowed_rule.RULE,
    always_fires.RULE,
    never_fires.RULE,
    conflicting_replies.RULE,
    cancelled_rule.RULE,
    idle_exception.RULE,
    redundant_condition.RULE,
    threshold_direction.RULE,
    duplicate_entry.RULE,
    covered_entry.RULE,
    mixed_script.RULE,
    hidden_character.RULE,
    active_template.RULE,
    huge_hold.RULE,
    idle_detector.RULE,
    unenforced_principle.RULE,
    untested_principle.RULE,
    untested_rule.RULE,
    missing_owner.RULE,
    missing_tag.RULE,
    unknown_tag.RULE,
    rule_without_principle.RULE,
    unused_suppression.RULE,
    bad_suppression.RULE,
    literal_pattern.RULE,
    double_negation.RULE,
)

BY_CODE: Final = {rule.code: rule for rule in RULES}
