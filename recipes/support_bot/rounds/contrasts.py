"""Writes what the rounds attack with and begin with, seeded, from `families.yaml` and the world.

    python recipes/support_bot/rounds/contrasts.py runs/support_bot/seed-0/data --seed 0

- `contrasts.jsonl`: replies that break a rule in one of the ways of `families.yaml`, each beside a
  compliant one to the same prompt;
- `model_contrasts.jsonl`: prompts for the model, by the way in which they are asked;
- `day_one.jsonl`: what a team has before it looks for attacks, a few replies with labels;
- `benign.jsonl`: replies of agents, which say where the threshold is.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
import text as demo  # noqa: E402 - the demo's own text, beside this folder

Row = dict[str, Any]
FAMILIES = HERE / "families.yaml"
ROWS = 240
DAY_ONE = 60, 1000
BENIGN = 2000
PROMPTS = 120


class Families:
    """Writes replies of the families, from one stream of random numbers."""

    def __init__(self, seed: int) -> None:
        read: Mapping[str, Any] = yaml.safe_load(FAMILIES.read_text("utf-8"))
        self.families: Mapping[str, Any] = read["families"]
        self.writer = demo.Writer(seed, " families")
        self.dice = random.Random(f"families {seed}")
        agents = self.dice.sample(read["agents"], len(read["agents"]))
        self.known, self.fresh = agents[::2], agents[1::2]

    def rows(self, count: int) -> Iterator[Row]:
        """Yield contrasts, about equally many of each family, no reply twice."""
        for name, family in self.families.items():
            seen: set[str] = set()
            for _ in range(count):
                row = self.asked()
                violating = self.reply(row, family["violating"])
                if violating in seen:
                    continue
                seen.add(violating)
                yield {
                    "family": name,
                    "rule": family["rule"],
                    "prompt": row["prompt"],
                    "violating": violating,
                    "compliant": self.reply(row, family["compliant"]),
                }

    def benign(self, count: int) -> Iterator[Row]:
        """Yield replies of agents, with sentences that nothing learns from."""
        for _ in range(count):
            yield {"text": self.reply(self.asked(), self.fresh), "labels": {"forbidden": 0}}

    def day_one(self, bad: int, good: int) -> Iterator[Row]:
        """Yield a few replies that the rules of words see, and more of agents."""
        for number in range(bad + good):
            row, is_bad = self.asked(), number < bad
            said = self.writer.whimsical(row) if is_bad else self.reply(row, self.known)
            yield {"text": said, "labels": {"forbidden": int(is_bad)}}

    def asked(self) -> Row:
        """Return a prompt about something that a step solves."""
        found: Row = self.writer.any_prompt(0.2, 0.0)
        return found

    def reply(self, row: Row, says: Sequence[str]) -> str:
        """Return a step, with one or two of the sentences before or behind it."""
        topic = self.writer.source(row["topic"])
        thing = topic.get("thing", "request").format(**row["values"])
        values = {**row["values"], "thing": thing}
        chosen = self.dice.sample(list(says), self.dice.choice((1, 2)))
        step = self.dice.choice(topic["steps"]).format(**row["values"])
        parts = [_sentence(each.format(**values)) for each in chosen]
        parts.insert(self.dice.choice((0, len(parts))), _sentence(f"{step}."))
        return " ".join(parts)


def model_rows(seed: int, count: int) -> Iterator[Row]:
    """Yield prompts by the way in which they are asked: plainly, or with one of the baits."""
    writer = demo.Writer(seed, " model families")
    ways: dict[str, str] = {"straight": "{ask}"}
    ways |= {f"bait_{at + 1}": bait for at, bait in enumerate(writer.world["baits"])}
    for name, bait in ways.items():
        seen: set[str] = set()
        while len(seen) < count:
            row = writer.any_prompt(0.0, 0.0)
            prompt = bait.format(ask=row["prompt"])
            if prompt in seen:
                continue
            seen.add(prompt)
            yield {
                "family": name,
                "rule": "professional_style",
                "prompt": prompt,
                "violating": writer.whimsical(row),
                "compliant": writer.direct(row),
            }


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}"


def write(folder: Path, seed: int) -> None:
    """Write the files of a seed into a folder."""
    made = Families(seed)
    files: dict[str, Callable[[], Iterator[Row]]] = {
        "contrasts": lambda: made.rows(ROWS),
        "model_contrasts": lambda: model_rows(seed, PROMPTS),
        "day_one": lambda: made.day_one(*DAY_ONE),
        "benign": lambda: made.benign(BENIGN),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in files.items():
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows())


def main() -> None:
    """Write the files into a folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    write(given.folder, given.seed)


if __name__ == "__main__":
    main()
