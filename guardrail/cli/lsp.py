"""`guardrail lsp`: the language server that editors start."""

from __future__ import annotations

import click

from guardrail.cli.command import Command
from guardrail.cli.exit_codes import CLEAN
from guardrail.errors import MissingExtraError


@click.command(cls=Command, examples=("guardrail lsp",))
@click.option("--stdio", is_flag=True, help="Standard input and output; there is no other way.")
def lsp(stdio: bool) -> int:  # noqa: ARG001, FBT001 - editors pass the flag by habit
    """Serve an editor: mistakes, fixes, names, tests and formatting of policies while they change.

    An editor starts this and speaks with it over standard input and output, by the Language
    Server Protocol; docs/guide/editors.md says how to set one up. It ends when the editor does.

    Exit codes: 0; 2 the extra `lsp` is not installed.
    """
    from guardrail.cli.guards import declared_host, project
    from guardrail.lint.options import options_of

    settings, _ = project()
    host, options = declared_host(), options_of(settings.lint.enable, settings.lint.disable)
    try:
        import pygls.lsp.server  # noqa: F401 - only to see whether it is there
    except ImportError:
        raise MissingExtraError("`guardrail lsp`", "lsp") from None
    from guardrail.lsp.server import serve

    serve(host, options)
    return CLEAN
