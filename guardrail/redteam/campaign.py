"""Attacks, planned: which value, which technique, which carrier, by number.

Attempt `2n` is an attack and `2n + 1` its benign twin, with the same technique in the same
carrier. A number and the seed of the run give the attack; from the second round on, half of the
attacks build on what got through in the rounds before, so they depend on those as well.

Where something is retrained between rounds, each round goes through the cells from the first one
on, and its attacks of held-out families are those of the first round: scores of rounds then differ
by what was learnt, not by what was drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final, Literal, TypeAlias

import msgspec

from guardrail.disguises import DISGUISES, Kind, pairs
from guardrail.errors import SettingsError
from guardrail.redteam.attackers import TRIES
from guardrail.redteam.attempts import Attack, Attempt, RunSettings
from guardrail.redteam.contrasts import REPLY, Contrast, Contrasts
from guardrail.redteam.forbidden import Forbidden, Ground, fired_as, forbidden_values, grounds
from guardrail.redteam.people import Handmade
from guardrail.redteam.techniques import (
    ASKS,
    ATTACKER,
    PEOPLE,
    PLAIN,
    STACKED,
    Split,
    Technique,
    asking,
    split,
    techniques,
)
from guardrail.redteam.twins import twin
from guardrail.runtime.guard import Guard

_MOST_DRAWS: Final = 16

Twins: TypeAlias = dict[tuple[str, Kind], list[str]]
"""Benign values by rule and kind."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """All that attacks are drawn from; made once by `campaign`, from the policy and the settings.

    `cells` are the rules with each technique that fits one of their values, in a drawn order.
    `untried` says of the other rules why they are not attacked, `meanings` are the messages of
    rules. With `contrasts`, whole replies by rule and family, attacks are those and no others.
    """

    settings: RunSettings
    forbidden: dict[str, list[Forbidden]]
    untried: dict[str, str]
    grounds: tuple[Ground, ...]
    techniques: dict[str, Technique]
    splits: dict[str, Split]
    cells: list[tuple[str, str]]
    twins: Twins
    people: tuple[Handmade, ...] = ()
    meanings: Mapping[str, str] = field(default_factory=dict)
    contrasts: Mapping[tuple[str, str], tuple[Contrast, ...]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many attempts there are: of the budget, then by people, then by an attacker."""
        return self._written + self.settings.prompts

    @property
    def _written(self) -> int:
        return self.settings.budget + len(self.people)

    def is_attackers(self, number: int) -> bool:
        """Whether an attacker writes the prompt of an attempt."""
        return number >= self._written

    def goal(self, number: int) -> Forbidden:
        """Return the value that an attacker is after; a few prompts in a row are after the same."""
        turn = (number - self._written) // TRIES
        rules = list(self.forbidden)
        dice = Random(f"{self.settings.seed} goal {turn}")  # noqa: S311 - variety, no secret
        return dice.choice(self.forbidden[rules[turn % len(rules)]])

    def tries_before(self, number: int) -> int:
        """Return how many prompts before an attacker's are after the same value."""
        return (number - self._written) % TRIES

    def attackers(self, number: int, prompt: str) -> Attack:
        """Return the attack that an attacker's prompt is."""
        goal = self.goal(number)
        source = f"attacker, {goal.source}"
        return self._alone(
            number, goal.rule, ATTACKER, goal.kind, source, goal.value, prompt, goal.action
        )

    def round_of(self, number: int) -> int:
        """Return the round of an attempt, counted from 1; rounds are about equally long."""
        pair, all_pairs = number // 2, (self.settings.budget + 1) // 2
        return min(pair * self.settings.rounds // all_pairs + 1, self.settings.rounds)

    def attack(self, number: int, parents: Sequence[Attempt]) -> Attack:
        """Return the attack with a number.

        Args:
            number: from 0.
            parents: the attacks of the rounds before that may be built on, in order.
        """
        if number >= self.settings.budget:
            return self._by_hand(number, self.people[number - self.settings.budget])
        pair = number // 2
        round_ = self.round_of(number)
        place = self._place(pair, round_)
        if self.contrasts:
            return self._whole(number, round_, place)
        dice = Random(f"{self.settings.seed} {pair}")  # noqa: S311 - variety, no secret
        is_later = round_ > 1 and bool(parents)
        if is_later and place % 2:
            return self._stacked(number, dice, dice.choice(parents))
        turn = place // 2 if is_later or self._goes_on(round_) else place  # odd ones may be taken
        rule, name = self.cells[turn % len(self.cells)]
        if self.settings.recipe and self._split_of(name) == "held_out":
            dice = Random(f"{self.settings.seed} held out {turn}")  # noqa: S311 - variety
        technique = self.techniques[name]
        able = [each for each in self.forbidden[rule] if each.kind in technique.kinds]
        ground = dice.choice(self.grounds)
        return self._made(number, dice, dice.choice(able), ground, (name,), ())

    def _goes_on(self, round_: int) -> bool:
        """Whether a round goes through the cells from where the one before ended."""
        return round_ > 1 and not self.settings.recipe

    def _place(self, pair: int, round_: int) -> int:
        """Return what a pair is counted as: in its round, if rounds are to be compared."""
        if not self.settings.recipe:
            return pair
        all_pairs = (self.settings.budget + 1) // 2
        return pair - -(-(round_ - 1) * all_pairs // self.settings.rounds)

    def _whole(self, number: int, round_: int, place: int) -> Attack:
        """Return the attack that a contrast is; its twin is the compliant reply.

        A cell goes through its contrasts in order: a family of the training part goes on where
        the round before ended, a held-out one begins anew if rounds are to be compared.
        """
        rule, family = cell = self.cells[place % len(self.cells)]
        turn = place // len(self.cells)
        if self.settings.recipe and self.splits[family] == "train":
            pairs_of_round = -(-(self.settings.budget + 1) // 2 // self.settings.rounds)
            turn += (round_ - 1) * -(-pairs_of_round // len(self.cells))
        contrast = self.contrasts[cell][turn % len(self.contrasts[cell])]
        is_twin = bool(number % 2)
        value = contrast.compliant if is_twin else contrast.violating
        action = self.forbidden[rule][0].action
        made = self._alone(number, rule, family, REPLY, "contrasts", value, contrast.prompt, action)
        return msgspec.structs.replace(made, split=self.splits[family], is_twin=is_twin)

    def _by_hand(self, number: int, made: Handmade) -> Attack:
        """Return the attack that a person made: its prompt is theirs, the value stands alone."""
        source = f"reviewer {made.reviewer}"
        return self._alone(
            number, made.rule, PEOPLE, "phrase", source, made.value, made.prompt, made.action
        )

    def _alone(
        self,
        number: int,
        rule: str,
        family: str,
        kind: Kind | Literal["reply"],
        source: str,
        value: str,
        prompt: str,
        action: str,
    ) -> Attack:
        return Attack(
            number=number,
            round=self.round_of(number),
            rule=rule,
            names=(family,),
            technique=family,
            family=family,
            split="train",
            kind=kind,
            source=source,
            carrier=self.grounds[0].name,
            is_twin=False,
            parents=(),
            value=value,
            shown=value,
            at=0,
            text=value,
            prompt=prompt,
            action=action,
        )

    def _stacked(self, number: int, dice: Random, parent: Attempt) -> Attack:
        """Put a second technique of the same part over an attack; one with two is drawn anew."""
        old = parent.attack
        value = next(each for each in self.forbidden[old.rule] if each.value == old.value)
        second = [name for name in self._next(old, value.kind) if self._split_of(name) == old.split]
        names = (*old.names, dice.choice(second)) if second else old.names
        ground = next(each for each in self.grounds if each.name == old.carrier)
        return self._made(number, dice, value, ground, names, (parent.id,))

    def _next(self, old: Attack, kind: Kind) -> list[str]:
        """Return the disguises that can follow the techniques of an attack."""
        if old.names[0] in ASKS and len(old.names) == 1:
            return [name for name, member in DISGUISES.items() if kind in member.kinds]
        return [after for before, after in pairs(kind) if (before,) == old.names]

    def _split_of(self, name: str) -> Split:
        return self.splits[self.techniques[name].family]

    def _made(
        self,
        number: int,
        dice: Random,
        forbidden: Forbidden,
        ground: Ground,
        names: tuple[str, ...],
        parents: tuple[str, ...],
    ) -> Attack:
        is_twin = bool(number % 2)
        value = (
            dice.choice(self.twins[forbidden.rule, forbidden.kind]) if is_twin else forbidden.value
        )
        carried = ground.put(_disguised(value, names, dice))
        way = next((name for name in names if name in ASKS), PLAIN)
        first = self.techniques[names[0]]
        is_stacked = len(names) > 1
        return Attack(
            number=number,
            round=self.round_of(number),
            rule=forbidden.rule,
            names=names,
            technique=STACKED if is_stacked else first.name,
            family=STACKED if is_stacked else first.family,
            split=self.splits[first.family],
            kind=forbidden.kind,
            source=forbidden.source,
            carrier=ground.name,
            is_twin=is_twin,
            parents=parents,
            value=value,
            shown=carried.shown,
            at=len(carried.before),
            text=carried.text,
            prompt=asking(way)(carried),
            action=forbidden.action,
        )


def _disguised(value: str, names: tuple[str, ...], dice: Random) -> str:
    """Put the disguises on, drawing again where the dice left the value as it is."""
    shown = value
    for name in (name for name in names if name in DISGUISES):
        bare = shown
        for _ in range(_MOST_DRAWS):
            shown = DISGUISES[name].apply(bare, dice)
            if shown != bare:
                break
    return shown


def campaign(
    guard: Guard,
    settings: RunSettings,
    *,
    can_ask: bool,
    can_chat: bool = False,
    people: Sequence[Handmade] = (),
    contrasts: Contrasts | None = None,
) -> Campaign:
    """Plan a run against a policy.

    Args:
        guard: the policy, ready; its own lists, patterns and tests give the values.
        settings: what the run is made of.
        can_ask: whether there is a target to ask; the techniques of asking need one.
        can_chat: whether it takes conversations of several turns.
        people: attacks by people, which are tried behind all others.
        contrasts: whole replies to attack with, in the place of values of the policy.

    Raises:
        SettingsError: the policy gives nothing to attack with.
    """
    if contrasts is not None:
        return _of_contrasts(contrasts, settings)
    found = grounds(guard)
    if not found:
        raise SettingsError(
            "every text the attacks would stand in is itself a finding of this policy",
            help='add a test that shows an allowed reply: given output "…" expect allow',
        )
    kept, untried = forbidden_values(guard, found, settings.seed)
    of_rule, twins = _with_twins(guard, found[0], kept, settings.seed)
    for rule in sorted({each.rule for each in kept} - set(of_rule)):
        untried[rule] = "it fires on harmless words too, so there are no benign twins"
    if not of_rule:
        raise SettingsError(
            "this policy gives nothing to attack: no rule on output fires on its own values",
            help='add tests that show what must not get out: given output "…" expect redact',
        )
    every = techniques(can_ask=can_ask, can_chat=can_chat)
    return Campaign(
        settings,
        of_rule,
        untried,
        found,
        every,
        split([each.family for each in every.values()], settings.seed),
        _cells(of_rule, every, settings.seed),
        twins,
        tuple(people),
        {rule.name: rule.message for rule in guard.policy.rules if rule.message},
    )


def _of_contrasts(contrasts: Contrasts, settings: RunSettings) -> Campaign:
    """Plan a run whose attacks are whole replies."""
    ordered = contrasts.ordered(settings.seed)
    forbidden: dict[str, list[Forbidden]] = {}
    for (rule, _), found in ordered.items():
        forbidden.setdefault(rule, []).extend(
            Forbidden(rule, "phrase", each.violating, "contrasts", contrasts.actions[rule])
            for each in found
        )
    families = list(dict.fromkeys(family for _, family in ordered))
    return Campaign(
        settings,
        forbidden,
        {},
        (Ground(REPLY),),
        {each: Technique(each, each, frozenset()) for each in families},
        split(families, settings.seed),
        list(ordered),
        {},
        contrasts=ordered,
    )


def _with_twins(
    guard: Guard, ground: Ground, kept: list[Forbidden], seed: int
) -> tuple[dict[str, list[Forbidden]], Twins]:
    """Return the values by rule, and benign ones for each; those without any are left out."""
    of_rule: dict[str, list[Forbidden]] = {}
    twins: Twins = {}
    for each in kept:
        key = each.rule, each.kind
        if key not in twins:
            twins[key] = _twins(guard, ground, *key, seed)
        if twins[key]:
            of_rule.setdefault(each.rule, []).append(each)
    return of_rule, twins


def _twins(guard: Guard, ground: Ground, rule: str, kind: Kind, seed: int) -> list[str]:
    """Return benign values of a kind on which the plain policy says nothing."""
    dice = Random(f"{seed} {rule} {kind}")  # noqa: S311 - variety, no secret
    drawn = dict.fromkeys(twin(kind, dice) for _ in range(_MOST_DRAWS))
    return [each for each in drawn if not fired_as(guard.check(ground.put(each).text), rule)]


def _cells(
    of_rule: dict[str, list[Forbidden]], every: dict[str, Technique], seed: int
) -> list[tuple[str, str]]:
    cells = [
        (rule, technique.name)
        for rule, able in of_rule.items()
        for technique in every.values()
        if any(each.kind in technique.kinds for each in able)
    ]
    Random(f"{seed} cells").shuffle(cells)  # noqa: S311 - variety, no secret
    return cells
