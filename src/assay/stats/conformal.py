"""Which of the suspects stand out from shared controls: conformal p-values and their e-values."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats


def _sample(values: ArrayLike, name: str) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size == 0 or np.isnan(array).any():
        msg = f"{name} must be a non-empty one-dimensional array without missing values"
        raise ValueError(msg)
    return array


def _level(q: float) -> None:
    if not 0 < q < 1:
        msg = f"q must be strictly between 0 and 1, got {q}"
        raise ValueError(msg)


def _at_least(sample: NDArray[np.float64], cuts: NDArray[np.float64]) -> NDArray[np.int64]:
    """Count the sample's members at or above each cut."""
    ordered = np.sort(sample)
    return (sample.size - np.searchsorted(ordered, cuts, side="left")).astype(np.int64)


def p_values(suspects: ArrayLike, controls: ArrayLike) -> NDArray[np.float64]:
    """How unusual is each suspect among the controls?

    ``(1 + #{controls >= s}) / (n + 1)``. Each is a p-value when the suspect is exchangeable with
    the controls. Together they are positively dependent (PRDS), which Benjamini-Hochberg allows
    and products do not.

    Parameters
    ----------
    suspects
        Shape (m,), larger is more suspicious.
    controls
        Shape (n,).

    Returns
    -------
    Shape (m,), each from 1/(n+1) to 1.

    Raises
    ------
    ValueError
        For empty samples or missing values.

    Examples
    --------
    >>> p_values([5.0, 2.0, 0.0], [1.0, 2.0, 3.0]).tolist()
    [0.25, 0.75, 1.0]

    References
    ----------
    Bates et al. 2023, Testing for outliers with conformal p-values, arXiv 2104.08279.
    """
    tested, reference = _sample(suspects, "suspects"), _sample(controls, "controls")
    hits = 1.0 + _at_least(reference, tested)
    return np.asarray(hits / (reference.size + 1.0), dtype=np.float64)


def bh(p: ArrayLike, q: float) -> NDArray[np.bool_]:
    """Which hypotheses does Benjamini-Hochberg reject at false discovery rate q?

    Raises
    ------
    ValueError
        For p-values outside 0..1, or q out of range.

    Examples
    --------
    >>> bh([0.01, 0.04, 0.2, 0.9], q=0.1).tolist()
    [True, True, False, False]

    References
    ----------
    Benjamini & Hochberg 1995, doi 10.1111/j.2517-6161.1995.tb02031.x.
    """
    _level(q)
    values = _sample(p, "p")
    if (values < 0).any() or (values > 1).any():
        msg = "p-values must lie within 0 and 1"
        raise ValueError(msg)
    # The adjusted values carry rounding of the order 1e-16, and conformal p-values lie on a grid
    # where hitting the threshold exactly is common: 1e-12 lets such a tie through.
    adjusted = stats.false_discovery_control(values, method="bh")
    return np.asarray(adjusted <= q * (1 + 1e-12), dtype=np.bool_)


def bashari_e(suspects: ArrayLike, controls: ArrayLike, q: float) -> NDArray[np.float64]:
    """Which e-value does each suspect earn at the threshold Benjamini-Hochberg would cut at?

    ``e_j = (n+1) 1{s_j >= T} / (1 + #{controls >= T})`` with T the lowest score at which the
    estimated false discovery rate is at most q. e-BH on these equals Benjamini-Hochberg on the
    conformal p-values; as e-values they may moreover be averaged over seeds. Jointly they satisfy
    ``sum over nulls of E[e_j] <= m``, which is what e-BH needs.

    Parameters
    ----------
    suspects, controls
        Shapes (m,) and (n,), larger is more suspicious.
    q
        Rate that places the threshold, strictly between 0 and 1.

    Raises
    ------
    ValueError
        For empty samples, missing values, or q out of range.

    Examples
    --------
    >>> bashari_e([9.0, 8.0, 0.5], [float(c) / 10 for c in range(19)], q=0.1).tolist()
    [20.0, 20.0, 0.0]

    References
    ----------
    Bashari et al. 2023, Derandomized novelty detection with FDR control via conformal e-values,
    arXiv 2302.07294.
    """
    _level(q)
    tested, reference = _sample(suspects, "suspects"), _sample(controls, "controls")
    cuts = np.unique(tested)  # the estimate only falls where a suspect is gained
    false = (1.0 + _at_least(reference, cuts)) / (reference.size + 1.0) * tested.size
    allowed = cuts[false <= q * _at_least(tested, cuts) * (1 + 1e-12)]
    if allowed.size == 0:
        return np.zeros(tested.size)
    above = np.count_nonzero(reference >= allowed[0])
    return np.where(tested >= allowed[0], (reference.size + 1.0) / (1.0 + above), 0.0)


def flags(suspects: ArrayLike, controls: ArrayLike, q: float) -> NDArray[np.bool_]:
    """Which suspects are flagged at false discovery rate q, after a full pass?

    Benjamini-Hochberg on conformal p-values. Never use it after a run that stopped early.

    Raises
    ------
    ValueError
        For empty samples, missing values, or q out of range.

    Examples
    --------
    >>> flags([9.0, 8.0, 0.5], [float(c) / 10 for c in range(19)], q=0.1).tolist()
    [True, True, False]

    References
    ----------
    Bates et al. 2023, arXiv 2104.08279.
    """
    return bh(p_values(suspects, controls), q)
