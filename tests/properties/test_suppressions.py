"""The formatter on random policies full of comments that allow something: each still allows it.

The full count is 5,000 policies; `make test` runs 250 of them.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from guardrail.language.comments import comments
from guardrail.language.format import format_policy
from guardrail.language.nodes import Node
from guardrail.language.parser import parse
from guardrail.language.source import Source
from guardrail.lint.suppressions import read
from tests.support.engine import seeds
from tests.support.layouts import random_layout

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.properties

BLOCKS = 5
ALLOW = "# guardrail: allow[double-negation] because it is so"


@pytest.mark.parametrize("block", range(BLOCKS))
def test_formatting_keeps_what_each_comment_allows(block: int) -> None:
    allowed = 0
    for seed, rng in seeds("suppressions", 250, block, BLOCKS):
        text = with_allowing_comments(random_layout(rng).text)
        formatted = format_policy(Source("random.guard", text))
        before, after = reach(text), reach(formatted)
        assert before == after, f"seed {seed!r}\n{text}\n# ---- formatted\n{formatted}"
        allowed += sum(map(len, before))
    assert allowed > 0


def with_allowing_comments(text: str) -> str:
    for comment in reversed(comments(Source("random.guard", text))):
        text = f"{text[: comment.span.start]}{ALLOW}{text[comment.span.end :]}"
    return text


def reach(text: str) -> list[set[int]]:
    """For each comment, the numbers of the nodes at which it allows something."""
    source = Source("random.guard", text)
    tree, _ = parse(source)
    assert tree is not None
    places = [node.span.start for item in tree.items for node in walk(item)]
    suppressions = read(source, tree)
    assert len(suppressions) == len(comments(source))
    return [
        {number for number, at in enumerate(places) if each.allows("G752", source, at)}
        for each in suppressions
    ]


def walk(value: object) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
        for field in fields(value):
            yield from walk(getattr(value, field.name))
    elif isinstance(value, tuple):
        for each in value:
            yield from walk(each)
