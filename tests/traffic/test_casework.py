"""Cases from what the stages found: members, links, days, reasons and base rates."""

from __future__ import annotations

from datetime import datetime

import ibis
import numpy as np
import pyarrow as pa
from tests.traffic.derived import tables
from tests.traffic.owners import held, pool, strangers

from assay.core.evidence import Status
from assay.traffic.accounts import Looked, Roll
from assay.traffic.campaigns import Days, convict
from assay.traffic.casework import Found, scanned
from assay.traffic.clusters import Cluster, clusters
from assay.traffic.daily import Daily
from assay.traffic.drift import Check
from assay.traffic.linkage import link
from assay.traffic.load import Loaded
from assay.traffic.measuring import Measured
from assay.traffic.splitting import Split, iso
from assay.traffic.strata import Stratum
from assay.traffic.triage import Triage
from assay.traffic.warehouse import Tables

MONDAY, HONEST = 20_514, 120
DAYS = tuple(range(MONDAY, MONDAY + 7))


def looked(names: tuple[str, ...], hit: tuple[str, ...]) -> Looked:
    """Return triage that flagged some accounts; everybody is tested."""
    count = len(names)
    flagged = np.array([name in hit for name in names])
    return Looked(
        roll=Roll(names=names, group=names, part=(None,) * count,
                  cell=np.zeros(count, dtype=np.int64), told=np.zeros(count, dtype=bool)),
        measured=Measured(units=names, days=(), signals=(), value=np.empty((count, 0)), reasons={}),
        score=flagged * 3.0,
        silent=(),
        tested=tuple(range(count)),
        triage=Triage(
        customers=2, honest=100, reached=0,p=np.where(flagged, 0.001, 0.5), flagged=flagged, q=0.05,
                      strata=(Stratum(cells=(0,), tested=count, calibration=0),), smallest=1,
                      check=Check(held=0, below_05=0, below_01=0)),
        sets={name: frozenset({"distillation", "evaluation"}) for name in hit},
    )  # fmt: skip


def timed(names: tuple[str, ...]) -> Tables:
    """Return tables whose accounts have a first and a last time."""
    whole = tables()
    times = pa.array([datetime(2026, 3, 2, 10)] * len(names), pa.timestamp("us"))  # noqa: DTZ001
    accounts = pa.table({"account": list(names), "requests": [7] * len(names),
                         "first_time": times, "last_time": times})  # fmt: skip
    rest = {name: getattr(whole, name) for name in Tables.__slots__ if name != "accounts"}
    return Tables(accounts=ibis.memtable(accounts), **rest)


def test_a_flagged_cluster_becomes_a_case() -> None:
    """One pool above 120 honest clusters on each of five days, alone: q is chosen within reach."""
    log = held([*strangers(60), *pool("ring", 12)])
    linkage = link(log)
    ring = max(clusters(log), key=lambda one: len(one.accounts))
    others = tuple(
        Cluster(f"cluster-{n}", (f"h{n}a", f"h{n}b", f"h{n}c"), 1.0, 3, 2.0, ())
        for n in range(HONEST)
    )
    paths = np.random.default_rng(1).normal(size=(HONEST + 1, 7))
    paths[0] += 6
    names = (ring.id, *(one.id for one in others))
    adds = np.dstack([paths, np.zeros_like(paths)])
    daily = Daily(
        clusters=names, days=DAYS, score=paths, adds=np.maximum(adds, 0.0),
        signals=("reuse", "reasoning"), requests=np.full(paths.shape, 50.0),
        accounts=np.full(paths.shape, 12.0),
    )  # fmt: skip
    days = Days(names, DAYS, paths, DAYS[1])
    result = convict(days, (ring,), days.after().paths(others), q=0.05, seed=1)
    everybody = tuple(sorted({*ring.accounts, "stranger1"}))
    found = Found(
        tables=timed(everybody), looked=looked(everybody, ring.accounts[:3]), linkage=linkage,
        clusters=(ring, *others), daily=daily, honest=days.after().paths(others), earlier=0,
        judged=result,
        split=Split(DAYS, DAYS[1]), early="links",
    )  # fmt: skip
    loaded = Loaded(log, 84, frozenset({"time", "account", "model"}), (), ())
    record = scanned(loaded, found, (), q=0.05, prevalence=0.0025)
    (case,) = record.cases
    assert (record.status, case.flagged, case.id) == (Status.FLAGGED, True, ring.id)
    assert [one.account for one in case.members] == list(ring.accounts)
    assert sum(one.flagged for one in case.members) == 3
    assert (case.classes, case.gray, len(case.settles)) == (("distillation", "evaluation"), True, 3)
    assert [day.judged for day in case.days] == [False] * 2 + [True] * 5
    assert case.days[0].day == iso(MONDAY)
    assert case.e_value == case.days[-1].e_value
    assert case.needed <= case.e_value <= case.reachable
    assert [one.signal for one in case.signals] == ["reuse"]
    assert case.ties
    assert all(0 <= tie.left < len(case.members) > tie.right for tie in case.ties)
    assert {one.field for one in case.shares} >= {"payment"}
    assert case.alerts is not None
    assert case.alerts.worst is not None
    assert case.alerts.worst > 50  # 120 honest clusters cannot show a rate small enough
    assert len(case.explanations) == 5
