"""Which accounts are worth a look, and what may they be doing? Signals, score, triage, classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assay.traffic.classes import Class
from assay.traffic.cluster_days import EVERY
from assay.traffic.measuring import Measured, measure
from assay.traffic.scoring import Usual, score
from assay.traffic.signals.releases import Release
from assay.traffic.signals.roster import FOR_ACCOUNTS
from assay.traffic.signals.table import within
from assay.traffic.signals.units import Units
from assay.traffic.strata import cells
from assay.traffic.triage import Part, Scored, Triage, part, triage
from assay.traffic.warehouse import Tables
from assay.traffic.weights import Learned, packaged

__all__ = ["HARVESTS", "Looked", "Roll", "look", "roll"]

Floats = NDArray[np.float64]

HARVESTS = frozenset({"distillation"})
"""What a person may have found an account to be that is not honest."""
MICRO_DAY = 86_400 * 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """All accounts, in order of their names, and for what each is used."""

    names: tuple[str, ...]
    group: tuple[str, ...]
    """Organisation or payer, the account itself where neither is known: only to keep together
    whom chance may not separate."""
    part: tuple[Part | None, ...]
    """None: nobody found it honest, so it is tested."""
    cell: NDArray[np.int64]
    told: NDArray[np.bool_]
    """Did a person say that it harvests? It is neither tested nor compared with."""

    def of(self, wanted: Part | None) -> NDArray[np.bool_]:
        """Which accounts have this use?"""
        return np.array([one == wanted for one in self.part], dtype=bool) & ~self.told


def roll(tables: Tables, *, seed: int) -> Roll:
    """Who is there, who was found honest, and for what is each of those used?

    Parameters
    ----------
    tables
        Derived from the logs.
    seed
        Of the draw; whole groups are drawn.
    """
    who = tables.accounts
    micros = who.created.delta(ibis.timestamp("1970-01-01 00:00:00"), unit="microsecond")
    table = who.select(
        "account", "org", "payment", "vetted", "requests", made=micros / MICRO_DAY
    ).order_by("account").to_pyarrow()  # fmt: skip
    days = tables.days.group_by("account").agg(n=tables.days.count(), last=tables.days.day.max())
    active = days.to_pyarrow()
    at = within(table["account"], active["account"].combine_chunks())
    count, last = (active[name].to_numpy()[at] for name in ("n", "last"))
    rows = table.select(["account", "org", "payment", "vetted"]).to_pylist()
    group = tuple(_group(row) for row in rows)
    honest = [row["vetted"] is not None and row["vetted"] not in HARVESTS for row in rows]
    made = table["made"].cast(pa.float64()).to_numpy(zero_copy_only=False)
    return Roll(
        names=tuple(row["account"] for row in rows),
        group=group,
        part=tuple(part(g, seed=seed) if h else None for g, h in zip(group, honest, strict=True)),
        cell=cells(table["requests"].to_numpy() / count, last + 1 - made),
        told=np.array([row["vetted"] in HARVESTS for row in rows], dtype=bool),
    )


def _group(row: Mapping[str, str | None]) -> str:
    for kind in ("org", "payment", "account"):
        if row[kind] is not None:
            return f"{kind} {row[kind]}"
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What was found of every account; `triage` is of the tested ones alone, in their order."""

    roll: Roll
    measured: Measured
    score: Floats
    silent: tuple[str, ...]
    """Signals that counted nothing, since too few honest accounts have them."""
    tested: tuple[int, ...]
    """Places of the tested accounts."""
    triage: Triage
    sets: Mapping[str, frozenset[Class]]
    """Classes that a flagged account may be of."""


def look(
    tables: Tables,
    *,
    q: float = 0.05,
    k: int = 20,
    present: frozenset[str] = EVERY,
    releases: Sequence[Release] | None = None,
    learned: Learned | None = None,
) -> Looked:
    """Which accounts are worth a look?

    Parameters
    ----------
    tables
        Derived from the logs.
    q
        False discovery rate over the customers that nobody has looked at yet.
    k
        The smallest number of harvesting customers that it should be able to find.
    present
        Columns that the logs really had.
    releases
        Models that came out; None: found in the logs.
    learned
        Weights; None: the packaged ones.
    """
    everybody, weights = roll(tables, seed=0), learned or packaged()
    return judged(everybody, measured(tables, everybody, present, releases), weights, q=q, k=k)


def measured(
    tables: Tables,
    everybody: Roll,
    present: frozenset[str] = EVERY,
    releases: Sequence[Release] | None = None,
) -> Measured:
    """What do the signals say of every account?"""
    usual = everybody.of("fit")
    named = frozenset(name for name, yes in zip(everybody.names, usual, strict=True) if yes)
    units = Units(
        tables=tables, reference=named, present=present,
        releases=tuple(releases) if releases is not None else None,
    )  # fmt: skip
    return measure(FOR_ACCOUNTS, units)


def judged(everybody: Roll, found: Measured, weights: Learned, *, q: float, k: int) -> Looked:
    """Turn signals into scores, p-values and classes."""
    usual = Usual.of(found.signals, found.value[everybody.of("fit")])
    normal = usual.normal(found.signals, found.value)
    scores = score(weights.account, found.signals, normal)
    parts = [_scored(everybody, scores, use) for use in (None, "calibration", "held")]
    tested = np.flatnonzero(everybody.of(None))
    result = triage(*parts, q=q, k=k)
    flagged = tested[result.flagged]
    columns = [found.signals.index(name) for name in weights.classes.signals]
    sets = weights.classes.sets(normal[flagged][:, columns])
    return Looked(
        roll=everybody,
        measured=found,
        score=scores,
        silent=usual.silent(found.signals),
        tested=tuple(tested.tolist()),
        triage=result,
        sets={everybody.names[at]: one for at, one in zip(flagged, sets, strict=True)},
    )


def _scored(everybody: Roll, scores: Floats, use: Part | None) -> Scored:
    mine = np.flatnonzero(everybody.of(use))
    return Scored(
        score=scores[mine],
        cell=everybody.cell[mine],
        group=tuple(everybody.group[at] for at in mine),
    )
