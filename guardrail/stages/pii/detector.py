"""`pii(entities:, min_score:, region:)`: personal data in a text."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from guardrail.errors import MissingExtraError, SettingsError
from guardrail.stages.pii.clues import may_hold
from guardrail.stages.pii.context import boost
from guardrail.stages.pii.entities import CLASSES, MISSING_ENTITIES, default_entities
from guardrail.stages.pii.recognizers import Recognizer, RecognizerError, build, silence
from guardrail.text.prefilter import prefilter
from guardrail.values import NOT_RUN, Failure, Outcome, Span, Subject

_DEFAULT_MIN_SCORE = 0.4
_SAME_PLACE = {"UK": "GB"}


class PiiOnDemand:
    """A `PiiDetector` that is built for the first text in which it could find anything.

    It is for a few short texts of a policy: most of them need no import of Presidio.

    Raises:
        MissingExtraError: Presidio is not installed.
    """

    gate: tuple[str, ...] = ()

    def __init__(
        self,
        entities: tuple[str, ...] | None = None,
        min_score: float | None = None,
        regions: tuple[str, ...] = (),
    ) -> None:
        if find_spec("presidio_analyzer") is None:
            raise MissingExtraError("pii(…)", "pii")
        self._entities = default_entities(_countries(regions)) if entities is None else entities
        self._settings = (entities, min_score, regions)
        self._detector: PiiDetector | None = None

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Find personal data in each text."""
        if not any(may_hold(subject.text, self._entities) for subject in subjects):
            return [()] * len(subjects)
        try:
            self._detector = self._detector or PiiDetector(*self._settings)
        except MissingExtraError:  # Presidio is there, and something that it imports is not
            return [NOT_RUN] * len(subjects)
        return self._detector.run(subjects)


class PiiDetector:
    """Finds personal data with Presidio's recognizers, as `AnalyzerEngine` does in English.

    Without `entities` it looks for what Presidio looks for by default, except `URL` and
    `DATE_TIME`: most web addresses and dates are nobody's. Phone numbers are found as they are
    written in the regions of Presidio's own list (US, GB, DE, FR, IL, IN, CA, BR) and in `regions`,
    and everywhere with `+` and the country's code. Without `entities`, `regions` also says whose
    papers are looked for. Findings below `min_score` (0.4 unless given) are dropped.

    Constructing it imports Presidio and spaCy: about two seconds, once.

    >>> from guardrail.values import Subject
    >>> PiiDetector(("EMAIL_ADDRESS",)).run([Subject("write to ann@example.org")])
    [(Span(start=9, end=24, type='EMAIL_ADDRESS', score=1.0, view='plain', entry=-1),)]

    Raises:
        MissingExtraError: Presidio is not installed.
        SettingsError: an entity or a region that is not known.
    """

    def __init__(
        self,
        entities: tuple[str, ...] | None = None,
        min_score: float | None = None,
        regions: tuple[str, ...] = (),
    ) -> None:
        countries = _countries(regions)
        names = default_entities(countries) if entities is None else entities
        for name in names:
            if name not in CLASSES:
                needs = MISSING_ENTITIES.get(name)
                reason = f"it needs {needs}" if needs else "no such entity"
                raise SettingsError(f"`pii` cannot find `{name}`: {reason}")
        self._min_score = _DEFAULT_MIN_SCORE if min_score is None else min_score
        self._recognizers = build(tuple(dict.fromkeys(names)), countries)
        self._gate = tuple(dict.fromkeys(gate for each in self._recognizers for gate in each.gates))
        self._occurring = prefilter(self._gate)
        self._behind = [[each for each in self._recognizers if g in each.gates] for g in self._gate]

    @property
    def gate(self) -> tuple[str, ...]:
        """The patterns of the recognizers, widened."""
        return self._gate

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Find personal data in each text."""
        return [self._outcome(subject.text) for subject in subjects]

    def _outcome(self, text: str) -> Outcome:
        hits = [hit for hit in self._occurring(text) if hit < len(self._behind)]
        if not hits:
            return ()
        recognizers = {each.entity: each for hit in hits for each in self._behind[hit]}
        text = text.encode(errors="replace").decode()  # a "?" for each lone surrogate
        try:
            with silence():
                return self._find(text, list(recognizers.values()))
        except RecognizerError as error:
            return Failure(error.kind)
        except Exception as error:  # noqa: BLE001 - messages of the libraries may quote the text
            return Failure(type(error).__name__)

    def _find(self, text: str, recognizers: Sequence[Recognizer]) -> tuple[Span, ...]:
        from presidio_analyzer import EntityRecognizer

        found = [(result, each.context) for each in recognizers for result in each.find(text)]
        if not found:
            return ()
        boost(text, found)
        results = [result for result, _ in found if result.score >= self._min_score]
        return tuple(
            sorted(
                Span(result.start, result.end, result.entity_type, result.score)
                for result in EntityRecognizer.remove_duplicates(results)
            )
        )


def _countries(regions: Sequence[str]) -> tuple[str, ...]:
    return tuple(_SAME_PLACE.get(each, each) for each in map(str.upper, regions))
