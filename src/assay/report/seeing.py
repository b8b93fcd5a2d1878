"""The smallest leak that a run would have flagged, for people."""

from __future__ import annotations

from assay.core.calibration import Detectable
from assay.core.evidence import Verdict
from assay.report import notation

__all__ = ["TITLE", "seeing"]

TITLE = "Smallest leak that would have been flagged, in 80 of 100 such runs"


def seeing(verdict: Verdict) -> list[tuple[str, str]]:
    """Which share of the items would have been flagged, by whom, at which number of copies?

    Returns
    -------
    list
        Who would have flagged, and a sentence about every dose; empty where power is not known.
    """
    rows: dict[str, list[str]] = {}
    for one in verdict.detectable:
        rows.setdefault(one.by, []).append(_said(one))
    return [(by, "; ".join(said)) for by, said in rows.items()]


def _said(one: Detectable) -> str:
    """Say one number.

    Examples
    --------
    >>> _said(Detectable(by="total", dose=4, share=0.314)), _said(
    ...     Detectable(by="total", dose=1, share=None))
    ('31 % of the items at 4 copies', 'not even all items at 1 copy')
    """
    copies = "1 copy" if one.dose == 1 else f"{one.dose} copies"
    if one.share is None:
        return f"not even all items at {copies}"
    return f"{notation.percent(max(round(one.share, 2), 0.01))} of the items at {copies}"
