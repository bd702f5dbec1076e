"""`--resume`: cut off anywhere, the records end as those of a run that was left alone."""

import gzip
import json
import random
import re
import signal
import subprocess
import sys
import time

import pytest
import zstandard

MS = re.compile(rb'"ms":[^}]*}')
CALLS = ("--format", "jsonl", "--fail-on", "never")


def transcript(place, count=3_000, name="chats.jsonl"):
    chosen = random.Random(3)
    texts = ["Hello.", "Badge B-1234.", "It is swordfish.", "x\ud800", "y" * 400, "where é"]
    lines = []
    for number in range(count):
        said = [{"role": "user", "content": "Q"}]
        said += [{"role": "assistant", "content": chosen.choice(texts)}] * chosen.randint(0, 3)
        lines.append("{broken" if number % 500 == 7 else json.dumps({"messages": said}))
    return place.write(name, "\n".join(lines) + "\n")


def untimed(data):
    """Take the times out: they are measured anew in each run."""
    return MS.sub(b"", data)


def unpacked(path):
    data = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(data)
    if path.suffix == ".zst":
        return zstandard.ZstdDecompressor().decompressobj().decompress(data)
    return data


def check(place, out, *more):
    return place.run("check", "chats.jsonl", "-p", place.policy, *CALLS, "-o", out, *more)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_records_cut_at_any_byte_are_taken_over_and_completed(place, suffix, jobs):
    transcript(place)
    name = f"out.jsonl{suffix}"
    out = place.folder / name
    assert check(place, name, "--write-filtered", "one.jsonl").exit_code == 3
    whole, packed = unpacked(out), out.read_bytes()
    chosen = random.Random(suffix)
    cuts = [chosen.randrange(len(packed)) for _ in range(4)]
    # processes take seconds to start: with them, one place for each kind of file
    for cut in cuts[:1] if jobs > 1 else (0, len(packed), *cuts):
        out.write_bytes(packed[:cut])
        result = check(
            place, name, "--write-filtered", "two.jsonl", "--resume", "--jobs", str(jobs)
        )
        assert result.exit_code == 3
        assert "6 lines could not be read" in result.stderr
        assert untimed(unpacked(out)) == untimed(whole)
        assert (place.folder / "two.jsonl").read_bytes() == (
            place.folder / "one.jsonl"
        ).read_bytes()


def test_what_was_there_is_not_checked_again(place):
    transcript(place)
    check(place, "out.jsonl")
    out = place.folder / "out.jsonl"
    whole = MS.sub(b'"ms":7777.5}', out.read_bytes())  # times that no new check would give
    out.write_bytes(whole[:-5])
    check(place, "out.jsonl", "--resume")
    again = out.read_bytes()
    assert untimed(again) == untimed(whole)
    assert again.count(b'"ms":7777.5}') > 1_000


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_run_that_is_killed_anywhere_goes_on(place, jobs, seed):
    """SIGKILL leaves no time to tidy up: only the part file is there."""
    transcript(place, 5_000)
    check(place, "whole.jsonl")
    whole = (place.folder / "whole.jsonl").read_bytes()
    command = [sys.executable, "-m", "guardrail", "check", "chats.jsonl", "-p", place.policy]
    command += [*CALLS, "-o", "out.jsonl", "--jobs", str(jobs)]
    size = random.Random(seed).randrange(1, len(whole) // 2)
    with subprocess.Popen(
        command, cwd=place.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None and written(place) < size:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.wait(60)
    left = [part.read_bytes() for part in parts(place)]
    assert [process.returncode, len(left)] == [-signal.SIGKILL, 1]
    assert len(left[0]) >= size
    assert check(place, "out.jsonl", "--resume", "--jobs", str(jobs)).exit_code == 3
    done = (place.folder / "out.jsonl").read_bytes()
    assert untimed(done) == untimed(whole)
    assert not parts(place)


def parts(place):
    return list(place.folder.glob(".out.jsonl.*.part"))


def written(place):
    return sum(part.stat().st_size for part in parts(place) if part.exists())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda place: place.write("chats.jsonl", '{"response": "Hi"}\n'), "not of this run"),
        (lambda place: transcript(place, 1_000), "not of this run"),
        (
            lambda place: place.write(
                "demo.guard", (place.folder / "demo.guard").read_text() + "\n#"
            ),
            "not of this run",
        ),
    ],
)
def test_records_of_another_run_are_refused(place, change, words):
    transcript(place)
    check(place, "out.jsonl")
    before = (place.folder / "out.jsonl").read_bytes()
    change(place)
    result = check(place, "out.jsonl", "--resume")
    assert result.exit_code == 2
    assert words in result.stderr
    assert (place.folder / "out.jsonl").read_bytes() == before


@pytest.mark.parametrize("options", [("--signals",), ("--on", "both"), ("--on", "input")])
def test_records_of_other_options_are_refused(place, options):
    transcript(place)
    check(place, "out.jsonl")
    assert "not of this run" in check(place, "out.jsonl", "--resume", *options).stderr


@pytest.mark.parametrize("args", [("--format", "html", "-o", "a.html"), ("--format", "jsonl")])
def test_only_records_in_a_file_can_be_resumed(place, args):
    transcript(place, 3)
    result = place.run("check", "chats.jsonl", "-p", place.policy, *args, "--resume")
    assert result.exit_code == 2
    assert "--format jsonl -o FILE" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="files have no such locks")
def test_records_that_a_run_still_writes_are_left_alone(place):
    import fcntl

    transcript(place, 3)
    part = place.folder / ".out.jsonl.0123.part"
    with part.open("wb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        result = check(place, "out.jsonl", "--resume")
        assert "another run is writing out.jsonl" in result.stderr
    assert check(place, "out.jsonl", "--resume").exit_code == 0
    assert not part.exists()
