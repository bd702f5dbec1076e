"""Keys that recipes share: how long and how fast a trainer learns, and of how many weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Recipe(BaseModel):
    """What every recipe is: frozen, and with no key that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Lora(Recipe):
    """Low-rank adapters instead of all weights; they are merged when the run is finished."""

    rank: int = Field(default=8, ge=1)
    alpha: int = Field(default=16, ge=1)
    dropout: float = Field(default=0.0, ge=0, lt=1)

    def config(self, task: str) -> Any:
        """Return what peft wants; `task` is its name for the kind of model."""
        from peft import LoraConfig

        return LoraConfig(
            r=self.rank,
            lora_alpha=self.alpha,
            lora_dropout=self.dropout,
            target_modules="all-linear",
            task_type=task,
        )


class Schedule(Recipe):
    """How long and how fast a trainer learns, and where the run is kept.

    >>> Schedule(out="runs/one").steps
    200
    """

    out: Path
    steps: int = Field(default=200, ge=1, description="Optimizer steps.")
    batch: int = Field(default=16, ge=1, description="Rows per step.")
    learning_rate: float = Field(default=5e-4, gt=0)
    warmup_steps: int = Field(default=10, ge=0)
    log_every: int = Field(default=10, ge=1, description="Steps between lines of the log.")
    save_every: int = Field(default=200, ge=1, description="Steps between checkpoints.")
    seed: int = 0
    lora: Lora | None = None
