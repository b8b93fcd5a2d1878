"""What was ruled out, or why nothing was, in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from assay.core.calibration import Clearance

__all__ = ["claim_of", "clean_headline", "mends", "reason_of", "unshown"]


def _leak(found: Clearance) -> str:
    times = "once" if found.dose == 1 else f"{found.dose} times"
    return f"{found.tolerance:.0%} of the items or more, each {times} or more"


def claim_of(found: Clearance) -> str:
    """Say what a clean verdict claims.

    Examples
    --------
    >>> claim_of(Clearance(cleared=True, tolerance=0.5, dose=4, routes=("verbatim",)))
    'the model did not see 50% of the items or more, each 4 times or more (verbatim), in training'
    """
    return f"the model did not see {_leak(found)} ({', '.join(found.routes)}), in training"


def clean_headline(model: str, name: str, found: Clearance) -> str:
    """Say in one sentence what was ruled out."""
    return (
        f"{model} did not see {_leak(found)}, of {name} in training: ruled out at an error rate of "
        f"{found.alpha:.0%}."
    )


def reason_of(found: Clearance) -> str:
    """Say what clean rests on, or why it is not given."""
    if found.outside:
        return f"clean is not available: {'; '.join(found.outside)}"
    verb = "lies below" if found.cleared else "does not lie below"
    return (
        f"{'clean' if found.cleared else 'not clean'}: the AUC of items against controls is "
        f"{found.separation or 0:.3f}, and its upper bound {found.upper or 0:.3f} {verb} the "
        f"{found.expected or 0:.3f} to be expected had {_leak(found)}, been seen "
        f"({found.battery})"
    )


def mends(found: Clearance) -> Iterator[str]:
    """Say what would let a leak be ruled out."""
    if found.cleared:
        return
    if found.outside:
        yield "for clean, a calibration that covers this run (docs/calibration.md)"
    elif found.items_needed is not None:
        yield (
            f"for clean, about {found.items_needed} items on each side, had the model seen nothing"
        )
    else:
        yield "for clean, instruments that see more at this dose, or another --dose"


def unshown(found: Clearance) -> Iterator[str]:
    """Say what a clean verdict leaves open."""
    if found.cleared:
        yield (
            f"a leak of less than {found.tolerance:.0%} of the items, or of less than "
            f"{found.dose} copies each"
        )
        yield "copies that later training made the model forget, beyond what calibration covered"
        yield (
            "a model that learns less from a copy than those that were calibrated, as one trained "
            "at a lower rate does (docs/calibration.md)"
        )
