"""`guardrail diff`: is a new policy as strict as the old one, and if not, when."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from guardrail.cli.command import Command
from guardrail.cli.console import echo
from guardrail.cli.exit_codes import CLEAN, FAILED, FINDINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from guardrail.diff.replay import On, Replay
    from guardrail.language.checked import CheckedPolicy


@click.command(
    cls=Command,
    examples=(
        "guardrail diff policy.guard new_policy.guard",
        "guardrail diff policy.guard new_policy.guard --replay chats.jsonl",
    ),
)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option(
    "--replay",
    "transcripts",
    multiple=True,
    metavar="TRANSCRIPTS",
    help="Check these with both policies too and count the verdicts that change; may be repeated.",
)
@click.option(
    "--on",
    type=click.Choice(["output", "input", "both"]),
    default="output",
    show_default=True,
    help="With --replay: check replies, what users wrote, or both.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="A report for people, or a JSON object.",
)
@click.option("-o", "--output", metavar="FILE", help="Write there, whole or not at all.")
def diff(
    old: str, new: str, *, transcripts: tuple[str, ...], on: On, form: str, output: str | None
) -> int:
    """Compare two policies.

    NEW as a whole, and each of its rules, is equal to OLD, stricter, looser, or incomparable:
    stricter in one case and looser in another. Each answer comes with such a case. Nothing
    runs for that; with --replay both policies check transcripts as well.

    Exit codes: 0 NEW is equal or stricter; 1 it is looser or incomparable, or that could not be
    decided; 2 the call or a policy is wrong; 3 some input could not be read.
    """
    from guardrail.cli.diff_report import report
    from guardrail.cli.output import open_output
    from guardrail.diff.engine import diff as compare
    from guardrail.diff.record import as_json, replay_as_json

    before, after = _policies(old, new)
    found = compare(before, after)
    replay = _replay(old, new, transcripts, on, output) if transcripts else None
    if form == "json":
        record = as_json(found)
        if replay is not None:
            record["replay"] = replay_as_json(replay)
        text = json.dumps(record, indent=2, ensure_ascii=False)
    else:
        text = report(found, replay, old, new)
    if output is None:
        echo(text)
    else:
        with open_output(output) as stream:
            stream.write(click.unstyle(text).encode(errors="backslashreplace") + b"\n")
        echo(f"The report is in {output}.")
    if replay is not None and replay.unreadable:
        return FAILED
    return CLEAN if found.relation.is_safe else FINDINGS


def _policies(old: str, new: str) -> tuple[CheckedPolicy, CheckedPolicy]:
    """Compile both policies; what is wrong with either is said in one go.

    Raises:
        PolicyError: with every mistake in both.
    """
    from guardrail.cli.guards import declared_host
    from guardrail.cli.policies import readable_policy
    from guardrail.errors import PolicyError
    from guardrail.runtime.compile import diagnose

    host = declared_host()
    paths = [readable_policy(each) for each in (old, new)]
    compiled = [diagnose(path, host) for path in paths]
    errors = [each for _, found in compiled for each in found if each.level == "error"]
    before, after = (policy for policy, _ in compiled)
    if errors or before is None or after is None:
        raise PolicyError(list(dict.fromkeys(errors)))
    return before, after


def _replay(old: str, new: str, transcripts: Sequence[str], on: On, output: str | None) -> Replay:
    from guardrail.cli.checking import sizes_of
    from guardrail.cli.guards import load_guard, project, spec_of
    from guardrail.cli.progress import progress
    from guardrail.diff.replay import Replayer
    from guardrail.transcripts import open_transcript

    if transcripts.count("-") > 1:
        raise click.UsageError("standard input (-) can be read only once")
    sizes = sizes_of(transcripts, output)
    settings, root = project()
    guards = [load_guard(spec_of(path, settings, root)) for path in (old, new)]
    replayer = Replayer(guards[0], guards[1], on)
    total = None if None in sizes else sum(size or 0 for size in sizes)
    with progress(total) as advance:
        for number, name in enumerate(transcripts):
            with open_transcript(name) as transcript:
                for chunk in transcript.chunks():
                    replayer.check(name, chunk)
                    read = sum(size or 0 for size in sizes[:number]) + chunk.position
                    advance(read, replayer.replay.checked)
    return replayer.replay
