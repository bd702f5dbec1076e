"""The training loop."""

from __future__ import annotations

import contextlib
import copy
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from guardrail.errors import TrainingError
from guardrail.training.classifier.batches import Batch, Batches
from guardrail.training.classifier.examples import Example
from guardrail.training.classifier.losses import (
    embedding_loss,
    label_loss,
    label_weights,
    tag_loss,
)
from guardrail.training.classifier.recipe import Recipe
from guardrail.training.common.progress import Progress
from guardrail.training.common.run_folder import RunFolder

_KEPT: Final = 8
"""The embedding of every eighth text of a batch is compared with that of the first encoder."""


class Fit:
    """Trains a network in a run folder, from its checkpoint if there is one."""

    def __init__(self, network: Any, batches: Batches, recipe: Recipe, folder: RunFolder) -> None:
        self._network = network
        self._first = copy.deepcopy(network.encoder).eval().requires_grad_(False)
        self._batches = batches
        self._recipe = recipe
        self._folder = folder
        self._optimizer = _optimizer(network, recipe)
        self._schedule = _schedule(self._optimizer, recipe)

    def run(self, examples: Sequence[Example], say: Callable[[str], None]) -> None:
        """Train until the last step; `examples` are those of the batches.

        Raises:
            TrainingError: the loss is no number any more.
        """
        import torch

        recipe = self._recipe
        start = self._restore()
        progress = Progress(self._folder, recipe.steps, say)
        ones = torch.tensor(label_weights(examples, recipe))
        self._network.train()
        for step in range(start, recipe.steps):
            batch = self._batches.batch(step)
            with _precision(recipe):
                losses = self._losses(batch, ones)
            numbers = self._step(sum(losses.values()), losses, step)
            progress.step(step + 1, len(batch.weights), **numbers)
            if (step + 1) % recipe.checkpoint_every == 0 or step + 1 == recipe.steps:
                self._keep(step + 1)
        self._network.eval()

    def _losses(self, batch: Batch, ones: Any) -> dict[str, Any]:
        found = self._network(batch.ids, batch.mask)
        losses = {"labels": label_loss(found[0], batch, ones)}
        if self._recipe.tags:
            losses["tags"] = self._recipe.entity_weight * tag_loss(found[1], batch)
        if self._recipe.embedding_weight:
            near = embedding_loss(found[-1][::_KEPT], self._embedding(batch))
            losses["embedding"] = self._recipe.embedding_weight * near
        return losses

    def _embedding(self, batch: Batch) -> Any:
        import torch

        ids, mask = batch.ids[::_KEPT], batch.mask[::_KEPT]
        with torch.no_grad():
            states = self._first(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        shares = mask.unsqueeze(-1).to(states.dtype)
        return torch.nn.functional.normalize((states * shares).sum(1), dim=1)

    def _step(self, loss: Any, losses: dict[str, Any], step: int) -> dict[str, float]:
        import torch

        if not math.isfinite(loss.item()):
            raise TrainingError(
                f"the loss is no number at step {step + 1}", help="lower the learning rates"
            )
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
        self._optimizer.step()
        self._schedule.step()
        self._optimizer.zero_grad(set_to_none=True)
        return {"loss": loss.item(), **{name: each.item() for name, each in losses.items()}}

    def _keep(self, step: int) -> None:
        import torch

        self._folder.save(
            {
                "step": step,
                "network": self._network.state_dict(),
                "optimizer": self._optimizer.state_dict(),
                "schedule": self._schedule.state_dict(),
                "random": torch.get_rng_state(),
            }
        )

    def _restore(self) -> int:
        import torch

        state = self._folder.load()
        if state is None:
            return 0
        self._network.load_state_dict(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._schedule.load_state_dict(state["schedule"])
        torch.set_rng_state(state["random"])
        return int(state["step"])


def _optimizer(network: Any, recipe: Recipe) -> Any:
    import torch

    groups: dict[tuple[float, float], list[Any]] = {}
    for name, parameter in network.named_parameters():
        if not parameter.requires_grad:
            continue
        is_encoder = name.startswith("encoder.")
        rate = recipe.learning_rate if is_encoder else recipe.head_learning_rate
        decay = recipe.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    return torch.optim.AdamW(
        [
            {"params": each, "lr": rate, "weight_decay": decay}
            for (rate, decay), each in groups.items()
        ]
    )


def _schedule(optimizer: Any, recipe: Recipe) -> Any:
    """Rise in a line for the share `warmup` of the steps, then fall in a line to 0."""
    import torch

    rise = max(1, round(recipe.warmup * recipe.steps))

    def share(step: int) -> float:
        return min((step + 1) / rise, (recipe.steps - step) / max(1, recipe.steps - rise))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, share)


@contextlib.contextmanager
def _precision(recipe: Recipe) -> Iterator[None]:
    import torch

    with torch.autocast("cpu", torch.bfloat16, enabled=recipe.precision == "bfloat16"):
        yield
