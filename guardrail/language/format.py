"""The formatter: the canonical text of a policy.

Only white space, needless parentheses, the commas before closing brackets, the order of clauses
and the number of `with` clauses change. That is checked on every text before it is given out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from guardrail.errors import GuardrailError, PolicyError
from guardrail.language.comments import comments
from guardrail.language.source import Source

if TYPE_CHECKING:
    from guardrail.language.nodes import File


class FormatError(GuardrailError):
    """The canonical text would not say the same: a mistake in guardrail, nothing was changed."""


def format_policy(source: Source) -> str:
    r"""Return the canonical text of a policy; formatted again, it stays as it is.

    Raises:
        PolicyError: The text does not parse.
        FormatError: The canonical text would not mean the same or would lose a comment.

    >>> format_policy(Source("a.guard", 'edition 1 reply  bye"Goodbye."# to all'))
    'edition 1\n\nreply bye "Goodbye."  # to all\n'
    """
    text, file = _format(source)
    if text == source.text:
        return text
    again = Source(source.name, text)
    try:
        text_again, file_again = _format(again)
    except PolicyError as error:
        raise _failure(source, "would not parse") from error
    if file != file_again:
        raise _failure(source, "would not mean the same")
    if _texts(source) != _texts(again):
        raise _failure(source, "would change a comment")
    if text != text_again:
        raise _failure(source, "would change when it is formatted again")
    return text


def _format(source: Source) -> tuple[str, File]:
    """Return the canonical text of a policy, and what the text it was made of says."""
    from guardrail.language.format_layout import layout
    from guardrail.language.format_tree import concrete
    from guardrail.language.parser import read

    file, tokens, tree = read(source)
    return layout(concrete(source, tree, tokens, comments(source)), source), file


def _texts(source: Source) -> list[str]:
    return [comment.text for comment in comments(source)]


def _failure(source: Source, what: str) -> FormatError:
    return FormatError(
        f"`{source.name}` is left as it is: its formatted text {what}",
        help="this is a mistake in guardrail; please report it with the policy",
    )
