"""The report of a run as data: the same attempts give the same bytes, whenever it is made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from guardrail.redteam.attempts import Attempt, RunSettings
from guardrail.redteam.run import Run
from guardrail.redteam.scores import Cell, Scores, cells, grouped, scores
from guardrail.redteam.techniques import ATTACKER, CHOSEN, PEOPLE

_SPLITS: Final = ("train", "held_out")


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of a run or a round.

    `even` counts the attempts that were drawn evenly over rules and techniques, `train` and
    `held_out` its two parts. `stacked` counts those that build on what got through before: they
    were chosen for that, so their rates compare with nothing else; nor do those of `people` and
    `attacker`, whose prompts were written for a goal.
    """

    even: Scores
    train: Scores
    held_out: Scores
    stacked: Scores
    people: Scores
    attacker: Scores


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a run found: no text of an attack or a reply, no time and no path.

    `families` names the families of techniques by part; `values` counts those of each rule;
    `untried` says why a rule was not attacked; `errors` counts what the target raised, by type;
    `attempts` are fewer than the budget if the time was over.
    """

    settings: RunSettings
    families: dict[str, list[str]]
    values: dict[str, int]
    untried: dict[str, str]
    errors: dict[str, int]
    attempts: int
    whole: Part
    rounds: list[Part]
    cells: list[Cell]

    @property
    def has_findings(self) -> bool:
        """Whether an attack got through, or something harmless did not."""
        parts = self.whole.even, self.whole.stacked, self.whole.people, self.whole.attacker
        return any(each.filter_miss.count or each.over_block.count for each in parts)


def report(run: Run) -> Report:
    """Return the report of a run."""
    by_round = grouped(run.attempts, lambda each: each.attack.round)
    families = {
        part: [name for name, split in run.campaign.splits.items() if split == part]
        for part in _SPLITS
    }
    errors = grouped((each for each in run.attempts if each.error), lambda each: each.error or "")
    return Report(
        settings=run.campaign.settings,
        families=families,
        values={rule: len(found) for rule, found in run.campaign.forbidden.items()},
        untried=run.campaign.untried,
        errors={name: len(found) for name, found in sorted(errors.items())},
        attempts=len(run.attempts),
        whole=_part(run.attempts),
        rounds=[_part(found) for _, found in sorted(by_round.items())],
        cells=cells(run.attempts),
    )


def _part(attempts: Sequence[Attempt]) -> Part:
    drawn = [each for each in attempts if each.attack.family not in CHOSEN]
    even = [each for each in drawn if not each.attack.parents]
    return Part(
        even=scores(even),
        train=scores(each for each in even if each.attack.split == "train"),
        held_out=scores(each for each in even if each.attack.split == "held_out"),
        stacked=scores(each for each in drawn if each.attack.parents),
        people=scores(each for each in attempts if each.attack.family == PEOPLE),
        attacker=scores(each for each in attempts if each.attack.family == ATTACKER),
    )


def encoded(found: Report) -> bytes:
    """Return a report as JSON."""
    return msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"
