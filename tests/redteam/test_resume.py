"""A run that was stopped anywhere ends like one that was not; another run's log is refused."""

from random import Random

import pytest

from guardrail.errors import SettingsError
from guardrail.redteam.run import run
from tests.redteam.outputs import outputs
from tests.redteam.policies import leaky, settings
from tests.support.engine import MULTIPLIER


def answer(prompt):
    """A target that gives in to two prompts of three, and fails on one of ten."""
    dice = Random(prompt)
    if dice.random() < 0.1:
        raise OSError("gone")
    return prompt if dice.random() < 0.7 else "I would rather not, please."


@pytest.mark.properties
@pytest.mark.parametrize("target", [None, answer], ids=["echo", "target"])
def test_a_log_cut_at_any_byte_ends_in_the_same_reports(tmp_path, target):
    """In full: 160 places for each target."""
    guard, log = leaky(), tmp_path / "attempts.jsonl"
    made = settings(guard)
    whole = outputs(guard, log, made, target=target)
    size = len(whole["attempts"])
    results = {line.split(b'"result":"')[1].split(b'"')[0] for line in _lines(whole)}
    assert {b"missed", b"caught"} <= results  # so that later rounds depend on earlier ones
    cuts = Random(8).sample(range(size + 1), round(8 * MULTIPLIER))
    for at in [*sorted(cuts), 0, 1, size - 1, size]:
        log.write_bytes(whole["attempts"][:at])
        again = outputs(guard, log, made, target=target, resume=True)
        assert again == whole, f"cut at byte {at} of {size}"


def _lines(found):
    return found["attempts"].splitlines()[1:]


def test_what_the_log_holds_is_not_asked_again(tmp_path):
    guard, log, asked = leaky(), tmp_path / "attempts.jsonl", []

    def counted(prompt):
        asked.append(prompt)
        return answer(prompt)

    run(guard, counted, log, settings(guard, 60))
    first, content = len(asked), log.read_bytes()
    run(guard, counted, log, settings(guard, 60), resume=True)
    assert len(asked) == first
    kept = content.splitlines(keepends=True)[:31]
    log.write_bytes(b"".join(kept) + b'{"id": "half a li')
    run(guard, counted, log, settings(guard, 60), resume=True)
    assert first < len(asked) < 2 * first
    assert log.read_bytes() == content


def test_a_log_is_never_overwritten(tmp_path):
    guard, log = leaky(), tmp_path / "attempts.jsonl"
    run(guard, None, log, settings(guard, 10))
    content = log.read_bytes()
    with pytest.raises(SettingsError, match="holds a run already") as caught:
        run(guard, None, log, settings(guard, 10))
    assert "--resume" in caught.value.help
    assert log.read_bytes() == content


@pytest.mark.parametrize(
    "change",
    [{"seed": 9}, {"rounds": 2}, {"budget": 12}, {"target": "a:b"}, {"digest": "sha256:0"}],
)
def test_a_log_of_another_run_is_refused_and_kept(tmp_path, change):
    guard, log = leaky(), tmp_path / "attempts.jsonl"
    run(guard, None, log, settings(guard, 10))
    content = log.read_bytes()
    with pytest.raises(SettingsError, match=f"of another run: {next(iter(change))} was"):
        run(guard, None, log, settings(guard, **({"budget": 10} | change)), resume=True)
    assert log.read_bytes() == content


@pytest.mark.parametrize(
    "spoil",
    [
        lambda line: line.replace(b'"rule":"no_', b'"rule":"na_'),
        lambda line: b"{}\n",
        lambda line: b"\xff\xfe\n",
        lambda line: b"",
    ],
    ids=["changed", "empty", "not text", "gone"],
)
def test_a_line_that_the_run_did_not_write_is_named(tmp_path, spoil):
    guard, log = leaky(), tmp_path / "attempts.jsonl"
    run(guard, None, log, settings(guard, 10))
    lines = log.read_bytes().splitlines(keepends=True)
    lines[4] = spoil(lines[4])
    log.write_bytes(b"".join(lines))
    with pytest.raises(SettingsError, match=r"attempts\.jsonl`, line 5: not attempt 3"):
        run(guard, None, log, settings(guard, 10), resume=True)


def test_a_log_that_other_code_would_not_make_is_refused(tmp_path, monkeypatch):
    guard, log = leaky(), tmp_path / "attempts.jsonl"
    run(guard, None, log, settings(guard, 10))
    monkeypatch.setattr("guardrail.redteam.twins.WORDS", ("granite",) * 3)
    with pytest.raises(SettingsError, match="not the one this version would make"):
        run(guard, None, log, settings(guard, 10), resume=True)


def test_a_file_that_is_no_log_is_refused_and_kept(tmp_path):
    guard, log = leaky(), tmp_path / "attempts.jsonl"
    log.write_text("dear diary\n")
    with pytest.raises(SettingsError, match="line 1: not the settings of a run"):
        run(guard, None, log, settings(guard, 10), resume=True)
    assert log.read_text() == "dear diary\n"


def test_a_run_whose_time_is_over_goes_on_later(tmp_path):
    guard = leaky()
    made = settings(guard, 60)
    whole = outputs(guard, tmp_path / "whole.jsonl", made)
    log = tmp_path / "attempts.jsonl"
    assert run(guard, None, log, made, seconds=0).attempts == []
    assert len(run(guard, None, log, made, resume=True, seconds=60).attempts) == 60
    assert outputs(guard, log, made, resume=True) == whole
