"""In which rhythm and at what length do clients ask? Real traces say it, or published figures.

A rhythm is a row of 2,016 windows of ten minutes: two weeks, from a Monday 00:00 UTC. A length is a
row of quantiles. `traces.read_traces` makes both from real traces, `published` from figures.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from scipy.special import gamma, ndtri

from assay.traffic.simulate.draws import Floats, Ints

__all__ = ["GAPS", "HUMAN", "LENGTHS", "POINTS", "WINDOW", "WINDOWS", "Shapes", "drawn_lengths",
           "human_rows", "published", "recorded_gaps", "weibull_shape"]  # fmt: skip

WINDOW, WINDOWS = 600, 2016
POINTS = 65
HUMAN = {"evening": 0, "office": 1, "always": 2, "night": 3}
"""Rows of `profiles` that every week has."""
LENGTHS = {"chat": 0, "coding": 1, "service": 2, "bulk": 3, "benchmark": 4, "reasoning": 5}
"""Rows of `inputs` and `outputs` that every week has."""
GAPS = {"human": 0, "agent": 1}
"""Rows of `gaps` that every week has; those of recorded harnesses follow."""

HOURS = {
    "evening": (3, 1.5, 1, 0.5, 0.5, 0.7, 2, 4, 6, 7, 8, 8, 8, 8, 8, 8, 8, 8, 9, 11, 12, 11, 9, 6),
    "office": (0.3, 0.2, 0.2, 0.2, 0.2, 0.3, 1, 3, 8, 11, 12, 11, 8, 10, 12, 12, 11, 9, 5, 3, 2,
               2, 1, 0.6),
    "always": (1,) * 24,
    "night": (11, 10, 9, 8, 7, 5, 3, 1, 0.5, 0.5, 0.5, 1, 1, 1, 1.5, 2, 2, 2, 3, 4, 6, 8, 10, 11),
}  # fmt: skip
"""Plausible days, by local hour: drawn by hand, not measured."""
WEEKEND = {"evening": 1.15, "office": 0.15, "always": 1.0, "night": 1.1}


@dataclass(frozen=True, slots=True)
class Shapes:
    """What rhythms and lengths there are to draw from."""

    profiles: Floats
    """Shape (rows, 2016), each of mean 1."""
    cvs: Floats
    """Coefficient of variation of the gaps between requests, per row of `profiles`."""
    weibull: Ints
    """1 where Weibull gaps fit better than Gamma ones."""
    volumes: Floats
    """Requests a day, per row."""
    origin: Ints
    """Number of the client in the trace, per row; -1 where there is none."""
    pools: dict[str, Ints]
    """Which rows are like the clients of this class?"""
    lengths: Ints
    """The row of `inputs` and `outputs` that belongs to each rhythm; -1: none was recorded."""
    inputs: Floats
    outputs: Floats
    """Tokens, at even quantiles; shape (rows, 65)."""
    gaps: Floats
    """Pauses inside sessions in units of their scale, at even quantiles; shape (rows, 65)."""


def human_rows() -> Floats:
    """Return two weeks of each human rhythm."""
    rows = []
    for name, hours in HOURS.items():
        day = np.interp(np.arange(144) / 6, np.arange(25), [*hours, hours[0]])
        week = np.concatenate([day * (WEEKEND[name] if d > 4 else 1.0) for d in range(7)])
        rows.append(np.tile(week / week.mean(), 2))
    return np.array(rows)


def lognormal(median: float, sigma: float, most: float = np.inf) -> Floats:
    """Return the quantiles of a lognormal distribution, its last tails cut."""
    at = np.clip(np.linspace(0, 1, POINTS), 0.002, 0.998)
    return np.asarray(np.minimum(median * np.exp(sigma * ndtri(at)), most))


def drawn_lengths() -> tuple[Floats, Floats]:
    """Return input and output lengths from published figures.

    Notes
    -----
    Chat: medians 1,020 in and 129 out in the Azure conversation service, 1,500 and 13 in its code
    service (Splitwise, arXiv 2311.18677); means 7,590 and 182 in Kimi's chat (Mooncake, arXiv
    2407.00079): hence the wide spread. The others are round numbers of the same order.
    """
    figures = {
        "chat": ((600, 1.3), (220, 1.0)),
        "coding": ((1500, 1.0), (180, 1.1)),
        "service": ((500, 1.0), (150, 0.8)),
        "bulk": ((900, 0.7), (120, 0.7)),
        "benchmark": ((220, 0.7), (260, 0.9)),
        "reasoning": ((250, 0.8), (1400, 0.8)),
    }
    ordered = [figures[name] for name in LENGTHS]
    return (
        np.array([lognormal(*one[0], 120_000) for one in ordered]),
        np.array([lognormal(*one[1], 32_000) for one in ordered]),
    )


def recorded_gaps() -> Floats:
    """Return the pauses of people, of agents, and of the harnesses in `harness.json`.

    Those of harnesses were recorded by `bench/record_harness.py`; their unit is the mean time of an
    answer over the number of requests in flight.
    """
    even = np.linspace(0, 1, POINTS)
    seen = json.loads(files(__package__).joinpath("harness.json").read_text("utf-8"))
    harnesses = [np.interp(even, np.linspace(0, 1, len(o["gaps"])), o["gaps"]) for o in seen]
    return np.array([lognormal(1.0, 1.0), lognormal(1.0, 0.6), *harnesses])


def weibull_shape(cv: Floats) -> Floats:
    """Which shape of a Weibull distribution gives this coefficient of variation?

    Examples
    --------
    >>> weibull_shape(np.array([1.0])).round(3)
    array([1.])
    """
    shapes = np.geomspace(0.15, 10, 400)
    spread = np.sqrt(gamma(1 + 2 / shapes) / gamma(1 + 1 / shapes) ** 2 - 1)
    return np.interp(cv, spread[::-1], shapes[::-1])


def published(rng: np.random.Generator) -> Shapes:
    """Draw rhythms from published figures of real services.

    Notes
    -----
    ServeGen (arXiv 2505.09999; figures of its public traces): half of the clients have gaps with a
    variation of 1.25 to 1.57 or more, one in ten 4.3 to 8.2; a quarter to nearly half of the larger
    ones are active 20 hours a day or more; a quarter ask in less than a tenth of all windows.
    """
    each = 40
    rows = [_diurnal(rng, each), _steady(rng, each), _sporadic(rng, each)]
    made = np.concatenate([human_rows(), *rows])
    count = len(made)
    cvs = np.clip(1.35 * np.exp(0.75 * rng.standard_normal(count)), 0.4, 12)
    cvs[: len(HUMAN)] = 1.0
    inputs, outputs = drawn_lengths()
    start = len(HUMAN)
    return Shapes(
        profiles=made / made.mean(axis=1, keepdims=True),
        cvs=cvs,
        weibull=(rng.random(count) < 0.08).astype(np.int64),
        volumes=np.exp(rng.normal(np.log(17_000), 1.8, count)),
        origin=np.full(count, -1),
        pools={
            "chatbot": np.arange(start, start + each),
            "batch": np.arange(start + each, start + 2 * each),
            "sporadic": np.arange(start + 2 * each, count),
            "application": np.arange(start, count),
        },
        lengths=np.full(count, -1),
        inputs=inputs,
        outputs=outputs,
        gaps=recorded_gaps(),
    )


def _wander(rng: np.random.Generator, count: int, sigma: float) -> Floats:
    """Return a slow random walk around 1 for each row: an hour remembers the one before."""
    steps = rng.standard_normal((count, WINDOWS + 60))
    kernel = np.exp(-np.arange(60) / 12)
    kernel /= np.sqrt((kernel**2).sum())
    walked = np.array([np.convolve(one, kernel, "valid")[:WINDOWS] for one in steps])
    return np.asarray(np.exp(sigma * walked))


def _diurnal(rng: np.random.Generator, count: int) -> Floats:
    phase, depth = rng.uniform(0, 144, (count, 1)), rng.uniform(0.4, 0.98, (count, 1))
    day = 1 + depth * np.cos(2 * np.pi * (np.arange(WINDOWS) - phase) / 144)
    weekend = np.where(np.arange(WINDOWS) // 144 % 7 > 4, rng.uniform(0.2, 1.2, (count, 1)), 1.0)
    return np.asarray(day * weekend * _wander(rng, count, 0.35))


def _steady(rng: np.random.Generator, count: int) -> Floats:
    return _wander(rng, count, 0.2)


def _sporadic(rng: np.random.Generator, count: int) -> Floats:
    """Return jobs: a few hours of work, then nothing."""
    made = np.zeros((count, WINDOWS))
    for row in made:
        for _ in range(rng.integers(5, 40)):
            start = rng.integers(0, WINDOWS)
            row[start : start + rng.integers(1, 30)] += rng.gamma(1.5)
    return made * _wander(rng, count, 0.3)
