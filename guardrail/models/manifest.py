"""`manifest.json`: what a model says of itself, as a pydantic model."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

MODEL: Final = "model.onnx"
HALF: Final = "model.fp16.onnx"
"""The same graph with weights of 16 bits, for graphics cards; its inputs and outputs are alike."""
TOKENIZER: Final = "tokenizer.json"

Sha256: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Tag: TypeAlias = Annotated[str, Field(pattern=r"^(O|[BI]-[A-Z][A-Z0-9_]{0,63})$")]
_STRICT: Final = ConfigDict(frozen=True, extra="forbid")


class Label(BaseModel):
    """A label: `sigmoid(logit / temperature)` is its score, `threshold` where it begins to hold.

    >>> Label(name="hate", threshold=0.8, temperature=1.3).name
    'hate'
    """

    model_config = _STRICT

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    threshold: float = Field(ge=0, le=1)
    temperature: float = Field(default=1.0, gt=0, allow_inf_nan=False)


class TokenHead(BaseModel):
    """The output that names each word: `O`, or an entity that it begins (`B-`) or goes on (`I-`).

    A word has the tags of its first token. The score of an entity there is the sum of the
    probabilities `softmax(logits / temperature)` of its tags; the entity that scores highest is
    found if it reaches its threshold.

    >>> TokenHead(tags=("O", "B-PERSON", "I-PERSON"), thresholds={"PERSON": 0.6}).entities
    ('PERSON',)
    """

    model_config = _STRICT

    output: str = "token_logits"
    tags: Annotated[tuple[Tag, ...], Field(min_length=2)]
    thresholds: dict[str, Annotated[float, Field(ge=0, le=1)]]
    temperature: float = Field(default=1.0, gt=0, allow_inf_nan=False)

    @property
    def entities(self) -> tuple[str, ...]:
        """What it finds, in the order of the tags."""
        return tuple(tag[2:] for tag in self.tags if tag.startswith("B-"))

    @model_validator(mode="after")
    def _fits(self) -> TokenHead:
        if self.tags[0] != "O" or len(set(self.tags)) < len(self.tags) or "O" in self.tags[1:]:
            raise ValueError("tags must be O and then others, each once")
        if not {tag[2:] for tag in self.tags[1:]} <= set(self.entities):
            raise ValueError("an entity has a tag I- and none B-")
        if set(self.thresholds) != set(self.entities):
            raise ValueError("thresholds must name each entity of the tags, and no other")
        return self


class Outputs(BaseModel):
    """The names of the outputs: logits of the labels, and what else there is."""

    model_config = _STRICT

    logits: str = "logits"
    tokens: TokenHead | None = None
    embedding: str | None = None


class Manifest(BaseModel):
    """What a model folder holds and how it is used."""

    model_config = _STRICT

    edition: Literal[1] = 1
    name: Name
    files: dict[str, Sha256]
    labels: Annotated[tuple[Label, ...], Field(min_length=1)]
    inputs: tuple[str, ...] = ("input_ids", "attention_mask")
    outputs: Outputs = Outputs()
    max_tokens: int = Field(ge=8, le=8192, description="Of a window, special tokens included.")
    overlap: int = Field(ge=0, description="Tokens that neighbouring windows share.")
    pool: Literal["max", "mean"] = Field(default="max", description="Of windows to one score.")
    opset: int = Field(ge=7)
    vocabulary: int = Field(gt=0, description="How many tokens the tokenizer knows.")
    parity_error: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    metrics: dict[str, dict[str, float]] = Field(default_factory=dict)
    sources: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Manifest:
        must, may = {MODEL, TOKENIZER}, {HALF, "card.md"}
        if not must <= set(self.files) <= must | may:
            raise ValueError(f"files must be {MODEL}, {TOKENIZER} and perhaps {HALF} and card.md")
        if self.overlap > self.max_tokens // 2:
            raise ValueError("overlap must be at most half of max_tokens")
        if len({label.name for label in self.labels}) != len(self.labels):
            raise ValueError("two labels have one name")
        if (
            not {"input_ids"}
            <= set(self.inputs)
            <= {"input_ids", "attention_mask", "token_type_ids"}
        ):
            raise ValueError("inputs must be input_ids, attention_mask and perhaps token_type_ids")
        return self
