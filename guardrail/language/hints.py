"""What people write instead: malformed samples, and the words for each of them.

A sample stands for the place of its mistake: the state the parser was in and the token that could
not stand there. `syntax_help.py` parses the samples into that table, so none of them depends on
the numbering of states, and a change of the grammar that moves one shows in its test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Hint:
    """The words for one mistake.

    `{found}` in them is the token that cannot stand here, `{before}` the one before it, `{inside}`
    the word that began the declaration. `at` says which of the two tokens is marked. A sample
    counts for every token of its kind, or with `by="word"` for that very word.
    """

    message: str
    samples: tuple[str, ...]
    help: str
    code: str = "G002"
    at: Literal["found", "before"] = "found"
    by: Literal["kind", "word"] = "kind"


_RULE: Final = "rule r on output "
_WHEN: Final = _RULE + "when "
_THEN: Final = _WHEN + "d found then "

HINTS: Final[dict[str, Hint]] = {
    # ------------------------------------------------------------ declarations
    "name-first": Hint(
        "`{before}` needs a name before {found}",
        ('policy "x"', 'principle "x"', 'reply "x"', 'list ["x"]', 'rule "x"', 'list "x"'),
        "names are made of letters, digits and `_`, as in `{before} my_name`",
    ),
    "no-text": Hint(
        "`{before}` has no text",
        ("principle p", "reply p"),
        'add the text in double quotes, as in `{inside} {before} "…"`',
        at="before",
    ),
    "no-equals": Hint(
        "`=` does not belong here",
        ('principle p = "x"', 'reply p = "x"', 'list p = ["x"]', 'policy p = "x"', "rule p = x"),
        "leave it out, as in `{inside} {before} …`: patterns, detectors and rewriters take `=`",
    ),
    "pattern-equals": Hint(
        "`=` is missing after `{before}`",
        ("pattern p /x/", 'pattern p "x"'),
        "write `pattern {before} = /…/`",
    ),
    "call-equals": Hint(
        "`=` is missing after `{before}`",
        ("detector d pii()", "rewriter w regenerate()"),
        "write `{inside} {before} = {found}(…)`",
    ),
    "list-brackets": Hint(
        "the entries of a list stand in brackets",
        ('list x "a"',),
        "write `list {before} [{found}, …]`",
    ),
    "list-square-brackets": Hint(
        "the entries of a list stand in square brackets",
        ('list x ("a")', 'list x {"a"}'),
        'write `list {before} ["…", …]`',
        by="word",
    ),
    "list-file": Hint(
        "`from` needs `file` before the path",
        ('list x from "a.txt"',),
        "write `from file {found}`",
    ),
    "pattern-slashes": Hint(
        "a pattern stands between slashes",
        ('pattern p = "x"',),
        'write `/…/` instead of `"…"`, as in `pattern name = /[a-z]+/`',
    ),
    "pattern-slash-inside": Hint(
        "the pattern ends at the `/` before this",
        ("pattern p = /a/b/", "pattern p = /a//b/", "pattern p = /a/ /b/"),
        "a `/` inside a pattern is written `\\/`",
    ),
    "import-alias": Hint(
        "an import needs a name for what it brings",
        ('import "x.guard"', 'import "x.guard" privacy'),
        "write `import {before} as name`",
        at="before",
    ),
    "call-missing": Hint(
        "`{before}` needs parentheses, even without arguments",
        ("detector d = pii", "rewriter w = regenerate"),
        "write `{before}()`",
        at="before",
    ),
    "argument-equals": Hint(
        "an argument is given with `:`, not `=`",
        ("detector d = pii(min_score = 1)",),
        "write `{before}: …`",
    ),
    "two-dots": Hint(
        "a name has at most one dot",
        (_RULE + "enforces a.b.c",),
        "only what a file declares can be named through its import, as in `privacy.emails`",
    ),
    # ------------------------------------------------------------ heads of rules and policies
    "rule-without-side": Hint(
        "rule `{before}` does not say what it looks at",
        ("rule r", "rule r when"),
        "write `rule {before} on output`, or `on input`, or `on both`",
        at="before",
    ),
    "side-comes-first": Hint(
        "{found} stands before what rule `{before}` looks at",
        ("rule r severity high on output", "rule r late on output", "rule r each sentence"),
        "write `rule {before} on output {found} …`, or `on input`, or `on both`",
        by="word",
    ),
    "two-sides": Hint(
        "a rule looks at one side or at both",
        ("rule r on output, input", "rule r on input, output", "rule r on output and input"),
        "write `on both`",
        by="word",
    ),
    "on-error-treat": Hint(
        "`on error` needs `treat as` before its answer",
        (_RULE + "on error violation",),
        "write `on error treat as {found}`",
    ),
    "treat-as": Hint(
        "`treat` needs `as` before its answer",
        (_RULE + "on error treat violation",),
        "write `on error treat as {found}`",
    ),
    # ------------------------------------------------------------ conditions
    "single-equals": Hint(
        "`=` does not compare",
        (_WHEN + "d = 1",),
        'write `{before} >= …` for a score or number, `{before} is "…"` for a label',
        by="word",
    ),
    "double-equals": Hint(
        "there is no `==`",
        (_WHEN + "d == 1",),
        'write `{before} >= …` for a score or number, `{before} is "…"` for a label',
        by="word",
    ),
    "not-equal": Hint(
        "there is no `!=`",
        (_WHEN + "d != 1",),
        "write `not` before the comparison",
        by="word",
    ),
    "reversed-at-least": Hint(
        "`=>` is written `>=`", (_WHEN + "d => 1",), "write `{before} >= …`", by="word"
    ),
    "reversed-at-most": Hint(
        "`=<` is written `<=`", (_WHEN + "d =< 1",), "write `{before} <= …`", by="word"
    ),
    "no-comparison": Hint(
        "a comparison is missing between `{before}` and {found}",
        (_WHEN + "d 1",),
        "write `{before} >= {found}`",
    ),
    "bare-detector": Hint(
        "`{before}` alone is not a condition",
        (_WHEN + "d", _WHEN + "d then block", _WHEN + "d block", _WHEN + "(d)", _WHEN + "d and e"),
        'ask something of it: `{before} found`, `{before} >= 0.5` or `{before} is "…"`',
        at="before",
    ),
    "compare-text": Hint(
        "a number is compared without quotes",
        (_WHEN + 'd >= "1"',),
        "write the number alone, as in `>= 0.5`",
    ),
    "decimal-point-first": Hint(
        "a number starts with a digit",
        (_WHEN + "d >= .5", "detector d = pii(min_score: .5)"),
        "write `0.` and the digits, as in `0.5`",
        code="G007",
    ),
    "is-word": Hint(
        "a label stands in double quotes",
        (_WHEN + "d is en",),
        'write `is "{found}"`',
    ),
    "is-not": Hint(
        "`not` stands before the whole condition",
        (_WHEN + 'd is not "en"',),
        'write `not` before it, as in `not lang is "en"`',
        by="word",
    ),
    "is-number": Hint(
        "`is` compares labels, not numbers",
        (_WHEN + "d is 1",),
        "compare a number with `>=`, `>`, `<` or `<=`",
    ),
    "found-number": Hint(
        "`found` needs `at least` before a number",
        (_WHEN + "d found 2", _WHEN + "d found >= 2", _WHEN + "d found at 2"),
        "write `found at least N times`",
    ),
    "times-left-out": Hint(
        "`times` is missing after `{before}`",
        (_WHEN + "d found at least 2", _WHEN + "d found at least 2 then block"),
        "write `found at least {before} times`",
        at="before",
    ),
    "contains-without-any": Hint(
        "`contains` needs `any` or `all` before a list",
        (_WHEN + "text contains names",),
        "write `contains any {found}`",
    ),
    "contains-counts": Hint(
        "`contains` looks for entries, it does not count",
        (
            _WHEN + "text contains at least 3 words",
            _WHEN + "text contains more than 3 words",
            _WHEN + "text contains fewer than 3 words",
            _WHEN + "text contains less than 3 words",
        ),
        "declare `detector words = length(unit: words)`, then write `words >= …`",
        by="word",
    ),
    "contains-number": Hint(
        "`contains` looks for entries, it does not count",
        (_WHEN + "text contains 3 words",),
        "declare `detector words = length(unit: words)`, then write `words >= {found}`",
    ),
    "contains-brackets": Hint(
        "a list is declared once and named here",
        (
            _WHEN + 'text contains ["a"]',
            _WHEN + 'text contains any ["a"]',
            _WHEN + 'text contains all ["a"]',
        ),
        "declare it with `list name […]`, then write `contains any name`",
    ),
    "contains-any-string": Hint(
        "`{before}` is followed by the name of a list",
        (_WHEN + 'text contains any "a"', _WHEN + 'text contains all "a"'),
        "write `contains {found}` for a phrase",
    ),
    "contains-pattern": Hint(
        "a pattern is declared once and named here",
        (
            _WHEN + "text contains /a/",
            _WHEN + "text matches /a/",
            _WHEN + 'text matches "a"',
        ),
        "declare it with `pattern name = /…/`, then write `text matches name`",
    ),
    "detector-contains": Hint(
        "`contains` asks about `text` or `prompt`, not `{before}`",
        (_WHEN + "output contains any x",),
        "the reply is called `text`, the user's message `prompt`",
        by="word",
    ),
    "detector-matches": Hint(
        "`matches` asks about `text` or `prompt`, not `{before}`",
        (_WHEN + "output matches x",),
        "the reply is called `text`, the user's message `prompt`",
        by="word",
    ),
    "date-form": Hint(
        "a date is written year-month-day",
        (
            _WHEN + 'd found unless d found until "2027-01-31"',
            _WHEN + "d found unless d found until 2027-1-5",
            _WHEN + "d found unless d found until 31.1.2027",
            _WHEN + "d found unless d found until tomorrow",
        ),
        "as in `until 2027-01-31`, without quotes",
        code="G015",
    ),
    # ------------------------------------------------------------ actions
    "replace-without-with": Hint(
        "`replace` needs `with` before the reply",
        (_THEN + "replace x",),
        "write `replace with {found}`",
    ),
    "block-without-with": Hint(
        "`block` needs `with` before a reply",
        (_THEN + "block x",),
        "write `block with {found}`",
    ),
    "rewrite-without-using": Hint(
        "`rewrite` needs `using` before the rewriter",
        (_THEN + "rewrite x",),
        "write `rewrite using {found}`",
    ),
    "redact-without-as": Hint(
        "`redact` needs `as` before its template",
        (_THEN + 'redact "x"',),
        "write `redact as {found}`",
    ),
    "redact-what": Hint(
        "`redact` names nothing: it cuts what the condition found",
        (_THEN + "redact pii",),
        'write `redact`, or `redact as "…"` for a template',
    ),
    "escalate-without-to": Hint(
        "`escalate` needs `to` before the queue",
        (_THEN + 'escalate "x"',),
        "write `escalate to {found}`",
    ),
    "escalate-quotes": Hint(
        "the queue of an escalation stands in double quotes",
        (_THEN + "escalate to x",),
        'write `escalate to "{found}"`',
    ),
    "reply-in-place": Hint(
        "a reply is named here, its text stands elsewhere",
        (
            _THEN + 'append "x"',
            _THEN + 'replace with "x"',
            _THEN + 'replace "x"',
            _THEN + 'block with "x"',
            _THEN + 'block "x"',
            'policy p fallback "x"',
        ),
        "declare it with `reply name {found}`, then write its name",
    ),
    # ------------------------------------------------------------ tests
    "stub-colon": Hint(
        "a stubbed value is given with `=`",
        ('test "t" given output "x" with d: 1',),
        "write `with {before} = …`",
        by="word",
    ),
    "stub-number": Hint(
        "`=` is missing after `{before}`",
        ('test "t" given output "x" with d 1', 'test "t" given output "x" with d >= 1'),
        "write `with {before} = 0.9`",
    ),
    "given-what": Hint(
        "`given` needs `output` or `input` before the text",
        ('test "t" given "x"',),
        "write `given output {found}`",
    ),
    "expect-text": Hint(
        "`expect` needs `output` before a text",
        ('test "t" given output "x" expect "y"',),
        "write `expect output {found}`",
    ),
    "case-expect": Hint(
        "a case has no `expect`",
        ('test "t" cases given output "x"',),
        'add `expect ACTION`, perhaps `by RULE`, or `expect output "…"`',
        code="G009",
        at="before",
    ),
}

INSTEAD: Final[dict[str, tuple[str, ...]]] = {
    "&": ("and",),
    "&&": ("and",),
    "|": ("or",),
    "||": ("or",),
    "!": ("not",),
    "if": ("when",),
    "always": ("require",),
    "must": ("require",),
    "requires": ("require",),
    "never": ("when",),
    "by": ("with", "using"),
    "with": ("as", "using", "to"),
    "using": ("with",),
    "includes": ("contains",),
    "mentions": ("contains",),
    "every": ("all",),
    "exists": ("found",),
    "detected": ("found",),
    "above": (">",),
    "over": (">",),
    "exceeds": (">",),
    "below": ("<",),
    "under": ("<",),
    "mask": ("redact",),
    "hide": ("redact",),
    "remove": ("redact",),
    "deny": ("block",),
    "reject": ("block",),
    "warn": ("flag",),
    "log": ("flag",),
    "reply": ("output",),
    "response": ("output",),
    "answer": ("output", "text"),
    "question": ("input", "prompt"),
    "prompt": ("input",),
    "any": ("both",),
    "fail": ("violation",),
    "block": ("violation",),
    "ignore": ("pass",),
    "allow": ("pass",),
    "on_error": ("on error",),
    "milliseconds": ("ms",),
    "include": ("import",),
    "regex": ("pattern",),
}
"""Words of other languages and the ones that stand for them here, where those can stand."""
