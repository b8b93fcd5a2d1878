"""`assay examine --scores`: from a file of scores to a line in the verdict, or to exit code 2."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assay.cli.plans import command_of
from assay.core.settings import Plan

Runner = Callable[..., Any]


@pytest.fixture(name="asked")
def _asked(benchmark_file: Path, tmp_path: Path) -> tuple[str, ...]:
    rows = "".join(f"item-{n},{int(n % 3 > 0)}\n" for n in range(60))
    (tmp_path / "s.csv").write_text(f"id,correct\n{rows}")
    out = str(tmp_path / "run")
    return (
        "examine", str(benchmark_file), "--model", "scripted:clean", "--split", "3", "--out", out,
        "--instrument", "logprob.loss", "--scores", str(tmp_path / "s.csv"),
    )  # fmt: skip


def test_a_score_in_the_verdict(here: Runner, asked: tuple[str, ...], tmp_path: Path) -> None:
    said = here(*asked, "--json")
    assert said.code == 11
    score = json.loads(said.out)["score"]
    assert (score["method"], score["items"]) == ("split", 30)
    assert "reported against clean (split)" in said.err
    assert "on clean items it would be" in json.loads(said.out)["headline"]
    assert "--scores" in (tmp_path / "run" / "report.html").read_text()


def test_honeypots_enter_no_score(
    here: Runner, asked: tuple[str, ...], benchmark_file: Path, tmp_path: Path
) -> None:
    secret = {"id": "item-1", "context": "Which is the code?", "secret": "a", "alternatives": ["b"]}
    record = {"honeypots": [secret], "conflicts": ["item-2"]}
    beside = benchmark_file.with_name(f"{benchmark_file.stem}.assay.json")
    beside.write_text(json.dumps(record))
    said = here(*asked, "--json")
    assert said.code == 11
    assert json.loads(said.out)["score"]["items"] == 29
    path = tmp_path / "s.csv"  # another grade of a honeypot is no other score
    path.write_text(path.read_text().replace("item-1,1", "item-1,0"))
    again = here(*asked[:-1], str(path), "--out", str(tmp_path / "again"), "--json")
    assert json.loads(again.out)["score"] == json.loads(said.out)["score"]


def test_scores_of_something_else(here: Runner, asked: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text(path.read_text() + "other-1,1\nother-2,0\n")
    said = here(*asked)
    assert said.code == 2
    assert "s.csv:62: 'other-1' is no item that is scored here; 2 such in the file" in said.err
    assert "next:" in said.err
    assert not (tmp_path / "run" / "verdict.json").exists()


@pytest.mark.parametrize("option", ["--sibling-scores", "--others", "--metric"])
def test_what_says_nothing_without_scores(
    here: Runner, asked: tuple[str, ...], option: str
) -> None:
    said = here(*asked[:-2], option, "x")
    assert said.code == 2
    assert f"{option} x: says nothing without scores" in said.err


def test_the_command_comes_back() -> None:
    plan = Plan(benchmark="b", model="m", scores="s.csv", sibling_scores="t.csv", metric="acc")
    assert command_of(plan) == (
        "assay examine b --model m --scores s.csv --sibling-scores t.csv --metric acc"
    )
