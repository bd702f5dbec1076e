"""The run of `guardrail train align`: look first, train, look at checkpoints, hand over or not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

from guardrail.errors import TrainingError
from guardrail.training import plots, trainer
from guardrail.training.align.anchor import anchored
from guardrail.training.align.choice import Seen, best
from guardrail.training.align.pairs import dpo_pairs
from guardrail.training.align.recipe import AlignRecipe
from guardrail.training.align.terms import Reward
from guardrail.training.conduct import conduct
from guardrail.training.data.rows import Row, read_rows
from guardrail.training.lm import chat, load
from guardrail.training.lm.sample import sample
from guardrail.training.run import Run, make_ready
from guardrail.training.shift.logprob import mean_logprob
from guardrail.training.shift.panel import read_panel
from guardrail.training.trainer import Say

_PROBED = 32


def train_align(recipe: AlignRecipe, *, resume: bool = False, say: Say = print) -> Path:
    """Align a model with a policy; return the folder it was written to.

    It is the checkpoint with the fewest violations of those that pass the gates. If none does, the
    recipe says whether that is an error, or the model it began as is handed over unchanged;
    `handed_over` among the figures of the run is 0 then, else the step.

    Raises:
        RecipeError: data, models or folder cannot be used.
        PolicyError: with every mistake in the policy.
        TrainingError: nothing can be learned, the loss is not a number, or no checkpoint passes
            the gates; then the last one lies in `rejected` under the folder, to look at.
    """
    make_ready("training", recipe.seed)
    rows = read_rows(recipe.prompts, "prompts")
    held_out = read_rows(recipe.held_out, "prompts") if recipe.held_out else rows
    panel = read_panel(recipe.panel) if recipe.panel else []
    reward = Reward.load(recipe)
    lm, tokenizer = load.load_lm(recipe.model)
    room = load.context_of(lm) - recipe.max_tokens
    chat.check_lengths(rows, tokenizer, room, recipe.prompts)
    chat.check_lengths(held_out, tokenizer, room, recipe.held_out or recipe.prompts)
    look = _Look(recipe, reward, tokenizer, held_out, panel)
    before = look.at(0, lm)
    _check_gradient(recipe, reward, rows, lm, tokenizer)
    run = Run.begin(recipe, "train align", resume=resume)
    teacher = _trainer(recipe, run, rows, reward, lm, tokenizer, say)
    saved = run.saved()
    if not (saved and saved[-1][0] >= recipe.steps):  # the trainer would take one more step
        trainer.fit(teacher, run, resume=resume)
    return _hand_over(recipe, run, look, before, say)


class _Look:
    """Looks at a model on the held-out prompts and the panel."""

    def __init__(
        self,
        recipe: AlignRecipe,
        reward: Reward,
        tokenizer: Any,
        rows: Sequence[Row],
        panel: Sequence[Any],
    ) -> None:
        self._recipe = recipe
        self._reward = reward
        self.tokenizer = tokenizer
        self._rows = rows
        self._panel = panel

    def at(self, step: int, lm: Any) -> Seen:
        """Return how a model behaves after some steps; it is moved to the card, if there is one."""
        import torch

        lm.to("cuda" if torch.cuda.is_available() else "cpu")
        said = sample(
            lm,
            self.tokenizer,
            [row.messages for row in self._rows],
            seed=self._recipe.seed,
            max_tokens=self._recipe.max_tokens,
        )
        compliant = [(each.messages, each.compliant) for each in self._panel]
        likely = mean_logprob(lm, self.tokenizer, compliant) if compliant else None
        return Seen(step, conduct(self._reward.grader, self._rows, said), likely)


def _check_gradient(
    recipe: AlignRecipe, reward: Reward, rows: Sequence[Row], lm: Any, tokenizer: Any
) -> None:
    """Refuse to train where every reply to a prompt is worth the same: nothing would be learned."""
    some = rows[: max(1, _PROBED // recipe.replies) * 4]
    asked = [row for row in some for _ in range(recipe.replies)]
    said = sample(
        lm,
        tokenizer,
        [row.messages for row in asked],
        seed=recipe.seed,
        max_tokens=recipe.max_tokens,
        temperature=recipe.temperature,
    )
    costs = reward.score(asked, said).costs
    groups = [costs[at : at + recipe.replies] for at in range(0, len(costs), recipe.replies)]
    if any(pstdev(group) > 0 for group in groups):
        return
    if fmean(costs) > 0:
        raise TrainingError(
            f"the policy rejects all of {len(costs)} sampled replies in the same degree, so it "
            "gives no gradient",
            help="first `guardrail train sft` on compliant replies, or prompts of which a part "
            "is answered well; `guardrail explain POLICY --text …` shows what fires",
        )
    raise TrainingError(
        f"none of {len(costs)} sampled replies breaks the policy: there is nothing to align",
        help="add prompts on which the model fails, or keep the model as it is",
    )


def _trainer(
    recipe: AlignRecipe,
    run: Run,
    rows: Sequence[Row],
    reward: Reward,
    lm: Any,
    tokenizer: Any,
    say: Say,
) -> Any:
    from datasets import Dataset

    shared = {
        "processing_class": tokenizer,
        "callbacks": [trainer.observer(run, recipe.steps, say)],
    }
    if recipe.lora:
        shared["peft_config"] = recipe.lora.config("CAUSAL_LM")
    arguments = {**trainer.arguments(recipe, run), "beta": recipe.beta, "save_total_limit": None}
    if recipe.method == "dpo":
        pairs = dpo_pairs(recipe, rows, reward, lm, tokenizer)
        chat.check_lengths(pairs, tokenizer, load.context_of(lm), recipe.pairs or recipe.prompts)
        return _dpo(recipe, arguments, pairs, lm, shared)
    from trl import GRPOConfig, GRPOTrainer, RLOOConfig, RLOOTrainer

    kinds = {"grpo": (GRPOConfig, GRPOTrainer), "rloo": (RLOOConfig, RLOOTrainer)}
    config, kind = kinds[recipe.method]
    shared["callbacks"].append(_keeper(run, reward))
    records = [{"prompt": list(row.messages), "row": at} for at, row in enumerate(rows)]
    return anchored(kind, recipe, tokenizer)(
        model=lm,
        reward_funcs=reward.for_trainer(rows),
        args=config(
            **arguments,
            num_generations=recipe.replies,
            max_completion_length=recipe.max_tokens,
            temperature=recipe.temperature,
            top_k=0,
        ),
        train_dataset=Dataset.from_list(records),
        **shared,
    )


def _dpo(
    recipe: AlignRecipe, arguments: dict[str, Any], pairs: Sequence[Row], lm: Any, shared: Any
) -> Any:
    """Return a trainer of DPO; the loss of chosen replies keeps them from becoming unlikely."""
    from datasets import Dataset
    from trl import DPOConfig, DPOTrainer

    return anchored(DPOTrainer, recipe, shared["processing_class"])(
        model=lm,
        args=DPOConfig(
            **arguments,
            loss_type=["sigmoid", "sft"],
            loss_weights=[1.0, recipe.sft_weight],
            max_length=load.context_of(lm),
        ),
        train_dataset=Dataset.from_list(chat.pair_records(pairs)),
        **shared,
    )


def _keeper(run: Run, reward: Reward) -> Any:
    """Return a callback that keeps the multiplier with each checkpoint."""
    from transformers import TrainerCallback

    class Keeper(TrainerCallback):  # type: ignore[misc]
        """Sees every checkpoint."""

        def on_save(self, _args: Any, state: Any, _control: Any, **_given: Any) -> None:
            reward.multiplier.save(run.checkpoints / f"checkpoint-{state.global_step}")

        def on_train_begin(self, _args: Any, state: Any, _control: Any, **_given: Any) -> None:
            if state.global_step:
                reward.multiplier.load(run.checkpoints / f"checkpoint-{state.global_step}")

    return Keeper()


def _hand_over(recipe: AlignRecipe, run: Run, look: _Look, before: Seen, say: Say) -> Path:
    after = []
    for step, _ in run.saved():
        for mix in recipe.mixes:
            seen = look.at(step, _weights(recipe, run, step, mix))
            after.append(replace(seen, mix=mix))
            say(f"{_named(after[-1])}: {_told(before, after[-1])}")
    last = after[-1]
    failed = last.failed(recipe.gates, before)
    chosen = best(recipe.gates, before, after)
    handed = chosen or before
    figures = {
        "before": before.record(),
        "after": handed.record(),
        "handed_over": handed.step,
        "mix": handed.mix,
        "gates": failed,
    }
    looks = [each.record() | {"gates": each.failed(recipe.gates, before)} for each in after]
    document = json.dumps(figures | {"checkpoints": looks}, indent=2)
    (run.path / "gates.json").write_text(document + "\n", "utf-8")
    _plot(recipe, run, [before, *after])
    if chosen is None and recipe.if_none_passes == "stop":
        _save(run.path / "rejected", recipe, run, last, look.tokenizer)
        raise TrainingError(
            f"no checkpoint is handed over; the last one: {'; '.join(failed)}",
            help=f"look at `{run.path / 'rejected'}`; raise `beta` or the weight of utility, "
            "lower `learning_rate`, or move the gate",
        )
    _save(run.path, recipe, run, handed, look.tokenizer)
    run.finish(figures)
    if chosen is None:
        say(
            "NO CHECKPOINT PASSES THE GATES: the model it began as is handed over unchanged; "
            f"the last one: {'; '.join(failed)}"
        )
    else:
        say(f"{_named(chosen)} is handed over: {_told(before, chosen)}")
    return run.path


def _weights(recipe: AlignRecipe, run: Run, step: int, mix: float) -> Any:
    """Return the model after some steps, or so much of the way to it."""
    lm = load.load_checkpoint(recipe.model, dict(run.saved())[step] if step else None)
    return lm if mix == 1 else load.mixed(load.load_checkpoint(recipe.model, None), lm, mix)


def _save(folder: Path, recipe: AlignRecipe, run: Run, seen: Seen, tokenizer: Any) -> None:
    """Write the model that was looked at into a folder."""
    load.save(folder, _weights(recipe, run, seen.step, seen.mix), tokenizer)


def _named(seen: Seen) -> str:
    return f"step {seen.step}" + ("" if seen.mix == 1 else f", mixed {seen.mix:g}")


def _told(before: Seen, after: Seen) -> str:
    told = f"violations {before.conduct.violations:.3f} → {after.conduct.violations:.3f}"
    if before.conduct.utility is not None and after.conduct.utility is not None:
        told += f", utility {before.conduct.utility:.3f} → {after.conduct.utility:.3f}"
    if before.compliant is not None and after.compliant is not None:
        told += f", compliant replies {before.compliant:.2f} → {after.compliant:.2f} nats"
    return told


def _plot(recipe: AlignRecipe, run: Run, seen: Sequence[Seen]) -> None:
    held_out = [
        {"step": each.step, "violations, held out": each.conduct.violations}
        | ({} if each.conduct.utility is None else {"utility, held out": each.conduct.utility})
        for each in seen
        if each.mix == 1
    ]
    names = ("violations", "cost", "utility", "benign_refusals", *list(held_out[0])[1:])
    plots.lines(
        run.path / "align.png",
        [*run.rows(), *held_out],
        names,
        title=recipe.method.upper(),
        right=("policy_weight", "words"),
    )
