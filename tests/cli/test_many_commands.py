"""`examine --plan`, `compare`, `keygen`, `bundle`, `verify-run`: from files to exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from assay.report.schema import SCHEMAS

Runner = Callable[..., Any]


@pytest.fixture
def plan(benchmark_file: Path, knowing: str, tmp_path: Path) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(
        f"q = 0.02\nout = '{tmp_path / 'runs'}'\n"
        "[defaults]\nsplit = 3\ninstruments = ['logprob.loss']\n"
        f"[matrix]\nbenchmarks = ['{benchmark_file}']\nmodels = ['{knowing}', 'scripted:clean']\n"
    )
    return path


def test_a_plan_from_file_to_exit_code(here: Runner, plan: Path, tmp_path: Path) -> None:
    said = here("examine", "--plan", str(plan), "--json")
    assert said.code == 10
    record = json.loads(said.out)
    jsonschema.validate(record, SCHEMAS["comparison"](), cls=jsonschema.Draft202012Validator)
    assert [claim["flagged"] for claim in record["claims"]] == [True, False]
    assert "1 of 2 claims" in said.err
    reports = list((tmp_path / "runs").glob("*/report.html"))
    assert len(reports) == 2
    again = here("examine", "--plan", str(plan), "--json")
    assert (again.code, again.out) == (10, said.out)
    assert again.err.count("finished before") == 2
    assert here("examine", "--plan", str(plan), "--fail-on", "undecided").code == 11
    assert here("examine", "--plan", str(plan), "--fail-on", "none").code == 0

    folders = sorted(str(path.parent) for path in reports)
    compared = here("compare", *folders, "--json", "--q", "0.02")
    assert compared.code == 10
    assert [c["e_value"] for c in json.loads(compared.out)["claims"]] == [
        claim["e_value"] for claim in record["claims"]
    ]
    assert here("compare", *folders, "--q", "2").code == 2
    assert here("compare", str(tmp_path / "nowhere")).code == 2
    assert here("compare").code == 2


def test_what_stands_in_the_plan_stands_there_alone(here: Runner, plan: Path) -> None:
    said = here("examine", "--plan", str(plan), "--split", "3")
    assert said.code == 2
    assert "split stands in the file" in said.err
    said = here("examine", "humaneval", "--plan", str(plan))
    assert (said.code, "benchmark stands in the file" in said.err) == (2, True)


def test_a_plan_with_a_typo_spends_nothing(here: Runner, plan: Path, tmp_path: Path) -> None:
    plan.write_text(plan.read_text().replace("instruments", "instrumnts"))
    said = here("examine", "--plan", str(plan))
    assert said.code == 2
    assert f"{plan}:5" in said.err
    assert "did you mean 'instruments'" in said.err
    assert not (tmp_path / "runs").exists()


def test_a_dry_run_of_a_plan(here: Runner, plan: Path, tmp_path: Path) -> None:
    said = here("examine", "--plan", str(plan), "--dry-run")
    assert said.code == 0
    assert said.err.count("Dry run") == 2
    assert not (tmp_path / "runs").exists()


def test_a_claim_that_could_not_be_examined_fails_the_job(
    here: Runner, plan: Path, tmp_path: Path
) -> None:
    held = tmp_path / "held"
    held.write_text("a file where the claim's folder would be")
    text = plan.read_text().replace(str(tmp_path / "runs"), str(held))
    plan.write_text(text)
    said = here("examine", "--plan", str(plan), "--fail-on", "none")
    assert said.code in {2, 4}
    assert "held" in said.err


def test_a_bundle_from_key_to_verification(
    here: Runner, plan: Path, benchmark_file: Path, tmp_path: Path
) -> None:
    here("examine", "--plan", str(plan))
    folder = next((tmp_path / "runs").glob("*clean*"))
    key, bundle = tmp_path / "key", tmp_path / "run.assay.zip"
    assert here("keygen", str(key)).code == 0
    again = here("keygen", str(key))
    assert (again.code, "already" in again.err) == (2, True)
    made = here("bundle", str(folder), "--key", str(key), "-o", str(bundle), "--with-replies")
    assert (made.code, str(bundle) in made.out) == (0, True)
    asked = ("verify-run", str(bundle), "--public-key", f"{key}.pub")
    said = here(*asked, "--benchmark", str(benchmark_file))
    assert said.code == 0
    assert "word by word" in said.out
    assert "Taken on trust" in said.out
    record = json.loads(here(*asked, "--json").out)
    assert record["record"] == "verification"
    assert any("--benchmark" in line for line in record["trusted"])
    raw = bytearray(bundle.read_bytes())
    raw[len(raw) // 2] ^= 1
    bundle.write_bytes(bytes(raw))
    broken = here(*asked)
    assert broken.code == 70
    assert "integrity" in broken.err
    assert here("bundle", str(folder), "--key", str(tmp_path / "none")).code == 2
