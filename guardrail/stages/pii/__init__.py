"""Personal data: Presidio's recognizers, without a language model, each behind a gate."""

from __future__ import annotations

from guardrail.stages.pii.detector import PiiDetector as PiiDetector
from guardrail.stages.pii.detector import PiiOnDemand as PiiOnDemand
from guardrail.stages.pii.entities import ENTITIES as ENTITIES
from guardrail.stages.pii.entities import FOUND_ENTITIES as FOUND_ENTITIES
from guardrail.stages.pii.entities import MISSING_ENTITIES as MISSING_ENTITIES
from guardrail.stages.pii.entities import REGIONS as REGIONS
from guardrail.stages.pii.hosted import Recognizers as Recognizers
from guardrail.stages.pii.with_names import PiiWithNames as PiiWithNames

__all__ = [
    "ENTITIES",
    "FOUND_ENTITIES",
    "MISSING_ENTITIES",
    "REGIONS",
    "PiiDetector",
    "PiiOnDemand",
    "PiiWithNames",
    "Recognizers",
]
