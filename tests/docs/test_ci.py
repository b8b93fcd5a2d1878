"""The workflow's shell steps, run as they stand, with this assay and a model of rules."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from tests.conformance.world import build, published_texts, write, write_known

from assay.examination.plans import read_plan
from assay.store.signing import make_key

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / "docs/ci/assay.yml"
PAGE = ROOT / "docs/ci.md"


def workflow() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    return read


def steps() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = workflow()["jobs"]["examine"]["steps"]
    return found


def job(folder: Path, **values: str) -> list[tuple[str, int, str]]:
    """Run the steps as a runner does; returns name, exit code and output of each that was run."""
    given = {name: str(value) for name, value in workflow()["env"].items()}
    own = {
        # The package is installed here: pip has to find that, and nothing else.
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PIP_NO_INDEX": "1",
        "HOME": str(folder),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "RUNNER_TEMP": str(folder),
        "ASSAY": "assay",
        "SIGNING_KEY": "",
        "OPENAI_API_KEY": "",
    }
    done, failed = [], False
    for step in steps():
        if "run" not in step or (failed and "always()" not in step.get("if", "")):
            continue
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        ended = subprocess.run(
            shell, cwd=folder, env=given | own | values, capture_output=True, text=True, check=False
        )
        failed = failed or ended.returncode != 0
        done.append((step["name"], ended.returncode, ended.stdout + ended.stderr))
    return done


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a repository with a benchmark and the texts of it that a model has read."""
    (tmp_path / "benchmarks").mkdir()
    benchmark = build(1, items=24, siblings=9, options=3)
    write(tmp_path / "benchmarks", benchmark, name="ours")
    write_known(tmp_path, published_texts(benchmark))
    return tmp_path


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="the steps are bash")
def test_a_model_that_saw_the_benchmark_fails_the_job(checkout: Path) -> None:
    make_key(checkout / "k")
    model = "scripted:knows=known.jsonl,strength=0.9"
    secret = (checkout / "k").read_text()
    done = job(checkout, MODEL=model, OPTIONS="", SIGNING_KEY=secret)
    assert [(name, code) for name, code, _ in done] == [
        ("Install", 0),
        ("Examine", 10),
        ("Summary", 0),
        ("Sign", 0),
    ], done
    assert "FLAGGED" in (checkout / "summary.md").read_text()
    assert "Verified" in done[-1][2]
    assert (checkout / "assay-run.assay.zip").exists()
    assert not (checkout / "assay.key").exists()
    suites = ET.parse(checkout / "assay-junit.xml").getroot()  # noqa: S314 - written by us
    assert suites.get("failures") != "0"
    log = json.loads((checkout / "assay.sarif").read_text())
    assert any(one.get("level") == "error" for one in log["runs"][0]["results"])


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="the steps are bash")
def test_a_model_that_did_not_passes_it(checkout: Path) -> None:
    done = job(checkout, MODEL="scripted:clean", OPTIONS="--budget 9000calls")
    assert [code for _, code, _ in done] == [0, 0, 0, 0], done
    assert not (checkout / "assay-run.assay.zip").exists()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="the steps are bash")
def test_a_mistake_fails_it_and_leaves_nothing(checkout: Path) -> None:
    done = job(checkout, MODEL="scripted:clean", OPTIONS="--bugdet 5usd")
    assert [code for _, code, _ in done] == [0, 2, 0, 0], done
    assert not (checkout / "summary.md").exists()


def test_what_is_uploaded_is_what_is_written() -> None:
    written = " ".join(step["run"] for step in steps() if "run" in step)
    uploads = [step["with"] for step in steps() if "upload" in step.get("uses", "")]
    paths = [path for one in uploads for path in (one.get("path") or one["sarif_file"]).split()]
    assert len(paths) == 5
    assert all(path.split("/")[0] in written for path in paths)


def test_the_plan_of_the_page_is_read(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]
    (tmp_path / "plan.toml").write_text(text, encoding="utf-8")
    family = read_plan(tmp_path / "plan.toml")
    assert len(family.claims) == 5
    assert family.q == 0.01
