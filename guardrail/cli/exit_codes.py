"""The exit codes, the same for every command; when two apply, the higher one is given."""

from typing import Final

CLEAN: Final = 0
FINDINGS: Final = 1
USAGE: Final = 2
"""Wrong usage, an unreadable path, an invalid policy, a missing extra or model."""
FAILED: Final = 3
"""Some input could not be processed, or guardrail itself failed."""
