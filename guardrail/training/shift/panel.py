"""The panel: prompts with a compliant and a violating reply to each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from guardrail.errors import RecipeError
from guardrail.training.data.rows import BadRow, Message, scan_rows


@dataclass(frozen=True)
class Case:
    """A prompt with two continuations of it."""

    messages: tuple[Message, ...]
    compliant: str
    violating: str

    @property
    def prompt(self) -> str:
        """The last message of the user."""
        return self.messages[-1]["content"]


def read_panel(path: Path) -> list[Case]:
    """Return the cases of a file with `prompt`, `compliant` and `violating`; pairs do as well.

    Raises:
        RecipeError: naming file and line.
    """
    cases = []
    for row in scan_rows(path):
        if isinstance(row, BadRow):
            raise RecipeError(f"`{path}:{row.line}`: {row.reason}", help="correct the line")
        sides = [
            row.columns.get(name) if kept is None else kept
            for name, kept in (("compliant", row.chosen), ("violating", row.rejected))
        ]
        if not (row.messages and all(isinstance(side, str) and side for side in sides)):
            raise RecipeError(
                f"`{path}:{row.line}`: expected `prompt`, `compliant` and `violating`, all text",
                help="a panel holds a compliant and a violating reply to each prompt",
            )
        cases.append(Case(row.messages, str(sides[0]), str(sides[1])))
    if not cases:
        raise RecipeError(f"`{path}` holds no case", help="expected one JSON object a line")
    return cases
