"""Records: the line of JSON and its published schema agree."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrail.records import Record, VerdictRecord, encode_record, encode_records
from guardrail.transcripts import Turn
from guardrail.values import (
    DetectorError,
    Excepted,
    Fired,
    PolicyId,
    Skipped,
    Span,
    Verdict,
)

POLICY = PolicyId("demo", None, "sha256:" + "0" * 64)
FULL = Verdict(
    action="redact",
    output="Call [PHONE_NUMBER]",
    policy=POLICY,
    fired=(Fired("hide", ("privacy",), "high", "redact", (Span(5, 17, "PHONE_NUMBER", 0.75),)),),
    excepted=(Excepted("hide", 1, 2, "PHONE_NUMBER", "ours"),),
    escalations=("desk",),
    skipped=(Skipped("hate", ("no_hate",)),),
    errors=(DetectorError("tone", ("style",), "time-out"),),
    signals={"hate": 0.5, "words": 3, "tongue": "en"},
    ms=0.21,
)
PLACE = {"file": "chat.jsonl", "line": 12, "turn": 3, "role": "assistant"}


def test_record_has_the_published_fields_in_order():
    record = json.loads(encode_record(FULL, **PLACE, part="refusal"))
    assert list(record) == [
        "file", "line", "turn", "role", "part", "action", "output", "blocked", "fired", "excepted",
        "escalations", "skipped", "errors", "signals", "replied", "policy", "ms",
    ]  # fmt: skip
    assert record["fired"][0]["spans"] == [
        {"start": 5, "end": 17, "type": "PHONE_NUMBER", "score": 0.75, "view": "plain"}
    ]


def test_record_without_part_and_signals_leaves_them_out():
    record = json.loads(encode_record(Verdict("allow", "", POLICY), **PLACE))
    assert "part" not in record
    assert "signals" not in record


def test_record_and_schema_agree():
    assert Record.model_validate_json(encode_record(FULL, **PLACE, part="refusal")).ms == 0.21
    VerdictRecord.model_validate(FULL.record(text=False))
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.validate(json.loads(encode_record(FULL, **PLACE)), Record.model_json_schema())


def test_record_keeps_lone_surrogates():
    line = encode_record(Verdict("allow", "x\ud800é😀", POLICY), **PLACE)
    assert json.loads(line)["output"] == "x\ud800é😀"
    assert line.isascii()
    assert line.endswith(b"\n")


@given(
    st.text(),
    st.sampled_from(["a.jsonl", 'b"line":0,"turn":0.jsonl', "c/ü.jsonl"]),
    st.integers(1, 10**9),
    st.sampled_from(["allow", "flag"]),
    st.floats(0, 1e6),
)
def test_a_record_of_a_text_without_findings_is_written_like_any_other(text, file, line, word, ms):
    policy = PolicyId("demo", None, "sha256:0")
    bare = Verdict(word, text, policy, ms=ms)
    place = {"file": file, "line": line, "turn": 2, "role": "assistant"}
    whole = json.loads(encode_record(bare, **place, part="refusal"))
    del whole["part"]
    assert json.loads(encode_record(bare, **place)) == whole
    assert list(json.loads(encode_record(bare, **place))) == list(whole)


def test_records_of_many_are_those_of_each():
    quiet, lone = Verdict("allow", "fine", POLICY, ms=0.5), Verdict("allow", "\ud800", POLICY)
    places = [Turn(1, 2, "assistant", ""), Turn(3, 4, "user", "", part="chosen")]
    for verdicts in ([quiet, FULL], [lone, FULL, quiet]):
        judged = [(place, verdict) for verdict in verdicts for place in places]
        one_by_one = [
            encode_record(each, file="a", line=at.line, turn=at.turn, role=at.role, part=at.part)
            for at, each in judged
        ]
        assert encode_records("a", judged) == b"".join(one_by_one)
        assert encode_records("a", judged).count(b"\n") == len(judged)
    assert encode_records("a", []) == b""
