"""A run of a trainer of language models: its folder, what made it, and whether it is finished.

Beside what every run folder holds: `run.json` (command, seed, versions, last figures),
`checkpoints/` until the run is finished, the model, and plots.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from guardrail.errors import RecipeError
from guardrail.training.common.libraries import prepare
from guardrail.training.common.run_folder import RunFolder
from guardrail.training.common.seeds import seed_all
from guardrail.training.schedule import Schedule

_PACKAGES: Final = ("guardrail-sdk", "torch", "transformers", "trl", "peft", "onnx", "onnxruntime")
_RUN: Final = "run.json"


@dataclass(frozen=True)
class Run:
    """A run that has begun; make one with `Run.begin`."""

    folder: RunFolder
    command: str
    seed: int

    @classmethod
    def begin(cls, recipe: Schedule, command: str, *, resume: bool) -> Run:
        """Make the folder of a new run, or open an interrupted one.

        Raises:
            RecipeError: there is a run already, none to resume, or one of another recipe.
        """
        run = cls(RunFolder(recipe.out), command, recipe.seed)
        file = recipe.out / _RUN
        if resume and not file.is_file():
            raise RecipeError(f"`{recipe.out}` holds no run to resume", help="leave out --resume")
        if resume and _read(file)["finished"]:
            raise RecipeError(f"the run in `{recipe.out}` is finished", help="name another `out`")
        run.folder.begin(recipe, resume=resume)
        run._write(is_finished=False, figures={})
        return run

    @property
    def path(self) -> Path:
        """The folder."""
        return self.folder.place

    @property
    def checkpoints(self) -> Path:
        """Where the trainer keeps what it needs to go on."""
        return self.path / "checkpoints"

    def saved(self) -> list[tuple[int, Path]]:
        """Return the checkpoints that are kept, each with its step, the earliest first."""
        found = self.checkpoints.glob("checkpoint-*")
        return sorted((int(folder.name.rpartition("-")[2]), folder) for folder in found)

    def rows(self) -> list[dict[str, Any]]:
        """Return the log; of a step that was logged twice, after a resume, the later row."""
        return list({row["step"]: row for row in self.folder.rows()}.values())

    def finish(self, figures: Mapping[str, Any]) -> None:
        """Mark the run as finished, with its last figures; checkpoints are deleted."""
        self._write(is_finished=True, figures=figures)
        shutil.rmtree(self.checkpoints, ignore_errors=True)

    def _write(self, *, is_finished: bool, figures: Mapping[str, Any]) -> None:
        document = {
            "command": self.command,
            "seed": self.seed,
            "versions": versions(),
            "finished": is_finished,
            "figures": dict(figures),
        }
        part = self.path / f"{_RUN}.new"
        part.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
        part.replace(self.path / _RUN)


def check_finished(path: Path) -> None:
    """Refuse the folder of a run that was interrupted.

    Raises:
        RecipeError: the run is not finished.
    """
    file = path / _RUN
    if file.is_file() and not _read(file)["finished"]:
        raise RecipeError(
            f"the run in `{path}` was interrupted and has no model yet",
            help="go on with --resume, then use it",
        )


def versions() -> dict[str, str]:
    """Return the versions of the packages that decide what a run gives."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def make_ready(what: str, seed: int) -> None:
    """Check that libraries are here, keep them quiet and off the network, and set seeds.

    Raises:
        MissingExtraError: the extra `train` is not installed.
    """
    prepare(what, ("torch", "transformers", "trl", "datasets", "peft"))
    import datasets
    import transformers

    datasets.disable_progress_bars()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    seed_all(seed)


def _read(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return document
