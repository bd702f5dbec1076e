"""A run: attack after attack, each logged before the next one begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TypeAlias

from guardrail.errors import SettingsError
from guardrail.redteam.archive import Archive
from guardrail.redteam.attackers import NO_PROMPT, Attacker, Goal, proposed
from guardrail.redteam.attempts import Attack, Attempt, Log, RunSettings, open_log
from guardrail.redteam.campaign import Campaign, campaign
from guardrail.redteam.carriers import Carried
from guardrail.redteam.contrasts import REPLY, Contrasts
from guardrail.redteam.judge import is_idle, judged
from guardrail.redteam.people import Handmade
from guardrail.redteam.targets import ChatTarget, Message, Target, asked
from guardrail.redteam.techniques import ATTACKER, ESCALATION, lead_up
from guardrail.runtime.guard import Guard


@dataclass(frozen=True, slots=True)
class Run:
    """A run that has ended: how it was planned, and every attempt in order."""

    campaign: Campaign
    attempts: list[Attempt]


@dataclass(frozen=True, slots=True)
class Sides:
    """What is attacked: the filter, and the target behind it; None tries the filter alone."""

    guard: Guard
    target: Target | None


Retrain: TypeAlias = Callable[[int, Run], Sides]
"""Called with a round and the run up to it; returns what that round attacks."""


def run(
    guard: Guard,
    target: Target | None,
    log: Path,
    settings: RunSettings,
    *,
    resume: bool = False,
    seconds: float | None = None,
    people: Sequence[Handmade] = (),
    retrain: Retrain | None = None,
    attacker: Attacker | None = None,
    contrasts: Contrasts | None = None,
    advance: Callable[[int], object] = lambda _done: None,
) -> Run:
    """Attack until the budget is spent; a run that was stopped goes on where its log ends.

    Args:
        guard: the filter.
        target: what is asked; None tries the filter alone.
        log: the file of attempts; only ever appended to.
        settings: seed, rounds and budget (attempts, half of them benign twins).
        resume: go on with a log that is there.
        people: attacks by people, tried behind all others; they need a target.
        seconds: begin no more attempts after so long; the log can be gone on with later.
        retrain: makes the filter and the target of each round from what was found before.
        attacker: writes prompts, behind all other attempts; it needs a target, and
            `settings.prompts` says how many.
        contrasts: whole replies to attack with, in the place of values of the policy.
        advance: told how many attempts are done, after each.

    Raises:
        SettingsError: the policy gives nothing to attack, or the log is not of this run.
    """
    can_chat = isinstance(target, ChatTarget)
    plan = campaign(
        guard,
        settings,
        can_ask=target is not None,
        can_chat=can_chat,
        people=people,
        contrasts=contrasts,
    )
    opened = open_log(log, settings, resume=resume)
    try:
        _attack(plan, Sides(guard, target), opened, advance, _clock(seconds), retrain, attacker)
    finally:
        opened.close()
    return Run(plan, opened.attempts)


def _attack(
    plan: Campaign,
    sides: Sides,
    log: Log,
    advance: Callable[[int], object],
    is_over: Callable[[], bool],
    retrain: Retrain | None,
    attacker: Attacker | None,
) -> None:
    known = len(log.attempts)
    parents: list[Attempt] = []
    fresh: list[Attempt] = []
    archive = Archive()
    round_, trained = 1, 0
    for number in range(plan.size):
        if plan.round_of(number) > round_:
            round_ = plan.round_of(number)
            archive.add(fresh)
            is_archived = plan.settings.search == "archive"
            parents = archive.elites if is_archived else [*parents, *filter(_is_missed, fresh)]
            fresh = []
        if plan.is_attackers(number):
            attack = _theirs(plan, number, log.attempts, attacker)
        else:
            attack = plan.attack(number, parents)
        if number < known:
            _check(log.attempts[number], attack)
        elif is_over():
            return
        else:
            if retrain is not None and trained < round_:
                sides, trained = retrain(round_, Run(plan, _before(log.attempts, round_))), round_
            log.add(_tried(attack, sides.guard, sides.target))
        if number < plan.settings.budget:
            fresh.append(log.attempts[number])
        advance(number + 1)


def _theirs(
    plan: Campaign, number: int, attempts: Sequence[Attempt], attacker: Attacker | None
) -> Attack:
    """Return an attacker's attack: as the log has it, or asked for now.

    If the attacker raises, the attempt has no prompt: an error that the log holds as well.
    """
    if number < len(attempts):
        return plan.attackers(number, attempts[number].attack.prompt)
    goal = plan.goal(number)
    before = attempts[number - plan.tries_before(number) : number]
    prompt = ""
    if attacker is not None:
        wanted = Goal(goal.rule, plan.meanings.get(goal.rule, ""), goal.value)
        try:
            prompt = proposed(attacker, wanted, before)
        except Exception:  # noqa: BLE001 - whatever the attacker does, the run goes on
            prompt = ""
    return plan.attackers(number, prompt)


def _is_missed(attempt: Attempt) -> bool:
    return attempt.result == "missed"


def _before(attempts: Sequence[Attempt], round_: int) -> list[Attempt]:
    return [each for each in attempts if each.attack.round < round_]


def _clock(seconds: float | None) -> Callable[[], bool]:
    """Return what tells whether the time is over."""
    end = None if seconds is None else monotonic() + seconds
    return lambda: end is not None and monotonic() >= end


def _led_up(attack: Attack, target: Target) -> list[Message]:
    """Return the turns before the prompt of an attack, as the target answers them."""
    turns: list[Message] = []
    if ESCALATION in attack.names:
        end = attack.at + len(attack.shown)
        carried = Carried(attack.text[: attack.at], attack.shown, attack.text[end:])
        for said in lead_up(carried):
            reply = asked(target, said, turns)
            turns += [{"role": "user", "content": said}, {"role": "assistant", "content": reply}]
    return turns


def _check(logged: Attempt, planned: Attack) -> None:
    if logged.attack != planned:
        raise SettingsError(
            f"attempt {planned.number} of the log is not the one this version would make",
            help="finish the run with the version it began with, or name another folder (--out)",
        )


def _tried(attack: Attack, guard: Guard, target: Target | None) -> Attempt:
    """Try an attack; what the target raises is noted by its type, its message could quote."""
    if attack.family == ATTACKER and not attack.prompt:
        return Attempt(id=attack.id, attack=attack, reply="", result="error", error=NO_PROMPT)
    if is_idle(attack):
        return Attempt(id=attack.id, attack=attack, reply="", result="idle")
    if target is None or (attack.kind == REPLY and attack.is_twin):
        return judged(attack, attack.text, guard, prompt=None)
    try:
        reply = asked(target, attack.prompt, _led_up(attack, target))
    except Exception as error:  # noqa: BLE001 - whatever the target does, the run goes on
        kind = type(error).__name__
        return Attempt(id=attack.id, attack=attack, reply="", result="error", error=kind)
    return judged(attack, reply, guard, prompt=attack.prompt)
