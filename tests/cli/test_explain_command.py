"""`guardrail explain`, and the pages of the codes."""

import re

import pytest

from guardrail.language.diagnostics import CATALOGUE
from guardrail.language.source import Source
from guardrail.lint.pages import page
from guardrail.runtime.compile import diagnose

EXAMPLE = re.compile(r"^```guard (avoid|prefer)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples(kind):
    """The examples of the compiler's pages; those of lint rules need the linter."""
    for code, entry in CATALOGUE.items():
        for found, policy in EXAMPLE.findall("" if entry.is_opinion else page(code)):
            if found == kind:
                yield pytest.param(code, policy, id=code)


@pytest.mark.parametrize("code", CATALOGUE)
def test_page_says_what_why_and_how(code):
    text = page(code)
    assert text.startswith(f"# {code} {CATALOGUE[code].name}\n")
    for heading in ("## Why it matters", "## Avoid", "## How to fix it"):
        assert heading in text


@pytest.mark.parametrize(("code", "policy"), list(examples("avoid")))
def test_page_example_to_avoid_raises_the_code(code, policy):
    _, diagnostics = diagnose(Source("example.guard", policy))
    assert {each.code for each in diagnostics} == {code}


@pytest.mark.parametrize(("code", "policy"), list(examples("prefer")))
def test_page_example_to_prefer_is_clean(code, policy):
    checked, diagnostics = diagnose(Source("example.guard", policy))
    assert not diagnostics
    assert checked is not None


def test_explain_shows_the_page_of_a_code_or_name(place):
    by_code, by_name = place.run("explain", "g012"), place.run("explain", "mixed-and-or")
    assert by_code.exit_code == 0
    assert by_code.stdout == by_name.stdout
    assert "```" not in by_code.stdout
    assert "    edition 1" in by_code.stdout


def test_explain_of_an_unknown_code_gives_2(place):
    assert place.run("explain", "G999").exit_code == 2


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ("tokens", "hide_badges"),
        ("tree", "hide_badges"),
        ("ast", "Rule"),
        ("checked", "CheckedRule"),
        ("plan", "hide_badges (high) → redact"),
    ],
)
def test_explain_shows_each_station(place, stage, words):
    result = place.run("explain", place.policy, "--stage", stage)
    assert result.exit_code == 0
    assert words in result.stdout


@pytest.mark.parametrize("stage", ["ast", "checked", "plan"])
def test_explain_of_a_broken_policy_gives_2(place, stage):
    result = place.run("explain", place.write("bad.guard", "edition 1\nrule"), "--stage", stage)
    assert result.exit_code == 2
    assert "error[G" in result.stderr


def test_explain_says_why_a_text_gets_its_verdict(place):
    result = place.run("explain", place.policy, "--text", "Badge B-1234.")
    assert "hide_badges" in result.stdout
    assert "B-1234" not in result.stdout


@pytest.mark.parametrize(
    "args", [["--prompt", "P"], ["--text", "T", "--stage", "plan"]], ids=["prompt", "stage"]
)
def test_explain_refuses_options_that_do_nothing(place, args):
    result = place.run("explain", place.policy, *args)
    assert result.exit_code == 2
    assert "--text" in result.stderr
