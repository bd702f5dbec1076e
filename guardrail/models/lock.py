"""`guardrail.lock` in a folder of models: the manifest of each by its hash.

Where the file is, a model that it does not name, or names with another hash, is not loaded. The
manifest holds the hashes of the other files, so that one hash pins them all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from guardrail.errors import ModelError

LOCK: Final = "guardrail.lock"
_MOST: Final = 2**20


def pinned(folder: Path) -> dict[str, object] | None:
    """Return the pins of a folder of models by name; None if it has no lock.

    Raises:
        ModelError: the lock cannot be read.
    """
    path = folder / LOCK
    if not path.exists():
        return None
    try:
        with path.open("rb") as opened:
            document = json.loads(opened.read(_MOST))
        edition, pins = document["edition"], dict(document["models"])
    except (OSError, ValueError, TypeError, LookupError, RecursionError):
        edition, pins = None, {}
    if edition != 1:
        raise ModelError(
            f"`{path}` is no lock of models", help="write it again with `guardrail models lock`"
        )
    return pins


def write_lock(folder: Path, pins: Mapping[str, str]) -> Path:
    """Write the pins of a folder of models; return the file."""
    path = folder / LOCK
    document = {"edition": 1, "models": dict(sorted(pins.items()))}
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return path
