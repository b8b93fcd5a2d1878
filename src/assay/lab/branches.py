"""The same work on several models that are branches of one clean base."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from assay.lab.experiment import OnProgress
from assay.lab.pretrained import pretrained, small
from assay.lab.sweep import sweep

__all__ = ["of_each_branch"]


def of_each_branch(
    work: Callable[..., dict[str, Any]],
    setting: dict[str, Any],
    folder: Path,
    on_progress: OnProgress | None = None,
    workers: int = 1,
) -> list[dict[str, Any]]:
    """What does this work find on each model? The base is trained before, and once.

    Parameters
    ----------
    work
        A function of a module, of a cell and `base`, the base's folder. A cell is the setting with
        the model's `seed`.
    setting
        Holds the base's `shape` and `lessons`, and how many `models` there are.
    folder
        Of the experiment; the same one resumes.
    """
    base = folder / "base"
    pretrained(small(setting["shape"]), 0, base, steps=setting["lessons"])
    cells = {f"model-{seed}": setting | {"seed": seed} for seed in range(setting["models"])}
    on_base = partial(work, base=str(base))
    found = sweep(folder / "cells", cells, on_base, workers=workers, on_progress=on_progress)
    return list(found.values())
