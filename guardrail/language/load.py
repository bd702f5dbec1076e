"""The door of the language: from the path of a policy to a checked policy."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from guardrail.errors import PolicyError
from guardrail.language.check import check, needs_hash_key
from guardrail.language.diagnostics import Diagnostic, Label
from guardrail.language.render import in_order
from guardrail.language.resolve import resolve
from guardrail.language.source import Source

if TYPE_CHECKING:
    from guardrail.language.checked import CheckedPolicy
    from guardrail.language.resolve import Program
    from guardrail.language.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Inspection:
    """Everything that can be said about a policy: its files, its meaning, its mistakes.

    `program` is None when a file does not parse or cannot be read, `policy` when it has errors.
    """

    program: Program | None
    policy: CheckedPolicy | None
    diagnostics: list[Diagnostic]


def inspect(
    path: str | os.PathLike[str] | Source,
    vocabulary: Vocabulary,
    *,
    today: date | None = None,
) -> Inspection:
    """Return the files of a policy, the policy unless it has errors, and what is wrong with it.

    All mistakes of a station are found in one run, over all files; a file that does not parse or
    cannot be read stops the path before names are looked up. A `Source` stands for a file of
    that name. `today` (UTC) decides which exceptions have expired.
    """
    program, mistakes = resolve(path)
    if program is None:
        return Inspection(None, None, in_order(mistakes))
    policy, found = check(program, vocabulary, today or datetime.now(UTC).date())
    return Inspection(program, policy, in_order([*mistakes, *found]))


def diagnose(
    path: str | os.PathLike[str] | Source,
    vocabulary: Vocabulary,
    *,
    today: date | None = None,
) -> tuple[CheckedPolicy | None, list[Diagnostic]]:
    """Return the policy, unless it has errors, and everything that is wrong with it.

    >>> from guardrail.language.vocabulary import Vocabulary
    >>> policy, mistakes = diagnose(Source("a.guard", "edition 1"), Vocabulary({}, {}))
    >>> policy, [mistake.code for mistake in mistakes]
    (None, ['G104'])
    """
    found = inspect(path, vocabulary, today=today)
    return found.policy, found.diagnostics


def load(
    path: str | os.PathLike[str] | Source,
    vocabulary: Vocabulary,
    *,
    today: date | None = None,
    has_hash_key: bool = False,
) -> CheckedPolicy:
    """Return the policy, or raise `PolicyError` with everything that is wrong with it.

    >>> from guardrail.language.vocabulary import Vocabulary
    >>> text = 'edition 1 policy p on error treat as violation'
    >>> load(Source("p.guard", text), Vocabulary({}, {})).name
    'p'
    """
    policy, diagnostics = diagnose(path, vocabulary, today=today)
    if policy is None:
        raise PolicyError(diagnostics)
    if policy.needs_hash_key and not has_hash_key:
        raise PolicyError(in_order([*diagnostics, *_without_key(policy)]))
    return policy


def _without_key(policy: CheckedPolicy) -> list[Diagnostic]:
    return [
        Diagnostic(
            "G217",
            f"rule `{rule.name}` redacts with {{hash}}, which needs a key",
            rule.place.source,
            Label(rule.place.span, "no key was given when the policy was loaded"),
        )
        for rule in policy.rules
        if needs_hash_key(rule)
    ]
