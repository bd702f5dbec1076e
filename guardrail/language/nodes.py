"""The syntax tree of one policy file: what was written, before any name is looked up.

Every node carries the `span` it was written in; spans do not count in comparisons, so two files
that say the same compare equal whatever their layout.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from guardrail.language.source import Range
from guardrail.values import Severity, Treat

Subject: TypeAlias = Literal["text", "prompt"]
Operator: TypeAlias = Literal[">=", "<=", ">", "<"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Anything that stands somewhere in a policy file."""

    span: Range = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Ref(Node):
    """A name, with at most one dot: `pii` or `privacy.emails`."""

    name: str


@dataclass(frozen=True, slots=True)
class Text(Node):
    """A string, with its escapes resolved."""

    value: str


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A number as a value of an argument or a stub."""

    value: float


@dataclass(frozen=True, slots=True)
class Many(Node):
    """A bracketed list of values."""

    items: tuple[Value, ...]


Value: TypeAlias = Ref | Text | Number | Many


@dataclass(frozen=True, slots=True)
class Argument(Node):
    """One argument of a call; `name` is None where none was given."""

    name: str | None
    value: Value


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`kind(arg: value, …)`."""

    kind: Ref
    arguments: tuple[Argument, ...]


# ---------------------------------------------------------------- conditions


@dataclass(frozen=True, slots=True)
class And(Node):
    """All of two or more."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    """Any of two or more."""

    items: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    """The opposite of one."""

    item: Expr


@dataclass(frozen=True, slots=True)
class Contains(Node):
    """`text contains any LIST`, `text contains all LIST` or `text contains "phrase"`."""

    subject: Subject
    mode: Literal["any", "all", "phrase"]
    what: Ref | Text


@dataclass(frozen=True, slots=True)
class Matches(Node):
    """`text matches PATTERN`, with `exactly` on the plain text only."""

    subject: Subject
    pattern: Ref
    exactly: bool


@dataclass(frozen=True, slots=True)
class Found(Node):
    """`DETECTOR found`, or `found at least N times`; `at_least` is None without the clause."""

    detector: Ref
    at_least: Number | None


@dataclass(frozen=True, slots=True)
class Compare(Node):
    """`DETECTOR >= NUMBER`."""

    detector: Ref
    operator: Operator
    number: Number


@dataclass(frozen=True, slots=True)
class Is(Node):
    """`DETECTOR is "label"`."""

    detector: Ref
    label: Text


Atom: TypeAlias = Contains | Matches | Found | Compare | Is
Expr: TypeAlias = And | Or | Not | Atom


# ---------------------------------------------------------------- actions


@dataclass(frozen=True, slots=True)
class Redact(Node):
    """`redact as "…"`; `template` is None for the plain `redact`."""

    template: Text | None


@dataclass(frozen=True, slots=True)
class Append(Node):
    """`append REPLY`."""

    reply: Ref


@dataclass(frozen=True, slots=True)
class Rewrite(Node):
    """`rewrite using REWRITER`."""

    rewriter: Ref


@dataclass(frozen=True, slots=True)
class Replace(Node):
    """`replace with REPLY`."""

    reply: Ref


@dataclass(frozen=True, slots=True)
class Block(Node):
    """`block`, perhaps `with REPLY`."""

    reply: Ref | None


@dataclass(frozen=True, slots=True)
class Flag(Node):
    """`flag`."""


@dataclass(frozen=True, slots=True)
class Escalate(Node):
    """`escalate to "queue"`."""

    queue: Text


ActionNode: TypeAlias = Redact | Append | Rewrite | Replace | Block | Flag | Escalate


# ---------------------------------------------------------------- clauses and items


@dataclass(frozen=True, slots=True)
class OnError(Node):
    """`on error treat as violation|flag|pass`, perhaps with a reason."""

    treat: Treat
    reason: Text | None


@dataclass(frozen=True, slots=True)
class Unless(Node):
    """`unless E`, perhaps with a reason and a last day (`until`, as written)."""

    condition: Expr
    reason: Text | None
    until: Text | None


@dataclass(frozen=True, slots=True)
class Meta(Node):
    """`meta key "value"`."""

    key: str
    value: Text


@dataclass(frozen=True, slots=True)
class Policy(Node):
    """The `policy` block; `name_span` is where the name stands."""

    name: Ref
    title: Text | None = None
    owner: Text | None = None
    version: Text | None = None
    on_error: OnError | None = None
    fallback: Ref | None = None
    budget_ms: Number | None = None
    evaluate_all: bool = False


@dataclass(frozen=True, slots=True)
class Import(Node):
    """`import "path" as alias`."""

    path: Text
    name: Ref


@dataclass(frozen=True, slots=True)
class Principle(Node):
    """`principle name "text"`."""

    name: Ref
    text: Text


@dataclass(frozen=True, slots=True)
class ListNode(Node):
    """A list, inline (`entries`) or from a file (`file`); exactly one of the two is set."""

    name: Ref
    entries: tuple[Text, ...] | None
    file: Text | None


@dataclass(frozen=True, slots=True)
class PatternNode(Node):
    r"""`pattern name = /source/flags`; `source` has `\/` already turned into `/`.

    `source_span` covers what stands between the slashes.
    """

    name: Ref
    source: str
    flags: str
    source_span: Range = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Detector(Node):
    """`detector name = kind(…)`."""

    name: Ref
    call: Call


@dataclass(frozen=True, slots=True)
class Reply(Node):
    """`reply name "text"`."""

    name: Ref
    text: Text


@dataclass(frozen=True, slots=True)
class Rewriter(Node):
    """`rewriter name = kind(…)`."""

    name: Ref
    call: Call


@dataclass(frozen=True, slots=True)
class Rule(Node):
    """A rule. Exactly one of `when` and `require` is set once the file has been built."""

    name: Ref
    on: Literal["output", "input", "both"]
    late: bool = False
    each_sentence: bool = False
    severity: Severity | None = None
    enforces: tuple[Ref, ...] = ()
    when: Expr | None = None
    require: Expr | None = None
    unless: Unless | None = None
    except_: tuple[Ref, ...] = ()
    then: tuple[ActionNode, ...] = ()
    message: Text | None = None
    meta: tuple[Meta, ...] = ()
    on_error: OnError | None = None


# ---------------------------------------------------------------- tests


@dataclass(frozen=True, slots=True)
class Given(Node):
    """`given output "…"` or `given input "…"`."""

    side: Literal["output", "input"]
    text: Text


@dataclass(frozen=True, slots=True)
class FoundValue(Node):
    """One stubbed finding: `"text" as TYPE`."""

    text: Text
    type: str | None


StubValue: TypeAlias = Number | Text | tuple[FoundValue, ...] | Literal["error"]


@dataclass(frozen=True, slots=True)
class Stub(Node):
    """`with detector = value`."""

    detector: Ref
    value: StubValue


@dataclass(frozen=True, slots=True)
class Expect(Node):
    """`expect ACTION by rule, …` (`action` set) or `expect output "…"` (`output` set)."""

    action: str | None
    by: tuple[Ref, ...]
    output: Text | None


@dataclass(frozen=True, slots=True)
class Case(Node):
    """One row of a test: what is given, what is stubbed, what is expected."""

    given: tuple[Given, ...]
    stubs: tuple[Stub, ...]
    expects: tuple[Expect, ...]


@dataclass(frozen=True, slots=True)
class Test(Node):
    """A `test` block. Without `cases` it has one case and `shared` is empty.

    With `cases`, `shared` holds what stands before the word, and each case repeats it no more.
    """

    title: Text
    shared: tuple[Given | Stub, ...]
    cases: tuple[Case, ...]
    is_table: bool


Item: TypeAlias = (
    Policy | Import | Principle | ListNode | PatternNode | Detector | Reply | Rewriter | Rule | Test
)


@dataclass(frozen=True, slots=True)
class File(Node):
    """A policy file: its edition and its items, in the order they were written."""

    edition: int
    items: tuple[Item, ...]
