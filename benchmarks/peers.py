"""`python -m benchmarks.peers`: one policy in guardrail and in peers, clean replies, in turns.

All have to find a value of each kind, and nothing in the replies that are timed.

A peer that is to take part has an environment in `build/`: `peer-nemoguardrails` with
`nemoguardrails`, `peer-guardrails-ai` with `guardrails-ai`, `peer-llm-guard` with `llm-guard`,
`peer-invariant` with `invariant-ai`. One that has none is left out.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.peer_check import PEERS
from benchmarks.ratios import VALUES
from benchmarks.run import HERE, clean_replies, patterns_of
from guardrail import Guard

BUILD = HERE.parent / "build"
ROUNDS = 3
HOMES = {
    "NeMo Guardrails": "peer-nemoguardrails",
    "guardrails-ai": "peer-guardrails-ai",
    "llm-guard": "peer-llm-guard",
    "invariant-ai": "peer-invariant",
}


def python_of(peer: str) -> Path | None:
    """Return the interpreter of a peer; None where it has none."""
    home = HOMES.get(peer.partition(",")[0])
    python = Path(sys.executable) if home is None else BUILD / home / "bin" / "python"
    return python if python.exists() else None


def main() -> None:
    """Print the table."""
    guard = Guard.load(HERE / "peer.guard")
    texts = clean_replies(guard, 200)
    found = [
        f"{text[:200]} {value} {text[200:]}" for text, value in zip(texts, VALUES, strict=False)
    ]
    policy = {
        "lists": {name: words.entries for name, words in guard.policy.lists.items()},
        "others": {name: p.pattern.source for name, p in guard.policy.patterns.items()},
        "patterns": patterns_of(guard),
    }
    work = {**policy, "texts": texts, "found": found}
    took: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for peer in PEERS:
            if (python := python_of(peer)) is None:
                print(f"{peer}: no environment, left out", file=sys.stderr)
                continue
            done = subprocess.run(
                [
                    python,
                    "-P",
                    HERE / "peer_check.py",
                ],  # modules of this folder have names of others
                input=json.dumps({**work, "peer": peer}),
                capture_output=True,
                text=True,
                check=True,
                cwd=HERE.parent,
            )
            result = json.loads(done.stdout.splitlines()[-1])
            if result["flagged"] or result["missed"]:
                raise SystemExit(
                    f"{peer} judges otherwise: {result['flagged']}, {result['missed']}"
                )
            took.setdefault(peer, []).append(statistics.median(result["us"]))
    own = statistics.median(took["guardrail"])
    print("| | µs, the median reply: least and most of the runs | × |\n|---|---|---|")
    for peer, medians in took.items():
        times = statistics.median(medians) / own
        print(f"| {peer} | {min(medians):,.1f} to {max(medians):,.1f} | {times:,.0f} |")


if __name__ == "__main__":
    main()
