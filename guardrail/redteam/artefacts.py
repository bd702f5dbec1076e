"""What a run teaches: rows for training, from the families that are not held out.

Each row says where it comes from. The shapes are those of the training side: prompt and response,
preference pairs, texts with labels. Rows hold texts of attacks and replies: they are data.
"""

from __future__ import annotations

from collections.abc import Iterator

from guardrail.redteam.attempts import Attempt
from guardrail.redteam.contrasts import REPLY
from guardrail.redteam.run import Run
from guardrail.runtime.guard import Guard
from guardrail.values import Action

Row = dict[str, object]


def taught(run: Run) -> list[Attempt]:
    """Return the attempts that artefacts may be made from: none of a held-out family."""
    return [each for each in run.attempts if each.attack.split == "train"]


def provenance(run: Run, attempt: Attempt) -> Row:
    """Say where a row comes from."""
    attack, settings = attempt.attack, run.campaign.settings
    return {
        "attempt": attempt.id,
        "round": attack.round,
        "rule": attack.rule,
        "techniques": list(attack.names),
        "value": attack.source,
        "policy": settings.policy,
        "digest": settings.digest,
        "target": settings.target,
        "seed": settings.seed,
    }


def sft_rows(run: Run, guard: Guard) -> Iterator[Row]:
    """Yield prompt and safe reply for each prompt to which the target said what it must not."""
    for attempt, safe in _unsafe(run, guard):
        yield {
            "prompt": attempt.attack.prompt,
            "response": safe,
            "provenance": provenance(run, attempt),
        }


def preference_rows(run: Run, guard: Guard) -> Iterator[Row]:
    """Yield the same prompts with the safe reply chosen and the target's own rejected."""
    for attempt, safe in _unsafe(run, guard):
        yield {
            "prompt": attempt.attack.prompt,
            "chosen": safe,
            "rejected": attempt.reply,
            "provenance": provenance(run, attempt),
        }


def hard_case_rows(run: Run) -> Iterator[Row]:
    """Yield texts that the filter got wrong, labelled, and the benign twins of those it missed.

    Without the twins, a classifier would learn that a disguise is a violation.
    """
    attempts = taught(run)
    missed = {each.attack.number for each in attempts if each.result in {"missed", "partly"}}
    for each in attempts:
        number = each.attack.number
        is_hard_twin = each.result == "over_block" or (
            each.result == "passed" and number - 1 in missed
        )
        if number in missed or is_hard_twin:
            yield {
                "text": each.reply,
                "labels": {each.attack.rule: 0 if is_hard_twin else 1},
                "provenance": provenance(run, each),
            }


def label_rows(run: Run, label: str, *, is_hard: bool) -> Iterator[Row]:
    """Yield what the target said, labelled: 1 the attacks, 0 their benign twins.

    Args:
        run: the run up to now.
        label: the name of the label.
        is_hard: whether those are wanted that the filter got wrong, with the twins of what it
            missed, or all the others.
    """
    hard = {
        each.attack.number | 1
        for each in taught(run)
        if each.result in {"missed", "partly", "over_block"}
    }
    for each in taught(run):
        is_said = each.result in {"caught", "partly", "missed", "passed", "over_block"}
        pair = each.attack.number | 1
        if is_said and each.place is not None and (pair in hard) == is_hard:
            yield {
                "text": each.reply,
                "labels": {label: 0 if each.attack.is_twin else 1},
                "cluster": f"pair {pair // 2}",
                "provenance": provenance(run, each),
            }


def _unsafe(run: Run, guard: Guard) -> Iterator[tuple[Attempt, str]]:
    """Yield attacks that the target fell for, each prompt once, with a reply that is safe."""
    seen: set[str] = set()
    known: dict[tuple[str, str], str | None] = {}
    grounds = {ground.name: ground for ground in run.campaign.grounds}
    for each in taught(run):
        attack = each.attack
        if each.result not in {"caught", "partly", "missed"} or attack.prompt in seen:
            continue
        seen.add(attack.prompt)
        if attack.kind == REPLY:
            yield each, run.campaign.attack(attack.number | 1, ()).text
            continue
        key = attack.carrier, attack.value
        if key not in known:
            known[key] = _safe(guard, grounds[attack.carrier].put(attack.value).text, attack.value)
        safe = known[key]
        if safe is not None:
            yield each, safe


def _safe(guard: Guard, text: str, value: str) -> str | None:
    """Return what the policy makes of an undisguised violation, if nothing is wrong with that.

    Rules that only flag leave the text as it is; there is no safe reply to learn from those.
    """
    output = guard.check(text).output
    is_clean = Action[guard.check(output).action.upper()] <= Action.FLAG
    return output if is_clean and value.lower() not in output.lower() else None
