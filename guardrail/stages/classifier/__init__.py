"""Learned models: one encoder behind `classifier(...)`, its labels sharing one pass."""

from __future__ import annotations

from guardrail.stages.classifier.detector import ClassifierDetector as ClassifierDetector
from guardrail.stages.classifier.detector import NamesDetector as NamesDetector
from guardrail.stages.classifier.detector import SimilarityDetector as SimilarityDetector
from guardrail.stages.classifier.engine import Engine as Engine
from guardrail.stages.classifier.engine import engine_of as engine_of
from guardrail.stages.classifier.session import PROVIDERS as PROVIDERS
from guardrail.stages.classifier.session import Runs as Runs
from guardrail.stages.classifier.session import provider_here as provider_here

__all__ = [
    "PROVIDERS",
    "ClassifierDetector",
    "Engine",
    "NamesDetector",
    "Runs",
    "SimilarityDetector",
    "engine_of",
    "provider_here",
]
