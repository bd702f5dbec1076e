from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from guardrail.errors import PolicyError
from guardrail.language import checked
from guardrail.language.checked import Actions, ListRef, StubFinding
from guardrail.language.diagnostics import CATALOGUE
from guardrail.language.load import diagnose, load
from guardrail.language.render import render_all
from guardrail.language.source import Source
from guardrail.values import Severity

CASES = Path(__file__).parent.parent / "cases" / "check"
NAMES = sorted(folder.name for folder in CASES.iterdir())
TODAY = date(2026, 6, 1)

HEAD = "edition 1 policy p on error treat as violation\n"


@pytest.mark.parametrize("name", NAMES)
def test_mistakes_read_as_expected(name, vocabulary, golden, monkeypatch):
    monkeypatch.chdir(CASES / name)
    try:
        load("policy.guard", vocabulary, today=TODAY)
        _, diagnostics = diagnose("policy.guard", vocabulary, today=TODAY)
    except PolicyError as error:
        diagnostics = list(error.diagnostics)
    code = name.partition("-")[0]
    assert code not in CATALOGUE or {found.code for found in diagnostics} == {code}
    golden(CASES / name / "expected.txt", render_all(diagnostics))


def test_every_code_of_the_checker_has_a_case():
    elsewhere = {"G117", "G118"}
    mine = {code for code, entry in CATALOGUE.items() if code[1] in "124" and not entry.is_opinion}
    assert mine - elsewhere <= {name.partition("-")[0] for name in NAMES}


@pytest.fixture
def policy_of(vocabulary):
    def policy_of(text: str) -> checked.CheckedPolicy:
        return load(Source("p.guard", HEAD + text), vocabulary, today=TODAY)

    return policy_of


@pytest.fixture
def codes_of(vocabulary):
    def codes_of(text: str) -> list[str]:
        source = Source("p.guard", HEAD + text)
        return [found.code for found in diagnose(source, vocabulary, today=TODAY)[1]]

    return codes_of


def test_conditions_are_bound(policy_of):
    policy = policy_of("""
list words ["alpha"]  pattern host = /corp/
detector pii = pii()  detector tone = classifier(model: "guard-mini", label: polite)
detector lang = language()
rule r on output
  require (text contains any words and not prompt matches host exactly)
    or pii found at least 3 times or tone < 0.5 or lang is "en" or text contains "a phrase"
  then flag
""")
    (rule,) = policy.rules
    assert rule.is_requirement
    assert rule.condition == checked.Any(
        (
            checked.All(
                (
                    checked.Contains("text", "any", "words"),
                    checked.Negated(checked.Matches("prompt", "host", exactly=True)),
                )
            ),
            checked.Found("pii", 3),
            checked.Compare("tone", "<", 0.5),
            checked.Is("lang", "en"),
            checked.Contains("text", "phrase", "a phrase"),
        )
    )


def test_rule_gets_its_defaults(policy_of):
    (rule,) = policy_of('rule r on output when text contains "a" then flag').rules
    assert (rule.severity, rule.on_error, rule.actions) == (
        Severity.MEDIUM,
        "violation",
        Actions(),
    )
    assert rule.unless is None
    assert not rule.is_late


def test_rule_keeps_what_it_says(policy_of):
    policy = policy_of("""
principle privacy "No personal data"
list ours ["1"]  pattern mine = /m+/  detector pii = pii()
rule r on output each sentence severity high
  enforces privacy  when pii found  except ours, mine
  unless prompt contains "x" reason "why" until 2026-06-01
  then redact as "{type}" and escalate to "team"
  message "hidden"  meta ticket "A-1"  meta owner "ann"
  on error treat as pass reason "known"
""")
    (rule,) = policy.rules
    assert rule.principles == ("privacy",)
    assert (rule.except_lists, rule.except_patterns) == (("ours",), ("mine",))
    assert rule.unless == checked.Contains("prompt", "phrase", "x")
    assert rule.actions == Actions(redact="{type}", escalate="team")
    assert (rule.message, rule.meta) == ("hidden", (("ticket", "A-1"), ("owner", "ann")))
    assert (rule.on_error, rule.is_each_sentence) == ("pass", True)


def test_plain_redact_and_block_have_their_marks(policy_of):
    policy = policy_of("""
reply no "No."  detector pii = pii()
rule cut on output when pii found then redact
rule stop on output when pii found then block
rule tell on output when pii found then block with no
""")
    actions = {rule.name: rule.actions for rule in policy.rules}
    assert actions["cut"] == Actions(redact="[{type}]")
    assert actions["stop"] == Actions(block="")
    assert actions["tell"] == Actions(block="no")


@pytest.mark.parametrize(
    ("template", "needs_key"), [("{type}", False), ("{hash}", True), ("hash", False)]
)
def test_keyed_hash_needs_a_key(vocabulary, template, needs_key):
    text = f'detector pii = pii() rule r on output when pii found then redact as "{template}"'
    policy, _ = diagnose(Source("p.guard", HEAD + text), vocabulary)
    assert policy.needs_hash_key == needs_key


def test_arguments_are_bound(policy_of):
    policy = policy_of("""
list tokens ["c-1"]  reply no "No."
detector pii = pii(entities: [PERSON, "LOCATION"], min_score: 0.5, region: [US, DE])
detector hate = classifier(model: "guard-mini", label: hate)
detector canary = canary(tokens)
detector links = links(allow: ["example.com", "example.org"])
detector host = host_check(words: tokens, limit: 3, mode: strict)
rewriter plain = regenerate(otherwise: no)
rewriter soft = soften(attempts: 2, otherwise: no, tone: warm)
rule r on output
  when pii found or hate > 0.5 or canary found or links found or host found
  then rewrite using plain
rule s on output when pii found then rewrite using soft
""")
    arguments = {name: detector.arguments for name, detector in policy.detectors.items()}
    assert arguments == {
        "pii": {"entities": ("PERSON", "LOCATION"), "min_score": 0.5, "region": ("US", "DE")},
        "hate": {"model": "guard-mini", "label": "hate"},
        "canary": {"tokens": ListRef("tokens")},
        "links": {"allow": ListRef("links.allow")},
        "host": {"words": ListRef("tokens"), "limit": 3.0, "mode": "strict"},
    }
    assert policy.lists["links.allow"].entries == ("example.com", "example.org")
    assert policy.detectors["pii"].missing == "needs a language model"
    assert policy.rewriters["plain"].attempts == 1
    assert policy.rewriters["soft"].otherwise == "no"
    assert policy.rewriters["soft"].arguments == {"tone": "warm"}


@pytest.mark.parametrize(
    ("condition", "gives"),
    [
        ("host found", "spans"),
        ("host >= 0.5 or host < 1", "score"),
        ("host >= 0.5 or host < 3", "number"),
        ("host >= 0 and host < 1", "number"),
        ('host is "x"', "label"),
        ('text contains "x"', "score"),
    ],
)
def test_use_tells_what_a_host_detector_gives(policy_of, condition, gives):
    policy = policy_of(f"detector host = host_check() rule r on output when {condition} then flag")
    assert policy.detectors["host"].gives == gives


def test_imported_rules_come_with_their_own_names_and_errors(vocabulary, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("base.guard").write_text("""edition 1
policy base on error treat as flag fallback no
import "deep.guard" as deep
list terms ["a"]  reply no "No."
rule r on output when text contains any terms and deep.hate > 0.5 then block with no
test "runs in its own file" given output "x" expect allow by nothing_here
""")
    Path("deep.guard").write_text("""edition 1
detector hate = classifier(model: "guard-mini", label: hate)
rule r on input when hate > 0.5 then block
""")
    text = 'import "base.guard" as base reply bye "Bye."'
    head = "edition 1 policy p on error treat as pass fallback bye budget 20 ms evaluate all "
    policy = load(Source("p.guard", head + text), vocabulary)
    assert [(rule.name, rule.on_error) for rule in policy.rules] == [
        ("base.r", "flag"),
        ("base.deep.r", "violation"),
    ]
    assert policy.rules[0].condition == checked.All(
        (checked.Contains("text", "any", "base.terms"), checked.Compare("base.deep.hate", ">", 0.5))
    )
    assert policy.rules[0].actions.block == "base.no"
    assert (policy.on_error, policy.fallback, policy.budget_ms) == ("pass", "bye", 20)
    assert policy.evaluate_all
    assert policy.tests == ()


def test_shared_setup_of_a_test_is_merged_into_its_cases(policy_of):
    policy = policy_of("""
detector pii = pii()  detector hate = classifier(model: "guard-mini", label: hate)
rule r on output when pii found or hate > 0.5 then flag
test "table"
  given input "asked" with hate = error
  cases
    given output "one" with pii = ["Ann" as PERSON, "Bob"] expect flag by r
    given output "two" with pii = [] expect output "two" expect allow
""")
    first, second = policy.tests[0].cases
    assert (first.input, first.output, second.output) == ("asked", "one", "two")
    assert first.stubs == {
        "hate": None,
        "pii": (StubFinding("Ann", "PERSON"), StubFinding("Bob", None)),
    }
    assert second.stubs == {"hate": None, "pii": ()}
    assert [(found.action, found.by, found.output) for found in first.expects] == [
        ("flag", ("r",), None)
    ]
    assert [(found.action, found.output) for found in second.expects] == [
        (None, "two"),
        ("allow", None),
    ]


@pytest.mark.parametrize(
    ("condition", "ok"),
    [
        ("when pii found", True),
        ("when pii found and hate > 0.5", True),
        ("when hate > 0.5 and (pii found or text contains any terms)", True),
        ("when pii found or hate > 0.5", False),
        ("when not pii found", False),
        ("when not not pii found", True),
        ("require not pii found", True),
        ("require hate < 0.5 or not pii found", True),
        ("require hate < 0.5 and not pii found", False),
        ("require not (pii found or hate > 0.5)", False),
        ("when prompt contains any terms", False),
        ("when pii found at least 3 times or text matches host", True),
    ],
)
def test_redact_needs_a_finding_in_every_way_to_fire(codes_of, condition, ok):
    text = f"""
list terms ["alpha"] pattern host = /corp/ detector pii = pii()
detector hate = classifier(model: "guard-mini", label: hate)
rule r on output {condition} then redact"""
    assert ("G206" not in codes_of(text)) == ok


def test_errors_hide_unused_names(codes_of):
    assert codes_of('list a ["x"] rule r on output when b found then flag') == ["G102"]


def test_name_that_is_taken_is_told_once(codes_of):
    text = 'list a ["x"] detector a = language() rule r on output when a is "en" then flag'
    assert codes_of(text) == ["G101"]


def test_wrong_type_does_not_ask_for_findings_too(codes_of):
    text = 'list a ["x"] detector b = language() rule r on output when b > 1 except a then redact'
    assert codes_of(text) == ["G203"]


def test_name_of_the_policy_is_no_name(codes_of):
    assert codes_of('rule p on output when text contains "a" then flag') == []


def test_same_mistake_in_a_file_with_two_aliases_is_told_once(vocabulary, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("base.guard").write_text("edition 1\nlist none []\n")
    text = 'import "base.guard" as a import "base.guard" as b'
    _, found = diagnose(Source("p.guard", HEAD + text), vocabulary)
    assert [(mistake.code, mistake.source.name) for mistake in found] == [("G405", "base.guard")]
