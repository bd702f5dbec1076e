"""The engine: what is judged, what comments keep quiet, and in which order findings come."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from guardrail.errors import SettingsError
from guardrail.language.format import format_policy
from guardrail.language.load import inspect
from guardrail.language.source import Source
from guardrail.lint.engine import lint_file, lint_policy
from guardrail.lint.options import options_of
from guardrail.lint.rule import Options
from guardrail.runtime.compile import compile_policy, diagnose
from guardrail.runtime.host import host_of, vocabulary

HEAD = "edition 1\npolicy p\n  on error treat as violation\n"
QUIET = Options(disabled=frozenset({"G703"}))


def codes(text, options=QUIET, head=HEAD):
    source = Source("p.guard", head + text)
    return [each.diagnostic.code for each in lint_file(source, options=options)]


def test_opinions_wait_for_errors_to_go():
    text = 'list l ["a", "a"]\nrule r on output when text contains any {} then flag'
    assert codes(text.format("m")) == ["G102"]
    assert codes(text.format("l")) == ["G406"]


def test_loading_a_policy_gives_no_opinions():
    text = 'list l ["a", "a"]\nrule r on output require not text contains any l then flag'
    source = Source("p.guard", HEAD + text)
    assert diagnose(source)[1] == []
    assert compile_policy(source).name == "p"


def test_expired_exception_is_an_error_and_loads():
    text = 'rule r on output when text contains "a" unless text contains "b" until 2020-01-01 then flag'
    source = Source("p.guard", HEAD + text)
    (found,) = lint_file(source, options=QUIET)
    assert (found.diagnostic.code, found.diagnostic.level) == ("G301", "error")
    assert compile_policy(source).rules[0].unless is None


def test_filtered_reply_stands_beside_the_opinions():
    text = """reply bye "Bye."
reply no "Stop it."
rule r on output require not text contains "stop it" then block with bye
rule s on output when text contains "x" then replace with no
"""
    assert codes(text) == ["G501", "G752"]


def test_findings_come_in_the_order_of_files_and_places(tmp_path):
    (tmp_path / "b.txt").write_text("x\nx\n")
    text = """list l ["a", "a"]
list m from file "b.txt"
rule r on output require not text contains any l then flag
rule s on output require not text contains any m then flag
"""
    source = Source(str(tmp_path / "a.guard"), HEAD + text)
    found = [each.diagnostic for each in lint_file(source, options=QUIET)]
    assert [(Path(each.source.name).name, each.code) for each in found] == [
        ("a.guard", "G406"),
        ("a.guard", "G752"),
        ("a.guard", "G752"),
        ("b.txt", "G406"),
    ]


def test_policy_that_was_inspected_already_is_not_read_again():
    source = Source(
        "p.guard", HEAD + 'list l ["a", "a"]\nrule r on output when text contains any l then flag'
    )
    inspection = inspect(source, vocabulary(), today=date(2026, 1, 1))
    assert [each.diagnostic.code for each in lint_policy(inspection, options=QUIET)] == ["G406"]


def test_policy_with_mistakes_gets_no_opinions():
    inspection = inspect(Source("p.guard", "edition 1"), vocabulary())
    assert lint_policy(inspection) == []


def test_host_detectors_are_known_to_the_linter():
    text = HEAD + "detector d = odd()\nrule r on output when d found then flag"
    host = host_of({"odd": ("spans", lambda text: [])})
    found = lint_file(Source("p.guard", text), host, QUIET)
    assert found == []
    assert {each.diagnostic.code for each in lint_file(Source("p.guard", text))} == {"G111"}


# ---------------------------------------------------------------- suppressions

TWICE = """rule r on output
  require not text contains "x"
  unless not not text contains "y"
  then flag
"""
ALLOW = "# guardrail: allow[double-negation] because of the handbook"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (TWICE, 2),
        (f"{ALLOW}\n{TWICE}", 0),
        (f"{ALLOW}\n\n# more words\n\n{TWICE}", 0),
        (TWICE.replace("output", f"output {ALLOW}", 1), 0),
        (TWICE.replace('"x"', f'"x" {ALLOW}'), 1),
        (TWICE.replace("  unless", f"  {ALLOW}\n  unless"), 1),
        (TWICE.replace("  unless", f"  {ALLOW}\n  # more words\n\n  unless"), 1),
        (f"{ALLOW.replace('double-negation', 'G752')}\n{TWICE}", 0),
        (f"{ALLOW.replace('double-negation', 'g752, G406')}\n{TWICE}", 0),
        (f"{ALLOW.replace('double-negation', 'G406')}\n{TWICE}", 2),
        (f"{ALLOW.replace('because', 'for')}\n{TWICE}", 2),
        (f"{ALLOW.replace('double-negation', 'G752, G999')}\n{TWICE}", 2),
        (f'{ALLOW}\nprinciple p1 "x"\n{TWICE}', 2),
        (f"{TWICE}{ALLOW}", 2),
        (f"{TWICE.rstrip()} {ALLOW}", 2),
        (TWICE.replace("require", f"require {ALLOW}\n   "), 1),
        (TWICE.replace(' "x"', f'\n {ALLOW}\n "x"'), 1),
        (TWICE.replace('"x"', f'"x"\n or text contains "z" {ALLOW}'), 1),
        (TWICE.replace('"y"', f'"y"\n until 2999-01-01 {ALLOW}'), 1),
        (TWICE.replace('text contains "y"', f'(text contains "y"\n) {ALLOW}'), 1),
        (f"{' '.join(TWICE.split())} {ALLOW}", 0),
        (f'{ALLOW}\nprinciple p2 "x"\n{TWICE}', 2),
        (f'{TWICE}test "t" given output "x" expect allow {ALLOW}', 2),
    ],
)
def test_comment_allows_its_declaration_or_its_clause(text, left):
    assert codes(text).count("G752") == left
    formatted = format_policy(Source("p.guard", HEAD + text))
    assert codes(formatted.removeprefix("edition 1\n"), head="edition 1\n").count("G752") == left


def test_comment_in_a_list_allows_for_the_whole_list():
    text = """list l ["a",
  "a", # guardrail: allow[duplicate-entry] because of the audit
  "b",
  "b"]
rule r on output when text contains any l then flag"""
    assert "G406" not in codes(text)


def test_comment_in_an_imported_part_speaks_of_that_part(tmp_path):
    (tmp_path / "part.guard").write_text(f"edition 1\n{ALLOW}\n{TWICE}")
    text = HEAD + 'import "part.guard" as part\n' + TWICE
    found = lint_file(Source(str(tmp_path / "p.guard"), text), options=QUIET)
    places = [
        (each.diagnostic.source.name.rpartition("/")[2], each.diagnostic.code) for each in found
    ]
    assert [place for place in places if place[1] == "G752"] == [("p.guard", "G752")] * 2


def test_comment_cannot_allow_what_the_compiler_says():
    text = f'{ALLOW.replace("double-negation", "unused-declaration")}\nlist l ["a"]'
    assert sorted(codes(text)) == ["G110", "G302", "G709"]


# ---------------------------------------------------------------- options


def test_options_take_codes_and_names():
    options = options_of(["missing-owner", "g705"], ["untested-rule"])
    assert (options.enabled, options.disabled) == ({"G704", "G705"}, {"G703"})


def test_opt_in_rules_run_only_where_enabled():
    text = 'rule r on output when text contains "x" then flag'
    assert codes(text) == []
    options = Options(frozenset({"G704", "G705", "G707"}), frozenset({"G703"}))
    assert codes(text, options) == ["G704", "G705", "G707"]


@pytest.mark.parametrize(
    ("enable", "disable", "words"),
    [
        (["missing-owners"], [], "did you mean `missing-owner`?"),
        ([], ["quite-another-thing"], "there is no lint rule `quite-another-thing`"),
        (["G501"], [], "is the compiler's"),
        (["G704"], ["G704"], "both name `missing-owner`"),
    ],
)
def test_options_that_mean_nothing_are_refused(enable, disable, words):
    with pytest.raises(SettingsError) as caught:
        options_of(enable, disable)
    assert words in str(caught.value)
