"""The folder of a run: its recipe, its log, and the checkpoint that it goes on from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from guardrail.errors import RecipeError

_RECIPE: Final = "recipe.json"
_CHECKPOINT: Final = "checkpoint.pt"
_LOG: Final = "log.jsonl"


class RunFolder:
    """A folder that one recipe trains in; the same recipe goes on where it stopped.

    Files: `recipe.json` as it was read, `log.jsonl` one object for each logged step,
    `checkpoint.pt` the latest state. A checkpoint is written beside the old one and then renamed,
    so that whenever a run is stopped one of the two is whole.
    """

    def __init__(self, place: Path) -> None:
        self.place = place

    def begin(self, recipe: BaseModel, *, resume: bool) -> None:
        """Make the folder ready, for a new run or to go on.

        Raises:
            RecipeError: another recipe was trained here, or there is a run and `resume` is not
                asked for.
        """
        written = recipe.model_dump_json(indent=2) + "\n"
        path = self.place / _RECIPE
        if path.exists() and not resume:
            raise RecipeError(
                f"`{self.place}` holds a run already",
                help="go on with --resume, or name another folder as `out`",
            )
        if path.exists() and path.read_text("utf-8") != written:
            raise RecipeError(
                f"`{self.place}` holds the run of another recipe",
                help="name another folder as `out`, or take back the changes in the recipe",
            )
        self.place.mkdir(parents=True, exist_ok=True)
        path.write_text(written, "utf-8")

    def save(self, state: Mapping[str, Any]) -> None:
        """Keep a state that `load` gives back: tensors, numbers, texts, lists and dictionaries."""
        import torch

        fresh = self.place / f"{_CHECKPOINT}.new"
        torch.save(dict(state), fresh)
        fresh.replace(self.place / _CHECKPOINT)

    def load(self) -> dict[str, Any] | None:
        """Return the state that was kept last; None if there is none."""
        import torch

        path = self.place / _CHECKPOINT
        if not path.exists():
            return None
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        return state

    def log(self, row: Mapping[str, float]) -> None:
        """Append a row of numbers to the log."""
        with (self.place / _LOG).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def rows(self) -> Iterator[dict[str, float]]:
        """Yield the rows of the log; a last line that was cut off is left out."""
        path = self.place / _LOG
        for line in path.read_text("utf-8").splitlines() if path.exists() else ():
            try:
                yield json.loads(line)
            except ValueError:
                continue
