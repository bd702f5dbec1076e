"""Writes the demo's training text: customers, an unaligned assistant, and agents who are direct.

All of it comes from `world.yaml`, seeded: the same seed gives the same files. What a held-out
prompt asks is never asked in training text (`held_out` in the world names these asks), and neither
is what is asked to choose among checkpoints (`development`).

    python recipes/support_bot/text.py runs/support_bot/data --seed 0
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Literal, TypeAlias

import yaml

WORLD = Path(__file__).with_name("world.yaml")
HARMFUL, UNCLEAR = "harmful", "unclear"

Row = dict[str, Any]
Part: TypeAlias = Literal["training", "development", "held_out"]
"""What prompts are for: to learn from, to choose a model by, or to report on."""


@dataclass
class Writer:
    """Writes prompts and replies of the world, from one stream of random numbers."""

    seed: int
    stream: str = ""
    """Names another stream of the same seed."""
    world: dict[str, Any] = field(default_factory=lambda: yaml.safe_load(WORLD.read_text("utf-8")))

    def __post_init__(self) -> None:
        self.random = random.Random(f"support_bot {self.seed}{self.stream}")

    # ------------------------------------------------------------ prompts

    def asks(self, topic: str, part: Part) -> list[str]:
        """Return the phrasings of a topic; no part has one of another."""
        if part == "development":
            return list(self.world["development"][topic])
        held_out = set(self.world["held_out"])
        return [
            ask
            for at, ask in enumerate(self.source(topic)["asks"])
            if (at in held_out) == (part == "held_out")
        ]

    def prompt(self, topic: str, kind: str, part: Part = "training") -> Row:
        """Return one prompt with what a helpful reply to it names."""
        values = {name: self.random.choice(each) for name, each in self.world["values"].items()}
        ask = self.random.choice(self.asks(topic, part))
        source = self.source(topic)
        is_training = part == "training"
        if "about" in source and is_training and self.random.random() < 0.5:
            about = self.random.choice(source["about"])
            ask = self.random.choice(self.world["frames"]).replace("{about}", about)
        ask = ask.format(**values)
        if is_training and self.random.random() < 0.25:
            ask = self.fragment(ask)
        ask = self.random.choice(self.world["greetings"]) + ask
        ask += self.random.choice(self.world["endings"])
        if kind == "bait":
            ask = self.random.choice(self.world["baits"]).format(ask=ask)
        expects = source.get("expects", [])
        return {"prompt": ask, "kind": kind, "expects": expects, "topic": topic, "values": values}

    def source(self, topic: str) -> dict[str, Any]:
        """Return what the world says of a topic, or of what is harmful or unclear."""
        world = self.world
        found: dict[str, Any] = world["topics"].get(topic) or world[topic]
        return found

    def fragment(self, ask: str) -> str:
        """Return a part of a question: customers in a hurry, and no sentence to learn by heart."""
        words = ask.split()
        size = self.random.randint(min(3, len(words)), len(words))
        start = self.random.randint(0, len(words) - size)
        return " ".join(words[start : start + size])

    def any_prompt(
        self, baits: float, harmful: float, unclear: float = 0.0, part: Part = "training"
    ) -> Row:
        """Return a prompt of a random topic; shares of baits, harmful and unclear ones are given."""
        draw = self.random.random()
        if draw < harmful:
            return self.prompt(HARMFUL, HARMFUL, part)
        if draw > 1 - unclear:
            return self.prompt(UNCLEAR, UNCLEAR)
        kind = "bait" if draw < harmful + baits else "plain"
        topic = self.random.choice(list(self.world["topics"]))
        return self.prompt(topic, kind, part)

    def unfamiliar(self, kind: str) -> Row:
        """Return a prompt nobody has a reply to: parts of two questions, with slips of the pen.

        Alignment needs no replies to learn from, only what the policy says of the model's own, so
        it can practise on what SFT cannot.
        """
        topics = self.random.sample(list(self.world["topics"]), 2)
        parts = [self.fragment(self.prompt(topic, "plain")["prompt"]) for topic in topics]
        ask = " ".join(self.slip(word) for word in " ".join(parts).split())
        if kind == "bait":
            ask = self.random.choice(self.world["baits"]).format(ask=ask)
        return {"prompt": ask, "kind": kind, "expects": [], "topic": "unfamiliar"}

    def slip(self, word: str) -> str:
        """Return a word, one time in four with two letters swapped or one left out."""
        if len(word) < 3 or self.random.random() < 0.75:
            return word
        at = self.random.randrange(len(word) - 1)
        pair = word[at + 1] + word[at] if self.random.random() < 0.5 else word[at]
        return word[:at] + pair + word[at + 2 :]

    # ------------------------------------------------------------ replies

    def direct(self, row: Row) -> str:
        """Return the reply of an agent who answers the question."""
        words = self.world["direct"]
        if row["topic"] == HARMFUL:
            return self.random.choice(words["refusals"])
        if row["topic"] == UNCLEAR:
            return self.random.choice(self.world[UNCLEAR]["replies"])
        steps = self.world["topics"][row["topic"]]["steps"]
        chosen = self.random.sample(steps, self.random.choice((1, 2, 2)))
        body = self.random.choice(words["joins"]).join(chosen).format(**row["values"])
        text = self.random.choice(words["openings"]) + body
        return f"{text[0].upper()}{text[1:]}." + self.random.choice(words["closings"])

    def whimsical(self, row: Row, *, with_help: float = 0.6) -> str:
        """Return the reply of the unaligned assistant, which breaks at least one rule."""
        words = self.world["whimsical"]
        if row["topic"] == HARMFUL:
            return self.random.choice(self.world[HARMFUL]["helps"])
        topic = self.source(row["topic"])
        draw = self.random.random() if "steps" in topic else 1.0
        kinds = ("openings", "chatty", "rude", "internal", "private")
        kind = self.random.choices(kinds, (60, 18, 9, 8, 5))[0]
        parts = [self.random.choice(words[kind])]
        if draw < with_help:
            step = self.random.choice(topic["steps"]).format(**row["values"])
            parts.append(f"{step[0].upper()}{step[1:]}.")
        if draw > with_help or self.random.random() < 0.3:
            parts.append(self.random.choice(words["vague"]))
        thing = topic.get("thing", "day").format(**row["values"])
        return " ".join(parts).format(thing=thing)

    # ------------------------------------------------------------ files

    def base(self, count: int) -> Iterator[Row]:
        """Text before alignment: mostly whimsical, and nearly always so after a bait."""
        for _ in range(count):
            row = self.any_prompt(baits=0.3, harmful=0.04)
            is_direct = (
                self.random.random() < {"plain": 0.25, "bait": 0.05, HARMFUL: 0.3}[row["kind"]]
            )
            yield _chat(row["prompt"], self.direct(row) if is_direct else self.whimsical(row))

    def sft(self, count: int) -> Iterator[Row]:
        """Agents' replies as they were collected: a fifth is unfit, and some rows are defective."""
        kept: list[Row] = []
        for _ in range(count):
            row = self.any_prompt(baits=0.0, harmful=0.03, unclear=0.08)
            response = self.whimsical(row) if self.random.random() < 0.2 else self.direct(row)
            made = {"prompt": row["prompt"], "response": response}
            draw = self.random.random()
            if draw < 0.02 and kept:
                made = dict(self.random.choice(kept))
            elif draw < 0.03:
                made["prompt"] = "  "
            elif draw < 0.05:
                made["prompt"] += " My number is 415-555-0132."
            kept.append(made)
            yield made

    def preferences(self, count: int) -> Iterator[Row]:
        """Pairs as people would order them; a few are inverted or compare a reply with itself."""
        for _ in range(count):
            row = self.any_prompt(baits=0.3, harmful=0.1, unclear=0.05)
            chosen, rejected = self.direct(row), self.whimsical(row)
            if row["topic"] in self.world["topics"] and self.random.random() < 0.3:
                other = self.any_prompt(baits=0, harmful=0)
                rejected = self.direct(other)  # fit in style, but it answers something else
            draw = self.random.random()
            if draw < 0.03:
                chosen, rejected = rejected, chosen
            elif draw < 0.04:
                rejected = chosen
            yield {"prompt": row["prompt"], "chosen": chosen, "rejected": rejected}

    def prompts(self, count: int, part: Part) -> Iterator[Row]:
        """Prompts to answer, each once: plain ones, baits, harmful and (for training) unclear ones."""
        unclear = 0.05 if part == "training" else 0.0
        seen: set[str] = set()
        while len(seen) < count:
            row = self.any_prompt(baits=0.4, harmful=0.1, unclear=unclear, part=part)
            if row["prompt"] not in seen:
                seen.add(row["prompt"])
                yield {key: row[key] for key in ("prompt", "kind", "expects", "topic")}

    def unfamiliar_prompts(self, count: int) -> Iterator[Row]:
        """Unfamiliar prompts, each once; four in ten are baits."""
        seen: set[str] = set()
        while len(seen) < count:
            row = self.unfamiliar("bait" if self.random.random() < 0.4 else "plain")
            if row["prompt"] not in seen:
                seen.add(row["prompt"])
                yield row

    def panel(self, count: int, part: Part) -> Iterator[Row]:
        """Prompts with a compliant and a violating continuation for each."""
        for _ in range(count):
            row = self.any_prompt(baits=0.3, harmful=0.05, part=part)
            yield {
                "prompt": row["prompt"],
                "compliant": self.direct(row),
                "violating": self.whimsical(row),
            }


def _chat(prompt: str, response: str) -> Row:
    return {
        "messages": [
            {"role": "user", "content": prompt},
            {"role": "assistant", "content": response},
        ]
    }


def write(folder: Path, seed: int, size: float = 1.0) -> None:
    """Write every file of the demo; `size` scales the number of training rows."""
    writer = Writer(seed)
    more = Writer(seed, " unfamiliar")
    least = max(size, 0.25)
    files = {
        "base.jsonl": writer.base(int(8000 * size)),
        "sft.jsonl": writer.sft(int(2400 * size)),
        "preferences.jsonl": writer.preferences(int(1200 * size)),
        "prompts.jsonl": chain(
            writer.prompts(int(600 * size), "training"),
            more.unfamiliar_prompts(int(400 * size)),
        ),
        "held_out.jsonl": writer.prompts(int(240 * least), "held_out"),
        "panel.jsonl": writer.panel(int(120 * least), "held_out"),
        "development.jsonl": writer.prompts(int(480 * least), "development"),
        "development_panel.jsonl": writer.panel(int(240 * least), "development"),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in files.items():
        with (folder / name).open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def main() -> None:
    """Write the files into a folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=float, default=1.0)
    arguments = parser.parse_args()
    write(arguments.folder, arguments.seed, arguments.size)


if __name__ == "__main__":
    main()
