"""Calibrations made by hand, and boards of leaks of a known size."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from assay.core.calibration import Box, Calibration, Cell, Measured, Reach, Size
from assay.core.evidence import Finding
from assay.core.trial import Trial
from assay.probes.siblings import Siblings

PLAIN = ("logprob.loss", "logprob.zlib", "logprob.mink", "logprob.minkpp")
DOSES = {1: 0.70, 4: 0.86, 16: 0.97}
BOX = Box(parameters=(100, 1000), tokens=(10, 90), items=(20, 600), access=("local, raw",))


def cells(spread: float = 0.02) -> tuple[Cell, ...]:
    """Return six models a dose, around its mean."""
    steps = (-1.0, -0.6, -0.2, 0.2, 0.6, 1.0)
    return tuple(
        Cell(dose=dose, separations=tuple(mean + spread * s for s in steps), models=6)
        for dose, mean in DOSES.items()
    )


def measured(name: str, ids: Sequence[str], **given: object) -> Measured:
    fields = {"name": name, "versions": dict.fromkeys(ids, 1), "box": BOX, "cells": cells()}
    return Measured.model_validate(fields | given)


def calibration(**battery: object) -> Calibration:
    """Return a calibration of the plain likelihoods, one by one and together."""
    return Calibration(
        routes=("verbatim",),
        instruments=tuple(measured(one, [one]) for one in PLAIN),
        batteries=(measured("likelihoods", PLAIN, **battery),),
        reach=tuple(
            # What a rank test needs, more or less: enough to see that it is looked up rightly.
            Reach(
                needed=needed,
                items=items,
                columns=columns,
                separation=0.5 + math.sqrt(math.log(needed) / items / 4),
            )
            for needed in (20.0, 100.0, 400.0)
            for items in (20, 100, 500)
            for columns in (1, 4)
        ),
    )


def too_eager(name: str) -> Calibration:
    """Return a calibration that found an instrument to flag what is clean."""
    size = Size(alpha=0.01, flagged=40, of=1000, low=0.023, high=0.063)
    versions = {name: Siblings.version if name == Siblings.id else 1}
    return Calibration(instruments=(measured(name, [name], sizes=(size,), versions=versions),))


def leaked(
    trial: Trial, columns: Sequence[str], *, area: float, share: float, seed: int
) -> list[Finding]:
    """Return normal scores, correlated over columns; a share of the suspects is shifted."""
    rng = np.random.default_rng(seed)
    shift = float(stats.norm.ppf(area)) * math.sqrt(2)
    suspects = [u.id for u in trial.dealt if u.id in trial.suspect_ids]
    hit = set(suspects[: math.ceil(share * len(suspects))])
    found = []
    for unit in trial.dealt:
        base = rng.normal() * math.sqrt(0.9)
        values = base + rng.normal(size=len(columns)) * math.sqrt(0.1) + shift * (unit.id in hit)
        found += [
            Finding(instrument=c, unit=unit.id, score=float(v), detail={"tokens": 50})
            for c, v in zip(columns, values, strict=True)
        ]
    return found
