"""Which files a policy may name, and how they are read.

A path is relative to the file that names it and stays below that file's folder; `std/…` is the
library that ships with the package. Only regular files are read, and never beyond their limit.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from guardrail import assets
from guardrail.language.source import Range

if TYPE_CHECKING:
    from collections.abc import Iterator

POLICY_LIMIT: Final = 1 << 20
LIST_LIMIT: Final = 10_000_000

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_READ_ONLY: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

Identity: TypeAlias = tuple[int, int]
"""Which file it really is, whatever path led to it."""


class UnreadableError(Exception):
    """Why a file cannot be had: the code, and what to say.

    `text` is what could be read and `at` the place in it, where there is one to show.
    """

    def __init__(
        self,
        code: str,
        message: str,
        help: str | None = None,  # noqa: A002 - the word of all errors here
        *,
        text: str = "",
        at: int = 0,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = (help,) if help else ()
        self.text = text
        self.at = at


@dataclass(frozen=True, slots=True)
class Location:
    """A file: its path, and its name in the digest, which says nothing about this machine."""

    path: Path
    logical: PurePosixPath

    @property
    def shown(self) -> str:
        """The name in messages: a path, or `std/…` for the library."""
        return str(self.path if self.logical.is_absolute() else self.logical)


class Entry(NamedTuple):
    """An entry of a list, and where it was written."""

    text: str
    span: Range


def locate(origin: Location, path: str, *, is_import: bool) -> Location:
    """Find the file that `path` names in the file at `origin`, or say why it may not be named."""
    if path.startswith("/"):
        raise UnreadableError("G108", f"`{path}` is absolute: name a file below this one's folder")
    if _URL.match(path):
        raise UnreadableError("G108", f"`{path}` is not a file below this one's folder")
    if "\\" in path:
        help_ = f'write "{path.replace(chr(92), "/")}"'
        raise UnreadableError("G108", f"`{path}` has a backslash, folders are parted by `/`", help_)
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if not parts:
        raise UnreadableError("G105", "no file is named here")
    if ".." in parts:
        raise UnreadableError("G108", f"`{path}` leaves the folder of this file")
    if is_import and path.startswith("std/"):
        place, logical = assets.folder("policies"), PurePosixPath()
    else:
        place, logical = origin.path.parent, origin.logical.parent
    for part in parts:
        place, logical = place / part, logical / part
        if os.path.islink(place):  # noqa: PTH114 - Path.is_symlink raises where access is denied
            raise UnreadableError("G108", f"`{path}` leads through the link `{part}`")
    return Location(place, logical)


def read(path: Path, limit: int, name: str) -> tuple[str, Identity]:
    """Return the text of a regular file, and which file it is."""
    try:
        descriptor = os.open(path, _READ_ONLY)
    except (OSError, ValueError) as error:
        raise UnreadableError("G105", f"cannot read `{name}`: {_reason(error)}") from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "not a regular file"
            raise UnreadableError("G105", f"cannot read `{name}`: it is {what}")
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise UnreadableError("G105", f"cannot read `{name}`: {_reason(error)}") from error
    finally:
        os.close(descriptor)
    check_size(len(content), limit, name)
    try:
        return content.decode("utf-8-sig"), (status.st_dev, status.st_ino)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise UnreadableError(
            "G106",
            f"`{name}` is not UTF-8 text (line {line})",
            "save it as UTF-8",
            text=error.object.decode("utf-8", "replace"),
            at=len(error.object[: error.start].decode("utf-8", "replace")),
        ) from error


def check_size(size: int, limit: int, name: str) -> None:
    """Refuse what is too large to be read."""
    if size > limit:
        shown = "1 MiB" if limit == POLICY_LIMIT else "10 MB"
        raise UnreadableError("G118", f"`{name}` is larger than {shown}")


def _reason(error: OSError | ValueError) -> str:
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return "there is no such file"
        case PermissionError():
            return "permission denied"
        case OSError():
            return (error.strerror or "it cannot be opened").lower()
        case _:
            return "that is not the name of a file"


def spelled_alike(path: Path, written: str) -> str | None:
    """Return the path of a file in the same folder that was probably meant."""
    try:
        with os.scandir(path.parent) as found:
            names = [entry.name for entry in found if entry.is_file(follow_symlinks=False)]
    except (OSError, ValueError):
        return None
    close = get_close_matches(path.name, names, n=1, cutoff=0.7)
    return written[: len(written) - len(path.name)] + close[0] if close else None


def identity_of(path: Path) -> Identity:
    """Which file a text in memory stands for; none, if there is no such file."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return (-1, -1)
    return (status.st_dev, status.st_ino)


def entries_of(text: str) -> Iterator[Entry]:
    r"""Yield the entries of a list file: one a line, trimmed; `#` starts a comment, `\#` does not.

    >>> [entry.text for entry in entries_of("# moves\nreset \n\n\\#1")]
    ['reset', '#1']
    """
    start = 0
    for line in text.split("\n"):
        entry = line.strip()
        if entry and not entry.startswith("#"):
            first = start + line.index(entry)
            yield Entry(
                entry.removeprefix("\\") if entry.startswith("\\#") else entry,
                Range(first, first + len(entry)),
            )
        start += len(line) + 1
