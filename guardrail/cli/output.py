"""Where results go: standard output, or a file that appears whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click


@contextlib.contextmanager
def open_output(path: str | None, *, is_policy: bool = False) -> Iterator[BinaryIO]:
    """Open what results are written to; a file is put in place only when all went well.

    Only what `is_policy` takes the place of a policy.

    Raises:
        click.UsageError: the file cannot be made, or is a policy that would be lost.
    """
    if path is None:
        stream = sys.stdout.buffer
        yield stream
        stream.flush()
        return
    target = Path(path)
    if not is_policy and target.suffix == ".guard" and target.is_file():
        raise click.UsageError(f"'{path}' is a policy and stays as it is: name another file")
    try:
        is_special = target.exists() and not target.is_file()
        target = target.resolve()
        part = target if is_special else target.with_name(f".{target.name}.{os.getpid()}.part")
        stream = part.open("wb" if is_special else "xb")
    except OSError as error:
        reason = (error.strerror or "not a file").lower()
        raise click.UsageError(f"'{path}' cannot be written: {reason}") from None
    try:
        with stream:
            yield stream
        if not is_special:
            if target.exists():
                part.chmod(target.stat().st_mode)
            part.replace(target)
    except BaseException:
        if not is_special:
            part.unlink(missing_ok=True)
        raise
