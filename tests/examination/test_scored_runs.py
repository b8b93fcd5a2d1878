"""Scores beside a run: read before anything is asked, judged with it, and found again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.examination.bundles import bundled, forged
from tests.examination.runs import asked, scripted, world
from tests.examination.runs import plan as any_plan

from assay.core.errors import BadConfig, BadFormat, IntegrityError
from assay.core.evidence import CorrectedScore
from assay.core.item import Benchmark
from assay.core.settings import Plan
from assay.examination import load_run, run
from assay.examination.prepare import check
from assay.examination.verify import Inputs, verify_run

ITEMS = 24
ANEW = "the verdict was found anew, number by number and word by word"


def plan(benchmark: Path, **options: Any) -> Plan:
    """Return a plan of one quick instrument."""
    return any_plan(benchmark, **{"instruments": ("siblings",)} | options)


def scored(
    folder: Path, benchmark: Benchmark, *, wrong: int = 6, siblings: int = 3
) -> dict[str, str]:
    """Write scores of all items and of a few siblings of each; returns the options."""
    ids = [item.id for item in benchmark.items]
    rows = [f"{name},{int(n >= wrong)}\n" for n, name in enumerate(ids)]
    marks = [" ".join(str((n + k) % 2) for k in range(siblings)) for n in range(len(ids))]
    (folder / "s.csv").write_text("id,correct\n" + "".join(rows))
    (folder / "sib.csv").write_text(
        "id,correct\n" + "".join(f"{n},{m}\n" for n, m in zip(ids, marks, strict=True))
    )
    return {"scores": str(folder / "s.csv"), "sibling_scores": str(folder / "sib.csv")}


def score_of(verdict: Any) -> CorrectedScore:
    assert isinstance(verdict.score, CorrectedScore)
    return verdict.score


def test_a_run_with_scores_and_its_folder(tmp_path: Path) -> None:
    benchmark, whole = world(tmp_path, items=ITEMS)
    verdict = run(plan(benchmark, **scored(tmp_path, whole)))
    score = score_of(verdict)
    assert (score.method, score.reported, score.items) == ("siblings", 0.75, ITEMS)
    assert load_run(tmp_path / "run")[0] == verdict
    assert run(plan(benchmark)).score is None


def test_other_scores_judge_anew_and_ask_nothing(tmp_path: Path) -> None:
    benchmark, whole = world(tmp_path, items=ITEMS)
    options = scored(tmp_path, whole)
    given = plan(benchmark, **options)
    inputs, first = check(given), run(given)
    before = asked(tmp_path)
    scored(tmp_path, whole, wrong=12)
    assert check(given) != inputs  # a finished claim of a plan is not kept
    second = run(given)
    assert asked(tmp_path) == before
    assert score_of(second).reported == 0.5
    assert (second.seed, second.runs, second.totals) == (first.seed, first.runs, first.totals)


def test_the_half_that_was_held_back(tmp_path: Path) -> None:
    benchmark, whole = world(tmp_path, items=ITEMS)
    options = scored(tmp_path, whole)
    verdict = run(plan(benchmark, split=5, instruments=("logprob.loss",), scores=options["scores"]))
    assert score_of(verdict).method == "split"
    assert score_of(verdict).items == ITEMS / 2


@pytest.mark.parametrize("fault", ["id", "value", "gap"])
def test_bad_scores_stop_a_run_before_it_begins(tmp_path: Path, fault: str) -> None:
    benchmark, whole = world(tmp_path, items=ITEMS)
    options = scored(tmp_path, whole)
    good = run(plan(benchmark, **options))
    files = {p: p.read_bytes() for p in (tmp_path / "run").iterdir() if p.suffix == ".json"}
    before, path = asked(tmp_path), tmp_path / "s.csv"
    text = path.read_text()
    rows = text.splitlines(keepends=True)
    bad = {
        "id": f"{text}zz,1\nyy,1\n",
        "value": text.replace(",1", ",0.5", 1),
        "gap": "".join(rows[:-3]),
    }
    path.write_text(bad[fault])
    for call in (run, check):
        with pytest.raises(BadFormat) as error:
            call(plan(benchmark, **options))
        assert str(path) in str(error.value)
    assert {"id": "'zz'", "value": "neither 0 nor 1", "gap": "3 of 24"}[fault] in str(error.value)
    assert asked(tmp_path) == before
    assert all(p.read_bytes() == content for p, content in files.items())
    path.write_text(text)
    assert run(plan(benchmark, **options)) == good


def verified(path: Path, benchmark: Path, **options: str | None) -> tuple[str, ...]:
    return verify_run(path, inputs=Inputs(benchmark=str(benchmark), **options)).verified


def test_a_bundle_needs_its_files_of_scores(tmp_path: Path) -> None:
    benchmark, whole = world(tmp_path, items=ITEMS)
    options = scored(tmp_path, whole)
    path = bundled(tmp_path, plan(benchmark, model=scripted(seed=4), **options))
    assert ANEW in verified(path, benchmark, **options)
    trusted = verify_run(path).trusted
    assert any("corrected score" in line for line in trusted)
    with pytest.raises(BadConfig, match="add --sibling-scores FILE"):
        verified(path, benchmark, scores=options["scores"])
    scored(tmp_path, whole, wrong=7)
    with pytest.raises(IntegrityError, match="scores are not those"):
        verified(path, benchmark, **options)


def test_a_forged_score_is_found(tmp_path: Path) -> None:
    benchmark, whole = world(tmp_path, items=ITEMS)
    options = scored(tmp_path, whole)
    path = bundled(tmp_path, plan(benchmark, model=scripted(seed=4), **options))

    def flattered(record: Any) -> None:
        record["score"]["corrected"]["value"] += 0.2

    with pytest.raises(IntegrityError, match=r"score\.corrected\.value"):
        verified(forged(path, "verdict.json", flattered), benchmark, **options)

    def dropped(record: Any) -> None:
        record["score"] = None

    with pytest.raises(IntegrityError, match="scores are not those"):
        verified(forged(path, "verdict.json", dropped), benchmark, **options)
