"""What a policy author can be told: one catalogue of stable codes, and the diagnostic itself.

Codes go by hundreds: 0 syntax, 1 names and files, 2 types, 3 logic, 4 text and patterns, 5 safety,
6 performance, 7 documentation and style. The first three belong to the compiler, the others to
the linter, but for a few that the compiler must refuse. A code has one meaning for ever; each has
a page, the compiler's in `guardrail/language/codes/`, that of a lint rule in its docstring.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from guardrail.language.source import Range, Source

Level: TypeAlias = Literal["error", "warning"]

_FIRST_OPINION: Final = "G300"
_REFUSED: Final = frozenset({"G401", "G402", "G403", "G404", "G405", "G408", "G501"})
"""The compiler's codes beyond those hundreds."""


@dataclass(frozen=True, slots=True)
class Label:
    """A marked stretch of source; the primary one is drawn with `^`, others with `-`."""

    span: Range
    text: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake, in the author's words."""

    code: str
    message: str
    source: Source
    primary: Label
    others: tuple[Label, ...] = ()
    help: tuple[str, ...] = ()

    @property
    def level(self) -> Level:
        """`error` or `warning`, fixed by the code."""
        return CATALOGUE[self.code].level


@dataclass(frozen=True, slots=True)
class Code:
    """An entry of the catalogue: a stable code and its kebab name, read as "allow `name`"."""

    code: str
    name: str
    level: Level = "error"

    @property
    def is_opinion(self) -> bool:
        """Whether the linter says it, so that it can be allowed; the compiler's cannot."""
        return self.code >= _FIRST_OPINION and self.code not in _REFUSED


CATALOGUE: Final[dict[str, Code]] = {
    entry.code: entry
    for entry in (
        # 0 syntax
        Code("G001", "unknown-edition"),
        Code("G002", "unexpected-token"),
        Code("G003", "unterminated-string"),
        Code("G004", "smart-quote"),
        Code("G005", "bad-escape"),
        Code("G006", "unterminated-pattern"),
        Code("G007", "bad-number"),
        Code("G008", "bad-character"),
        Code("G009", "missing-clause"),
        Code("G010", "repeated-clause"),
        Code("G011", "when-and-require"),
        Code("G012", "mixed-and-or"),
        Code("G013", "action-combination"),
        Code("G014", "reserved-word"),
        Code("G015", "bad-date"),
        Code("G016", "too-deep"),
        # 1 names and files
        Code("G101", "duplicate-name"),
        Code("G102", "undefined-name"),
        Code("G103", "wrong-kind-of-name"),
        Code("G104", "policy-block-count"),
        Code("G105", "unreadable-file"),
        Code("G106", "not-utf8"),
        Code("G107", "import-cycle"),
        Code("G108", "outside-root"),
        Code("G109", "unused-import", "warning"),
        Code("G110", "unused-declaration", "warning"),
        Code("G111", "unknown-kind"),
        Code("G112", "unknown-argument"),
        Code("G113", "missing-argument"),
        Code("G114", "argument-value"),
        Code("G115", "unknown-entity"),
        Code("G116", "unknown-model"),
        Code("G117", "unavailable-feature"),
        Code("G118", "file-too-large"),
        # 2 types
        Code("G201", "except-without-findings"),
        Code("G202", "found-without-spans"),
        Code("G203", "compare-without-number"),
        Code("G204", "is-without-label"),
        Code("G205", "threshold-range"),
        Code("G206", "redact-without-findings"),
        Code("G207", "action-on-input"),
        Code("G208", "prompt-on-input"),
        Code("G209", "late-action"),
        Code("G210", "except-under-negation"),
        Code("G211", "template-placeholder"),
        Code("G212", "stub-type"),
        Code("G213", "missing-on-error"),
        Code("G214", "pass-without-reason"),
        Code("G215", "count-range"),
        Code("G216", "test-setup"),
        Code("G217", "hash-without-key"),
        Code("G218", "unknown-label"),
        # 3 logic
        Code("G301", "expired-exception"),
        Code("G302", "no-rules", "warning"),
        Code("G303", "shadowed-rule", "warning"),
        Code("G304", "always-fires", "warning"),
        Code("G305", "never-fires", "warning"),
        Code("G306", "conflicting-replies", "warning"),
        Code("G307", "cancelled-rule", "warning"),
        Code("G308", "idle-exception", "warning"),
        Code("G309", "redundant-condition", "warning"),
        Code("G310", "threshold-direction", "warning"),
        # 4 text and patterns
        Code("G401", "exponential-pattern"),
        Code("G402", "invalid-pattern"),
        Code("G403", "nonlinear-pattern"),
        Code("G404", "matches-empty"),
        Code("G405", "empty-list"),
        Code("G406", "duplicate-entry", "warning"),
        Code("G407", "covered-entry", "warning"),
        Code("G408", "entry-folds-to-nothing"),
        # 5 safety
        Code("G501", "filtered-reply"),
        Code("G502", "mixed-script", "warning"),
        Code("G503", "hidden-character", "warning"),
        Code("G504", "active-template", "warning"),
        # 6 performance
        Code("G601", "huge-hold", "warning"),
        Code("G602", "idle-detector", "warning"),
        # 7 documentation and style
        Code("G701", "unenforced-principle", "warning"),
        Code("G702", "untested-principle", "warning"),
        Code("G703", "untested-rule", "warning"),
        Code("G704", "missing-owner", "warning"),
        Code("G705", "missing-tag", "warning"),
        Code("G706", "unknown-tag", "warning"),
        Code("G707", "rule-without-principle", "warning"),
        Code("G708", "unused-suppression", "warning"),
        Code("G709", "bad-suppression", "warning"),
        Code("G751", "literal-pattern", "warning"),
        Code("G752", "double-negation", "warning"),
    )
}
