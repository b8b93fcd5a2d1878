"""How many templates does an account use, and how many do two of them share? By Theta sketches.

A sketch of a day is a few thousand hashes at most, whatever the traffic; it can be kept, sent and
joined: days to a week, accounts to a cluster. Its bytes are those of Apache DataSketches, which
Spark, Trino, Druid and DuckDB's extension read too.

References
----------
Dasgupta, Lang, Rhodes and Thaler 2016, "A framework for estimating stream expression
cardinalities", arXiv 1510.01455.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from datasketches import (
    compact_theta_sketch,
    theta_intersection,
    theta_union,
    update_theta_sketch,
)

__all__ = ["Distinct", "distinct", "shared", "theta", "united"]

LOG_SIZE = 12
"""2^12 hashes are kept: the standard error of a number of distinct values is 1.6 %."""
DEVIATIONS = 2
"""Of the bounds that are given: about 95 %."""


@dataclass(frozen=True, slots=True)
class Distinct:
    """How many are there? An estimate, between bounds of 95 %; exact below 4,096."""

    estimate: float
    low: float
    high: float


def theta(templates: Iterable[str]) -> bytes:
    """Which sketch do these keyed hashes have?

    Examples
    --------
    >>> one, two = theta(["a", "b", "b"]), theta(["b", "c"])
    >>> distinct(united([one, two])).estimate, shared([one, two]).estimate
    (3.0, 1.0)
    """
    sketch = update_theta_sketch(LOG_SIZE)
    for template in templates:
        sketch.update(template)
    return bytes(sketch.compact().serialize())


def united(sketches: Iterable[bytes]) -> bytes:
    """Which sketch do all of them have together?"""
    union = theta_union(LOG_SIZE)
    for sketch in sketches:
        union.update(compact_theta_sketch.deserialize(sketch))
    return bytes(union.get_result().serialize())


def distinct(sketch: bytes) -> Distinct:
    """How many distinct values went into a sketch?"""
    return _bounded(compact_theta_sketch.deserialize(sketch))


def shared(sketches: Iterable[bytes]) -> Distinct:
    """How many distinct values went into each of them?"""
    both = theta_intersection()
    for sketch in sketches:
        both.update(compact_theta_sketch.deserialize(sketch))
    return _bounded(both.get_result())


def _bounded(sketch: compact_theta_sketch) -> Distinct:
    low, high = sketch.get_lower_bound(DEVIATIONS), sketch.get_upper_bound(DEVIATIONS)
    return Distinct(sketch.get_estimate(), low, high)
