"""`python -m benchmarks.rewards --data FOLDER --encoder FOLDER`: who orders pairs like people do?

Ten folds, parted by prompt, over each file of preferences in a folder. Beside each other: the
longer or shorter reply, TF-IDF, and a frozen small encoder; both learn by logistic regression on
the difference of the two replies. Shown are accuracies with their standard errors over folds.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import fmean, stdev
from typing import Any

import numpy as np

from guardrail.training.baselines import length_accuracy, words_accuracy
from guardrail.training.data.rows import BadRow, Row, scan_rows, unusable

FOLDS = 10
LONGEST = 128


def pairs(path: Path, most: int) -> list[Row]:
    rows = [
        row
        for row in scan_rows(path)
        if not isinstance(row, BadRow) and unusable(row, "preferences") is None
    ]
    Random(0).shuffle(rows)
    return rows[:most]


def folds(rows: Sequence[Row]) -> Iterator[tuple[list[int], list[int]]]:
    prompts = sorted({row.prompt for row in rows})
    Random(1).shuffle(prompts)
    fold = {prompt: at % FOLDS for at, prompt in enumerate(prompts)}
    for number in range(FOLDS):
        kept = [at for at, row in enumerate(rows) if fold[row.prompt] == number]
        learned = [at for at, row in enumerate(rows) if fold[row.prompt] != number]
        yield learned, kept


def encoder(folder: Path) -> Callable[[list[str]], Any]:
    """Mean-pooled vectors of a sentence encoder, the last tokens of each text."""
    import torch
    from tokenizers import Tokenizer
    from transformers import AutoModel

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    model = AutoModel.from_pretrained(folder).eval()
    torch.set_num_threads(1)

    def encode(texts: list[str]) -> Any:
        ids = [each.ids[:1] + each.ids[1:][-LONGEST:] for each in tokenizer.encode_batch(texts)]
        order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
        found = np.zeros((len(ids), model.config.hidden_size), np.float32)
        for start in range(0, len(order), 32):
            part = order[start : start + 32]
            width = max(len(ids[at]) for at in part)
            given = torch.zeros((len(part), width), dtype=torch.long)
            mask = torch.zeros_like(given)
            for row, at in enumerate(part):
                given[row, : len(ids[at])] = torch.tensor(ids[at])
                mask[row, : len(ids[at])] = 1
            with torch.no_grad():
                states = model(input_ids=given, attention_mask=mask).last_hidden_state
            pooled = (states * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
            found[part] = torch.nn.functional.normalize(pooled, dim=-1).numpy()
        return found

    return encode


def linear(features: Any, learned: list[int], kept: list[int]) -> float:
    from sklearn.linear_model import LogisticRegression

    flip = np.where(np.arange(len(learned)) % 2 == 0, 1, -1)
    model = LogisticRegression(C=10.0, fit_intercept=False, max_iter=2000)
    model.fit(features[learned] * flip[:, None], flip)
    return float(np.mean(model.decision_function(features[kept]) > 0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/preferences"))
    parser.add_argument("--encoder", type=Path, help="a folder of transformers, such as MiniLM")
    parser.add_argument("--most", type=int, default=1200, help="pairs of each file")
    given = parser.parse_args()
    if not given.data.is_dir():
        print(f"There is no {given.data}: name a folder of preference files with --data.")
        return
    encode = encoder(given.encoder) if given.encoder else None
    print(f"{'file':34}{'pairs':>7}  length        TF-IDF        encoder")
    for path in sorted(given.data.glob("*.jsonl.gz")):
        rows = pairs(path, given.most)
        if not rows:
            continue
        results: dict[str, list[float]] = {"length": [], "words": [], "encoder": []}
        features = None
        if encode is not None:
            texts = [f"{row.prompt}\n{reply}" for row in rows for reply in row.replies]
            vectors = encode(texts)
            features = vectors[::2] - vectors[1::2]
        for learned, kept in folds(rows):
            sides = [rows[at] for at in learned], [rows[at] for at in kept]
            results["length"].append(length_accuracy(*sides))
            results["words"].append(words_accuracy(*sides))
            if features is not None:
                results["encoder"].append(linear(features, learned, kept))
        shown = [
            f"{100 * fmean(each):5.1f} ± {100 * stdev(each) / FOLDS**0.5:3.1f} %"
            for each in results.values()
            if each
        ]
        print(f"{path.name:34}{len(rows):7}  " + "  ".join(shown), flush=True)


if __name__ == "__main__":
    main()
