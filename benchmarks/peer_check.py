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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Check: TypeAlias = Callable[[str], bool]
"""Says whether anything is found in a text."""


@dataclass
class Policy:
    """Word lists, other patterns, and both as patterns."""

    lists: Mapping[str, Sequence[str]]
    others: Mapping[str, str]
    patterns: Mapping[str, str]


def own(_: Policy) -> Check:
    from pathlib import Path

    from guardrail import Guard

    check = Guard.load(Path(__file__).parent / "peer.guard").check
    return lambda text: check(text).action != "allow"


def loop(policy: Policy) -> Check:
    import regex

    searches = [regex.compile(pattern).search for pattern in policy.patterns.values()]
    return lambda text: sum(search(text) is not None for search in searches) > 0


def nemo(policy: Policy, *, fast: bool = False) -> Check:
    from nemoguardrails import LLMRails, RailsConfig

    detection = {"output": {"patterns": [*policy.patterns.values()]}}
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


def guardrails_ai(policy: Policy) -> Check:
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

    guard = Guard().use(*[validator(*each) for each in policy.patterns.items()])
    guard.configure(allow_metrics_collection=False)
    return lambda text: guard.validate(text).validated_output != text


def llm_guard(policy: Policy) -> Check:
    os.environ["HF_HUB_OFFLINE"] = "1"
    import structlog
    from llm_guard import scan_output
    from llm_guard.output_scanners import BanSubstrings, Regex

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    kinds = [type(name, (BanSubstrings,), {}) for name in policy.lists]  # verdicts go by class
    scanners: list[Any] = [
        kind([*words], match_type="word", case_sensitive=False)
        for kind, words in zip(kinds, policy.lists.values(), strict=True)
    ]
    scanners.append(Regex([*policy.others.values()], redact=False))
    return lambda text: not all(scan_output(scanners, "", text)[1].values())


def invariant(policy: Policy) -> Check:
    os.environ["INVARIANT_API_KEY"] = "unused"
    from invariant.analyzer import LocalPolicy

    rules = [
        f'raise "{name}" if:\n    (msg: Message)\n    msg.role == "assistant"\n'
        f'    len(find(r"{pattern}", msg.content)) > 0\n'
        for name, pattern in policy.patterns.items()
    ]
    analyze = LocalPolicy.from_string("\n".join(rules)).analyze
    return lambda text: bool(analyze([{"role": "assistant", "content": text}]).errors)


PEERS: dict[str, Callable[[Policy], Check]] = {
    "guardrail": own,
    "a loop of `regex`": loop,
    "NeMo Guardrails, its fast engine": lambda policy: nemo(policy, fast=True),
    "NeMo Guardrails, `LLMRails.check`": nemo,
    "guardrails-ai, ten validators": guardrails_ai,
    "llm-guard, two word lists and eight patterns": llm_guard,
    "invariant-ai, ten rules": invariant,
}


def main() -> None:
    """Read the work, do it; write what each text took, and how many are judged otherwise."""
    work = json.load(sys.stdin)
    check = PEERS[work["peer"]](Policy(work["lists"], work["others"], work["patterns"]))
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
