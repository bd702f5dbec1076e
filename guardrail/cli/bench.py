"""`guardrail bench`: what a policy costs on the user's own transcripts, on this machine."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import click

from guardrail.cli.command import Command
from guardrail.cli.console import complain, count, echo, printable
from guardrail.cli.exit_codes import CLEAN, FAILED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from guardrail.values import Side, Subject

_TEXTS = 1_000


@click.command(
    cls=Command,
    examples=(
        "guardrail bench policy.guard chats.jsonl",
        "guardrail bench policy.guard chats.jsonl --json > bench.json",
    ),
)
@click.argument("policy", metavar="POLICY")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option(
    "--on",
    type=click.Choice(["output", "input"]),
    default="output",
    show_default=True,
    help="Check replies, or what users wrote.",
)
@click.option(
    "--texts",
    type=click.IntRange(1, 1_000_000),
    default=_TEXTS,
    show_default=True,
    metavar="N",
    help="Use the first N texts of the files.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.1, 3600),
    default=5.0,
    show_default=True,
    help="For how long checks are repeated; each text is checked at least three times.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def bench(
    policy: str, files: tuple[str, ...], *, on: Side, texts: int, seconds: float, as_json: bool
) -> int:
    """Measure what a policy costs on transcripts.

    Says how long a check takes, on which stage the time goes, what each rule costs, which of them
    the one scan for all cannot leave out, and what a new process needs to start. Without FILE the
    texts are made up: ordinary replies of 500 characters. No text is printed.

    Exit codes: 0; 2 the call, the policy or the installation is wrong; 3 some input could not be
    read.
    """
    import msgspec

    from guardrail.bench import bench as measured
    from guardrail.bench import made_up
    from guardrail.cli.bench_report import report
    from guardrail.cli.bench_start import start_of
    from guardrail.cli.guards import guard_spec, load_guard

    guard = load_guard(guard_spec(policy))
    unreadable: list[int] = []
    subjects = list(islice(_subjects(files, on, unreadable), texts)) if files else made_up(texts)
    if not subjects:
        what = "replies" if on == "output" else "prompts"
        raise click.UsageError(f"there are no {what} in {', '.join(map(printable, files))}")
    figures = measured(guard, subjects, on=on, seconds=seconds)
    figures = msgspec.structs.replace(figures, start=start_of(policy, subjects[0], on))
    if as_json:
        echo(msgspec.json.format(msgspec.json.encode(figures)).decode())
    else:
        echo(report(figures, policy, are_made_up=not files))
    if unreadable:
        complain(f"{count(len(unreadable), 'line')} could not be read", level="warning")
        return FAILED
    return CLEAN


def _subjects(files: tuple[str, ...], on: Side, unreadable: list[int]) -> Iterator[Subject]:
    """Yield the texts of one side as `check` would see them."""
    from guardrail.transcripts import Unreadable, open_transcript, read_turns
    from guardrail.values import Subject

    role = "assistant" if on == "output" else "user"
    for name in files:
        with open_transcript(name) as transcript:
            for chunk in transcript.chunks():
                unreadable += [item.line for item in chunk.unreadable]
                for number, line in chunk.lines:
                    turns = read_turns(chunk.shape, number, line)
                    if isinstance(turns, Unreadable):
                        unreadable.append(turns.line)
                        continue
                    for turn in turns:
                        if turn.role == role:
                            prompt = turn.prompt if on == "output" else None
                            yield Subject(turn.text, prompt, turn.system)
