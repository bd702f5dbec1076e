r"""A word mixes letters of scripts that look alike, such as Latin and Cyrillic.

## Why it matters

`p\u{430}ypal`, with a Cyrillic letter, looks like `paypal` and is another word. In a list it may
have been typed by mistake; in a reply it misleads people; in a change under review nobody can see
it.

Mixed are Latin, Greek, Cyrillic, Armenian, Cherokee and Coptic letters in one word, where at least
one of them looks like a letter of the other script. Scripts that are written together, as in
Japanese, are fine, and so are units and formulas such as `μm`, and words joined with a hyphen. In a
pattern, letters that it spells out one after the other are looked at: a class such as `[a\u0430]`
and an escape such as `\u0430` look for the mix on purpose.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

rule no_paypal on output
  when text contains "p\u{430}ypal"
  then flag
```

## Prefer

```guard prefer
edition 1
policy demo
  on error treat as violation

rule no_paypal on output
  when text contains "paypal"
  then flag
```

## How to fix it

Type the word again in one script. If the mix is what you look for, allow it with the reason.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterator
from typing import Final

import regex

from guardrail.language import nodes
from guardrail.language.source import Range
from guardrail.lint.rule import Context, Finding, LintRule, Part, finding
from guardrail.lint.texts import passages
from guardrail.text import syntax

_WORD: Final = regex.compile(r"[\p{L}\p{M}]+")
_SCRIPTS: Final = {
    "Latin": regex.compile(r"\p{sc=Latn}"),
    "Cyrillic": regex.compile(r"\p{sc=Cyrl}"),
    "Greek": regex.compile(r"\p{sc=Grek}"),
    "Armenian": regex.compile(r"\p{sc=Armn}"),
    "Cherokee": regex.compile(r"\p{sc=Cher}"),
    "Coptic": regex.compile(r"\p{sc=Copt}"),
}
_DISTINCT_GREEK: Final = regex.compile(r"[μπωλδθφψξσβΔΣΩΦΨΘΛΞΠ]")
"""Greek letters of units and formulas, which nobody takes for Latin ones."""


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each text or pattern with such a word."""
    for part in context.parts:
        if not part.source.text.isascii():
            yield from _in_patterns(context, part)
    for passage in passages(context):
        if passage.value.isascii():
            continue
        for word in _WORD.finditer(passage.value):
            found = _mix(word[0])
            if found is None:
                continue
            (one, other), at = found
            message = f"this {passage.what} mixes {one} and {other} letters in one word"
            start = word.start() + at
            span = passage.place(start, start + 1)
            label = unicodedata.name(passage.value[start], "this letter")
            yield finding("G502", message, passage.source, span, label)
            break


def _in_patterns(context: Context, part: Part) -> Iterator[Finding]:
    """Look at the words that patterns spell out, as they are written."""
    for node in part.items(nodes.PatternNode):
        tree = context.policy.patterns[part.qualified(node.name.name)].pattern.tree
        for word in _WORD.finditer(_spelled(tree)):
            found = _mix(word[0])
            if found is None:
                continue
            (one, other), at = found
            start = part.source.text.index(word[0], node.source_span.start) + at
            message = f"this pattern mixes {one} and {other} letters in one word"
            label = unicodedata.name(word[0][at], "this letter")
            yield finding("G502", message, part.source, Range(start, start + 1), label)
            break


def _spelled(node: syntax.Node) -> str:
    """Return the letters that a pattern holds as they are, with a blank where anything else is."""
    match node:
        case syntax.Sequence(items=items) | syntax.Choice(items=items):
            between = " " if isinstance(node, syntax.Choice) else ""
            return between.join(map(_spelled, items))
        case syntax.Group(body=body) | syntax.Repeat(body=body):
            return f" {_spelled(body)} "
        case syntax.Literal(char=char):
            return char if node.end == node.start + 1 else " "
        case _:
            return " "


def _mix(word: str) -> tuple[tuple[str, str], int] | None:
    """Return two scripts of a word that look alike, and the first letter of the rarer one."""
    if word.isascii():
        return None
    scripts = [_script(char) for char in word]
    present = sorted({script for script in scripts if script}, key=scripts.count, reverse=True)
    for common, rare in itertools.combinations(present, 2):
        if {common, rare} == {"Latin", "Greek"} and all(
            script != "Greek" or _DISTINCT_GREEK.match(char)
            for char, script in zip(word, scripts, strict=True)
        ):
            continue
        return (common, rare), scripts.index(rare)
    return None


def _script(char: str) -> str:
    return next((name for name, letters in _SCRIPTS.items() if letters.match(char)), "")


RULE = LintRule(code="G502", family="safety", check=check)
