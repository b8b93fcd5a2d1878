"""Every signal on tables by hand: what it sees, what it does not, and when it abstains."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from tests.traffic.derived import day_of, tables

from assay.traffic.measuring import measure
from assay.traffic.signals.age import Newness
from assay.traffic.signals.around import AroundTheClock
from assay.traffic.signals.concentration import Concentration
from assay.traffic.signals.failover import Failover
from assay.traffic.signals.limits import NewAtLimits
from assay.traffic.signals.payment import SharedPayment
from assay.traffic.signals.probing import Probing
from assay.traffic.signals.reuse import Reuse
from assay.traffic.signals.roster import FOR_CLUSTERS, SIGNALS
from assay.traffic.signals.smoothness import Smoothness
from assay.traffic.signals.tokens import Profile, Reasoning
from assay.traffic.signals.units import Signal, Units
from assay.traffic.signals.variety import Variety


def values(signal: Signal, units: Units) -> dict[str, float]:
    found = measure([signal], units)
    return dict(zip(found.units, found.value[..., 0].tolist(), strict=True))


def used(account: str, day: int = 0, **templates: int) -> list[dict[str, Any]]:
    return [{"account": account, "day": day, "template": t, "requests": r}
            for t, r in templates.items()]  # fmt: skip


def modelled(*accounts: str) -> list[dict[str, Any]]:
    return [{"account": a, "day": 0, "model": "m", "requests": 40} for a in accounts]


def test_every_signal_says_when_it_fails_and_where_it_is_from() -> None:
    for signal in SIGNALS:
        told = type(signal).__doc__ or ""
        assert "?" in told.splitlines()[0]
        assert "Fails when: " in told
        assert "References: " in told
        assert signal.too_little
    assert [s.id for s in SIGNALS if s not in FOR_CLUSTERS] == ["shared-payment"]


def test_concentration_is_the_chance_of_the_same_twice() -> None:
    found = values(
        Concentration(),
        Units(tables=tables(
            templates=[*used("even", a=10, b=10), *used("one", a=40), *used("few", a=19)],
            models=modelled("even", "one", "few"),
        )),
    )  # fmt: skip
    assert found["even"] == pytest.approx((90 + 90) / 380)
    assert found["one"] == 1.0
    assert math.isnan(found["few"])


def test_concentration_is_right_on_average_for_few_requests() -> None:
    """Four templates alike often: 1/4, for 20 requests as for 2,000."""
    rng = np.random.default_rng(1)
    rows = [
        row
        for i in range(400)
        for row in used(f"{i}", **dict(zip("abcd", rng.multinomial(20, [0.25] * 4), strict=True)))
    ]
    rows = [{**row, "requests": int(row["requests"])} for row in rows if row["requests"]]
    found = values(
        Concentration(),
        Units(tables=tables(templates=rows, models=modelled(*(f"{i}" for i in range(400))))),
    )
    spread = np.std(list(found.values())) / 20
    assert abs(np.mean(list(found.values())) - 0.25) < 3.1 * spread


def test_reuse_weighs_what_many_but_not_all_use() -> None:
    rows = [*used("own", mine=20), *used("short", mine2=5)]
    for i in range(14):
        rows += used(f"pool {i}", day=i, pooled=20)
    everybody = [row for i in range(16) for row in used(f"all {i}", default=20)]
    found = values(Reuse(), Units(tables=tables(templates=rows + everybody)))
    assert found["own"] == 0.0
    assert found["pool 3"] == pytest.approx(math.log(14) * math.log(32 / 14))
    assert found["all 2"] == pytest.approx(math.log(16) * math.log(2))
    assert math.isnan(found["short"])


def test_a_cluster_is_pooled_before_it_is_measured() -> None:
    """Six accounts with five requests say together what none could say alone."""
    rows = [row for i in range(6) for row in used(f"a{i}", shared=5)]
    members = {f"a{i}": "c" for i in range(6)}
    some = tables(templates=rows, models=modelled(*members))
    alone = values(Concentration(), Units(tables=some))
    assert all(math.isnan(value) for value in alone.values())
    assert values(Concentration(), Units(tables=some, members=members)) == {"c": 1.0}
    daily = measure([Concentration()], Units(tables=some, members=members, daily=True))
    assert daily.value.shape == (1, 0, 1)  # no row of `days` here: no day was seen


def test_variety_is_the_logarithm_of_templates_used_alike() -> None:
    rows = [{"account": a, "day": 0, "template": f"{a}{t}", "requests": r}
            for a, used, r in (("one", 1, 50), ("four", 4, 500), ("own", 30, 1), ("few", 9, 1))
            for t in range(used)]  # fmt: skip
    found = values(Variety(), Units(tables=tables(templates=rows)))
    assert found["one"] == 0
    assert found["four"] == pytest.approx(math.log(4), abs=0.01)
    assert found["own"] == pytest.approx(math.log(30 * 29 + 1))  # no pair: as many as can be said
    assert math.isnan(found["few"])


def test_smoothness_is_zero_for_chance_and_high_for_clocks() -> None:
    rng = np.random.default_rng(2)
    counts = (30, 300, 3_000, 30_000)
    days = [day_of(f"{n} {i}", rng.uniform(0, 86_400, n)) for n in counts for i in range(30)]
    days += [
        day_of("clock", np.arange(0, 86_400, 20.0)),
        day_of("bursts", np.concatenate([s + rng.uniform(0, 60, 50) for s in (0, 4e4, 8e4)])),
        day_of("few", np.arange(0.0, 19.0)),
    ]
    found = values(Smoothness(), Units(tables=tables(days=days)))
    # A bias of .04 at 30 requests, and 3.1 standard errors of 30 accounts that spread by .09.
    for n in counts:
        assert abs(np.mean([found[f"{n} {i}"] for i in range(30)])) < 0.04 + 3.1 * 0.09 / 30**0.5
    assert found["clock"] > 2
    assert found["bursts"] < -1
    assert math.isnan(found["few"])


def test_hours_are_compared_with_those_that_chance_would_reach() -> None:
    rng = np.random.default_rng(3)
    many = [(8, 50), (24, 9), (2_000, 9)]
    days = [day_of(f"{n}", rng.uniform(0, 86_400, n), day=i) for n, k in many for i in range(k)]
    days.append(day_of("office", rng.uniform(9 * 3_600, 17 * 3_600, 500)))
    found = values(AroundTheClock(), Units(tables=tables(days=days)))
    assert abs(found["8"] - 1) < 0.06  # of about 7 hours, with 50 days' spread of .014
    assert abs(found["24"] - 1) < 0.1  # of about 15 hours, with 9 days' spread of .03
    assert found["2000"] == pytest.approx(1.0, abs=1e-9)
    assert found["office"] == pytest.approx(8 / 24, abs=1e-6)


def test_tokens_of_reasoning_and_of_answers() -> None:
    day = {"account": "a", "day": 0, "requests": 10, "input_tokens": 999, "output_tokens": 1_999,
           "reasoning_tokens": 500}  # fmt: skip
    unknown = day | {"account": "b", "reasoning_tokens": None, "input_tokens": None}
    some = Units(tables=tables(days=[day, unknown, day | {"account": "c", "requests": 9}]))
    assert values(Reasoning(), some)["a"] == pytest.approx(500 / 1_999)
    assert values(Profile(), some)["a"] == pytest.approx(math.log(2))
    for signal in (Reasoning(), Profile()):
        found = values(signal, some)
        assert math.isnan(found["b"])
        assert math.isnan(found["c"])


def test_newness_falls_with_age() -> None:
    made = {"new": datetime(1970, 1, 10), "old": datetime(1970, 1, 1), "unsaid": None}  # noqa: DTZ001
    some = tables(
        accounts=[{"account": a, "created": c} for a, c in made.items()],
        days=[{"account": a, "day": d, "requests": 1} for a in made for d in (9, 40)],
    )
    found = values(Newness(), Units(tables=some))
    assert found["new"] == 0
    assert found["old"] == pytest.approx(-math.log(10))
    assert math.isnan(found["unsaid"])
    pair = {"new": "c", "old": "c"}
    assert values(Newness(), Units(tables=some, members=pair))["c"] == pytest.approx(
        -math.log(10) / 2
    )


def test_new_at_its_limits() -> None:
    made = {"new": datetime(1970, 1, 10), "old": datetime(1970, 1, 1), "unsaid": None}  # noqa: DTZ001
    some = tables(
        accounts=[{"account": a, "created": c, "quota": 100} for a, c in made.items()],
        days=[{"account": a, "day": d, "requests": 80} for a in made for d in (10, 40)],
    )
    found = values(NewAtLimits(), Units(tables=some))
    assert (found["new"], found["old"]) == (0.8, 0.0)
    assert math.isnan(found["unsaid"])


def test_who_shares_its_payment() -> None:
    card = {"field": "payment", "value": "card", "requests": 2}
    links = [card | {"account": f"a{i}"} for i in range(1, 5)]
    links.append(card | {"account": "a0", "value": "own"})
    links.append({"account": "silent", "field": "asn", "value": "card", "requests": 2})
    found = values(SharedPayment(), Units(tables=tables(links=links)))
    assert (found["a0"], found["a1"]) == (0.0, math.log(4))
    assert math.isnan(found["silent"])


def test_moves_after_failures_count_only_above_what_is_usual() -> None:
    days = [{"account": a, "day": 0, "requests": 1_000, "errors": 100, "sessions": 9}
            for a in ("any", "fails", "calm")]  # fmt: skip
    days.append({"account": "unsaid", "day": 0, "requests": 1_000, "errors": 100})
    moved = [
        {"from_account": "any", "to_account": "x", "day": 0, "handoffs": 100, "after_failure": 10},
        {"from_account": "y", "to_account": "fails", "day": 0, "handoffs": 100,
         "after_failure": 90},
    ]  # fmt: skip
    some = tables(days=days, handoffs=moved)
    found = values(Failover(), Units(tables=some))
    assert (found["any"], found["calm"]) == (0.0, 0.0)
    assert found["fails"] == pytest.approx(80 / math.sqrt(10))
    assert math.isnan(found["unsaid"])
    inside = Units(tables=some, members={"fails": "c", "calm": "c", "any": "c"})
    assert values(Failover(), inside) == {"c": 0.0}  # both moves leave or enter the cluster


def test_probing_and_then_scaling_up() -> None:
    rows = [
        row for a in ("scales", "tries") for row in used(a, 0, **{f"{a}{i}": 1 for i in range(99)})
    ]
    rows += used("scales", 1, scales3=5_000)
    rows += used("tries", 1, **{f"tries{i}": 1 for i in range(99, 198)})
    rows += [row for d in (0, 1) for row in used("steady", d, one=50)]
    found = values(Probing(), Units(tables=tables(templates=rows)))
    assert found["scales"] > 2
    assert found["tries"] == 0.0
    assert found["steady"] < 0.05


def test_missing_columns_are_named_and_counted() -> None:
    rows = [{"account": f"a{i}", "day": 0, "requests": 5} for i in range(3)]
    units = Units(tables=tables(days=rows), present=frozenset({"time", "account", "model"}))
    found = measure([Concentration(), Smoothness()], units)
    assert found.reasons == {
        "concentration": {"no template": 3},
        "smoothness": {"no day with 20 requests of one account": 3},
    }
