"""Moving to a new model within a day of its release."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from assay.stats.standing import below
from assay.traffic.signals.releases import Release
from assay.traffic.signals.table import dense, listed, within
from assay.traffic.signals.units import Unit, Units
from assay.traffic.strata import cells

__all__ = ["Pivot"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MICRO_DAY = 86_400 * 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pivot:
    """How much of its traffic did it move to a new model at once, against its like?

    For every release, the share of honest accounts of the same tenure, volume and kind of program
    that moved less (half of those that moved as much), on the day of the release and the next; over
    several releases the mean, since they share the accounts that are compared with. Accounts whose
    usual model was switched off in these days had to move, and are left out.

    Fails when: honest early adopters move at once too (the reference is of these, where it is
    large enough); releases are seen in the logs and not told: `-latest` is never one.
    References: none; half of one campaign's traffic moved within 24 hours.
    """

    id: ClassVar[str] = "pivot"
    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ("model",)
    unit: ClassVar[Unit] = "account"
    linkage: ClassVar[bool] = False
    too_little: ClassVar[str] = "no release while it was there, or too few honest accounts like it"
    before: int = 10
    """Requests before the release that an account must have made, and as many after it."""
    alike: int = 20
    """Honest accounts of the same stratum; else the stratum is made coarser."""
    adopters: int = 20
    """Accounts that must use a model at once for it to be a release, where none is told."""

    def measure(self, units: Units) -> pa.Table:
        """Return the mean over releases and accounts."""
        who = self._who(units)
        found = [
            table for release in self._releases(units) for table in self._moved(units, release, who)
        ]
        if not found:
            return _empty(units)
        rows = ibis.memtable(pa.concat_tables(found))
        keyed = units.keyed(rows)
        result: pa.Table = keyed.group_by(*units.by).agg(value=keyed.value.mean()).to_pyarrow()
        return result

    def _releases(self, units: Units) -> list[Release]:
        if units.releases is not None:
            return [release for release in units.releases if release.counts]
        models = units.tables.models
        began = models.day.min().to_pyarrow().as_py()
        firsts = models.group_by("model").agg(day=models.day.min())
        early = models.join(firsts.select("model", first="day"), "model")
        early = early.filter((early["first"] > (began or 0)) & (early.day <= early["first"] + 1))
        users = early.group_by("model", "first", "account").agg(r=early.requests.sum())
        counted = users.group_by("model", "first").agg(n=users.count())
        table = counted.filter(counted.n >= self.adopters).order_by("first", "model").to_pyarrow()
        seen = (Release(model=r["model"], day=r["first"]) for r in table.to_pylist())
        return [release for release in seen if release.counts]

    def _who(self, units: Units) -> pa.Table:
        """Return every account's tenure, program and whether it says what is usual."""
        who = units.tables.accounts
        micros = who.created.delta(ibis.timestamp("1970-01-01 00:00:00"), unit="microsecond")
        table: pa.Table = who.select("account", "harness", made=micros / MICRO_DAY).to_pyarrow()
        honest = pc.is_in(
            table["account"], value_set=pa.array(sorted(units.reference), pa.string())
        )
        return table.append_column("honest", honest)

    def _moved(self, units: Units, release: Release, who: pa.Table) -> Iterator[pa.Table]:
        """Yield account, day and value of one release, for each of its two days."""
        day, names = release.day, who["account"].combine_chunks()
        shares, daily, days = self._shares(units, release, names)
        fixed = self._switched_off(units, day, names)
        made = who["made"].cast(pa.float64()).to_numpy(zero_copy_only=False)
        cell = cells(daily, day - made)
        program = within(who["harness"], listed(who["harness"]))
        both = np.asarray(np.stack([cell, program]), dtype=np.int64)
        strata = (both, both[:1], np.zeros((1, cell.size), dtype=np.int64))
        honest = np.asarray(who["honest"].to_numpy(zero_copy_only=False), dtype=bool)
        for when, share in zip(days, shares, strict=True):
            usable = ~np.isnan(share) & ~fixed
            value = _ranked(share, usable, honest, strata, self.alike)
            known = np.flatnonzero(~np.isnan(value))
            yield pa.table(
                {"account": names.take(pa.array(known)),
                 "day": pa.array(np.full(known.size, when), pa.int64()),
                 "value": value[known]}
            )  # fmt: skip

    def _shares(
        self, units: Units, release: Release, names: pa.Array
    ) -> tuple[list[Floats], Floats, list[int]]:
        """Return shares on the new model (over both days at once, or each), and requests a day."""
        day, tables = release.day, units.tables
        near = tables.days.filter((tables.days.day >= day) & (tables.days.day <= day + 1))
        new = tables.models.filter(tables.models.model == release.model)
        past = tables.days.filter(tables.days.day < day)
        asked = past.group_by(unit="account").agg(
            value=past.requests.sum().cast("float64"), days=past.count()
        )
        table = asked.to_pyarrow()
        before = np.nan_to_num(dense(table, names))
        seen = table.drop_columns(["value"]).rename_columns(["unit", "value"])
        daily = before / np.maximum(np.nan_to_num(dense(seen, names)), 1)
        whole = _by_day(near, names, day)
        moved = np.nan_to_num(_by_day(new, names, day))
        if not units.daily:
            whole, moved = (np.nansum(x, axis=1, keepdims=True) for x in (whole, moved))
        enough = (np.nan_to_num(whole) >= self.before) & (before[:, None] >= self.before)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(enough, moved / whole, np.nan)
        return list(share.T), daily, [day, day + 1] if units.daily else [day]

    def _switched_off(self, units: Units, day: int, names: pa.Array) -> NDArray[np.bool_]:
        """Which accounts mostly used a model that nobody could use after these two days?"""
        models = units.tables.models
        past = models.filter(models.day < day)
        used = past.group_by("account", "model").agg(r=past.requests.sum())
        most = used.group_by("account").agg(most=used.r.max())
        usual = used.join(most, "account").filter(lambda t: t.r == t.most)
        ends = models.group_by("model").agg(last=models.day.max())
        final = models.day.max()
        gone = ends.filter((ends["last"] <= day + 1) & (ends["last"] < final.as_scalar()))
        lost = usual.semi_join(gone, "model").select("account").distinct().to_pyarrow()
        return np.asarray(
            pc.is_in(names, value_set=lost["account"].combine_chunks()).to_numpy(
                zero_copy_only=False
            ),
            dtype=bool,
        )


def _by_day(table: ibis.Table, names: pa.Array, day: int) -> Floats:
    rows = table.group_by("account", "day").agg(value=table.requests.sum().cast("float64"))
    found = rows.select("day", "value", unit=rows.account).to_pyarrow()
    return dense(found, names, pa.array([day, day + 1], pa.int64()))


def _ranked(
    share: Floats, usable: NDArray[np.bool_], honest: NDArray[np.bool_], strata: tuple[Ints, ...],
    alike: int,
) -> Floats:  # fmt: skip
    """Rank each account among the honest ones of the finest stratum that has enough of them."""
    value = np.full(share.size, np.nan)
    for stratum in strata:
        _, code = np.unique(stratum, axis=1, return_inverse=True)
        code = code.reshape(-1)
        counts = np.bincount(code[usable & honest], minlength=int(code.max(initial=0)) + 1)
        todo = usable & np.isnan(value) & (counts[code] >= alike)
        for one in np.unique(code[todo]):
            mine = todo & (code == one)
            usual = np.sort(share[usable & honest & (code == one)])
            value[mine] = below(share[mine], usual)
    return value


def _empty(units: Units) -> pa.Table:
    kinds = {"unit": pa.string(), "day": pa.int64()}
    keys = {key: pa.array([], kinds[key]) for key in units.by}
    return pa.table(keys | {"value": pa.array([], pa.float64())})
