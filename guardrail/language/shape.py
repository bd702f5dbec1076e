"""What the grammar lets through and the language does not.

Clauses stand once and the needed ones stand; `and` and `or` do not mix; actions join only where
that has a meaning. Each function looks at one construct and returns what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from guardrail.language import nodes
from guardrail.language.diagnostics import Diagnostic, Label
from guardrail.language.source import Range, Source
from guardrail.language.words import RESERVED

_GAP_OR_STRING: Final = re.compile(r'("(?:[^"\\\n]|\\.)*")|(?:\s|#[^\n]*)+')

_LONGEST_READING: Final = 1000

_IN_ONE_CLAUSE: Final = {
    "when": "join the conditions with `and` or `or`",
    "require": "join the conditions with `and` or `or`",
    "unless": "join the conditions with `or`",
    "then": "join the actions with `and`, as in `then redact and append reply`",
    "enforces": "name all principles in one clause, as in `enforces first, second`",
    "except": "name all lists and patterns in one clause, as in `except first, second`",
    "given output": "keep one of them; after `cases` each case ends with its own `expect`",
    "given input": "keep one of them; after `cases` each case ends with its own `expect`",
}


Step: TypeAlias = nodes.Given | nodes.Stub | nodes.Expect
"""What a test is made of."""


def repeated(
    source: Source,
    owner: str,
    parts: Iterable[tuple[str, Range]],
    before: Iterable[tuple[str, Range]] = (),
) -> list[Diagnostic]:
    """Report every part (by its words and place) that stands again in `owner`, or in `before`."""
    first = dict(before)
    found = []
    for words, span in parts:
        if words not in first:
            first[words] = span
            continue
        found.append(
            Diagnostic(
                "G010",
                f"`{words}` stands more than once in {owner}",
                source,
                Label(span, "again here"),
                (Label(first[words], "first here"),),
                (_IN_ONE_CLAUSE.get(words, "keep one of them"),),
            )
        )
    return found


def keyword(source: Source, span: Range, words: str) -> Range:
    """Return where the leading `words` of a construct stand, or only the first of them."""
    spaced = re.compile(r"[ \t]+".join(words.split()))
    match = spaced.match(source.text, span.start) or re.compile(r"\w+").match(
        source.text, span.start
    )
    return Range(span.start, match.end() if match else span.end)


def rule_conditions(
    source: Source, rule: nodes.Rule, places: dict[str, Range]
) -> Iterator[Diagnostic]:
    """Report a rule without condition or action, and one with both kinds of condition."""
    if "when" in places and "require" in places:
        first, second = sorted((places["when"], places["require"]))
        yield Diagnostic(
            "G011",
            f"rule `{rule.name.name}` has both `when` and `require`",
            source,
            Label(second, "a second condition"),
            (Label(first, "the first one"),),
            ("`require E` means `when not (E)`: write both as one condition",),
        )
    lacks, hints = [], []
    if "when" not in places and "require" not in places:
        lacks.append("condition")
        hints.append("add `when …` or `require …`")
    if "then" not in places:
        lacks.append("`then`")
        hints.append("add `then block`, or another action")
    if lacks:
        message = f"rule `{rule.name.name}` has no {' and no '.join(lacks)}"
        yield Diagnostic("G009", message, source, Label(rule.name.span), (), tuple(hints))


def reserved(source: Source, name: nodes.Ref) -> list[Diagnostic]:
    """Report a declared name that the language keeps for itself."""
    if name.name not in RESERVED:
        return []
    message = f"`{name.name}` is a word of the language and cannot be a name"
    help_ = f"choose another name, for example `my_{name.name}`"
    return [Diagnostic("G014", message, source, Label(name.span, "reserved"), (), (help_,))]


# ---------------------------------------------------------------- conditions


def mixed(
    source: Source, operands: Sequence[Range], joiners: Sequence[tuple[str, Range]]
) -> list[Diagnostic]:
    """Report `and` mixed with `or`; the two readings become the two help lines."""
    first_word = joiners[0][0]
    other = next((index for index, (word, _) in enumerate(joiners) if word != first_word), None)
    if other is None:
        return []
    texts = [_one_line(source.text[span.start : span.end]) for span in operands]
    words = [word for word, _ in joiners]
    readings = [_grouped(texts, words, tight) for tight in (first_word, words[other])]
    if max(map(len, readings)) > _LONGEST_READING:
        readings = ["put parentheses around what belongs together"]
    return [
        Diagnostic(
            "G012",
            "`and` and `or` need parentheses when mixed",
            source,
            Label(joiners[other][1], "which group did you mean?"),
            (Label(joiners[other - 1][1]),),
            tuple(readings),
        )
    ]


def _grouped(texts: Sequence[str], words: Sequence[str], tight: str) -> str:
    """Return the chain with parentheses around what `tight` joins."""
    groups = [[texts[0]]]
    for word, text in zip(words, texts[1:], strict=True):
        if word == tight:
            groups[-1].append(text)
        else:
            groups.append([text])
    loose = "and" if tight == "or" else "or"
    return f" {loose} ".join(
        f"({f' {tight} '.join(group)})" if len(group) > 1 else group[0] for group in groups
    )


def _one_line(text: str) -> str:
    """Return a piece of source without comments and line breaks; strings stay as they are."""
    return _GAP_OR_STRING.sub(lambda match: match[1] or " ", text).strip()


# ---------------------------------------------------------------- actions


def joined(source: Source, actions: Sequence[nodes.ActionNode]) -> list[Diagnostic]:
    """Report the first action that cannot be joined with one before it."""
    for index, action in enumerate(actions):
        for before in actions[:index]:
            one, other = _word(before), _word(action)
            if one == other:
                message = f"`{other}` can be joined only once"
            elif "escalate" in (one, other) or {one, other} == {"redact", "append"}:
                continue
            else:
                message = f"`{other}` cannot be joined with `{one}`"
            return [
                Diagnostic(
                    "G013",
                    message,
                    source,
                    Label(keyword(source, action.span, other)),
                    (Label(keyword(source, before.span, one)),),
                    ("`and` joins `redact` with `append`, and `escalate` with anything",),
                )
            ]
    return []


def _word(action: nodes.ActionNode) -> str:
    return type(action).__name__.lower()


# ---------------------------------------------------------------- tests


def steps(
    source: Source, owner: str, parts: Iterable[Step], shared: Iterable[Step] = ()
) -> list[Diagnostic]:
    """Report what a test gives, stubs or expects twice; `shared` counts as said before."""
    return repeated(
        source,
        owner,
        [_step(source, part) for part in parts],
        [_step(source, part) for part in shared],
    )


def _step(source: Source, part: Step) -> tuple[str, Range]:
    if isinstance(part, nodes.Stub):
        return f"with {part.detector.name}", part.detector.span
    if isinstance(part, nodes.Given):
        words = f"given {part.side}"
    else:
        words = "expect ACTION" if part.output is None else "expect output"
    return words, keyword(source, part.span, words)


def expectation(
    source: Source, owner: str, title: Range, parts: Iterable[Step]
) -> list[Diagnostic]:
    """Report a test that expects nothing."""
    if any(isinstance(part, nodes.Expect) for part in parts):
        return []
    hint = 'add `expect ACTION`, perhaps `by RULE`, or `expect output "…"`'
    return [Diagnostic("G009", f"{owner} has no `expect`", source, Label(title), (), (hint,))]
