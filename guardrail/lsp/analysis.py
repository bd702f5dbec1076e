"""Reading and judging an open text: at once what the compiler says, then opinions and tests."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from guardrail.language import nodes
from guardrail.language.check import check
from guardrail.language.diagnostics import Diagnostic
from guardrail.language.files import POLICY_LIMIT, UnreadableError
from guardrail.language.incremental import IncrementalParser
from guardrail.language.load import Inspection
from guardrail.language.render import in_order
from guardrail.language.resolve import Module, Program, resolve
from guardrail.language.source import Source
from guardrail.lint.engine import lint_policy
from guardrail.lint.rule import Finding, Options
from guardrail.lsp.documents import Document, Documents
from guardrail.lsp.roots import root_of
from guardrail.runtime.compile import filtered_replies
from guardrail.runtime.host import Host, vocabulary
from guardrail.testing.run import TestResult, run_cases

_SEARCHED_AGAIN: Final = 2.0
"""After so many seconds it is looked again which policy a file is part of."""


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """What the compiler knows of one version of a text.

    `source` is the text as the diagnostics name it. A file that a policy imports is judged as a
    part of that policy; `inspection` is about the whole of it. `host` is what it was read with.
    """

    document: Document
    source: Source
    tree: nodes.File | None
    inspection: Inspection
    host: Host

    @property
    def module(self) -> Module | None:
        """The text as a file of its policy; None if the policy could not be read."""
        program = self.inspection.program
        modules = program.prefixes if program is not None else {}
        return next((each for each in modules if each.source is self.source), None)


@dataclass(frozen=True, slots=True, eq=False)
class Opinions:
    """What the linter and the policy's own tests say of one version of a text.

    `tests` is None if they could not be run.
    """

    findings: tuple[Finding, ...] = ()
    tests: tuple[TestResult, ...] | None = None


class Compiler:
    """Reads the versions of open texts, one after the other."""

    def __init__(self, documents: Documents, host: Host, top: Path) -> None:
        self.vocabulary = vocabulary(host)
        self._host = host
        self._documents = documents
        self._top = top
        self._lock = threading.Lock()
        self._parsers: dict[str, IncrementalParser] = {}
        self._read: dict[str, tuple[Source, nodes.File | None, list[Diagnostic]]] = {}
        self._roots: dict[Path, tuple[Path | None, float]] = {}

    def compile(self, document: Document) -> Analysis:
        """Return what the compiler says of a text, and of all files that it needs."""
        with self._lock:
            tree, _ = self._parse(document.source)
            root = self._root(document) if _is_part(tree) else None
            if root is not None:
                text = self._text(root)
                read: list[Source] = []
                inspection = self._inspect(Source(str(root), text), read)
                source = next((each for each in read if _is_file(each, document)), None)
                if source is not None:
                    tree = self._read[source.name][1]
                    return Analysis(document, source, tree, inspection, self._host)
            inspection = self._inspect(document.source, [])
            return Analysis(document, document.source, tree, inspection, self._host)

    def tree_of(self, path: Path) -> tuple[Source, nodes.File | None]:
        """Return a file as it is open or saved, and what could be read of it."""
        with self._lock:
            source = Source(str(path), self._text(path))
            return source, self._parse(source)[0]

    def _inspect(self, source: Source, read: list[Source]) -> Inspection:
        def parse(source: Source) -> tuple[nodes.File | None, list[Diagnostic]]:
            read.append(source)
            return self._parse(source)

        program, mistakes = resolve(source, parse=parse, read=self._documents.read)
        if program is None:
            return Inspection(None, None, in_order(mistakes))
        policy, found = check(program, self.vocabulary, datetime.now(UTC).date())
        return Inspection(program, policy, in_order([*mistakes, *found]))

    def _parse(self, source: Source) -> tuple[nodes.File | None, list[Diagnostic]]:
        known = self._read.get(source.name)
        if known is None or known[0] is not source:
            parser = self._parsers.setdefault(source.name, IncrementalParser())
            known = self._read[source.name] = (source, *parser.parse(source))
        return known[1], known[2]

    def _text(self, path: Path) -> str:
        try:
            return self._documents.read(path, POLICY_LIMIT, str(path))[0]
        except UnreadableError:
            return ""

    def _root(self, document: Document) -> Path | None:
        root, at = self._roots.get(document.path, (None, 0.0))
        if time.monotonic() - at > _SEARCHED_AGAIN:
            root = root_of(document.path, self._top, self._text)
            self._roots[document.path] = root, time.monotonic()
        return root


def judge(analysis: Analysis, options: Options, is_wanted: Callable[[], bool]) -> Opinions | None:
    """Return what the linter and the tests say; nothing as long as the policy has errors.

    None if the answer is not wanted any more, as `is_wanted` says from time to time.
    """
    policy = analysis.inspection.policy
    if policy is None:
        return Opinions()
    findings = lint_policy(analysis.inspection, options=options, is_wanted=is_wanted)
    if not is_wanted():
        return None
    findings += [Finding(each) for each in filtered_replies(policy, analysis.host)]
    tests = tested(analysis) if is_wanted() else None
    return Opinions(tuple(findings), tests) if is_wanted() else None


def tested(analysis: Analysis) -> tuple[TestResult, ...] | None:
    """Return how the tests of a policy end; None if it has errors or they cannot be run."""
    policy = analysis.inspection.policy
    if policy is None or policy.source is not analysis.source:
        return None
    try:
        return tuple(run_cases(policy, analysis.host))
    except ImportError:  # a detector needs an extra that is not installed
        return None


def program_files(program: Program | None) -> frozenset[str]:
    """Return the files of a policy, by their real paths."""
    modules = program.prefixes if program is not None else {}
    return frozenset(os.path.realpath(module.location.path) for module in modules)


def _is_part(tree: nodes.File | None) -> bool:
    return tree is not None and not any(isinstance(item, nodes.Policy) for item in tree.items)


def _is_file(source: Source, document: Document) -> bool:
    return os.path.realpath(source.name) == os.path.realpath(document.path)
