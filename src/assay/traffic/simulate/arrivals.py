"""When does each source ask? Sessions in its rhythm, and the turns inside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from assay.traffic.simulate.draws import Floats, Ints, Records, from_quantiles
from assay.traffic.simulate.shapes import WINDOW, WINDOWS, Shapes, weibull_shape
from assay.traffic.simulate.stage import BENCHMARKS, DAY

__all__ = ["Arrivals", "arrivals", "starts"]

CHUNK = 512
"""Sources whose windows are held at once."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Requests as they leave their sources; those of one session lie together, in order."""

    time: Floats
    """Seconds from the start."""
    source: Ints
    session: Ints
    turn: Ints

    def __getitem__(self, which: object) -> Arrivals:
        return Arrivals(*(getattr(self, n)[which] for n in ("time", "source", "session", "turn")))


def arrivals(sources: Records, shapes: Shapes, span: float, rng: np.random.Generator) -> Arrivals:
    """Draw all requests of all sources.

    Parameters
    ----------
    sources
        Of dtype `cast.SOURCE`.
    shapes
        Rhythms, and pauses inside sessions.
    span
        Length of the log in seconds; what falls behind it is not asked.
    rng
        Gives all randomness.
    """
    parts = [_turns(*part, sources, shapes, rng) for part in starts(sources, shapes, span, rng)]
    counts = np.cumsum([0, *(p.session[-1] + 1 if len(p.session) else 0 for p in parts)])
    joined = Arrivals(
        np.concatenate([p.time for p in parts]),
        np.concatenate([p.source for p in parts]),
        np.concatenate([p.session + before for p, before in zip(parts, counts, strict=False)]),
        np.concatenate([p.turn for p in parts]),
    )
    late = rng.random(len(joined.time)) * sources["jitter"][joined.source]
    time = joined.time + late
    ends = np.minimum(sources["end"], span)[joined.source]
    return Arrivals(time, joined.source, joined.session, joined.turn)[time < ends]


def starts(
    sources: Records, shapes: Shapes, span: float, rng: np.random.Generator
) -> Iterator[tuple[Floats, Ints]]:
    """Draw when sessions begin: time in seconds and source, some sources at a time.

    The number is Poisson. The gaps are Gamma or Weibull of the wanted variation in a time that runs
    as fast as the rhythm; so a window with twice the rate has twice the sessions, and in every
    window the gaps vary alike.
    """
    for low in range(0, len(sources), CHUNK):
        some = sources[low : low + CHUNK]
        load = _load(some, shapes, span, rng)
        total = load.sum(axis=1)
        count = rng.poisson(total)
        place = _places(some, count, rng)
        which = np.repeat(np.arange(len(some)), count)
        edges = np.concatenate([[0.0], np.cumsum(load)])
        before = edges[:-1].reshape(load.shape)[:, 0]
        at = before[which] + place * total[which]
        window = np.clip(np.searchsorted(edges, at, side="right") - 1, 0, load.size - 1)
        inside = (at - edges[window]) / np.maximum(load.ravel()[window], 1e-300)
        seconds = (window - which * load.shape[1] + np.clip(inside, 0, 1)) * WINDOW
        yield seconds, which + low


def _load(some: Records, shapes: Shapes, span: float, rng: np.random.Generator) -> Floats:
    """How many sessions are expected in each window? Shape (sources, windows)."""
    windows = int(np.ceil(span / WINDOW))
    at = np.arange(windows)
    rhythm = shapes.profiles[some["profile"][:, None], (at + some["shift"][:, None]) % WINDOWS]
    days = int(np.ceil(span / DAY))
    there = rng.random((len(some), days)) < some["days_on"][:, None]
    mood = np.exp(some["moods"][:, None] * rng.standard_normal((len(some), days)))
    begin, end = (some[name][:, None] / WINDOW for name in ("begin", "end"))
    open_for = np.clip(np.minimum(at + 1, end) - np.maximum(at, begin), 0, 1)
    a_day = WINDOW / DAY
    daily = np.repeat(there * mood, int(DAY / WINDOW), axis=1)[:, :windows]
    return np.asarray(rhythm * daily * open_for * some["rate"][:, None] * a_day)


def _places(some: Records, count: Ints, rng: np.random.Generator) -> Floats:
    """Cut each source's span, taken as 1, at `count` points with gaps of its variation."""
    cv = np.maximum(some["cv"], 0.05).astype(float)
    gaps_of = np.repeat(np.arange(len(some)), count + 1)
    weibull = some["weibull"][gaps_of]
    draws = np.empty(len(gaps_of))
    draws[~weibull] = rng.standard_gamma(1 / cv[gaps_of[~weibull]] ** 2)
    power = 1 / weibull_shape(cv)
    draws[weibull] = rng.standard_exponential(int(weibull.sum())) ** power[gaps_of[weibull]]
    draws += 1e-6  # very bursty gaps round to nothing beside the sum; not all of one source may
    total = np.cumsum(draws)
    last = np.cumsum(count + 1) - 1
    first = last - count
    base = total[first] - draws[first]
    inner = np.delete(np.arange(len(draws)), last)
    mine = gaps_of[inner]
    return np.asarray((total[inner] - base[mine]) / (total[last] - base)[mine])


def _turns(
    start: Floats, source: Ints, sources: Records, shapes: Shapes, rng: np.random.Generator
) -> Arrivals:
    """Give each session its turns."""
    mean = sources["turns"][source]
    turns = 1 + np.floor(
        np.log1p(-rng.random(len(start))) / np.log1p(-1 / np.maximum(mean, 1.0001))
    )
    # Whole benchmarks, or as much of them as a test run takes.
    part = rng.choice((1.0, 0.3, 0.1), len(start), p=(0.5, 0.25, 0.25))
    whole = np.ceil(rng.choice(BENCHMARKS, len(start)) * part)
    turns = np.where(sources["benchmarks"][source], whole, np.maximum(turns, 1))
    turns = np.minimum(turns, sources["most"][source]).astype(np.int64)
    session = np.repeat(np.arange(len(start)), turns)
    first = np.cumsum(turns) - turns
    turn = np.arange(len(session)) - first[session]
    origin = source[session]
    drawn = from_quantiles(shapes.gaps, sources["gaps"][origin], rng.random(len(session)))
    pause = np.where(turn > 0, drawn * sources["gap"][origin], 0)
    run = np.cumsum(pause)
    time = start[session] + run - run[first][session]
    return Arrivals(time, origin, session, turn)
