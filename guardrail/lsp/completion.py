"""What can stand at a place: the words that the parser takes there, and names of the right sort."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from guardrail import assets
from guardrail.editors.tokens import scan
from guardrail.language import nodes
from guardrail.language.bad_tokens import Word
from guardrail.language.names import Sort
from guardrail.language.parser import edition, prefix, stretches
from guardrail.language.source import Range, Source
from guardrail.language.vocabulary import Kind, Parameter, Vocabulary
from guardrail.language.words import CLAUSES, TOP_LEVEL
from guardrail.lsp.hover import described, kind_help, parameter_help
from guardrail.lsp.index import Index
from guardrail.lsp.keyword_help import KEYWORDS
from guardrail.lsp.names import Meaning, Names, policies_below

Role: TypeAlias = Literal["keyword", "kind", "parameter", "value", "file", Sort]

_AFTER: Final[dict[str, tuple[Sort, ...]]] = {
    "any": ("list",),
    "all": ("list",),
    "matches": ("pattern",),
    "enforces": ("principle",),
    "except": ("list", "pattern"),
    "append": ("reply",),
    "fallback": ("reply",),
    "using": ("rewriter",),
    "by": ("rule",),
    "when": ("detector",),
    "require": ("detector",),
    "unless": ("detector",),
    "and": ("detector",),
    "or": ("detector",),
    "not": ("detector",),
    "(": ("detector",),
}
_ENUMERATED: Final = frozenset({"NAME", ".", ","})
_HALF_NAME: Final = re.compile(r"(?:([A-Za-z_]\w*)[ \t]*\.[ \t]*)?([A-Za-z_]\w*)?\Z")
_MOST_FILES: Final = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can stand at the place: what is written, what it is, and help for it."""

    text: str
    role: Role
    help: str = ""
    rank: int = 1


_WORD_REST: Final = re.compile(r"[A-Za-z0-9_]*")
_STRING_REST: Final = re.compile(r'[^"\r\n]*(?=")')


@dataclass(frozen=True, slots=True)
class Choices:
    """All that can stand there, and the stretch of text that a choice takes the place of."""

    span: Range
    items: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """A place in a file: the words of its declaration before it, what the parser takes next.

    `alias` is the name before the dot, where the place is behind one.
    """

    index: Index
    words: tuple[Word, ...]
    accepts: frozenset[str]
    alias: str | None

    @property
    def kinds(self) -> list[str]:
        """The kinds of the words."""
        return [word.kind for word in self.words]


def complete(
    source: Source, index: Index | None, offset: int, names: Names, vocabulary: Vocabulary
) -> Choices | None:
    """Return what can stand at an offset; None inside comments and in text that is wrong."""
    index = index or Index(source, nodes.File(span=Range(0, 0), edition=1, items=()))
    head = source.text[:offset]
    within = _within(head)
    if within == "comment":
        return None
    start, unknown = edition(source)
    if within != "":
        span = Range(offset - len(within) + 1, offset)
        return _in_string(source, index, span, start, vocabulary)
    if unknown is not None or offset < start:
        return Choices(_word_before(head), (Choice("edition 1", "keyword", KEYWORDS["edition"]),))
    half = _HALF_NAME.search(head)
    alias = half[1] if half is not None else None
    span = _word_before(head)
    upto = half.start() if half is not None and alias else span.start
    place = _place(source, index, start, upto, alias)
    if place is None:
        return Choices(span, tuple(_heads(head[: span.start])))
    found = [] if alias else list(_words(place))
    if "NAME" in place.accepts:
        found += _named(place, names, vocabulary)
    return Choices(span, tuple(found))


def _place(source: Source, index: Index, start: int, end: int, alias: str | None) -> _Place | None:
    *_, stretch = stretches(source.text[:end], start)
    before = prefix(source.text[stretch.start : end], stretch.start)
    return None if before is None else _Place(index, before.words, before.accepts, alias)


def with_rest(text: str, span: Range) -> Range:
    """Return the span with the rest of the word, or of the string, that the cursor stands in.

    >>> with_rest("text con", Range(5, 6)), with_rest('import "std/" as s', Range(8, 10))
    (Range(start=5, end=8), Range(start=8, end=12))
    """
    is_string = text[span.start - 1 : span.start] == '"'
    rest = (_STRING_REST if is_string else _WORD_REST).match(text, span.end)
    return span if rest is None else Range(span.start, rest.end())


def _word_before(head: str) -> Range:
    match = re.search(r"[A-Za-z0-9_]*\Z", head)
    return Range(match.start() if match else len(head), len(head))


def _within(head: str) -> str:
    """Return `comment`, or the open string with its quote, that the end of a text stands in."""
    line = head[max(head.rfind("\n"), head.rfind("\r")) + 1 :]
    last = ("space", "")
    for _, kind, part in scan(line):
        last = kind, part
    if last[0] == "comment":
        return "comment"
    return last[1] if last[0] == "error" and last[1].startswith('"') else ""


# ---------------------------------------------------------------- words of the language


def _words(place: _Place) -> Iterator[Choice]:
    clauses = frozenset().union(*CLAUSES.values())
    for word in sorted(place.accepts):
        if word.isalpha() and word.islower():
            rank = 3 if word in TOP_LEVEL else 2 if word in clauses else 0
            yield Choice(word, "keyword", KEYWORDS.get(word, ""), rank)


def _heads(head: str) -> Iterator[Choice]:
    """Yield what begins a declaration: after a mistake, parsing goes on there."""
    if not head.rpartition("\n")[2].strip():
        for word in TOP_LEVEL[1:]:
            yield Choice(word, "keyword", KEYWORDS[word])


# ---------------------------------------------------------------- names


def _named(place: _Place, names: Names, vocabulary: Vocabulary) -> Iterator[Choice]:
    kinds = place.kinds
    if kinds and kinds[0] in {"detector", "rewriter"} and "=" in kinds:
        table = vocabulary.kinds if kinds[0] == "detector" else vocabulary.rewriters
        if kinds[-1] == "=":
            yield from (Choice(kind.name, "kind", kind_help(kind)) for kind in table.values())
        elif kind := table.get(place.words[kinds.index("=") + 1].text):
            yield from _arguments(place, kind, names, vocabulary)
        return
    if kinds and kinds[-1] == "meta":
        yield Choice("tag", "value", "a tag of a catalogue, as in `owasp-llm:2026/LLM02`")
        return
    yield from _declared(place, _sorts(kinds), names, vocabulary)


def _sorts(kinds: Sequence[str]) -> tuple[Sort, ...]:
    """Return what a name means after some words."""
    if not kinds:
        return ()
    at = len(kinds) - 1
    if kinds[at] == ",":
        while at > 0 and kinds[at] in _ENUMERATED:
            at -= 1
    if kinds[at] == "with":
        return ("reply",) if kinds[at - 1] in {"replace", "block"} else ("detector",)
    if kinds[0] == "test" and kinds[-1] == "," and kinds[at] != "by":
        return ("detector",)
    return _AFTER.get(kinds[at], ())


def _declared(
    place: _Place, sorts: Iterable[Sort], names: Names, vocabulary: Vocabulary
) -> Iterator[Choice]:
    sorts = frozenset(sorts)
    home: Index | None = place.index
    if place.alias is not None:
        node = place.index.declared.get(place.alias)
        home = names.imported(place.index, node) if isinstance(node, nodes.Import) else None
    if home is None or not sorts:
        return
    for name, item in home.declared.items():
        sort = home.sort(name)
        if sort in sorts:
            yield Choice(name, sort, described(Meaning(home, item), names, vocabulary))
        elif sort == "import" and isinstance(item, nodes.Import) and place.alias is None:
            imported = names.imported(home, item)
            if imported and any(imported.sort(each) in sorts for each in imported.declared):
                yield Choice(name, "import", f'"{item.path.value}"', 2)


# ---------------------------------------------------------------- arguments


def _arguments(place: _Place, kind: Kind, names: Names, vocabulary: Vocabulary) -> Iterator[Choice]:
    kinds, words = place.kinds, place.words
    given = {words[at - 1].text for at, each in enumerate(kinds) if each == ":"}
    is_listed = "[" in kinds and "]" not in kinds[len(kinds) - 1 - kinds[::-1].index("[") :]
    if kinds[-1] in {"(", ","} and not is_listed:
        for name, parameter in kind.parameters.items():
            if name not in given:
                rank = 0 if parameter.required else 1
                yield Choice(name, "parameter", parameter_help(name, parameter), rank)
        if kinds[-1] == "(" and kind.positional is not None:
            yield from _values(place, kind, kind.positional, names, vocabulary)
    elif ":" in kinds:
        last = len(kinds) - 1 - kinds[::-1].index(":")
        yield from _values(place, kind, words[last - 1].text, names, vocabulary)


def _values(
    place: _Place, kind: Kind, name: str, names: Names, vocabulary: Vocabulary
) -> Iterator[Choice]:
    parameter = kind.parameters.get(name, Parameter("any"))
    if parameter.takes in {"list", "reply"}:
        sort: Sort = "list" if parameter.takes == "list" else "reply"
        yield from _declared(place, (sort,), names, vocabulary)
        return
    used = {word.text for word in place.words}
    for value in sorted(_known(place, kind, name, vocabulary) | (parameter.choices or frozenset())):
        if value not in used:
            yield Choice(value, "value", vocabulary.missing_entities.get(value, ""))


def _known(place: _Place, kind: Kind, name: str, vocabulary: Vocabulary) -> frozenset[str]:
    """Return the words that an argument can be, as far as this installation knows them."""
    models = vocabulary.models or {}
    if name == "model":
        return frozenset(models)
    if kind.name == "pii":
        return {"entities": vocabulary.entities, "region": vocabulary.regions}.get(
            name, frozenset()
        )
    if kind.name == "classifier" and name == "label":
        labels = {model: words.labels for model, words in models.items() if words is not None}
        chosen = [each for model, each in labels.items() if _is_given(place, model)]
        return frozenset().union(*(chosen or labels.values()))
    return frozenset()


def _is_given(place: _Place, value: str) -> bool:
    return any(word.text.strip('"') == value for word in place.words)


# ---------------------------------------------------------------- strings


def _in_string(
    source: Source, index: Index, span: Range, start: int, vocabulary: Vocabulary
) -> Choices | None:
    """Return the files that an import or a list can name, and the labels of a detector."""
    place = _place(source, index, start, span.start - 1, None) if span.start > start else None
    if place is None or "STRING" not in place.accepts or not place.words:
        return None
    folder = Path(source.name).parent
    if place.kinds[-1] == "import":
        library = assets.folder("policies")
        files = sorted(file.relative_to(library).as_posix() for file in library.glob("std/*.guard"))
        own = [each.relative_to(folder).as_posix() for each in policies_below(folder)]
        files += [each for each in own if each != Path(source.name).name]
        return Choices(span, tuple(Choice(file, "file") for file in files))
    if place.kinds[-1] == "file":
        return Choices(span, tuple(Choice(file, "file") for file in _list_files(folder)))
    if place.kinds[-1] == "is":
        return Choices(span, tuple(_labels(index, place.words[-2].text, vocabulary)))
    return None


def _list_files(folder: Path) -> Iterator[str]:
    for number, file in enumerate(sorted(folder.glob("**/*.txt"))):
        if number == _MOST_FILES:
            return
        yield file.relative_to(folder).as_posix()


def _labels(index: Index, detector: str, vocabulary: Vocabulary) -> Iterator[Choice]:
    """Yield the labels that a detector gives, with their names in words."""
    item = index.declared.get(detector)
    if isinstance(item, nodes.Detector):
        kind = vocabulary.kinds.get(item.call.kind.name)
        for label, said in ((kind.labels if kind else None) or {}).items():
            yield Choice(label, "value", said)
