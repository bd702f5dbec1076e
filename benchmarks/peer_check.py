"""One peer on one policy, in an environment of its own: JSON in, microseconds of each text out.

Processor time of the whole process: other work on the machine stops the clock.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Check: TypeAlias = Callable[[str], bool]
"""Says whether anything is found in a text."""


def own(_: Mapping[str, str]) -> Check:
    from pathlib import Path

    from guardrail import Guard

    check = Guard.load(Path(__file__).parent / "peer.guard").check
    return lambda text: check(text).action != "allow"


def loop(patterns: Mapping[str, str]) -> Check:
    import regex

    searches = [regex.compile(pattern).search for pattern in patterns.values()]
    return lambda text: sum(search(text) is not None for search in searches) > 0


def nemo(patterns: Mapping[str, str], *, fast: bool = False) -> Check:
    from nemoguardrails import LLMRails, RailsConfig

    detection = {"output": {"patterns": [*patterns.values()]}}
    rails = {
        "config": {"regex_detection": detection},
        "output": {"flows": ["regex check output"]},
    }
    config = RailsConfig.from_content(yaml_content=json.dumps({"models": [], "rails": rails}))
    if fast:
        from nemoguardrails.guardrails.guardrails import Guardrails

        engine: Any = Guardrails(config)
    else:
        engine = LLMRails(config)
    running = asyncio.new_event_loop()
    asyncio.set_event_loop(running)

    def check(text: str) -> bool:
        messages = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": text}]
        told = running.run_until_complete(engine.check_async(messages))
        return str(told.status).lower().endswith("blocked")

    return check


def guardrails_ai(patterns: Mapping[str, str]) -> Check:
    os.environ["GUARDRAILS_RUN_SYNC"] = "true"
    os.environ["OTEL_SDK_DISABLED"] = "true"
    from guardrails import Guard, OnFailAction
    from guardrails.validator_base import FailResult, PassResult, Validator, register_validator

    def validator(name: str, pattern: str) -> Any:
        search = re.compile(pattern).search

        @register_validator(name=f"bench/{name}", data_type="string")
        class Pattern(Validator):
            def validate(self, value: str, _metadata: object) -> Any:
                if search(value) is None:
                    return PassResult()
                return FailResult(error_message=name, fix_value="")

        return Pattern(on_fail=OnFailAction.FIX)

    guard = Guard().use(*[validator(*each) for each in patterns.items()])
    guard.configure(allow_metrics_collection=False)
    return lambda text: guard.validate(text).validated_output != text


PEERS: dict[str, Callable[[Mapping[str, str]], Check]] = {
    "guardrail": own,
    "a loop of `regex`": loop,
    "NeMo Guardrails, its fast engine": lambda patterns: nemo(patterns, fast=True),
    "NeMo Guardrails, `LLMRails.check`": nemo,
    "guardrails-ai, ten validators": guardrails_ai,
}


def main() -> None:
    """Read the work, do it; write what each text took, and how many are judged otherwise."""
    work = json.load(sys.stdin)
    check = PEERS[work["peer"]](work["patterns"])
    logging.disable(logging.CRITICAL)
    flagged, took = 0, []
    missed = sum(not check(text) for text in work["found"])
    for text in work["texts"]:
        check(text)
    for text in work["texts"]:
        started = time.process_time_ns()
        flagged += check(text)
        took.append((time.process_time_ns() - started) / 1000)
    print(json.dumps({"flagged": flagged, "missed": missed, "us": took}))


if __name__ == "__main__":
    main()
