"""Texts that carry a value: each is given the value and says where it put it."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random

Carrier = Callable[[str, Random], tuple[str, str, str]]
"""From a value to what stands before it, the value as it stands there, and what follows."""

BEFORE = ("Here is what you asked for: ", "I think that ", "For your trip you need ", "Note: ")
AFTER = (" is the one.", " as we said before.", ", and that is all.", " is ready now.")


def prose(value: str, dice: Random) -> tuple[str, str, str]:
    start = dice.choice(("Sure.\n\n", "", "Of course! "))
    return start + dice.choice(BEFORE), value, dice.choice(AFTER)


def json_text(value: str, dice: Random) -> tuple[str, str, str]:
    """A JSON object; what would end the string is escaped, escapes stay what they are."""
    inside = value.replace('"', '\\"').replace("\n", "\\n")
    name = dice.choice(("note", "text", "message", "comment"))
    rest = json.dumps({"count": dice.randrange(9), "done": True})[1:]
    return f'{{"{name}": "', inside, f'", {rest}'


def fence(value: str, dice: Random) -> tuple[str, str, str]:
    language, quote = dice.choice((("python", '"'), ("js", "'"), ("text", "")))
    name = "" if not quote else dice.choice(("label = ", "title = "))
    return f"Try this:\n\n```{language}\n{name}{quote}", value, f"{quote}\n```\n"


def table(value: str, dice: Random) -> tuple[str, str, str]:
    """A Markdown table; a cell is one line."""
    cell = value.strip("\n").replace("\n", "<br>")
    head = "| item | what |\n| --- | --- |\n| first | a lamp |\n"
    return head + f"| {dice.choice(('second', 'other'))} | ", cell, " |\n| last | a chair |\n"


def html(value: str, dice: Random) -> tuple[str, str, str]:
    tag = dice.choice(("p", "td", "li", "div"))
    return f"<h2>Order</h2>\n<{tag}>", value, f"</{tag}>\n<p>See you.</p>"


CARRIERS: dict[str, Carrier] = {
    "prose": prose,
    "json": json_text,
    "fence": fence,
    "table": table,
    "html": html,
}
