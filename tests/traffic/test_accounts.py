"""Accounts of a small simulated log, from signals to triage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from tests.traffic.derived import tables

from assay.core.errors import BadFormat
from assay.traffic.accounts import look, roll
from assay.traffic.classes import CLASSES
from assay.traffic.load import read
from assay.traffic.signals.roster import FOR_ACCOUNTS
from assay.traffic.simulate.mixture import campaigns_of
from assay.traffic.simulate.week import Week, simulate
from assay.traffic.simulate.writing import write_parquet
from assay.traffic.warehouse import derive, limit
from assay.traffic.weights import packaged
from assay.traffic.weights import read as read_weights


def test_every_account_has_one_use_and_groups_stay_together() -> None:
    accounts = [
        {"account": f"a{i:03}", "requests": 10, "org": f"o{i // 4}" if i < 80 else None,
         "vetted": "application" if i % 2 else None if i else "distillation"}
        for i in range(120)
    ]  # fmt: skip
    days = [{"account": f"a{i:03}", "day": 3, "requests": 10} for i in range(120)]
    found = roll(tables(accounts=accounts, days=days), seed=1)
    uses = {name: found.of(name) for name in (None, "fit", "calibration", "held")}
    assert np.sum(list(uses.values()), axis=0).tolist() == [0] + [1] * 119
    assert found.told.tolist() == [True] + [False] * 119
    assert uses[None].sum() == 59
    for org in range(20):
        assert len({found.part[i] for i in range(4 * org, 4 * org + 4) if i % 2}) == 1
    assert set(found.cell.tolist()) == {4 + 3}


@pytest.mark.slow
def test_a_simulated_week_is_looked_at(tmp_path: Path) -> None:
    """A campaign of eighty among a thousand accounts: who is flagged, is mostly of it."""
    campaign = campaigns_of("template:accounts=80")
    made = simulate(Week(accounts=1_000, days=4, seed=8, campaigns=campaign, vetted=0.6))
    file = tmp_path / "week.parquet"
    write_parquet(made, file)
    logs = read([str(file)])
    limit(logs.requests, threads=1)
    found = look(derive(logs.requests), q=0.2, k=40, present=logs.present)
    truth = {row["account"]: row["campaign"] for row in made.truth.to_pylist()}
    tested = [found.roll.names[at] for at in found.tested]
    harvests = np.array([truth[name] != "" for name in tested])
    assert found.score[list(found.tested)][harvests].mean() > 2 * np.median(found.score)
    assert set(found.measured.signals) == {one.id for one in FOR_ACCOUNTS}
    assert set(found.sets) == {
        n for n, yes in zip(tested, found.triage.flagged, strict=True) if yes
    }
    assert all(one <= set(CLASSES) for one in found.sets.values())
    p = found.triage.p
    # Honest accounts are even: at most 3.1 standard errors, of groups of about four, above .1.
    assert np.mean(p[~harvests] <= 0.1) < 0.1 + 3.1 * 2 * np.sqrt(0.1 * 0.9 / (~harvests).sum())
    assert np.median(p[harvests]) < 0.1


def test_the_packaged_weights_are_of_these_signals() -> None:
    found = packaged()
    assert set(found.account.weight) == {one.id for one in FOR_ACCOUNTS}
    assert "shared-payment" not in {*found.cluster.weight, *found.classes.signals}
    assert min(*found.account.weight.values(), *found.cluster.weight.values()) >= 0
    assert found.provenance.command.startswith("assay traffic train ")


def test_weights_of_other_signals_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "weights.json"
    old = packaged().model_copy(update={"account": packaged().account.model_copy(
        update={"version": {"reuse": 99}})})  # fmt: skip
    file.write_text(old.model_dump_json())
    with pytest.raises(BadFormat, match="signals changed since: reuse"):
        read_weights(file)
    file.write_text("{}")
    with pytest.raises(BadFormat, match="no weights of signals"):
        read_weights(file)


def test_an_empty_log_has_no_accounts() -> None:
    assert roll(tables(), seed=1).names == ()
    assert pa.array(roll(tables(), seed=1).cell).to_pylist() == []
