"""`python -m benchmarks.streams`: what streams cost, and what readers wait for.

Each chunk is a word and its space. Figures are medians or the best of several rounds in one run;
compare within a table only. Real replies are those of the data folder beside the checkout.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

from benchmarks.run import bare_set, clean_replies, patterns_of
from guardrail import Guard
from guardrail.language.source import Source
from guardrail.runtime.explain_stream import measure

HERE: Final = Path(__file__).parent
SHARED: Final = HERE.parents[1] / "shared"
TRANSCRIPTS: Final = SHARED / "data" / "transcripts" / "chat.jsonl.gz"
CHUNK: Final = re.compile(r"\s*\S+\s?|\s+")
HEAD: Final = "edition 1\npolicy streams\n  on error treat as violation\n"
LEAKS: Final = ("jane.doe@example.com", "AKIA" + "Q3EGRV5L22XZPWKT", "project nightfall")
PEERS: Final = {"guardrails-ai": "guardrails_ai", "nemoguardrails": "nemo"}


def hundred_rules() -> Guard:
    """Return a guard with 100 rules: half of them keywords, half patterns."""
    lines = [HEAD]
    for number in range(50):
        words = ", ".join(f'"zor{number}{end}"' for end in ("blat", "quex", "vim dar"))
        lines.append(f"list words_{number} [{words}]\n")
        lines.append(f"pattern code_{number} = /\\bQ{number}-[0-9]{{4,8}}[A-Z]{{2}}\\b/\n")
        for name, asks in (("words", "contains any words"), ("codes", "matches code")):
            lines.append(
                f"rule no_{name}_{number} on output\n  when text {asks}_{number}\n  then redact\n"
            )
    return Guard.load(Source("streams.guard", "".join(lines)))


def standard() -> Guard:
    """Return a guard with the shipped rules for personal data and secrets."""
    rules = 'import "std/privacy.guard" as privacy\nimport "std/secrets.guard" as secrets\n'
    return Guard.load(Source("standard.guard", HEAD + rules))


def through(guard: Guard, chunks: Sequence[str]) -> float:
    """Return the seconds that a stream of these chunks takes, its end included."""
    started = time.perf_counter()
    with guard.stream() as stream:
        for chunk in chunks:
            stream.feed(chunk)
        stream.close()
    return time.perf_counter() - started


def best(work: Callable[[], float], rounds: int = 7) -> float:
    """Return the least of several rounds, after one to warm up."""
    work()
    return min(work() for _ in range(rounds))


def clean() -> None:
    """What a chunk costs in a reply in which nothing is found, and what a whole check costs.

    Each text is timed several times in turn and the least counts, so a busy machine adds little.
    """
    texts = clean_replies(Guard.load(HERE / "peer.guard"), 200)
    chunks = [CHUNK.findall(text) for text in texts]
    count = sum(map(len, chunks))
    hundred = hundred_rules()
    bare = bare_set(list(patterns_of(hundred).values()))
    print("\n## Clean replies of 500 characters, a word a chunk (goal: at most 2 µs a chunk)\n")
    scanned = sum(best(partial(_scanning, bare, each)) for each in chunks) / count * 1e6
    print(
        f"One scan of each chunk by a bare `re2.Set` of the same 100: {scanned:.2f} µs a chunk.\n"
    )
    print("| rules | µs a chunk | the same without the end | stream / check |\n|---|---|---|---|")
    for name, guard in {"100 keywords and patterns": hundred, **_standard()}.items():
        whole = fed = checked = 0.0
        for text, each in zip(texts, chunks, strict=True):
            whole += best(partial(through, guard, each))
            fed += best(partial(_feeding, guard, each))
            checked += best(partial(_checking, guard, text))
        print(
            f"| {name} | {whole / count * 1e6:.2f} | {fed / count * 1e6:.2f}"
            f" | {whole / checked:.1f} |"
        )


def _scanning(scan: Callable[[str], object], chunks: Sequence[str]) -> float:
    started = time.perf_counter()
    for chunk in chunks:
        scan(chunk)
    return time.perf_counter() - started


def _checking(guard: Guard, text: str) -> float:
    started = time.perf_counter()
    guard.check(text)
    return time.perf_counter() - started


def _standard() -> dict[str, Guard]:
    return {"std privacy and secrets": standard()}


def _feeding(guard: Guard, chunks: Sequence[str]) -> float:
    stream = guard.stream()
    started = time.perf_counter()
    for chunk in chunks:
        stream.feed(chunk)
    seconds = time.perf_counter() - started
    stream.cancel()
    return seconds


def long() -> None:
    """One long reply against ten that are a tenth as long."""
    text = " ".join(clean_replies(Guard.load(HERE / "peer.guard"), 220))
    print("\n## A reply of 100,000 characters against ten of 10,000 (goal: at most 1.2)\n")
    print("| rules | one, ms | ten, ms | ratio |\n|---|---|---|---|")
    for name, guard in {"100 keywords and patterns": hundred_rules(), **_standard()}.items():
        one = CHUNK.findall(text[:100_000])
        ten = [CHUNK.findall(text[at : at + 10_000]) for at in range(0, 100_000, 10_000)]
        pairs = [
            (through(guard, one), sum(through(guard, each) for each in ten)) for _ in range(6)
        ][1:]
        first, second = (statistics.median(column) for column in zip(*pairs, strict=True))
        print(f"| {name} | {first * 1e3:.1f} | {second * 1e3:.1f} | {first / second:.2f} |")


def replies(most: int) -> Iterator[str]:
    """Yield replies of assistants from the data folder."""
    with gzip.open(TRANSCRIPTS, "rt", encoding="utf-8") as lines:
        told = (
            message["content"]
            for line in lines
            for message in json.loads(line)["messages"]
            if message["role"] == "assistant" and isinstance(message["content"], str)
        )
        yield from islice(told, most)


def waiting(most: int) -> None:
    """What readers of real replies wait for."""
    print("\n## Real replies, std privacy and secrets")
    print("\nGoals: mean at most 8 characters, p99 at most 64, 95 % at most one chunk late.\n")
    if not TRANSCRIPTS.is_file():
        print("Skipped: no transcripts beside the checkout.")
        return
    for line in measure(standard(), replies(most)).lines():
        print(f"- {line.strip()}")


def peers() -> None:
    """What two peers do with the same chunks, where an environment of theirs was made."""
    print("\n## Peers, one policy, one clean reply, a word a chunk\n")
    print("| | µs a chunk | first output after chunks | clean reply unchanged | values leaked |")
    print("|---|---|---|---|---|")
    texts = clean_replies(Guard.load(HERE / "peer.guard"), 50)
    _row("guardrail", _ours(texts[0]))
    with tempfile.TemporaryDirectory() as folder:
        lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
        Path(folder, "replies.jsonl").write_text(lines, encoding="utf-8")
        for name, adapter in PEERS.items():
            _row(name, _peer(name, adapter, folder))


def _row(name: str, told: dict[str, Any] | str) -> None:
    if isinstance(told, str):
        print(f"| {name} | {told} | | | |")
        return
    columns = ("us_per_chunk", "first_out_after_chunks", "identical")
    cells = " | ".join(str(told[column]) for column in columns)
    print(f"| {name} | {cells} | {len(told['leaked'])} of {len(LEAKS)} |")


def _ours(clean: str) -> dict[str, Any]:
    """Measure what the harness of the peers measures, for this package."""
    guard = Guard.load(HERE / "peer.guard")
    chunks = re.findall(r"\S+\s*|\s+", clean)
    seconds = statistics.median(through(guard, chunks) for _ in range(5))
    pieces, first = [], None
    with guard.stream() as stream:
        for number, chunk in enumerate(chunks, 1):
            pieces += stream.feed(chunk)
            first = number if first is None and pieces else first
        pieces += stream.close()
    shown = f"Mail {LEAKS[0]} today; key {LEAKS[1]}, {LEAKS[2]}."
    bad = f"{clean[:150].rsplit(' ', 1)[0]} {shown} {clean[150:300]}"
    with guard.stream() as stream:
        out = [piece for chunk in re.findall(r"\S+\s*", bad) for piece in stream.feed(chunk)]
        got = "".join((*out, *stream.close()))
    return {
        "us_per_chunk": round(seconds / len(chunks) * 1e6, 1),
        "first_out_after_chunks": first,
        "identical": "".join(pieces) == clean,
        "leaked": [value for value in LEAKS if value in got],
    }


def _peer(name: str, adapter: str, folder: str) -> dict[str, Any] | str:
    python = HERE.parent / "build" / f"peer-{name}" / "bin" / "python"
    script = SHARED / "bench" / "peers.py"
    if not (python.is_file() and script.is_file()):
        return f"skipped: no environment in build/peer-{name}"
    call: list[str | Path] = [
        python,
        script,
        adapter,
        folder,
        "--n",
        "20",
        "--rounds",
        "1",
        "--stream",
    ]
    done = subprocess.run(call, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        return f"failed: {done.stderr.splitlines()[-1][:100]}"
    told: dict[str, Any] | str = json.loads(done.stdout.splitlines()[-1])["stream"]
    return told


def main() -> int:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replies", type=int, default=1_500, help="real replies to stream")
    options = parser.parse_args()
    print(f"# Streams, Python {sys.version.split()[0]}")
    clean()
    long()
    waiting(options.replies)
    peers()
    return 0


if __name__ == "__main__":
    sys.exit(main())
