"""`guardrail data audit`: is a file fit to train on, and what is it like?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from guardrail.errors import MissingExtraError, RecipeError
from guardrail.training.data import figures
from guardrail.training.data.faults import Fault, PersonalData, find_faults
from guardrail.training.data.rows import BadRow, Kind, Row, read_rows, scan_rows
from guardrail.training.grade import Grader

_PII: Final = """edition 1
policy prompts
  on error treat as violation
detector pii = pii(
  entities: [PHONE_NUMBER, EMAIL_ADDRESS, CREDIT_CARD, US_SSN, IBAN_CODE], min_score: 0.4
)
rule personal on output
  when pii found
  then flag
"""


@dataclass(frozen=True)
class Audit:
    """What an audit found; `faults` has one entry at most for each line."""

    file: str
    kind: Kind
    rows: list[Row | BadRow]
    faults: list[Fault]
    figures: dict[str, Any]
    notes: list[str]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows have each kind of fault, the most frequent first."""
        return dict(Counter(fault.kind for fault in self.faults).most_common())

    @property
    def is_read(self) -> bool:
        """Whether every line could be read."""
        return not any(fault.kind == "unreadable" for fault in self.faults)

    def record(self) -> dict[str, Any]:
        """Return the audit as plain data; no text of a row is in it."""
        return {
            "file": self.file,
            "kind": self.kind,
            "rows": len(self.rows),
            "unfit": len(self.faults),
            "counts": self.counts,
            "figures": self.figures,
            "notes": self.notes,
            "faults": [
                {"line": each.line, "kind": each.kind, "detail": each.detail}
                for each in self.faults
            ],
        }


def audit_file(path: Path, policy: Path | None = None, reference: Path | None = None) -> Audit:
    """Look at a file of replies or pairs.

    Args:
        path: the file.
        policy: by which replies are judged.
        reference: prompts that the file should stand for.

    Raises:
        RecipeError: a file cannot be read, or holds no row.
        PolicyError: with every mistake in the policy.
    """
    rows = list(scan_rows(path))
    if not rows:
        raise RecipeError(f"`{path}` holds no row", help="expected one JSON object a line")
    kind = _kind_of(rows)
    grader = Grader.load(policy) if policy is not None else None
    notes = [] if grader else ["no policy was named, so replies were not judged"]
    personal = _personal_data()
    if personal is None:
        notes.append("personal data was not looked for: the extra `pii` is not installed")
    faults = find_faults(rows, kind, grader, personal)
    good = [row for row in rows if isinstance(row, Row)]
    known = {
        "lengths": figures.lengths(good),
        "histogram": figures.histogram(good),
        "refusals": figures.refusals(good),
        "diversity": figures.diversity(good),
        "labels": figures.labels(good, grader),
        "coverage": figures.coverage(good, read_rows(reference, "prompts")) if reference else {},
    }
    return Audit(str(path), kind, rows, faults, known, notes)


def write_clean(audit: Audit, path: Path) -> Path:
    """Write the fit rows as they are; return the file beside it that says why others were dropped.

    Raises:
        RecipeError: no row is fit.
    """
    unfit = {fault.line for fault in audit.faults}
    kept = [row.raw for row in audit.rows if row.line not in unfit]
    if not kept:
        raise RecipeError(
            f"no row of `{audit.file}` is fit, so nothing was written",
            help="the counts show why; perhaps the policy is not meant for this data",
        )
    dropped = path.with_name(f"{path.name}.dropped.jsonl")
    _write(path, kept)
    _write(dropped, [_dropped(fault) for fault in audit.faults])
    return dropped


def _dropped(fault: Fault) -> str:
    import json

    return json.dumps({"line": fault.line, "reason": fault.kind, "detail": fault.detail})


def _write(path: Path, lines: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    part.replace(path)


def _kind_of(rows: Sequence[Row | BadRow]) -> Kind:
    """Return what most rows are; rows that are read as prompts alone teach nothing yet."""
    kinds: Counter[Kind] = Counter(row.kind for row in rows if isinstance(row, Row))
    del kinds["prompts"]
    return kinds.most_common(1)[0][0] if kinds else "prompts"


def _personal_data() -> PersonalData | None:
    from guardrail.language.source import Source
    from guardrail.runtime.guard import Guard

    try:
        guard = Guard.load(Source("prompts.guard", _PII))
    except MissingExtraError:
        return None

    def look(prompts: Sequence[str]) -> list[bool]:
        return [bool(verdict.fired) for verdict in guard.check_batch(list(prompts))]

    return look
