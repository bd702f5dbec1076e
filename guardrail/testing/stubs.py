"""Fixed answers in the place of detectors, and one check with them."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from guardrail.errors import PolicyError, SettingsError
from guardrail.language.checked import CheckedPolicy, StubFinding
from guardrail.language.diagnostics import CATALOGUE
from guardrail.language.load import inspect
from guardrail.language.resolve import Program
from guardrail.runtime.build import pipeline_for
from guardrail.runtime.compile import PolicyPath, filtered_replies
from guardrail.runtime.host import Host, HostDetectors, Rewrite, host_of, vocabulary
from guardrail.stages.base import Detector
from guardrail.stages.pii import Recognizers
from guardrail.values import Failure, Outcome, Side, Span, Subject, Verdict


class Error(enum.Enum):
    """The fixed value of a detector that fails."""

    ERROR = "error"


ERROR: Final = Error.ERROR
Value: TypeAlias = float | str | Sequence[tuple[str, str | None]] | Literal[Error.ERROR]
"""A fixed answer: a number, a label, `ERROR`, or findings as (text, type), each occurrence one."""


@dataclass(frozen=True, slots=True)
class StubDetector:
    """A detector whose findings are every occurrence of fixed texts."""

    findings: tuple[StubFinding, ...]
    label: str
    gate: tuple[str, ...] = ()

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Return the occurrences in each text, overlapping ones included."""
        return [tuple(self._spans(subject.text)) for subject in subjects]

    def _spans(self, text: str) -> Iterator[Span]:
        for finding in self.findings:
            start = text.find(finding.text) if finding.text else -1
            while start >= 0:
                end = start + len(finding.text)
                yield Span(start, end, finding.type or self.label.upper())
                start = text.find(finding.text, start + 1)


def check_with(
    policy: PolicyPath,
    text: str,
    *,
    values: Mapping[str, Value] | None = None,
    on: Side = "output",
    prompt: str | None = None,
    system: str | None = None,
    detectors: HostDetectors | None = None,
    rewriters: Mapping[str, Rewrite] | None = None,
    recognizers: Recognizers | None = None,
    evaluate_all: bool = False,
) -> Verdict:
    """Check one text with fixed detector values, as a policy's own `test` blocks do.

    Detectors without a value really run if they need no model; others are not run. Budgets are
    off and nobody is asked to rewrite.

    Raises:
        PolicyError: the policy has errors.
        SettingsError: a value for a detector that the policy does not have.
        MissingExtraError: a detector that should really run needs an extra.

    >>> from guardrail.language.source import Source
    >>> text = '''edition 1
    ... policy tiny
    ...   on error treat as violation
    ... detector hate = classifier(model: "m", label: hate)
    ... rule no_hate on output
    ...   when hate >= 0.8
    ...   then block
    ... '''
    >>> check_with(Source("tiny.guard", text), "Hello", values={"hate": 0.93}).action
    'block'
    """
    host = host_of(detectors, rewriters=rewriters, recognizers=recognizers)
    checked, _ = compiled(policy, host)
    if unknown := sorted(set(values or {}) - set(checked.detectors)):
        known = ", ".join(checked.detectors) or "none"
        raise SettingsError(
            f"the policy has no detector `{unknown[0]}`", help=f"its detectors: {known}"
        )
    stubs = {name: _stub(checked, name, value) for name, value in (values or {}).items()}
    pipeline = pipeline_for(
        checked,
        on,
        stubs,
        runs_model_free=True,
        has_hash_key=True,
        evaluate_all=evaluate_all,
        host=host,
    )
    return pipeline.check(Subject(text, prompt, system))


def compiled(policy: PolicyPath, host: Host) -> tuple[CheckedPolicy, Program]:
    """Return a policy whose tests can run, and its files.

    Raises:
        PolicyError: the policy has errors, or a rule that this version cannot run.
    """
    found = inspect(policy, vocabulary(host))
    if found.policy is None or found.program is None:
        raise PolicyError(found.diagnostics)
    diagnostics = [*found.diagnostics, *filtered_replies(found.policy, host)]
    if any(each.level == "error" and not CATALOGUE[each.code].is_opinion for each in diagnostics):
        raise PolicyError(diagnostics)
    return found.policy, found.program


def _stub(policy: CheckedPolicy, name: str, value: Value) -> Outcome | Detector:
    if value is ERROR:
        return Failure("stubbed error")
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return float(value)
    findings = tuple(StubFinding(text, type_) for text, type_ in value)
    return StubDetector(findings, policy.detectors[name].label)
