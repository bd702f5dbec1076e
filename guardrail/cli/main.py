"""The `guardrail` command: its group, and the one place that prints errors and sets codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NoReturn

import click

from guardrail.cli.bench import bench
from guardrail.cli.check import check
from guardrail.cli.command import Command
from guardrail.cli.compare import compare
from guardrail.cli.console import complain, echo
from guardrail.cli.data import data
from guardrail.cli.diff import diff
from guardrail.cli.doc import doc
from guardrail.cli.doctor import doctor
from guardrail.cli.exit_codes import CLEAN, FAILED, USAGE
from guardrail.cli.explain import explain
from guardrail.cli.export import export
from guardrail.cli.fmt import fmt
from guardrail.cli.init import init
from guardrail.cli.lint import lint
from guardrail.cli.lsp import lsp
from guardrail.cli.models import models
from guardrail.cli.redteam import redteam
from guardrail.cli.schema import schema
from guardrail.cli.shift import shift
from guardrail.cli.test import test
from guardrail.cli.train import train
from guardrail.cli.watch import watch
from guardrail.errors import (
    GuardrailError,
    MissingExtraError,
    ModelError,
    PolicyError,
    RecipeError,
    SettingsError,
    TranscriptError,
)

_USER_ERRORS: Final = (MissingExtraError, ModelError, RecipeError, SettingsError, TranscriptError)


class _InterruptedError(Exception):
    """Somebody pressed Ctrl-C."""


class _UnreadError(Exception):
    """Nobody reads what is printed any more."""


class _Group(Command, click.Group):
    """A group whose commands return their exit code, and that never shows a traceback."""

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        extra["standalone_mode"] = False
        base = super().main
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        sys.exit(_guarded(lambda: base(*args, **extra)))

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; click would turn these two into the exit code of findings."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise _InterruptedError from None
        except BrokenPipeError:
            raise _UnreadError from None


def _guarded(run: Callable[[], object]) -> int:
    """Run a command; return the exit code, whatever happens."""
    try:
        code = run()
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return USAGE
    except PolicyError as error:
        echo(str(error), err=True)
        return USAGE
    except _USER_ERRORS as error:
        complain(error.message, error.help)
        return USAGE
    except GuardrailError as error:
        complain(error.message, error.help)
        return FAILED
    except (_InterruptedError, KeyboardInterrupt, click.Abort):
        complain("interrupted")
        return FAILED
    except (_UnreadError, BrokenPipeError):
        # Python flushes once more when it ends: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        where = f"`{error.filename}`: " if error.filename else ""
        complain(f"{where}{(error.strerror or type(error).__name__).lower()}")
        return FAILED
    except Exception as error:  # noqa: BLE001 - the last door: no traceback, and no reply text
        complain(
            f"guardrail failed: {type(error).__name__} at {_place(error)}",
            "this is a mistake in guardrail; please report it with this line",
        )
        return FAILED
    return code if isinstance(code, int) else CLEAN


def _place(error: BaseException) -> str:
    """Return the innermost place of ours; the message is left out, it could quote a reply."""
    root = Path(__file__).parents[1]
    place = "an unknown place"
    trace = error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if root in file.parents:
            place = f"{file.relative_to(root.parent).as_posix()}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


@click.group(
    cls=_Group,
    examples=(
        "guardrail init my-policy",
        "guardrail check chats.jsonl -p my-policy/policy.guard",
    ),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="guardrail-sdk", message="guardrail %(version)s")
def main() -> None:
    """Policy as code between a language model and people."""


for _command in (
    check,
    lint,
    fmt,
    test,
    redteam,
    watch,
    compare,
    explain,
    bench,
    diff,
    init,
    doc,
    lsp,
    doctor,
    models,
    schema,
    train,
    shift,
    export,
    data,
):
    main.add_command(_command)
