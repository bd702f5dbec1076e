"""Recipes: YAML files whose keys are the options of a kind of training."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from guardrail.errors import RecipeError
from guardrail.training.common.libraries import prepare

T = TypeVar("T", bound=BaseModel)


def read_recipe(path: Path, kind: type[T]) -> T:
    """Return the recipe in a file.

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
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        raise _wrong(path, kind, error) from None


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
