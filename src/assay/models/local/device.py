"""Where weights lie, and in which numbers."""

from __future__ import annotations

import torch

from assay.core.errors import BadConfig

__all__ = ["BUDGET", "device_named", "precision_named"]

BUDGET = {"cpu": 1024, "cuda": 16384}
"""Rows computed together. On a CPU more is no faster; on a GPU fewer leaves it idle."""


def device_named(device: str) -> torch.device:
    """Which device is meant? For "auto", CUDA where there is one.

    Raises
    ------
    BadConfig
        When it is not there.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    kind = device.partition(":")[0]
    if kind not in BUDGET or (kind == "cuda" and not torch.cuda.is_available()):
        msg = f"device {device!r} is not available here\n  next: use --device cpu, or auto"
        raise BadConfig(msg)
    return torch.device(device)


def precision_named(dtype: str, where: torch.device) -> torch.dtype:
    """Which numbers are meant? For "auto", float32 on a CPU and bfloat16 elsewhere.

    Raises
    ------
    BadConfig
        When there is no such name.
    """
    offered = {
        "auto": torch.float32 if where.type == "cpu" else torch.bfloat16,
        "float32": torch.float32,
        "bfloat16": torch.bfloat16,
        "float16": torch.float16,
    }
    if dtype not in offered:
        msg = f"dtype {dtype!r} is none of {', '.join(offered)}\n  next: use auto"
        raise BadConfig(msg)
    return offered[dtype]
