"""A sample of the data folder: the findings of Presidio's own engine, but for short numbers."""

from __future__ import annotations

import gzip
import json

import pytest

from guardrail.stages.pii import PiiDetector
from guardrail.stages.pii.entities import CLASSES, DEFAULT
from guardrail.values import Subject
from tests.support.presidio import engine_for, findings_of, is_short_phone

pytest.importorskip("presidio_analyzer")
pytestmark = pytest.mark.shared


def sample(shared, name, every):
    with gzip.open(shared / "data" / "pii" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for at, line in enumerate(lines) if at % every == 0]


@pytest.mark.parametrize(
    ("name", "every", "at_least"),
    [
        ("presidio_synthetic", 6, 300),
        ("multidogo_customer_turns", 60, 120),
        ("ner_wikigold_btc", 40, 120),
    ],
)
@pytest.mark.parametrize(
    ("entities", "min_score"), [(DEFAULT, 0.4), (tuple(CLASSES), 0.0)], ids=["usual", "all"]
)
def test_findings_are_those_of_presidios_engine(shared, name, every, at_least, entities, min_score):
    engine, detector = engine_for(entities), PiiDetector(entities, min_score)
    total = 0
    for number, text in enumerate(sample(shared, name, every)):
        expected = findings_of(engine, text, entities, min_score)
        total += len(expected)
        (outcome,) = detector.run([Subject(text)])
        found = [(span.start, span.end, span.type, span.score) for span in outcome]
        assert found == [each for each in expected if not is_short_phone(text, each)], number
    if len(entities) > len(DEFAULT):
        assert total > at_least
