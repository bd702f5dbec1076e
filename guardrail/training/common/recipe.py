"""Recipes: YAML files whose keys are the options of a kind of training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from guardrail.errors import RecipeError
from guardrail.training.common.libraries import prepare

T = TypeVar("T", bound=BaseModel)


def read_recipe(path: Path, kind: type[T], changes: Sequence[str] = ()) -> T:
    """Return the recipe in a file; `changes`, each `key=value` or `a.b=value`, win over it.

    Raises:
        RecipeError: the file cannot be read, is no YAML mapping, or a key or value is wrong.
        MissingExtraError: PyYAML is not installed.
    """
    prepare("a recipe", ("yaml",))
    import yaml

    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise RecipeError(f"recipe `{path}`: {why}", help="name a YAML file") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        raise RecipeError(f"recipe `{path}`{where} is no YAML", help="correct the line") from None
    if not isinstance(document, dict):
        raise RecipeError(
            f"recipe `{path}` has no keys", help=f"write {_keys(kind)} as `key: value`"
        )
    for change in changes:
        _apply(document, change, yaml.safe_load)
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        raise _wrong(path, kind, error) from None


def _apply(document: dict[str, Any], change: str, read: Callable[[str], object]) -> None:
    key, equals, value = change.partition("=")
    *way, last = key.split(".")
    place: Any = document
    for step in way:
        place = place.setdefault(step, {}) if isinstance(place, dict) else None
    if not (equals and last and isinstance(place, dict)):
        raise RecipeError(f"`{key}` cannot be changed", help="write KEY=VALUE, KEY of the recipe")
    place[last] = read(value)


def _wrong(path: Path, kind: type[BaseModel], error: ValidationError) -> RecipeError:
    first = error.errors()[0]
    where = ".".join(str(step) for step in first["loc"]) or "as a whole"
    if first["type"] == "extra_forbidden":
        return RecipeError(
            f"recipe `{path}`: there is no key `{where}`",
            help=f"keys are {_keys(kind)}" if len(first["loc"]) == 1 else "remove it",
        )
    said = first["msg"].removeprefix("Value error, ")
    return RecipeError(f"recipe `{path}`: `{where}`: {said}", help="correct it in the recipe")


def _keys(kind: type[BaseModel]) -> str:
    return ", ".join(f"`{name}`" for name in kind.model_fields)
