"""Where the files that ship beside the code are: grammar, policies and models.

In a wheel they lie in `guardrail/_grammar` and so on; in a checkout they are the folders next to
the package. No environment variable changes that.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).parent


def folder(kind: Literal["grammar", "policies", "models_onnx"]) -> Path:
    """Return the folder of one kind of asset.

    >>> (folder("grammar") / "policy.lark").is_file()
    True
    """
    packed = _PACKAGE / f"_{kind}"
    return packed if packed.is_dir() else _PACKAGE.parent / kind
