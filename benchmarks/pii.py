"""Personal data: the findings of Presidio's own engine, what they are worth, and what they cost.

Both sides look suffixes up in the list that is shipped: neither opens a socket. Findings and
quality are measured on the data folder beside the checkout, and left out where there is none.
`--rows 500` takes so many rows of each set, evenly spread; Presidio needs up to an hour for all.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from benchmarks.run import in_turn
from guardrail.stages.pii import PiiDetector
from guardrail.stages.pii.entities import CLASSES, DEFAULT
from guardrail.values import Failure, Subject
from tests.support.presidio import Finding, engine_for, findings_of, is_short_phone

ROOT: Final = Path(__file__).parents[1]
DATA: Final = ROOT.parent / "shared" / "data"
SETS: Final = ("presidio_synthetic", "multidogo_customer_turns", "ner_wikigold_btc")
FIVE: Final = ("EMAIL_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD", "US_SSN", "IP_ADDRESS")
LABELS: Final = {"DOMAIN_NAME": "URL", "ACCOUNT_NUMBER": "US_BANK_NUMBER"}
"""What the data calls otherwise than Presidio."""

LENGTHS: Final = {100: 400, 500: 200, 2_000: 60}
"""How many texts of each length are looked at."""

GOAL: Final = 25


def rows_of(name: str, most: int) -> Iterator[dict[str, Any]]:
    """Yield the rows of one of the sets of personal data, at most so many, evenly spread."""
    with gzip.open(DATA / "pii" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        lines = file.readlines()
    step = max(1, len(lines) // most) if most else 1
    yield from map(json.loads, lines[::step])


def ours(detector: PiiDetector, text: str) -> list[Finding]:
    """Return what the detector finds, in the form of `findings_of`."""
    (outcome,) = detector.run([Subject(text)])
    if isinstance(outcome, Failure) or not isinstance(outcome, tuple):
        raise TypeError(f"the detector answered {outcome}")
    return [(span.start, span.end, span.type, span.score) for span in outcome]


# ---------------------------------------------------------------- the same findings


def reason(text: str, finding: Finding) -> str:
    """Say why a finding is on one side only."""
    return "a phone number of fewer than five digits" if is_short_phone(text, finding) else "?"


def findings(entities: Sequence[str], min_score: float, most: int) -> None:
    """Count what both find in each set, and every difference by its reason."""
    engine, detector = engine_for(entities), PiiDetector(tuple(entities), min_score)
    for name in SETS:
        texts = total = 0
        differences: Counter[str] = Counter()
        for row in rows_of(name, most):
            text = row["text"]
            theirs, mine = (
                set(findings_of(engine, text, entities, min_score)),
                set(ours(detector, text)),
            )
            texts += 1
            total += len(theirs)
            for side, only in (("lost", theirs - mine), ("added", mine - theirs)):
                differences.update(f"{side}: {each[2]}, {reason(text, each)}" for each in only)
        listed = "; ".join(f"{count} {what}" for what, count in sorted(differences.items()))
        print(
            f"| {len(entities)} | {min_score} | {name} | {texts:,} | {total:,} |"
            f" {listed or 'none'} |"
        )


def sameness(most: int) -> None:
    """All sets, at the usual score and at every score."""
    print(f"\n## The findings of Presidio {version('presidio-analyzer')}, and what differs\n")
    print("| entities | least score | set | texts | findings | differences |")
    print("|---|---|---|---|---|---|")
    findings(DEFAULT, 0.4, most)
    findings(tuple(CLASSES), 0.0, most)


# ---------------------------------------------------------------- what they are worth


@dataclass(slots=True)
class Score:
    """How findings of one entity compare with its labels; any shared character counts."""

    labels: int = 0
    found: int = 0
    right: int = 0
    made: int = 0

    def add(self, labels: Sequence[tuple[int, int]], made: Sequence[tuple[int, int]]) -> None:
        """Add one text."""
        self.labels += len(labels)
        self.made += len(made)
        self.found += sum(any(overlap(label, each) for each in made) for label in labels)
        self.right += sum(any(overlap(label, each) for label in labels) for each in made)

    @property
    def precision(self) -> float:
        """The share of findings that are labelled."""
        return self.right / self.made if self.made else 0.0

    @property
    def recall(self) -> float:
        """The share of labels that are found."""
        return self.found / self.labels if self.labels else 0.0

    @property
    def f2(self) -> float:
        """Their mean, in which recall weighs four times as much."""
        weighted = 4 * self.precision + self.recall
        return 5 * self.precision * self.recall / weighted if weighted else 0.0


def overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two places share a character."""
    return one[0] < other[1] and other[0] < one[1]


def quality(name: str, most: int) -> None:
    """Precision, recall and F2 of each entity that the set labels, for both sides."""
    rows = list(rows_of(name, most))
    labelled = {LABELS.get(type_, type_) for row in rows for _, _, type_ in row["spans"]}
    entities = tuple(sorted(labelled & CLASSES.keys()))
    engine, detector = engine_for(entities), PiiDetector(entities)
    scores = {entity: (Score(), Score()) for entity in entities}
    for row in rows:
        text = row["text"]
        sides = ours(detector, text), findings_of(engine, text, entities)
        for entity, both in scores.items():
            labels = [
                (start, end)
                for start, end, type_ in row["spans"]
                if LABELS.get(type_, type_) == entity
            ]
            for score, side in zip(both, sides, strict=True):
                score.add(labels, [(each[0], each[1]) for each in side if each[2] == entity])
    print(f"\n### {name}\n")
    print("| entity | labels | findings | precision | recall | F2 | Presidio's F2 |")
    print("|---|---|---|---|---|---|---|")
    for entity, (mine, theirs) in scores.items():
        print(
            f"| {entity} | {mine.labels:,} | {mine.made:,} | {mine.precision:.3f} |"
            f" {mine.recall:.3f} | {mine.f2:.3f} | {theirs.f2:.3f} |"
        )


def worth(most: int) -> None:
    """The two sets that label what can be found without a language model."""
    print("\n## Against labels, at a score of 0.4 (any shared character counts as found)")
    quality("presidio_synthetic", most)
    quality("multidogo_customer_turns", most)


# ---------------------------------------------------------------- what they cost

VALUES: Final = (
    "ann.smith{}@example.org",
    "415-555-26{:02}",
    "+44 20 7946 09{:02}",
    "4111 1111 1111 1111",
    "536-90-43{:02}",
    "192.168.{}.17",
    "DE89 3704 0044 0532 0130 00",
)


@cache
def sentences() -> tuple[str, ...]:
    """Return replies of support agents: real ones from the data folder, else our examples."""
    file = DATA / "support" / "agent_replies.jsonl.gz"
    if file.exists():
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            return tuple(json.loads(line)["response"] for line in lines)
    return tuple(
        message["content"]
        for path in sorted((ROOT / "examples" / "support").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        for message in json.loads(line)["messages"]
        if message["role"] == "assistant"
    )


def texts_of(length: int, count: int, hits: int) -> list[str]:
    """Return texts of a length made of replies, each with so many values in it."""
    dice = random.Random(length + hits)
    texts = []
    for _ in range(count):
        parts: list[str] = []
        while sum(map(len, parts)) + len(parts) < length:
            parts.append(dice.choice(sentences()))
        text = " ".join(parts)[:length]
        for at in range(hits):
            value = dice.choice(VALUES).format(dice.randrange(10, 90))
            words = text.split(" ")
            words.insert(dice.randrange(len(words) + 1), f"my number is {value}" if at else value)
            text = " ".join(words)
        texts.append(text)
    return texts


def measured(
    entities: Sequence[str], texts: Sequence[str], engine: Any, detector: PiiDetector
) -> Mapping[str, float]:
    """Return the microseconds a text of both sides, taking turns."""
    return in_turn(
        {
            "Presidio": lambda text: findings_of(engine, text, entities),
            "ours": lambda text: detector.run([Subject(text)]),
        },
        texts,
        rounds=3,
    )


def speed(entities: Sequence[str], name: str) -> None:
    """Compare both sides on clean texts and on texts with findings."""
    engine, detector = engine_for(entities), PiiDetector(tuple(entities))
    for length, count in LENGTHS.items():
        clean = [
            text for text in texts_of(length, count, 0) if not findings_of(engine, text, entities)
        ]
        closed = sum(len(detector._occurring(text)) <= 1 for text in clean) / len(clean)
        for kind, texts in (
            (f"nothing to find; the scan alone says so in {closed:.0%}", clean),
            ("one value", texts_of(length, count // 5, 1)),
            ("five values", texts_of(length, count // 5, 5)),
        ):
            us = measured(entities, texts, engine, detector)
            print(
                f"| {name} | {length:,} | {kind} | {us['Presidio']:,.0f} | {us['ours']:,.1f} |"
                f" {us['Presidio'] / us['ours']:.1f} |"
            )


def cost() -> None:
    """The usual entities and five of them."""
    print(f"\n## Cost, in one run (goal without findings: {GOAL} times as fast)\n")
    print("| entities | characters | text | Presidio, µs | ours, µs | ratio |")
    print("|---|---|---|---|---|---|")
    speed(DEFAULT, "default")
    speed(FIVE, "five")


def main() -> None:
    """Run all parts that can be run here."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=0, help="at most so many rows of each set")
    parser.add_argument("--part", choices=("cost", "sameness", "worth"), help="only this part")
    options = parser.parse_args()
    print("# Personal data")
    if options.part in (None, "cost"):
        cost()
    if not DATA.is_dir():
        print(
            "No data folder beside the checkout: findings and quality not measured.",
            file=sys.stderr,
        )
        return
    if options.part in (None, "sameness"):
        sameness(options.rows)
    if options.part in (None, "worth"):
        worth(options.rows)


if __name__ == "__main__":
    main()
