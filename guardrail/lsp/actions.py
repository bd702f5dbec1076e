"""What an editor can do about a diagnostic: a safe fix, the name that was meant, or to allow it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lsprotocol import types

from guardrail.language.diagnostics import CATALOGUE, Diagnostic
from guardrail.language.source import Range
from guardrail.lint.rule import Finding
from guardrail.lsp.analysis import Analysis, Opinions
from guardrail.lsp.hover import code_page

_MEANT: Final = re.compile(r"did you mean (?:the \w+ )?`([^`]+)`")
_WITH_NAMES: Final = frozenset({"G002", "G102", "G111", "G112"})
"""The codes whose place is the very word that was meant otherwise."""
SHOW_CODE: Final = "guardrail.showCode"
_NEVER_ALLOWED: Final = frozenset({"G708", "G709"})
REASON: Final = "SAY WHY"


def actions(analysis: Analysis, opinions: Opinions | None, span: Range) -> list[types.CodeAction]:
    """Return what can be done about the diagnostics that touch a stretch of the text."""
    findings = [Finding(each) for each in analysis.inspection.diagnostics]
    findings += opinions.findings if opinions is not None else ()
    found: list[types.CodeAction] = []
    for finding in findings:
        diagnostic = finding.diagnostic
        place = diagnostic.primary.span
        if diagnostic.source is analysis.source and touches(place, span):
            found += _for_one(analysis, finding)
    return found


def touches(place: Range, span: Range) -> bool:
    """Whether two stretches share a character or an edge."""
    return place.start <= span.end and span.start <= place.end


def _for_one(analysis: Analysis, finding: Finding) -> Iterator[types.CodeAction]:
    diagnostic = finding.diagnostic
    entry = CATALOGUE[diagnostic.code]
    if finding.edits and all(edit.source is analysis.source for edit in finding.edits):
        edits = [(edit.span, edit.text) for edit in finding.edits]
        yield _action(analysis, diagnostic, f"Fix {entry.code} {entry.name}", edits, is_first=True)
    meant = _MEANT.search(diagnostic.primary.text)
    if meant is not None and diagnostic.code in _WITH_NAMES:
        edits = [(diagnostic.primary.span, meant[1])]
        yield _action(analysis, diagnostic, f"Write `{meant[1]}`", edits, is_first=True)
    if entry.is_opinion and entry.code not in _NEVER_ALLOWED:
        title = f"Allow {entry.name} here, with a reason"
        yield _action(analysis, diagnostic, title, [_comment(analysis, diagnostic)])
    if code_page(entry.code) is None:  # a client follows the link of the others
        title = f"Explain {entry.code} {entry.name}"
        yield types.CodeAction(
            title=title,
            kind=types.CodeActionKind.QuickFix,
            command=types.Command(title=title, command=SHOW_CODE, arguments=[entry.code]),
            data=entry.code,
        )


def _comment(analysis: Analysis, diagnostic: Diagnostic) -> tuple[Range, str]:
    """Return the comment that allows a finding, above the declaration it is in."""
    text, start = analysis.source.text, diagnostic.primary.span.start
    for item in analysis.tree.items if analysis.tree is not None else ():
        if item.span.start <= start < item.span.end:
            start = item.span.start
    line = text.rfind("\n", 0, start) + 1
    indent = re.compile(r"[ \t\ufeff]*").match(text, line)
    at = indent.end() if indent is not None else line
    name = CATALOGUE[diagnostic.code].name
    comment = f"# guardrail: allow[{name}] because {REASON}\n{text[line:at]}"
    return Range(at, at), comment


def _action(
    analysis: Analysis,
    diagnostic: Diagnostic,
    title: str,
    edits: list[tuple[Range, str]],
    *,
    is_first: bool = False,
) -> types.CodeAction:
    document = analysis.document
    written = [types.TextEdit(document.places.range(span), text) for span, text in edits]
    return types.CodeAction(
        title=title,
        kind=types.CodeActionKind.QuickFix,
        is_preferred=is_first or None,
        edit=types.WorkspaceEdit(
            document_changes=[
                types.TextDocumentEdit(
                    types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version),
                    written,
                )
            ]
        ),
        data=diagnostic.code,
    )
