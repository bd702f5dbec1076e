"""What an author allows: `# guardrail: allow[shadowed-rule] because the audit asks for it`.

A comment on a line of its own speaks of the declaration that comes next, or else of the next line;
one behind something, of its line, and of the whole declaration if that begins there.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
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
    ends = {comment.span.start: comment.span.end for comment in every}
    starts = [item.span.start for item in tree.items]
    return tuple(
        _suppression(source, comment, _target(source, tree, starts, ends, comment))
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


def _target(
    source: Source,
    tree: nodes.File,
    starts: Sequence[int],
    ends: Mapping[int, int],
    comment: Comment,
) -> Range:
    """Return what a comment speaks of.

    `starts` are the places of the items, `ends` those where comments end, by where they start.
    """
    text, at = source.text, comment.span.end
    if not comment.is_own_line:
        line = _line(source, comment.span.start)
        index = bisect_left(starts, line.start)
        if index < len(starts) and starts[index] < line.end:
            return Range(line.start, max(tree.items[index].span.end, line.end))
        return line
    while at < len(text) and (text[at].isspace() or at in ends):
        at = ends.get(at, at + 1)
    index = bisect_left(starts, at)
    if index < len(starts) and starts[index] == at:
        return tree.items[index].span
    return _line(source, min(at, len(text) - 1))


def _line(source: Source, at: int) -> Range:
    """Return the line that holds an offset."""
    start = source.text.rfind("\n", 0, at) + 1
    end = source.text.find("\n", at)
    return Range(start, len(source.text) if end < 0 else end)
