"""A sealed suite is read back as made, judged without its truth, and refused when damaged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from assay.cli import run
from assay.core.errors import BadConfig, BadFormat, UnknownName, UsageError
from assay.formats.benchmarks import open_benchmark
from assay.lab.judgement import judgement_of, page
from assay.lab.judging import MINKPP, PEERS, TERMS, judge_host, judge_suite
from assay.lab.mix import Exposure, Mix
from assay.lab.planned import head
from assay.lab.suite import Suite, make_suite, mix_of, read_suite, read_truth
from assay.lab.tally import ASSAY

MIX = Mix(
    name="test",
    hosts=2,
    exposures=(Exposure(name="twice", copies=2, calibrated=True),),
    clean=1,
    kinds=("sums", "facts"),
    shape="nano",
    items=16,
    lessons=2,
    steps=8,
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("suite")
    make_suite(MIX, "seed", folder)
    return folder


@pytest.fixture(scope="module")
def judged(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(made, tmp_path_factory.mktemp("judged") / "suite"))
    judge_suite(folder)
    return folder


@pytest.fixture
def suite(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "suite"))


def test_a_suite_is_read_back_without_its_truth(suite: Path) -> None:
    read = read_suite(suite)
    assert read.mix == MIX
    assert len(read.cases) == MIX.cases
    assert set(read.cases[0].model_dump()) == {"id", "host", "kind", "split"}
    truth = read_truth(suite, read)
    assert sorted(one.name if one else "" for one in truth.values()) == ["", "", "twice", "twice"]


def test_benchmarks_are_what_an_evaluator_has(suite: Path) -> None:
    for file in sorted((suite / "benchmarks").iterdir()):
        benchmark = open_benchmark(str(file))
        assert len(benchmark.items) == MIX.items
        assert not benchmark.certificates
        assert not any(item.siblings for item in benchmark.items)


def test_a_finished_suite_is_not_made_again(suite: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in (suite / "models").rglob("*.safetensors")}
    make_suite(MIX, "seed", suite)
    assert before == {p: p.stat().st_mtime_ns for p in (suite / "models").rglob("*.safetensors")}


def test_another_seed_is_another_suite(suite: Path) -> None:
    before = (suite / "suite.json").read_bytes()
    with pytest.raises(BadConfig, match="another plan"):
        make_suite(MIX, "other", suite)
    assert (suite / "suite.json").read_bytes() == before


def test_judging_looks_at_no_truth_before_every_verdict_is_written(suite: Path) -> None:
    """Without the truth in the folder, a worker judges all the same."""
    (suite / "truth.jsonl").unlink()
    case = json.loads((suite / "suite.json").read_text())["cases"][0]
    cell = {"host": case["host"], "reference": False, "cases": [case]}
    row = judge_host(cell, folder=str(suite))["cases"][0]
    assert row["status"] in {"flagged", "clean", "undecided"}
    assert {MINKPP, "permutation", "dataset inference"} <= set(row["scores"])


def test_every_method_answers_every_case_and_the_page_says_so(judged: Path, tmp_path: Path) -> None:
    cases = judge_suite(judged)
    assert len(cases) == MIX.cases
    assert all(set(case.said) == {ASSAY, *PEERS} for case in cases)
    assert all(case.reference for case in cases)
    found = judgement_of(read_suite(judged), cases)
    assert found.wrong_flags.of == 2
    text = page(read_suite(judged), found, tmp_path / "docs").read_text()
    assert f"alpha {TERMS.alpha:g}" in text
    assert "twice" in text
    assert (tmp_path / "docs" / "suite.svg").read_text().startswith("<?xml")


def test_what_was_judged_is_not_judged_again(judged: Path) -> None:
    lines = (judged / "judging" / "results.jsonl").read_bytes()
    judge_suite(judged)
    assert (judged / "judging" / "results.jsonl").read_bytes() == lines


def edited(folder: Path, **changes: object) -> None:
    path = folder / "suite.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_suite_of_another_format_is_refused(suite: Path) -> None:
    edited(suite, format=99)
    with pytest.raises(BadFormat, match="format 99; this version reads"):
        read_suite(suite)


def test_no_suite_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no suite in"):
        read_suite(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, '{"format": NaN}', "\x00"])
def test_what_is_no_suite_is_refused(suite: Path, text: str) -> None:
    (suite / "suite.json").write_text(text)
    with pytest.raises(BadFormat):
        read_suite(suite)


def test_a_suite_that_points_elsewhere_is_refused(suite: Path) -> None:
    edited(suite, files={"../../etc/passwd": "0"})
    with pytest.raises(BadFormat, match="lies outside"):
        read_suite(suite)


def test_missing_truth_is_refused_before_anything_is_judged(suite: Path) -> None:
    (suite / "truth.jsonl").unlink()
    with pytest.raises(UsageError, match=r"truth\.jsonl: is missing"):
        judge_suite(suite)
    assert not (suite / "judging").exists()


@pytest.mark.parametrize("place", ["truth.jsonl", "benchmarks/m000c00.jsonl"])
def test_an_edited_file_is_refused(suite: Path, place: str) -> None:
    file = suite / place
    file.write_bytes(file.read_bytes().replace(b"1", b"2", 1))
    with pytest.raises(BadFormat, match="not the file that was sealed"):
        judge_suite(suite)


def test_a_damaged_model_is_refused(suite: Path) -> None:
    weights = next((suite / "models" / "m001").glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-7])
    with pytest.raises(BadFormat, match="not the file that was sealed"):
        read_suite(suite)


def test_truth_about_other_cases_is_refused(suite: Path) -> None:
    read = Suite.model_validate(read_suite(suite))
    lines = (suite / "truth.jsonl").read_text().splitlines()
    (suite / "truth.jsonl").write_text("\n".join(lines[1:]))
    with pytest.raises(BadFormat, match="about other cases"):
        read_truth(suite, read)


def test_a_seed_and_a_known_size_are_needed(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="tiny"):
        mix_of("tny")
    with pytest.raises(BadConfig, match="dealt by a seed"):
        make_suite(MIX, "  ", tmp_path)


def test_the_verbs_are_commands(judged: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lab", "judge-suite", str(judged), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["cases"] == MIX.cases
    assert set(record["balanced"]) == {ASSAY, *PEERS}
    assert run(["lab", "judge-suite", str(judged)]) == 0
    assert "balanced accuracy" in capsys.readouterr().out
    assert run(["lab", "judge-suite", str(judged / "none")]) == 2
    assert run(["lab", "suite", "--size", "vast", "--seed", "a", "--out", str(judged)]) == 2


@pytest.mark.slow
def test_the_tiny_suite_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "tiny")
    assert run(["lab", "suite", "--size", "tiny", "--seed", "a", "--out", out]) == 0
    assert "8 cases of 2 models" in capsys.readouterr().out
    assert run(["lab", "judge-suite", out, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["models"] == 2


def test_the_plan_of_the_judged_suite_stands_on_its_page() -> None:
    page_of = Path(__file__).parents[2] / "docs" / "experiments" / "suite.md"
    assert page_of.read_text().startswith(head(mix_of("full")))
