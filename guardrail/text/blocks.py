r"""Blocks: the parts of a text that are read on their own, as an empty line parts them.

Nothing that is in pieces goes on behind an empty line, so views are made of each block by itself.
Their cost grows with the blocks that ask for them, and a stream knows that a block is over. A long
block is parted between records of JSON that have a line each too: a file of them has no empty line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

LONG: Final = 1 << 14
"""From so many characters on, a block ends with a record."""

_END: Final = re.compile(
    r"\n(?:[^\S\n]*\n\s*|(?P<record>(?<=}\n)(?=\{\")|(?<=},\n)(?=\{\")|(?<=}\r\n)(?=\{\")))"
)


def blocks(text: str) -> list[tuple[int, int]]:
    r"""Divide the whole of a text; the empty lines belong to the block before them.

    >>> text = "One\ntwo.\n\n\nThree."
    >>> [text[start:end] for start, end in blocks(text)]
    ['One\ntwo.\n\n\n', 'Three.']
    >>> len(blocks('{"number": 1}\n' * 2_000))
    2
    """
    return [*_blocks(text)]


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for found in _END.finditer(text):
        end = found.end()
        if found["record"] is None or end - start >= LONG:
            yield start, end
            start = end
    if start < len(text):
        yield start, len(text)
