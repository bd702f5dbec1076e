"""The trainings of a round, each in a folder of its own; one that is finished is not repeated."""

from __future__ import annotations

import json
from pathlib import Path

from guardrail.errors import RecipeError
from guardrail.redteam.run import Run
from guardrail.rounds import lessons
from guardrail.rounds.recipe import ClassifierStep, ProbeStep
from guardrail.runtime.guard import Guard
from guardrail.training.classifier.pipeline import train_classifier
from guardrail.training.classifier.recipe import Recipe, Source
from guardrail.training.common.recipe import read_recipe
from guardrail.training.export.run import ExportRecipe, export_model
from guardrail.training.probe.recipe import ProbeRecipe
from guardrail.training.probe.train import train_probe
from guardrail.training.reward import RewardRecipe, train_reward
from guardrail.training.sft import SftRecipe, train_sft
from guardrail.training.trainer import Say

_LICENCE = "made by attacks on this policy"


def learned(step: ClassifierStep | ProbeStep, run: Run, folder: Path, say: Say) -> Path:
    """Train what a learned rule asks; return the model folder."""
    if isinstance(step, ProbeStep):
        return probe(step, run, folder, say)
    return classifier(step, run, folder, say)


def classifier(step: ClassifierStep, run: Run, folder: Path, say: Say) -> Path:
    """Train a classifier on the texts of a run beside those of its recipe; return the model folder.

    Raises:
        RecipeError: the recipe or its examples cannot be used.
        TrainingError: the training failed.
    """
    recipe = read_recipe(step.recipe, Recipe)
    if step.label not in recipe.labels:
        raise RecipeError(
            f"recipe `{step.recipe}` has no label `{step.label}`", help="name one of its `labels`"
        )
    place = folder / "classifier"
    model = place / recipe.name
    if (model / "manifest.json").is_file():
        return model
    files = lessons.labelled(run, step.label, folder)
    found = tuple(
        Source(
            file=each,
            licence=_LICENCE,
            origin="guardrail redteam",
            weight=step.hard_weight if each.stem == lessons.HARD else 1.0,
            near_duplicates=False,
        )
        for each in files
    )
    settings = run.campaign.settings
    made = recipe.model_copy(
        update={"sources": (*recipe.sources, *found), "out": place, "seed": settings.seed}
    )
    return train_classifier(made, say, resume=(place / "recipe.json").is_file())


def probe(step: ProbeStep, run: Run, folder: Path, say: Say) -> Path:
    """Fit a probe on what was reviewed of a run beside its own examples; return the model folder.

    Raises:
        RecipeError: the recipe or its examples cannot be used.
        TrainingError: there is nothing to learn from.
    """
    recipe = read_recipe(step.recipe, ProbeRecipe)
    if step.label != recipe.label:
        raise RecipeError(
            f"recipe `{step.recipe}` has no label `{step.label}`", help="name its `label`"
        )
    place = folder / "probe"
    model = place / recipe.name
    if not (model / "manifest.json").is_file():
        data = folder / f"{lessons.HARD}.jsonl"
        found = lessons.reviewed(run, step.label, step.reviewed, step.good, data)
        say(f"{found:,} attacks reviewed")
        train_probe(recipe, (data,), place)
    return model


def sft(path: Path, run: Run, guard: Guard, folder: Path, say: Say) -> Path:
    """Train a language model on safe replies beside the rows of its recipe; return its folder."""
    recipe = read_recipe(path, SftRecipe)
    place, data = folder / "sft", folder / "sft.jsonl"
    if _is_finished(place):
        return place
    model = recipe.model if isinstance(recipe.model, str) else None
    say(f"{lessons.replies(run, guard, recipe.data, model, data):,} safe replies to learn")
    update = {"data": data, "out": place, "seed": run.campaign.settings.seed}
    made = recipe.model_copy(update=update)
    return train_sft(made, resume=(place / "run.json").is_file(), say=say)


def reward(path: Path, run: Run, guard: Guard, folder: Path, say: Say) -> Path:
    """Train a reward model on pairs beside those of its recipe; return its folder."""
    recipe = read_recipe(path, RewardRecipe)
    place, data = folder / "reward", folder / "preferences.jsonl"
    if _is_finished(place):
        return place
    added = lessons.pairs(run, guard, recipe.data, recipe.model, data)
    say(f"{added:,} pairs to learn")
    has_pairs = bool(added or recipe.data)
    update = {
        "data": data if has_pairs else None,
        "out": place,
        "seed": run.campaign.settings.seed,
    }
    made = recipe.model_copy(update=update)
    return train_reward(made, resume=(place / "run.json").is_file(), say=say)


def export(path: Path, model: Path, folder: Path, say: Say) -> Path:
    """Export a language model; return the folder that is attacked next."""
    recipe = read_recipe(path, ExportRecipe)
    place = folder / "target"
    if not place.exists():
        export_model(recipe.model_copy(update={"model": str(model), "out": place}), say=say)
    return place


def _is_finished(place: Path) -> bool:
    file = place / "run.json"
    return file.is_file() and bool(json.loads(file.read_text("utf-8"))["finished"])
