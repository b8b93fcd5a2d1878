"""How likely is it that somebody passes a secret honeypot by luck?"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Attempts", "honeypot_evidence"]

SPACE = 2**64
"""Of fewer possibilities no secret is drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """What guessers had: P(any hit) <= guesses * submissions * models * honeypots / N * 2^bits.

    Parameters
    ----------
    guesses
        Values that one submission can try on one honeypot.
    submissions
        Of each model.
    models
        On the board.
    honeypots
        Secret ones.
    feedback_bits
        What all feedback together told about outcomes, in bits; 0 where honeypots are in no
        score, message, timing or quota.

    Examples
    --------
    >>> Attempts(submissions=1000, models=1000, honeypots=10).bound(2**128) < 1e-31
    True
    """

    guesses: int = 1
    submissions: int = 1
    models: int = 1
    honeypots: int = 1
    feedback_bits: int = 0

    def bound(self, space: int) -> float:
        """Return the bound for secrets that were drawn from so many values."""
        tries = self.guesses * self.submissions * self.models * self.honeypots
        return float(min(Fraction(1), Fraction(tries * 2**self.feedback_bits, space)))


def honeypot_evidence(
    passed: int, attempts: Attempts, *, space: int
) -> tuple[float, float]:
    """What do *results* on secret honeypots say: an e-value and a p-value, both exact.

    Parameters
    ----------
    passed
        How many were passed, in any submission.
    attempts
        All that were made, passed or not.
    space
        Values from which each secret was drawn.

    Returns
    -------
    tuple
        Half of the stake is kept, so that passing none costs half. A pass proves knowledge of the
        secret (a vault that leaked, a grader that was read), and not training.

    Examples
    --------
    >>> honeypot_evidence(0, Attempts(), space=2**64)
    (0.5, 1.0)
    """
    bound = attempts.bound(space)
    return (0.5 + 0.5 / bound, bound) if passed else (0.5, 1.0)
