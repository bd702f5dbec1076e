"""Every file of a policy: the root, what it imports, and the lists it reads.

Nothing outside the root's folder and the shipped library can be reached, nothing that is not a
regular file is read, and nothing is read beyond its limit. What was read goes into the digest.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, TypeAlias

from guardrail.language import nodes
from guardrail.language.diagnostics import Diagnostic, Label
from guardrail.language.files import (
    LIST_LIMIT,
    POLICY_LIMIT,
    Entry,
    Identity,
    Location,
    UnreadableError,
    check_size,
    entries_of,
    identity_of,
    locate,
    read,
    spelled_alike,
)
from guardrail.language.parser import parse
from guardrail.language.source import Range, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Parse: TypeAlias = Callable[[Source], tuple[nodes.File | None, list[Diagnostic]]]
    Read: TypeAlias = Callable[[Path, int, str], tuple[str, Identity]]

_ROOT: Final = PurePosixPath("/")


@dataclass(frozen=True, slots=True, eq=False)
class ListFile:
    """A list that was read from a file."""

    source: Source
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """A policy file that was read; `imports` and `lists` go by the path as it was written."""

    source: Source
    tree: nodes.File
    location: Location
    imports: dict[str, Module] = field(default_factory=dict)
    lists: dict[str, ListFile] = field(default_factory=dict)

    def import_nodes(self) -> Iterator[nodes.Import]:
        """Yield the imports in the order they were written."""
        return (item for item in self.tree.items if isinstance(item, nodes.Import))


@dataclass(frozen=True, slots=True)
class Program:
    """All files of a policy, the root first, each with the prefix of its qualified names."""

    prefixes: dict[Module, str]
    digest: str

    @property
    def root(self) -> Module:
        """The file that the policy was loaded from."""
        return next(iter(self.prefixes))


def resolve(
    root: str | os.PathLike[str] | Source, *, parse: Parse = parse, read: Read = read
) -> tuple[Program | None, list[Diagnostic]]:
    """Read and parse a policy and everything it names; no program if anything is wrong.

    An editor gives its own `parse` and `read`: it has read most of a text before, and holds texts
    that are not saved.

    >>> program, mistakes = resolve(Source("a.guard", "edition 1"))
    >>> list(program.prefixes.values()), mistakes
    ([''], [])
    """
    reader = _Reader(parse, read)
    module = reader.read_root(root)
    if module is not None:
        reader.follow(module)
        reader.report_cycles(module)
    if module is None or any(found.level == "error" for found in reader.diagnostics):
        return None, reader.diagnostics
    return Program(_prefixes(module), _digest(reader.texts)), reader.diagnostics


class _Reader:
    """Reads files, each policy file once, and collects what is wrong with them."""

    def __init__(self, parse: Parse, read: Read) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.texts: dict[PurePosixPath, str] = {}
        self._parse_text = parse
        self._read_file = read
        self._modules: dict[Identity, Module | None] = {}

    def read_root(self, root: str | os.PathLike[str] | Source) -> Module | None:
        """Read the root file, or take the text that was given in its place."""
        name = root.name if isinstance(root, Source) else os.fspath(root)
        location = Location(Path(name), _ROOT)
        try:
            if isinstance(root, Source):
                check_size(len(root.text), POLICY_LIMIT, name)
                return self._parse(root, location, identity_of(location.path))
            text, identity = self._read_file(location.path, POLICY_LIMIT, name)
        except UnreadableError as error:
            self._report(error, Source(name, error.text), Range(error.at, error.at + 1))
            return None
        return self._parse(Source(name, text), location, identity)

    def follow(self, root: Module) -> None:
        """Read everything that `root` names, and what that names, and so on."""
        waiting, seen = deque([root]), {root}
        while waiting:
            module = waiting.popleft()
            self._read_lists(module)
            for node in module.import_nodes():
                target = self._import(module, node.path)
                if target is None:
                    continue
                module.imports[node.path.value] = target
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)

    def report_cycles(self, root: Module) -> None:
        """Report each import that leads back to a file it came from."""
        done: set[Module] = set()
        open_: dict[Module, Iterator[nodes.Import]] = {root: root.import_nodes()}
        while open_:
            module, edges = next(reversed(open_.items()))
            for node in edges:
                target = module.imports.get(node.path.value)
                if target in open_:
                    chain = [*open_][[*open_].index(target) :]
                    self._report_cycle(module, node, [*chain, target])
                elif target is not None and target not in done:
                    open_[target] = target.import_nodes()
                    break
            else:
                done.add(module)
                del open_[module]

    def _report_cycle(self, module: Module, node: nodes.Import, chain: list[Module]) -> None:
        names = " → ".join(link.source.name for link in chain)
        message = f"imports go round in a circle: {names}"
        label = Label(node.path.span, "this import closes the circle")
        self.diagnostics.append(Diagnostic("G107", message, module.source, label))

    def _import(self, module: Module, path: nodes.Text) -> Module | None:
        location = None
        try:
            location = locate(module.location, path.value, is_import=True)
            text, identity = self._read_file(location.path, POLICY_LIMIT, path.value)
        except UnreadableError as error:
            self._report(error, module.source, path.span, _meant(location, path.value))
            return None
        if identity in self._modules:
            return self._modules[identity]
        return self._parse(Source(location.shown, text), location, identity)

    def _read_lists(self, module: Module) -> None:
        for node in module.tree.items:
            if not isinstance(node, nodes.ListNode) or node.file is None:
                continue
            location = None
            try:
                location = locate(module.location, node.file.value, is_import=False)
                text, _ = self._read_file(location.path, LIST_LIMIT, node.file.value)
            except UnreadableError as error:
                meant = _meant(location, node.file.value)
                self._report(error, module.source, node.file.span, meant)
                continue
            self.texts[location.logical] = text
            entries = tuple(entries_of(text))
            module.lists[node.file.value] = ListFile(Source(location.shown, text), entries)

    def _parse(self, source: Source, location: Location, identity: Identity) -> Module | None:
        self.texts[location.logical] = source.text
        tree, mistakes = self._parse_text(source)
        self.diagnostics += mistakes
        module = None if tree is None else Module(source, tree, location)
        self._modules[identity] = module
        return module

    def _report(self, error: UnreadableError, source: Source, span: Range, label: str = "") -> None:
        self.diagnostics.append(
            Diagnostic(error.code, error.message, source, Label(span, label), help=error.help)
        )


def _meant(location: Location | None, written: str) -> str:
    """Say which file was probably meant, if the one that was named is not there."""
    if location is None or os.path.lexists(location.path):
        return ""
    meant = spelled_alike(location.path, written)
    return f"did you mean `{meant}`?" if meant else ""


def _prefixes(root: Module) -> dict[Module, str]:
    """Give each file its shortest path of aliases, the alphabetically first of equals."""
    paths: dict[Module, tuple[str, ...]] = {root: ()}
    level = [root]
    while level:
        reached = sorted(
            ((*paths[module], node.name.name), index, module.imports[node.path.value])
            for index, module in enumerate(level)
            for node in module.import_nodes()
        )
        level = []
        for path, _, module in reached:
            if module not in paths:
                paths[module] = path
                level.append(module)
    return {module: ".".join(path) for module, path in paths.items()}


def _digest(texts: dict[PurePosixPath, str]) -> str:
    sums = sorted(
        (str(name), hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())
        for name, text in texts.items()
    )
    return "sha256:" + hashlib.sha256(json.dumps(sums).encode()).hexdigest()
