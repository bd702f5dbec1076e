from __future__ import annotations

import pytest

from guardrail.language.vocabulary import EDITION_1, REGENERATE, Kind, ModelWords, Vocabulary

LABELS = frozenset({"hate", "illegal", "polite"})


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    host = Kind("host_check", "unknown", is_model_free=False, takes_any=True)
    return Vocabulary(
        kinds={kind.name: kind for kind in (*EDITION_1, host)},
        rewriters={"regenerate": REGENERATE, "soften": Kind("soften", "unknown", takes_any=True)},
        entities=frozenset({"EMAIL_ADDRESS", "PERSON", "PHONE_NUMBER"}),
        missing_entities={"LOCATION": "needs a language model"},
        models={"guard-mini": ModelWords(LABELS)},
        regions=frozenset({"DE", "GB", "UK", "US"}),
    )
