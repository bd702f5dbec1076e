"""Texts of the data folder in which nobody gives a secret away."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SUPPORT = ("banking77_train", "bitext_intents", "multidogo_intents")
PERSONAL = ("multidogo_customer_turns", "ner_wikigold_btc", "presidio_synthetic")


def rows(shared: Path, name: str) -> Iterator[dict[str, Any]]:
    """The rows of one file."""
    with gzip.open(shared / "data" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def replies(shared: Path) -> Iterator[str]:
    """What assistants and agents answered: the texts that the tables were tuned on."""
    for row in rows(shared, "transcripts/chat"):
        yield from (each["content"] for each in row["messages"] if each["role"] == "assistant")
    yield from (row["output"] for row in rows(shared, "benign-instructions/sft"))
    yield from (row["response"] for row in rows(shared, "support/agent_replies"))


def customers(shared: Path) -> Iterator[str]:
    """What customers wrote; nothing was tuned on it."""
    for name in SUPPORT:
        yield from (row["text"] for row in rows(shared, f"support/{name}"))


def personal(shared: Path) -> Iterator[str]:
    """Texts with names, addresses and numbers of people; nothing was tuned on them."""
    for name in PERSONAL:
        yield from (row["text"] for row in rows(shared, f"pii/{name}"))
