"""Asks two models the same prompts, and tells what the policy and the prompts say of the replies.

It shows the side effects of alignment: fewer violations are worth little if the model refuses what
it should answer, or says nothing any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from guardrail.compare.figures import MeanChange, ShareChange, mean_change, share_change
from guardrail.errors import TrainingError
from guardrail.redteam.targets import Target, asked
from guardrail.training.conduct import HARMFUL, is_refusal, utility
from guardrail.training.data.rows import Row
from guardrail.training.grade import Grader, cost, is_violation
from guardrail.values import Verdict


class RuleChange(msgspec.Struct, frozen=True):
    """A rule: on how many replies of each model it fired, and on those of one of them alone."""

    rule: str
    before: int
    after: int
    appeared: int
    gone: int


class Difference(msgspec.Struct, frozen=True):
    """A prompt, by its line, with rules that fired on the reply of one model alone."""

    line: int
    appeared: list[str]
    gone: list[str]


class Comparison(msgspec.Struct, frozen=True):
    """What changed from one model to another; no prompt and no reply is in it.

    `prompts` were answered by both; `failed` counts those that a model did not answer, by what it
    raised. Refusals are those of prompts that should be answered (`benign_refusals`) and of those
    of `kind: harmful`; `utility` is the share of replies that name a move of `expects`. Figures are
    None where no prompt was of that kind.
    """

    before: str
    after: str
    policy: str
    digest: str
    prompts: int
    failed: dict[str, int]
    violations: ShareChange | None
    benign_refusals: ShareChange | None
    harmful_refusals: ShareChange | None
    utility: ShareChange | None
    cost: MeanChange
    words: MeanChange
    rules: list[RuleChange]
    differences: list[Difference]

    @property
    def worse(self) -> list[str]:
        """What is certainly worse: more violations, refusals of good prompts, or less utility."""
        found = []
        for name, each in (
            ("violations", self.violations),
            ("benign refusals", self.benign_refusals),
        ):
            if each is not None and each.is_certain and each.appeared > each.gone:
                found.append(name)
        useful = self.utility
        if useful is not None and useful.is_certain and useful.gone > useful.appeared:
            found.append("utility")
        return found


@dataclass(frozen=True, slots=True)
class Model:
    """A model that is compared: its name in reports, and what is asked."""

    name: str
    target: Target


def compare(
    before: Model,
    after: Model,
    rows: Sequence[Row],
    grader: Grader,
    *,
    advance: Callable[[int], object] = lambda _done: None,
) -> Comparison:
    """Return what changed from one model to the other.

    Args:
        before: the first model.
        after: the second one.
        rows: the prompts, with the columns `kind` and `expects` if there are any. What leads up to
            the last message of the user is told to models that take conversations.
        grader: the policy.
        advance: told how many prompts are done, after each.

    Raises:
        TrainingError: a detector failed, or a model answered no prompt.
    """
    failed: Counter[str] = Counter()
    both: list[tuple[Row, str, str]] = []
    for done, row in enumerate(rows, start=1):
        replies = [_reply(each, row, failed) for each in (before, after)]
        if replies[0] is not None and replies[1] is not None:
            both.append((row, replies[0], replies[1]))
        advance(done)
    if not both:
        kinds = ", ".join(failed)
        raise TrainingError(
            f"no prompt was answered by both models: {kinds}",
            help="try a model with one prompt; its own log may say more",
        )
    return _compared(before, after, both, grader, dict(failed))


def _reply(model: Model, row: Row, failed: Counter[str]) -> str | None:
    """Return a reply; what a model raises is counted by its type, its message could quote."""
    told = [{"role": each["role"], "content": each["content"]} for each in row.messages]
    last = max(at for at, each in enumerate(told) if each["role"] == "user")
    try:
        return asked(model.target, row.prompt, told[:last])
    except Exception as error:  # noqa: BLE001 - whatever the model does, the rest is compared
        failed[f"{model.name} raised {type(error).__name__}"] += 1
        return None


def _compared(
    before: Model,
    after: Model,
    both: Sequence[tuple[Row, str, str]],
    grader: Grader,
    failed: dict[str, int],
) -> Comparison:
    rows = [row for row, _, _ in both]
    sides = [[each[1] for each in both], [each[2] for each in both]]
    prompts = [row.prompt for row in rows]
    old, new = (grader.verdicts(replies, prompts) for replies in sides)
    refusals = [[is_refusal(reply) for reply in replies] for replies in sides]
    harmful = [row.columns.get("kind") == HARMFUL for row in rows]
    useful = [
        [utility(row, reply) for row, reply in zip(rows, each, strict=True)] for each in sides
    ]
    has_use = [each is not None for each in useful[0]]
    benign = [not each for each in harmful]
    return Comparison(
        before=before.name,
        after=after.name,
        policy=grader.guard.policy.name,
        digest=grader.guard.policy.digest,
        prompts=len(both),
        failed=failed,
        violations=share_change([*map(is_violation, old)], [*map(is_violation, new)]),
        benign_refusals=_of(benign, *refusals),
        harmful_refusals=_of(harmful, *refusals),
        utility=_of(has_use, *([bool(each) for each in side] for side in useful)),
        cost=mean_change([*map(cost, old)], [*map(cost, new)]),
        words=mean_change(*([float(len(reply.split())) for reply in side] for side in sides)),
        rules=_rules(old, new),
        differences=list(_differences(rows, old, new)),
    )


def _of(
    chosen: Sequence[bool], before: Sequence[bool], after: Sequence[bool]
) -> ShareChange | None:
    pairs = [pair for is_in, *pair in zip(chosen, before, after, strict=True) if is_in]
    return share_change([old for old, _ in pairs], [new for _, new in pairs])


def _fired(verdict: Verdict) -> frozenset[str]:
    return frozenset(each.rule for each in verdict.fired)


def _rules(old: Sequence[Verdict], new: Sequence[Verdict]) -> list[RuleChange]:
    pairs = [(_fired(one), _fired(other)) for one, other in zip(old, new, strict=True)]
    names = sorted(frozenset().union(*(one | other for one, other in pairs)))
    return [
        RuleChange(
            name,
            sum(name in one for one, _ in pairs),
            sum(name in other for _, other in pairs),
            sum(name in other - one for one, other in pairs),
            sum(name in one - other for one, other in pairs),
        )
        for name in names
    ]


def _differences(
    rows: Sequence[Row], old: Sequence[Verdict], new: Sequence[Verdict]
) -> Iterator[Difference]:
    for row, one, other in zip(rows, map(_fired, old), map(_fired, new), strict=True):
        if one != other:
            yield Difference(row.line, sorted(other - one), sorted(one - other))


def encoded(found: Comparison) -> bytes:
    """Return a comparison as JSON."""
    return msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"
