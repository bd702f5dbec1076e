"""Memory that loading a policy has used and nobody needs any more."""

from __future__ import annotations

from typing import Final

from guardrail.language.checked import CheckedPolicy

_MANY: Final = 500  # entries and patterns: RE2 has taken some 10 MB for them, and more from there


def give_back(policy: CheckedPolicy) -> None:
    """Give back to the system what making the scan of a large policy has left free.

    The C library keeps it otherwise, for the life of the process. Nothing happens where it is not
    the one of GNU.
    """
    entries = sum(len(words.entries) for words in policy.lists.values())
    if entries + len(policy.patterns) < _MANY:
        return
    try:
        import ctypes  # noqa: PLC0415 - few policies are as large

        ctypes.CDLL(None).malloc_trim(0)
    except (ImportError, OSError, TypeError, AttributeError):
        return
