"""What is known of a policy: its rules as written, how its tests ended, what they cover."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from guardrail.coverage import Coverage, RuleCoverage, coverage
from guardrail.errors import MissingExtraError, PolicyError
from guardrail.language import nodes
from guardrail.language.checked import CheckedCase, CheckedExpect, CheckedPolicy, CheckedRule
from guardrail.language.diagnostics import CATALOGUE
from guardrail.language.load import inspect
from guardrail.language.resolve import Module, Program
from guardrail.runtime.compile import PolicyPath
from guardrail.runtime.host import Host, vocabulary
from guardrail.testing import TestResult, run_cases

Status: TypeAlias = Literal["passed", "failed", "not run"]


@dataclass(frozen=True, slots=True)
class Shown:
    """One case of a test, whether or not it could be run."""

    title: str
    row: int | None
    line: int
    case: CheckedCase
    status: Status
    fired: frozenset[str]
    named: frozenset[str]

    def shows(self, rule: str) -> bool:
        """Whether the case fires a rule, or says that it should."""
        return rule in self.fired or rule in self.named


@dataclass(frozen=True, slots=True)
class Principle:
    """A principle, and the rules that enforce it."""

    name: str
    text: str
    rules: tuple[CheckedRule, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a policy that declares principles or rules; the root has no alias.

    `is_own` is false of a file that is a policy of its own: its tests stand there.
    """

    alias: str
    file: str
    title: str | None
    is_own: bool
    principles: tuple[Principle, ...]
    others: tuple[CheckedRule, ...]

    @property
    def rules(self) -> tuple[CheckedRule, ...]:
        """Its rules, each once, in the order of their principles."""
        cited = [rule for principle in self.principles for rule in principle.rules]
        return tuple(dict.fromkeys([*cited, *self.others]))


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a page says; `obstacle` says why the tests could not run here.

    `foreign` are the aliases of imported files that are policies of their own.
    """

    policy: CheckedPolicy
    parts: tuple[Part, ...]
    foreign: frozenset[str]
    written: dict[str, nodes.Rule]
    list_files: dict[str, str]
    on_error_reason: str | None
    tests: tuple[Shown, ...]
    coverage: Coverage | None
    obstacle: str | None

    def covered(self, rule: CheckedRule) -> RuleCoverage | None:
        """Return what tests have tried of a rule that is the policy's own."""
        rules = self.coverage.rules if self.coverage else ()
        return next((each for each in rules if each.name == rule.name), None)


def facts(path: PolicyPath, host: Host | None = None) -> Facts:
    """Return what is known of a policy; its tests are run if they can be run here.

    Raises:
        PolicyError: the policy has errors.
    """
    found = inspect(path, vocabulary(host))
    is_wrong = any(
        each.level == "error" and not CATALOGUE[each.code].is_opinion for each in found.diagnostics
    )
    if found.policy is None or found.program is None or is_wrong:
        raise PolicyError(found.diagnostics)
    policy, program = found.policy, found.program
    results, obstacle = _results(policy, host)
    return Facts(
        policy=policy,
        parts=tuple(_parts(policy, program)),
        foreign=frozenset(
            prefix for module, prefix in program.prefixes.items() if prefix and _block(module)
        ),
        written=_written(program),
        list_files=_list_files(program),
        on_error_reason=_reason(program.root),
        tests=tuple(_shown(policy, results)),
        coverage=None if results is None else coverage(policy, results, program=program),
        obstacle=obstacle,
    )


def _results(
    policy: CheckedPolicy, host: Host | None
) -> tuple[list[TestResult] | None, str | None]:
    """Run the tests, or say why they cannot run here."""
    try:
        return run_cases(policy, host), None
    except MissingExtraError as error:
        return None, error.message


# ---------------------------------------------------------------- tests


def _shown(policy: CheckedPolicy, results: Sequence[TestResult] | None) -> Iterator[Shown]:
    if results is not None:
        for result in results:
            status: Status = "passed" if result.passed else "failed"
            case = result.case
            yield Shown(
                result.title,
                result.row,
                result.line,
                case,
                status,
                result.rules_fired,
                _named(case.expects),
            )
        return
    for test in policy.tests:
        for number, case in enumerate(test.cases, start=1):
            row = number if len(test.cases) > 1 else None
            line = case.place.source.position(case.place.span.start)[0]
            yield Shown(test.title, row, line, case, "not run", frozenset(), _named(case.expects))


def _named(expects: Sequence[CheckedExpect]) -> frozenset[str]:
    return frozenset(rule for expect in expects for rule in expect.by)


# ---------------------------------------------------------------- files


def _qualified(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def _parts(policy: CheckedPolicy, program: Program) -> Iterator[Part]:
    for module, prefix in program.prefixes.items():
        rules = [rule for rule in policy.rules if rule.place.source is module.source]
        principles = [
            _qualified(prefix, item.name.name)
            for item in module.tree.items
            if isinstance(item, nodes.Principle)
        ]
        if not rules and not principles and module is not program.root:
            continue
        block = _block(module)
        yield Part(
            alias=prefix,
            file=module.source.name,
            title=block.title.value if block and block.title else None,
            is_own=module is program.root or block is None,
            principles=tuple(
                Principle(
                    name,
                    policy.principles[name],
                    tuple(rule for rule in policy.rules if name in rule.principles),
                )
                for name in principles
            ),
            others=tuple(rule for rule in rules if not set(rule.principles) & set(principles)),
        )


def _block(module: Module) -> nodes.Policy | None:
    return next((item for item in module.tree.items if isinstance(item, nodes.Policy)), None)


def _reason(root: Module) -> str | None:
    block = _block(root)
    on_error = block.on_error if block else None
    return on_error.reason.value if on_error and on_error.reason else None


def _written(program: Program) -> dict[str, nodes.Rule]:
    """Return every rule as it was written, by its qualified name."""
    return {
        _qualified(prefix, item.name.name): item
        for module, prefix in program.prefixes.items()
        for item in module.tree.items
        if isinstance(item, nodes.Rule)
    }


def _list_files(program: Program) -> dict[str, str]:
    """Return the file of each list that was read from one, by its qualified name."""
    return {
        _qualified(prefix, item.name.name): item.file.value
        for module, prefix in program.prefixes.items()
        for item in module.tree.items
        if isinstance(item, nodes.ListNode) and item.file is not None
    }
