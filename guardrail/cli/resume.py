"""`--resume`: records that an earlier run left are held against the input and taken over.

An earlier run leaves its records in a part file beside the output. They are trusted up to the last
whole line, and only as far as this run would write the same: place by place, byte by byte.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import click
import msgspec

from guardrail.cli.output import is_in_use, parts_of
from guardrail.records import encode_record
from guardrail.transcripts import NotReadableError, Turn, Unreadable
from guardrail.transcripts.lines import blocks, unpacked
from guardrail.transcripts.shapes import read_json
from guardrail.values import Verdict


class RunOutError(Exception):
    """The earlier run did not come this far."""


class Earlier:
    """What an earlier run has left, from its first record on."""

    def __init__(self, name: str, stream: io.BufferedReader, digest: str, *, signals: bool) -> None:
        self._name = name
        self._stream = stream
        self._lines = _whole_lines(stream, name)
        self._digest = digest
        self._signals = signals

    def verdicts(self, file: str, turns: Sequence[Turn]) -> list[tuple[Turn, Verdict]]:
        """Return the verdicts on these turns.

        Raises:
            RunOutError: there are not as many left.
            click.UsageError: a record is of another input, another policy or other options.
        """
        found = []
        for turn, line in zip(turns, islice(self._lines, len(turns)), strict=False):
            verdict = _verdict(line)
            if verdict is None:
                break
            if not self._is_same(file, turn, verdict, line):
                self._refuse(f"at {file}, line {turn.line}")
            found.append((turn, verdict))
        if len(found) < len(turns):
            self._stream.close()
            raise RunOutError
        return found

    def end(self) -> None:
        """Say that the input is at its end.

        Raises:
            click.UsageError: there are records left.
        """
        line = next(self._lines, None)
        if line is not None and _verdict(line) is not None:
            self._refuse("behind the end of the input")
        self._stream.close()

    def _is_same(self, file: str, turn: Turn, verdict: Verdict, line: bytes) -> bool:
        place = {"line": turn.line, "turn": turn.turn, "role": turn.role, "part": turn.part}
        return (
            encode_record(verdict, file=file, **place) == line + b"\n"  # type: ignore[arg-type]
            and verdict.policy.digest == self._digest
            and (verdict.signals is not None) == self._signals
            and (verdict.action not in {"allow", "flag"} or verdict.output == turn.text)
        )

    def _refuse(self, where: str) -> None:
        raise click.UsageError(
            f"--resume: the records in {self._name} are not of this run ({where}): the transcript, "
            "the policy or the options have changed; run it without --resume"
        )


_VERDICT = msgspec.json.Decoder(Verdict)


def _verdict(line: bytes) -> Verdict | None:
    """Return the verdict of a record; None where there is no whole record."""
    try:
        return read_json(line, _VERDICT)
    except NotReadableError:
        return None


@contextlib.contextmanager
def earlier_run(output: str, digest: str, *, signals: bool) -> Iterator[Earlier | None]:
    """Open what an earlier run with this output has left: its part file, or else the output.

    Raises:
        click.UsageError: a run that writes it is still at work.
    """
    parts = parts_of(output)
    busy = next(filter(is_in_use, parts), None)
    if busy is not None:
        raise click.UsageError(f"--resume: another run is writing {output}")
    left = max(parts, key=lambda part: part.stat().st_size, default=Path(output))
    if not left.is_file():
        yield None
        return
    with left.open("rb") as stream:
        yield Earlier(output, stream, digest, signals=signals)


def _whole_lines(stream: io.BufferedReader, name: str) -> Iterator[bytes]:
    """Yield every line that ends; a packed file may break off anywhere."""
    held: bytes | None = None
    for item in blocks(unpacked(stream, name)):
        if held is not None:
            yield held
        if isinstance(item, Unreadable):
            return
        yield from item.lines[:-1]
        held = item.lines[-1]
