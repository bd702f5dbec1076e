"""Where results go: standard output, or a file that appears whole or not at all.

Until it is whole it is a part file beside it. A run that is killed leaves that behind, and another
one can take it over.
"""

from __future__ import annotations

import contextlib
import glob
import gzip
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import click

from guardrail.cli.tables import TableWriter, is_table
from guardrail.errors import MissingExtraError


@contextlib.contextmanager
def open_output(
    path: str | None, *, is_policy: bool = False, keeps_part: bool = False
) -> Iterator[BinaryIO]:
    """Open what results are written to; a file is put in place only when all went well.

    Only what `is_policy` takes the place of a policy. With `keeps_part` the part file stays when
    something goes wrong.

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
        part = (
            target
            if is_special
            else target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        )
        stream = part.open("wb" if is_special else "xb")
        if not is_special:
            _lock(stream)
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
            _remove_left(target)
    except BaseException:
        if not is_special and not (keeps_part and part.stat().st_size):
            part.unlink(missing_ok=True)
        raise


def _remove_left(target: Path) -> None:
    """Remove what runs that were cut off have left: the whole is there now."""
    for part in parts_of(str(target)):
        with contextlib.suppress(OSError):  # somebody else may be as fast
            if not is_in_use(part):
                part.unlink()


def parts_of(path: str) -> list[Path]:
    """Return the part files that runs with this output have left, or write at this moment."""
    target = Path(path).resolve()
    pattern = f".{glob.escape(target.name)}.*.part"
    return [part for part in sorted(target.parent.glob(pattern)) if part.is_file()]


def is_in_use(part: Path) -> bool:
    """Whether a process still writes a part file."""
    with part.open("rb") as stream:
        return not _lock(stream)


def _lock(stream: BinaryIO) -> bool:
    """Lock a file until it is closed or its process ends; False if somebody else has.

    Where files have no such locks, nobody has.
    """
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def packing(stream: BinaryIO, target: str | None) -> contextlib.AbstractContextManager[BinaryIO]:
    """Return the stream as it packs what is written, by the suffix: gzip, Zstandard, or a table.

    Raises:
        MissingExtraError: `.zst` needs the extra `zstd`, a table `parquet`.
    """
    suffix = Path(target or "").suffix
    if suffix == ".gz":
        # No name and no time inside: the same input gives the same bytes.
        packed = gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0)
        return contextlib.closing(cast("BinaryIO", packed))
    if suffix == ".zst":
        try:
            import zstandard
        except ImportError as error:
            raise MissingExtraError(f"writing `{target}` (Zstandard)", "zstd") from error
        writer = zstandard.ZstdCompressor().stream_writer(stream, closefd=False)
        return contextlib.closing(cast("BinaryIO", writer))
    if target is not None and is_table(target):
        return contextlib.closing(cast("BinaryIO", TableWriter(stream, target)))
    return contextlib.nullcontext(stream)
