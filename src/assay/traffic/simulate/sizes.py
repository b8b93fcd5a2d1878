"""How long is each request, how long its answer, and how did it end?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.traffic.simulate.cast import Looked
from assay.traffic.simulate.draws import Floats, Ints, from_quantiles
from assay.traffic.simulate.routing import Requests
from assay.traffic.simulate.shapes import Shapes

__all__ = ["FINISHES", "Sizes", "sizes"]

FINISHES = ("stop", "length", "tool_calls", "content_filter")
CONTEXT = 200_000


@dataclass(frozen=True, slots=True)
class Sizes:
    """Tokens and their like, one a request."""

    input: Ints
    output: Ints
    reasoning: Ints
    cached: Ints
    finish: Ints
    """Place in `FINISHES`."""
    duration: Floats
    embeds: NDArray[np.bool_]


def sizes(asked: Requests, by: Looked, shapes: Shapes, rng: np.random.Generator) -> Sizes:
    """Draw the lengths of each request, given what its source asks for."""
    count = len(asked.time)
    drawn = {side: from_quantiles(table, by["lengths"], rng.random(count)) * by[side]
             for side, table in (("input", shapes.inputs), ("output", shapes.outputs))}  # fmt: skip
    past = np.minimum(asked.turn * by["growth"], 0.8 * CONTEXT)
    read = np.minimum(by["template_tokens"] + past + np.maximum(drawn["input"], 1), CONTEXT)
    embeds = rng.random(count) < by["embeds"]
    thinks = (rng.random(count) < by["thinks"]) & ~embeds
    said = np.where(embeds, 0, np.maximum(np.ceil(drawn["output"]), 1))
    thought = np.where(thinks, said * 2.5 * np.exp(0.7 * rng.standard_normal(count)), 0)
    most = np.where(by["max_tokens"] > 0, by["max_tokens"], 64_000)
    output = np.minimum(said + np.floor(thought), most)
    finish = _finish(output >= most, by, rng)
    output = np.where(finish == FINISHES.index("content_filter"), np.minimum(output, 40), output)
    return Sizes(
        read.astype(np.int64),
        output.astype(np.int64),
        np.minimum(thought, output).astype(np.int64),
        _cached(asked, by, read, past, rng),
        finish,
        0.3 + read / 30_000 + output / 70 * np.exp(0.3 * rng.standard_normal(count)),
        embeds,
    )


def _finish(cut: NDArray[np.bool_], by: Looked, rng: np.random.Generator) -> Ints:
    count = len(cut)
    calls = (by["tools"] > 0) & (rng.random(count) < 0.8)
    refused = rng.random(count) < by["filtered"]
    return np.select([refused, cut, calls], [3, 1, 2], 0)


def _cached(
    asked: Requests, by: Looked, read: NDArray[Any], past: Floats, rng: np.random.Generator
) -> Ints:
    """What of the prompt was read before: the template, and the turns so far; in whole blocks."""
    hit = rng.random(len(read)) < by["caches"]
    known = by["template_tokens"] + np.where(asked.turn > 0, past, 0)
    return np.where(hit, np.minimum(known, read) // 128 * 128, 0).astype(np.int64)
