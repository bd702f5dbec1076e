"""Seeds: the same recipe gives the same run on the same machine."""

from __future__ import annotations

import random


def seed_all(seed: int) -> None:
    """Seed Python, NumPy and torch."""
    import numpy as np
    import torch

    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - libraries draw from the global one
    torch.manual_seed(seed)
