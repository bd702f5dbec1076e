"""How often what stands at a place of a view was decoded.

A text is decoded in looks, each of which takes off one encoding wherever there is one. What is
nested is a place, not a text: beside what is encoded three times, more may be encoded once.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

from guardrail.text.view import View

NAME: Final = "decoded"
"""What the view is called in which something is decoded."""


def depth(view: object, start: int, end: int) -> int:
    """Return how many looks decoded something of a part of a view; 0 for what is no view.

    >>> once = View("decoded", "%61 b", [0], [3], [0], [5])
    >>> depth(once, 0, 3), depth(once, 4, 5), depth(None, 0, 1)
    (1, 0, 0)
    """
    count = 0
    while isinstance(view, View) and start < end:
        count += _is_of(view) and _has_edit(view, start, end)
        start, end = view.own_span(start, end)
        view = view.base
    return count


def _is_of(view: View) -> bool:
    """Whether a view itself, not the one it is made from, shows what is decoded."""
    return view.name.rpartition("+")[2] == NAME


def _has_edit(view: View, start: int, end: int) -> bool:
    last = bisect_left(view.view_starts, end) - 1
    return last >= 0 and view.view_ends[last] > start
