"""Processes that append to one file: in order, and nothing behind what is missing."""

import multiprocessing
import random
import time

import pytest

from guardrail.cli.batch import Checker, Job
from guardrail.cli.guards import guard_spec
from guardrail.cli.turns import Turns
from guardrail.cli.workers import Task, Workers, run
from guardrail.transcripts import open_transcript

SPAWN = multiprocessing.get_context("spawn")
COUNT = 24


def piece_of(number):
    return b"%d," % number * 40_000


def append(turns, numbers, stops_at):
    slow = random.Random(numbers[0])
    for number in numbers:
        time.sleep(slow.random() / 100)
        if number == stops_at:
            turns.stop()
        else:
            turns.append(number, piece_of(number))


@pytest.mark.parametrize("stops_at", [None, 13])
def test_processes_append_in_the_order_of_numbers(tmp_path, stops_at):
    path = tmp_path / "out"
    path.write_bytes(b"before,")
    turns = Turns(path, SPAWN)
    started = [
        SPAWN.Process(target=append, args=(turns, range(first, COUNT, 3), stops_at))
        for first in range(3)
    ]
    for each in started:
        each.start()
    for each in started:
        each.join(60)
    assert [each.exitcode for each in started] == [0, 0, 0]
    pieces = [b"before,", *(piece_of(number) for number in range(COUNT))]
    wholes = [b"".join(pieces[: end + 1]) for end in range(COUNT + 1)]  # after each of them
    appended = wholes.index(path.read_bytes())
    assert appended == COUNT if stops_at is None else appended <= stops_at


def test_a_file_that_is_gone_is_not_made_again(tmp_path):
    with pytest.raises(FileNotFoundError):
        Turns(tmp_path / "out", SPAWN).append(0, b"data")
    assert not (tmp_path / "out").exists()


def test_workers_append_what_one_process_would_have_written(place):
    place.transcript(*[f"Badge B-{number:04}." for number in range(20_000)])
    name = str(place.folder / "chats.jsonl")
    job = Job(guard_spec(str(place.folder / place.policy)), "output", "records")
    checker = Checker(job)

    def records(jobs, file=None):
        with open_transcript(name) as transcript:
            parts = list(transcript.shards(2) if jobs > 1 else transcript.chunks())
        tasks = [Task(0, "chats.jsonl", part) for part in parts]
        return [done.written for done in run(checker, job, tasks, Workers(jobs), file=file)]

    def untimed(data):
        return [line.rpartition(b',"ms":')[0] for line in data.splitlines()]

    out = place.folder / "out.jsonl"
    with out.open("wb") as file:
        file.write(b"before\n")
        left = records(2, file)
        file.write(b"after\n")
    lines = untimed(out.read_bytes())
    assert len(left) > 1
    assert not any(left)
    assert out.read_bytes().startswith(b"before\n")
    assert out.read_bytes().endswith(b"after\n")
    assert lines[1:-1] == untimed(b"".join(records(1)))
