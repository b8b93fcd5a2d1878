"""A scan as a whole: from a log to records, and what it says where it can say nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.traffic.weighing import EVEN

from assay.cli import run
from assay.cli.exits import Exit
from assay.core.cases import Scan
from assay.core.errors import BadConfig
from assay.core.evidence import Status
from assay.traffic.load import Loaded, read
from assay.traffic.scan import Asked, scan
from assay.traffic.simulate.mixture import campaigns_of
from assay.traffic.simulate.week import Week, simulate
from assay.traffic.simulate.writing import write_parquet

LATER = ("accounts", "linkage", "clusters", "evidence")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three days of 80 accounts, twenty of them a template campaign."""
    path = tmp_path_factory.mktemp("log") / "week.parquet"
    campaigns = campaigns_of("template:accounts=20")
    write_parquet(simulate(Week(accounts=80, days=3, campaigns=campaigns, seed=3)), path)
    return path


@pytest.fixture(scope="module")
def loaded(log: Path) -> Iterator[Loaded]:
    found = read([log])
    yield found
    found.requests.close()


def scanned(path: Path) -> Scan:
    less = read([path])
    found = scan(less, Asked(), learned=EVEN)
    less.requests.close()
    return found


def test_each_stage_says_what_it_did_or_why_it_abstains(loaded: Loaded) -> None:
    found = scan(loaded, Asked(), learned=EVEN)
    assert [one.name for one in found.stages] == ["features", *LATER]
    assert all(one.says or one.abstained for one in found.stages)
    assert found.read.rows == loaded.rows
    assert found.split == "2026-03-02"
    assert found.status is not Status.FLAGGED
    few = next(one for one in found.stages if one.name == "evidence")
    assert few.abstained


@pytest.mark.slow
def test_without_vetted_accounts_nobody_is_flagged_and_it_says_how_many_would_do(
    loaded: Loaded, tmp_path: Path
) -> None:
    plain = tmp_path / "plain.parquet"
    loaded.requests.sql("SELECT * REPLACE (NULL::VARCHAR AS vetted) FROM requests").write_parquet(
        str(plain)
    )
    found = scanned(plain)
    accounts = next(one for one in found.stages if one.name == "accounts")
    assert "no account was vetted" in accounts.abstained
    assert "0 customers are vetted, " in accounts.abstained
    assert (found.flagged, found.status) == (0, Status.UNDECIDED)


def test_without_linkage_no_cluster_is_formed(loaded: Loaded, tmp_path: Path) -> None:
    bare = tmp_path / "bare.parquet"
    keep = "time, account, model, output_tokens, status, vetted"
    loaded.requests.sql("FROM requests").project(keep).write_parquet(str(bare))
    found = scanned(bare)
    linkage = next(one for one in found.stages if one.name == "linkage")
    assert "no account can be linked" in linkage.abstained
    assert (found.clusters, found.cases) == (0, ())


@pytest.mark.parametrize("wrong", [{"q": 0.0}, {"q": 1.0}, {"prevalence": -1.0}])
def test_impossible_rates_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BadConfig, match="above 0 and below 1"):
        Asked(**wrong)  # type: ignore[arg-type]


def test_command_writes_the_record_the_pages_and_the_indicators(
    log: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    out = tmp_path / "case"
    asked = ["traffic", "scan", str(log), "--out", str(out), "--json", "--split-day", "2026-03-03"]
    code = run(asked)
    said = capsysbinary.readouterr()
    record = Scan.model_validate_json(said.out)
    assert code == {Status.FLAGGED: Exit.FLAGGED, Status.UNDECIDED: Exit.UNDECIDED}[record.status]
    assert record.split == "2026-03-03"
    assert b"What it cannot see" in said.err
    assert {"index.html", "scan.json", "indicators.json"} <= {one.name for one in out.iterdir()}
    assert json.loads((out / "indicators.json").read_bytes())["type"] == "bundle"


def test_command_refuses_a_log_that_is_not_there() -> None:
    assert run(["traffic", "scan", "nowhere.parquet"]) == Exit.USAGE
