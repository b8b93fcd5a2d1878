"""`assay traffic simulate`: where the log goes, and what is refused."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assay.traffic.schema import COLUMNS

Runner = Callable[..., Any]
SMALL = ("traffic", "simulate", "--accounts", "60", "--days", "1")


class Terminal(io.TextIOWrapper):
    """A standard output that people look at."""

    def isatty(self) -> bool:
        """Say yes."""
        return True


def test_a_pipe_gets_an_arrow_stream() -> None:
    command = [sys.executable, "-m", "assay", *SMALL, "--campaigns", "none"]
    done = subprocess.run(command, capture_output=True, check=True)
    table = pa.ipc.open_stream(done.stdout).read_all()
    assert table.column_names == [one.name for one in COLUMNS]
    assert f"{table.num_rows:,} requests of 60 accounts, seed 0" in done.stderr.decode()


def test_files_hold_the_log_and_apart_from_it_the_truth(here: Runner, tmp_path: Path) -> None:
    log, truth = tmp_path / "week.parquet", tmp_path / "truth.parquet"
    said = here(*SMALL, "--campaigns", "template:accounts=5", "--out", str(log),
                "--truth", str(truth))  # fmt: skip
    assert (said.code, said.out) == (0, "")
    assert pq.read_schema(log).names == [one.name for one in COLUMNS]
    told = pq.read_table(truth)
    assert told.column_names == ["account", "class", "campaign", "group", "hard", "origin"]
    assert told["class"].to_pylist().count("distillation") == 5


def test_a_terminal_gets_nothing(here: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", Terminal(shown, write_through=True))
    assert here(*SMALL).code == 2
    assert shown.getvalue() == b""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--preset", "weak"), "unknown preset 'weak'. Did you mean 'week'?"),
        (("--campaigns", "relays"), "unknown campaign 'relays'. Did you mean 'relay'?"),
        (("--campaigns", "relay:accounts=60"), "accounts=60: the campaigns alone have 60"),
        (("--out", "week.csv"), "week.csv: a Parquet file is written"),
        (("--traces", "nowhere"), "traces.parquet: cannot be read as a trace"),
        (("--vetted", "1.2"), "--vetted"),
    ],
)
def test_what_is_impossible_is_said(here: Runner, options: tuple[str, ...], said: str) -> None:
    done = here(*SMALL, *options)
    assert done.code == 2
    assert said in done.err
    assert "next:" in done.err
