"""Secrets against gitleaks' rules as an oracle, and on texts that hold none.

The one form left out on purpose is Sourcegraph's oldest: 40 hexadecimal digits beside `sgp_`, which
a git hash is too. The tables were tuned on keys of one range of seeds and on the replies of
assistants and agents; keys of another range, the texts of customers, those with personal data and
those like code were not used for that.

`GUARDRAIL_PROPERTIES=20` makes 200 keys for each rule instead of 10.
"""

import os
from random import Random

import pytest

from tests.support import benign, gitleaks
from tests.support.code_like import code_like

pytestmark = [pytest.mark.properties, pytest.mark.shared]

SIZE = float(os.environ.get("GUARDRAIL_PROPERTIES", "1"))
KEYS = max(3, int(10 * SIZE))


def some(texts):
    texts = list(texts)
    return Random(7).sample(texts, int(len(texts) * SIZE)) if SIZE < 1 else texts


@pytest.mark.parametrize("seed", ["secrets", "held out"])
def test_what_gitleaks_finds_is_found(shared, seed):
    figures = gitleaks.recall(shared, KEYS, seed)
    assert len(figures.made) >= 215
    assert len(figures.providers) >= 60
    assert figures.share >= 0.98, figures.missed


@pytest.mark.parametrize("texts", [benign.replies, benign.customers, benign.personal])
def test_texts_without_secrets_are_left_alone(shared, texts):
    lines = some(texts(shared))
    assert len(lines) > 20_000 * min(1, SIZE)
    count, types = gitleaks.hits(lines)
    assert count <= max(3, len(lines) / 10_000), types


def test_texts_like_code_are_left_alone():
    count, types = gitleaks.hits(code_like(int(10_000 * SIZE), "properties"))
    assert count <= max(1, SIZE), types
