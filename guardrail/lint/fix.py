"""Makes the safe edits of findings, and keeps those that leave everything else as it was.

Each change is tried on a copy of the policy: it must parse and check, the finding must be gone, no
other may have come, and the policy must mean what it meant. Every other policy among those given
that reads the changed file must mean what it meant, too.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Final

from guardrail.language import nodes
from guardrail.language.files import locate
from guardrail.language.resolve import Program, resolve
from guardrail.language.source import Source
from guardrail.lint.engine import look
from guardrail.lint.meaning import meaning
from guardrail.lint.rule import Edit, Finding, Options
from guardrail.runtime.host import Host

_PASSES: Final = 50


@dataclass(frozen=True, slots=True)
class Mended:
    """What fixing has come to: new texts by file, and what was mended or had to stay.

    `fixed` and `dropped` are findings, with the names of the files as they were given.
    """

    texts: Mapping[Path, str]
    fixed: tuple[Finding, ...]
    dropped: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at a policy: its findings, what it means, and which file each source is."""

    findings: list[Finding]
    meaning: object
    files: Mapping[str, Path]

    def file(self, edit: Edit) -> Path | None:
        return self.files.get(edit.source.name)


@dataclass(frozen=True, slots=True)
class _Change:
    """The edits of one finding, by file."""

    finding: Finding
    edits: tuple[tuple[Path, Edit], ...]

    @property
    def key(self) -> tuple[object, ...]:
        diagnostic = self.finding.diagnostic
        return (self.edits[0][0], diagnostic.code, diagnostic.message, diagnostic.primary.text)


def fix_files(
    paths: Sequence[str],
    host: Host | None = None,
    options: Options | None = None,
    *,
    today: date | None = None,
) -> Mended:
    """Return the texts of policies and their lists after all safe edits; nothing is written."""
    bench = _Bench(paths, host, options, today)
    fixed: list[Finding] = []
    dropped: dict[tuple[object, ...], Finding] = {}
    for path in bench.roots:
        for _ in range(_PASSES):
            changes = [each for each in bench.changes(path) if each.key not in dropped]
            if not changes:
                break
            done, refused = bench.make(path, changes)
            fixed += [each.finding for each in done]
            dropped |= {each.key: each.finding for each in refused}
    return Mended(dict(bench.texts), tuple(fixed), tuple(dropped.values()))


class _Bench:
    """The policies that are fixed, with the texts as they have become so far."""

    def __init__(
        self,
        paths: Sequence[str],
        host: Host | None,
        options: Options | None,
        today: date | None,
    ) -> None:
        self.texts: dict[Path, str] = {}
        self._host, self._options, self._today = host, options, today
        self._files = {path: _files(path) for path in dict.fromkeys(paths)}
        self._shown = {file.path: file.shown for files in self._files.values() for file in files}
        self._looks: dict[str, _Look] = {}

    @property
    def roots(self) -> list[str]:
        """The policies that can be read."""
        return [path for path, files in self._files.items() if files]

    def changes(self, path: str) -> list[_Change]:
        """Return what could be done to a policy and its files now, none overlapping another."""
        seen, chosen = self._look(path), []
        taken: list[tuple[Path, int, int]] = []
        for finding in seen.findings:
            edits = tuple(
                (file, edit) for edit in finding.edits if (file := seen.file(edit)) is not None
            )
            spans = [(file, edit.span.start, edit.span.end) for file, edit in edits]
            if edits and len(edits) == len(finding.edits) and not _overlap(spans, taken):
                taken += spans
                chosen.append(_Change(self._renamed(finding, seen), edits))
        return chosen

    def _renamed(self, finding: Finding, seen: _Look) -> Finding:
        """Return a finding about the file that it was found in a copy of."""
        diagnostic = finding.diagnostic
        file = seen.files.get(diagnostic.source.name)
        if file is None:
            return finding
        source = Source(self._shown[file], diagnostic.source.text)
        return replace(finding, diagnostic=replace(diagnostic, source=source))

    def make(self, path: str, changes: Sequence[_Change]) -> tuple[list[_Change], list[_Change]]:
        """Make changes, all at once or else one by one; return those made and those refused.

        After one that is made alone the others wait for the next look: their places have moved.
        """
        if self._try(path, changes):
            return list(changes), []
        if len(changes) == 1:
            return [], list(changes)
        refused: list[_Change] = []
        for change in changes:
            if self._try(path, [change]):
                return [change], refused
            refused.append(change)
        return [], refused

    def _try(self, path: str, changes: Sequence[_Change]) -> bool:
        texts = dict(self.texts)
        for file in dict.fromkeys(file for each in changes for file, _ in each.edits):
            edits = [edit for each in changes for place, edit in each.edits if place == file]
            texts[file] = _edited(self._text(file), edits)
        gone = Counter(each.finding.diagnostic.code for each in changes)
        touched = texts.keys() - {file for file in self.texts if texts[file] == self.texts[file]}
        looks: dict[str, _Look] = {}
        for root in self.roots:
            if touched.isdisjoint(file.path for file in self._files[root]):
                continue
            before = self._look(root)
            if before.meaning is None:
                continue
            looks[root] = self._see(root, texts)
            if not _is_better(before, looks[root], gone if root == path else {}):
                return False
        self.texts = texts
        self._looks |= looks
        return True

    def _look(self, path: str) -> _Look:
        if path not in self._looks:
            self._looks[path] = self._see(path, self.texts)
        return self._looks[path]

    def _see(self, path: str, texts: Mapping[Path, str]) -> _Look:
        """Look at a copy of a policy, in which files hold the texts given."""
        with tempfile.TemporaryDirectory(prefix="guardrail-fix-") as folder:
            names: dict[str, Path] = {}
            for file in self._files[path]:
                copy = Path(folder) / file.inside
                copy.parent.mkdir(parents=True, exist_ok=True)
                text = texts.get(file.path, file.text)
                copy.write_bytes(text.encode("utf-8", "surrogatepass"))
                names[str(copy)] = file.path
            root = str(Path(folder) / self._files[path][0].inside)
            inspection, findings = look(root, self._host, self._options, today=self._today)
            policy = inspection.policy
            return _Look(findings, None if policy is None else meaning(policy), names)

    def _text(self, path: Path) -> str:
        if path in self.texts:
            return self.texts[path]
        return next(
            file.text for files in self._files.values() for file in files if file.path == path
        )


@dataclass(frozen=True, slots=True)
class _File:
    """A file of a policy: where it is, how it is named, its place below the root, its text."""

    path: Path
    shown: str
    inside: Path
    text: str = field(repr=False)


def _files(path: str) -> list[_File]:
    """Return the files of a policy, the root first and the library left out; none if any fails."""
    program, _ = resolve(path)
    return [] if program is None else list(_of_program(program))


def _of_program(program: Program) -> Iterable[_File]:
    for module in program.prefixes:
        location = module.location
        if not location.logical.is_absolute():
            continue
        is_root = module is program.root
        inside = Path(location.path.name if is_root else str(location.logical).lstrip("/"))
        yield _File(location.path.resolve(), module.source.name, inside, module.source.text)
        for node in module.tree.items:
            if isinstance(node, nodes.ListNode) and node.file is not None:
                place = locate(location, node.file.value, is_import=False)
                source = module.lists[node.file.value].source
                below = Path(str(place.logical).lstrip("/"))
                yield _File(place.path.resolve(), source.name, below, source.text)


def _overlap(
    spans: Sequence[tuple[Path, int, int]], taken: Sequence[tuple[Path, int, int]]
) -> bool:
    return any(
        file == other and start < last and first < end
        for file, start, end in spans
        for other, first, last in taken
    )


def _edited(text: str, edits: Sequence[Edit]) -> str:
    for edit in sorted(edits, key=lambda each: each.span, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def _is_better(before: _Look, after: _Look, gone: Mapping[str, int]) -> bool:
    """Say whether findings went as they should, none came, and the policy means the same."""
    if after.meaning is None or after.meaning != before.meaning:
        return False
    was, now = (Counter(each.diagnostic.code for each in seen.findings) for seen in (before, after))
    return all(now[code] <= was[code] - gone.get(code, 0) for code in was.keys() | now.keys())
