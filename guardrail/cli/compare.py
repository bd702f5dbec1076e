"""`guardrail compare`: two models on one prompt set."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from guardrail.cli.command import Command
from guardrail.cli.console import complain
from guardrail.cli.exit_codes import CLEAN, FAILED, FINDINGS

if TYPE_CHECKING:
    from guardrail.compare.compare import Comparison, Model

_FORMS: Final = ("text", "json", "html")


@click.command(
    cls=Command,
    examples=(
        "guardrail compare bot:before bot:after --prompts prompts.jsonl -p policy.guard",
        "guardrail compare old-onnx new-onnx --prompts p.jsonl -p p.guard --format html -o c.html",
    ),
)
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option(
    "--prompts",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The prompts: a JSON object a line with `prompt` or `messages`. `expects` (moves that "
    "solve the case) gives utility, `kind: harmful` says that a refusal is right.",
)
@click.option(
    "-p",
    "--policy",
    metavar="POLICY",
    help="The policy; without it, `policy` of [tool.guardrail] in the nearest pyproject.toml.",
)
@click.option(
    "--first", type=click.IntRange(1), metavar="N", help="Ask the first N prompts.  [default: all]"
)
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMS),
    default="text",
    show_default=True,
    help="A table (text) or a page (html) for people, or all figures (json).",
)
@click.option("-o", "--output", metavar="FILE", help="Write there, whole or not at all.")
def compare(
    before: str,
    after: str,
    *,
    prompts: Path,
    policy: str | None,
    first: int | None,
    form: str,
    output: str | None,
) -> int:
    """Tell what changed from model A to model B.

    A and B are asked the same prompts, without the policy between them and the caller: it only
    judges. Each is MODULE:FUNCTION from a prompt to a reply, URL#MODEL of an OpenAI-compatible
    endpoint, or a folder that `export` wrote.

    Exit codes: 0 nothing is certainly worse; 1 B violates or refuses more, or helps less; 2 the
    call, the policy or the installation is wrong; 3 a model failed, or guardrail did.
    """
    from guardrail.cli.guards import guard_spec, load_guard
    from guardrail.cli.output import open_output
    from guardrail.cli.progress import progress
    from guardrail.compare.compare import compare as compared
    from guardrail.training.data.rows import read_rows
    from guardrail.training.grade import Grader

    if form == "html" and output is None and sys.stdout.isatty():
        raise click.UsageError("a page is of no use in a terminal: name a file, -o compare.html")
    first_model, second_model = _model(before), _model(after)
    guard = load_guard(guard_spec(policy, evaluate_all=True))
    if not guard.has_rules("output"):
        raise click.UsageError("the policy has no rules on output: no reply can break it")
    rows = read_rows(prompts, "prompts")[:first]
    with progress(len(rows)) as advance:
        found = compared(
            first_model,
            second_model,
            rows,
            Grader(guard),
            advance=lambda done: advance(done, done),
        )
    with open_output(output) as stream:
        stream.write(_written(found, form))
    for kind, number in found.failed.items():
        complain(f"{kind} {number:,} times", "those prompts are left out")
    if found.failed:
        return FAILED
    return FINDINGS if found.worse else CLEAN


def _model(name: str) -> Model:
    from guardrail.compare.compare import Model
    from guardrail.redteam.targets import load_target, shown_target

    target = load_target(name)
    if target is None:
        raise click.UsageError(f"'{name}' is no model: name a function, an endpoint or a folder")
    return Model(shown_target(name), target)


def _written(found: Comparison, form: str) -> bytes:
    from guardrail.cli.compare_reports import html, text
    from guardrail.compare.compare import encoded

    if form == "json":
        return encoded(found)
    if form == "html":
        return html(found)
    return text(found).encode(errors="backslashreplace") + b"\n"
