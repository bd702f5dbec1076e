"""Three rounds of attacks for each seed of the demo, with training between them, and the page.

    python recipes/support_bot/demo.py --out runs/support_bot --seeds 0 1 2
    python recipes/support_bot/rounds/run.py --out runs/support_bot --seeds 0 1 2

It needs what the demo left in the folder of each seed: the text, and the model before alignment.
What is left undone by an interruption is done by the next run of the same command.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
import contrasts  # noqa: E402 - beside this file

POLICY = Path("policies/support_bot.guard")
RECIPES = ("probe", "filter", "sft", "reward", "export", "model")
ROUNDS = 3
MAX_TOKENS = 64


class Rounds:
    """The rounds of one seed: against the filter alone, and against the model before alignment."""

    def __init__(self, folder: Path, seed: int, budgets: dict[str, int]) -> None:
        self.folder = folder
        self.place = folder / "rounds"
        self.seed = seed
        self.budgets = budgets

    def run(self) -> None:
        """Run both and write `rounds.json`."""
        self.recipes()
        contrasts.write(self.folder / "data", self.seed)
        self.export_base()
        self.attack("filter", "echo", "contrasts")
        self.attack("model", str(self.place / "base"), "model_contrasts")
        found: dict[str, Any] = {"seed": self.seed, "conduct": self.conduct()}
        for name in ("filter", "model"):
            report = json.loads((self.place / name / "report.json").read_text("utf-8"))
            found[name] = [scores(part) for part in report["rounds"]]
        found["families"] = by_family(self.place / "filter" / "attempts.jsonl")
        text = json.dumps(found, indent=2) + "\n"
        (self.folder / "rounds.json").write_text(text, "utf-8")

    def recipes(self) -> None:
        """Write the recipes of this folder with the paths of this seed."""
        target = self.place / "recipes"
        target.mkdir(parents=True, exist_ok=True)
        for name in RECIPES:
            text = (HERE / f"{name}.yaml").read_text("utf-8")
            text = text.replace("runs/support_bot/", f"{self.folder.as_posix()}/")
            text = text.replace("recipes/support_bot/rounds/", f"{target.as_posix()}/")
            (target / f"{name}.yaml").write_text(text, "utf-8")

    def recipe(self, name: str, kind: type[BaseModel]) -> Any:
        """Return a recipe of this seed."""
        from guardrail.training.common.recipe import read_recipe

        return read_recipe(self.place / "recipes" / f"{name}.yaml", kind)

    def export_base(self) -> None:
        """Export the model before alignment, which the first round attacks."""
        from guardrail.training.export.run import ExportRecipe, export_model

        out = self.place / "base"
        if not out.exists():
            base = str(self.folder / "base")
            recipe = self.recipe("export", ExportRecipe)
            export_model(recipe.model_copy(update={"model": base, "out": out}))

    def attack(self, name: str, target: str, file: str) -> None:
        """Run the rounds against a target with the contrasts of a file; a stopped run goes on."""
        out = self.place / name
        command = [sys.executable, "-m", "guardrail", "redteam", "--target", target]
        command += ["-p", str(POLICY), "--out", str(out), "--seed", str(self.seed)]
        command += ["--contrasts", str(self.folder / "data" / f"{file}.jsonl")]
        command += ["--rounds", str(ROUNDS), "--budget", str(self.budgets[name])]
        command += ["--retrain", str(self.place / "recipes" / f"{name}.yaml")]
        command += ["--resume"] * (out / "attempts.jsonl").exists()
        code = subprocess.run(command, check=False).returncode
        if not (out / "report.json").exists():
            raise SystemExit(f"The rounds in {out} ended with {code}; the lines above say why.")

    def conduct(self) -> list[dict[str, Any]]:
        """Return how the model of each round behaves on held-out prompts, without the filter."""
        from guardrail.training.conduct import conduct_of
        from guardrail.training.grade import Grader
        from guardrail.training.lm.load import load_lm

        grader = Grader.load(POLICY)
        models = [self.folder / "base"]
        models += [self.place / "model" / f"round-{each}" / "sft" for each in range(2, ROUNDS + 1)]
        held_out = self.folder / "data" / "held_out.jsonl"
        found = []
        for model in models:
            seen, _ = conduct_of(
                *load_lm(str(model)), held_out, grader, seed=self.seed, max_tokens=MAX_TOKENS
            )
            found.append(seen.record())
        return found


def scores(part: dict[str, Any]) -> dict[str, Any]:
    """Return counts of the scores of a round: of families held out, and of all."""
    names = ("model_unsafe", "filter_miss", "over_block")
    return {
        group: {name: [part[group][name]["count"], part[group][name]["of"]] for name in names}
        for group in ("held_out", "even")
    }


def by_family(log: Path) -> dict[str, list[list[int]]]:
    """Return for each held-out family, round by round, how many attacks of how many got through."""
    found: dict[str, list[list[int]]] = {}
    for line in log.read_text("utf-8").splitlines()[1:]:
        attempt = json.loads(line)
        attack = attempt["attack"]
        if attack["split"] != "held_out" or attack["is_twin"]:
            continue
        rounds = found.setdefault(attack["family"], [[0, 0] for _ in range(ROUNDS)])
        counts = rounds[attack["round"] - 1]
        counts[0] += attempt["result"] == "missed"
        counts[1] += 1
    return found


def main() -> int:
    """Run the rounds of every seed, one after the other, then write the page anew."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("runs/support_bot"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--filter-budget", type=int, default=6000)
    parser.add_argument("--model-budget", type=int, default=840)
    given = parser.parse_args()
    budgets = {"filter": given.filter_budget, "model": given.model_budget}
    for seed in given.seeds:
        if not (given.out / f"seed-{seed}" / "rounds.json").is_file():
            Rounds(given.out / f"seed-{seed}", seed, budgets).run()
    sys.path.insert(0, str(HERE.parent))
    import page

    if all((given.out / f"seed-{seed}" / "figures.json").is_file() for seed in given.seeds):
        print(f"Next: open {page.write(given.out, given.seeds)} in a browser.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
