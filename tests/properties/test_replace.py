"""A line with other texts in it reads back as those texts, and nothing else changes."""

from __future__ import annotations

import json

import pytest

from guardrail.transcripts import NotReadableError, Shape, read_turns, with_texts
from tests.support.engine import seeds

pytestmark = pytest.mark.properties

COUNT = 1000  # 20,000 at full size
WORDS = (
    "a",
    "B-12",
    "",
    "\n\nHuman: x",
    "\u00e9\u2028",
    "\ud800",
    '{"k": 1}',
    "Assistant:",
    " \n\n",
    "[T]",
)


def text(rng):
    return "".join(rng.choice(WORDS) for _ in range(rng.randint(0, 3)))


def content(rng):
    kind = rng.random()
    if kind < 0.6:
        return text(rng)
    if kind < 0.7:
        return None
    parts = (
        {"type": "text", "text": text(rng)},
        {"type": "image", "url": text(rng)},
        text(rng),
        {"refusal": text(rng)},
    )
    return [rng.choice(parts) for _ in range(rng.randint(0, 3))]


def call(rng):
    if rng.random() < 0.2:
        return {"custom": {"input": text(rng)}}
    arguments = rng.choice((text(rng), {"k": text(rng)}, [1.50, text(rng)], None))
    return {"id": text(rng), "function": {"name": "f", "arguments": arguments}}


def message(rng):
    found = {
        "role": rng.choice(("user", "assistant", "assistant", "system", "tool")),
        "content": content(rng),
    }
    if rng.random() < 0.2:
        found["tool_calls"] = [call(rng) for _ in range(rng.randint(0, 2))]
    if rng.random() < 0.1:
        found["refusal"] = text(rng)
    return found


def messages(rng):
    return [message(rng) for _ in range(rng.randint(0, 4))]


def said(rng):
    return text(rng) if rng.random() < 0.6 else messages(rng)


def dialog(rng):
    speakers = ("\n\nHuman: ", "\n\nAssistant: ", "\n\nAssistant:", "\n\nSystem: ")
    return rng.choice(("", "Be kind.", "\n")) + "".join(
        rng.choice(speakers) + rng.choice(("a", "B-12", "c\nd")) for _ in range(rng.randint(0, 4))
    )


def document(rng):
    match rng.choice((Shape.CHAT, Shape.PAIRS, Shape.HH)):
        case Shape.CHAT:
            found = Shape.CHAT, {"messages": messages(rng)}
        case Shape.PAIRS:
            found = Shape.PAIRS, {rng.choice(("response", "completion", "output")): said(rng)}
        case _:
            keys = rng.choice((("text",), ("chosen", "rejected")))
            found = (
                Shape.HH,
                {
                    key: dialog(rng) if key == "text" or rng.random() < 0.7 else messages(rng)
                    for key in keys
                },
            )
    if found[0] is not Shape.CHAT and rng.random() < 0.5:
        found[1]["prompt"] = said(rng)
    return found[0], {"id": rng.random(), **found[1], "meta": [text(rng), 7, None, True]}


def turns_of(shape, line):
    found = read_turns(shape, 1, line)
    return (
        {(turn.turn, turn.role, turn.part): turn.text for turn in found if turn.text}
        if isinstance(found, list)
        else None
    )


def test_line_with_other_texts_reads_back_as_them():
    replaced = refused = 0
    for seed, rng in seeds("replace", COUNT):
        shape, given = document(rng)
        line = json.dumps(
            given, ensure_ascii=rng.random() < 0.5 or "\\ud8" in json.dumps(given)
        ).encode()
        before = turns_of(shape, line)
        if before is None:
            continue
        changes = {
            (turn, part): rng.choice(("[T]", "No.", text(rng)))
            for turn, role, part in before
            if role == "assistant" and rng.random() < 0.7
        }
        try:
            new = with_texts(shape, line, changes)
        except NotReadableError:
            refused += 1
            continue
        if not changes:
            assert new == line, seed
            continue
        expected = {key: changes.get((key[0], key[2]), old) for key, old in before.items()}
        assert turns_of(shape, new) == {key: each for key, each in expected.items() if each}, seed
        assert {key: json.loads(new)[key] for key in ("id", "meta")} == {
            key: given[key] for key in ("id", "meta")
        }, seed
        replaced += 1
    assert replaced > 5 * refused > 0
