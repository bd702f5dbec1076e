"""`guardrail explain`: the plan of a policy, a station on the way to it, a verdict, or a code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from guardrail.cli.command import Command
from guardrail.cli.console import echo, printable
from guardrail.cli.exit_codes import CLEAN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from guardrail.values import Side

_CODE: Final = re.compile(r"G\d{3}", re.IGNORECASE)
_STAGES: Final = ("tokens", "tree", "ast", "checked", "plan")


@click.command(
    cls=Command,
    examples=(
        "guardrail explain policy.guard",
        'guardrail explain policy.guard --text "Call 415-555-0132"',
        "guardrail explain policy.guard --stream --replay chats.jsonl",
        "guardrail explain G012",
    ),
)
@click.argument("what", metavar="POLICY|CODE")
@click.option(
    "--stage", type=click.Choice(_STAGES), help="A station on the way to the plan.  [default: plan]"
)
@click.option("--text", metavar="T", help="Why this text gets its verdict, rule by rule.")
@click.option("--prompt", metavar="P", help="The prompt that --text answers.")
@click.option(
    "--stream", is_flag=True, help="How long each rule makes the reader of a stream wait."
)
@click.option(
    "--replay",
    multiple=True,
    metavar="FILE",
    help="Transcripts to measure that on, with --stream; can be given several times.",
)
@click.option("--on", type=click.Choice(["output", "input"]), help="Only the rules of one side.")
def explain(
    what: str,
    stage: str | None,
    text: str | None,
    prompt: str | None,
    *,
    stream: bool,
    replay: tuple[str, ...],
    on: Side | None,
) -> int:
    """Explain a policy, a verdict or a code.

    A policy: its plan, or with --stage a station on the way to it. A verdict: with --text, rule by
    rule. A stream: with --stream, how long each rule makes the reader wait. A code: G012 or its
    name, with an example of what to avoid and what to prefer.

    Exit codes: 0; 2 the call, the policy or the installation is wrong.
    """
    from guardrail.language.diagnostics import CATALOGUE

    if prompt is not None and text is None:
        raise click.UsageError("--prompt needs --text, the reply to it")
    if text is not None and stage is not None:
        raise click.UsageError("--text explains a verdict, --stage a policy: use one of them")
    if stream and (text is not None or stage is not None or on is not None):
        raise click.UsageError("--stream explains output rules: leave --text, --stage and --on out")
    if replay and not stream:
        raise click.UsageError("--replay needs --stream, which it measures")
    codes = {entry.name: code for code, entry in CATALOGUE.items()}
    if _CODE.fullmatch(what) or what in codes:
        echo(_page(codes.get(what, what.upper())))
    elif stream:
        echo(printable(_stream(what, replay)))
    elif text is not None:
        echo(_verdict(what, text, prompt, on or "output"))
    else:
        echo(printable(_station(what, stage or "plan", on)))
    return CLEAN


def _page(code: str) -> str:
    """Return the page of a code as text: headings styled, examples indented."""
    from guardrail.lint.pages import page

    try:
        text = page(code)
    except KeyError:
        raise click.UsageError(f"there is no code {code}") from None
    lines = []
    is_example = False
    for line in text.splitlines():
        if line.startswith("```"):
            is_example = not is_example
        elif line.startswith("#"):
            lines.append(click.style(line.lstrip("# "), bold=True))
        else:
            lines.append(f"    {line}".rstrip() if is_example else line)
    return "\n".join(lines)


def _verdict(policy: str, text: str, prompt: str | None, on: Side) -> str:
    from guardrail.cli.guards import guard_spec, load_guard
    from guardrail.runtime.explain import explain_verdict

    guard = load_guard(guard_spec(policy))
    return explain_verdict(guard, text, prompt=prompt, on=on)


def _stream(policy: str, transcripts: tuple[str, ...]) -> str:
    from guardrail.cli.guards import guard_spec, load_guard
    from guardrail.runtime.explain_stream import explain_stream, measure

    guard = load_guard(guard_spec(policy))
    explained = explain_stream(guard)
    if not transcripts:
        return explained
    return "\n".join((explained, *measure(guard, _replies(transcripts)).lines()))


def _replies(transcripts: tuple[str, ...]) -> Iterator[str]:
    """Yield what assistants say; a line that cannot be read is left out here."""
    from guardrail.transcripts import open_transcript
    from guardrail.transcripts.lines import Unreadable
    from guardrail.transcripts.turns import read_turns

    for name in transcripts:
        with open_transcript(name) as transcript:
            for chunk in transcript.chunks():
                for number, line in chunk.lines:
                    turns = read_turns(chunk.shape, number, line)
                    if not isinstance(turns, Unreadable):
                        yield from (turn.text for turn in turns if turn.role == "assistant")


def _station(policy: str, stage: str, on: Side | None) -> str:
    from guardrail.cli.policies import readable_policy

    readable_policy(policy)
    if stage in {"tokens", "tree", "ast"}:
        return _syntax(policy, stage)
    from guardrail.cli.guards import declared_host
    from guardrail.errors import PolicyError
    from guardrail.runtime.compile import diagnose

    checked, diagnostics = diagnose(policy, declared_host())
    if checked is None:
        raise PolicyError(diagnostics)
    if stage == "checked":
        from guardrail.cli.dump import dump

        return dump(checked)
    from guardrail.plan.explain import explain_plan
    from guardrail.plan.lower import lower

    sides: tuple[Side, ...] = (on,) if on else ("output", "input")
    plans = [lower(checked, side) for side in sides]
    shown = [plan for plan in plans if plan.rules] or plans[:1]
    return "\n\n".join(explain_plan(plan) for plan in shown)


def _syntax(policy: str, stage: str) -> str:
    from guardrail.cli.dump import dump
    from guardrail.errors import PolicyError
    from guardrail.language import parser
    from guardrail.language.files import POLICY_LIMIT, UnreadableError, read
    from guardrail.language.source import Source

    try:
        source = Source(policy, read(Path(policy), POLICY_LIMIT, policy)[0])
    except UnreadableError as error:
        raise click.UsageError(error.message) from None
    if stage == "tokens":
        return "\n".join(
            f"{token.line}:{token.column}  {token.type}  {token}" for token in parser.tokens(source)
        )
    if stage == "tree":
        return parser.tree(source).pretty().rstrip()
    tree, diagnostics = parser.parse(source)
    if tree is None or diagnostics:
        raise PolicyError(diagnostics)
    return dump(tree, source)
