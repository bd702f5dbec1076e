"""Random policy texts in any layout: every construct of the grammar, and comments anywhere.

The texts parse; what they name need not exist. Clauses come in any order, white space is random,
and a comment may stand between any two tokens.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from random import Random
from typing import Final

NAMES: Final = ("a", "tone", "message", "then", "late", "x_9", "no_internal_details_at_all")
STRINGS: Final = (
    '""',
    '"x"',
    '"# no comment"',
    r'"say \"hi\" \\"',
    r'"\n\t\u{2713} \u{1F600}"',
    '"你好 世界"',
    '"a / b // c"',
    '"' + "a long sentence " * 8 + '"',
)
REGEXES: Final = (
    "/a/",
    "/[#]+/i",
    r"/https?:\/\/[a-z\"#]+/im",
    r"/\\/x",
    '/"/',
    "/" + "(?:abc|def)" * 12 + "/",
)
NUMBERS: Final = ("0", "1", "-1", "0.50", "12.25", "007")
REMARKS: Final = (
    "#",
    "##",
    "# plain",
    '# "quoted',
    "# it's /slashed \\",
    "#!shebang",
    "# 漢字 🎉 \u2028 e\u0301 \ufeff",
    "# tabs\tinside",
    "# trailing blanks  \t",
    "# no-break\u00a0\u00a0",
    "# rule x on output",
    "# half\rway",
    "# " + "long " * 30,
)


@dataclass(frozen=True)
class Layout:
    """A policy text, and the comments that were put into it, without white space at their ends."""

    text: str
    comments: tuple[str, ...]


def random_layout(rng: Random) -> Layout:
    """Return a random policy in a random layout."""
    style = rng.choice((_tidy, _tidy, _wild, _sparse))
    comments: list[str] = []
    density = rng.choice((0.0, 0.02, 0.1, 0.4))
    text = rng.choice(("", "", "", "\ufeff"))
    before = ""
    for token in [*_Policy(rng).tokens(), ""]:
        gap = ""
        while rng.random() < density:
            remark = rng.choice(REMARKS)
            comments.append(remark.rstrip())
            gap += style(rng, token) + remark + rng.choice(("\n", "\n", "\r\n"))
        gap += style(rng, token)
        if not gap and _is_word(before[-1:]) and _is_word(token[:1]):
            gap = " "
        text += gap + token
        before = token
    return Layout(text, tuple(comments))


def _is_word(character: str) -> bool:
    return character.isalnum() or character in {"_", "/", "-"}


HEADS: Final = frozenset(
    {"policy", "import", "list", "pattern", "detector", "reply", "rewriter", "rule", "test"}
)
CLAUSES: Final = frozenset(
    {"when", "require", "enforces", "given", "with", "expect", "cases", "on"}
)


def _tidy(rng: Random, token: str) -> str:
    """As people write: declarations and clauses on lines of their own, mostly."""
    if token in HEADS and rng.random() < 0.8:
        return "\n" * rng.choice((1, 1, 2, 3))
    if token in CLAUSES and rng.random() < 0.8:
        return "\n" * rng.choice((1, 1, 1, 2)) + "  "
    return rng.choice((" ", " ", " ", " ", "\n    "))


def _wild(rng: Random, _token: str) -> str:
    return "".join(rng.choice((" ", "", "\t", "\n", "\r\n", "\n\n\n")) for _ in range(3))


def _sparse(_rng: Random, _token: str) -> str:
    return ""


class _Policy:
    """Tokens of a random policy: one method for each rule of the grammar that has choices."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.stubbed = 0

    def tokens(self) -> list[str]:
        makers: tuple[Callable[[], list[str]], ...] = (
            self.policy,
            self.short,
            self.short,
            self.short_run,
            self.rule,
            self.rule,
            self.test,
            self.table,
        )
        items = [self.rng.choice(makers)() for _ in range(self.rng.choice((0, 1, 3, 6)))]
        return ["edition", "1", *chain(*items)]

    # ------------------------------------------------------------ words

    def chance(self, share: float = 0.5) -> bool:
        return self.rng.random() < share

    def name(self) -> str:
        return self.rng.choice(NAMES)

    def declared(self) -> str:
        """A name that is no word of the language."""
        return self.rng.choice(("a", "tone", "x_9", "no_internal_details_at_all", "a" * 60))

    def text(self) -> str:
        return self.rng.choice(STRINGS)

    def number(self) -> str:
        return self.rng.choice(NUMBERS)

    def ref(self) -> list[str]:
        return [self.declared(), ".", self.name()] if self.chance(0.2) else [self.declared()]

    def listed(self, make: Callable[[], list[str]], least: int = 1) -> list[str]:
        """Some things with commas between them."""
        tokens: list[str] = []
        for index in range(self.rng.choice((least, 1, 2, 3, 12))):
            tokens += ([","] if index else []) + make()
        return tokens

    def bracket(self, sides: str, make: Callable[[], list[str]]) -> list[str]:
        inner = self.listed(make, least=0)
        comma = [","] if inner and self.chance(0.3) else []
        return [sides[0], *inner, *comma, sides[1]]

    def shuffled(self, clauses: list[list[str]]) -> list[str]:
        """Some of these clauses, in any order."""
        chosen = [clause for clause in clauses if self.chance(0.6)]
        self.rng.shuffle(chosen)
        return [*chain(*chosen)]

    # ------------------------------------------------------------ declarations

    def policy(self) -> list[str]:
        clauses = [
            ["owner", self.text()],
            ["version", self.text()],
            self.on_error(),
            ["fallback", *self.ref()],
            ["budget", self.number(), "ms"],
            ["evaluate", "all"],
        ]
        title = [self.text()] if self.chance() else []
        return ["policy", self.declared(), *title, *self.shuffled(clauses)]

    def on_error(self) -> list[str]:
        treat = self.rng.choice(("violation", "flag", "pass"))
        reason = ["reason", self.text()] if self.chance(0.3) else []
        return ["on", "error", "treat", "as", treat, *reason]

    def short(self) -> list[str]:
        return self.rng.choice(self.short_kinds())()

    def short_run(self) -> list[str]:
        kind = self.rng.choice(self.short_kinds())
        return [*chain(*(kind() for _ in range(4)))]

    def short_kinds(self) -> list[Callable[[], list[str]]]:
        declared, text = self.declared, self.text
        return [
            lambda: ["import", text(), "as", declared()],
            lambda: ["principle", declared(), text()],
            lambda: ["list", declared(), *self.bracket("[]", lambda: [text()])],
            lambda: ["list", declared(), "from", "file", text()],
            lambda: ["pattern", declared(), "=", self.rng.choice(REGEXES)],
            lambda: ["reply", declared(), text()],
            lambda: ["detector", declared(), "=", *self.call()],
            lambda: ["rewriter", declared(), "=", *self.call()],
        ]

    def call(self) -> list[str]:
        return [self.declared(), *self.bracket("()", self.argument)]

    def argument(self) -> list[str]:
        return [self.name(), ":", *self.value()] if self.chance() else self.value()

    def value(self, depth: int = 2) -> list[str]:
        if depth and self.chance(0.2):
            return self.bracket("[]", lambda: self.value(depth - 1))
        return self.rng.choice(([self.number()], [self.text()], self.ref()))

    # ------------------------------------------------------------ rules

    def rule(self) -> list[str]:
        severity = self.rng.choice(("low", "medium", "high", "critical"))
        modifiers = self.shuffled([["late"], ["each", "sentence"], ["severity", severity]])
        clauses = [
            ["enforces", *self.listed(self.ref)],
            self.unless(),
            ["except", *self.listed(self.ref)],
            ["message", self.text()],
            self.on_error(),
            ["meta", self.name(), self.text()],
            ["meta", self.name(), self.text()],
        ]
        clauses = [clause for clause in clauses if self.chance()]
        clauses.append([self.rng.choice(("when", "require")), *self.expression()])
        clauses.append(["then", *self.actions()])
        self.rng.shuffle(clauses)
        side = self.rng.choice(("output", "input", "both"))
        return ["rule", self.declared(), "on", side, *modifiers, *chain(*clauses)]

    def unless(self) -> list[str]:
        reason = ["reason", self.text()] if self.chance() else []
        until = ["until", "2027-01-31"] if self.chance() else []
        return ["unless", *self.expression(), *reason, *until]

    def actions(self) -> list[str]:
        redact = ["redact", "as", self.text()] if self.chance() else ["redact"]
        append = ["append", *self.ref()]
        block = ["block", "with", *self.ref()] if self.chance() else ["block"]
        first = self.rng.choice(
            (
                redact,
                append,
                [*redact, "and", *append],
                ["rewrite", "using", *self.ref()],
                ["replace", "with", *self.ref()],
                block,
                ["flag"],
            )
        )
        escalate = ["escalate", "to", self.text()]
        if self.chance(0.3):
            return self.rng.choice(([*first, "and", *escalate], [*escalate, "and", *first]))
        return first

    # ------------------------------------------------------------ conditions

    def expression(self, depth: int = 3) -> list[str]:
        if depth and self.chance(0.4):
            joint = self.rng.choice(("and", "or"))
            tokens = self.unary(depth - 1)
            for _ in range(self.rng.choice((1, 1, 2, 6))):
                tokens += [joint, *self.unary(depth - 1)]
            return tokens
        return self.unary(depth)

    def unary(self, depth: int) -> list[str]:
        if self.chance(0.2):
            return ["not", *self.unary(depth)]
        if depth and self.chance(0.4):
            return ["(", *self.expression(depth - 1), ")"]
        if self.chance(0.1):
            return ["(", "(", *self.atom(), ")", ")"]
        return self.atom()

    def atom(self) -> list[str]:
        subject = self.rng.choice(("text", "prompt"))
        exactly = ["exactly"] if self.chance(0.3) else []
        return self.rng.choice(
            (
                [subject, "contains", self.rng.choice(("any", "all")), *self.ref()],
                [subject, "contains", self.text()],
                [subject, "matches", *self.ref(), *exactly],
                [*self.ref(), "found"],
                [*self.ref(), "found", "at", "least", self.number(), "times"],
                [*self.ref(), self.rng.choice((">=", "<=", ">", "<")), self.number()],
                [*self.ref(), "is", self.text()],
            )
        )

    # ------------------------------------------------------------ tests

    def test(self) -> list[str]:
        return ["test", self.text(), *self.steps(("input", "output")), *self.expects()]

    def table(self) -> list[str]:
        shared = self.rng.choice(((), ("input",)))
        given = () if shared else ("input",)
        rows = [
            [*self.steps((*given, "output")), *self.expects()]
            for _ in range(self.rng.choice((1, 2, 4)))
        ]
        setup = [*self.steps(shared)] if shared else []
        return ["test", self.text(), *setup, "cases", *chain(*rows)]

    def steps(self, sides: tuple[str, ...]) -> list[str]:
        """Some of what may be given, at least a text, and stubs before, between and behind."""
        sides = sides if self.chance() else sides[-1:]
        tokens: list[str] = []
        for side in sides:
            tokens += self.stubs() if self.chance(0.3) else []
            tokens += ["given", side, self.text()]
        while self.chance(0.4):
            tokens += self.stubs()
        return tokens

    def stubs(self) -> list[str]:
        return ["with", *self.listed(self.stub)]

    def stub(self) -> list[str]:
        self.stubbed += 1
        name = [f"detector_{self.stubbed}", *([".", self.name()] if self.chance(0.2) else [])]
        value = self.rng.choice(([self.number()], [self.text()], ["error"], self.found()))
        return [*name, "=", *value]

    def found(self) -> list[str]:
        return self.bracket(
            "[]", lambda: [self.text(), *(["as", self.name()] if self.chance() else [])]
        )

    def expects(self) -> list[str]:
        by = ["by", *self.listed(self.ref)] if self.chance() else []
        verdict = self.rng.choice(
            ("allow", "flag", "redact", "append", "rewrite", "replace", "block")
        )
        action = ["expect", verdict, *by]
        output = ["expect", "output", self.text()]
        return self.rng.choice((action, output, action + output))
