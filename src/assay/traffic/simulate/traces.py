"""Rhythms and lengths of real clients, from public traces: ServeGen, Azure, Mooncake.

The folder holds what `published` stands in for: `servegen/traces.parquet` and `lengths.parquet`
(per client: rate, burstiness and family of gaps in windows of ten minutes; lengths), and, where
they are there, `azure/AzureLLMInferenceTrace_conv.csv.gz` and
`mooncake/conversation_trace.jsonl.gz` (lengths of chats). Nothing of them is copied.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from assay.core.errors import BadFormat
from assay.traffic.simulate.draws import Floats, Ints
from assay.traffic.simulate.shapes import HUMAN, LENGTHS, POINTS, WINDOWS, Shapes, published

__all__ = ["read_traces"]

RHYTHMS, SIZES = "servegen/traces.parquet", "servegen/lengths.parquet"
AZURE = "azure/AzureLLMInferenceTrace_conv.csv.gz"
MOONCAKE = "mooncake/conversation_trace.jsonl.gz"
SIDES = ("input", "output")
NEXT = "give --traces a folder that holds servegen/traces.parquet and servegen/lengths.parquet"


def read_traces(folder: Path, *, half: int | None = None) -> Shapes:
    """Which rhythms and lengths have the clients of real traces?

    Parameters
    ----------
    folder
        Holds `servegen`, and perhaps `azure` and `mooncake`.
    half
        0 or 1: only every other client, so that nothing fitted to one half has seen the other.

    Raises
    ------
    BadFormat
        A file is missing, cut, or not what it should be.
    """
    rates, cvs, weibull, origin = _rhythms(folder / RHYTHMS, half)
    with _reading(folder / SIZES):
        inputs, outputs, row_of = _sizes(pq.read_table(folder / SIZES), origin)
    rest = published(np.random.default_rng(0))
    kept = len(HUMAN)
    chat_in, chat_out = _chats(folder)
    return replace(
        rest,
        profiles=np.concatenate([rest.profiles[:kept], rates / rates.mean(axis=1, keepdims=True)]),
        cvs=np.concatenate([rest.cvs[:kept], cvs]),
        weibull=np.concatenate([rest.weibull[:kept], weibull]),
        volumes=np.concatenate([rest.volumes[:kept], rates.mean(axis=1) * 86_400]),
        origin=np.concatenate([rest.origin[:kept], origin]),
        pools={name: rows + kept for name, rows in _pools(rates).items()},
        lengths=np.concatenate([rest.lengths[:kept], row_of + (row_of >= 0) * len(LENGTHS)]),
        inputs=np.concatenate([chat_in, rest.inputs[1:], inputs]),
        outputs=np.concatenate([chat_out, rest.outputs[1:], outputs]),
    )


def _rhythms(path: Path, half: int | None) -> tuple[Floats, Floats, Ints, Ints]:
    """Return rate a second, variation and family by client and window, and who the clients are."""
    with _reading(path):
        rows = pq.read_table(path, columns=["pool", "client", "rate", "cv", "family"])
    if not len(rows) or len(rows) % WINDOWS:
        what = f"{len(rows)} rows, not a multiple of {WINDOWS} windows a client"
        raise BadFormat(str(path), None, what, NEXT)
    rate, cv = (rows[name].to_numpy().reshape(-1, WINDOWS) for name in ("rate", "cv"))
    weibull = pc.fill_null(pc.equal(rows["family"], "Weibull"), fill_value=False)
    origin = _who(rows)[::WINDOWS]
    some = (rate > 0).sum(axis=1) > 1
    if half is not None:
        some &= np.arange(len(some)) % 2 == half
    busy = [row > 0 for row in rate[some]]
    cvs = np.array([np.median(row[on]) for row, on in zip(cv[some], busy, strict=True)])
    family = weibull.to_numpy().reshape(-1, WINDOWS)[some].sum(axis=1)
    mostly = 2 * family > (rate[some] > 0).sum(axis=1)
    return rate[some], cvs, mostly.astype(np.int64), origin[some]


def _who(rows: pa.Table) -> Ints:
    """Number the clients: that of the file, plus 1000 in the second pool."""
    small = pc.equal(rows["pool"], "m-small").to_numpy().astype(np.int64)
    return np.asarray(rows["client"].to_numpy().astype(np.int64) + 1000 * small)


def _pools(rates: Floats) -> dict[str, Ints]:
    """Which clients are like a chatbot, a pipeline, a job? By presence and by day and night."""
    there = (rates > 0).mean(axis=1)
    hours = rates.reshape(len(rates), -1, 24, 6).sum(axis=(1, 3))
    swing = hours.max(axis=1) / np.maximum(hours.min(axis=1), 1e-9 * hours.max(axis=1))
    where = {
        "chatbot": (there > 0.7) & (swing > 3),
        "batch": (there > 0.7) & (swing <= 3),
        "sporadic": there < 0.3,
        "application": there > 0,
    }
    every = np.arange(len(rates))
    return {name: np.flatnonzero(some) if some.any() else every for name, some in where.items()}


def _sizes(rows: pa.Table, origin: Ints) -> tuple[Floats, Floats, Ints]:
    """Return quantiles of lengths by client, and which row is whose; -1: none was recorded."""
    side = pc.equal(rows["side"], "input").to_numpy().astype(np.int64)
    named = {"key": _who(rows) * 2 + side, "tokens": rows["tokens"], "prob": rows["prob"]}
    summed = pa.table(named).group_by(["key", "tokens"]).aggregate([("prob", "sum")])
    summed = summed.sort_by([("key", "ascending"), ("tokens", "ascending")])
    key, tokens, prob = (summed[n].to_numpy() for n in ("key", "tokens", "prob_sum"))
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    tables: dict[int, Floats] = {
        int(key[low]): _quantiles(tokens[low:high], prob[low:high])
        for low, high in zip(starts, [*starts[1:], len(key)], strict=True)
    }
    known = [int(who) for who in origin if 2 * int(who) in tables and 2 * int(who) + 1 in tables]
    place = {who: row for row, who in enumerate(known)}
    none = np.zeros((0, POINTS))
    return (
        np.concatenate([none, *(tables[2 * who + 1][None] for who in known)]),
        np.concatenate([none, *(tables[2 * who][None] for who in known)]),
        np.array([place.get(int(who), -1) for who in origin]),
    )


def _quantiles(tokens: Ints, weights: Floats) -> Floats:
    """Read even quantiles off a sorted sample with weights."""
    total = np.cumsum(weights)
    at = np.searchsorted(total, np.linspace(0, 1, POINTS) * total[-1] * (1 - 1e-9))
    return np.asarray(tokens[np.minimum(at, len(tokens) - 1)], dtype=float)


def _chats(folder: Path) -> tuple[Floats, Floats]:
    """Return one row of input and one of output quantiles from the chat traces that are there."""
    pairs = []
    if (folder / AZURE).exists():
        with _reading(folder / AZURE), gzip.open(folder / AZURE) as file:
            rows = csv.read_csv(file)
            pairs.append((rows["ContextTokens"].to_numpy(), rows["GeneratedTokens"].to_numpy()))
    if (folder / MOONCAKE).exists():
        with _reading(folder / MOONCAKE), gzip.open(folder / MOONCAKE, "rt") as lines:
            asked = [json.loads(line) for line in lines]
            read, said = (np.array([o[f"{side}_length"] for o in asked]) for side in SIDES)
            pairs.append((read, said))
    if not pairs:
        rest = published(np.random.default_rng(0))
        return rest.inputs[:1], rest.outputs[:1]
    even = np.linspace(0, 1, POINTS)
    both = [np.mean([np.quantile(pair[side], even) for pair in pairs], axis=0) for side in (0, 1)]
    return both[0][None], both[1][None]


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Say which file could not be read."""
    try:
        yield
    except (OSError, pa.ArrowException, KeyError, ValueError) as error:
        what = f"cannot be read as a trace: {type(error).__name__}: {error}"
        raise BadFormat(str(path), None, what, NEXT) from error
