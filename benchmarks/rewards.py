"""`python -m benchmarks.rewards --data FOLDER --encoder FOLDER --lm FOLDER`: who orders pairs?

Ten folds, parted by prompt, over each file of preferences in a folder. Beside each other: the
longer or shorter reply, TF-IDF, a frozen small encoder, a frozen language model, and encoder with
TF-IDF; all learn by logistic regression on the difference of the two replies. The encoder reads
three things: the reply alone, the reply behind the end of its conversation, and where the reply
agrees with the conversation (the product of their vectors). The language model reads the reply
behind the end of its conversation. How strongly the regression is held back is chosen within the
learned folds. Shown are accuracies with their standard errors over folds.

A file whose rows have a context, one reply and a score gives a pair for each context with replies
of several scores: the best against the worst.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import fmean, stdev
from typing import Any

import numpy as np

from guardrail.training.baselines import accuracy, length_accuracy, words_margins
from guardrail.training.data.rows import BadRow, Message, Row, scan_rows, unusable

FOLDS = 10
LONGEST = 128
PENALTIES = [1e-4, 1e-3, 1e-2]


def pairs(path: Path, most: int) -> list[Row]:
    rows = [
        row
        for row in scan_rows(path)
        if not isinstance(row, BadRow) and unusable(row, "preferences") is None
    ]
    rows = rows or list(scored_pairs(path))
    Random(0).shuffle(rows)
    return rows[:most]


def scored_pairs(path: Path) -> Iterator[Row]:
    """The best against the worst reply of each context whose replies were given several scores."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        documents = [json.loads(line) for line in file]
    answers: dict[str, list[tuple[float, str]]] = {}
    for document in documents:
        if {"context", "generation", "reward"} <= document.keys():
            context = "\n".join(turn(each) for each in document["context"])
            said = document["reward"], turn(document["generation"])
            answers.setdefault(context, []).append(said)
    for line, (context, said) in enumerate(answers.items(), 1):
        (low, worst), (high, best) = min(said), max(said)
        if high > low and best != worst:
            asked = (Message(role="user", content=context),)
            yield Row(line, asked, chosen=best, rejected=worst)


def turn(said: dict[str, Any]) -> str:
    """What somebody said, or which call the agent made with what."""
    if "text" in said:
        return str(said["text"])
    return json.dumps({name: each for name, each in said.items() if name != "role"})


def folds(rows: Sequence[Row]) -> Iterator[tuple[list[int], list[int]]]:
    prompts = sorted({row.prompt for row in rows})
    Random(1).shuffle(prompts)
    fold = {prompt: at % FOLDS for at, prompt in enumerate(prompts)}
    for number in range(FOLDS):
        kept = [at for at, row in enumerate(rows) if fold[row.prompt] == number]
        learned = [at for at, row in enumerate(rows) if fold[row.prompt] != number]
        yield learned, kept


def encoder(folder: Path) -> Callable[[list[str]], Any]:
    """Mean-pooled vectors of an encoder or a language model, the last tokens of each text."""
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
    parser.add_argument("--lm", type=Path, help="a folder of a causal model, such as the demo's")
    parser.add_argument("--only", nargs="+", help="names of files, without what follows a dot")
    parser.add_argument("--most", type=int, default=1200, help="pairs of each file")
    given = parser.parse_args()
    if not given.data.is_dir():
        print(f"There is no {given.data}: name a folder of preference files with --data.")
        return
    encode = encoder(given.encoder) if given.encoder else None
    read = encoder(given.lm) if given.lm else None
    for path in sorted(given.data.glob("*.jsonl.gz")):
        if given.only and path.name.split(".")[0] not in given.only:
            continue
        rows = pairs(path, given.most)
        if not rows:
            continue
        results: dict[str, list[float]] = {"length": [], "TF-IDF": []}
        seen = views(rows, encode) if encode else {}
        if read:
            said = read([f"{row.prompt}\n{reply}" for row in rows for reply in row.replies])
            seen["language model"] = scaled(said[::2] - said[1::2])
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
