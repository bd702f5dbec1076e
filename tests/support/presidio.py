"""Presidio's own engine, to compare with: over a blank tokenizer and off the network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from guardrail.stages.pii.entities import CLASSES, PHONES

Finding = tuple[int, int, str, float]

FIVE_DIGITS: Final = re.compile(r"\d(?:[-xX .()\[\]/~\x80-\U0010FFFF]{0,4}\d){4}")


def engine_for(entities: Iterable[str], recognizers: Iterable[Any] = ()) -> Any:
    """Return an `AnalyzerEngine` with Presidio's recognizers for entities, and with others.

    A blank pipeline has no lemmas, without which no context word would ever be found: the lower
    case of a token stands in for its lemma. The public suffix list is the one that is shipped.
    """
    import spacy
    import tldextract
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry, predefined_recognizers
    from presidio_analyzer.nlp_engine import NlpArtifacts, SlimSpacyNlpEngine

    class Blank(SlimSpacyNlpEngine):  # type: ignore[misc]
        """Tokens, and lemmas that are their lower case."""

        def load(self) -> None:
            self.nlp = {"en": spacy.blank("en")}

        def process_text(self, text: str, language: str) -> Any:
            tokens = self.nlp[language](text)
            return NlpArtifacts(
                entities=[],
                tokens=tokens,
                tokens_indices=[token.idx for token in tokens],
                lemmas=[token.lower_ for token in tokens],
                nlp_engine=self,
                language=language,
            )

    extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    registry = RecognizerRegistry(supported_languages=["en"])
    for entity in entities:
        recognizer = getattr(predefined_recognizers, CLASSES[entity])(supported_language="en")
        if entity == "EMAIL_ADDRESS":
            recognizer.validate_result = lambda text: extract(text).fqdn != ""
        registry.add_recognizer(recognizer)
    for recognizer in recognizers:
        registry.add_recognizer(recognizer)
    blank = Blank(supported_languages=["en"])
    blank.load()
    return AnalyzerEngine(registry=registry, nlp_engine=blank, supported_languages=["en"])


def findings_of(
    engine: Any, text: str, entities: Sequence[str], min_score: float | None = 0.4
) -> list[Finding]:
    """Return all that the engine finds, in order."""
    found = engine.analyze(text, "en", entities=list(entities), score_threshold=min_score)
    return sorted((each.start, each.end, each.entity_type, each.score) for each in found)


def is_short_phone(text: str, finding: Finding) -> bool:
    """Whether a finding is what `pii` leaves out on purpose: a phone number of a few digits."""
    start, end, entity, _ = finding
    return entity in PHONES and FIVE_DIGITS.search(text, start, end) is None
