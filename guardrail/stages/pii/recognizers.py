"""Presidio's recognizers, one by one and without its engine.

Four things differ from how Presidio runs them: a time-out is an error and not an empty answer,
the public suffix list is the one that tldextract ships and never downloaded, nothing is logged
(Presidio's messages quote text), and a phone number has at least five digits (with its default
regions, Presidio takes the year 1690 for a German number).
"""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from time import perf_counter, process_time
from typing import Any, Final

from guardrail.errors import MissingExtraError, SettingsError
from guardrail.stages.pii.entities import CLASSES, PHONES
from guardrail.stages.pii.errors import RecognizerError
from guardrail.stages.pii.phones import CLAIM, GATE, phone_find
from guardrail.stages.pii.postponed import import_presidio
from guardrail.text.widen import widen_foreign

ALWAYS: Final = "(?s:.)"
"""The gate of a pattern that has no better one."""

TIMEOUT_SECONDS: Final = 5.0
"""How long one pattern may take; CPU time of the process, since `regex` measures that."""

_URL_GATE: Final = r"\.[A-Za-z\x{80}-\x{10FFFF}]"
_URL_CLAIM: Final = r"\S+"

_SET: Final = re.compile(r"\((\[[^]\\^()]+\])\)")

_is_silent: Final[ContextVar[bool]] = ContextVar("presidio_is_silent", default=False)


@dataclass(frozen=True, slots=True)
class Recognizer:
    """What finds entities: Presidio's results in a text, and what such a text must contain.

    Every finding lies in a match of one of `claims`, but for the rest of its word.

    A recognizer of the host may ask a least score of its findings itself, in `scores`, and look at
    its own findings and those of the others once more, with `enhance`.
    """

    find: Callable[[str], list[Any]]
    context: tuple[str, ...]
    gates: tuple[str, ...]
    claims: tuple[str, ...]
    scores: Mapping[str, float] = field(default_factory=dict)
    enhance: Callable[[str, list[Any], list[Any]], list[Any]] | None = None


def build(entities: Sequence[str], regions: Sequence[str]) -> tuple[Recognizer, ...]:
    """Import Presidio and return its recognizers for `entities`, ready to run.

    Raises:
        MissingExtraError: Presidio is not installed.
        SettingsError: a region that phonenumbers does not know.
    """
    try:
        predefined_recognizers = import_presidio().predefined_recognizers
    except ImportError as error:
        raise MissingExtraError("pii(…)", "pii") from error
    logging.getLogger("presidio-analyzer").addFilter(_is_heard)
    with silence():
        made = {
            "PHONE_NUMBER": lambda cls: cls(supported_regions=_phone_regions(cls, regions)),
        }
        return tuple(
            predefined(
                entity,
                made.get(entity, lambda cls: cls())(
                    getattr(predefined_recognizers, CLASSES[entity])
                ),
            )
            for entity in entities
        )


@contextmanager
def silence() -> Iterator[None]:
    """Keep Presidio from logging in this context; what the host does with it stays logged."""
    token = _is_silent.set(True)
    try:
        yield
    finally:
        _is_silent.reset(token)


def _is_heard(_: logging.LogRecord) -> bool:
    return not _is_silent.get()


def predefined(entity: str, presidio: Any) -> Recognizer:
    """Wrap one of the recognizers that Presidio ships; it is changed."""
    offline(presidio)

    def find(text: str) -> list[Any]:
        results: list[Any] = presidio.analyze(text, [entity], None)
        return results

    context = tuple(word.lower() for word in presidio.context or ())
    if entity in PHONES:
        return Recognizer(phone_find(presidio), context, (GATE,), (CLAIM,))
    is_url = entity == "URL" and presidio.patterns is type(presidio).PATTERNS
    gates = (_URL_GATE,) if is_url else gates_of(presidio)
    presidio.patterns = [strict(each, presidio) for each in presidio.patterns]
    return Recognizer(timed(find), context, gates, (_URL_CLAIM,) if is_url else gates)


def gates_of(presidio: Any) -> tuple[str, ...]:
    """Return RE2 expressions, one of which occurs wherever one of the patterns does."""
    flags = int(presidio.global_regex_flags)
    written = (_without_reference(each.regex) for each in presidio.patterns)
    gates = (widen_foreign(each, flags) or ALWAYS for each in written)
    return tuple(dict.fromkeys(gates))


def _without_reference(source: str) -> str:
    """Replace references to a group that is one character of a set by the set.

    Widening takes a reference for any text.
    """
    import regex

    sets = _SET.findall(source)
    is_one = len(sets) == 1 == regex.compile(source).groups
    return source.replace(r"\1", sets[0]) if is_one else source


# ---------------------------------------------------------------- time


class _StrictRegex:
    """A compiled regex whose time-out cannot be overlooked: Presidio swallows `TimeoutError`."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled

    def finditer(self, text: str, **_presidios_timeout: float) -> Iterator[Any]:
        try:
            yield from self._compiled.finditer(text, timeout=TIMEOUT_SECONDS)
        except TimeoutError:
            raise RecognizerError("timeout") from None


def strict(pattern: Any, presidio: Any) -> Any:
    """Return a copy of a pattern (its class shares them) compiled once, with a strict time-out."""
    import regex

    copied = copy.copy(pattern)
    flags = presidio.global_regex_flags
    copied.compiled_regex = _StrictRegex(regex.compile(pattern.regex, flags=flags))
    copied.compiled_with_flags = flags
    return copied


def timed(find: Callable[[str], list[Any]]) -> Callable[[str], list[Any]]:
    """Turn an answer that took as long as Presidio's own time-out into an error.

    IBANs are searched without a compiled pattern; their search is linear, so that only a text
    of many megabytes could get there.
    """
    from presidio_analyzer.pattern_recognizer import REGEX_TIMEOUT_SECONDS

    def find_in_time(text: str) -> list[Any]:
        wall, cpu = perf_counter(), process_time()
        results = find(text)
        if max(perf_counter() - wall, process_time() - cpu) >= REGEX_TIMEOUT_SECONDS:
            raise RecognizerError("timeout")
        return results

    return find_in_time


# ---------------------------------------------------------------- e-mail and phone


def offline(presidio: Any) -> Any:
    """Make a recognizer of e-mail addresses look suffixes up in the list that is shipped."""
    from presidio_analyzer.predefined_recognizers import EmailRecognizer

    looks_up = getattr(type(presidio), "validate_result", None) is EmailRecognizer.validate_result
    if looks_up and "validate_result" not in vars(presidio):
        extract = _suffixes()
        presidio.validate_result = lambda address: extract(address).fqdn != ""
    return presidio


@cache
def _suffixes() -> Any:
    """Return tldextract with the list it ships: no download, no folder for a cache."""
    from tldextract import TLDExtract

    extract = TLDExtract(suffix_list_urls=(), cache_dir=None)
    extract("example.com")
    return extract


def _phone_regions(cls: Any, regions: Sequence[str]) -> tuple[str, ...]:
    from phonenumbers import SUPPORTED_REGIONS

    for region in regions:
        if region not in SUPPORTED_REGIONS:
            raise SettingsError(
                f"`pii` does not know the region `{region}`",
                help="a region is a country code of two letters: US, GB, DE, …",
            )
    return tuple(dict.fromkeys((*cls.DEFAULT_SUPPORTED_REGIONS, *regions)))
