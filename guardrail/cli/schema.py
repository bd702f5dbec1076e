"""`guardrail schema`: the published shapes as JSON Schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from guardrail.cli.command import Command
from guardrail.cli.console import echo

if TYPE_CHECKING:
    from pydantic import BaseModel


@click.command(cls=Command, examples=("guardrail schema record > record.schema.json",))
@click.argument("what", type=click.Choice(["verdict", "record", "settings"]))
def schema(what: str) -> None:
    """Print a JSON Schema.

    A verdict is what `Verdict.record()` gives in Python, a record is a line of `guardrail check
    --format jsonl`, and the settings stand under [tool.guardrail] in pyproject.toml.

    Exit codes: 0; 2 the call is wrong.
    """
    from guardrail.records import Record, VerdictRecord
    from guardrail.settings import Settings

    models: dict[str, type[BaseModel]] = {
        "verdict": VerdictRecord,
        "record": Record,
        "settings": Settings,
    }
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    echo(json.dumps(document | models[what].model_json_schema(), indent=2))
