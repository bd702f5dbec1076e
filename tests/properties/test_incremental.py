"""A file that is parsed again after an edit reads as a file that is parsed for the first time.

Full count: 4,000 edits (`GUARDRAIL_PROPERTIES=20`), each of a policy that was edited before.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

from guardrail.language.incremental import IncrementalParser
from guardrail.language.parser import keywords, parse
from guardrail.language.source import Source
from guardrail.language.words import TOP_LEVEL
from tests.support.engine import seeds
from tests.support.generate import trial
from tests.support.show import policy_text

if TYPE_CHECKING:
    from random import Random

    from guardrail.language.diagnostics import Diagnostic

EDITS: Final = 20

PIECES: Final = (
    *keywords(), *TOP_LEVEL, *TOP_LEVEL, *TOP_LEVEL,
    " ", "\n", "\n\n", "\r\n", "\r", "  ", "\t", "(", ")", "[", "]", ",", ":", ".", "=", ">=",
    '"', '"a"', '"\\q"', "/", "/a+/i", "/a{/", "#", "# note\n", "\\", "0.5", "2027-02-30", "1.2.3",
    "“", "é", "😀", "\x0b", "\u202e", "\u2028", "\ufeff", "x", "_", "ruel", "lsit",
    "\nmeta\nlist", "\n  when text contains any\nlist", "\ndetector x =\nrule(", "\nfallback\nreply",
    "\nedition 1\n", "edition 2", '\ntest "t"\n', '\nreply r "a"\n', '\nimport "x" as\npolicy\n',
)  # fmt: skip
"""What is typed or pasted, bits that continue a declaration beyond a cut among them."""


def edited(rng: Random, text: str) -> str:
    if rng.random() < 0.4:  # what moves the rest and breaks nothing
        lines = text.splitlines(keepends=True)
        lines.insert(rng.randrange(len(lines) + 1), rng.choice(("\n", "# 😀 note\n", "  \r\n")))
        return "".join(lines)
    start = rng.randrange(len(text) + 1)
    end = min(len(text), start + rng.choice((0, 0, 0, 1, 1, 2, 5, 30, 200)))
    if rng.random() < 0.3:  # whole lines: cut, copied, moved
        lines = text.splitlines(keepends=True) or [""]
        first = rng.randrange(len(lines))
        some = lines[first : first + rng.randrange(1, 6)]
        if rng.random() < 0.6:
            del lines[first : first + len(some)]
        at = rng.randrange(len(lines) + 1)
        return "".join([*lines[:at], *some, *lines[at:]]) if rng.random() < 0.7 else "".join(lines)
    new = "" if rng.random() < 0.3 else "".join(rng.choices(PIECES, k=rng.choice((1, 1, 1, 2, 3))))
    if rng.random() < 0.2:
        new = text[end : end + 40]
    return text[:start] + new + text[end:]


def shown(value: Any) -> object:
    """Everything a node says, its places included: they do not count when nodes are compared."""
    if is_dataclass(value) and not isinstance(value, Source):
        return type(value).__name__, [shown(getattr(value, field.name)) for field in fields(value)]
    return [shown(each) for each in value] if isinstance(value, (tuple, list)) else value


def said(diagnostics: list[Diagnostic]) -> object:
    return shown(diagnostics)


def check(again: IncrementalParser, text: str, seed: str) -> tuple[bool, bool]:
    source = Source("edited.guard", text)
    expected, mistakes = parse(source)
    file, found = again.parse(source)
    assert shown(file) == shown(expected), f"seed {seed!r}\n{text}"
    assert said(found) == said(mistakes), f"seed {seed!r}\n{text}"
    return expected is not None, not mistakes


@pytest.mark.properties
def test_an_edited_file_reads_as_a_new_one() -> None:
    clean = broken = 0
    for seed, rng in seeds("incremental", 10):
        again = IncrementalParser()
        original = text = re.sub(r"(?m)^(rule \w+)\.", r"\1_", policy_text(trial(rng).policy))
        for _ in range(EDITS):
            text = edited(rng, text)
            _, is_clean = check(again, text, seed)
            clean += is_clean
            broken += not is_clean
            if rng.random() < 0.4:  # undone, as an author would
                text = original
                check(again, text, seed)
    assert clean > 40
    assert broken > 50


@pytest.mark.parametrize(
    "text",
    [
        "",
        'edition 2\nreply a "b"',
        "edition 1",
        '\ufeffedition 1\nreply a "b"',
        'edition 1\nrule r on output when text contains "a" then block meta\nlist "x"',
        'edition 1\ndetector d =\npolicy()\nreply a "b"',
        'edition 1\ndetector d =\npolicy(\nreply a "b"',
        'edition 1\nrule r on output\n  when text contains any\nlist l ["a"]',
        'edition 1\nrule r on output\n  when text contains any\nlist\nlist l ["a"]',
        'edition 1\nrule r on output\n  when text contains any\nlist\n  then block\nlist l ["a"]',
        'edition 1 # \x0b\nreply a "b"\nreply c "d"',
        '# \x0b\nedition 1\nreply a "b"\nfallback\nreply',
        'edition 1\nreply a "b"\nreply a "b"\nreply a "\\q"\nreply a "\\q"',
        "edition 1\n" + "rule\n" * 1200,
        "edition 1\nrule r on output when " + "not " * 70 + 'x found then block\nreply a "b"',
    ],
)
def test_a_cut_in_a_strange_place_changes_nothing(text: str) -> None:
    again = IncrementalParser()
    for version in (text, "edition 1\n" + text.partition("\n")[2], text + "\n", text):
        check(again, version, "table")
