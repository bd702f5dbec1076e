"""The recipe of a classifier: what is trained on which examples, and how."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from guardrail.disguises import DISGUISES
from guardrail.models.manifest import Name

_STRICT = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())
Word: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Entity: TypeAlias = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]


class Scratch(BaseModel):
    """A small encoder that starts from nothing, with a vocabulary of the examples: for trials.

    >>> Scratch(hidden=32, layers=1, heads=2).vocabulary
    2000
    """

    model_config = _STRICT

    hidden: int = Field(ge=8, le=4096)
    layers: int = Field(ge=1, le=48)
    heads: int = Field(ge=1, le=64)
    vocabulary: int = Field(default=2000, ge=100, le=200_000)

    @model_validator(mode="after")
    def _fits(self) -> Scratch:
        if self.hidden % self.heads:
            raise ValueError("hidden must be a multiple of heads")
        return self


def _kind(value: object) -> str:
    return "name" if isinstance(value, str) else "scratch"


Encoder: TypeAlias = Annotated[
    Annotated[str, Tag("name")] | Annotated[Scratch, Tag("scratch")], Discriminator(_kind)
]


class Source(BaseModel):
    """A file of examples, where they come from, and how much they weigh."""

    model_config = _STRICT

    file: Path
    licence: str = Field(min_length=1, description="Stands on the card.")
    origin: str = Field(default="", description="Who made it; stands on the card.")
    weight: float = Field(default=1.0, gt=0, le=100)
    hold_out: bool = Field(default=False, description="Not trained on: for a look only.")
    near_duplicates: bool = Field(
        default=True, description="False: only `cluster` says which of its texts belong together."
    )

    @property
    def name(self) -> str:
        """The name of the file without its ending."""
        return self.file.name.removesuffix(".gz").removesuffix(".jsonl")


class Recipe(BaseModel):
    """All options of `guardrail train classifier`; paths count from the working directory."""

    model_config = _STRICT

    name: Name = Field(description="Of the model and of its folder.")
    encoder: Encoder = Field(description="A local folder, a hub id, or one from scratch.")
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]
    labels: Annotated[tuple[Word, ...], Field(min_length=1)]
    entities: tuple[Entity, ...] = ()
    out: Path = Field(description="The folder of the run; the model folder is made in it.")
    about: str = Field(default="", description="What the model is for; stands on the card.")

    initial: Path | None = Field(
        default=None, description="A model folder of this code whose weights it begins with."
    )
    steps: int = Field(ge=1)
    batch: int = Field(default=32, ge=1, le=4096)
    learning_rate: float = Field(default=5e-5, gt=0, lt=1, description="Of the encoder.")
    head_learning_rate: float = Field(default=1e-3, gt=0, lt=1)
    frozen_layers: int = Field(
        default=-1, ge=-1, description="0: the embeddings do not learn; 2: nor two layers above."
    )
    warmup: Share = 0.06
    weight_decay: float = Field(default=0.01, ge=0, lt=1)
    dropout: float = Field(default=0.1, ge=0, lt=1)
    entity_weight: float = Field(default=1.0, ge=0, description="Of the loss of the token head.")
    embedding_weight: float = Field(
        default=1.0, ge=0, description="Of staying near the embedding of the first encoder."
    )
    disguised: Share = Field(default=0.0, description="Of the texts that get a disguise.")
    disguises: tuple[str, ...] = ()
    max_tokens: int = Field(default=128, ge=8, le=8192)
    overlap: int = Field(default=32, ge=0)
    validation: float = Field(default=0.1, gt=0, lt=0.5)
    test: float = Field(default=0.1, gt=0, lt=0.5)
    false_positives: float = Field(
        default=0.01, gt=0, lt=0.5, description="Share of texts without a label that may reach it."
    )
    seed: int = 0
    threads: int = Field(default=0, ge=0, description="0: as torch likes.")
    precision: Literal["float32", "bfloat16"] = "float32"
    checkpoint_every: int = Field(default=200, ge=1)
    half: bool = Field(default=False, description="Also a graph of 16 bits, for graphics cards.")
    max_megabytes: float = Field(default=1000, gt=0, description="Of the model that is exported.")

    @model_validator(mode="after")
    def _fits(self) -> Recipe:
        if self.overlap > self.max_tokens // 2:
            raise ValueError("overlap must be at most half of max_tokens")
        if unknown := [name for name in self.disguises if name not in DISGUISES]:
            raise ValueError(f"there is no disguise `{unknown[0]}`")
        if self.disguised and not self.disguises:
            raise ValueError("disguised needs names of disguises in `disguises`")
        for what, names in (
            ("labels", self.labels),
            ("entities", self.entities),
            ("sources", tuple(source.name for source in self.sources)),
        ):
            if len(set(names)) < len(names):
                raise ValueError(f"two {what} have one name")
        if all(source.hold_out for source in self.sources):
            raise ValueError("every source is held out: nothing is left to train on")
        return self

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of the token head: `O`, then `B-` and `I-` of each entity; none without any."""
        pairs = [f"{part}-{entity}" for entity in self.entities for part in "BI"]
        return ("O", *pairs) if pairs else ()
