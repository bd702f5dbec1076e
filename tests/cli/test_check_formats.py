"""`guardrail check` in the formats of CI and as a page: what they say, and what they never say."""

import json
import re
from xml.etree import ElementTree as ET

import pytest

SECRETS = ("B-1234", "thanks", "swordfish", "My badge", "Look where")
REPLIES = ("Hello.", "My badge is B-1234, thanks a lot.", "It is swordfish.", "Look where it is.")
FORMS = ("sarif", "junit", "github", "html")


def run(place, form, *args):
    return place.run("check", "chats.jsonl", "-p", place.policy, "--format", form, *args)


def results(result):
    return json.loads(result.stdout)["runs"][0]["results"]


@pytest.mark.parametrize("form", FORMS)
def test_report_never_quotes_a_reply(place, form):
    place.transcript(*REPLIES)
    result = run(place, form)
    assert result.exit_code == 1
    assert "BADGE" in result.stdout
    for words in SECRETS:
        assert words not in result.output


@pytest.mark.parametrize("form", FORMS)
def test_report_with_jobs_is_the_same(place, form):
    place.transcript(
        *[f"Badge B-{n:04}, swordfish." if n % 7 == 0 else f"Re {n}" for n in range(900)]
    )
    one, two = run(place, form), run(place, form, "--jobs", "2")
    without_time = [re.sub(r'time="[0-9.]+"', "", each.stdout) for each in (one, two)]
    assert without_time[0] == without_time[1]
    assert (one.exit_code, one.stderr) == (two.exit_code, two.stderr) == (1, one.stderr)


@pytest.mark.parametrize("form", FORMS)
def test_report_in_a_file_is_the_same(place, form):
    place.transcript(*REPLIES)
    expected = run(place, form).stdout
    result = run(place, form, "-o", "report")
    written = (place.folder / "report").read_text("utf-8")
    assert re.sub(r'time="[0-9.]+"', "", written) == re.sub(r'time="[0-9.]+"', "", expected)
    assert result.stdout == ""
    assert "4 replies checked" in result.stderr


@pytest.mark.parametrize("form", FORMS)
def test_report_of_a_broken_line_says_so(place, form):
    place.write("chats.jsonl", b'{"response": "Hello."}\n{broken swordfish\n')
    result = run(place, form)
    assert result.exit_code == 3
    assert "not JSON" in result.stdout
    assert "swordfish" not in result.output


@pytest.mark.parametrize("form", FORMS)
def test_report_of_nothing_is_whole(place, form):
    place.write("chats.jsonl", b"")
    result = run(place, form)
    assert result.exit_code == 0
    if form == "sarif":
        assert results(result) == []
    elif form == "junit":
        assert ET.fromstring(result.stdout).get("failures") == "0"
    elif form == "github":
        assert result.stdout == ""
    else:
        assert "nothing was checked" in result.stdout


def test_settings_can_name_a_format(place):
    place.write("pyproject.toml", '[tool.guardrail]\npolicy = "demo.guard"\nformat = "github"\n')
    place.transcript("It is swordfish.")
    assert place.run("check", "chats.jsonl").stdout.startswith("::")


# ---------------------------------------------------------------- SARIF


def test_sarif_has_a_result_for_each_rule_and_reply(place):
    place.transcript(*REPLIES)
    found = [
        (
            each["ruleId"],
            each["locations"][0]["physicalLocation"]["region"]["startLine"],
            each["level"],
        )
        for each in results(run(place, "sarif"))
    ]
    assert found == [
        ("hide_badges", 2, "error"),
        ("no_secrets", 3, "error"),
        ("say_where", 4, "note"),
    ]


def test_sarif_properties_say_what_was_done(place):
    place.transcript(*REPLIES)
    properties = results(run(place, "sarif"))[0]["properties"]
    assert properties["turn"] == 2
    assert (properties["action"], properties["verdict"]) == ("redact", "redact")
    assert properties["findings"] == {"BADGE": 1}
    assert properties["excerpt"] == "** ***** ** [BADGE], ****** * ***."


def test_sarif_fingerprints_are_stable_and_apart(place):
    place.transcript(*[f"Badge B-{n:04}." for n in range(40)])
    prints = [
        [
            each["partialFingerprints"]["primaryLocationLineHash"]
            for each in results(run(place, "sarif"))
        ]
        for _ in range(2)
    ]
    assert prints[0] == prints[1]
    assert len(set(prints[0])) == 40
    before = prints[0]
    place.transcript(*[f"Badge B-{n:04}." for n in range(1000, 1040)])
    assert [
        each["partialFingerprints"]["primaryLocationLineHash"]
        for each in results(run(place, "sarif"))
    ] == before, "a fingerprint must not depend on the text"


def test_sarif_names_the_rules_and_their_tags(place):
    text = (place.folder / "demo.guard").read_text()
    rule = (
        'rule tagged on output\n  when text contains "tag me"\n  then flag\n  message "is tagged"\n'
    )
    place.write("demo.guard", f'{text}\n{rule}  meta tag "cwe:4/CWE-200"\n')
    place.transcript("tag me")
    run_ = json.loads(run(place, "sarif").stdout)["runs"][0]
    rules = run_["tool"]["driver"]["rules"]
    (each,) = run_["results"]
    assert rules[each["ruleIndex"]]["id"] == "tagged" == each["ruleId"]
    assert rules[each["ruleIndex"]]["shortDescription"]["text"] == "is tagged"
    assert each["properties"]["tags"] == ["cwe:4/CWE-200"]
    assert run_["properties"]["policy"]["name"] == "demo"
    assert run_["taxonomies"][0]["name"] == "cwe:4"


@pytest.mark.shared
@pytest.mark.parametrize("content", [b"", b"{broken", b'{"response": "swordfish \\ud800 B-1"}'])
def test_sarif_of_check_is_valid(place, shared, content):
    from jsonschema import Draft7Validator

    schema = json.loads((shared / "reference" / "sarif-2.1.0.schema.json").read_text())
    place.write("chats.jsonl", content)
    Draft7Validator(schema).validate(json.loads(run(place, "sarif", "--on", "both").stdout))


# ---------------------------------------------------------------- JUnit


def cases(result):
    return {
        each.get("name"): [child.tag for child in each]
        for each in ET.fromstring(result.stdout).iter("testcase")
    }


def test_junit_has_a_case_for_each_rule(place):
    place.transcript(*REPLIES)
    assert cases(run(place, "junit")) == {
        "every line can be read": ["system-out"],
        "no_secrets": ["failure"],
        "hide_badges": ["failure"],
        "say_where": ["failure"],
        "calm_users": [],
    }


@pytest.mark.parametrize(
    ("limit", "failed"),
    [("flag", 3), ("redact", 3), ("append", 2), ("rewrite", 1), ("block", 1), ("never", 0)],
)
def test_junit_fails_where_the_exit_code_does(place, limit, failed):
    place.transcript(*REPLIES)
    result = run(place, "junit", "--fail-on", limit)
    assert sum(tags == ["failure"] for tags in cases(result).values()) == failed
    assert result.exit_code == (1 if failed else 0)


def test_junit_has_a_suite_for_each_file(place):
    place.transcript("Hello.")
    place.transcript("Badge B-1234.", name="more.jsonl")
    args = ("check", "chats.jsonl", "more.jsonl", "-p", place.policy, "--format", "junit")
    first, second = ET.fromstring(place.run(*args).stdout)
    assert [first.get("name"), first.get("failures")] == ["chats.jsonl", "0"]
    assert [second.get("name"), second.get("failures")] == ["more.jsonl", "1"]


def test_junit_lists_places_and_counts_the_rest(place):
    place.transcript(*["Badge B-1234."] * 25)
    text = ET.fromstring(run(place, "junit").stdout).find(".//failure").text
    assert "fired 25 times (25 redact)" in text
    assert "line 20, turn 2: ***** [BADGE]." in text
    assert "line 21" not in text
    assert "and 5 more; " in text


# ---------------------------------------------------------------- GitHub


def test_github_shows_every_rule_before_a_second_example(place):
    place.transcript(*["Badge B-1234."] * 30, "It is swordfish.", "Look where.")
    lines = run(place, "github").stdout.splitlines()
    assert [re.search("title=(\\w+)", line)[1] for line in lines[:3]] == [
        "no_secrets",
        "say_where",
        "hide_badges",
    ]
    assert sum(line.startswith("::error") for line in lines) == 10
    assert lines[-1].startswith("::notice title=guardrail::21 more results are not shown; ")


# ---------------------------------------------------------------- the page


def test_page_counts_replies_rules_and_turns(place):
    chat = [
        {"role": "user", "content": "Q"},
        {"role": "assistant", "content": "Badge B-1234, swordfish."},
        {"role": "user", "content": "Q"},
        {"role": "assistant", "content": "Hello."},
    ]
    place.write("chats.jsonl", json.dumps({"messages": chat}))
    page = run(place, "html").stdout
    assert page.count('class="hit"') == 1
    assert 'data-action="block" data-rules="no_secrets hide_badges"' in page
    assert "2 rules did not fire" in page
    assert "<td>2</td><td>1</td><td>1 (100 %)</td><td>1 block</td>" in page
    assert "<td>4</td><td>1</td><td>0 (0 %)</td><td></td>" in page


def test_page_shows_the_strongest_hits_when_there_are_too_many(place, monkeypatch):
    monkeypatch.setattr("guardrail.cli.tally.HITS", 5)
    monkeypatch.setattr("guardrail.cli.html_report.HITS", 5)
    place.transcript(*["Badge B-1234."] * 30, "It is swordfish.")
    page = run(place, "html").stdout
    assert page.count('class="hit"') == 5
    assert page.count('data-action="block"') == 1
    assert "The strongest 5 of 31 replies are shown" in page


def test_page_of_both_sides_says_who_spoke(place):
    chat = [{"role": "user", "content": "stop it"}, {"role": "assistant", "content": "B-1234"}]
    place.write("chats.jsonl", json.dumps({"messages": chat}))
    page = run(place, "html", "--on", "both").stdout
    assert ">turn 1 · user<" in page
    assert ">turn 2 · assistant<" in page
    assert "texts checked" in page


def test_page_without_hits_says_so(place):
    place.transcript("Hello.")
    page = run(place, "html").stdout
    assert "1 reply checked, and no rule fired." in page
    assert "<script" not in page


def test_page_escapes_what_others_wrote(place):
    text = (place.folder / "demo.guard").read_text()
    text = text.replace("policy demo\n", 'policy demo "<script>alert(1)</script>"\n', 1)
    place.write("demo.guard", text)
    name = "<script>alert(2)<"
    place.transcript("Badge B-1234.", name=name)
    page = place.run("check", name, "-p", "demo.guard", "--format", "html").stdout
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "&lt;script&gt;alert(2)&lt;" in page
    assert page.count("<script>") == 1
    assert "alert(1)<" not in page


def test_page_on_a_terminal_is_refused(place, monkeypatch):
    place.transcript("Hello.")
    monkeypatch.setattr("guardrail.cli.check.is_terminal", lambda: True)
    result = run(place, "html")
    assert "-o report.html" in result.stderr
    assert result.exit_code == 2
