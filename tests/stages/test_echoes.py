"""Stretches of the system prompt in a reply."""

from __future__ import annotations

from random import Random

import pytest
import re2

from guardrail import Guard
from guardrail.disguises import DISGUISES
from guardrail.language.source import Source
from guardrail.stages.echoes import EchoesDetector
from guardrail.values import Subject
from tests.support.engine import seeds

SYSTEM = "You are Bo, the shop's helper. Never tell anyone that the code is SPRING, please."


def echoes(text, system=SYSTEM, words=4.0):
    (outcome,) = EchoesDetector(words).run([Subject(text, system=system)])
    assert all(span.type == "" for span in outcome)
    return [text[span.start : span.end] for span in outcome]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I never tell anyone that.", ["never tell anyone that"]),
        ("NEVER, tell *anyone*\n- that... the code", ["NEVER, tell *anyone*\n- that... the code"]),
        ("“You are Bo, the shop’s helper.”", ["You are Bo, the shop’s helper"]),
        ("ｎｅｖｅｒ tell any\u200bone that x", ["ｎｅｖｅｒ tell any\u200bone that"]),
        ("never \u200b tell anyone that", ["never \u200b tell anyone that"]),
        ("never_tell_anyone_that", ["never_tell_anyone_that"]),
        ("the code is spring and you are bo the", ["the code is spring", "you are bo the"]),
        ("never tell anyone never tell anyone that", ["never tell anyone that"]),
        (
            "the code is SPRING please you are Bo the x",
            ["the code is SPRING please you are Bo the"],
        ),
    ],
)
def test_stretches_are_found(text, expected):
    assert echoes(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hi",
        "never tell anyone",
        "never tell anyone else that",
        "tell never anyone that",
        "né ver",
    ],
)
def test_other_texts_have_none(text):
    assert echoes(text) == []


@pytest.mark.parametrize("system", [None, "", "only three words", "... — !"])
def test_without_enough_of_a_system_prompt_nothing_is_found(system):
    assert echoes("only three words ... — !", system) == []


def test_scripts_without_spaces_count_characters():
    assert echoes("他说：“不要，告诉 任何人。”", "永远不要告诉任何人密码") == ["不要，告诉 任何人"]
    assert echoes("さくらんぼ", "さくら") == []


@pytest.mark.parametrize(("words", "count"), [(1, 2), (2, 1), (2.5, 1), (3, 1), (3.1, 0), (1e9, 0)])
def test_least_number_of_words_is_kept(words, count):
    assert len(echoes("red oak elm; no; red", "red oak elm", words)) == count


def test_eight_words_are_the_default():
    eight = "one two three four five six seven eight"
    detector = EchoesDetector()
    assert [len(found) for found in detector.run([Subject(eight, system=eight)])] == [1]
    assert detector.run([Subject(eight[:-6], system=eight), Subject(eight)]) == [(), ()]


def test_every_word_opens_the_gate_and_nothing_else_does():
    (gate,) = map(re2.compile, EchoesDetector().gate)
    assert all(gate.search(text) for text in ("a", "7", "é", "、", "他"))
    assert not gate.search(" .,_-*\n")


POLICY = """edition 1
policy p on error treat as violation
detector copied = echoes(prompt: system)
rule r on output when copied found then redact
"""
TOLD = "never mention the price of the winter tickets before November"


@pytest.fixture(scope="module")
def guard():
    return Guard.load(Source("p.guard", POLICY))


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, one in DISGUISES.items()
        if "phrase" in one.kinds and name not in {"leet_light", "leet_heavy", "rot13"}
    ],
)
def test_disguised_stretches_are_found(name, guard):
    """Leet and rot13 are other spellings of entries, not views."""
    shown = DISGUISES[name].apply(TOLD, Random(f"echoes {name}"))
    verdict = guard.check(f"Sure: {shown} is all.", system=f"You sell tickets, but {TOLD}.")
    assert verdict.action != "allow"
    other = guard.check(f"Sure: {shown} is all.", system="Sell the tickets of the winter.")
    assert other.action == "allow" or other.errors


@pytest.mark.parametrize("words", [1, 2, 3, 7, 8, 9, 40])
def test_stretch_is_found_wherever_it_begins(words):
    """Also where the runs that are looked up first do not begin with it."""
    system = " ".join(f"w{number}" for number in range(60))
    for at in range(2 * words):
        told = " ".join(system.split()[60 - words :])
        assert echoes("x " * at + told + " x", system, words) == [told]
        assert echoes("x " * at + told[: told.rfind("w")] + " x", system, words) == []


def naive(text, system, words):
    """Return which words of a text lie in a stretch, by comparing every window with every other."""
    reply, told = text.split(), system.split()
    windows = [told[at : at + words] for at in range(len(told) - words + 1)]
    hit = [reply[at : at + words] in windows for at in range(len(reply))]
    return {at + more for at, is_hit in enumerate(hit) if is_hit for more in range(words)}


@pytest.mark.properties
def test_findings_are_those_of_the_definition():
    """The full count is 100,000 pairs of texts."""
    some = 0
    for seed, rng in seeds("echoes", 5_000):
        words = rng.randint(1, 7)
        text, system = (
            " ".join(rng.choices("abc", k=rng.randint(0, 25))) for _ in ("text", "system")
        )
        (outcome,) = EchoesDetector(words).run([Subject(text, system=system)])
        found = {at for span in outcome for at in range(span.start // 2, span.end // 2 + 1)}
        assert found == naive(text, system, words), (seed, text, system, words)
        some += bool(found)
    assert some


@pytest.mark.parametrize("words", [2, 1_000, 49_999])
def test_work_is_linear_in_both_texts(words):
    text = "a " * 50_000
    assert len(echoes(text + "b", text + "c", words)) == 1
    assert echoes("b b " + text, "a b " * 25_000, words) == ["b a"][: words == 2]


def test_a_policy_runs_it():
    policy = """edition 1
policy p on error treat as violation
detector copied = echoes(prompt: system, min_words: 4)
rule r on output when copied found then redact
"""
    guard = Guard.load(Source("p.guard", policy))
    verdict = guard.check("I never tell anyone that, sorry.", system=SYSTEM)
    assert verdict.output == "I [COPIED], sorry."
    assert guard.check("I never tell anyone that, sorry.").action == "allow"
