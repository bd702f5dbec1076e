"""SARIF logs: valid by the schema, whole or streamed, and stable from run to run."""

import json

import pytest

from guardrail.reports.result import Location, Result, RuleInfo
from guardrail.reports.sarif import digest, encode_result, file_uri, frame, sarif

RULES = (
    RuleInfo("no_secrets", "no_secrets", "says a secret", "**Never** say it.", "error", ("cwe:4/CWE-200",)),
    RuleInfo("be_kind", "be_kind", "is rude", tags=("owasp-llm:2026/LLM02", "free words")),
)  # fmt: skip
RESULTS = (
    Result("be_kind", "warning", "is rude", Location("a b.jsonl", 3), {"turn": 2}, digest(1)),
    Result("no_secrets", "error", "says <a> \ud800 secret", Location("x.guard", 1, 2, 1, 9)),
    Result("no_secrets", "error", "says <a> \ud800 secret", Location("x.guard", 4, 2, 5, 1)),
    Result("unknown", "note", "nothing", Location("-")),
)


@pytest.fixture(scope="module")
def validate(shared):
    from jsonschema import Draft7Validator

    schema = json.loads((shared / "reference" / "sarif-2.1.0.schema.json").read_text())
    return Draft7Validator(schema).validate


def whole(**more):
    return sarif(
        RULES, RESULTS, notifications=[("line 4 is broken", Location("a.jsonl", 4))], **more
    )


@pytest.mark.shared
def test_sarif_is_valid(validate):
    validate(whole(properties={"policy": {"name": "demo"}}, category="guardrail/demo"))
    validate(sarif((), ()))


@pytest.mark.shared
def test_schema_refuses_what_is_wrong(validate):
    from jsonschema import ValidationError

    log = whole()
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(ValidationError):
        validate(log)


def test_streamed_log_says_what_the_whole_one_says():
    more = {"properties": {"a": "]}"}, "category": "c", "notifications": [("broken", None)]}
    before, after = frame(RULES, **more)
    places = {rule.id: index for index, rule in enumerate(RULES)}
    results = [encode_result(each, places) for each in RESULTS[:2]]
    streamed = json.loads(before + b",\n".join(results) + after)
    assert streamed == sarif(RULES, RESULTS[:2], **more)
    assert json.loads(before + after)["runs"][0]["results"] == []


def test_results_name_their_rule_place_and_properties():
    first, second, _, last = whole()["runs"][0]["results"]
    assert (first["ruleId"], first["ruleIndex"], first["properties"]) == ("be_kind", 1, {"turn": 2})
    place = second["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 1, "startColumn": 2, "endLine": 1, "endColumn": 9}
    assert "ruleIndex" not in last
    assert "region" not in last["locations"][0]["physicalLocation"]


def test_fingerprints_differ_and_do_not_depend_on_lines():
    prints = [
        each["partialFingerprints"]["primaryLocationLineHash"]
        for each in whole()["runs"][0]["results"]
    ]
    assert len(set(prints)) == len(prints)
    moved = [
        Result(
            each.rule_id,
            each.level,
            each.message,
            Location(each.location.file, 99),
            {},
            each.fingerprint,
        )
        for each in RESULTS
    ]
    again = sarif(RULES, moved)["runs"][0]["results"]
    assert [each["partialFingerprints"]["primaryLocationLineHash"] for each in again] == prints


def test_tags_are_references_to_their_schemes():
    run = whole()["runs"][0]
    first, second = run["tool"]["driver"]["rules"]
    assert first["relationships"][0]["target"] == {
        "id": "CWE-200",
        "toolComponent": {"name": "cwe:4"},
    }
    assert second["properties"]["tags"] == ["owasp-llm:2026/LLM02", "free words"]
    assert len(second["relationships"]) == 1
    assert [(each["name"], each["version"]) for each in run["taxonomies"]] == [
        ("cwe:4", "4"),
        ("owasp-llm:2026", "2026"),
    ]


def test_run_that_was_not_whole_says_so():
    assert whole()["runs"][0]["invocations"][0]["executionSuccessful"] is False
    assert sarif((), ())["runs"][0]["invocations"][0]["executionSuccessful"] is True


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("chats.jsonl", "chats.jsonl"),
        ("./a/../b.jsonl", "a/../b.jsonl"),
        ("c:d.jsonl", "c%3Ad.jsonl"),
        ("é %.jsonl", "%C3%A9%20%25.jsonl"),
        ("a\udcff.jsonl", "a%FF.jsonl"),
        ("<script>.jsonl", "%3Cscript%3E.jsonl"),
        ("/tmp/x y", "file:///tmp/x%20y"),
        ("-", "standard-input"),
    ],
)  # fmt: skip
def test_file_names_are_uris(name, uri):
    assert file_uri(name) == uri
