"""What an author allows: `# guardrail: allow[shadowed-rule] because the audit asks for it`.

A comment on a line of its own speaks of what comes next: a declaration, or a clause of a rule. One
behind something speaks of the clause it stands in; outside a rule, in the head of a rule and on the
line where a rule begins, of the whole declaration. So the layout of a clause makes no difference.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from guardrail.language import nodes
from guardrail.language.comments import Comment, comments
from guardrail.language.diagnostics import CATALOGUE
from guardrail.language.names import did_you_mean
from guardrail.language.source import Range, Source

_ATTEMPT: Final = re.compile(r"#+\s*guardrail\s*(?::|allow\b)", re.IGNORECASE)
_WHOLE: Final = re.compile(r"#\s*guardrail:\s*allow\[([^\]]*)\]\s*(.*)")
_REASON: Final = re.compile(r"because\s+\S")
_WORD: Final = re.compile(r"[^,\s](?:[^,]*[^,\s])?")
_NEVER: Final = frozenset({"G708", "G709"})
_BY_NAME: Final = {entry.name: code for code, entry in CATALOGUE.items()}
_SPELLED: Final = "write `# guardrail: allow[CODE] because REASON`"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a comment allows nothing: the place, what is wrong, and what to write."""

    span: Range
    message: str
    label: str = ""
    help: str = _SPELLED


@dataclass(frozen=True, slots=True, eq=False)
class Suppression:
    """One comment: the codes that it allows, each with its place, and where.

    With a `problem` it allows nothing.
    """

    source: Source
    comment: Comment
    codes: tuple[tuple[str, Range], ...]
    target: Range
    problem: Problem | None = None

    def allows(self, code: str, source: Source, at: int) -> bool:
        """Say whether a code is allowed at a place."""
        return (
            self.problem is None
            and source is self.source
            and self.target.start <= at < self.target.end
            and any(code == allowed for allowed, _ in self.codes)
        )


def read(source: Source, tree: nodes.File) -> tuple[Suppression, ...]:
    """Return what the comments of a file allow, those that are wrong included."""
    if "guardrail" not in source.text.lower():
        return ()
    every = comments(source)
    places = _Places(source, tree, {each.span.start: each.span.end for each in every})
    return tuple(
        _suppression(source, comment, places.target(comment))
        for comment in every
        if _ATTEMPT.match(comment.text)
    )


def _suppression(source: Source, comment: Comment, target: Range) -> Suppression:
    match = _WHOLE.fullmatch(comment.text)
    if match is None:
        problem = Problem(comment.span, "this comment allows nothing", "not understood")
        return Suppression(source, comment, (), target, problem)
    start = comment.span.start + match.start(1)
    words = [
        (word[0], Range(start + word.start(), start + word.end()))
        for word in _WORD.finditer(match[1])
    ]
    codes = tuple((code, span) for word, span in words if (code := code_of(word)))
    wrong = next(_problems(comment, words, match[2]), None)
    return Suppression(source, comment, codes, target, wrong)


def _problems(comment: Comment, words: list[tuple[str, Range]], reason: str) -> Iterator[Problem]:
    if not words:
        yield Problem(comment.span, "this comment allows nothing", "no code is named")
    for word, span in words:
        code = code_of(word)
        if code is None:
            close = did_you_mean(word, frozenset(names()))
            yield Problem(span, f"there is no lint rule `{word}`", close)
        elif not CATALOGUE[code].is_opinion:
            label = "the compiler says this, and nothing can allow it"
            yield Problem(span, f"`{word}` cannot be allowed", label, "mend what it reports")
        elif code in _NEVER:
            label = "this speaks of such comments"
            yield Problem(span, f"`{word}` cannot be allowed", label, "mend the other comment")
    if not _REASON.match(reason):
        end = Range(comment.span.end - 1, comment.span.end)
        yield Problem(end, "what is allowed needs a reason", "why is this right here?")


def names() -> dict[str, str]:
    """Return the code of each lint rule by its name."""
    return {entry.name: code for code, entry in CATALOGUE.items() if entry.is_opinion}


def code_of(word: str) -> str | None:
    """Return the code that a word means: itself, or the one of that name.

    >>> code_of("g303"), code_of("shadowed-rule"), code_of("shadow")
    ('G303', 'G303', None)
    """
    if word.upper() in CATALOGUE:
        return word.upper()
    return _BY_NAME.get(word.lower())


class _Places:
    """What the comments of a file speak of; `ends` tells where each ends, by where it starts."""

    def __init__(self, source: Source, tree: nodes.File, ends: Mapping[int, int]) -> None:
        self._text = source.text
        self._items = tree.items
        self._starts = [item.span.start for item in tree.items]
        self._ends = ends

    def target(self, comment: Comment) -> Range:
        """Return what a comment speaks of; itself alone, if nothing comes next."""
        at = self._after(comment.span.end) if comment.is_own_line else comment.span.start
        number = bisect_right(self._starts, at) - 1
        if number < 0 or at >= len(self._text):
            return comment.span
        item = self._items[number]
        end = self._line_end(max(item.span.end, comment.span.end))
        if number + 1 < len(self._starts):
            end = min(end, self._starts[number + 1])
        whole = Range(min(item.span.start, comment.span.start), end)
        if not isinstance(item, nodes.Rule):
            return whole
        if not comment.is_own_line and "\n" not in self._text[item.span.start : at]:
            return whole
        starts = self._clauses(item)
        clause = bisect_right(starts, at) - 1
        if clause < 0:
            return whole
        stop = starts[clause + 1] if clause + 1 < len(starts) else end
        return Range(min(starts[clause], comment.span.start), stop)

    def _after(self, at: int) -> int:
        """Return where the next word begins."""
        text = self._text
        while at < len(text) and (text[at].isspace() or text[at] == "\ufeff" or at in self._ends):
            at = self._ends.get(at, at + 1)
        return at

    def _line_end(self, at: int) -> int:
        end = self._text.find("\n", at)
        return len(self._text) if end < 0 else end

    def _clauses(self, rule: nodes.Rule) -> list[int]:
        """Return where the clauses of a rule begin, in order."""
        starts: list[int] = []
        before = rule.name.span.end
        for span, word in sorted(_contents(rule), key=lambda each: each[0]):
            gap = self._code(before, span.start)
            starts.append(before + gap.rindex(word) if word else span.start)
            before = span.end
        return starts

    def _code(self, start: int, end: int) -> str:
        """Return a part of the text, with blanks for its comments."""
        part = self._text[start:end]
        for at in range(start, end):
            if at in self._ends:
                size = min(self._ends[at], end) - at
                part = part[: at - start] + " " * size + part[at - start + size :]
        return part


def _contents(rule: nodes.Rule) -> Iterator[tuple[Range, str]]:
    """Yield where each clause of a rule stands, and its word where the node is without it."""
    for parts, word in ((rule.enforces, "enforces"), (rule.except_, "except"), (rule.then, "then")):
        if parts:
            yield Range(parts[0].span.start, parts[-1].span.end), word
    texts = ((rule.when, "when"), (rule.require, "require"), (rule.message, "message"))
    for part, word in (*texts, *((each, "") for each in (rule.unless, rule.on_error, *rule.meta))):
        if part is not None:
            yield part.span, word
