"""`guardrail check`: records, reports, exit codes, and what cannot be read."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import get_args

import pytest

from guardrail.cli.check import check
from guardrail.records import Record
from guardrail.settings import FailOn, Settings


def records(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_check_writes_one_record_for_each_reply_in_order(place):
    place.transcript("Hello.", "Badge B-1234.", "It is swordfish.")
    result = place.run("check", "chats.jsonl", "-p", place.policy, "--format", "jsonl")
    found = records(result)
    assert [(each["line"], each["turn"], each["action"]) for each in found] == [
        (1, 2, "allow"),
        (2, 2, "redact"),
        (3, 2, "block"),
    ]
    assert found[1]["output"] == "Badge [BADGE]."
    assert found[2]["replied"] == "declined"
    for line in result.stdout.splitlines():
        Record.model_validate_json(line)
    assert result.exit_code == 1
    assert "chats.jsonl: prompt and response, 3 conversations, 3 replies checked" in result.stderr


def test_check_reports_rules_and_never_the_text(place):
    place.transcript("Hello.", "My badge is B-1234, thanks a lot.", "It is swordfish.")
    result = place.run("check", "chats.jsonl", "-p", place.policy)
    for words in ("hide_badges", "no_secrets", "Do not expose personal data", "[BADGE]", "Next:"):
        assert words in result.stdout
    for words in ("B-1234", "thanks", "swordfish", "My badge"):
        assert words not in result.output


@pytest.mark.parametrize(
    ("limit", "code"), [("flag", 1), ("redact", 1), ("append", 0), ("block", 0), ("never", 0)]
)
def test_check_fails_on_the_action_asked_for(place, limit, code):
    place.transcript("Badge B-1234.")
    result = place.run("check", "chats.jsonl", "-p", place.policy, "--fail-on", limit)
    assert result.exit_code == code


def test_check_counts_append_as_stronger_than_redact(place):
    place.transcript("Look where it is.")
    assert place.run("check", "chats.jsonl", "-p", place.policy).exit_code == 1


def test_check_of_both_sides_keeps_the_order(place):
    chat = [
        {"role": "user", "content": "stop it"},
        {"role": "assistant", "content": "Badge B-1234."},
        {"role": "tool", "content": "B-1234"},
        {"role": "user", "content": "ok"},
    ]
    place.write("c.jsonl", json.dumps({"messages": chat}))
    result = place.run("check", "c.jsonl", "-p", place.policy, "--format", "jsonl", "--on", "both")
    assert [(each["turn"], each["role"], each["action"]) for each in records(result)] == [
        (1, "user", "flag"),
        (2, "assistant", "redact"),
        (4, "user", "allow"),
    ]


def test_check_looks_into_tool_calls(place):
    call = {"function": {"name": "f", "arguments": '{"badge": "B-1234"}'}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    place.write("c.jsonl", json.dumps({"messages": [message]}))
    (record,) = records(place.run("check", "c.jsonl", "-p", place.policy, "--format", "jsonl"))
    assert record["part"] == "tool_calls[0].arguments"
    assert record["output"] == '{"badge": "[BADGE]"}'


def test_check_with_signals_runs_every_detector(place):
    text = HOST.replace("oddness()", "length(unit: words)").replace("odd >= 0.5", "odd >= 99")
    place.write(
        "demo.guard", text + 'rule no_a on output\n  when text contains "a"\n  then block\n'
    )
    place.transcript("a b c")
    args = ("check", "chats.jsonl", "-p", "demo.guard", "--format", "jsonl")
    assert "signals" not in records(place.run(*args))[0]
    (record,) = records(place.run(*args, "--signals"))
    assert record["signals"] == {"odd": 3}
    assert record["skipped"] == []


def test_check_with_jobs_gives_the_same_records(place):
    place.transcript(*[f"Badge B-{n:04}." if n % 7 == 0 else f"Reply {n}" for n in range(1500)])
    place.write("more.jsonl", b'{"response": "swordfish"}\nbroken\n')
    args = ("check", "chats.jsonl", "more.jsonl", "-p", place.policy, "--format", "jsonl")
    one, two = place.run(*args), place.run(*args, "--jobs", "2")
    strip = [{**each, "ms": 0} for each in records(one)]
    assert strip == [{**each, "ms": 0} for each in records(two)]
    assert len(strip) == 1501
    assert (one.exit_code, one.stderr) == (two.exit_code, two.stderr) == (3, one.stderr)


def test_check_leaves_tool_calls_out_if_asked(place):
    call = {"function": {"name": "f", "arguments": '{"badge": "B-1234"}'}}
    message = {"role": "assistant", "content": "Hello.", "tool_calls": [call]}
    place.write("c.jsonl", json.dumps({"messages": [message]}))
    args = ("check", "c.jsonl", "-p", place.policy, "--format", "jsonl")
    assert [each.get("part") for each in records(place.run(*args))] == [
        None,
        "tool_calls[0].arguments",
    ]
    assert [each.get("part") for each in records(place.run(*args, "--no-tool-calls"))] == [None]


def test_check_names_the_policy_first(place):
    text = (place.folder / "demo.guard").read_text().replace("demo\n", 'demo\n  version "2.1"\n', 1)
    place.write("demo.guard", text)
    place.transcript("Hello.")
    result = place.run("check", "chats.jsonl", "-p", "demo.guard")
    assert result.stdout.startswith("policy demo 2.1 (demo.guard)\n\nchats.jsonl: ")


def test_check_shows_examples_in_the_order_of_the_input(place):
    chat = [
        {"role": "user", "content": "stop it"},
        {"role": "assistant", "content": "Badge B-1234."},
        {"role": "user", "content": "stop it"},
    ]
    place.write("c.jsonl", json.dumps({"messages": chat}))
    result = place.run("check", "c.jsonl", "-p", place.policy, "--on", "both")
    assert re.findall(r"turn (\d)", result.stdout) == ["1", "2", "3"]


def test_check_says_that_an_action_gave_way(place):
    place.transcript("It is swordfish; ask where.")
    result = place.run("check", "chats.jsonl", "-p", place.policy)
    (line,) = [
        each for each in result.stdout.splitlines() if "say_where  " in each and ":1" in each
    ]
    assert line.endswith("(overridden: block)")


# ---------------------------------------------------------------- what cannot be read


def test_check_reports_broken_lines_and_checks_the_rest(place):
    good = json.dumps({"response": "Badge B-1234."}).encode()
    lines = [good, b"{broken", b'{"response": "\xff"}', b"\x00", b'{"response": 3}', good]
    place.write("chats.jsonl", b"\n".join(lines))
    result = place.run("check", "chats.jsonl", "-p", place.policy, "--format", "jsonl")
    assert [each["line"] for each in records(result)] == [1, 6]
    for line in (2, 3, 4, 5):
        assert f"chats.jsonl:{line}: " in result.stderr
    assert "4 lines could not be read" in result.stderr
    assert result.exit_code == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'[\n{"response": "a"},\n{"response": "b"}\n]\n', "jq -c '.[]' chats.json"),
        (b'[{"response": "a"}, {"response": "b"}]', "jq -c '.[]' chats.json"),
        (b'{\n  "response": "a"\n}\n', "jq -c . chats.json"),
        (b"\x00\x01\n\xff\xfe\n\x80\n", "binary data"),
    ],
)
def test_check_refuses_what_is_no_transcript_in_one_line(place, content, words):
    place.write("chats.json", content)
    result = place.run("check", "chats.json", "-p", place.policy)
    (line,) = [each for each in result.stdout.splitlines() if each.startswith("chats.json:1: ")]
    assert words in line
    assert "nothing was checked" in result.stdout
    assert "chats.json:2" not in result.stdout
    assert result.exit_code == 3


@pytest.mark.parametrize("text", ['[\n{"response": "a"}\n]\n', '[{"response": "a"}]\n'])
def test_check_refuses_a_json_array_on_standard_input(place, text):
    result = place.run("check", "-", "-p", place.policy, input=text)
    assert "jq -c '.[]'" in result.stdout
    assert result.exit_code == 3


def test_check_of_an_empty_file_says_so(place):
    place.write("empty.jsonl", b"")
    result = place.run("check", "empty.jsonl", "-p", place.policy)
    assert "empty.jsonl: empty, nothing to check" in result.stdout
    assert result.exit_code == 0


def test_check_of_text_with_nul_works(place):
    place.write("reply.txt", b"a\x00b B-1234")
    result = place.run("check", "reply.txt", "-p", place.policy, "--format", "jsonl")
    assert records(result)[0]["output"] == "a\0b [BADGE]"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["nowhere.jsonl", "-p", "demo.guard"], "`nowhere.jsonl` does not exist"),
        ([".", "-p", "demo.guard"], "`.` is a folder"),
        (["/dev/zero", "-p", "demo.guard"], "`/dev/zero` is a device"),
        (["chats.jsonl"], "No policy"),
        (["chats.jsonl", "-p", "demo.guard", "-o", "chats.jsonl"], "would overwrite"),
        (["chats.jsonl", "-p", "demo.guard", "-o", "no/such/file"], "cannot be written"),
        (["chats.jsonl", "-p", "demo.guard", "-o", "."], "cannot be written"),
        (["chats.jsonl", "-p", "demo.guard", "--jobs", "0"], "--jobs"),
        (["-", "-", "-p", "demo.guard"], "only once"),
        ([], "FILE"),
    ],
)
def test_check_refuses_what_it_cannot_use(place, args, words):
    place.transcript("Hello.")
    result = place.run("check", *args)
    assert words in result.stderr
    assert result.exit_code == 2
    assert result.stdout == ""


def bad_policies(place):
    place.write("cycle.guard", 'edition 1\nimport "demo2.guard" as d\n')
    place.write(
        "demo2.guard", 'edition 1\npolicy d\n on error treat as flag\nimport "cycle.guard" as c\n'
    )
    place.write(
        "outside.guard", 'edition 1\npolicy d\n on error treat as flag\nlist a from file "../x"\n'
    )
    place.write("two.guard", "edition 1\npolicy a on error treat as flag\npolicy b\n")
    place.write("empty.guard", "")
    place.write("latin.guard", "edition 1 # é".encode("latin-1"))
    with (place.folder / "huge.guard").open("wb") as stream:
        stream.truncate(100_000_000)
    (place.folder / "folder.guard").mkdir()
    (place.folder / "secret.guard").symlink_to("/proc/1/mem")


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("nowhere.guard", "nowhere.guard"),
        ("folder.guard", "folder"),
        ("/dev/zero", "/dev/zero"),
        ("huge.guard", "G118"),
        ("latin.guard", "G106"),
        ("empty.guard", "G001"),
        ("two.guard", "G104"),
        ("demo2.guard", "G107"),
        ("outside.guard", "G108"),
    ],
)
def test_check_with_a_policy_that_cannot_be_used_is_one_clear_error(place, policy, words):
    bad_policies(place)
    place.transcript("Hello.")
    result = place.run("check", "chats.jsonl", "-p", policy)
    assert words in result.stderr
    assert result.exit_code == 2
    assert result.stdout == ""


# ---------------------------------------------------------------- where results go


def test_check_writes_a_file_whole(place):
    place.transcript("Hello.")
    result = place.run(
        "check", "chats.jsonl", "-p", place.policy, "--format", "jsonl", "-o", "out.jsonl"
    )
    assert result.stdout == ""
    assert json.loads((place.folder / "out.jsonl").read_text())["action"] == "allow"
    assert sorted(path.name for path in place.folder.iterdir()) == [
        "chats.jsonl", "demo.guard", "out.jsonl",
    ]  # fmt: skip


def test_check_leaves_the_old_file_when_it_fails(place, monkeypatch):
    place.transcript("Hello.")
    place.write("out.jsonl", "old")
    monkeypatch.setattr(
        "guardrail.cli.batch.encode_records", lambda *_a, **_k: exec("raise KeyError('secret')")
    )
    result = place.run(
        "check", "chats.jsonl", "-p", place.policy, "--format", "jsonl", "-o", "out.jsonl"
    )
    assert result.exit_code == 3
    assert (place.folder / "out.jsonl").read_text() == "old"
    assert "secret" not in result.output
    assert "KeyError at guardrail/cli/batch.py" in result.stderr
    assert "please report" in result.stderr
    assert not list(place.folder.glob("*.part"))


def test_check_text_report_in_a_file_has_no_colors(place):
    place.transcript("Badge B-1234.")
    result = place.run("check", "chats.jsonl", "-p", place.policy, "-o", "report.txt", color=True)
    assert "hide_badges" in (place.folder / "report.txt").read_text()
    assert "\x1b" not in (place.folder / "report.txt").read_text()
    assert result.stdout == "The report is in report.txt.\n"


def test_check_uses_the_settings(place):
    place.write("pyproject.toml", '[tool.guardrail]\npolicy = "demo.guard"\nfail-on = "never"\n')
    place.transcript("It is swordfish.")
    assert place.run("check", "chats.jsonl").exit_code == 0
    assert place.run("check", "chats.jsonl", "--fail-on", "block").exit_code == 1


@pytest.mark.parametrize("form", ["text", "html", "sarif"])
def test_check_names_the_policy_of_the_settings_without_the_folders_of_a_machine(place, form):
    place.write("pyproject.toml", '[tool.guardrail]\npolicy = "demo.guard"\n')
    place.transcript("It is swordfish.")
    result = place.run("check", "chats.jsonl", "--format", form)
    assert "demo.guard" in result.stdout
    assert str(place.folder) not in result.stdout


def test_check_names_settings_that_are_wrong(place):
    place.write("pyproject.toml", '[tool.guardrail]\npolicies = "demo.guard"\n')
    result = place.run("check", place.transcript("Hello."))
    assert "did you mean `policy`?" in result.stderr
    assert result.exit_code == 2


HOST = """edition 1
policy demo
  on error treat as violation
detector odd = oddness()
rule no_odd on output
  when odd >= 0.5
  then block
"""


def test_check_runs_detectors_of_the_host(place):
    place.write("demo.guard", HOST)
    place.write("oddly.py", "def score(text):\n    return float('odd' in text)\n")
    place.write(
        "pyproject.toml",
        '[tool.guardrail.detectors]\noddness = { gives = "score", run = "oddly:score" }\n',
    )
    place.transcript("odd", "even")
    result = place.run("check", "chats.jsonl", "-p", "demo.guard", "--format", "jsonl")
    assert [each["action"] for each in records(result)] == ["block", "allow"]


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ('"score"', "cannot run here"),
        ('{ gives = "score", run = "nowhere_at_all:f" }', "importing `nowhere_at_all` failed"),
        ('{ gives = "score", run = "json:f" }', "has no `f`"),
        ('{ gives = "score", run = "json:__name__" }', "is not a function"),
    ],
)
def test_check_names_a_host_detector_it_cannot_run(place, declared, words):
    place.write("demo.guard", HOST)
    place.write("pyproject.toml", f"[tool.guardrail.detectors]\noddness = {declared}\n")
    result = place.run("check", place.transcript("Hello."), "-p", "demo.guard")
    assert words in result.stderr
    assert result.exit_code == 2


def test_check_needs_a_key_for_hashes(place, monkeypatch):
    policy = HOST.replace("detector odd = oddness()\n", "pattern badge = /B-[0-9]+/\n").replace(
        "when odd >= 0.5\n  then block", 'when text matches badge\n  then redact as "{hash}"'
    )
    place.write("demo.guard", policy)
    args = ("check", place.transcript("B-1234"), "-p", "demo.guard", "--format", "jsonl")
    assert "G217" in place.run(*args).stderr
    monkeypatch.setenv("GUARDRAIL_HASH_KEY", "key")
    (record,) = records(place.run(*args))
    assert "B-1234" not in record["output"]


# ---------------------------------------------------------------- pipes and signals


def test_check_reads_standard_input(place):
    text = '{"response": "Badge B-1234."}\n'
    result = place.run("check", "-", "-p", place.policy, "--format", "jsonl", input=text)
    (record,) = records(result)
    assert (record["file"], record["output"]) == ("-", "Badge [BADGE].")


def test_check_bears_a_closed_pipe(place):
    place.transcript(*["Badge B-1234."] * 5000)
    args = ["check", "chats.jsonl", "-p", place.policy, "--format", "jsonl"]
    with subprocess.Popen(
        [sys.executable, "-m", "guardrail", *args],
        cwd=place.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 3


def wait_until_idle(pid):
    """Wait until a process has used no processor time for a second: it waits for input."""
    used = None
    for _ in range(60):
        time.sleep(1)
        stat = Path(f"/proc/{pid}/stat")
        now = stat.read_text().split()[13:15] if stat.exists() else None
        if now == used:
            return
        used = now


def test_check_bears_ctrl_c(place):
    with subprocess.Popen(
        [sys.executable, "-m", "guardrail", "check", "-", "-p", place.policy, "--jobs", "2"],
        cwd=place.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdin.write(b'{"response": "x"}\n')
        process.stdin.flush()
        wait_until_idle(process.pid)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 3
        assert process.stderr.read() == b"error: interrupted\n"


def test_check_offers_every_limit_that_the_settings_know():
    (option,) = [each for each in check.params if each.name == "fail_on"]
    assert tuple(option.type.choices) == get_args(FailOn)


def test_check_offers_every_format_that_the_settings_know():
    (option,) = [each for each in check.params if each.name == "form"]
    assert tuple(option.type.choices) == get_args(Settings.model_fields["format"].annotation)
