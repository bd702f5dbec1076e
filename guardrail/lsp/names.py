"""From a name in one file to what it means, in that file or in one that it imports."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from guardrail.language import nodes
from guardrail.language.files import Location, UnreadableError, locate
from guardrail.language.source import Range
from guardrail.language.words import RESERVED
from guardrail.lsp.analysis import Compiler
from guardrail.lsp.index import Index, Use, name_of

_VALUES: Final = frozenset({"list", "reply"})
"""What an argument can name; any other bare word there is a word."""
_FOLDERS_LEFT_OUT: Final = frozenset({"node_modules", "__pycache__", "site-packages"})
_MOST_FILES: Final = 200


@dataclass(frozen=True, slots=True)
class Meaning:
    """A declaration, and the file that it stands in."""

    index: Index
    item: nodes.Item

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self.index.source.name)

    @property
    def name(self) -> nodes.Ref:
        """The name, as it was declared."""
        return name_of(self.item)

    def is_same(self, other: Meaning) -> bool:
        """Whether both are one declaration of one file."""
        same_file = os.path.realpath(self.path) == os.path.realpath(other.path)
        return same_file and self.name.span == other.name.span


class Names:
    """Looks names up, through imports; unsaved texts count."""

    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler

    def index(self, path: Path) -> Index | None:
        """Return the names of a file; None if it cannot be read."""
        source, tree = self._compiler.tree_of(path)
        return Index(source, tree) if tree is not None else None

    def meaning(self, index: Index, use: Use) -> Meaning | None:
        """Return what a name means; None if it is not declared, or only a word."""
        alias, dot, rest = use.name.partition(".")
        home: Index | None = index
        if dot:
            node = index.declared.get(alias)
            home = self.imported(index, node) if isinstance(node, nodes.Import) else None
        item = home.declared.get(rest or alias) if home is not None else None
        if home is None or item is None:
            return None
        if use.is_value and home.sort(rest or alias) not in _VALUES:
            return None
        return Meaning(home, item)

    def imported(self, index: Index, node: nodes.Import) -> Index | None:
        """Return the names of the file that an import leads to."""
        path = file_named(index, node.path, is_import=True)
        return self.index(path) if path is not None else None

    def uses(self, meaning: Meaning, files: Iterator[Path]) -> Iterator[tuple[Index, Use]]:
        """Yield every place in some files that names a declaration, its own name included."""
        seen: set[str] = set()
        for path in files:
            real = os.path.realpath(path)
            index = self.index(path) if real not in seen else None
            seen.add(real)
            if index is None:
                continue
            if real == os.path.realpath(meaning.path):
                yield index, Use(meaning.name.span, meaning.name.name)
            for use in index.uses:
                if use.name.rpartition(".")[2] == meaning.name.name:
                    found = self.meaning(index, use)
                    if found is not None and found.is_same(meaning):
                        yield index, use


def file_named(index: Index, path: nodes.Text, *, is_import: bool) -> Path | None:
    """Return the file that an import or a list names; None if it may not be named."""
    origin = Location(Path(index.source.name), PurePosixPath("/"))
    try:
        return locate(origin, path.value, is_import=is_import).path
    except UnreadableError:
        return None


def file_at(index: Index, offset: int) -> Path | None:
    """Return the file whose name stands at an offset."""
    item = index.item_at(offset)
    if isinstance(item, nodes.Import):
        text, is_import = item.path, True
    elif isinstance(item, nodes.ListNode) and item.file is not None:
        text, is_import = item.file, False
    else:
        return None
    if not text.span.start <= offset <= text.span.end:
        return None
    path = file_named(index, text, is_import=is_import)
    return path if path is not None and path.is_file() else None


def policies_below(folder: Path) -> Iterator[Path]:
    """Yield the policies in a folder and below it, the first two hundred."""
    count = 0
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(
            each for each in folders if each[0] != "." and each not in _FOLDERS_LEFT_OUT
        )
        for file in sorted(files):
            if file.endswith(".guard"):
                yield Path(place) / file
                count += 1
                if count == _MOST_FILES:
                    return


def why_not(name: str, index: Index) -> str | None:
    """Return why a declaration cannot get a name, None if it can.

    >>> from guardrail.language.parser import parse
    >>> from guardrail.language.source import Source
    >>> source = Source("a.guard", "edition 1")
    >>> why_not("rule", Index(source, parse(source)[0]))
    '`rule` is a word of the language and cannot be a name'
    """
    if not (name.isascii() and name.isidentifier()):
        return f"`{name}` is no name: names are made of the letters a to z, digits and `_`"
    if name in RESERVED:
        return f"`{name}` is a word of the language and cannot be a name"
    if name in index.declared:
        return f"`{name}` is already defined in this file"
    return None


def span_of(use: Use, text: str) -> Range:
    """Return the part of a place that is the name itself: what stands behind its dot."""
    dot = text.rfind(".", use.span.start, use.span.end)
    return Range(dot + 1, use.span.end) if dot >= 0 else use.span
