"""The order of things: from facts to the blocks of a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from guardrail.coverage import RuleCoverage, Share
from guardrail.doc.blocks import (
    Badge,
    Block,
    Bullets,
    Code,
    Heading,
    Line,
    Link,
    Matrix,
    Paragraph,
    Quote,
    Strong,
    Table,
    Tone,
    joined,
    line,
    listed,
)
from guardrail.doc.facts import Facts, Part, Principle, Shown, Status
from guardrail.doc.resources import resources
from guardrail.doc.words import Words, applies_to, treatment
from guardrail.language import nodes
from guardrail.language.checked import CheckedRule
from guardrail.plan.lower import strongest

_TONES: Final[dict[Status, Tone]] = {"passed": "good", "failed": "bad", "not run": "open"}
_SEVERITIES: Final[dict[str, Tone]] = {
    "low": "low",
    "medium": "medium",
    "high": "high",
    "critical": "critical",
}
_LONGEST: Final = 200
_MOST_CASES: Final = 20
_MOST_MARKS: Final = 40


def page(facts: Facts) -> list[Block]:
    """Return the blocks of a policy's page, in order."""
    return list(_Page(facts, Words(facts.policy)).blocks())


@dataclass(frozen=True, slots=True)
class _Page:
    facts: Facts
    words: Words

    def blocks(self) -> Iterator[Block]:
        yield from self._head()
        yield from self._overview()
        for part in self.facts.parts:
            yield from self._part(part)
        yield from self._failing()
        yield from resources(self.facts, self.words)
        yield from self._quiet_tests()

    # ------------------------------------------------------------ the top

    def _head(self) -> Iterator[Block]:
        policy = self.facts.policy
        yield Heading(1, line(policy.title or policy.name))
        rows: list[tuple[Line, ...]] = [
            (line("Policy"), line(Code(policy.name), f" {policy.version or ''}".rstrip())),
            (line("Owner"), line(policy.owner or "not named")),
            (line("File"), line(Code(policy.source.name))),
            (line("Digest"), line(Code(policy.digest))),
            (line("Tests"), self._tested()),
        ]
        if self.facts.coverage is not None:
            shares = self.facts.coverage.shares.items()
            covered = listed(
                [line(f"{_share(share)} {thing}") for thing, share in shares if share.total]
            )
            rows.append((line("Covered by tests"), covered))
        yield Table("Policy", (), tuple(rows))
        if self.facts.obstacle is not None:
            text = f"The tests could not run here: {self.facts.obstacle}."
            yield Paragraph(line(text), is_notice=True)

    def _tested(self) -> Line:
        counts = dict.fromkeys(_TONES, 0)
        for test in self.facts.tests:
            counts[test.status] += 1
        if not self.facts.tests:
            return line("none")
        return listed([line(f"{n} {status}") for status, n in counts.items() if n])

    def _overview(self) -> Iterator[Block]:
        parts = self.facts.parts
        rows = [
            (
                line(principle.text),
                _links(principle.rules),
                self._shown(part, principle),
            )
            for part in parts
            for principle in part.principles
        ]
        yield Heading(2, line("At a glance"))
        if rows:
            head = ("principle", "rules that enforce it", "shown by tests")
            yield Table("Principles and their rules", head, tuple(rows))
        else:
            yield Paragraph(line("The policy states no principles."))
        yield from self._matrix()

    def _shown(self, part: Part, principle: Principle) -> Line:
        """Say how many cases fire a rule of a principle, and whether all of them passed."""
        if not principle.rules:
            return line(Badge("no rule", "open"))
        names = [rule.name for rule in principle.rules]
        cases = [test for test in self.facts.tests if any(test.shows(name) for name in names)]
        if not cases:
            return line(Badge("no test", "open")) if part.is_own else line("in its own file")
        worst = min(cases, key=lambda test: ("failed", "not run", "passed").index(test.status))
        return line(f"{_count(len(cases), 'case')} ", _badge(worst.status))

    def _matrix(self) -> Iterator[Block]:
        principles = [each for part in self.facts.parts for each in part.principles]
        rules = [rule for part in self.facts.parts for rule in part.rules]
        if not principles or len(rules) > _MOST_MARKS or len(principles) > _MOST_MARKS:
            return
        marks = {
            (row, column): (
                strongest(rule.actions).word,
                self._is_fired(rule),
            )
            for row, principle in enumerate(principles)
            for column, rule in enumerate(rules)
            if principle.name in rule.principles
        }
        names = tuple(rule.name for rule in rules)
        yield Matrix(tuple(each.text for each in principles), names, marks)

    def _is_fired(self, rule: CheckedRule) -> bool:
        """Whether a test fires a rule, and not only by an error."""
        covered = self.facts.covered(rule)
        if covered is not None:
            return covered.fired > 0
        return any(rule.name in test.fired for test in self.facts.tests)

    # ------------------------------------------------------------ principles and rules

    def _part(self, part: Part) -> Iterator[Block]:
        if part.alias:
            title = line("Imported: ", part.title or part.alias)
            yield Heading(2, title)
            yield Paragraph(
                line("From ", Code(part.file), ", known here as ", Code(part.alias), ".")
            )
            if not part.is_own:
                yield Paragraph(line("Its own tests stand in that file."))
        elif part.principles:
            yield Heading(2, line("Principles"))
        told: dict[str, Principle] = {}
        for principle in part.principles:
            yield Heading(3, line(principle.text), f"principle-{principle.name}")
            yield from self._principle(principle, told)
        if part.others:
            without = all(not rule.principles for rule in part.others)
            words = "Rules without a principle" if without else "Further rules"
            yield Heading(3 if part.alias else 2, line(words))
            for rule in part.others:
                yield from self._rule(rule)

    def _principle(self, principle: Principle, told: dict[str, Principle]) -> Iterator[Block]:
        if not principle.rules:
            notice = line("No rule enforces ", Code(principle.name), ".")
            yield Paragraph(notice, is_notice=True)
        for rule in principle.rules:
            if rule.name in told:
                above = Code(told[rule.name].name)
                yield Paragraph(
                    line("Also enforced by ", _link(rule), ", told above under ", above, ".")
                )
                continue
            told[rule.name] = principle
            yield from self._rule(rule)

    def _rule(self, rule: CheckedRule) -> Iterator[Block]:
        node = self.facts.written[rule.name]
        severity = rule.severity.word
        yield Heading(
            4,
            line(Code(rule.name), " ", Badge(f"severity {severity}", _SEVERITIES[severity])),
            _anchor(rule),
        )
        yield Bullets(tuple(self._clauses(rule, node)))
        covered = self.facts.covered(rule)
        if covered is not None:
            yield Paragraph(_tried(covered))
        cases = [test for test in self.facts.tests if test.shows(rule.name)]
        if cases:
            yield from _cases(f"Tests of {rule.name}", cases)

    def _clauses(self, rule: CheckedRule, node: nodes.Rule) -> Iterator[Line]:
        yield line(Strong("Looks at"), f" {applies_to(rule)}.")
        word = "Requires that" if rule.is_requirement else "When"
        yield line(Strong(word), " ", self.words.condition(rule), ".")
        then = "Otherwise" if rule.is_requirement else "Then"
        yield line(Strong(then), " ", self.words.actions(rule), ".")
        if node.unless is not None:
            yield self._unless(rule, node.unless)
        if excepted := self.words.excepted(rule):
            yield line(Strong("Except"), " ", excepted, ".")
        if rule.message is not None:
            yield line(Strong("Message"), " ", Quote(rule.message))
        if node.on_error is not None:
            reason = _reason(node.on_error.reason)
            yield line(Strong("If a detector fails"), f" {treatment(rule.on_error)}", reason, ".")
        if rule.is_late:
            yield line(Strong("Late"), " in a stream, text may be shown before this rule decides.")
        if rule.meta:
            tags = [
                line(*([] if key == "tag" else [f"{key} "]), Code(value))
                for key, value in rule.meta
            ]
            yield line(Strong("Tags"), " ", joined(tags))

    def _unless(self, rule: CheckedRule, node: nodes.Unless) -> Line:
        until = f", until {node.until.value}" if node.until else ""
        if rule.unless is None:
            ended = f"an exception ended on {node.until.value if node.until else 'its last day'}"
            return line(Strong("Unless"), f" (no longer: {ended})")
        said = self.words.unless(rule)
        return line(Strong("Unless"), " ", said, until, _reason(node.reason), ".")

    # ------------------------------------------------------------ the rest

    def _failing(self) -> Iterator[Block]:
        policy = self.facts.policy
        yield Heading(2, line("When something fails"))
        reason = f" (reason: {self.facts.on_error_reason})" if self.facts.on_error_reason else ""
        lines = [
            line(f"If a detector fails, {treatment(policy.on_error)}{reason}; a rule may differ."),
            line("Where no other reply is named, this is sent: ", self.words.sent(None), "."),
        ]
        if policy.budget_ms is not None:
            lines.append(
                line(
                    f"Detectors may take {policy.budget_ms:g} ms for each text; then those that "
                    "have not answered count as failed."
                )
            )
        yield Bullets(tuple(lines))

    def _quiet_tests(self) -> Iterator[Block]:
        """Yield the cases that no rule's table holds: what must pass."""
        rules = [rule.name for rule in self.facts.policy.rules]
        quiet = [test for test in self.facts.tests if not any(map(test.shows, rules))]
        if quiet:
            yield Heading(2, line("Tests in which no rule fires"))
            yield from _cases("Tests in which no rule fires", quiet)


# ---------------------------------------------------------------- small parts


def _anchor(rule: CheckedRule) -> str:
    return f"rule-{rule.name}"


def _link(rule: CheckedRule) -> Link:
    return Link(rule.name, _anchor(rule))


def _links(rules: tuple[CheckedRule, ...]) -> Line:
    return joined([line(_link(rule)) for rule in rules])


def _badge(status: Status) -> Badge:
    return Badge(status, _TONES[status])


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing if number == 1 else thing + 's'}"


def _share(share: Share) -> str:
    return f"{share.covered:,} of {share.total:,}"


def _reason(reason: nodes.Text | None) -> Line:
    return () if reason is None else line(" (reason: ", Quote(reason.value), ")")


def _tried(rule: RuleCoverage) -> Line:
    """Say how tests have tried a rule, and what they have not seen of it."""
    if not rule.evaluated:
        return line(Badge("not tested", "open"), " no test evaluates this rule.")
    fire = "1 case fires it" if rule.fired == 1 else f"{rule.fired:,} cases fire it"
    tried = f"{fire}, {rule.silent:,} {'leaves' if rule.silent == 1 else 'leave'} it silent."
    gaps = [
        line(Code(clause.kind), f" (line {clause.line}): {', '.join(clause.missing)}")
        for clause in rule.gaps
    ]
    return line(tried, line(" Not tested: ", listed(gaps), ".") if gaps else ())


def _cases(title: str, cases: list[Shown]) -> Iterator[Block]:
    rows = tuple(_case(test) for test in cases[:_MOST_CASES])
    yield Table(title, ("test", "given", "expected", ""), rows)
    if len(cases) > _MOST_CASES:
        yield Paragraph(line(f"And {_count(len(cases) - _MOST_CASES, 'more case')}."))


def _case(test: Shown) -> tuple[Line, ...]:
    row = f", row {test.row}" if test.row is not None else ""
    return (
        line(f"{test.title}{row}"),
        _given(test),
        listed(
            [_expected(expect.action, expect.by, expect.output) for expect in test.case.expects]
        ),
        line(_badge(test.status)),
    )


def _given(test: Shown) -> Line:
    case = test.case
    parts: list[Line] = []
    if case.output is not None:
        parts.append(line(Quote(_short(case.output))))
        if case.input is not None:
            parts.append(line("as an answer to ", Quote(_short(case.input))))
    else:
        parts.append(line("the user writes ", Quote(_short(case.input or ""))))
    parts += [line(Code(name), f" {_stub(value)}") for name, value in case.stubs.items()]
    return joined(parts)


def _stub(value: object) -> str:
    match value:
        case None:
            return "fails"
        case str():
            return f"says {value}"
        case float() | int():
            return f"= {value:g}"
        case ():
            return "finds nothing"
        case _:
            return "finds something"


def _expected(action: str | None, by: tuple[str, ...], output: str | None) -> Line:
    if output is not None:
        return line("the user sees ", Quote(_short(output)))
    if not by:
        return line(Strong(action or ""))
    return line(Strong(action or ""), " by ", listed([line(Code(rule)) for rule in by]))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
