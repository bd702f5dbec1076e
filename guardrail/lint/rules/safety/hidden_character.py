r"""A text of the policy holds a character that nobody sees.

## Why it matters

Zero-width characters, direction marks and tag characters can hide words from a reader, change the
order in which text is shown, or make an entry match nothing. In a reply they reach people.

Invisible characters that a script or an emoji needs are fine: joiners between letters of Persian or
Indic scripts, direction marks in a text with Hebrew or Arabic letters, emoji sequences and flags.
An escape such as `\u{200b}` counts as the character. In a pattern an escape is what one writes to
look for such characters, so only raw ones are reported there.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

reply sorry "I can't help\u{200b} with that."

rule calm on output
  when text contains "stop it"
  then block with sorry
```

## Prefer

```guard prefer
edition 1
policy demo
  on error treat as violation

reply sorry "I can't help with that."

rule calm on output
  when text contains "stop it"
  then block with sorry
```

## How to fix it

Delete the character, or type the text again. To look for hidden characters in replies, use the
detector `hidden_text()` or a pattern with escapes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

import regex

from guardrail.language import nodes
from guardrail.language.source import Range, Source
from guardrail.lint.rule import Context, Finding, LintRule, Part, finding
from guardrail.lint.texts import passages

_HIDDEN: Final = regex.compile(
    r"[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
    r"\u2028\u2029\ufff9-\ufffb]"
)
_PICTURE: Final = r"(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator})"
_JOINED: Final = (
    r"[\p{sc=Arab}\p{sc=Syrc}\p{sc=Mong}\p{sc=Deva}\p{sc=Beng}\p{sc=Guru}\p{sc=Gujr}\p{sc=Orya}"
    r"\p{sc=Taml}\p{sc=Telu}\p{sc=Knda}\p{sc=Mlym}\p{sc=Sinh}\p{sc=Khmr}\p{sc=Mymr}\p{sc=Tibt}"
    r"\p{sc=Thaa}\p{M}]"
)
_UNSPACED: Final = r"[\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}]"
_NEEDED: Final = regex.compile(
    rf"{_PICTURE}\ufe0f?(?:\u200d{_PICTURE}\ufe0f?)+"  # families, professions
    r"|[\p{Emoji}\p{So}\p{Sm}\p{Po}\p{Nd}][\ufe0e\ufe0f]"  # text or picture
    r"|\U0001f3f4[\U000e0030-\U000e007a]+\U000e007f"  # flags of regions
    r"|\p{sc=Han}[\U000e0100-\U000e01ef\ufe00-\ufe02]"
    r"|\p{sc=Mong}[\u180b-\u180f]"
    rf"|(?<={_JOINED})[\u200c\u200d](?={_JOINED})"
    rf"|(?<={_UNSPACED})\u200b(?={_UNSPACED})"
)
_MARKS: Final = regex.compile(r"[\u200e\u200f\u061c]")
_RIGHT_TO_LEFT: Final = regex.compile(r"[\p{bc=R}\p{bc=AL}]")


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each text or pattern with such a character."""
    for passage in passages(context):
        at = _hidden(passage.value)
        if at is not None:
            span = passage.place(at, at + 1)
            yield _finding(f"this {passage.what}", passage.source, span, passage.value[at])
    for part in context.parts:
        if not part.source.text.isascii():
            yield from _in_patterns(part)


def _in_patterns(part: Part) -> Iterator[Finding]:
    """Look at patterns as they are written."""
    for node in part.items(nodes.PatternNode):
        start, end = node.source_span.start, node.source_span.end
        at = _hidden(part.source.text[start:end])
        if at is not None:
            span = Range(start + at, start + at + 1)
            yield _finding("this pattern", part.source, span, part.source.text[span.start])


def _hidden(text: str) -> int | None:
    """Return where the first hidden character stands that the text does not need."""
    if not _HIDDEN.search(text):
        return None
    needed = {at for match in _NEEDED.finditer(text) for at in range(*match.span())}
    is_turned = bool(_RIGHT_TO_LEFT.search(text))
    for match in _HIDDEN.finditer(text):
        if match.start() in needed or (is_turned and _MARKS.match(match[0])):
            continue
        return int(match.start())
    return None


def _finding(what: str, source: Source, span: Range, char: str) -> Finding:
    name = unicodedata.name(char, "a control character")
    message = f"{what} holds a character that nobody sees"
    return finding("G503", message, source, span, f"U+{ord(char):04X} {name}")


RULE = LintRule(code="G503", family="safety", check=check)
