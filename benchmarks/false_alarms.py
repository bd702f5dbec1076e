"""`python -m benchmarks.false_alarms --data ../shared/data`: a policy on replies that are fine.

Replies of service desks (Schema-Guided Dialogue, Taskmaster-4) go through a policy; whatever a rule
of it does to them is a false alarm, but for rules that hide data, which may be right. Schema-Guided
Dialogue is among what guard-mini was trained on, Taskmaster-4 is not.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

from guardrail import Guard

_SERVICE = ("SGD", "Taskmaster")


def replies(data: Path) -> Iterator[tuple[str, str]]:
    """Yield source and text of each reply of a service desk."""
    for row in _rows(data / "support" / "agent_replies.jsonl.gz"):
        yield f"support, {row['source'].split()[0].split('/')[0]}", row["response"]
    for row in _rows(data / "transcripts" / "chat.jsonl.gz"):
        if row["source"].startswith(_SERVICE):
            for message in row["messages"]:
                if message["role"] == "assistant":
                    yield f"transcripts, {row['source'].split()[0]}", message["content"]


def _rows(path: Path) -> Iterator[dict]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--policy", default="policies/support_bot_learned.guard")
    options.add_argument("--texts", type=int, default=1000, help="of each source")
    chosen = options.parse_args()
    guard = Guard.load(chosen.policy)
    by_source: dict[str, list[str]] = {}
    for source, text in replies(chosen.data):
        by_source.setdefault(source, []).append(text)
    for source, every in by_source.items():
        texts = list(dict.fromkeys(every))
        texts = Random(1).sample(texts, min(chosen.texts, len(texts)))
        fired: Counter[str] = Counter()
        for verdict in (guard.check(text) for text in texts):
            fired.update({rule.rule for rule in verdict.fired})
        print(f"{source}: {len(texts)} replies")
        for rule, count in fired.most_common():
            print(f"  {rule:40} {count:5}  {count / len(texts):6.2%}")


if __name__ == "__main__":
    main()
