"""`[tool.guardrail]` in `pyproject.toml`: what the command line uses where no option is given."""

from __future__ import annotations

import difflib
import importlib
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from guardrail.errors import SettingsError

Provider: TypeAlias = Literal["cpu", "cuda", "tensorrt"]
FailOn: TypeAlias = Literal["flag", "redact", "append", "rewrite", "replace", "block", "never"]

_TABLE: Final = "tool.guardrail"


class HostDetector(BaseModel):
    """A detector of the host: what it gives and, if the command line may run it, where it is.

    >>> HostDetector(gives="score", run="myapp.guards:sarcasm").run
    'myapp.guards:sarcasm'
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    gives: Literal["spans", "score", "number", "label"]
    run: str | None = Field(default=None, pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$")


class LintSettings(BaseModel):
    """Which opinions `lint` gives, by name or code.

    >>> LintSettings(enable=["missing-owner"]).disable
    ()
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    enable: tuple[str, ...] = Field(default=(), description="Lint rules to run besides the usual.")
    disable: tuple[str, ...] = Field(default=(), description="Lint rules that do not run.")


class Settings(BaseModel):
    """The settings of a project; paths are relative to the file they stand in.

    >>> Settings().fail_on
    'redact'
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=lambda name: name.replace("_", "-")
    )

    policy: Path | None = Field(default=None, description="The policy that commands use.")
    models: Path | None = Field(default=None, description="A folder with models of your own.")
    provider: Provider = Field(default="cpu", description="Where models run.")
    model_cache: int = Field(
        default=0, ge=0, description="Of how many texts each model keeps its answers."
    )
    fail_on: FailOn = Field(
        default="redact", description="The weakest action that makes `check` exit with 1."
    )
    jobs: int = Field(default=1, ge=1, description="How many processes `check` uses.")
    format: Literal["text", "jsonl", "sarif", "junit", "github", "html"] = Field(
        default="text", description="What `check` prints."
    )
    detectors: dict[str, HostDetector] = Field(
        default_factory=dict,
        description='Detectors of the host: `name = "score"`, or '
        '`name = { gives = "score", run = "module:function" }`.',
    )
    recognizers: Path | None = Field(
        default=None, description="A YAML file of Presidio recognizers for `pii`."
    )
    lint: LintSettings = Field(
        default=LintSettings(),
        description='Which lint rules run: `enable = ["missing-owner"]`, '
        '`disable = ["untested-rule"]`.',
    )

    @field_validator("detectors", mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {
            name: {"gives": item} if isinstance(item, str) else item for name, item in value.items()
        }


def settings_file(start: Path | None = None) -> Path | None:
    """Return the nearest `pyproject.toml` at or above a folder that has `[tool.guardrail]`.

    Raises:
        SettingsError: a `pyproject.toml` on the way is no valid TOML.
    """
    folder = (start or Path.cwd()).resolve()
    for place in (folder, *folder.parents):
        file = place / "pyproject.toml"
        if file.is_file() and _table(file) is not None:
            return file
    return None


def load_settings(start: Path | None = None) -> Settings:
    """Return the settings that hold in a folder; the defaults where there are none.

    Raises:
        SettingsError: naming the file, the key and what would be right.
    """
    file = settings_file(start)
    if file is None:
        return Settings()
    try:
        settings = Settings.model_validate(_table(file))
    except ValidationError as error:
        raise _explained(file, error) from None
    paths = {
        key: file.parent / value
        for key in ("policy", "models", "recognizers")
        if (value := getattr(settings, key)) is not None
    }
    return settings.model_copy(update=paths)


def _table(file: Path) -> Any:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"`{file}` cannot be read: {error}",
            help="the settings of guardrail stand in this file; it must be valid TOML",
        ) from None
    tools = document.get("tool")
    return tools.get("guardrail") if isinstance(tools, dict) else None


def _explained(file: Path, error: ValidationError) -> SettingsError:
    first = error.errors()[0]
    place = [str(step) for step in first["loc"]]
    key = ".".join(place)
    if first["type"] == "extra_forbidden":
        fix = _similar(key) if len(place) == 1 else _example(place)
        return SettingsError(f"`{file}`: unknown setting `{key}` in [{_TABLE}]", help=fix)
    message = first["msg"]
    if first["type"] == "string_pattern_mismatch":
        message = "Expected `module:function`"
    got = repr(first["input"])
    shown = f", got {got}" if len(got) <= 40 else ""  # noqa: PLR2004 - what fits on the line
    where = f"`{key}` in [{_TABLE}]" if key else f"[{_TABLE}]"
    return SettingsError(
        f"`{file}`: {where}: {message[:1].lower()}{message[1:]}{shown}", help=_example(place)
    )


def _keys() -> list[str]:
    return [field.alias or name for name, field in Settings.model_fields.items()]


def _similar(key: str) -> str:
    known = ", ".join(f"`{name}`" for name in _keys())
    near = difflib.get_close_matches(key.replace("_", "-"), _keys(), n=1)
    return f"did you mean `{near[0]}`?" if near else f"the settings are {known}"


_EXAMPLES: Final = {
    "policy": 'policy = "policies/support_bot.guard"',
    "models": 'models = "models"',
    "provider": 'provider = "cpu", "cuda" or "tensorrt"',
    "model-cache": "model-cache = 10000",
    "fail-on": 'fail-on = "redact"',
    "jobs": "jobs = 2",
    "format": 'format = "text"',
    "lint": 'lint = { enable = ["missing-owner"], disable = ["untested-rule"] }',
    "recognizers": 'recognizers = "recognizers.yaml"',
    "detectors": 'sarcasm = "score" or sarcasm = { gives = "score", run = "myapp:sarcasm" }',
}


def _example(place: list[str]) -> str | None:
    example = _EXAMPLES.get(place[0]) if place else None
    return f"write for example {example}" if example else None


def function_at(run: str, *, where: str, setting: str, root: str | None) -> Callable[..., object]:
    """Return the function that `MODULE:FUNCTION` names; `root`, if any, is looked in first.

    `where` begins messages, `setting` is what their reader has to correct.

    Raises:
        SettingsError: the module cannot be imported, or has no such function.

    >>> function_at("math:sqrt", where="here", setting="run", root=".")(9.0)
    3.0
    """
    if root is not None and root not in sys.path:
        sys.path.insert(0, root)
    module, _, attribute = run.partition(":")
    try:
        found: object = importlib.import_module(module)
        for step in attribute.split("."):
            found = getattr(found, step)
    except AttributeError:
        raise SettingsError(
            f"{where}: the module `{module}` has no `{attribute}`", help=f"check {setting}"
        ) from None
    except Exception as error:
        raise SettingsError(
            f"{where}: importing `{module}` failed: {type(error).__name__}",
            help=f"modules are looked for in `{root or Path.cwd()}` and where Python finds them",
        ) from error
    if not callable(found):
        raise SettingsError(f"{where}: `{run}` is not a function", help=f"check {setting}")
    return found
