"""Of a hundred alerts of a scan, how many are innocent? By rates counted on honest ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assay.core.cases import Alerts
from assay.stats.conditional import shared_wealth
from assay.traffic.prevalence import Rate, innocent_of
from assay.traffic.triage import Triage

__all__ = ["FOUND", "SEED", "of_accounts", "of_clusters"]

FOUND = Rate(hits=9, trials=10, low=0.5, high=1.0)
"""How many of the harvesting ones are alerted: nobody has counted that on real ones, so that it is
assumed, and said."""
ASSUMED = "assuming that 9 of 10 harvesting ones are alerted (at best all, at worst half)"


SEED = 1
"""Of ties between clusters of equal past; fixed, so that nobody shops for another."""


def of_accounts(found: Triage, prevalence: float) -> Alerts:
    """Count honest customers, of those to compare with, that score as high as flagged ones.

    The cut was set on these customers, so that the count is a little low; the bounds are wider.
    """
    counted = found.reached, found.honest
    return _alerts(
        "customers", prevalence, counted, "honest customers score as high as flagged ones"
    )


def of_clusters(honest: NDArray[np.float64], line: float, prevalence: float) -> Alerts:
    """Count honest clusters whose own e-value, against the other honest ones, reaches the line.

    Parameters
    ----------
    honest
        Daily scores of the references on the judged days, shape (references, days).
    line
        The e-value from which a cluster is flagged.
    prevalence
        Stated share of harvesting clusters.
    """
    wealth = shared_wealth(honest, seed=SEED)[:, -1]
    counted = int(np.count_nonzero(wealth >= line)), len(honest)
    return _alerts("clusters", prevalence, counted, "honest clusters reach this e-value")


def _alerts(of: str, prevalence: float, counted: tuple[int, int], what: str) -> Alerts:
    hits, trials = counted
    basis = f"{hits:,} of {trials:,} {what}; {ASSUMED}"
    if not trials:
        return Alerts(
            of=of, prevalence=prevalence, innocent=None, best=None, worst=None, basis=basis
        )
    found = innocent_of(prevalence, tpr=FOUND, fpr=Rate.of(hits, trials))
    return Alerts(
        of=of,
        prevalence=prevalence,
        innocent=found.innocent,
        best=found.best,
        worst=found.worst,
        basis=basis,
    )
