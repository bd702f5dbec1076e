"""`guardrail doc`: the constitution as a page."""

from __future__ import annotations

import click

from guardrail.cli.command import Command
from guardrail.cli.console import complain, echo, printable
from guardrail.cli.exit_codes import CLEAN


@click.command(
    cls=Command,
    examples=(
        "guardrail doc policy.guard -o policy.md",
        "guardrail doc policy.guard --format html -o policy.html",
    ),
)
@click.argument("policy", metavar="POLICY")
@click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "html"]),
    default="markdown",
    show_default=True,
    help="Markdown to commit beside the policy, or a page for browsers in one file.",
)
@click.option("-o", "--output", metavar="FILE", help="Write there, whole or not at all.")
def doc(policy: str, form: str, output: str | None) -> int:
    """Write a policy as a page for people.

    Each principle with the rules that enforce it, in sentences, and the tests that show it; then
    detectors, lists, replies and what happens when something fails. The policy's tests are run
    for it. The same policy always gives the same page.

    Exit codes: 0; 2 the call, the policy or the installation is wrong.
    """
    from guardrail.cli.guards import declared_host
    from guardrail.cli.output import open_output
    from guardrail.cli.policies import readable_policy
    from guardrail.doc.facts import facts
    from guardrail.doc.page import page

    found = facts(readable_policy(policy), declared_host())
    blocks = page(found)
    if form == "html":
        from guardrail.doc.html import html

        content = html(blocks, found.policy.title or found.policy.name)
    else:
        from guardrail.doc.markdown import markdown

        content = markdown(blocks).encode()
    with open_output(output) as stream:
        stream.write(content)
    if found.obstacle is not None:
        complain(f"the tests could not run here: {found.obstacle}", level="warning")
    if output is not None:
        echo(f"The page is in {printable(output)}.")
    return CLEAN
