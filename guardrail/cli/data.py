"""`guardrail data`: what a policy says of training data."""

from __future__ import annotations

import json
from pathlib import Path

import click

from guardrail.cli.command import Command
from guardrail.cli.console import count, echo, printable
from guardrail.cli.exit_codes import CLEAN, FAILED, FINDINGS
from guardrail.cli.output import open_output

_FILE = click.Path(path_type=Path)


class _Group(Command, click.Group):
    """A group with examples."""


@click.group(cls=_Group, examples=("guardrail data audit sft.jsonl -p policy.guard",))
def data() -> None:
    """Look at training data: replies to learn, and pairs to choose from."""


@data.command(
    cls=Command,
    examples=(
        "guardrail data audit sft.jsonl -p policy.guard --write-clean clean.jsonl",
        "guardrail data audit pairs.jsonl.gz -p policy.guard --html audit.html --json audit.json",
    ),
)
@click.argument("file", type=_FILE)
@click.option("-p", "--policy", type=_FILE, help="The policy that judges the replies.")
@click.option("--reference", type=_FILE, help="Prompts that the file should stand for.")
@click.option("--html", type=click.Path(), help="Write a page with plots.")
@click.option("--json", "json_", type=click.Path(), help="Write everything as JSON.")
@click.option(
    "--write-clean",
    type=click.Path(path_type=Path),
    help="Write the fit rows, and beside them FILE.dropped.jsonl with a reason for each other.",
)
def audit(
    file: Path,
    policy: Path | None,
    reference: Path | None,
    html: str | None,
    json_: str | None,
    write_clean: Path | None,
) -> int:
    """Find rows that are unfit to train on, and show what a file is like.

    Exit codes: 0 every row is fit; 1 some are not; 2 a file or the policy cannot be used; 3 some
    lines could not be read.
    """
    from guardrail.training.data import audit as audits
    from guardrail.training.data.page import audit_page, lines

    found = audits.audit_file(file, policy, reference)
    for line in lines(found):
        echo(printable(line))
    if html:
        with open_output(html) as stream:
            stream.write(audit_page(found))
    if json_:
        with open_output(json_) as stream:
            stream.write(json.dumps(found.record(), indent=2, ensure_ascii=False).encode() + b"\n")
    if write_clean:
        dropped = audits.write_clean(found, write_clean)
        kept = count(len(found.rows) - len(found.faults), "row")
        echo(f"{kept} written to {printable(str(write_clean))}; why others are not: {dropped.name}")
    if not found.is_read:
        return FAILED
    return FINDINGS if found.faults else CLEAN
