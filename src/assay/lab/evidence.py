"""How much more does a branch know of some texts than its base did, and how sure is the mean?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from assay.lab.answers import text_losses
from assay.nn.gpt import GPT
from assay.nn.tokens import Tokens

__all__ = ["Array", "gains", "over_models"]

Array = NDArray[np.float64]


def gains(base: GPT, model: GPT, tokens: Tokens, texts: Sequence[str]) -> Array:
    """How many nats a token is each text likelier to the model than to its base?"""
    before, after = (text_losses(one, tokens, texts) for one in (base, model))
    return np.subtract(before, after)


def over_models(values: Sequence[float]) -> tuple[float, float, float]:
    """What is the mean of one number a trained model, with its 95 % interval by Student's t?

    Models trained on other seeds are independent; the items within one are not.

    Examples
    --------
    >>> [round(float(x), 2) for x in over_models([1.0, 2.0, 3.0])]
    [2.0, -0.48, 4.48]
    """
    mean, n = float(np.mean(values)), len(values)
    if n < 2:
        return mean, float("-inf"), float("inf")
    half = float(stats.t.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n))
    return mean, mean - half, mean + half
