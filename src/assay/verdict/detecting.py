"""The smallest leak that a run would have flagged, from calibrated power."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from assay.core.calibration import Calibration, Cell, Detectable, Measured, Reach
from assay.core.evidence import Null, Total
from assay.core.instrument import Topic
from assay.core.trial import Trial
from assay.verdict.clearing import access_of

__all__ = ["detectable", "least_separation"]

TOTAL = "total"


def detectable(trial: Trial, found: Sequence[Total]) -> tuple[Detectable, ...]:
    """Which share of the suspects would have been flagged in 80 of 100 such runs, dose by dose?

    A share s of leaked suspects separates them from the controls by 1/2 + s (a - 1/2), a being
    the separation of a benchmark leaked whole, on average over the calibrated models; compared
    with the separation at which label betting reaches what the total needs here.

    Parameters
    ----------
    trial
        What was fixed before the run.
    found
        Its totals.

    Returns
    -------
    tuple
        Of the total that compares with the controls first, then of each instrument as if it were
        alone; empty where nothing was compared, or the model is of another size than those that
        were calibrated.
    """
    matched = [t for t in found if t.null is Null.MATCHED and t.topic == Topic.SEEN and t.may_flag]
    calibration = trial.calibration
    if not matched or not trial.controls or not calibration.reach:
        return ()
    total = matched[0]
    size = 2 / (1 / len(trial.suspect_ids) + 1 / len(trial.controls))
    rows = list(_of_total(trial, total, size))
    versions = {i.id: i.version for i in trial.running}
    for name in total.instruments:
        one = calibration.of(name, versions[name])
        if one is not None and _fits(trial, one):
            least = least_separation(calibration, total.needed, size, 1)
            rows += [_share(name, cell, least) for cell in one.cells]
    return tuple(rows)


def _of_total(trial: Trial, total: Total, size: float) -> Iterator[Detectable]:
    """Take the calibrated set of which most is in the total: what else is in it only adds."""
    able = [
        one
        for one in trial.calibration.batteries
        if one.versions.keys() <= set(total.instruments) and _fits(trial, one)
    ]
    if able:
        least = least_separation(trial.calibration, total.needed, size, len(total.instruments))
        yield from (_share(TOTAL, cell, least) for cell in able[0].cells)


def _fits(trial: Trial, one: Measured) -> bool:
    model = trial.subject.model
    low, high = one.box.parameters
    return low <= model.parameters <= high and access_of(model) in one.box.access


def _share(by: str, cell: Cell, least: float) -> Detectable:
    typical = float(np.mean(cell.separations)) if cell.separations else 0.5
    share = (least - 0.5) / (typical - 0.5) if typical > 0.5 else math.inf
    return Detectable(by=by, dose=cell.dose, share=share if share <= 1 else None)


def least_separation(calibration: Calibration, needed: float, items: float, columns: int) -> float:
    """At which separation do so many items a side reach this e-value in 80 of 100 runs?

    Interpolated between simulated sizes on logarithmic scales, on which the curves are nearly
    straight; beyond them the nearest is carried on with the square root of the number of items.

    Returns
    -------
    float
        Infinite where nothing comparable was simulated.
    """
    alike = 1 if columns == 1 else max((r.columns for r in calibration.reach), default=1)
    rows = [r for r in calibration.reach if r.columns == alike]
    levels = sorted({r.needed for r in rows})
    if not levels or needed > levels[-1]:
        return math.inf
    gaps = [_at(items, [r for r in rows if r.needed == level]) for level in levels]
    return 0.5 + math.exp(float(np.interp(math.log(needed), np.log(levels), np.log(gaps))))


def _at(items: float, rows: Sequence[Reach]) -> float:
    """Return the gap from one half that so many items need."""
    drawn = sorted(rows, key=lambda r: r.items)
    sizes = [r.items for r in drawn]
    near = min(max(items, sizes[0]), sizes[-1])
    gap = np.interp(math.log(near), np.log(sizes), np.log([r.separation - 0.5 for r in drawn]))
    return math.exp(float(gap)) * math.sqrt(near / items)
