"""Text from an exported language model: onnxruntime and tokenizers, neither torch nor transformers.

>>> from guardrail.generation import Sampling
>>> Sampling(max_tokens=20, stop=("User:",)).temperature
0.0
"""

from __future__ import annotations

from guardrail.generation.generator import Generator as Generator
from guardrail.generation.sampling import Sampling as Sampling

__all__ = ["Generator", "Sampling"]
