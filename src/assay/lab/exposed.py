"""From ranks of canaries to answers: every interval counts trained models, not canaries."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from assay.lab.canaries import SPACE
from assay.lab.evidence import over_models
from assay.stats.intervals import auc

__all__ = ["ONCE", "UNSEEN", "Answers", "Estimate", "answers", "by_copies", "clustered"]

Array = NDArray[np.float64]
Result = Mapping[str, Any]
UNSEEN = "unseen"
ONCE = ("early", "middle", "late")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over trained models, with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


def clustered(values: Sequence[float]) -> Estimate:
    """What is the mean over models, and between which bounds does it lie?

    Student's t on one value a model: canaries of one model share its training, and are not
    independent of each other; models are.

    Parameters
    ----------
    values
        One a trained model, at least two.

    Examples
    --------
    >>> str(clustered([1.0, 2.0, 3.0]))
    '2.00 (-0.48 to 4.48)'
    """
    return Estimate(*over_models(values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What do all models of an experiment say together?"""

    models: int
    by_group: tuple[dict[str, Any], ...]
    """One row for each group of canaries: exposure, extraction, AUC against the unseen ones."""
    gained: Estimate
    """Bits of exposure that one reading adds, over never having read it."""
    told: Estimate
    """AUC of canaries read once against unseen ones."""
    doubling: Estimate
    """Bits of exposure that a doubling of the repeats adds."""
    doubling_extracted: Estimate
    """Share of canaries that become extractable with a doubling of the repeats."""
    larger: Estimate
    """Bits of exposure, over all repeats, that twice the parameters add."""
    larger_extracted: Estimate
    """Share that becomes extractable with twice the parameters."""
    uniform_p: float
    """Kolmogorov-Smirnov p-value of the unseen canaries' p-values against the uniform law."""
    unseen: int


def answers(results: Sequence[Result]) -> Answers:
    """Sum up what was found in each model.

    Parameters
    ----------
    results
        As `exposure.planted` returns them, at least two.
    """
    p_values = np.array([r / SPACE for one in results for r in one["groups"][UNSEEN]["ranks"]])
    slopes = [_slopes(one) for one in results]
    sizes = np.log2([one["parameters"] for one in results])
    exposure = [_mean(one, _planted(one), exposures) for one in results]
    extracted = [_mean(one, _planted(one), _extracted) for one in results]
    return Answers(
        models=len(results),
        by_group=tuple(_row(results, name) for name in results[0]["groups"]),
        gained=clustered(
            [_mean(r, ONCE, exposures) - _mean(r, [UNSEEN], exposures) for r in results]
        ),
        told=clustered([_auc(one, ONCE) for one in results]),
        doubling=clustered([slope for slope, _ in slopes]),
        doubling_extracted=clustered([slope for _, slope in slopes]),
        larger=_regressed(sizes, exposure),
        larger_extracted=_regressed(sizes, extracted),
        uniform_p=float(stats.kstest(p_values, "uniform").pvalue),
        unseen=p_values.size,
    )


def exposures(group: Mapping[str, Any]) -> Array:
    """Bits of exposure of each canary of a group: log2 of the space over the rank."""
    bits: Array = math.log2(SPACE) - np.log2(group["ranks"])
    return bits


def _extracted(group: Mapping[str, Any]) -> Array:
    return np.asarray(group["extracted"], dtype=np.float64)


def _planted(result: Result) -> list[str]:
    return [name for name in result["groups"] if name != UNSEEN]


def _mean(
    result: Result, names: Sequence[str], value: Callable[[Mapping[str, Any]], Array]
) -> float:
    return float(np.mean([value(result["groups"][name]).mean() for name in names]))


def _auc(result: Result, names: Sequence[str]) -> float:
    seen = np.concatenate([exposures(result["groups"][name]) for name in names])
    return auc(seen, exposures(result["groups"][UNSEEN]))


def _row(results: Sequence[Result], name: str) -> dict[str, Any]:
    groups = [one["groups"][name] for one in results]
    row = {
        "canaries": name,
        "copies": groups[0]["copies"],
        "n": sum(len(group["ranks"]) for group in groups),
        "exposure in bits": str(clustered([float(exposures(g).mean()) for g in groups])),
        "extracted": float(np.mean([_extracted(group).mean() for group in groups])),
        "p <= .01": float(np.mean([np.mean(np.array(g["ranks"]) <= SPACE / 100) for g in groups])),
    }
    told = None if name == UNSEEN else str(clustered([_auc(one, [name]) for one in results]))
    return {**row, "AUC against unseen": told}


def _slopes(result: Result) -> tuple[float, float]:
    """Slopes of exposure and of extraction on log2 of the repeats, in one model."""
    points = list(by_copies(result))
    repeats = [math.log2(copies) for copies, _, _ in points]
    return (
        float(stats.linregress(repeats, [bits for _, bits, _ in points]).slope),
        float(stats.linregress(repeats, [share for _, _, share in points]).slope),
    )


def by_copies(result: Result) -> Iterator[tuple[int, float, float]]:
    """Yield copies, mean bits and share extracted in one model; all read once count as one."""
    yield 1, _mean(result, ONCE, exposures), _mean(result, ONCE, _extracted)
    for name in _planted(result):
        if name not in ONCE:
            copies = result["groups"][name]["copies"]
            yield copies, _mean(result, [name], exposures), _mean(result, [name], _extracted)


def _regressed(x: Array, y: Sequence[float]) -> Estimate:
    """Slope of one value a model on another, with its 95 % interval; no slope in one size."""
    if np.ptp(x) == 0 or len(x) < 3:
        return Estimate(math.nan, math.nan, math.nan)
    found = stats.linregress(x, y)
    reach = float(stats.t.ppf(0.975, len(x) - 2)) * float(found.stderr)
    slope = float(found.slope)
    return Estimate(slope, slope - reach, slope + reach)
