"""The group: help, exit codes, errors in one place, and what is not imported."""

import re
import subprocess
import sys

import pytest

from guardrail.cli.console import columns, printable
from guardrail.cli.main import main

HEAVY = "lark|pydantic|presidio_analyzer|spacy|re2|regex|rich|zstandard|guardrail.runtime"


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom guardrail.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print(*sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "check" in done.stdout
    assert not [name for name in done.stderr.split() if re.fullmatch(rf"({HEAVY})(\..*)?", name)]


@pytest.mark.parametrize("command", [None, *main.commands])
def test_help_shows_an_example(place, command):
    result = place.run(*filter(None, [command, "--help"]))
    assert result.exit_code == 0
    assert "Example:\n  guardrail " in result.output


@pytest.mark.parametrize("args", [["nonsense"], ["lint"], ["lint", "--nonsense"], ["schema", "x"]])
def test_wrong_usage_gives_2(place, args):
    result = place.run(*args)
    assert result.exit_code == 2
    assert "Usage:" in result.stderr


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyboardInterrupt(), "interrupted"),
        (OSError(28, "No space left on device"), "no space left on device"),
        (ValueError("secret"), "ValueError at guardrail/cli/doctor.py"),
        (RecursionError(), "RecursionError"),
    ],
)
def test_failure_gives_3_and_one_message(place, monkeypatch, error, words):
    def fail():
        raise error

    monkeypatch.setattr("guardrail.cli.doctor._versions", fail)
    result = place.run("doctor")
    assert result.exit_code == 3
    assert words in result.stderr
    assert "secret" not in result.output


def test_colors_appear_only_where_they_are_wanted(place, monkeypatch):
    assert "\x1b[" in place.run("doctor", color=True).output
    assert "\x1b[" not in place.run("doctor").output
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in place.run("doctor", color=True).output


def test_printable_shows_what_a_terminal_would_obey():
    assert printable("a\x1b[2Jb\u202e") == "a\\x1b[2Jb\\u202e"


def test_columns_line_up():
    assert columns([["a", "1"], ["bb", "22"]], frozenset({1})) == ["a    1", "bb  22"]
