"""`pii(entities:, min_score:, region:)`: personal data in a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from guardrail.errors import MissingExtraError, SettingsError
from guardrail.stages.found import Found
from guardrail.stages.pii.clues import may_hold
from guardrail.stages.pii.context import boost
from guardrail.stages.pii.entities import CLASSES, MISSING_ENTITIES, PHONES, default_entities
from guardrail.stages.pii.errors import RecognizerError
from guardrail.stages.pii.hosted import hosted, is_enhanced, offered_by, replaced_by
from guardrail.stages.pii.phones import one_text
from guardrail.stages.pii.recognizers import ALWAYS, Recognizer, build, silence
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
        texts = [subject.text for subject in subjects]
        texts += [view.text for subject in subjects for view in subject.views]
        if not any(may_hold(text, self._entities) for text in texts):
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
    papers are looked for. Recognizers of the host are asked besides the ones that Presidio ships;
    one of a class that Presidio ships stands in its place (or beside it, for phone numbers of
    `regions`).

    Findings that score below `min_score` are dropped; without it, those below what the host's
    recognizer says itself, else below 0.4. In views too findings are looked for. In a view that is
    a guess, context words alone do not make a finding: the recognizer's own score must reach 0.4
    too.

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
        recognizers: Sequence[Any] = (),
    ) -> None:
        countries = _countries(regions)
        offered = offered_by(recognizers)
        names = (*default_entities(countries), *offered) if entities is None else entities
        for name in names:
            if name not in CLASSES and name not in offered:
                needs = MISSING_ENTITIES.get(name)
                reason = f"it needs {needs}" if needs else "no such entity"
                raise SettingsError(f"`pii` cannot find `{name}`: {reason}")
        wanted = tuple(dict.fromkeys(names))
        self._min_score = min_score
        replaced = replaced_by(recognizers) - (PHONES if countries else frozenset())
        shipped = tuple(name for name in wanted if name in CLASSES and name not in replaced)
        self._recognizers = (*build(shipped, countries), *hosted(recognizers, wanted))
        self._gate = tuple(dict.fromkeys(gate for each in self._recognizers for gate in each.gates))
        self._occurring = prefilter(self._gate)
        self._behind = [
            frozenset(i for i, each in enumerate(self._recognizers) if gate in each.gates)
            for gate in self._gate
        ]

    @property
    def gate(self) -> tuple[str, ...]:
        """The patterns of the recognizers, widened."""
        return self._gate

    @property
    def claims(self) -> tuple[str, ...] | None:
        """The same to the end of the word, since a word may be its own context."""
        claims = tuple(dict.fromkeys(c for each in self._recognizers for c in each.claims))
        return None if ALWAYS in claims else tuple(rf"(?:{claim})\S*" for claim in claims)

    def run(self, subjects: Sequence[Subject]) -> list[Outcome]:
        """Find personal data in each text and in the views of it."""
        return [self._outcome(subject) for subject in subjects]

    def _outcome(self, subject: Subject) -> Outcome:
        """Look at a text, then at its views: one that fails matters if nothing is found at all."""
        if not subject.views:
            return self._spans(subject.text, is_trial=False)
        with one_text():
            return self._in_views(subject)

    def _in_views(self, subject: Subject) -> Outcome:
        plain = self._spans(subject.text, is_trial=False)
        if isinstance(plain, Failure):
            return plain
        found, failure = Found(plain), None
        for view in subject.views:
            spans = self._spans(view.text, is_trial=view.is_trial)
            if isinstance(spans, Failure):
                failure = failure or spans
            else:
                found.add(view, spans)
        return found.spans() or failure or ()

    def _spans(self, text: str, *, is_trial: bool) -> tuple[Span, ...] | Failure:
        hits = [hit for hit in self._occurring(text) if hit < len(self._behind)]
        if not hits:
            return ()
        numbers = sorted(frozenset().union(*(self._behind[hit] for hit in hits)))
        text = text.encode(errors="replace").decode()  # a "?" for each lone surrogate
        try:
            with silence():
                return self._find(text, [self._recognizers[i] for i in numbers], is_trial=is_trial)
        except RecognizerError as error:
            return Failure(error.kind)
        except Exception as error:  # noqa: BLE001 - messages of the libraries may quote the text
            return Failure(type(error).__name__)

    def _find(
        self, text: str, recognizers: Sequence[Recognizer], *, is_trial: bool
    ) -> tuple[Span, ...]:
        from presidio_analyzer import EntityRecognizer

        found = _enhanced(text, [(each, each.find(text)) for each in recognizers])
        if is_trial:
            found = [(result, each) for result, each in found if result.score >= _DEFAULT_MIN_SCORE]
        if not found:
            return ()
        boost(text, [(result, each.context) for result, each in found if not is_enhanced(result)])
        results = [
            result
            for result, each in found
            if result.score >= self._least(result.entity_type, each.scores)
        ]
        return tuple(
            sorted(
                Span(result.start, result.end, result.entity_type, result.score)
                for result in EntityRecognizer.remove_duplicates(results)
            )
        )

    def _least(self, entity: str, own: Mapping[str, float]) -> float:
        """Return the least score that a finding must have."""
        if self._min_score is not None:
            return self._min_score
        return own.get(entity, own.get("default", _DEFAULT_MIN_SCORE))


def _enhanced(
    text: str, found: Sequence[tuple[Recognizer, list[Any]]]
) -> list[tuple[Any, Recognizer]]:
    """Let recognizers that want to look at their findings once more, beside those of the others."""
    enhanced = []
    for each, results in found:
        own = results
        if each.enhance is not None:
            others = [result for other, theirs in found if other is not each for result in theirs]
            own = each.enhance(text, results, others)
        enhanced += [(result, each) for result in own]
    return enhanced


def _countries(regions: Sequence[str]) -> tuple[str, ...]:
    return tuple(_SAME_PLACE.get(each, each) for each in map(str.upper, regions))
