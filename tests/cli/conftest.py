"""The command line, run in this process, in a folder of its own."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from guardrail.cli.main import main

POLICY = """edition 1
policy demo
  on error treat as violation
  fallback declined

principle privacy "Do not expose personal data"

list secret_words ["swordfish"]
pattern badge = /\\bB-[0-9]{4}\\b/

reply declined "That cannot be shared."
reply hint "Ask at the desk."

rule no_secrets on output severity critical
  enforces privacy
  when text contains any secret_words
  then block with declined

rule hide_badges on output severity high
  enforces privacy
  when text matches badge
  then redact as "[{type}]"

rule say_where on output severity low
  when text contains "where"
  then append hint

rule calm_users on input
  when text contains "stop it"
  then flag

test "badges are hidden"
  given output "Badge B-1234."
  expect output "Badge [BADGE]."
"""


class Place:
    """A folder, and the command run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.policy = self.write("demo.guard", POLICY)

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path.name if path.parent == self.folder else str(path.relative_to(self.folder))

    def transcript(self, *replies, name="chats.jsonl"):
        lines = [json.dumps({"prompt": "Q", "response": reply}) for reply in replies]
        return self.write(name, "\n".join(lines) + "\n")

    def run(self, *args, **options):
        result = CliRunner().invoke(main, [str(arg) for arg in args], **options)
        assert "Traceback" not in result.output
        return result


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("GUARDRAIL_HASH_KEY", raising=False)
    return Place(tmp_path)
