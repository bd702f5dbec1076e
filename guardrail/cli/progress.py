"""A progress bar on standard error, where somebody is there to see it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from time import monotonic
from typing import TypeAlias

Advance: TypeAlias = Callable[[int, int], None]
"""Called with the bytes read so far, of all files, and the texts checked so far."""


@contextlib.contextmanager
def progress(total: int | None, *, is_wanted: bool = True) -> Iterator[Advance]:
    """Show a bar while the block runs; `total` is the size of all files, if it is known."""
    if not (is_wanted and sys.stderr.isatty()):
        yield lambda _read, _checked: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    started = monotonic()
    columns = (
        TextColumn("checking"),
        BarColumn(),
        TextColumn("{task.fields[checked]:,} texts, {task.fields[rate]:,.0f}/s"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("checking", total=total, checked=0, rate=0.0)

        def advance(read: int, checked: int) -> None:
            rate = checked / max(monotonic() - started, 0.001)
            bar.update(task, completed=read, checked=checked, rate=rate)

        yield advance
