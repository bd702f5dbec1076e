"""`guardrail init`: a small policy project that lints, tests and runs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from guardrail.cli.command import Command
from guardrail.cli.console import echo, printable
from guardrail.cli.exit_codes import CLEAN

_POLICY: Final = """edition 1

# What this assistant may say. Rules see a reply before anybody else does.

policy my_assistant "My assistant"
  version "0.1.0"
  on error treat as violation
  fallback declined

principle no_internals "Never reveal internal system details"
principle privacy      "Do not expose personal data"

list internal_terms from file "lists/internal_terms.txt"
list our_addresses ["help@example.com"]
pattern email = /\\b[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\\.[a-z0-9-]{1,63}){1,4}\\b/i

reply declined "I cannot share that. Write to help@example.com."

rule no_internal_details on output severity high
  enforces no_internals
  when text contains any internal_terms
  then replace with declined

rule hide_addresses on output severity medium
  enforces privacy
  when text matches email
  except our_addresses
  then redact as "[EMAIL_ADDRESS]"

test "internal names are not told"
  given output "That runs on the billing-core server."
  expect replace by no_internal_details

test "addresses are hidden, ours is not"
  given output "Write to ann@example.org or help@example.com."
  expect output "Write to [EMAIL_ADDRESS] or help@example.com."

test "a plain answer passes"
  given output "Open the settings and choose a new password."
  expect allow
"""

_TERMS: Final = """# One entry a line; case does not matter, whole words only.
billing-core
staging database
"""

_NOTE: Final = """# A guardrail policy

- `policy.guard` says what the assistant may say; `lists/` holds the words it looks for.
- `guardrail lint policy.guard` shows mistakes, `guardrail test policy.guard` runs its tests.
- `guardrail check chats.jsonl -p policy.guard` shows what it would do to transcripts.
"""

_PROJECT: Final = """[tool.guardrail]
policy = "policy.guard"
"""

_FILES: Final = {
    "policy.guard": _POLICY,
    "lists/internal_terms.txt": _TERMS,
    "README.md": _NOTE,
    "pyproject.toml": _PROJECT,
}


@click.command(cls=Command, examples=("guardrail init my-policy",))
@click.argument("folder", default=".", metavar="[DIR]")
def init(folder: str) -> int:
    """Start a policy project in DIR.

    Without DIR it is started here. Nothing is overwritten.

    Exit codes: 0; 2 DIR is a file; 3 it cannot be written.
    """
    root = Path(folder)
    if root.exists() and not root.is_dir():
        raise click.UsageError(f"'{folder}' is a file, not a folder")
    for name, text in _FILES.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with file.open("x", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
            echo(f"made  {printable(str(file))}")
        except FileExistsError:
            echo(f"kept  {printable(str(file))}")
    _advise_settings(root / "pyproject.toml")
    echo(f"Next: guardrail test {printable(str(root / 'policy.guard'))}")
    return CLEAN


def _advise_settings(file: Path) -> None:
    text = file.read_text(encoding="utf-8", errors="replace")
    if "[tool.guardrail]" not in text:
        echo(f"Add to {printable(str(file))}, so that commands find the policy:\n\n{_PROJECT}")
