"""`--engine ray`: the records of the local engine, also when a worker is killed on the way."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from guardrail.records import digest_of

ROWS = 6_000
POLICY = """edition 1
policy demo
  on error treat as violation
list secret_words ["swordfish"]
pattern badge = /\\bB-[0-9]{4}\\b/
detector mood = slow()
rule no_secrets on output
  when text contains any secret_words
  then block
rule badges on output
  when text matches badge
  then redact
rule moody on output
  when mood >= 0.5
  then flag
"""
SLOW = """import time
def score(text):
    time.sleep(0.0005)
    return 0.75 if "moody" in text else 0.25
"""
SETTINGS = """[tool.guardrail.detectors]
slow = { gives = "score", run = "slow:score" }
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ray")
    (folder / "p.guard").write_text(POLICY)
    (folder / "slow.py").write_text(SLOW)
    (folder / "pyproject.toml").write_text(SETTINGS)
    said = ("It is fine.", "Badge B-1234, please.", "A swordfish.", "Quite moody today.", "é … ü")
    with (folder / "chats.jsonl").open("w") as file:
        for number in range(ROWS):
            reply = f"{said[number % len(said)]} {'Nothing more. ' * 30}{number}"
            file.write(json.dumps({"prompt": "Q", "response": reply}) + "\n")
        file.write("no json\n")
    return folder


def start(place, engine, output, *more):
    call = [sys.executable, "-m", "guardrail", "check", "chats.jsonl", "-p", "p.guard"]
    options = ["--format", "jsonl", "-o", output, "--jobs", "2", "--engine", engine, *more]
    return subprocess.Popen(
        [*call, *options], cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ended(running, place, output):
    _, said = running.communicate(timeout=300)
    assert running.returncode == 3, said  # a line cannot be read
    assert "Traceback" not in said
    return (place / output).read_bytes().splitlines(), said


@pytest.fixture(scope="module")
def local(place):
    records, said = ended(start(place, "local", "local.jsonl"), place, "local.jsonl")
    assert len(records) == ROWS
    return records, said


def untimed(records):
    return [record.rpartition(b',"ms":')[0] for record in records]


def actors():
    """Return the processes of the workers, by what Ray calls them."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if words.startswith(b"ray::_Worker"):
                found.append(int(entry.name))
    return found


def test_records_are_those_of_the_local_engine(place, local):
    records, said = ended(start(place, "ray", "ray.jsonl"), place, "ray.jsonl")
    assert untimed(records) == untimed(local[0])
    assert digest_of(records) == digest_of(local[0])
    assert said == local[1]


def test_a_worker_that_is_killed_loses_and_doubles_nothing(place, local):
    before = set(actors())
    running = start(place, "ray", "killed.jsonl")
    deadline = time.monotonic() + 120
    part = place / "none"
    while time.monotonic() < deadline:  # until the first results are there
        part = next(place.glob(".killed.jsonl.*.part"), part)
        if part.exists() and part.stat().st_size:
            break
        time.sleep(0.02)
    workers = sorted(set(actors()) - before)
    assert workers, "no worker was seen"
    assert running.poll() is None
    os.kill(workers[0], signal.SIGKILL)
    records, said = ended(running, place, "killed.jsonl")
    assert digest_of(records) == digest_of(local[0])
    assert untimed(records) == untimed(local[0])
    assert said == local[1]


def test_a_policy_that_does_not_load_is_one_error_before_ray_starts(place, tmp_path):
    (tmp_path / "p.guard").write_text(POLICY)
    file = str(place / "chats.jsonl")
    running = subprocess.run(
        [sys.executable, "-m", "guardrail", "check", file, "-p", "p.guard", "--engine", "ray"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert running.returncode == 2
    assert "slow" in running.stderr
