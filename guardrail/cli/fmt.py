"""`guardrail fmt`: policies in their canonical layout."""

from __future__ import annotations

import difflib
import os
import re
import sys
from codecs import BOM_UTF8
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from guardrail.cli.command import Command
from guardrail.cli.console import complain, count, echo, printable
from guardrail.cli.exit_codes import CLEAN, FAILED, FINDINGS, USAGE

if TYPE_CHECKING:
    from guardrail.language.source import Source

_STDIN: Final = "-"


@click.command(
    cls=Command,
    examples=(
        "guardrail fmt policies/",
        "guardrail fmt --check --diff policies/",
        "guardrail fmt - < policy.guard",
    ),
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would change.")
def fmt(paths: tuple[str, ...], check: bool, diff: bool) -> int:  # noqa: FBT001 - flags
    """Put policies into their canonical layout.

    A PATH is a policy, or a folder with *.guard files; `-` reads standard input and writes standard
    output. Comments survive, and what a policy means never changes.

    Exit codes: 0 done; 1 a file would change, with --check; 2 a file does not parse, or cannot be
    read or written; 3 the formatter failed. Files with exit code 2 or 3 are left as they are, the
    others are done.
    """
    from guardrail.cli.policies import policy_files

    if _STDIN in paths:
        if len(paths) > 1:
            raise click.UsageError("`-` reads standard input: give no other path with it")
        files = [_STDIN]
    else:
        files = policy_files(paths)
    work = _Work(is_dry=check or diff, is_diff=diff)
    for file in files:
        work.format(file)
    if files != [_STDIN]:
        work.summarize()
    would_change = check and bool(work.changed)
    return max(work.code, FINDINGS if would_change else CLEAN)


class _Work:
    """Formats file after file, and remembers what came of each."""

    def __init__(self, *, is_dry: bool, is_diff: bool) -> None:
        self.is_dry = is_dry
        self.is_diff = is_diff
        self.changed: list[str] = []
        self.same = 0
        self.failed = 0
        self.code = CLEAN

    def format(self, file: str) -> None:
        """Format one file; what is wrong with it is printed and does not stop the others."""
        from guardrail.errors import PolicyError
        from guardrail.language.format import FormatError, format_policy

        try:
            source, has_mark = _read(file)
            text = format_policy(source)
            self._finish(file, source.text, text, is_same=text == source.text and not has_mark)
        except PolicyError as error:
            echo(f"{error}\n", err=True)
            self._fail(USAGE)
        except click.UsageError as error:
            complain(error.message)
            self._fail(USAGE)
        except FormatError as error:
            complain(error.message, error.help)
            self._fail(FAILED)
        except OSError as error:
            complain(f"`{file}`: {(error.strerror or type(error).__name__).lower()}")
            self._fail(FAILED)

    def _fail(self, code: int) -> None:
        self.failed += 1
        self.code = max(self.code, code)

    def _finish(self, file: str, before: str, text: str, *, is_same: bool) -> None:
        """Write a formatted text, or show how it differs."""
        if self.is_diff:
            _show(file, before, text)
        elif file == _STDIN and not self.is_dry:
            _write(None, text)
        if is_same:
            self.same += 1
            return
        if file != _STDIN and not self.is_dry:
            _write(file, text)
        self.changed.append(file)

    def summarize(self) -> None:
        """Say which files changed, or would; beside a diff on standard error."""
        verb = "would be formatted" if self.is_dry else "formatted"
        for file in self.changed:
            echo(f"{verb}: {printable(file)}", err=self.is_diff)
        parts = [f"{count(len(self.changed), 'file')} {verb}", f"{self.same:,} unchanged"]
        if self.failed:
            parts.append(f"{self.failed:,} could not be formatted")
        echo(", ".join(parts), err=self.is_diff)


def _read(file: str) -> tuple[Source, bool]:
    """Return a policy, and whether its text began with a byte order mark.

    Raises:
        click.UsageError: it is too large, cannot be read, or is no UTF-8 text.
    """
    from guardrail.language.files import POLICY_LIMIT, UnreadableError, check_size, read
    from guardrail.language.source import Source

    try:
        if file != _STDIN:
            text, _ = read(Path(file), POLICY_LIMIT, file)
            with Path(file).open("rb") as stream:
                return Source(file, text), stream.read(len(BOM_UTF8)) == BOM_UTF8
        content = sys.stdin.buffer.read(POLICY_LIMIT + 1)
        check_size(len(content), POLICY_LIMIT, file)
        return Source(file, content.decode("utf-8-sig")), content.startswith(BOM_UTF8)
    except UnreadableError as error:
        raise click.UsageError(error.message) from None
    except UnicodeDecodeError:
        raise click.UsageError("standard input is not UTF-8 text") from None


def _write(file: str | None, text: str) -> None:
    """Put a text into a file, whole or not at all, or on standard output; a link is followed.

    Raises:
        click.UsageError: the file cannot be written.
    """
    from guardrail.cli.output import open_output

    if file is not None and not os.access(file, os.W_OK):
        raise click.UsageError(f"`{file}` cannot be written: permission denied")
    with open_output(file, is_policy=True) as stream:
        stream.write(text.encode())


def _show(file: str, before: str, after: str) -> None:
    """Print a unified diff."""
    names = file, f"{file} (formatted)"
    for line in difflib.unified_diff(_lines(before), _lines(after), *names):
        echo(printable(line.removesuffix("\n")))
        if not line.endswith("\n"):
            echo("\\ No newline at end of file")


def _lines(text: str) -> list[str]:
    """Return the lines of a text with their line feeds; nothing else ends a line."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)
