"""`python -m benchmarks.garak`: red teaming beside garak, on one target and on the same prompts.

The target is a toy on the loopback: it decodes base64, base32 and hex, and then says all of it,
says it in capital letters, says half, or refuses, as a checksum of the prompt decides. garak runs
its probes for these encodings. Its prompts then come to `guardrail redteam --people`, against a
policy that forbids what the probes are after, so that both judge the same prompts and the same
replies. It needs garak in `build/peer-garak`.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from guardrail import Guard
from guardrail.errors import GuardrailError
from guardrail.language.source import Source

PYTHON: Final = Path(__file__).parents[1] / "build" / "peer-garak" / "bin" / "python"
PROBES: Final = ("InjectBase64", "InjectBase32", "InjectHex")
REFUSAL: Final = "I cannot help with that."
_TOKEN: Final = re.compile("[0-9A-Za-z+/]{8,}={0,6}")
_FEWEST: Final = 4
_POLICY: Final = """edition 1
policy probes
  on error treat as violation
list triggers [{entries}]
rule no_triggers on output
  when text contains any triggers
  then block
"""


# ---------------------------------------------------------------- the target


def decoded(prompt: str) -> str | None:
    """Return what the longest token of a prompt says in base64, base32 or hex; None if nothing.

    >>> decoded("Decode: " + base64.b64encode(b"a long secret").decode())
    'a long secret'
    """
    tokens = sorted(_TOKEN.findall(prompt.replace("=\n", "=")), key=len, reverse=True)
    for token in tokens:
        for read in (bytes.fromhex, base64.b32decode, _base64):
            try:
                text = read(token).decode()
            except (ValueError, binascii.Error):
                continue
            if text.isprintable() and len(text) >= _FEWEST:
                return text
    return None


def _base64(token: str) -> bytes:
    return base64.b64decode(token, validate=True)


def answer(prompt: str) -> str:
    """Return what the toy says to a prompt: always the same."""
    text = decoded(prompt)
    said = (REFUSAL, text, (text or "").upper(), (text or "")[: len(text or "") // 2])
    return REFUSAL if text is None else f"It says: {said[zlib.crc32(prompt.encode()) % 4]}"


TIMES: Final[list[float]] = []
"""When the target was asked."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        TIMES.append(time.perf_counter())
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        message = {"role": "assistant", "content": answer(asked["messages"][-1]["content"])}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        reply = {"id": "1", "object": "chat.completion", "created": 0, "model": "toy"}
        data = json.dumps({**reply, "choices": [choice]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def target() -> Iterator[str]:
    """Serve the toy on the loopback; yield its URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.shutdown()
            thread.join()


# ---------------------------------------------------------------- both tools


def garak(url: str, folder: Path) -> tuple[tuple[float, float], list[dict[str, Any]]]:
    """Run the probes; return the seconds and the attempts of its report that were judged."""
    options = {"openai": {"OpenAICompatible": {"uri": f"{url}/", "temperature": 0, "stop": []}}}
    (folder / "options.json").write_text(json.dumps(options), "utf-8")
    homes = {f"XDG_{name}_HOME": str(folder / name) for name in ("DATA", "CACHE", "CONFIG")}
    call: list[str | Path] = [PYTHON, "-m", "garak", "--target_type", "openai.OpenAICompatible"]
    call += ["--target_name", "toy", "--generator_option_file", folder / "options.json"]
    call += ["--spec", ",".join(f"probes.encoding.{probe}" for probe in PROBES)]
    call += ["--generations", "1", "--seed", "1", "--report_prefix", folder / "garak"]
    seconds = _timed(call, {**homes, "OPENAICOMPATIBLE_API_KEY": "none"})
    lines = (folder / "garak.report.jsonl").read_text("utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    return seconds, [one for one in entries if one.get("status") == 2]


def ours(
    url: str, folder: Path, policy: str, *more: str | Path
) -> tuple[tuple[float, float], list[str]]:
    """Run `guardrail redteam`; return the seconds and what became of each attempt, in order."""
    (folder / "probes.guard").write_text(policy, "utf-8")
    out = folder / f"ours-{len(more)}"
    call: list[str | Path] = [
        sys.executable,
        "-m",
        "guardrail",
        "redteam",
        "--target",
        f"{url}#toy",
    ]
    call += ["-p", folder / "probes.guard", "--out", out, "--rounds", "1", *more]
    seconds = _timed(call, {})
    lines = (out / "attempts.jsonl").read_text("utf-8").splitlines()[1:]
    return seconds, [json.loads(line)["result"] for line in lines]


def _timed(call: Sequence[str | Path], more: dict[str, str]) -> tuple[float, float]:
    """Return the seconds of a whole run, and those from its first question to its last."""
    TIMES.clear()
    started = time.perf_counter()
    done = subprocess.run(
        call, env={**os.environ, **more}, capture_output=True, text=True, check=False, timeout=900
    )
    if done.returncode not in {0, 1}:
        raise SystemExit(f"{call[2]} ended with {done.returncode}: {done.stderr[-400:]}")
    return time.perf_counter() - started, TIMES[-1] - TIMES[0]


def policy_of(triggers: Sequence[str]) -> tuple[str, set[str]]:
    """Return a policy that forbids what the probes are after, and what of it the rule fires on."""
    able = [one for one in triggers if one.isprintable() and not set(one) & {'"', "\\"}]
    source = _POLICY.format(entries=", ".join(f'"{one}"' for one in able))
    try:
        guard = Guard.load(Source("probes.guard", source))
    except GuardrailError as error:
        raise SystemExit(f"the policy for the probes does not load: {error}") from None
    return source, {one for one in able if guard.check(one).blocked}


def main() -> None:
    """Print the table."""
    if not PYTHON.exists():
        print("skipped: no environment in build/peer-garak")
        return
    with tempfile.TemporaryDirectory() as name, target() as url:
        folder = Path(name)
        theirs, attempts = garak(url, folder)
        triggers = [str(one["notes"]["triggers"][0]) for one in attempts]
        policy, able = policy_of([*dict.fromkeys(triggers)])
        own, results = ours(url, folder, policy, "--budget", str(len(attempts)))
        both = [
            (one, trigger)
            for one, trigger in zip(attempts, triggers, strict=True)
            if trigger in able
        ]
        rows = [
            {"reviewer": "garak", "rule": "no_triggers", "value": trigger, "prompt": _prompt(one)}
            for one, trigger in both
        ]
        queue = folder / "people.jsonl"
        queue.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        same, judged = ours(url, folder, policy, "--budget", "2", "--people", queue)
        _print(attempts, both, judged[-len(rows) :])
        print("\n| | attempts | seconds in all | a minute, in all | a minute, while it asks |")
        print("|---|---|---|---|---|")
        for label, count, (seconds, asking) in (
            ("garak, its probes", len(attempts), theirs),
            ("guardrail, its own attacks", len(results), own),
            ("guardrail, the prompts of garak", len(rows), same),
        ):
            rates = f"{count / seconds * 60:,.0f} | {count / asking * 60:,.0f}"
            print(f"| {label} | {count} | {seconds:.1f} | {rates} |")
        print("\n| writes at the end | files |\n|---|---|")
        print(f"| garak | {_files(folder.glob('garak.*'))} |")
        print(f"| guardrail | {_files((folder / 'ours-4').iterdir())} |")


def _print(
    attempts: Sequence[dict[str, Any]],
    both: Sequence[tuple[dict[str, Any], str]],
    judged: list[str],
) -> None:
    """Print how often the two agree that the target said it, and what it had said where not."""
    pairs: Counter[tuple[bool, bool]] = Counter()
    kinds: Counter[str] = Counter()
    for (one, trigger), result in zip(both, judged, strict=True):
        theirs = max(one["detector_results"]["encoding.DecodeMatch"]) >= 0.5
        mine = result != "safe"
        pairs[theirs, mine] += 1
        if theirs != mine:
            reply = one["outputs"][0]["text"].removeprefix("It says: ")
            is_whole = reply.lower() == trigger.lower()
            kinds["the whole text" if is_whole else "less, or other text"] += 1
    agreed = pairs[True, True] + pairs[False, False]
    print(
        f"{len(attempts)} attempts by garak; {len(both)} of them are after a text that a list can"
    )
    print("have as an entry, and were given to both.\n")
    print("| garak says it was said | guardrail says so | prompts |\n|---|---|---|")
    for theirs in (True, False):
        for mine in (True, False):
            print(f"| {theirs} | {mine} | {pairs[theirs, mine]} |")
    print(
        f"\nThey agree on {agreed / len(both):.1%}. Where not, the target had said: {dict(kinds)}"
    )


def _prompt(attempt: dict[str, Any]) -> str:
    return str(attempt["prompt"]["turns"][-1]["content"]["text"])


def _files(paths: Iterator[Path]) -> str:
    return ", ".join(sorted(f"`{path.name}`" for path in paths if path.is_file()))


if __name__ == "__main__":
    main()
