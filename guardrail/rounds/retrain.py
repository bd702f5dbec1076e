"""What is attacked in each round: trained on all attempts of the rounds before."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from guardrail.redteam.run import Run, Sides
from guardrail.redteam.targets import Target, folder_target
from guardrail.rounds import filter as filters
from guardrail.rounds import steps
from guardrail.rounds.recipe import RoundsRecipe
from guardrail.runtime.guard import Guard
from guardrail.training.trainer import Say


@dataclass(frozen=True)
class Retrainer:
    """Makes the filter and the target of a round; give it to `guardrail.redteam.run.run`.

    Every round trains from the models that the recipe names, on what all rounds before found: so
    a round needs no folder of another one, and a run that was stopped ends like one that was not.
    """

    recipe: RoundsRecipe
    guard: Guard
    target: Target | None
    folder: Path
    say: Say = field(default=print, repr=False)

    def __call__(self, round_: int, run: Run) -> Sides:
        """Train for a round, or take what was trained; return what it attacks.

        Raises:
            RecipeError: a recipe cannot be used.
            TrainingError: a training failed.
            PolicyError: the rule of the recipe is wrong.
        """
        if round_ == 1 and self.recipe.probe is None:
            return Sides(self.guard, self.target)
        place = self.folder / f"round-{round_}"
        place.mkdir(parents=True, exist_ok=True)
        self.say(f"round {round_}: training on {len(run.attempts):,} attempts")
        guard, target = self.guard, self.target
        if learned := self.recipe.learned:
            model = steps.learned(learned, run, place, self.say)
            guard = filters.load(self.guard, learned, model, place)
            filters.look_back(run, guard, place / "bypasses.json")
        if self.recipe.reward:
            steps.reward(self.recipe.reward, run, self.guard, place, self.say)
        if self.recipe.sft and self.recipe.export:
            model = steps.sft(self.recipe.sft, run, self.guard, place, self.say)
            target = folder_target(steps.export(self.recipe.export, model, place, self.say))
        return Sides(guard, target)
