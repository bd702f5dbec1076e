"""`guardrail check` on many conversations: nothing lost, the same with more jobs, flat memory."""

import gzip
import json
import socket
import subprocess
import sys
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.engine import MULTIPLIER

ROOT = Path(__file__).parents[2]
STD = """edition 1
import "std/privacy.guard" as privacy
import "std/secrets.guard" as secrets
import "std/profanity.guard" as profanity
policy corpus "std over real conversations"
  on error treat as violation
"""
PEAK = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True)
print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def check(*arguments, cwd):
    command = [sys.executable, "-m", "guardrail", "check", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def records(path):
    for line in path.read_text("utf-8").splitlines():
        record = json.loads(line)
        del record["ms"]
        yield record


@pytest.mark.shared
@pytest.mark.properties
def test_real_conversations_lose_no_line_and_do_not_depend_on_jobs(shared, tmp_path):
    every = max(1, round(40 / MULTIPLIER))
    (tmp_path / "p.guard").write_text(STD)
    with gzip.open(shared / "data/transcripts/chat.jsonl.gz", "rt", encoding="utf-8") as lines:
        taken = [*islice(lines, 0, None, every)]
    corpus = tmp_path / "corpus.jsonl.gz"
    with gzip.open(corpus, "wt", encoding="utf-8") as file:
        file.writelines(taken)
    wanted = [
        (number, turn)
        for number, line in enumerate(taken, start=1)
        for turn, message in enumerate(json.loads(line)["messages"], start=1)
        if message["role"] == "assistant"
    ]
    found = []
    for jobs in ("1", "2"):
        out = tmp_path / f"{jobs}.jsonl"
        options = ("-p", "p.guard", "--format", "jsonl", "-o", out, "--jobs", jobs)
        done = check(corpus, *options, "--fail-on", "never", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        found.append(list(records(out)))
    assert [(record["line"], record["turn"]) for record in found[0]] == wanted
    assert found[0] == found[1]


FORMS = {
    "jsonl": ("--format", "jsonl"),
    "sarif": ("--format", "sarif", "--write-filtered", "filtered.jsonl"),
    "html": ("--format", "html"),
}


@pytest.mark.parametrize("form", FORMS)
def test_memory_does_not_grow_with_the_file(tmp_path, form):
    rows = (ROOT / "examples" / "support" / "good.jsonl").read_text("utf-8")
    (tmp_path / "p.guard").write_text(
        "edition 1\npolicy p\n  on error treat as violation\n"
        'rule r on output\n  when text contains "password" or text contains "the"\n  then flag\n'
    )
    # A page is full with fewer replies than these: from there on it does not grow either.
    counts = (200, 1000) if form == "html" else (40, 800)
    peaks, sizes = [], []
    for copies in counts:
        name = f"{copies}.jsonl"
        (tmp_path / name).write_text(rows * copies)
        command = [sys.executable, "-m", "guardrail", "check", name, "-p", "p.guard"]
        command += [*FORMS[form], "-o", f"{copies}.out"]
        done = subprocess.run(
            [sys.executable, "-c", PEAK, *command],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        code, peak = done.stdout.split()
        assert code == "0", code
        peaks.append(int(peak))
        sizes.append((tmp_path / f"{copies}.out").stat().st_size)
    assert sizes[1] < 1.1 * sizes[0] if form == "html" else sizes[1] > 10 * sizes[0]
    assert peaks[1] < peaks[0] + 16_000, peaks  # kilobytes; the file grew by some 8 MB


def test_without_ray_the_engine_names_its_extra(place, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    file = place.transcript("Hello.")
    result = place.run("check", file, "-p", place.policy, "--engine", "ray")
    assert result.exit_code == 2
    assert "guardrail-sdk[ray]" in result.stderr


def test_a_ray_address_at_which_nobody_listens_is_one_error(place, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        monkeypatch.setenv("RAY_ADDRESS", address)
        file = place.transcript("Hello.")
        result = place.run("check", file, "-p", place.policy, "--engine", "ray")
    assert result.exit_code == 3
    assert f"no Ray cluster answers at `{address}`" in result.stderr
