"""Conformance cases: YAML files, each a policy, what is checked, and what must come out.

A case says exactly one of `want` (a verdict), `load` (the codes the policy is refused with) and
`tests` (how the policy's own `test` blocks end). Keys are strict: an unknown one is an error.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import yaml

CASES: Final = Path(__file__).parent.parent / "conformance" / "cases"

_CHECKED: Final = frozenset({"on", "text", "input", "prompt", "system", "values"})
_EXPECTED: Final = frozenset({"want", "load", "tests"})
_KEYS: Final = _CHECKED | _EXPECTED | {"title", "ruling", "policy", "files"}
_WANT: Final = frozenset(
    {"action", "output", "replied", "blocked", "fired", "errors", "escalations", "excepted"}
)

Finding: TypeAlias = tuple[str, str | None]
Value: TypeAlias = float | str | tuple[Finding, ...] | None
"""A fixed answer of a detector; None stands for `error`."""


class CaseError(Exception):
    """A case file that does not say what a case says."""


@dataclass(frozen=True)
class Case:
    """One case; `want`, `load` and `tests` are None where the case says nothing of the kind."""

    name: str
    title: str
    rulings: tuple[int, ...]
    policy: str
    files: Mapping[str, str]
    side: Literal["output", "input"]
    text: str
    prompt: str | None
    system: str | None
    values: Mapping[str, Value] = field(default_factory=dict)
    want: Mapping[str, Any] | None = None
    load: tuple[str, ...] | None = None
    tests: tuple[bool, ...] | None = None

    def write(self, folder: Path) -> Path:
        """Write the policy and the files beside it; return the path of the policy."""
        for name, text in {**self.files, "policy.guard": self.policy}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        return folder / "policy.guard"


class _StrictLoader(yaml.SafeLoader):
    """YAML without surprises: `on` is a word, and a key stands once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Build a mapping; a repeated key is an error."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(set(keys)) < len(keys):
            raise CaseError(f"a key stands twice among {keys}")
        return super().construct_mapping(node, deep=deep)


_BOOL: Final = "tag:yaml.org,2002:bool"
_StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != _BOOL or first in "tTfF"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def all_cases() -> list[Case]:
    """Read every case file, in the order of their names."""
    return [read(path) for path in sorted(CASES.rglob("*.yaml"))]


def read(path: Path) -> Case:
    """Read one case file."""
    name = path.relative_to(CASES).with_suffix("").as_posix()
    try:
        return parse(name, path.read_text(encoding="utf-8"))
    except CaseError as error:
        raise CaseError(f"{name}: {error}") from None


def parse(name: str, text: str) -> Case:
    """Turn the text of a case file into a case."""
    raw = yaml.load(text, Loader=_StrictLoader)  # derived from SafeLoader
    if not isinstance(raw, dict):
        raise CaseError("a case is a mapping")
    _no_others(raw, _KEYS)
    for key in ("title", "policy"):
        if not isinstance(raw.get(key), str):
            raise CaseError(f"`{key}` is missing")
    if len(_EXPECTED & set(raw)) != 1:
        raise CaseError("a case says one of `want`, `load` and `tests`")
    ruling = raw.get("ruling", [])
    return Case(
        name=name,
        title=raw["title"],
        rulings=tuple(ruling if isinstance(ruling, list) else [ruling]),
        policy=raw["policy"],
        files=raw.get("files", {}),
        **_checked_text(raw),
        prompt=raw.get("prompt"),
        system=raw.get("system"),
        values={key: _value(value) for key, value in raw.get("values", {}).items()},
        want=_want(raw["want"]) if "want" in raw else None,
        load=tuple(raw["load"]) if "load" in raw else None,
        tests=_outcomes(raw["tests"]) if "tests" in raw else None,
    )


def _checked_text(raw: Mapping[str, Any]) -> dict[str, Any]:
    if "want" not in raw:
        if given := _CHECKED & set(raw):
            raise CaseError(f"nothing is checked, so {sorted(given)} say nothing")
        return {"side": "output", "text": ""}
    if ("text" in raw) == ("input" in raw):
        raise CaseError("a case checks `text` or `input`")
    side = "input" if "input" in raw else "output"
    if raw.get("on", "output") != side:
        raise CaseError("`on` and the key of the text disagree")
    return {"side": side, "text": raw["input" if side == "input" else "text"]}


def _value(raw: object) -> Value:
    match raw:
        case "error":
            return None
        case str():
            return raw
        case int() | float():
            return float(raw)
        case list():
            return tuple(_finding(item) for item in raw)
    raise CaseError(f"a fixed value cannot be {raw!r}")


def _finding(raw: object) -> Finding:
    match raw:
        case [str() as text, str() | None as type_]:
            return text, type_
    raise CaseError(f"a finding is [text, TYPE], not {raw!r}")


def _want(raw: object) -> Mapping[str, Any]:
    if not isinstance(raw, dict) or "action" not in raw:
        raise CaseError("`want` needs an action")
    _no_others(raw, _WANT)
    return raw


def _outcomes(raw: list[str]) -> tuple[bool, ...]:
    if not set(raw) <= {"passes", "fails"}:
        raise CaseError("each test `passes` or `fails`")
    return tuple(word == "passes" for word in raw)


def _no_others(raw: Mapping[str, Any], keys: frozenset[str]) -> None:
    if others := set(raw) - keys:
        raise CaseError(f"unknown keys {sorted(map(str, others))}")
