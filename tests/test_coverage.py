"""What the tests of a policy have tried."""

import pytest

from guardrail import PolicyError
from guardrail.coverage import coverage
from guardrail.language.source import Source
from guardrail.testing import run_suite

POLICY = """edition 1
policy p
  on error treat as violation
principle calm "Stay calm"
principle idle "Nothing enforces this"
list bad ["swordfish", "marlin"]
list fine ["swordfish steak"]
list more ["marlin spike"]
detector hate = classifier(model: "m", label: hate)
rule words on output
  enforces calm
  when text contains any bad or hate >= 0.8
  unless prompt contains "quote"
  except fine, more
  then flag
  on error treat as flag
rule polite on output
  require text contains "please"
  then flag
"""


def covered(*cases, policy=POLICY):
    """Run cases of one test; each is a row."""
    rows = "".join(f'test "t"\n  {case}\n' for case in cases)
    run = run_suite(Source("p.guard", policy + rows))
    return coverage(run.policy, run.results, program=run.program)


def gaps(found, rule="words"):
    """Return what is missing of a rule, by clause."""
    (each,) = [each for each in found.rules if each.name == rule]
    return {clause.kind: clause.missing for clause in each.clauses if clause.missing}


def case(text, rest="", prompt=None):
    given = f'given input "{prompt}" ' if prompt else ""
    rest = rest if "expect" in rest else f"{rest} expect allow"
    return f'{given}given output "{text}" {rest}'


def test_without_tests_nothing_is_covered():
    found = covered()
    assert {name: share.covered for name, share in found.shares.items()} == {
        "rules": 0,
        "clauses": 0,
        "principles": 0,
    }
    assert gaps(found) == {
        "when": ("never true", "never false"),
        "unless": ("never granted an exception",),
        "except": ("`fine` never dropped a finding", "`more` never dropped a finding"),
        "on error": ("no test makes it fail (`with DETECTOR = error`)",),
        "then": ("never carried out",),
    }


FIRES = case("a marlin please", "with hate = 0.1 expect flag")
SILENT = case("a cat please", "with hate = 0.1")


@pytest.mark.parametrize(
    ("cases", "closed"),
    [
        ([FIRES], {"then"}),
        ([FIRES, SILENT], {"when", "then"}),
        ([case("a marlin please", "with hate = 0.1", prompt="quote")], {"unless"}),
        ([case("a cat please", "with hate = 0.1", prompt="quote")], set()),  # nothing to excuse
        ([case("a cat please", "with hate = error")], {"on error"}),
        ([case("a cat please", "with hate = error", prompt="quote")], set()),  # nothing erred
        (
            [
                case("swordfish steak please", "with hate = 0.1"),
                case("marlin spike please", "with hate = 0.1"),
            ],
            {"except"},
        ),
        ([case("swordfish steak please", "with hate = 0.1")], set()),  # one name of two
        ([case("a cat please")], set()),  # nobody answered for `hate`: not decided
    ],
)
def test_a_clause_is_covered_when_a_test_has_seen_it_decide(cases, closed):
    every = {"when", "unless", "except", "on error", "then"}
    assert every - set(gaps(covered(*cases))) == closed


def test_a_rule_is_covered_when_it_fired_and_when_it_was_seen_not_to():
    def words(*cases):
        (each,) = [each for each in covered(*cases).rules if each.name == "words"]
        return each.fired, each.silent, each.is_covered

    assert words(FIRES) == (1, 0, False)
    assert words(SILENT) == (0, 1, False)
    assert words(FIRES, SILENT) == (1, 1, True)
    assert words(case("a cat please")) == (0, 0, False)


def test_an_error_neither_fires_a_rule_nor_leaves_it_silent():
    (each, _) = covered(case("a cat please", "with hate = error expect flag")).rules
    assert (each.evaluated, each.fired, each.silent) == (1, 0, 0)


def test_a_requirement_is_seen_as_it_was_written():
    found = covered(case("a cat", "with hate = 0.1 expect flag"))
    assert gaps(found, "polite") == {"require": ("never true",)}
    found = covered(case("a cat please", "with hate = 0.1"))
    assert gaps(found, "polite") == {"require": ("never false",), "then": ("never carried out",)}


def test_atoms_are_a_detail():
    (each, _) = covered(FIRES, SILENT).rules
    assert each.atoms == ("`hate >= 0.8` was never true",)
    (each, _) = covered(case("a cat please")).rules
    assert each.atoms == (
        "`text contains any bad` was never true",
        "`hate >= 0.8` was never evaluated",
    )


def test_a_principle_is_covered_when_one_of_its_rules_fired():
    calm, idle = covered(FIRES).principles
    assert (calm.is_covered, calm.rules, calm.line) == (True, ("words",), 4)
    assert (idle.is_covered, idle.rules) == (False, ())
    calm, _ = covered(SILENT).principles
    assert not calm.is_covered


def test_lines_are_those_of_the_clauses():
    (each, _) = covered().rules
    assert (each.line, [clause.line for clause in each.clauses]) == (10, [12, 13, 14, 16, 15])


def test_a_redaction_with_half_its_findings_reaches_on_error():
    policy = (
        "edition 1\npolicy p\n  on error treat as violation\n"
        'list bad ["marlin"]\ndetector who = pii(entities: [EMAIL_ADDRESS])\n'
        "rule hide on output\n  when text contains any bad or who found\n  then redact\n"
        "  on error treat as flag\n"
    )
    half = covered(case("marlin", "with who = error expect redact"), policy=policy)
    assert "on error" not in gaps(half, "hide")
    whole = covered(case("marlin", "with who = [] expect redact"), policy=policy)
    assert "on error" in gaps(whole, "hide")


@pytest.mark.parametrize(
    ("condition", "is_counted"),
    [
        ('text contains "marlin"', False),
        ('text contains "marlin"\n  unless tone < 0.5', False),
        ('text contains "marlin"\n  except fine', False),
        ('text contains "marlin" or tone < 0.5', True),
        ("who found", True),
        ("who found\n  except fine", True),
    ],
)
def test_on_error_counts_only_where_a_detector_can_fail(condition, is_counted):
    policy = (
        "edition 1\npolicy p\n  on error treat as violation\n"
        'list fine ["a marlin"]\ndetector who = pii(entities: [EMAIL_ADDRESS])\n'
        'detector tone = classifier(model: "guard-mini", label: polite)\n'
        f"rule hide on output\n  when {condition}\n  then flag\n  on error treat as flag\n"
        "rule others on output\n  when who found or tone > 0.5 or text contains any fine\n"
        "  then flag\n"
    )
    each, _ = covered(case("cat"), policy=policy).rules
    assert ("on error" in {clause.kind for clause in each.clauses}) == is_counted


def test_rules_of_both_sides_add_up():
    policy = (
        "edition 1\npolicy p\n  on error treat as violation\n"
        'rule both on both\n  when text contains "marlin"\n  then flag\n'
    )
    found = covered('given input "marlin" expect flag', case("cat"), policy=policy)
    (each,) = found.rules
    assert (each.fired, each.silent, each.is_covered) == (1, 1, True)


HEAD = "edition 1\npolicy {}\n  on error treat as violation\n"
RULE = 'principle {0}_p "{0}"\nrule {0} on output\n  enforces {0}_p\n  when text contains "{0}"\n  then flag\n'


@pytest.fixture
def house(tmp_path):
    """A root that imports a part of itself, and a policy with tests of its own."""
    (tmp_path / "part.guard").write_text("edition 1\n" + RULE.format("marlin"))
    (tmp_path / "floor.guard").write_text(HEAD.format("floor") + RULE.format("shark"))
    root = tmp_path / "root.guard"
    root.write_text(
        HEAD.format("root")
        + 'import "part.guard" as part\nimport "floor.guard" as floor\n'
        + RULE.format("tuna")
        + 'test "t"\n  given output "a marlin and a shark"\n  expect flag by part.marlin\n'
    )
    return root


def test_files_without_a_policy_block_count_and_policies_do_not(house):
    run = run_suite(house)
    found = coverage(run.policy, run.results)  # the files are read again
    assert [each.name for each in found.rules] == ["tuna", "part.marlin"]
    assert [each.name for each in found.principles] == ["tuna_p", "part.marlin_p"]
    assert [(each.name, each.fired) for each in found.imported] == [("floor.shark", 1)]
    assert found.shares["principles"].covered == 1


def test_files_that_can_no_longer_be_read_are_said_so(house):
    run = run_suite(house)
    (house.parent / "part.guard").unlink()
    with pytest.raises(PolicyError, match=r"part\.guard"):
        coverage(run.policy, run.results)


def test_except_finds_names_behind_other_aliases(tmp_path):
    (tmp_path / "lists.guard").write_text('edition 1\nlist fine ["marlin spike"]\n')
    (tmp_path / "part.guard").write_text(
        'edition 1\nimport "lists.guard" as own\n'
        'list fine ["sea marlin"]\n'
        'rule words on output\n  when text contains "marlin"\n  except own.fine, fine\n  then flag\n'
    )
    root = tmp_path / "root.guard"
    root.write_text(
        HEAD.format("root")
        + 'import "part.guard" as part\nimport "lists.guard" as lists\n'
        + "rule r on output\n  when text contains any lists.fine\n  then flag\n"
        + 'test "t"\n  given output "a sea marlin"\n  expect allow\n'
    )
    run = run_suite(root)
    found = coverage(run.policy, run.results, program=run.program)
    (part,) = [each for each in found.rules if each.name == "part.words"]
    (gap,) = [clause for clause in part.clauses if clause.kind == "except"]
    assert gap.missing == ("`own.fine` never dropped a finding",)
