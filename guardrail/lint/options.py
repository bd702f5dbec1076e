"""From the settings to the lint rules that run."""

from __future__ import annotations

from collections.abc import Iterable

from guardrail.errors import SettingsError
from guardrail.language.diagnostics import CATALOGUE
from guardrail.language.names import did_you_mean
from guardrail.lint.rule import Options
from guardrail.lint.suppressions import code_of, names


def options_of(enable: Iterable[str] = (), disable: Iterable[str] = ()) -> Options:
    """Return the options that names or codes of lint rules stand for.

    Raises:
        SettingsError: one that does not exist, or that is the compiler's, or stands on both sides.

    >>> options_of(enable=["missing-owner"]).enabled
    frozenset({'G704'})
    """
    enabled = frozenset(_code(word, "enable") for word in enable)
    disabled = frozenset(_code(word, "disable") for word in disable)
    if both := sorted(enabled & disabled):
        name = CATALOGUE[both[0]].name
        raise SettingsError(
            f"`lint.enable` and `lint.disable` in [tool.guardrail] both name `{name}`",
            help="keep one of them",
        )
    return Options(enabled, disabled)


def _code(word: str, key: str) -> str:
    code = code_of(word)
    where = f"`lint.{key}` in [tool.guardrail]"
    if code is None:
        near = did_you_mean(word, frozenset(names()))
        raise SettingsError(
            f"{where}: there is no lint rule `{word}`",
            help=near or "docs/codes.md lists the codes and their names",
        )
    if not CATALOGUE[code].is_opinion:
        raise SettingsError(
            f"{where}: `{word}` is the compiler's, not an opinion",
            help="what the compiler reports has to be mended",
        )
    return code
