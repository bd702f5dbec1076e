"""Model folders: what lies in them, and how they are read without trusting them.

`folder` reads a folder and hands back the very bytes whose hashes it compared; `walker` looks
through `model.onnx` before a runtime may; `wire` is the little of protobuf that takes; `lock` pins.
`endpoint` asks a model that runs elsewhere.
"""

from __future__ import annotations

from guardrail.models.folder import Model as Model
from guardrail.models.folder import find_models as find_models
from guardrail.models.folder import read_model as read_model
from guardrail.models.manifest import Manifest as Manifest

__all__ = ["Manifest", "Model", "find_models", "read_model"]
