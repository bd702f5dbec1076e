"""Training data: rows of files, what is wrong with them, and the clean file.

`rows` reads, `faults` finds what a row is, `duplicates`, `diversity` and `coverage` look at all of
them, `audit` brings it together, `page` shows it and `clean` writes what is fit.
"""

from __future__ import annotations

from guardrail.training.data.rows import Message as Message
from guardrail.training.data.rows import Row as Row
from guardrail.training.data.rows import read_rows as read_rows

__all__ = ["Message", "Row", "read_rows"]
