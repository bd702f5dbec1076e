"""`guardrail watch`: files, formats, exit codes, and what is never shown."""

import gzip
import json
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from guardrail.cli.main import main
from tests.watch.records import OTHER, POLICY, encoded, fired, record, said

SECRET = "nightjar"


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def drifting(count=5000, at=3000, **changes):
    dice = Random(7)
    return [
        record(
            line,
            rules=["hide"] if dice.random() < (0.05 if line < at else 0.25) else [],
            errors=["tone"] if line > at + 500 and dice.random() < 0.05 else [],
            text=SECRET,
            **changes,
        )
        for line in range(1, count + 1)
    ]


def call(*words, records=None, stdin=None):
    if records is not None:
        Path("records.jsonl").write_bytes(encoded(records))
        words = ("records.jsonl", *words)
    return CliRunner().invoke(main, ["watch", *words], input=stdin)


def test_what_changed_is_told_with_its_places_and_ends_in_1():
    done = call(records=drifting())
    assert done.exit_code == 1, done.output
    assert "The rate of a rule rose: hide (desk, role assistant)" in done.stdout
    assert "The failures of a detector rose: tone" in done.stdout
    assert "chat.jsonl:3" in done.stdout
    assert "5,000 records, 2 changes." in done.stdout


def test_quiet_records_end_in_0():
    done = call(records=[record(line, rules=["hide"] * (line % 9 == 0)) for line in range(1, 4000)])
    assert done.exit_code == 0, done.output
    assert "no change" in done.stdout


@pytest.mark.parametrize("form", ["text", "jsonl", "json", "html"])
def test_no_format_shows_a_text(form, monkeypatch):
    monkeypatch.setattr("guardrail.runtime.host.models_in", lambda _place: {})
    dice = Random(3)
    texts = [said(dice) for _ in range(1000)]
    texts += [said(dice, OTHER, 1) if dice.random() < 0.3 else said(dice) for _ in range(400)]
    records = [record(line, text=text) for line, text in enumerate(texts, 1)]
    records += [record(line, rules=["hide"], text=SECRET) for line in range(1400, 1500)]
    options = ("--texts", "--learn", "300", "--format", form, "-o", "out")
    done = call(*options, records=records)
    written = Path("out").read_text("utf-8")
    assert done.exit_code == 1, done.output
    assert "*** **" in written
    for word in (*OTHER, "w1 ", "w2 ", SECRET):
        assert word not in written, word
        assert word not in done.output, word


def test_json_holds_rates_and_alerts_and_jsonl_the_same_alerts():
    records = drifting()
    whole = json.loads(call("--format", "json", records=records).stdout)
    lines = [
        json.loads(each) for each in call("--format", "jsonl", records=records).stdout.splitlines()
    ]
    assert whole["alerts"] == lines
    assert whole["records"] == 5000
    (stream,) = whole["streams"]
    assert (
        sum(each["count"] for each in stream["series"][1]["stretches"])
        == (stream["series"][1]["whole"]["count"])
    )
    for alert in lines:
        assert alert["before"]["high"] < alert["after"]["low"]


def test_a_stream_gives_each_alert_as_soon_as_it_is_certain():
    done = call("-", "--format", "jsonl", stdin=encoded(drifting()))
    assert done.exit_code == 1
    assert len(done.stdout.splitlines()) == 2


def test_packed_records_are_unpacked_and_several_files_follow_each_other():
    records = drifting()
    Path("a.jsonl.gz").write_bytes(gzip.compress(encoded(records[:2500])))
    Path("b.jsonl").write_bytes(encoded(records[2500:]))
    both = call("a.jsonl.gz", "b.jsonl", "--format", "jsonl")
    assert both.stdout == call("--format", "jsonl", records=records).stdout


def test_lines_that_are_no_records_are_told_and_end_in_3():
    lines = encoded(drifting()) + b'{"action": "allow"}\nnot json at all nightjar\n'
    done = call("-", stdin=lines)
    assert done.exit_code == 3
    assert "-:5001: unexpected content" in done.stderr
    assert "-:5002: not JSON" in done.stderr
    assert SECRET not in done.output


def test_another_policy_is_watched_for_itself():
    newer = POLICY | {"digest": "sha256:" + "1" * 64, "version": "2"}
    old = [record(line, rules=["hide"] if line % 50 == 0 else []) for line in range(1, 4000)]
    new = [
        record(line, rules=["hide"] if line % 4 == 0 else [], policy=newer)
        for line in range(4000, 7000)
    ]
    done = call(records=[*old, *new])
    assert done.exit_code == 0, done.output
    assert "desk 2, role assistant: 3,000 records" in done.stdout


def test_turns_of_one_conversation_count_once():
    records = [
        record(line, rules=["hide"] if line % 40 == 0 else [], turn=turn)
        for line in range(1, 1001)
        for turn in (2, 4, 6, 8)
    ]
    found = json.loads(call("--format", "json", records=records).stdout)["streams"][0]
    assert (found["records"], found["conversations"]) == (4000, 1000)
    assert found["series"][0]["whole"]["count"] == 25


def test_records_without_a_place_have_that_of_their_own_line():
    records = [{"action": "allow", "fired": [], "policy": POLICY} for _ in range(3000)]
    records += [each | {"action": "flag", "fired": [fired("new")]} for each in records[:10]]
    done = call("--format", "jsonl", records=records)
    alert = json.loads(done.stdout)
    assert alert["since_place"]["file"] == "records.jsonl"
    assert alert["since_place"]["line"] == 3001


def test_records_without_texts_are_told_if_texts_were_asked_for():
    records = [record(line) for line in range(1, 50)]
    for each in records:
        del each["output"]
    done = call("--texts", records=records)
    assert done.exit_code == 0
    assert "49 records had no text" in done.stderr


def test_nothing_to_watch_is_said():
    done = call(records=[])
    assert done.exit_code == 0
    assert "no record to watch" in done.stderr


@pytest.mark.parametrize("words", [("nowhere.jsonl",), ("-", "-"), ("-", "--learn", "1")])
def test_wrong_usage_ends_in_2(words):
    assert call(*words, stdin=b"").exit_code == 2


def test_what_check_writes_can_be_watched():
    Path("p.guard").write_text(
        'edition 1\npolicy p\n  on error treat as violation\nlist names ["nightjar"]\n'
        "rule hide on output\n  when text contains any names\n  then redact\n"
    )
    dice = Random(1)
    with Path("chat.jsonl").open("w") as stream:
        for number in range(700):
            rate = 0.02 if number < 500 else 0.4
            reply = "A nightjar." if dice.random() < rate else "A lamp."
            stream.write(json.dumps({"prompt": "What?", "response": reply}) + "\n")
    command = ["check", "chat.jsonl", "-p", "p.guard", "--format", "jsonl", "-o", "v.jsonl"]
    assert CliRunner().invoke(main, command).exit_code == 1
    done = call("v.jsonl", "--learn", "300")
    assert done.exit_code == 1
    assert "rule rose: hide" in done.stdout
