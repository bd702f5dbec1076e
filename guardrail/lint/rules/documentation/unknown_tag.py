"""A tag names a scheme, an edition or an id that does not exist.

## Why it matters

A tag with a slip of the pen is found by nobody: neither by the auditor who looks for the risk, nor
by the report that groups by it.

A tag is written `scheme:edition/id`. Known are `owasp-llm:2025`, `owasp-llm:2026`, `atlas:2026.09`,
`nist-ai-600-1:2024`, `ailuminate:1`, `cwe:4` and `eu-ai-act:2024-1689`, of the larger schemes only
the ids that speak of language models. Other keys of `meta` are your own and not looked at.

## Avoid

```guard avoid
edition 1
policy demo
  on error treat as violation

rule no_keys on output
  when text contains "api key"
  then flag
  meta tag "owasp-llm:2026/LLM2"
```

## Prefer

```guard prefer
edition 1
policy demo
  on error treat as violation

rule no_keys on output
  when text contains "api key"
  then flag
  meta tag "owasp-llm:2026/LLM02"
```

## How to fix it

Write the id as its scheme does. Tags of a scheme of your own go under another key, as in
`meta control "ACME-7"`.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from guardrail import lint
from guardrail.language import nodes
from guardrail.language.names import did_you_mean
from guardrail.lint.rule import Context, Finding, JudgedRule, LintRule


def check(context: Context) -> Iterator[Finding]:
    """Yield a finding for each tag that is not known."""
    for rule in context.rules:
        for meta in rule.node.meta:
            found = _wrong(meta.value.value) if meta.key == "tag" else None
            if found is not None:
                yield _finding(rule, meta, *found)


def _finding(rule: JudgedRule, meta: nodes.Meta, message: str, label: str) -> Finding:
    return rule.finding("G706", message, label, span=meta.value.span)


def _wrong(tag: str) -> tuple[str, str] | None:
    """Say what is wrong with a tag, and what was probably meant."""
    known = tags()
    head, slash, id_ = tag.partition("/")
    scheme, colon, edition = head.partition(":")
    if not (slash and colon and scheme and edition and id_):
        return f"`{tag}` is not a tag", "a tag is written scheme:edition/id"
    if head in known:
        if id_ in known[head]:
            return None
        near = did_you_mean(id_, frozenset(known[head]))
        return f"`{head}` has no id `{id_}`", near
    editions = {name.partition(":")[2] for name in known if name.startswith(f"{scheme}:")}
    if editions:
        return f"`{scheme}` has no edition `{edition}`", did_you_mean(edition, frozenset(editions))
    schemes = frozenset(name.partition(":")[0] for name in known)
    return f"there is no scheme `{scheme}`", did_you_mean(scheme, schemes)


@functools.cache
def tags() -> Mapping[str, Mapping[str, str]]:
    """Return the ids of each scheme and edition, with their titles.

    >>> tags()["owasp-llm:2026"]["LLM01"]
    'Prompt Injection'
    """
    text = (Path(lint.__file__).parent / "tags.json").read_text(encoding="utf-8")
    return {name: ids for name, ids in json.loads(text).items() if isinstance(ids, dict)}


RULE = LintRule(code="G706", family="documentation", check=check)
