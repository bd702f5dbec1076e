"""The whole loop: text, audit, SFT, reward, alignment, shift, export, guarded generation, page.

    python recipes/support_bot/demo.py --out runs/support_bot --seeds 0 1 2

Each seed has its own text, model and folder. What is left undone by an interruption is done by the
next run of the same command.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

HERE = Path(__file__).parent
POLICY = Path("policies/support_bot.guard")
MAX_TOKENS = 64
REPLIES = 4
"""To each held-out prompt: one makes utility uncertain by four points."""

R = TypeVar("R", bound=BaseModel)


class Loop:
    """The stations of one seed; each writes what it found into the folder."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.seed = seed
        self.figures: dict[str, Any] = {"seed": seed}

    def recipe(self, name: str, kind: type[R]) -> R:
        """Return a recipe of this folder, with the paths and the seed of this loop."""
        from guardrail.training.common.recipe import read_recipe

        text = (HERE / f"{name}.yaml").read_text("utf-8")
        path = self.folder / "recipes" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("runs/support_bot/", f"{self.folder.as_posix()}/"), "utf-8")
        seed = [f"seed={self.seed}"] if "seed" in kind.model_fields else []
        return read_recipe(path, kind, seed)

    def step(self, name: str, run: Callable[[], None]) -> None:
        """Run a station, and keep how many seconds of the processor it took."""
        self.say(f"── {name}")
        started = time.process_time()
        run()
        times = self.times()
        times[name] = round(times.get(name, 0.0) + time.process_time() - started, 1)
        (self.folder / "times.json").write_text(json.dumps(times), "utf-8")

    def times(self) -> dict[str, float]:
        """Return the seconds of all stations so far, those before an interruption included."""
        file = self.folder / "times.json"
        return dict(json.loads(file.read_text("utf-8"))) if file.is_file() else {}

    def say(self, line: str) -> None:
        """Print a line with the seed before it."""
        print(f"[seed {self.seed}] {line}", flush=True)

    # ------------------------------------------------------------ stations

    def data(self) -> None:
        """Write the text, look through it, and keep what is fit."""
        sys.path.insert(0, str(HERE))
        import text

        from guardrail.training.data.audit import audit_file, write_clean
        from guardrail.training.data.page import audit_page, lines

        place = self.folder / "data"
        text.write(place, self.seed)
        for name in ("sft", "preferences"):
            audit = audit_file(place / f"{name}.jsonl", POLICY, place / "prompts.jsonl")
            write_clean(audit, place / f"{name}.clean.jsonl")
            (self.folder / f"audit-{name}.html").write_bytes(audit_page(audit))
            for line in lines(audit):
                self.say(line)
            record = json.dumps(audit.record(), indent=2, ensure_ascii=False)
            (self.folder / f"audit-{name}.json").write_text(record + "\n", "utf-8")

    def train(self) -> None:
        """Train the base model, the SFT model, the reward model and the aligned model."""
        from guardrail.training.align import AlignRecipe, train_align
        from guardrail.training.reward import RewardRecipe, train_reward
        from guardrail.training.sft import SftRecipe, train_sft

        stations: tuple[tuple[str, type[Any], Callable[..., Path]], ...] = (
            ("base", SftRecipe, train_sft),
            ("sft", SftRecipe, train_sft),
            ("reward", RewardRecipe, train_reward),
            ("align", AlignRecipe, train_align),
        )
        for name, kind, run in stations:
            recipe = self.recipe(name, kind)
            file = recipe.out / "run.json"
            if file.is_file() and json.loads(file.read_text("utf-8"))["finished"]:
                continue
            resume = file.is_file()
            self.step(name, lambda r=recipe, go=run, on=resume: go(r, resume=on, say=self.say))

    def look(self) -> None:
        """Ask every model the held-out prompts, and the aligned one behind the guard, too."""
        from guardrail import Guard
        from guardrail.generation import Generator, Sampling
        from guardrail.training.conduct import conduct, conduct_of
        from guardrail.training.data.rows import read_rows
        from guardrail.training.grade import Grader
        from guardrail.training.lm.load import load_lm

        grader = Grader.load(POLICY)
        held_out = self.folder / "data" / "held_out.jsonl"
        rows = read_rows(held_out, "prompts") * REPLIES
        found: dict[str, Any] = {}
        says: dict[str, list[str]] = {}
        for name in ("base", "sft", "aligned"):
            seen, said = conduct_of(
                *load_lm(str(self.folder / name)),
                held_out,
                grader,
                seed=self.seed,
                max_tokens=MAX_TOKENS,
                replies=REPLIES,
            )
            found[name], says[name] = seen.record(), said[:8]
        sampling = Sampling(max_tokens=MAX_TOKENS, temperature=1.0, seed=self.seed)
        generator = Generator.load(self.folder / "onnx", sampling=sampling)
        guard = Guard.load(POLICY)
        said = [guard.wrap(generator)(row.prompt) for row in rows]
        found["guarded"], says["guarded"] = conduct(grader, rows, said).record(), said[:8]
        self.figures["conduct"] = found
        self.figures["examples"] = {"prompts": [row.prompt for row in rows[:8]], **says}

    def compare(self) -> None:
        """Compare the probabilities before and after."""
        from guardrail.training.shift.recipe import ShiftRecipe, measure_shift

        recipe = self.recipe("shift", ShiftRecipe)
        self.figures["shift"] = measure_shift(recipe).record()
        changes = {"before": str(self.folder / "sft"), "out": self.folder / "shift-sft"}
        self.figures["shift_sft"] = measure_shift(recipe.model_copy(update=changes)).record()

    def export(self) -> None:
        """Export the aligned model."""
        from guardrail.training.export.run import ExportRecipe, export_model

        recipe = self.recipe("export", ExportRecipe)
        if not recipe.out.exists():
            export_model(recipe, say=self.say)
        manifest = json.loads((recipe.out / "manifest.json").read_text("utf-8"))
        self.figures["parity"] = manifest["parity"]

    def run(self) -> None:
        """Run all stations and write `figures.json`."""
        if not (self.folder / "audit-preferences.json").exists():
            self.step("audit", self.data)
        self.train()
        self.step("export", self.export)
        self.step("shift", self.compare)
        self.step("look", self.look)
        for name in ("reward", "aligned"):
            run = json.loads((self.folder / name / "run.json").read_text("utf-8"))
            self.figures[name] = run["figures"]
        self.figures["seconds"] = self.times()
        self.figures["audit"] = {}
        for name in ("sft", "preferences"):
            audit = json.loads((self.folder / f"audit-{name}.json").read_text("utf-8"))
            self.figures["audit"][name] = {key: audit[key] for key in ("rows", "unfit", "counts")}
        text = json.dumps(self.figures, indent=2, ensure_ascii=False)
        (self.folder / "figures.json").write_text(text + "\n", "utf-8")


def one_seed(out: Path, seed: int) -> int:
    """Run the loop of a seed in a process of its own, with one thread; return its exit code."""
    folder = out / f"seed-{seed}"
    if (folder / "figures.json").is_file():
        return 0
    command = [sys.executable, __file__, "--out", str(out), "--only", str(seed)]
    return subprocess.run(
        command, check=False, env=os.environ | {"OMP_NUM_THREADS": "1"}
    ).returncode


def main() -> int:
    """Run the loop for every seed, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("runs/support_bot"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--jobs", type=int, default=3, help="seeds at a time, a thread each")
    parser.add_argument("--only", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only is not None:
        Loop(given.out / f"seed-{given.only}", given.only).run()
        return 0
    with ThreadPoolExecutor(given.jobs) as pool:
        codes = list(pool.map(lambda seed: one_seed(given.out, seed), given.seeds))
    if any(codes):
        failed = [seed for seed, code in zip(given.seeds, codes, strict=True) if code]
        print(f"These seeds did not get through: {failed}. The lines above say why.")
        return 1
    sys.path.insert(0, str(HERE))
    import page

    print(f"Next: open {page.write(given.out, given.seeds)} in a browser.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
