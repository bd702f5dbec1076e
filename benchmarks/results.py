"""Ratios of a run as a file beside the code, with what the machine was.

A ratio is made of things that took turns in one process: it may be held against the same ratio of
another day, microseconds may not.
"""

from __future__ import annotations

import json
import os
import platform
import re
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

FOLDER = Path(__file__).with_name("results")


def machine() -> dict[str, str | int | float]:
    """Return what figures depend on beside the code."""
    facts: dict[str, str | int | float] = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count() or 1,
        "load": round(os.getloadavg()[0], 1),
    }
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists() and (found := re.search(r"model name\s*: (.+)", cpuinfo.read_text())):
        facts["processor"] = found[1]
    return facts | {name: version(name) for name in ("google-re2", "regex", "msgspec")}


def save(suite: str, ratios: dict[str, float], figures: dict[str, float] | None = None) -> Path:
    """Write the ratios of a suite, and what else was measured."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{suite}.json"
    found = {
        "suite": suite,
        "day": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "ratios": {name: round(value, 3) for name, value in ratios.items()},
        "figures": {name: round(value, 3) for name, value in (figures or {}).items()},
    }
    path.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def saved(suite: str) -> dict[str, float]:
    """Return the ratios of the last run that was kept."""
    path = FOLDER / f"{suite}.json"
    ratios: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))["ratios"]
    return ratios
