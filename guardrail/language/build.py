"""From the parser's tree to the syntax tree: one method for each rule and alias of the grammar.

What the grammar lets through and the language does not is said here: clauses that are missing or
stand twice, `and` mixed with `or`, actions that do not join, names that are taken, escapes and
dates that mean nothing. Building goes on after each, so that one run reports them all.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import TYPE_CHECKING, Any, Final, cast

from guardrail.language import nodes, shape, strings
from guardrail.language.diagnostics import Diagnostic, Label
from guardrail.language.source import Range
from guardrail.values import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lark import Token, Tree

    from guardrail.language.source import Source

_WORDS: Final = {
    "budget_ms": "budget",
    "each_sentence": "each sentence",
    "evaluate_all": "evaluate all",
    "except_": "except",
    "on_error": "on error",
}
"""How clauses are spelt whose grammar rule is named otherwise."""


def build(
    source: Source, trees: Iterable[tuple[int, Tree[Token]]]
) -> tuple[nodes.File, list[Diagnostic]]:
    """Return the file that `trees` make, each with the offset its text starts at, and mistakes."""
    items: list[nodes.Item] = []
    diagnostics: list[Diagnostic] = []
    for base, tree in trees:
        builder = _Builder(source, base)
        items += builder.build(tree)
        diagnostics += builder.diagnostics
    span = Range(0, len(source.text))
    return nodes.File(span=span, edition=1, items=tuple(items)), diagnostics


class _Builder:
    """Turns one tree into nodes and collects what is wrong with it."""

    def __init__(self, source: Source, base: int) -> None:
        self.source = source
        self.base = base
        self.diagnostics: list[Diagnostic] = []

    def build(self, child: Any) -> Any:
        """Return what one child of a tree stands for."""
        if isinstance(child, str):
            return getattr(self, cast("Token", child).type)(child)
        return getattr(self, child.data)(child)

    def all(self, children: Iterable[Any]) -> tuple[Any, ...]:
        """Return what several children stand for."""
        return tuple(self.build(child) for child in children)

    def optional(self, tree: Tree[Token]) -> Any:
        """Return what the only child stands for, None if there is none."""
        return self.build(tree.children[0]) if tree.children else None

    def span(self, child: Any) -> Range:
        """Return where a child stands in the source."""
        place: Any = child if isinstance(child, str) else child.meta
        return Range(self.base + place.start_pos, self.base + place.end_pos)

    def report(self, code: str, message: str, span: Range, *hints: str) -> None:
        """Note a mistake."""
        self.diagnostics.append(Diagnostic(code, message, self.source, Label(span), (), hints))

    def declared(self, token: Any) -> nodes.Ref:
        """Return the name of a declaration."""
        name = nodes.Ref(span=self.span(token), name=str(token))
        self.diagnostics += shape.reserved(self.source, name)
        return name

    def clauses(self, trees: Iterable[Any], owner: str) -> tuple[dict[str, Any], dict[str, Range]]:
        """Return clauses by field of their node, the first of each, and where they stand."""
        values: dict[str, Any] = {}
        parts: list[tuple[str, Range]] = []
        for tree in trees:
            field, value = str(tree.data), self.build(tree)
            if field == "meta":
                values["meta"] = (*values.get("meta", ()), value)
                continue
            values.setdefault(field, value)
            words = _WORDS.get(field, field)
            parts.append((words, shape.keyword(self.source, self.span(tree), words)))
        self.diagnostics += shape.repeated(self.source, owner, parts)
        return values, dict(reversed(parts))

    # ------------------------------------------------------------ files

    def start(self, tree: Tree[Token]) -> tuple[nodes.Item, ...]:
        return self.all(tree.children[1:])

    def fragment(self, tree: Tree[Token]) -> tuple[nodes.Item, ...]:
        return self.all(tree.children)

    # ------------------------------------------------------------ words

    def STRING(self, token: Token) -> nodes.Text:  # noqa: N802 - named as in the grammar
        span = self.span(token)
        value, wrong = strings.unescape(token[1:-1])
        for bad in wrong:
            start = span.start + 1
            place = Range(start + bad.start, start + bad.end)
            self.report("G005", bad.message, place, bad.help)
        return nodes.Text(span=span, value=value)

    def NUMBER(self, token: Token) -> nodes.Number:  # noqa: N802 - named as in the grammar
        value = float(token)
        if not math.isfinite(value):
            self.report("G007", "this number is too large", self.span(token))
        return nodes.Number(span=self.span(token), value=value)

    def NAME(self, token: Token) -> nodes.Ref:  # noqa: N802 - named as in the grammar
        return nodes.Ref(span=self.span(token), name=str(token))

    def DATE(self, token: Token) -> nodes.Text:  # noqa: N802 - named as in the grammar
        try:
            dt.date.fromisoformat(token)
        except ValueError:
            self.report(
                "G015",
                f"`{token}` is not a day of the calendar",
                self.span(token),
                "a date is written year-month-day, as in `2027-01-31`",
            )
        return nodes.Text(span=self.span(token), value=str(token))

    def ref(self, tree: Tree[Token]) -> nodes.Ref:
        return nodes.Ref(span=self.span(tree), name=".".join(map(str, tree.children)))

    def word(self, tree: Tree[Token]) -> str:
        return str(tree.children[0])

    side = given_side = subject = treat = level = verdict = word

    def only(self, tree: Tree[Token]) -> Any:
        return self.build(tree.children[0])

    def flagged(self, _tree: Tree[Token]) -> bool:
        return True

    # ------------------------------------------------------------ declarations

    def policy(self, tree: Tree[Token]) -> nodes.Policy:
        name, *rest = tree.children
        title = self.build(rest.pop(0)) if rest and isinstance(rest[0], str) else None
        values, _ = self.clauses(rest, f"policy `{name}`")
        return nodes.Policy(span=self.span(tree), name=self.declared(name), title=title, **values)

    owner = version = fallback = budget_ms = only
    evaluate_all = flagged

    def on_error(self, tree: Tree[Token]) -> nodes.OnError:
        treat, *reason = self.all(tree.children)
        return nodes.OnError(
            span=self.span(tree), treat=treat, reason=reason[0] if reason else None
        )

    def import_(self, tree: Tree[Token]) -> nodes.Import:
        path, name = tree.children
        return nodes.Import(span=self.span(tree), path=self.build(path), name=self.declared(name))

    def principle(self, tree: Tree[Token]) -> nodes.Principle:
        name, text = tree.children
        return nodes.Principle(
            span=self.span(tree), name=self.declared(name), text=self.build(text)
        )

    def list_inline(self, tree: Tree[Token]) -> nodes.ListNode:
        name, *entries = tree.children
        return nodes.ListNode(
            span=self.span(tree),
            name=self.declared(name),
            entries=self.all(entries),
            file=None,
        )

    def list_file(self, tree: Tree[Token]) -> nodes.ListNode:
        name, file = tree.children
        return nodes.ListNode(
            span=self.span(tree), name=self.declared(name), entries=None, file=self.build(file)
        )

    def pattern(self, tree: Tree[Token]) -> nodes.PatternNode:
        name, regex = cast("list[Token]", tree.children)
        source, _, flags = str(regex[1:]).rpartition("/")
        start = self.span(regex).start + 1
        return nodes.PatternNode(
            span=self.span(tree),
            name=self.declared(name),
            source=re.sub(r"\\(.)", lambda m: "/" if m[1] == "/" else m[0], source),
            flags=flags,
            source_span=Range(start, start + len(source)),
        )

    def reply(self, tree: Tree[Token]) -> nodes.Reply:
        name, text = tree.children
        return nodes.Reply(span=self.span(tree), name=self.declared(name), text=self.build(text))

    def detector(self, tree: Tree[Token]) -> nodes.Detector:
        name, call = tree.children
        return nodes.Detector(span=self.span(tree), name=self.declared(name), call=self.build(call))

    def rewriter(self, tree: Tree[Token]) -> nodes.Rewriter:
        name, call = tree.children
        return nodes.Rewriter(span=self.span(tree), name=self.declared(name), call=self.build(call))

    def call(self, tree: Tree[Token]) -> nodes.Call:
        kind, *arguments = self.all(tree.children)
        return nodes.Call(span=self.span(tree), kind=kind, arguments=tuple(arguments))

    def named(self, tree: Tree[Token]) -> nodes.Argument:
        name, value = tree.children
        return nodes.Argument(span=self.span(tree), name=str(name), value=self.build(value))

    def positional(self, tree: Tree[Token]) -> nodes.Argument:
        return nodes.Argument(span=self.span(tree), name=None, value=self.build(tree.children[0]))

    def many(self, tree: Tree[Token]) -> nodes.Many:
        return nodes.Many(span=self.span(tree), items=self.all(tree.children))

    # ------------------------------------------------------------ rules

    def rule(self, tree: Tree[Token]) -> nodes.Rule:
        name, side, *clauses = tree.children
        values, places = self.clauses(clauses, f"rule `{name}`")
        rule = nodes.Rule(
            span=self.span(tree), name=self.declared(name), on=self.build(side), **values
        )
        self.diagnostics += shape.rule_conditions(self.source, rule, places)
        return rule

    late = each_sentence = flagged
    when = require = message = only

    def severity(self, tree: Tree[Token]) -> Severity:
        return Severity[self.build(tree.children[0]).upper()]

    def enforces(self, tree: Tree[Token]) -> tuple[nodes.Ref, ...]:
        return self.all(tree.children)

    except_ = enforces

    def unless(self, tree: Tree[Token]) -> nodes.Unless:
        condition, *rest = tree.children
        tail = {cast("Token", token).type: self.build(token) for token in rest}
        return nodes.Unless(
            span=self.span(tree),
            condition=self.build(condition),
            reason=tail.get("STRING"),
            until=tail.get("DATE"),
        )

    def meta(self, tree: Tree[Token]) -> nodes.Meta:
        key, value = tree.children
        return nodes.Meta(span=self.span(tree), key=str(key), value=self.build(value))

    def then(self, tree: Tree[Token]) -> tuple[nodes.ActionNode, ...]:
        actions = self.all(tree.children)
        self.diagnostics += shape.joined(self.source, actions)
        return actions

    def redact(self, tree: Tree[Token]) -> nodes.Redact:
        return nodes.Redact(span=self.span(tree), template=self.optional(tree))

    def append(self, tree: Tree[Token]) -> nodes.Append:
        return nodes.Append(span=self.span(tree), reply=self.only(tree))

    def rewrite(self, tree: Tree[Token]) -> nodes.Rewrite:
        return nodes.Rewrite(span=self.span(tree), rewriter=self.only(tree))

    def replace(self, tree: Tree[Token]) -> nodes.Replace:
        return nodes.Replace(span=self.span(tree), reply=self.only(tree))

    def block(self, tree: Tree[Token]) -> nodes.Block:
        return nodes.Block(span=self.span(tree), reply=self.optional(tree))

    def flag(self, tree: Tree[Token]) -> nodes.Flag:
        return nodes.Flag(span=self.span(tree))

    def escalate(self, tree: Tree[Token]) -> nodes.Escalate:
        return nodes.Escalate(span=self.span(tree), queue=self.only(tree))

    # ------------------------------------------------------------ conditions

    def chain(self, tree: Tree[Token]) -> nodes.Expr:
        operands, joiners = tree.children[::2], cast("list[Token]", tree.children[1::2])
        self.diagnostics += shape.mixed(
            self.source,
            [self.span(operand) for operand in operands],
            [(str(joiner), self.span(joiner)) for joiner in joiners],
        )
        join = nodes.And if joiners[0].type == "AND" else nodes.Or
        return join(span=self.span(tree), items=self.all(operands))

    group = only

    def not_(self, tree: Tree[Token]) -> nodes.Not:
        return nodes.Not(span=self.span(tree), item=self.only(tree))

    def contains_any(self, tree: Tree[Token]) -> nodes.Contains:
        subject, what = self.all(tree.children)
        return nodes.Contains(span=self.span(tree), subject=subject, mode="any", what=what)

    def contains_all(self, tree: Tree[Token]) -> nodes.Contains:
        subject, what = self.all(tree.children)
        return nodes.Contains(span=self.span(tree), subject=subject, mode="all", what=what)

    def contains_phrase(self, tree: Tree[Token]) -> nodes.Contains:
        subject, what = self.all(tree.children)
        return nodes.Contains(span=self.span(tree), subject=subject, mode="phrase", what=what)

    def matches(self, tree: Tree[Token]) -> nodes.Matches:
        subject, pattern, *exactly = tree.children
        return nodes.Matches(
            span=self.span(tree),
            subject=self.build(subject),
            pattern=self.build(pattern),
            exactly=bool(exactly),
        )

    def found(self, tree: Tree[Token]) -> nodes.Found:
        detector, *least = self.all(tree.children)
        return nodes.Found(
            span=self.span(tree), detector=detector, at_least=least[0] if least else None
        )

    def compare(self, tree: Tree[Token]) -> nodes.Compare:
        detector, operator, number = tree.children
        return nodes.Compare(
            span=self.span(tree),
            detector=self.build(detector),
            operator=cast("nodes.Operator", str(operator)),
            number=self.build(number),
        )

    def is_(self, tree: Tree[Token]) -> nodes.Is:
        detector, label = self.all(tree.children)
        return nodes.Is(span=self.span(tree), detector=detector, label=label)

    # ------------------------------------------------------------ tests

    def test_single(self, tree: Tree[Token]) -> nodes.Test:
        title, *children = tree.children
        owner, span, parts = f"test {title}", self.span(tree), self.parts(children)
        self.diagnostics += shape.steps(self.source, owner, parts)
        self.diagnostics += shape.expectation(self.source, owner, self.span(title), parts)
        case = _case(span, parts)
        return nodes.Test(
            span=span, title=self.build(title), shared=(), cases=(case,), is_table=False
        )

    def test_table(self, tree: Tree[Token]) -> nodes.Test:
        title, *children = cast("list[Tree[Token]]", tree.children)
        owner = f"test {title}"
        rows = [child for child in children if child.data == "case"]
        shared = self.parts(child for child in children if child.data != "case")
        self.diagnostics += shape.steps(self.source, owner, shared)
        cases = self.all(rows)
        for case in cases:
            parts = (*case.given, *case.stubs, *case.expects)
            self.diagnostics += shape.steps(self.source, f"a case of {owner}", parts, shared)
        return nodes.Test(
            span=self.span(tree),
            title=self.build(title),
            shared=cast("tuple[nodes.Given | nodes.Stub, ...]", shared),
            cases=cases,
            is_table=True,
        )

    def case(self, tree: Tree[Token]) -> nodes.Case:
        return _case(self.span(tree), self.parts(tree.children))

    def given(self, tree: Tree[Token]) -> nodes.Given:
        side, text = self.all(tree.children)
        return nodes.Given(span=self.span(tree), side=side, text=text)

    def with_(self, tree: Tree[Token]) -> tuple[nodes.Stub, ...]:
        return self.all(tree.children)

    def stub(self, tree: Tree[Token]) -> nodes.Stub:
        detector, value = self.all(tree.children)
        return nodes.Stub(span=self.span(tree), detector=detector, value=value)

    def stub_error(self, _tree: Tree[Token]) -> str:
        return "error"

    def stub_findings(self, tree: Tree[Token]) -> tuple[nodes.FoundValue, ...]:
        return self.all(tree.children)

    def found_value(self, tree: Tree[Token]) -> nodes.FoundValue:
        text, *kind = tree.children
        return nodes.FoundValue(
            span=self.span(tree), text=self.build(text), type=str(kind[0]) if kind else None
        )

    def expect_action(self, tree: Tree[Token]) -> nodes.Expect:
        action, *by = self.all(tree.children)
        return nodes.Expect(span=self.span(tree), action=action, by=tuple(by), output=None)

    def expect_output(self, tree: Tree[Token]) -> nodes.Expect:
        return nodes.Expect(span=self.span(tree), action=None, by=(), output=self.only(tree))

    def parts(self, trees: Iterable[Any]) -> tuple[shape.Step, ...]:
        """Return setup and expectations in one row: a `with` clause holds several stubs."""
        flat: list[shape.Step] = []
        for built in self.all(trees):
            flat += built if isinstance(built, tuple) else (built,)
        return tuple(flat)


def _case(span: Range, parts: Iterable[shape.Step]) -> nodes.Case:
    parts = tuple(parts)
    return nodes.Case(
        span=span,
        given=tuple(part for part in parts if isinstance(part, nodes.Given)),
        stubs=tuple(part for part in parts if isinstance(part, nodes.Stub)),
        expects=tuple(part for part in parts if isinstance(part, nodes.Expect)),
    )
