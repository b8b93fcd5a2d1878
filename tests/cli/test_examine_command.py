"""`assay examine` and `assay show`, from files to exit codes, with a model of rules."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from assay.cli.plans import command_of
from assay.core.settings import Plan
from assay.report.schema import SCHEMAS

Runner = Callable[..., Any]


@pytest.fixture
def asked(benchmark_file: Path, tmp_path: Path) -> tuple[str, ...]:
    out = str(tmp_path / "run")
    return ("examine", str(benchmark_file), "--split", "3", "--out", out, "--model")


def valid(kind: str, record: Any) -> None:
    jsonschema.validate(record, SCHEMAS[kind](), cls=jsonschema.Draft202012Validator)


def test_flagged(here: Runner, asked: tuple[str, ...], knowing: str, tmp_path: Path) -> None:
    said = here(*asked, knowing, "--instrument", "logprob.loss", "--json")
    assert said.code == 10
    assert "FLAGGED" in said.err
    verdict = json.loads(said.out)
    valid("verdict", verdict)
    assert verdict["status"] == "flagged"
    assert json.loads((tmp_path / "run" / "verdict.json").read_text()) == verdict
    for line in (tmp_path / "run" / "evidence.jsonl").read_text().splitlines():
        valid("evidence", json.loads(line))
    assert "assay examine" in (tmp_path / "run" / "report.html").read_text()

    again = here("show", str(tmp_path / "run"), "--json")
    assert (again.code, again.out) == (0, said.out)
    shown = here("show", str(tmp_path / "run"))
    assert "FLAGGED" in shown.out
    (tmp_path / "run" / "report.html").unlink()
    assert here("show", str(tmp_path / "run"), "--html").code == 0
    assert (tmp_path / "run" / "report.html").exists()


@pytest.mark.parametrize(
    ("fail_on", "code"),
    [
        ("flagged,undecided", 11),
        ("undecided", 11),
        ("flagged", 0),
        ("none", 0),
        ("clean", 0),
    ],
)
def test_fail_on(here: Runner, asked: tuple[str, ...], fail_on: str, code: int) -> None:
    said = here(*asked, "scripted:clean", "--instrument", "logprob.loss", "--fail-on", fail_on)
    assert said.code == code
    assert "UNDECIDED" in said.err
    assert said.out == ""


def test_dry_run_asks_nothing(here: Runner, asked: tuple[str, ...], tmp_path: Path) -> None:
    said = here(*asked, "scripted:clean", "--dry-run", "--json")
    assert said.code == 0
    assert json.loads(said.out)["suspects"] == 30
    people = here(*asked, "scripted:clean", "--dry-run")
    assert "Dry run" in people.err
    assert people.out == ""
    assert not (tmp_path / "run" / "verdict.json").exists()


def test_no_file_where_the_folder_should_be(here: Runner, asked: tuple[str, ...]) -> None:
    said = here(*asked, "scripted:clean", "--out", "/dev/null/run")
    assert said.code in {2, 4}
    assert "/dev/null/run" in said.err
    assert "Traceback" not in said.err


@pytest.mark.slow
def test_interrupted_says_that_it_resumes(asked: tuple[str, ...], tmp_path: Path) -> None:
    # A background job of a script starts with interrupts ignored; a person's terminal does not.
    heard = ("env", "--default-signal=INT")
    child = subprocess.Popen(
        [*heard, sys.executable, "-m", "assay", *asked, "scripted:clean,delay=0.3"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    ledger = tmp_path / "run" / "ledger.sqlite"
    until = time.monotonic() + 40
    while not ledger.exists() and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.5)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=30)
    assert child.returncode == 130
    assert "the same command resumes" in err
    assert "Traceback" not in err


def test_command_of_a_plan_is_its_options(here: Runner, asked: tuple[str, ...]) -> None:
    plan = Plan(
        benchmark="my bench.jsonl",
        model="scripted:clean",
        fields={"statement": "body"},
        parameters={"order.shuffles": "999"},
        full=True,
        alpha=0.05,
        out="somewhere",
    )
    assert command_of(plan) == (
        "assay examine 'my bench.jsonl' --model scripted:clean --field statement=body "
        "--set order.shuffles=999 --alpha 0.05 --full"
    )
    help_text = here(asked[0], "--help").out
    repeated = {"instruments": "instrument", "fields": "field", "parameters": "set"}
    repeated["model_args"] = "model-arg"
    for name in set(Plan.model_fields) - {"benchmark"}:
        assert f"--{repeated.get(name, name).replace('_', '-')}" in help_text
