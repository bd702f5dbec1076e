"""The view without the tags and comments that a renderer shows nothing of.

It shows `b<b>o</b>mb` and `bo<!-- x -->mb` as one word. Taken out are comments, the tags that only
style a text, and any other tag between two characters of a word or a value. What only looks like a
tag stays: a comparison, the parameter of a generic type. So do tags that begin a new line or cell,
since a reader sees no word go on behind them (`guardrail.text.seams` joins those).
"""

from __future__ import annotations

import functools
import re
from typing import Final

from guardrail.text.limits import most
from guardrail.text.view import Edits, View

FEWEST_SPLITS: Final = 1 << 15
OF_SPLITS: Final = 16
"""How many splits a view takes out, or one for so many characters; more of them are an error."""

FEWEST_BRACKETS: Final = 1 << 16
OF_BRACKETS: Final = 8
"""How many `<` and `[` of a text are looked at, or one for so many characters; more of them are an
error."""

LONGEST_SPLIT: Final = 4096
"""What splits a word has at most so many characters; more are an error."""

BLOCKS: Final = (
    "td|th|tr|li|ul|ol|dl|dt|dd|p|div|br|hr|h[1-6]|table|thead|tbody|tfoot|pre|blockquote"
    "|section|article|header|footer|form|option|figure|caption|body|html|head"
)
"""Names of tags that begin a new line or cell."""

_TYPES: Final = (
    "void|int|long|short|byte|char|float|double|bool|boolean|string|str|auto|unsigned|object"
    "|size_t|usize|isize|[iuf][0-9]+|any|number|uint[0-9]*|typename|class"
)
"""Words that stand between the signs of generic types."""

_WORD: Final = r"-0-9A-Za-z_@.+*~`\\%&;=#/"
_LETTERS: Final = "\u00c0-\u1fff"
_BEYOND: Final = r"\x{C0}-\x{1FFF}"
_STYLES: Final = (
    "b|i|u|s|a|em|strong|span|font|small|big|sub|sup|code|tt|mark|ins|del|strike|wbr|kbd|samp|var"
    "|abbr|acronym|cite|q|dfn|bdi|bdo|label|nobr|blink|center|time|data"
)
_ATTRIBUTE: Final = (
    r"\s++(?:[\w:@.-]++\s*+=\s*+(?:\\?\"[^\"<>]*+\"|'[^'<>]*+'|[^\s\"'<>]++)|hidden|data-[\w-]++)"
)
_UNSEEN: Final = (
    r"display\s*+:\s*+none|visibility\s*+:\s*+hidden|font-size\s*+:\s*+0|\shidden"
    r"|<(?:script|style|template|noscript)"
)
_COMMENT: Final = r"<!--(?:[^<-]++|-(?!->)|<(?!!--))*+-->"
_STYLE: Final = rf"</?(?i:{_STYLES})(?:{_ATTRIBUTE})*+\s*+/?+>"
_CODE: Final = "[biusBIUS]|url|color|size|font"
_ADDRESS: Final = r"[^()\s<>]{0,256}+"
_CODES: Final = (
    rf"\[/(?:{_CODE})\]|\[(?P<of_code>{_CODE})(?:=[^\[\]\s<>]*+)?\](?=[^\[\]]{{0,64}}+\[/(?P=of_code)\])"
    rf"|\]\({_ADDRESS}\)\[(?=[^\[\]\n]{{1,64}}+\]\()"
)
"""Codes of forums in pairs, and the seam of two links."""

_ATOMS: Final = (
    rf"</?[a-zA-Z][a-zA-Z0-9:-]*+(?:{_ATTRIBUTE})*+\s*+/?+>",
    r"/\*(?:[^*/]++|\*(?!/)|/(?!\*))*+\*/",
    r"<!\[CDATA\[|\]\]>|<[?%][^<>]*+[?%]>",
    rf"\]\({_ADDRESS}\)",
    r"\[(?=[^\[\]\n]{1,64}+\]\()",
    r"\[\^[0-9A-Za-z]{1,8}\]|\{#[^{}#<>]*+#\}|\{\{![^{}<>]*+\}\}",
)
_UNSEEN_TEXT: Final = rf"<(?P<name>[a-z]++)(?=[^<>]*?(?:{_UNSEEN}))[^<>]*+>[^<>]*+</(?P=name)\s*+>"
_UNSEEN_CODE: Final = r"<(?P<code>script|style|template|noscript)\b[^<>]*+>[^<>]*+</(?P=code)\s*+>"


def untagged(text: str) -> View | None:
    """Return the text without comments and tags that show nothing; None if there are none.

    >>> untagged("b<b>o</b>m<!-- x -->b, pa<x>ss").text
    'bomb, pass'
    >>> untagged("a<b and c>d List<int>x <td>a</td><td>b</td>") is None
    True
    """
    edits = Edits("untagged", text)
    if text.count("<") + text.count("[") > most(FEWEST_BRACKETS, text, OF_BRACKETS):
        edits.is_over = True
        return edits.view()
    most_splits = most(FEWEST_SPLITS, text, OF_SPLITS)
    splits = _splits(has_unseen=_unseen().search(text) is not None)
    for number, found in enumerate(splits.finditer(text)):
        if number == most_splits or found.end() - found.start() > LONGEST_SPLIT:
            edits.is_over = True
            break
        if found.lastgroup == "style" or not _keeps().search(found[0]):
            edits.replace(found.start(), found.end(), "")
    return edits.view()


def asks_for_tags() -> str:
    """Return an RE2 expression that occurs wherever `untagged` shows something."""
    word = f"[{_WORD}{_BEYOND}]"
    return (
        rf"</?(?i:{_STYLES})(?:\s[^<>]*)?/?>|<!--|{word}</?[A-Za-z][^<>]*>{word}|{word}<[!?%]"
        rf"|\]\]>{word}|{word}/\*[^*]*\*/{word}|{word}\]\]>|{word}<[a-z]+[^<>]+>[^<>]*</[a-z]+>{word}"
        rf"|{word}\[(?:/?[biusBIUS]\]|/?(?:url|color|size|font)[=\]]|\^[0-9A-Za-z]+\]{word})"
        rf"|\[/(?:{_CODE})\]|{word}\]\([^()\s<>]*\){word}|{word}\[[^\[\]\n]+\]\("
        rf"|\]\([^()\s<>]*\)\["
        rf"|{word}\{{(?:#[^{{}}#]*#|\{{![^{{}}]*\}})\}}"
    )


def begins_tags() -> str:
    """Return an RE2 expression in a match of which each tag and comment lies, with what decides."""
    word = f"[{_WORD}{_BEYOND}]"
    unseen = "(?:display|visibility|font-size|hidden)"
    end = r"[^<>]*>[^<>]*</[a-z]+\s*>"
    return (
        rf"<!--(?:[^-]|-[^-]|--[^>])*-->|/\*(?:[^*]|\*[^/])*\*/{word}|\]\]>{word}"
        rf"|<[/?%!A-Za-z][^<>]*>{word}?|<[a-z]+[^<>]*{unseen}{end}"
        rf"|<(?:script|style|template|noscript){end}|\[\^[0-9A-Za-z]{{1,8}}\]{word}"
        rf"|\[/?(?:{_CODE})(?:=[^\[\]\s<>]*)?\][^\[\]]{{0,64}}\[/"
        rf"|\[/(?:{_CODE})\]"
        rf"|\[/(?:{_CODE})\]{word}"
        rf"|\]\([^()\s<>]*\)(?:\[[^\[\]\n]{{0,64}}\]\(|{word})?|\[[^\[\]\n]{{0,64}}\]\("
        rf"|\{{(?:#[^{{}}#<>]*#|\{{![^{{}}<>]*\}})\}}{word}"
    )


@functools.cache
def _keeps() -> re.Pattern[str]:
    return re.compile(rf"</?(?i:{BLOCKS})\b|<(?:{_TYPES}|[A-Z][a-z]+|[TKVER])>|<\w+::")


@functools.cache
def _unseen() -> re.Pattern[str]:
    return re.compile(_UNSEEN)


@functools.cache
def _splits(*, has_unseen: bool) -> re.Pattern[str]:
    others = "|".join((_UNSEEN_CODE, *_ATOMS) if has_unseen else _ATOMS)
    styles = f"{_COMMENT}|{_STYLE}|{_CODES}"
    styles = f"{_UNSEEN_TEXT}|{styles}" if has_unseen else styles
    word = f"[{_WORD}{_LETTERS}]"
    return re.compile(rf"(?=[<\[{{/\]])(?:(?P<style>{styles})|(?<={word})(?:{others})(?={word}))")
