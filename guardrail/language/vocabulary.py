"""Which detectors and rewriters a policy may name, and what they take and give.

The kinds of edition 1 are fixed by the language. What the host registers, the entities of `pii`
and the labels of models come from outside, as one `Vocabulary` value: the language itself knows
no stage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from guardrail.language.languages import LANGUAGES

Gives: TypeAlias = Literal["spans", "score", "number", "label", "unknown"]
"""The type of a detector's answer. `unknown` is a host detector whose type its use decides."""

Takes: TypeAlias = Literal["number", "text", "list", "reply", "texts", "any"]
"""The type of an argument; a bare word counts as text (`label: hate`)."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of a kind; `choices` closes the set of words, `low`/`high` the range."""

    takes: Takes
    required: bool = False
    choices: frozenset[str] | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of detector or rewriter.

    `gives` is what `NAME found`, `NAME >= 1` and `NAME is "x"` are checked against.
    `is_model_free` kinds really run in policy tests and on canned replies.
    `missing` says what this installation lacks to run it; None when it can run.
    `positional` names the parameter that an argument without a name fills.
    `labels` are all labels it can give, each with its name in words; None where they are open.
    """

    name: str
    gives: Gives
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    is_model_free: bool = True
    missing: str | None = None
    positional: str | None = None
    takes_any: bool = False
    labels: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ModelWords:
    """What a model can say: the labels it scores, and the entities it finds for `pii`."""

    labels: frozenset[str] = frozenset()
    entities: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What names a policy may use beyond its own.

    `entities` are the types `pii` knows; `missing_entities` those that it finds with a model only,
    with what they need. `regions` are the countries it knows, none if that is not known here.
    `models` maps a model to what it can say, to None if that cannot be read; it is itself None
    while no model is installed.
    """

    kinds: Mapping[str, Kind]
    rewriters: Mapping[str, Kind]
    entities: frozenset[str] = frozenset()
    missing_entities: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, ModelWords | None] | None = None
    regions: frozenset[str] = frozenset()


BY_MODEL: Final = frozenset({"classifier", "similarity"})
"""Kinds that always need a model."""
DEFAULT_MODEL: Final = "guard-mini"
"""The model of `similarity` and `pii` where the policy names none."""

_SCORE = Parameter("number", low=0.0, high=1.0)

EDITION_1: Final[tuple[Kind, ...]] = (
    Kind(
        "pii",
        "spans",
        {
            "entities": Parameter("texts"),
            "min_score": _SCORE,
            "region": Parameter("texts"),
            "model": Parameter("text"),
        },
    ),
    Kind("secrets", "spans", {"min_score": _SCORE}),
    Kind(
        "classifier",
        "score",
        {"model": Parameter("text", required=True), "label": Parameter("text", required=True)},
        is_model_free=False,
    ),
    Kind(
        "similarity",
        "score",
        {"to": Parameter("list", required=True), "model": Parameter("text")},
        is_model_free=False,
    ),
    Kind(
        "judge",
        "score",
        {"model": Parameter("text", required=True), "question": Parameter("text", required=True)},
        is_model_free=False,
    ),
    Kind(
        "length",
        "number",
        {
            "unit": Parameter(
                "text",
                required=True,
                choices=frozenset({"words", "sentences", "characters"}),
            )
        },
    ),
    Kind("links", "spans", {"allow": Parameter("list")}),
    Kind("canary", "spans", {"tokens": Parameter("list", required=True)}, positional="tokens"),
    Kind(
        "echoes",
        "spans",
        {
            "prompt": Parameter("text", choices=frozenset({"system"})),
            "min_words": Parameter("number", low=1),
        },
    ),
    Kind("markup", "spans"),
    Kind("hidden_text", "spans"),
    Kind("language", "label", labels=LANGUAGES),
)

REGENERATE: Final = Kind(
    "regenerate",
    "unknown",
    {
        "attempts": Parameter("number", low=1, high=10),
        "otherwise": Parameter("reply", required=True),
    },
)
