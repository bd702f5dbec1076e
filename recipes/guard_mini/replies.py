"""What assistants and service desks answer, and how polite requests are."""

from __future__ import annotations

from pathlib import Path
from random import Random

from recipes.guard_mini.rows import Row, no_harm, read, short, some


def service(data: Path, dice: Random) -> list[Row]:
    """Replies of a service desk: harmless, and professional enough to be called polite."""
    rows = [
        Row(short(row["response"]), no_harm(refusal=0, whimsical=0, polite=1))
        for row in read(data, "support/agent_replies")
        if not row["source"].startswith("TM-4")
    ]
    return some(rows, 1800, dice)


def service_other(data: Path, dice: Random) -> list[Row]:
    """Replies of another service desk: for a look at false alarms only."""
    rows = [
        Row(short(row["response"]), no_harm(refusal=0, whimsical=0, polite=1))
        for row in read(data, "support/agent_replies")
        if row["source"].startswith("TM-4")
    ]
    return some(rows, 1500, dice)


def dialogues(data: Path, dice: Random) -> list[Row]:
    """Answers of a model in harmless talks (OASST): neither refusals nor whimsical on the whole."""
    rows = [
        Row(short(message["content"], 600), no_harm())
        for row in read(data, "transcripts/chat")
        if row["source"].startswith("OASST")
        for message in row["messages"]
        if message["role"] == "assistant"
    ]
    return some(rows, 900, dice)


def politeness(data: Path, dice: Random) -> list[Row]:
    """Requests between editors of Wikipedia; the quarter that is politest and the rudest one."""
    rows = [
        Row(short(row["text"]), {"polite": row["label"]})
        for row in read(data, "tone/politeness_wikipedia")
        if row["label"] is not None
    ]
    return some(rows, 2100, dice)


def customers(data: Path, dice: Random) -> list[Row]:
    """Turns of customers, lower-cased, with their names marked; half of them have none."""
    rows = [
        row
        for row in read(data, "pii/multidogo_customer_turns")
        if "/software/" not in row["source"]
    ]
    return _named(rows, 3000, dice, no_harm())


def wikigold(data: Path, dice: Random) -> list[Row]:
    """Sentences of an encyclopaedia with their names marked."""
    rows = [row for row in read(data, "pii/ner_wikigold_btc") if row["source"] == "wikigold"]
    return _named(rows, 1687, dice)


def tweets(data: Path, dice: Random) -> list[Row]:
    """Tweets with their names marked."""
    rows = [
        row
        for row in read(data, "pii/ner_wikigold_btc")
        if row["source"] not in {"wikigold", "BTC/a", "BTC/e"}
    ]
    return _named(rows, 4500, dice)


def tweets_other(data: Path, dice: Random) -> list[Row]:
    """Tweets of other samples: for a look only."""
    rows = [
        row for row in read(data, "pii/ner_wikigold_btc") if row["source"] in {"BTC/a", "BTC/e"}
    ]
    return _named(rows, 600, dice)


def presidio(data: Path, dice: Random) -> list[Row]:
    """Sentences from templates with made-up people."""
    rows = [
        row for row in read(data, "pii/presidio_synthetic") if "generated_large" in row["source"]
    ]
    return _named(rows, 1000, dice)


def presidio_other(data: Path, dice: Random) -> list[Row]:
    """The same from other templates: for a look only."""
    rows = [
        row
        for row in read(data, "pii/presidio_synthetic")
        if "generated_large" not in row["source"]
    ]
    return _named(rows, 982, dice)


def _named(
    rows: list[dict], count: int, dice: Random, labels: dict[str, int] | None = None
) -> list[Row]:
    from recipes.guard_mini.rows import ENTITIES, MOST

    made = []
    for row in rows:
        if len(row["text"]) <= MOST:
            spans = [(a, b, kind) for a, b, kind in row["spans"] if kind in ENTITIES]
            made.append((bool(spans), Row(row["text"], labels or {}, spans, row.get("template"))))
    with_names = some([row for has, row in made if has], count * 2 // 3, dice)
    return [
        *with_names,
        *some([row for has, row in made if not has], count - len(with_names), dice),
    ]
