"""What calibration trains: fixed before it begins, and written down with what it finds."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from assay.core.errors import UnknownName
from assay.lab.mix import Exposure, Mix

__all__ = ["GRIDS", "Grid", "grid_of"]

FROZEN = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
DOSES = (1, 2, 4, 8, 16, 32)


class Grid(BaseModel):
    """How many models of which sizes, and how often what they say is looked at again."""

    model_config = FROZEN

    mixes: tuple[Mix, ...]
    """One for each size of model; the mix's name is that of its folder."""
    broad: int
    """Models of the first mix that every instrument is tried on; the others see those that ask for
    log-probabilities alone, which is most of the power at a hundredth of the time."""
    shares: tuple[float, ...] = (0.1, 0.25, 0.5, 1.0)
    """Of the suspects that are leaked when power is measured."""
    draws: int = 50
    """Samples of scored items for each model, dose and share."""
    resplits: int = 20_000
    """New splits of clean items for the size of an instrument."""
    reach: tuple[int, ...] = (10, 20, 50, 100, 200)
    """Items on each side at which label betting is simulated; beyond the last, with its root."""
    runs: int = 200
    """Runs of each simulated size and separation."""


def mix_of(shape: str, hosts: int, doses: tuple[int, ...], **rest: int) -> Mix:
    """Return models of one size that host doses in turn, and three clean benchmarks each.

    Every suspect is leaked: smaller shares are drawn from the scored items, without a model.
    """
    exposures = tuple(
        Exposure(name=f"verbatim x{dose}", copies=dose, calibrated=True) for dose in doses
    )
    return Mix(
        name=f"calibration-{shape}",
        hosts=hosts,
        exposures=exposures,
        clean=3,
        shape=shape,
        **rest,
    )


GRIDS = {
    "full": Grid(
        mixes=(mix_of("tiny", 10, DOSES, leaked=3), mix_of("nano", 6, DOSES, leaked=3)), broad=1
    ),
    "tiny": Grid(
        mixes=(mix_of("nano", 3, (1, 4, 16), items=80, lessons=100, steps=150),),
        broad=1,
        draws=20,
        resplits=4000,
        reach=(20, 50, 100),
        runs=60,
    ),
}


def grid_of(size: str) -> Grid:
    """Which grid has this size?

    Raises
    ------
    UnknownName
        None.
    """
    if size not in GRIDS:
        fix = "assay lab calibrate --size tiny"
        raise UnknownName("size of calibration", size[:80], GRIDS, fix)
    return GRIDS[size]
