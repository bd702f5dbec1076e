"""What our trainers share: arguments, the log, the stop at NaN, going on after an interruption."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from time import monotonic
from typing import Any

from guardrail.errors import TrainingError
from guardrail.training.run import Run
from guardrail.training.schedule import Schedule

Say = Callable[[str], None]
"""Called with one line about how training goes."""


def arguments(schedule: Schedule, run: Run) -> dict[str, Any]:
    """Return the arguments that every trainer of TRL takes."""
    import torch

    return {
        "output_dir": str(run.checkpoints),
        "max_steps": schedule.steps,
        "per_device_train_batch_size": schedule.batch,
        "learning_rate": schedule.learning_rate,
        "warmup_steps": min(schedule.warmup_steps, schedule.steps // 2),
        "lr_scheduler_type": "cosine",
        "adam_beta2": 0.99,  # runs are short: the first steps have to be forgotten in time
        "logging_steps": schedule.log_every,
        "logging_nan_inf_filter": False,  # the observer has to see it
        "save_strategy": "steps",
        "save_steps": schedule.save_every,
        "save_total_limit": 1,
        "use_cpu": not torch.cuda.is_available(),
        "bf16": False,
        "activation_checkpointing": False,
        "report_to": "none",
        "disable_tqdm": True,
        "seed": schedule.seed,
        "dataloader_pin_memory": False,
    }


def observer(run: Run, steps: int, say: Say) -> Any:
    """Return a callback that writes the log, tells progress and stops at a loss that is NaN."""
    from transformers import TrainerCallback

    started = monotonic()

    class Observer(TrainerCallback):  # type: ignore[misc]
        """Sees every log of the trainer."""

        def on_log(self, _args: Any, state: Any, _control: Any, **given: Any) -> None:
            logs = given["logs"]
            if "loss" not in logs:
                return
            loss = float(logs["loss"])
            if not math.isfinite(loss):
                raise TrainingError(
                    f"the loss is {loss} at step {state.global_step}",
                    help="lower `learning_rate`, raise `warmup_steps`, or look at the data",
                )
            run.folder.log({"step": state.global_step, **logs})
            seconds = monotonic() - started
            say(f"step {state.global_step}/{steps}  loss {loss:.4f}  {seconds:.0f} s")

    return Observer()


def fit(trainer: Any, run: Run, *, resume: bool) -> None:
    """Train, from the last checkpoint if the run was interrupted."""
    from transformers import PrinterCallback
    from transformers.trainer_utils import get_last_checkpoint

    trainer.remove_callback(PrinterCallback)
    folder = run.checkpoints
    last = get_last_checkpoint(str(folder)) if resume and folder.is_dir() else None
    logging.getLogger("trl").setLevel(logging.ERROR)
    trainer.train(resume_from_checkpoint=last)


def merged(model: Any) -> Any:
    """Return the model with its adapters merged in, if it has any."""
    return model.merge_and_unload() if hasattr(model, "merge_and_unload") else model
