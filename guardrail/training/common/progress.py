"""Progress of a run: a line every few steps, and the same numbers in the log of its folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic

from guardrail.training.common.run_folder import RunFolder


class Progress:
    """Averages what each step reports; every `every` steps it tells `say` and writes the log.

    The line has step, averages, examples per second and the minutes left at this speed.
    """

    def __init__(
        self, folder: RunFolder, steps: int, say: Callable[[str], None], *, every: int = 25
    ) -> None:
        self._folder = folder
        self._steps = steps
        self._say = say
        self._every = every
        self._restart()

    def _restart(self) -> None:
        self._sums: dict[str, float] = {}
        self._count = 0
        self._examples = 0
        self._since = monotonic()

    def step(self, step: int, examples: int, **numbers: float) -> None:
        """Report a finished step, counted from 1."""
        self._count += 1
        self._examples += examples
        for name, number in numbers.items():
            self._sums[name] = self._sums.get(name, 0.0) + number
        if step % self._every and step != self._steps:
            return
        seconds = max(monotonic() - self._since, 1e-6)
        means = {name: total / self._count for name, total in self._sums.items()}
        rate = self._examples / seconds
        left = (self._steps - step) * seconds / self._count / 60
        self._folder.log({"step": step, "examples_per_second": round(rate, 2), **means})
        self._say(f"step {step}/{self._steps}  {shown(means)}  {rate:.0f}/s  {left:.0f} min left")
        self._restart()


def shown(numbers: Mapping[str, float]) -> str:
    """Return numbers in one line.

    >>> shown({"loss": 0.51234, "tokens": 0.1})
    'loss 0.512  tokens 0.100'
    """
    return "  ".join(f"{name} {number:.3f}" for name, number in numbers.items())
