"""`guardrail bench`: figures that add up, by stage and by rule, and no text among them."""

import json
import subprocess
import sys

import pytest

from guardrail import Guard
from guardrail.bench import bench
from guardrail.language.source import Source
from guardrail.values import Subject


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    place = tmp_path_factory.mktemp("bench")
    (place / "p.guard").write_text(
        "edition 1\npolicy p\n  on error treat as violation\n"
        'list words ["swordfish"]\n'
        "pattern badge = /\\bB-[0-9]{4}\\b/\n"
        "rule no_words on output\n  when text contains any words\n  then block\n"
        "rule badges on output\n  when text matches badge\n  then redact\n"
        "rule asks on input\n  when text contains any words\n  then flag\n"
    )
    rows = [("Hello", "A swordfish."), ("swordfish", "Badge B-1234."), ("Bye", "Nothing.")]
    lines = [json.dumps({"prompt": prompt, "response": reply}) for prompt, reply in rows]
    (place / "chats.jsonl").write_text("\n".join([*lines, lines[2]]) + "\n")

    def run(*options):
        call = [sys.executable, "-m", "guardrail", "bench", "p.guard", *options]
        return subprocess.run(call, cwd=place, capture_output=True, text=True, check=False)

    return run


def test_figures_as_json_add_up(figures):
    done = figures("chats.jsonl", "--seconds", "0.1", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["texts"] == {"count": 4, "mean_characters": 10.2, "side": "output"}
    assert found["quiet"] == 0.5
    assert sum(bar["count"] for bar in found["histogram"]) == found["check"]["count"] >= 4
    check = found["check"]
    assert 0 < check["p50_us"] <= check["p90_us"] <= check["p99_us"] <= check["max_us"]
    scan, *later = found["stages"]
    assert (scan["name"], scan["share_of_texts"]) == ("one scan", 1.0)
    assert [stage["share_of_texts"] for stage in later] == [0.5, 0.5]
    assert sum(stage["share_of_time"] for stage in found["stages"]) == pytest.approx(1)
    rules = {rule["name"]: rule for rule in found["rules"]}
    assert {name: rule["fires"] for name, rule in rules.items()} == {
        "no_words": 0.25,
        "badges": 0.25,
    }
    assert [(s["asked"], s["found"]) for s in rules["badges"]["sources"]] == [(0.25, 0.25)]
    assert all(found["start"][name] > 0 for name in ("import_ms", "load_ms", "first_check_ms"))
    assert "swordfish" not in done.stdout.replace("any words", "")


def test_figures_as_text_name_stages_and_rules(figures):
    done = figures("chats.jsonl", "--seconds", "0.1", "--on", "input")
    assert done.returncode == 0, done.stderr
    for words in ("p.guard: 4 prompts", "p50", "one scan", "asks", "first check", "25.0%"):
        assert words in done.stdout
    assert "swordfish" not in done.stdout


def test_without_files_the_texts_are_made_up(place):
    result = place.run("bench", place.policy, "--texts", "20", "--seconds", "0.1")
    assert result.exit_code == 0
    assert "20 made-up replies, 500 characters on average" in result.stdout


def test_what_cannot_be_read_is_counted_and_ends_with_code_3(place):
    file = place.write("chats.jsonl", '{"prompt": "Q", "response": "A"}\nno json\n')
    result = place.run("bench", place.policy, file, "--seconds", "0.1")
    assert result.exit_code == 3
    assert "1 line could not be read" in result.stderr


def test_without_any_text_of_the_side_the_call_is_wrong(place):
    file = place.write("chats.jsonl", '{"response": "A"}\n')
    result = place.run("bench", place.policy, file, "--on", "input")
    assert result.exit_code == 2
    assert "no prompts in chats.jsonl" in result.stderr


def test_a_pattern_that_is_asked_often_and_finds_nothing_defeats_the_scan():
    text = (
        "edition 1\npolicy wide\n  on error treat as violation\n"
        "pattern nearly = /[\u00e0\u00e1]x/\n"
        "rule near on output\n  when text matches nearly\n  then flag\n"
        'rule rare on output\n  when text contains "zebra"\n  then flag\n'
    )
    texts = [Subject("It is \u2013x"), Subject("It is \u00e9x"), Subject("zebra")]
    figures = bench(Guard.load(Source("wide.guard", text)), texts, seconds=0.1)
    rules = {rule.name: rule for rule in figures.rules}
    (source,) = rules["near"].defeating
    assert (source.asked, source.found, source.has_gate) == (2 / 3, 0.0, True)
    assert rules["rare"].defeating == ()


def test_a_detector_without_a_gate_defeats_the_scan_and_has_its_own_stage():
    text = (
        "edition 1\npolicy host\n  on error treat as violation\n"
        "rule told on output\n  when mood >= 0.5\n  then flag\n"
        "detector mood = moody()\n"
    )
    guard = Guard.load(Source("host.guard", text), detectors={"moody": ("score", lambda text: 0.0)})
    figures = bench(guard, [Subject("Hello"), Subject("There")], seconds=0.1)
    (source,) = figures.rules[0].defeating
    assert (source.asked, source.has_gate) == (1.0, False)
    assert "mood (moody)" in [stage.name for stage in figures.stages]
