"""What views find where nothing is disguised: benign lines and real replies, through one guard.

`python -m tests.evasion.extra_hits` checks the benign lines beside this file, then every reply of
the data folder where there is one, and prints what was found in views other than `plain`.
`--own` leaves the data folder out, `--share 0.1` takes a tenth of it. Of the data folder only
counts are printed; of our own lines the place, the code points there and the name of the file.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

from guardrail import Guard

from .benign import made

HERE: Final = Path(__file__).parent
BENIGN: Final = HERE / "benign"
SHARED: Final = Path(__file__).parents[3] / "shared"
MOST: Final = 0.0005
"""Extra hits per benign line that are tolerable: 0.05 %."""
SYSTEM: Final = (
    "You are the assistant of a small railway museum. Answer in two sentences, name the opening"
    " hours when asked, and never mention the price of the winter tickets before November."
)
POLICY: Final = """edition 1
policy benign_world
  on error treat as violation
  evaluate all

import "std/privacy.guard" as privacy
import "std/secrets.guard" as secrets
import "std/profanity.guard" as profanity
import "std/leakage.guard" as leakage
import "std/hidden_text.guard" as hidden_text

list words from file "words.txt"
list phrases from file "phrases.txt"
list tokens ["zephyr-quill-canary", "KX7-PLUM-42"]
pattern host = /\\b[a-z0-9-]+\\.corp\\.example\\.com\\b/i
pattern ticket = /\\b[A-Z]{3}-[0-9]{4,6}\\b/
pattern assignment = /\\bpassword\\s*[:=]\\s*\\S+/i
detector planted = canary(tokens)
detector keys = secrets()
detector persons = pii(entities: [EMAIL_ADDRESS, PHONE_NUMBER, CREDIT_CARD, IBAN_CODE, US_SSN])

rule r_words on output when text contains any words or text contains any phrases then flag
rule r_patterns on output
  when text matches host or text matches ticket or text matches assignment then flag
rule r_planted on output when planted found then flag
rule r_keys on output when keys found then flag
rule r_persons on output when persons found then flag
"""


@cache
def benign_guard() -> Guard:
    """Load the guard that looks for many things which the benign lines do not hold."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        for name in ("words.txt", "phrases.txt"):
            Path(folder, name).write_text((BENIGN / "entries" / name).read_text("utf-8"), "utf-8")
        path = Path(folder, "benign.guard")
        path.write_text(POLICY, "utf-8")
        return Guard.load(path)


@dataclass(frozen=True, slots=True)
class Line:
    """A benign text and where it comes from."""

    source: str
    text: str
    ours: bool = True


@dataclass(frozen=True, slots=True)
class Extra:
    """A finding where nothing is disguised."""

    line: Line
    view: str
    rule: str
    type: str
    start: int
    end: int

    def shown(self) -> str:
        """Say where it is; what stands there only if the line is one of ours."""
        place = f"{self.view}  {self.rule}  {self.type}  {self.line.source}"
        if not self.line.ours:
            return place
        points = " ".join(f"{ord(c):04X}" for c in self.line.text[self.start : self.end][:24])
        return f"{place} [{self.start}:{self.end}]  {points}"


@dataclass(slots=True)
class Count:
    """What many lines gave."""

    lines: int = 0
    characters: int = 0
    extras: list[Extra] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Extra hits per line."""
        return len(self.extras) / max(1, self.lines)

    def by(self, name: str) -> Counter[str]:
        """Count the extra hits by `view`, `rule` or `type`."""
        return Counter(getattr(extra, name) for extra in self.extras)


def extras(line: Line) -> Iterator[Extra]:
    """Give what is found in views other than the plain text, what fails, and hidden text.

    What lies inside a plain finding of the same rule adds nothing to it.
    """
    verdict = benign_guard().check(line.text, system=SYSTEM)
    for fired in verdict.fired:
        plain = [span for span in fired.spans if span.view == "plain"]
        hidden = line.ours and fired.rule.startswith("hidden_text.")
        for span in fired.spans:
            shown = span.view != "plain"
            known = any(p.start <= span.start and span.end <= p.end for p in plain)
            if hidden or (shown and not known):
                yield Extra(line, span.view, fired.rule, span.type, span.start, span.end)
    for error in verdict.errors:
        yield Extra(line, "error", str(error.detector), "ERROR", 0, 0)


def count(lines: Iterable[Line]) -> Count:
    """Check each line by itself."""
    total = Count()
    for line in lines:
        total.lines += 1
        total.characters += len(line.text)
        total.extras += extras(line)
    return total


# ---------------------------------------------------------------- the lines


def written() -> Iterator[Line]:
    """Give each line of the files beside this one, then each of their paragraphs whole."""
    for path in sorted(BENIGN.glob("*.txt")):
        text = path.read_text("utf-8")
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield Line(f"{path.name}:{number}", line)


def paragraphs(share: float = 1.0) -> Iterator[Line]:
    """Give the paragraphs of those files, or a share: what is joined across lines is joined here."""
    dice = Random("paragraphs")
    return (line for line in _paragraphs() if share >= 1 or dice.random() < share)


def _paragraphs() -> Iterator[Line]:
    for path in sorted(BENIGN.glob("*.txt")):
        for number, text in enumerate(path.read_text("utf-8").split("\n\n"), 1):
            if "\n" in text.strip():
                yield Line(f"{path.name} paragraph {number}", text)


def generated(seed: str = "benign", each: int = made.EACH) -> Iterator[Line]:
    """Give lines made from a seed: hashes, images, tables, and other text of which there is much."""
    for name, text in made.lines(Random(seed), each):
        yield Line(name, text)


def replies(share: float = 1.0) -> Iterator[Line]:
    """Give the replies of the data folder, or a share of them, the same ones each time."""
    dice = Random("replies")
    for line in _replies():
        if share >= 1 or dice.random() < share:
            yield line


def _replies() -> Iterator[Line]:
    with gzip.open(SHARED / "data/transcripts/chat.jsonl.gz", "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            for number, message in enumerate(row["messages"]):
                if message["role"] == "assistant":
                    yield Line(f"{row['id']} {number}", message["content"], ours=False)
    path = SHARED / "data/benign-instructions/sft.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for number, row in enumerate(map(json.loads, file)):
            yield Line(f"sft {number}", row["output"], ours=False)


# ---------------------------------------------------------------- as a script


def _print(name: str, total: Count, seconds: float) -> None:
    say = sys.stdout.write
    rate = f"{total.rate:.4%}"
    say(f"\n{name}: {total.lines} lines, {total.characters} characters, {seconds:.1f} s\n")
    say(f"  extra hits: {len(total.extras)} = {rate} of the lines (at most {MOST:.2%})\n")
    for what in ("view", "rule", "type"):
        for value, number in total.by(what).most_common():
            say(f"  {number:6}  {what} {value}\n")
    for extra in total.extras[:400]:
        if extra.line.ours:
            say(f"    {extra.shown()}\n")


def main() -> None:
    """Print the extra hits by view and rule."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--own", action="store_true", help="our own lines only")
    parser.add_argument("--share", type=float, default=1.0, help="of the replies")
    options = parser.parse_args()
    parts = {"written": written(), "paragraphs": paragraphs(), "generated": generated()}
    if SHARED.is_dir() and not options.own:
        parts["replies"] = replies(options.share)
    for name, lines in parts.items():
        start = time.perf_counter()
        _print(name, count(lines), time.perf_counter() - start)


if __name__ == "__main__":
    main()
