"""`guardrail diff`."""

import json

import pytest


@pytest.fixture
def edit(place):
    """Write the demo policy with a replacement; give its name."""

    def write(old, new, name="new.guard"):
        text = (place.folder / "demo.guard").read_text()
        assert old in text
        return place.write(name, text.replace(old, new))

    return write


def test_diff_of_equal_policies_gives_0(place):
    result = place.run("diff", place.policy, place.policy)
    assert result.exit_code == 0
    assert (
        result.stdout.splitlines()[0]
        == "equal: demo.guard is as strict as demo.guard in every case"
    )
    assert "3 rules unchanged" in result.stdout


def test_diff_of_a_looser_policy_gives_1_and_shows_when(place, edit):
    new = edit("then block with declined", "then flag")
    result = place.run("diff", place.policy, new)
    assert result.exit_code == 1
    lines = [line.strip() for line in result.stdout.splitlines()]
    assert lines[0].startswith("looser: new.guard does less than demo.guard")
    for line in (
        "on output: looser as a whole",
        "looser rule no_secrets",
        "when  text contains `swordfish`",
        "old   block with declined",
        "new   flag",
        'text  "swordfish"',
        "then: block with declined → flag",
        "2 rules unchanged",
    ):
        assert line in lines, line


def test_diff_of_a_stricter_policy_gives_0(place, edit):
    new = edit('["swordfish"]', '["swordfish", "trout"]')
    result = place.run("diff", place.policy, new)
    assert result.exit_code == 0
    assert "stricter: new.guard" in result.stdout
    assert 'secret_words: added 1: "trout"' in result.stdout
    assert 'text  "trout"' in result.stdout


def test_diff_of_an_incomparable_policy_gives_1_and_shows_both(place, edit):
    new = edit('["swordfish"]', '["trout"]')
    result = place.run("diff", place.policy, new)
    assert result.exit_code == 1
    assert "looser in one case:" in result.stdout
    assert "stricter in one case:" in result.stdout


def test_diff_shows_what_only_reads_differently(place, edit):
    new = edit("That cannot be shared.", "No.")
    result = place.run("diff", place.policy, new)
    assert result.exit_code == 0
    assert "equal rule no_secrets (reads differently)" in result.stdout
    assert "reply `declined` says something else" in result.stdout
    assert 'reply `declined`: "That cannot be shared." → "No."' in result.stdout


def test_diff_as_json_holds_everything(place, edit):
    new = edit("then block with declined", "then flag")
    result = place.run("diff", place.policy, new, "--format", "json")
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (found["relation"], found["is_decided"]) == ("looser", True)
    output, entry = found["sides"]
    assert (output["side"], entry["side"], entry["relation"]) == ("output", "input", "equal")
    rule = next(each for each in output["rules"] if each["rule"] == "no_secrets")
    assert rule["looser"] == {
        "when": ["text contains `swordfish`"],
        "old": "block with declined",
        "new": "flag",
        "text": "swordfish",
        "prompt": None,
        "answers": {},
    }
    assert found["changes"] == []
    assert found["old"]["name"] == "demo"


def test_diff_writes_a_file(place, edit):
    result = place.run("diff", place.policy, edit("B-", "C-"), "-o", "report.txt")
    assert result.stdout == "The report is in report.txt.\n"
    assert (place.folder / "report.txt").read_text().startswith("incomparable: new.guard")


def test_diff_compares_a_policy_with_a_classifier_without_its_model(place):
    text = (
        "edition 1\npolicy p\n  on error treat as violation\n"
        'detector hate = classifier(model: "m", label: hate)\n'
        "rule r on output\n  when hate >= 0.80\n  then block\n"
    )
    old = place.write("old.guard", text)
    new = place.write("new.guard", text.replace("0.80", "0.85"))
    result = place.run("diff", old, new)
    assert result.exit_code == 1
    assert "when  `hate` is 0.80" in result.stdout
    assert "limit in when: hate >= 0.8 → hate >= 0.85" in result.stdout


@pytest.mark.parametrize("broken", ["old", "new"])
def test_diff_of_an_invalid_policy_gives_2_and_no_report(place, broken):
    bad = place.write("bad.guard", "edition 1\n")
    pair = (bad, place.policy) if broken == "old" else (place.policy, bad)
    result = place.run("diff", *pair)
    assert result.exit_code == 2
    assert "G104" in result.stderr
    assert result.stdout == ""


def test_diff_of_two_invalid_policies_names_the_mistakes_of_both(place):
    first, second = place.write("a.guard", "edition 1\n"), place.write("b.guard", "edition 9\n")
    result = place.run("diff", first, second)
    assert result.exit_code == 2
    assert "a.guard" in result.stderr
    assert "b.guard" in result.stderr


def test_diff_of_a_missing_file_gives_2(place):
    result = place.run("diff", place.policy, "missing.guard")
    assert result.exit_code == 2
    assert "`missing.guard` does not exist" in result.stderr


# ---------------------------------------------------------------- replay


def test_replay_counts_changed_verdicts_by_action_and_rule(place, edit):
    new = edit("then block with declined", "then flag")
    chats = place.transcript("swordfish", "Badge B-1234.", "swordfish again", "fine")
    result = place.run("diff", place.policy, new, "--replay", chats)
    assert result.exit_code == 1
    assert "replay: 2 of 4 texts changed, 2 to a weaker action" in result.stdout
    assert "block  →  flag  2" in result.stdout
    assert "no_secrets  -2  +2" in result.stdout


def test_replay_never_shows_a_reply(place, edit):
    new = edit("then block with declined", "then flag")
    chats = place.transcript("The swordfish is Rosebud-77")
    for form in ("text", "json"):
        result = place.run("diff", place.policy, new, "--replay", chats, "--format", form)
        assert "Rosebud" not in result.output
    assert "[SECRET_WORDS]" in place.run("diff", place.policy, new, "--replay", chats).stdout


def test_replay_takes_several_transcripts_and_counts_other_outputs(place, edit):
    new = edit('redact as "[{type}]"', 'redact as "***"')
    first = place.transcript("B-1234", name="a.jsonl")
    second = place.transcript("B-1234", "fine", name="b.jsonl")
    result = place.run("diff", place.policy, new, "--replay", first, "--replay", second)
    assert result.exit_code == 0
    assert "replay: 2 of 3 texts changed, 0 to a weaker action" in result.stdout
    assert "redact, with another output or queue" in result.stdout
    assert "a.jsonl:1" in result.stdout
    assert "b.jsonl:1" in result.stdout


def test_replay_on_input_checks_what_users_wrote(place, edit):
    new = edit('text contains "stop it"\n  then flag', 'text contains "stop it"\n  then block')
    chats = place.write("c.jsonl", json.dumps({"prompt": "stop it", "response": "swordfish"}))
    result = place.run("diff", place.policy, new, "--replay", chats, "--on", "input")
    assert "replay: 1 of 1 text changed, 0 to a weaker action" in result.stdout
    assert "flag  →  block  1" in result.stdout


def test_replay_reports_lines_that_cannot_be_read_and_gives_3(place):
    good = json.dumps({"prompt": "Q", "response": "fine"})
    chats = place.write("c.jsonl", f"{good}\nnot json\n{good}\n")
    result = place.run("diff", place.policy, place.policy, "--replay", chats)
    assert result.exit_code == 3
    assert "replay: 0 of 2 texts changed" in result.stdout
    assert "c.jsonl:2:" in result.stdout
    found = json.loads(
        place.run("diff", place.policy, place.policy, "--replay", chats, "--format", "json").stdout
    )
    assert (found["replay"]["checked"], found["replay"]["unreadable"]) == (2, 1)


def test_replay_of_a_missing_transcript_gives_2(place):
    result = place.run("diff", place.policy, place.policy, "--replay", "missing.jsonl")
    assert result.exit_code == 2
    assert "missing.jsonl" in result.stderr
    assert result.stdout == ""


def test_replay_would_not_overwrite_a_transcript(place):
    chats = place.transcript("fine")
    result = place.run("diff", place.policy, place.policy, "--replay", chats, "-o", chats)
    assert result.exit_code == 2
    assert "overwrite" in result.stderr


def test_replay_of_a_policy_that_cannot_run_gives_2(place):
    text = (
        "edition 1\npolicy p\n  on error treat as violation\n"
        'detector hate = classifier(model: "m", label: hate)\n'
        "rule r on output\n  when hate >= 0.80\n  then block\n"
    )
    policy, chats = place.write("p.guard", text), place.transcript("fine")
    result = place.run("diff", policy, policy, "--replay", chats)
    assert result.exit_code == 2
    assert "G117" in result.stderr
