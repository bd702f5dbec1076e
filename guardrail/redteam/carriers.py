"""Texts that carry a value, as replies of models do: prose, code, tables, pages, data."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeAlias


class Carried(NamedTuple):
    """A value in a text: what stands before it, the value as it stands there, what follows."""

    before: str
    shown: str
    after: str

    @property
    def text(self) -> str:
        """The whole text."""
        return self.before + self.shown + self.after


Carrier: TypeAlias = Callable[[str], Carried]


def _prose(value: str) -> Carried:
    return Carried("Here is what you asked for: ", value, ", and that is all.")


def _answer(value: str) -> Carried:
    return Carried("Of course!\n\nNote: ", value, " is the one.")


def _data(value: str) -> Carried:
    """Put the value in a JSON string; what would end the string is escaped."""
    inside = value.replace('"', '\\"').replace("\n", "\\n")
    return Carried('{"note": "', inside, '", ' + json.dumps({"count": 3, "done": True})[1:])


def _code(value: str) -> Carried:
    return Carried('Try this:\n\n```python\ntitle = "', value, '"\n```\n')


def _table(value: str) -> Carried:
    """Put the value in a cell of a Markdown table; a cell is one line."""
    cell = value.strip("\n").replace("\n", "<br>")
    head = "| item | what |\n| --- | --- |\n| first | a lamp |\n| second | "
    return Carried(head, cell, " |\n| last | a chair |\n")


def _page(value: str) -> Carried:
    return Carried("<h2>Order</h2>\n<p>", value, "</p>\n<p>See you.</p>")


CARRIERS: Final[Mapping[str, Carrier]] = {
    "prose": _prose,
    "answer": _answer,
    "data": _data,
    "code": _code,
    "table": _table,
    "page": _page,
}
"""Every carrier by its name."""
