"""The texts that are open in the editor; they stand before what is saved."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from lsprotocol import types
from pygls.uris import from_fs_path, to_fs_path

from guardrail.language.files import Identity, check_size, identity_of, read
from guardrail.language.source import Source
from guardrail.lsp.places import Places

_UNSAVED: Final = -2
"""Takes the place of the device in the identity of a file that is open and was never saved."""
_FILES: Final = ("file", "untitled")
"""The schemes of texts that stand for a file; an editor also opens old versions, as `git:`."""


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One version of an open text."""

    uri: str
    path: Path
    version: int
    source: Source
    places: Places = field(repr=False)


class Documents:
    """All open texts, each in its last version."""

    def __init__(self) -> None:
        self.encoding = "utf-16"
        self._open: dict[str, Document] = {}
        self._by_file: dict[str, Document] = {}

    def __iter__(self) -> Iterator[Document]:
        return iter(list(self._open.values()))

    def get(self, uri: str) -> Document | None:
        """Return the last version of a text; None if it is not open."""
        return self._open.get(uri)

    def at(self, path: str | os.PathLike[str]) -> Document | None:
        """Return the open text of a file; None if it is not open."""
        return self._by_file.get(os.path.realpath(path))

    def put(self, uri: str, version: int, text: str) -> Document:
        """Open a text, or take over a whole new version of it."""
        path = path_of(uri)
        places = Places(text, self.encoding)
        document = Document(uri, path, version, Source(str(path), text), places)
        self._open[uri] = document
        if urlsplit(uri).scheme in _FILES:
            self._by_file[os.path.realpath(path)] = document
        return document

    def change(
        self, uri: str, version: int, changes: Sequence[types.TextDocumentContentChangeEvent]
    ) -> Document | None:
        """Apply changes, one after the other; None if the text is not open."""
        before = self._open.get(uri)
        if before is None:
            return None
        text, places = before.source.text, before.places
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                places = places if places.text == text else Places(text, self.encoding)
                span = places.span(change.range)
                text = text[: span.start] + change.text + text[span.end :]
            else:
                text = change.text
        return self.put(uri, version, text)

    def close(self, uri: str) -> None:
        """Forget a text: its file counts again."""
        document = self._open.pop(uri, None)
        if document is not None and urlsplit(uri).scheme in _FILES:
            self._by_file.pop(os.path.realpath(document.path), None)

    def read(self, path: Path, limit: int, name: str) -> tuple[str, Identity]:
        """Return the text of a file as it is open, or as it is saved, and which file it is."""
        document = self.at(path)
        if document is None:
            return read(path, limit, name)
        check_size(len(document.source.text), limit, name)
        unsaved = (_UNSAVED, hash(os.path.realpath(path)))
        return document.source.text, identity_of(path) if path.is_file() else unsaved


def path_of(uri: str) -> Path:
    """Return the path that a URI means; the name of a text that was never saved.

    >>> path_of("file:///policies/a%20b.guard").name
    'a b.guard'
    """
    return Path(to_fs_path(uri) or uri.partition(":")[2])


def uri_of(path: str | os.PathLike[str]) -> str:
    """Return the URI of a file."""
    return from_fs_path(str(Path(path).absolute())) or str(path)
