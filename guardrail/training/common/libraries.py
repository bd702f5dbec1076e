"""The libraries of the extra `train`: whether they are here, and that they call nobody."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable
from typing import Final

from guardrail.errors import MissingExtraError

_QUIET: Final = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_VERBOSITY": "error",
}
"""`HF_HUB_OFFLINE` gives way to a value that is set: whoever wants the hub says so."""


def prepare(what: str, needed: Iterable[str] = ("torch", "transformers")) -> None:
    """Check that libraries are installed and keep them off the network; imports none of them.

    Call it before the first import of any of them.

    Raises:
        MissingExtraError: one is not installed.
    """
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    if any(importlib.util.find_spec(name) is None for name in needed):
        raise MissingExtraError(what, "train")
