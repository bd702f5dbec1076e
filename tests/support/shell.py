"""The `guardrail` commands in a shell script, and whether their options exist."""

import re
import shlex
from collections.abc import Iterator

import click

from guardrail.cli.main import main

EXPRESSION = re.compile(r"\$\{\{.*?\}\}")
OPERATORS = re.compile(r"[;&|<>()]+")


def guardrail_commands(script: str) -> Iterator[list[str]]:
    """Yield the words of each call of `guardrail` in a script, without the command itself."""
    joined = EXPRESSION.sub("expression", script).replace("\\\n", " ")
    for line in joined.splitlines():
        lexer = shlex.shlex(line.removeprefix("$ "), posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words: list[str] = []
        for word in [*lexer, ";"]:
            if OPERATORS.fullmatch(word):
                yield from _calls(words)
                words = []
            else:
                words.append(word)


def _calls(words: list[str]) -> Iterator[list[str]]:
    while words and re.fullmatch(r"\w+=.*", words[0]):
        words = words[1:]
    if words[:1] == ["guardrail"]:
        yield words[1:]


def assert_parses(words: list[str]) -> None:
    """Fail unless a command has these options and arguments; the command does not run."""
    context = click.Context(main, info_name="guardrail")
    name, command, rest = main.resolve_command(context, list(words))
    assert command is not None
    if not {"--help", "-h", "--version"} & set(rest):
        command.make_context(name, rest, parent=context)
