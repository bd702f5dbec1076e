"""The policy that a file is part of: a file without a `policy` block is judged where it belongs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

_IMPORT: Final = re.compile(r'^[ \t]*import[ \t]+"([^"\\\n]+)"', re.MULTILINE)
_BLOCK: Final = re.compile(r"^[ \t]*policy[ \t]+\w", re.MULTILINE)
_MOST_LEVELS: Final = 5
_MOST_FILES: Final = 100


def root_of(path: Path, top: Path, text_of: Callable[[Path], str]) -> Path | None:
    """Return the policy that imports a file, directly or not; None if none is found.

    Imports lead downwards, so policies are looked for beside the file and in the folders above it,
    up to `top`.
    """
    waiting, seen = [path], {os.path.realpath(path)}
    while waiting:
        part = waiting.pop(0)
        for importer, text in _importers(part, top, text_of):
            if os.path.realpath(importer) in seen:
                continue
            if _BLOCK.search(text):
                return importer
            seen.add(os.path.realpath(importer))
            waiting.append(importer)
    return None


def _importers(part: Path, top: Path, text_of: Callable[[Path], str]) -> Iterator[tuple[Path, str]]:
    wanted = os.path.realpath(part)
    for folder in _folders(part, top):
        try:
            files = sorted(folder.glob("*.guard"))[:_MOST_FILES]
        except OSError:
            continue
        for file in files:
            text = text_of(file)
            for written in _IMPORT.findall(text):
                if os.path.realpath(folder / written) == wanted:
                    yield file, text
                    break


def _folders(part: Path, top: Path) -> Iterator[Path]:
    for level, folder in enumerate(part.parents):
        if level == _MOST_LEVELS:
            return
        yield folder
        if folder == top:
            return
