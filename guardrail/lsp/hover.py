"""What an editor shows beside a name, a word of the language or a code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from guardrail import language
from guardrail.editors.tokens import WORDS, scan
from guardrail.language import nodes
from guardrail.language.diagnostics import CATALOGUE
from guardrail.language.files import LIST_LIMIT, UnreadableError, entries_of, read
from guardrail.language.source import Range
from guardrail.language.vocabulary import Kind, Parameter, Vocabulary
from guardrail.lint.pages import page
from guardrail.lsp.index import SORTS, Index
from guardrail.lsp.keyword_help import KEYWORDS
from guardrail.lsp.names import Meaning, Names, file_named

_SHOWN: Final = 8
_LONGEST: Final = 600
_CODE: Final = re.compile(r"\bG\d{3}\b|\b[a-z]+(?:-[a-z]+)+\b")
_GIVES: Final = {
    "spans": "gives findings: `NAME found`",
    "score": "gives a score from 0 to 1: `NAME >= 0.5`",
    "number": "gives a number: `NAME > 100`",
    "label": 'gives a label: `NAME is "…"`',
    "unknown": "is the host's; its use decides what it gives",
}


def hover(
    index: Index, offset: int, names: Names, vocabulary: Vocabulary
) -> tuple[str, Range] | None:
    """Return what there is to say at an offset, as Markdown, and what it is about."""
    if found := _code_at(index, offset) or _kind_at(index, offset, vocabulary):
        return found
    use = index.at(offset)
    if use is not None:
        meaning = names.meaning(index, use)
        if meaning is not None:
            return described(meaning, names, vocabulary), use.span
        if not use.is_value:
            return None
    return _word_at(index, offset)


def described(meaning: Meaning, names: Names, vocabulary: Vocabulary) -> str:
    """Return what a declaration is, as Markdown."""
    item, index = meaning.item, meaning.index
    head = f"**{SORTS[type(item)]}** `{meaning.name.name}`"
    match item:
        case nodes.Principle() | nodes.Reply():
            return f"{head}\n\n{_quoted(item.text.value)}"
        case nodes.ListNode():
            return f"{head}: {_entries(index, item)}"
        case nodes.PatternNode():
            return f"{head}\n\n{_source(index, item.span)}"
        case nodes.Detector() | nodes.Rewriter():
            kinds = vocabulary.kinds if isinstance(item, nodes.Detector) else vocabulary.rewriters
            kind = kinds.get(item.call.kind.name)
            note = f"\n\n{kind_help(kind)}" if kind is not None else ""
            return f"{head}\n\n{_source(index, item.span)}{note}"
        case nodes.Import():
            imported = names.imported(index, item)
            declares = ", ".join(f"`{name}`" for name in imported.declared) if imported else ""
            return f'{head} is "{item.path.value}"' + (f": {declares}" if declares else "")
        case _:
            return f"{head}\n\n{_source(index, item.span)}"


def kind_help(kind: Kind) -> str:
    """Return what a kind of detector or rewriter takes and gives, as Markdown."""
    lines = [f"`{kind.name}` {_GIVES[kind.gives]}"] if kind.gives != "unknown" else []
    lines += [f"- {parameter_help(name, each)}" for name, each in kind.parameters.items()]
    if kind.missing:
        lines.append(f"\nIt cannot run here: it needs {kind.missing}.")
    return "\n".join(lines)


def parameter_help(name: str, parameter: Parameter) -> str:
    """Return what an argument takes, as Markdown."""
    takes = {"texts": "words or strings", "text": "a word or a string", "any": "a value"}
    said = takes.get(parameter.takes, f"a {parameter.takes}")
    if parameter.choices:
        said = " or ".join(f"`{each}`" for each in sorted(parameter.choices))
    if parameter.low is not None:
        top = f" to {parameter.high:g}" if parameter.high is not None else " or more"
        said += f", {parameter.low:g}{top}"
    return f"`{name}`: {said}{', required' if parameter.required else ''}"


def code_page(code: str) -> Path | None:
    """Return the page of a code; None if it has none of its own."""
    page = Path(language.__file__).parent / "codes" / f"{code}.md"
    return page if page.is_file() else None


# ---------------------------------------------------------------- what stands there


def _code_at(index: Index, offset: int) -> tuple[str, Range] | None:
    """Return the page of a code that a comment names."""
    text = index.source.text
    start = text.rfind("\n", 0, offset) + 1
    line = text[start:].partition("\n")[0]
    for at, kind, part in scan(line):
        if kind == "comment" and at <= offset - start <= at + len(part):
            names = {entry.name: code for code, entry in CATALOGUE.items()}
            for match in _CODE.finditer(part):
                span = Range(start + at + match.start(), start + at + match.end())
                code = names.get(match[0], match[0])
                if span.start <= offset <= span.end and code in CATALOGUE:
                    return page(code), span
    return None


def _kind_at(index: Index, offset: int, vocabulary: Vocabulary) -> tuple[str, Range] | None:
    item = index.item_at(offset)
    if not isinstance(item, (nodes.Detector, nodes.Rewriter)):
        return None
    kinds = vocabulary.kinds if isinstance(item, nodes.Detector) else vocabulary.rewriters
    kind, name = kinds.get(item.call.kind.name), item.call.kind
    if kind is None:
        return None
    if name.span.start <= offset <= name.span.end:
        return f"**kind** {kind_help(kind)}", name.span
    for argument in item.call.arguments:
        parameter = kind.parameters.get(argument.name or "")
        span = Range(argument.span.start, argument.span.start + len(argument.name or ""))
        if parameter is not None and span.start <= offset <= span.end:
            return parameter_help(argument.name or "", parameter), span
    return None


def _word_at(index: Index, offset: int) -> tuple[str, Range] | None:
    text = index.source.text
    start = text.rfind("\n", 0, offset) + 1
    line = text[start:].partition("\n")[0]
    for at, kind, part in scan(line):
        if kind in WORDS and at <= offset - start <= at + len(part):
            for word in re.finditer(r"\w+", part):
                span = Range(start + at + word.start(), start + at + word.end())
                if span.start <= offset <= span.end and word[0] in KEYWORDS:
                    return f"**{word[0]}**: {KEYWORDS[word[0]]}", span
    return None


# ---------------------------------------------------------------- parts of the text


def _entries(index: Index, item: nodes.ListNode) -> str:
    where, entries = "", [text.value for text in item.entries or ()]
    if item.file is not None:
        where = f' from "{item.file.value}"'
        path = file_named(index, item.file, is_import=False)
        try:
            text = read(path, LIST_LIMIT, item.file.value)[0] if path is not None else ""
        except UnreadableError:
            return f"{where[1:]}, which cannot be read"
        entries = [entry.text for entry in entries_of(text)]
    number = f"{len(entries)} {'entry' if len(entries) == 1 else 'entries'}{where}"
    return f"{number}\n\n{_row(entries)}"


def _row(entries: Iterable[str]) -> str:
    some = list(entries)
    shown = ", ".join(f"`{entry.replace('`', ' ')}`" for entry in some[:_SHOWN])
    return f"{shown}, …" if len(some) > _SHOWN else shown


def _source(index: Index, span: Range) -> str:
    text = index.source.text[span.start : span.end]
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return f"```guard\n{shown}\n```"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text[:_LONGEST].splitlines() or [""])
