"""Imports point one way: each room may import itself and the rooms listed for it."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "guardrail"

KERNEL = {"values", "errors", "assets", "settings", "intervals"}
ROOMS = {
    "values": set(),
    "errors": {"values", "language"},  # for a type, and the renderer when an error is printed
    "assets": set(),
    "settings": {"errors"},
    "intervals": set(),
    "text": KERNEL,
    "disguises": KERNEL,
    "language": KERNEL | {"text"},
    "plan": KERNEL | {"text", "language"},
    "models": KERNEL,
    "stages": KERNEL | {"text", "models"},
    "runtime": KERNEL | {"text", "language", "plan", "stages", "models"},
    "transcripts": KERNEL,
    "records": KERNEL,
    "decorator": KERNEL | {"runtime"},
    "integrations": KERNEL | {"runtime"},
    "solver": KERNEL | {"text", "language", "plan"},
    "diff": KERNEL | {"text", "language", "plan", "solver", "runtime", "transcripts", "records"},
    "lint": KERNEL | {"text", "language", "plan", "solver", "diff", "runtime"},
    "reports": KERNEL | {"language", "records"},
    "editors": KERNEL | {"language"},
    "coverage": KERNEL | {"language", "plan", "runtime", "testing"},
    "doc": KERNEL | {"language", "plan", "runtime", "testing", "coverage", "reports"},
    "lsp": KERNEL
    | {"text", "language", "plan", "solver", "diff", "lint", "runtime", "testing", "coverage"}
    | {"editors"},
    "generation": KERNEL | {"models"},
    "training": KERNEL
    | {"text", "disguises", "models", "language", "runtime", "transcripts", "reports"}
    | {"generation"},
    "redteam": KERNEL | {"text", "disguises", "language", "runtime", "models", "generation"},
    "compare": KERNEL | {"training", "redteam"},
    "rounds": KERNEL | {"language", "models", "runtime", "training", "redteam"},
    "bench": KERNEL | {"text", "plan", "stages", "runtime"},
    "watch": KERNEL | {"models", "stages", "transcripts"},
    "testing": KERNEL | {"language", "plan", "runtime", "stages"},
    "cli": KERNEL
    | {"text", "language", "plan", "runtime", "transcripts", "records", "testing", "decorator"}
    | {"solver", "diff", "lint", "reports", "editors", "coverage", "doc", "lsp", "models"}
    | {"training", "redteam", "bench", "watch", "compare", "rounds"},
    "__main__": {"cli"},
    "__init__": KERNEL | {"runtime", "decorator", "stages"},
}
HEAVY = {"torch", "transformers", "onnxruntime", "presidio_analyzer", "spacy", "phonenumbers"}
HEAVY_HOMES = ("stages/pii/", "stages/classifier/", "training/", "generation/")


def modules():
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imports(tree: ast.AST):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, node.lineno


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards(path):
    room = room_of(path)
    assert room in ROOMS, f"{path}: a new room needs a line in ROOMS and in the design page"
    for name, line in imports(ast.parse(path.read_text())):
        parts = name.split(".")
        if parts[0] != "guardrail" or len(parts) == 1:
            continue
        target = parts[1]
        allowed = ROOMS[room] | {room}
        assert target in allowed, f"{path}:{line}: {room} may not import {target}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_heavy_imports_stay_inside_functions(path):
    tree = ast.parse(path.read_text())
    place = path.relative_to(PACKAGE).as_posix()
    for name, line in imports(tree):
        if name.split(".")[0] in HEAVY:
            assert place.startswith(HEAVY_HOMES), f"{path}:{line}: {name} does not belong here"
    for node in tree.body:
        for name, line in imports(node) if isinstance(node, ast.Import | ast.ImportFrom) else ():
            assert name.split(".")[0] not in HEAVY | {"lark"}, f"{path}:{line}: import it lazily"


def test_every_room_exists():
    rooms = {room_of(path) for path in modules()}
    assert rooms == set(ROOMS)
