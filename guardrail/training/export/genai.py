"""The form of a model for onnxruntime-genai, by that library's own builder.

The builder is a program of its own with a list of architectures; it runs beside this process.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from guardrail.errors import MissingExtraError, TrainingError
from guardrail.generation.genai import CONFIG, GRAPH, NAMED
from guardrail.training.common.traces import without_traces

_OFFLINE: Final = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}


def check_genai() -> None:
    """Refuse early if onnxruntime-genai is not there.

    Raises:
        MissingExtraError: it is not installed.
    """
    if importlib.util.find_spec("onnxruntime_genai") is None:
        raise MissingExtraError("a form for onnxruntime-genai", "genai")


def build_genai(model: str, precision: str, part: Path) -> None:
    """Write graph and configuration of a model into the folder of an export.

    Args:
        model: the folder of the model in torch.
        precision: of the weights, as the builder names it.
        part: where to.

    Raises:
        TrainingError: the builder does not know the architecture, or failed otherwise.
    """
    import onnx

    with tempfile.TemporaryDirectory() as place:
        made, cache = Path(place) / "made", Path(place) / "cache"
        command = [sys.executable, "-m", "onnxruntime_genai.models.builder"]
        command += ["-i", model, "-o", str(made), "-p", precision, "-e", "cpu", "-c", str(cache)]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, env=os.environ | _OFFLINE
        )
        if done.returncode or not (made / NAMED).is_file():
            last = next((line for line in reversed(done.stderr.splitlines()) if line.strip()), "")
            raise TrainingError(
                f"onnxruntime-genai cannot build `{model}` as {precision}: {last[:200]}",
                help="nothing was written; leave out `genai`: its builder knows fewer models",
            )
        onnx.save(without_traces(onnx.load(str(made / NAMED))), str(part / GRAPH))
        (part / CONFIG).write_bytes((made / CONFIG).read_bytes())
