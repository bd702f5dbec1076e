"""Every exception guardrail raises.

    GuardrailError                      .code  .help
    ├── PolicyError                     the policy is wrong; .diagnostics lists every mistake
    ├── ModelError                      a model is missing or not what its manifest says
    ├── SettingsError                   `[tool.guardrail]`, or an argument of the Python API
    ├── TranscriptError                 a transcript that cannot be read; names file and line
    ├── TrainingError                   a model that cannot be trained or handed over
    │   ├── RecipeError                 a recipe or a file of examples that cannot be used
    │   └── ParityError                 an exported model does not answer like the one it came from
    ├── ReplyTypeError (TypeError)      something that is not text was given to check
    ├── ReplyBlockedError               not a fault: raised only if the caller asked; .verdict
    └── MissingExtraError (ImportError) names the extra to install

No message ever quotes a reply or a matched value: rule, span, length or file and line instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from guardrail.language.diagnostics import Diagnostic
    from guardrail.values import Verdict


class GuardrailError(Exception):
    """Anything that went wrong, in one line; `help` says what to do about it."""

    def __init__(self, message: str, *, help: str | None = None) -> None:  # noqa: A002
        super().__init__(message)
        self.message = message
        self.help = help

    def __str__(self) -> str:
        return f"{self.message}\n  = help: {self.help}" if self.help else self.message


class PolicyError(GuardrailError):
    """The policy cannot be used; `diagnostics` lists every mistake, `str()` shows them all."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(f"{len(self.diagnostics)} mistake(s) in the policy")

    def __str__(self) -> str:
        from guardrail.language.render import render_all  # noqa: PLC0415 - errors stay light

        return render_all(self.diagnostics)


class ModelError(GuardrailError):
    """A model is missing, or is not the file its manifest describes."""


class SettingsError(GuardrailError):
    """A setting or an argument has a value that cannot be used."""


class TranscriptError(GuardrailError):
    """A transcript, or one line of it, that cannot be read."""


class TrainingError(GuardrailError):
    """A model cannot be trained, or is not good enough to be handed over."""


class RecipeError(TrainingError):
    """A recipe, or a file of examples that it names, cannot be used."""


class ParityError(TrainingError):
    """An exported model does not answer like the one it was exported from."""


class ReplyTypeError(GuardrailError, TypeError):
    """What was given to check is not text."""

    def __init__(self, what: str, value: object) -> None:
        super().__init__(
            f"{what} must be text (str), got {type(value).__name__}",
            help="pass `text=` to take the text out of a response object",
        )


class ReplyBlockedError(GuardrailError):
    """The policy blocked the call and the caller asked for `on_block="raise"`."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        rules = ", ".join(fired.rule for fired in verdict.fired if fired.action == "block")
        super().__init__(f"blocked by {rules or 'the policy'}")


class MissingExtraError(GuardrailError, ImportError):
    """An optional dependency is not installed; the message names the extra."""

    def __init__(self, what: str, extra: str) -> None:
        self.extra = extra
        super().__init__(
            f"{what} needs the extra `{extra}`",
            help=f"pip install 'guardrail-sdk[{extra}]'",
        )
