"""How long an editor waits for diagnostics: keystrokes in a policy of 500 rules.

    python -m benchmarks.lsp

A real client and a real server process: the clock runs from `didChange` to the compiler's
`publishDiagnostics` for that version. Opinions of the linter follow when the author pauses; in the
second table every keystroke falls into their time.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path
from random import Random

from benchmarks.run import policy_of
from tests.support.editor import Editor, Json

RULES = 500
KEYSTROKES = 200
PAUSE = 0.45


def keystrokes(text: str, count: int) -> list[Json]:
    """Return edits of one character: clauses and notes that are typed, half of them taken back."""
    random, lines, edits = Random(7), text.split("\n"), []
    while len(edits) < count:
        number = random.randrange(3, len(lines) - 1)
        line = lines[number]
        word = "  # a note"
        if line.startswith("  when"):
            word = ' or text contains "mercury"'
        elif line.startswith("  then"):
            word = '\n  message "no"'
        for at, letter in enumerate(word):
            edits.append(edit(number, line, word[:at], letter))
        if random.random() < 0.5:
            for at in range(len(word), 0, -1):
                edits.append(edit(number, line, word[:at], ""))
        else:
            lines[number : number + 1] = (line + word).split("\n")
    return edits[:count]


def edit(number: int, line: str, typed: str, letter: str) -> Json:
    """Return the edit that writes a letter, or takes the last one back if there is none."""
    end = position(number, line + typed)
    start = end if letter else position(number, (line + typed)[:-1])
    return {"range": {"start": start, "end": end}, "text": letter}


def position(number: int, text: str) -> Json:
    """Return the position behind a text that begins on a line."""
    *before, last = text.split("\n")
    return {"line": number + len(before), "character": len(last)}


def latencies(editor: Editor, uri: str, edits: list[Json], pause: float) -> list[float]:
    """Return the seconds from each edit to its first diagnostics."""
    seconds = []
    for edit in edits:
        started = time.perf_counter()
        editor.change(uri, edit)
        editor.diagnostics(uri)
        seconds.append(time.perf_counter() - started)
        time.sleep(pause)
    return seconds


def processor_seconds(editor: Editor) -> float:
    """Return the processor time that the server has used; 0 where that cannot be seen."""
    file = Path(f"/proc/{editor.process.pid}/stat")
    if not file.is_file():
        return 0.0
    times = file.read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def show(name: str, seconds: list[float], processor: float) -> None:
    points = statistics.quantiles(seconds, n=100, method="inclusive")
    row = [points[49], points[89], points[94], points[98], max(seconds), processor]
    print(f"| {name} | " + " | ".join(f"{each * 1000:.0f}" for each in row) + " |")


def main() -> None:
    """Print the distribution of the latency, in milliseconds."""
    text = policy_of(RULES)
    print(f"## Diagnostics after a keystroke, {RULES} rules, {KEYSTROKES} keystrokes, ms\n")
    print("| | median | 90 % | 95 % | 99 % | longest | processor, mean |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        editor = Editor(Path(folder))
        try:
            for name, pause, count in (
                ("one after the other", 0.0, KEYSTROKES),
                ("while the linter runs", PAUSE, KEYSTROKES // 4),
            ):
                uri = editor.open(f"{count}.guard", text)
                editor.diagnostics(uri)
                before = processor_seconds(editor)
                seconds = latencies(editor, uri, keystrokes(text, count), pause)
                show(name, seconds, (processor_seconds(editor) - before) / count)
        finally:
            editor.close()
    print("\nNext: read the 99 % column; an editor feels slow where it is above 150.")


if __name__ == "__main__":
    main()
