"""The page of all commands, from their own help."""

import inspect
from collections.abc import Iterator

import click

from guardrail.cli.main import main

HEAD = """# Commands

What `guardrail COMMAND --help` prints. The [guide](../guide/cli.md) shows them at work.
"""


def commands_page() -> str:
    """Return the reference of the command line: usage, options and examples of each command."""
    context = click.Context(main, info_name="guardrail")
    return HEAD + "".join(f"\n{part}\n" for part in _commands(main, context))


def _commands(group: click.Group, context: click.Context) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.commands[name]
        inner = click.Context(command, info_name=name, parent=context)
        if command.hidden:
            continue
        yield _command(command, inner)
        if isinstance(command, click.Group):
            yield from _commands(command, inner)


def _command(command: click.Command, context: click.Context) -> str:
    """Return the part of one command: usage, what it does, options, an example."""
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    examples = "\n".join(getattr(command, "examples", ()))
    options = [
        f"`{names}`\n:   {said.replace('[', '&#91;')}"
        for parameter in command.get_params(context)
        if (record := parameter.get_help_record(context)) is not None
        for names, said in [record]
        if said
    ]
    parts = (
        f"## {context.command_path}",
        inspect.cleandoc(command.help or ""),
        f"```text\n{usage}\n```",
        *options,
        f"```sh\n{examples}\n```",
    )
    return "\n\n".join(parts)
