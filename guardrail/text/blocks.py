r"""Blocks: the parts of a text that are read on their own, as an empty line parts them.

Nothing that is in pieces goes on behind an empty line, so views are made of each block by itself.
Their cost grows with the blocks that ask for them, and a stream knows that a block is over.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

_END: Final = re.compile(r"\n[^\S\n]*\n\s*")


def blocks(text: str) -> list[tuple[int, int]]:
    r"""Divide the whole of a text; the empty lines belong to the block before them.

    >>> text = "One\ntwo.\n\n\nThree."
    >>> [text[start:end] for start, end in blocks(text)]
    ['One\ntwo.\n\n\n', 'Three.']
    """
    edges = [0, *(found.end() for found in _END.finditer(text)), len(text)]
    return [(a, b) for a, b in pairwise(edges) if a < b]
