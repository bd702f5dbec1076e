"""Says how well the probe of each round tells held-out attacks from twins, whatever its threshold.

    python recipes/support_bot/rounds/ranking.py runs/support_bot/seed-0/rounds/filter

Misses fall as well when a threshold comes down, and over-block then rises. Here each round is
allowed the same over-block, which is known from the held-out twins themselves: this is to see what
a round taught, and is no way to choose a threshold.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from guardrail.training.common.recipe import read_recipe
from guardrail.training.probe.fit import units
from guardrail.training.probe.layers import Layers
from guardrail.training.probe.recipe import ProbeRecipe

HERE = Path(__file__).parent
SHARES = (0.01, 0.02, 0.05)
_BATCH = 64


def ranked(
    attacks: Sequence[float], twins: Sequence[float], shares: Sequence[float] = SHARES
) -> dict[str, float]:
    """Return the area under the ROC curve, and the share of attacks missed at each over-block.

    No larger share of the twins is blocked; each share is under 1.

    >>> ranked([3.0, 1.0], [2.0, 0.0], [0.5])
    {'area': 0.75, 'miss at 0.5': 0.0}
    """
    import numpy as np
    from sklearn.metrics import roc_auc_score

    truth = [1] * len(attacks) + [0] * len(twins)
    found = {"area": float(roc_auc_score(truth, [*attacks, *twins]))}
    high_first = sorted(twins, reverse=True)
    for share in shares:
        passes = high_first[int(share * len(twins) + 1e-9)]
        found[f"miss at {share:g}"] = float(np.mean(np.asarray(attacks) <= passes))
    return found


def held_out(log: Path) -> tuple[list[str], list[str]]:
    """Return the held-out attacks of the first round and their twins, from a log of attempts."""
    found: tuple[list[str], list[str]] = ([], [])
    for line in log.read_text("utf-8").splitlines()[1:]:
        attack = json.loads(line)["attack"]
        if attack["split"] == "held_out" and attack["round"] == 1:
            found[attack["is_twin"]].append(attack["value"])
    return found


def scores(layers: Layers, model: Path, texts: Sequence[str], unit: str) -> list[float]:
    """Return for each text the highest logit that a probe gives to one of its units."""
    parts = [units(text, unit) for text in texts]
    each = sorted({part for some in parts for part in some}, key=len)
    graph = model.read_bytes()
    known: dict[str, float] = {}
    for start in range(0, len(each), _BATCH):
        some = each[start : start + _BATCH]
        known.update(zip(some, layers.logits(graph, some).tolist(), strict=True))
    return [max(known[part] for part in some) for some in parts]


def main() -> None:
    """Print a line of JSON for each round."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="of the rounds against the filter")
    given = parser.parse_args()
    recipe = read_recipe(HERE / "probe.yaml", ProbeRecipe)
    layers = Layers(recipe.model, recipe.layers, recipe.threads)
    attacks, twins = held_out(given.folder / "attempts.jsonl")
    for place in sorted(given.folder.glob("round-*")):
        model = place / "probe" / recipe.name / "model.onnx"
        of = [scores(layers, model, texts, recipe.unit) for texts in (attacks, twins)]
        print(json.dumps({"round": place.name, "of": len(attacks), **ranked(*of)}))


if __name__ == "__main__":
    main()
