"""`python -m benchmarks.rewards --data FOLDER --encoder FOLDER`: who orders pairs like people do?

Ten folds, parted by prompt, over each file of preferences in a folder. Beside each other: the
longer or shorter reply, TF-IDF, a frozen small encoder, and both together; all learn by logistic
regression on the difference of the two replies. The encoder reads three things: the reply alone,
the reply behind the end of its conversation, and where the reply agrees with the conversation (the
product of their vectors). How strongly the regression is held back is chosen within the learned
folds. Shown are accuracies with their standard errors over folds.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import fmean, stdev
from typing import Any

import numpy as np

from guardrail.training.baselines import accuracy, length_accuracy, words_margins
from guardrail.training.data.rows import BadRow, Row, scan_rows, unusable

FOLDS = 10
LONGEST = 128
PENALTIES = [1e-4, 1e-3, 1e-2]


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


def linear(features: Any, groups: Sequence[str], learned: list[int], kept: list[int]) -> Any:
    """Decisions on kept pairs; positive is right. The penalty is chosen on parts of the learned."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, GroupKFold

    flip = np.where(np.arange(len(learned)) % 2 == 0, 1, -1)
    model = LogisticRegression(fit_intercept=False, max_iter=3000)
    search = GridSearchCV(model, {"C": PENALTIES}, cv=GroupKFold(3))
    search.fit(features[learned] * flip[:, None], flip, groups=[groups[at] for at in learned])
    return search.decision_function(features[kept])


def scaled(features: Any) -> Any:
    """Columns of differences with a spread of one; their middle stays where it is."""
    return features / (features.std(axis=0) + 1e-9)


def views(rows: Sequence[Row], encode: Callable[[list[str]], Any]) -> dict[str, Any]:
    """What an encoder sees of pairs, as differences chosen - rejected, by name."""
    replies = [reply for row in rows for reply in row.replies]
    alone = encode(replies)
    behind = encode([f"{row.prompt}\n{reply}" for row in rows for reply in row.replies])
    before = np.repeat(encode([row.prompt for row in rows]), 2, axis=0)
    found = {"reply": alone, "behind": behind, "agrees": alone * before}
    differences = {name: scaled(each[::2] - each[1::2]) for name, each in found.items()}
    return differences | {"all": np.concatenate(list(differences.values()), axis=1)}


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
    for path in sorted(given.data.glob("*.jsonl.gz")):
        rows = pairs(path, given.most)
        if not rows:
            continue
        results: dict[str, list[float]] = {"length": [], "TF-IDF": []}
        seen = views(rows, encode) if encode else {}
        groups = [row.prompt for row in rows]
        for learned, kept in folds(rows):
            sides = [rows[at] for at in learned], [rows[at] for at in kept]
            results["length"].append(length_accuracy(*sides))
            words = words_margins(*sides)
            results["TF-IDF"].append(accuracy(words))
            for name, features in seen.items():
                margins = linear(features, groups, learned, kept)
                results.setdefault(name, []).append(accuracy(margins))
                if name == "all":
                    both = margins / np.std(margins) + words / (np.std(words) or 1)
                    results.setdefault("both", []).append(accuracy(both))
        shown = (
            f"{name} {100 * fmean(each):.1f} ± {100 * stdev(each) / FOLDS**0.5:.1f} %"
            for name, each in results.items()
        )
        print(f"{path.name} ({len(rows)} pairs): " + "   ".join(shown), flush=True)


if __name__ == "__main__":
    main()
