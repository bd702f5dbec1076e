"""The page of a code: what it says, why it matters, what to avoid and what to prefer.

The compiler's pages are files beside the language, those of lint rules their docstrings.
"""

from __future__ import annotations

from pathlib import Path

from guardrail import language
from guardrail.language.diagnostics import CATALOGUE


def page(code: str) -> str:
    """Return the page of a code as Markdown.

    Raises:
        KeyError: there is no such code.

    >>> page("G301").splitlines()[0]
    '# G301 expired-exception'
    """
    entry = CATALOGUE[code]
    file = Path(language.__file__).parent / "codes" / f"{code}.md"
    if file.is_file():
        return file.read_text(encoding="utf-8")
    from guardrail.lint.catalogue import BY_CODE  # noqa: PLC0415 - many files, for one page

    return f"# {code} {entry.name}\n\n{BY_CODE[code].page}\n"
