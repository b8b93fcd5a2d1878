"""An experiment keeps its plan, its outcome, its figure and its page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.lab.toy import Toy

from assay import cli
from assay.core.errors import BadConfig, UnknownName
from assay.core.loading import load_attribute
from assay.lab.experiment import EXPERIMENTS, SIZES, conduct, open_experiment
from assay.lab.figure import blank, save
from assay.lab.page import publish


def test_the_outcome_is_kept(tmp_path: Path) -> None:
    outcome = conduct(Toy(), "tiny", tmp_path)
    kept = json.loads((tmp_path / "outcome.json").read_text(encoding="utf-8"))
    assert kept == json.loads(json.dumps(outcome.record()))
    assert kept["figure"] == "figure.svg"
    assert "torch" in kept["machine"]
    assert conduct(Toy(), "tiny", tmp_path).headline == outcome.headline


@pytest.mark.parametrize(("size", "answer"), [("full", 2), ("tiny", 3)])
def test_a_folder_of_another_plan_is_left_alone(tmp_path: Path, size: str, answer: int) -> None:
    conduct(Toy(), "tiny", tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(BadConfig, match="another plan"):
        conduct(Toy(answer), size, tmp_path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_an_unknown_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="tiny or full"):
        conduct(Toy(), "huge", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_experiment_is_refused() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'forget'"):
        open_experiment("forgt")


@pytest.mark.parametrize("name", list(EXPERIMENTS))
def test_every_listed_experiment_says_what_it_plans(name: str) -> None:
    experiment = open_experiment(name)
    assert experiment.name == name
    assert experiment.reference
    assert experiment.question
    for size in SIZES:
        assert json.loads(json.dumps(experiment.plan(size)))


def test_the_page_has_the_plan_first_and_then_the_result(tmp_path: Path) -> None:
    page = publish(Toy(), "tiny", None, tmp_path / "docs")
    head = page.read_text(encoding="utf-8")
    assert "- steps: 1, 20,000" in head
    assert "Result" not in head
    outcome = conduct(Toy(), "tiny", tmp_path / "run")
    text = publish(Toy(), "tiny", outcome, tmp_path / "docs").read_text(encoding="utf-8")
    assert text.startswith(head)
    assert "| a | b\\|c |" in text
    assert "|  | 12,346 |" in text
    assert "(toy.svg)" in text
    assert "<svg" in (tmp_path / "docs" / "toy.svg").read_text(encoding="utf-8")


def test_what_a_person_wrote_stays_on_the_page(tmp_path: Path) -> None:
    page = publish(Toy(), "tiny", None, tmp_path)
    page.write_text(page.read_text() + "\n## Reading\n\nIt is two.\n", encoding="utf-8")
    outcome = conduct(Toy(), "tiny", tmp_path / "run")
    text = publish(Toy(), "tiny", outcome, tmp_path).read_text(encoding="utf-8")
    assert text.index("## Result") < text.index("## Reading\n\nIt is two.\n")
    assert publish(Toy(), "tiny", outcome, tmp_path).read_text(encoding="utf-8") == text


def test_the_same_figure_is_the_same_file(tmp_path: Path) -> None:
    def drawn(name: str) -> bytes:
        figure, axes = blank("x", "y")
        axes.plot([1, 2, 3], label="a line")
        return save(figure, tmp_path / "deep" / name).read_bytes()

    assert drawn("a.svg") == drawn("b.svg")
    assert b"a line" in drawn("a.svg")
    assert {file.name for file in (tmp_path / "deep").iterdir()} == {"a.svg", "b.svg"}


def test_the_command_lists_what_it_knows(capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["lab"]) == 0
    out = capfd.readouterr().out
    verbs = [name.partition(" ")[2] for name in cli.VERBS if name.startswith("lab ")]
    assert all(name in out for name in (*EXPERIMENTS, *verbs))
    assert cli.run(["lab", "--json"]) == 0
    assert set(json.loads(capfd.readouterr().out)) == {*EXPERIMENTS, *verbs}


@pytest.mark.parametrize("verb", list(cli.VERBS))
def test_every_verb_is_there(verb: str) -> None:
    assert load_attribute(cli.VERBS[verb].target) is not None


def test_the_command_refuses_what_it_cannot_do(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["lab", "forgt"]) == 2
    assert "Did you mean 'forget'" in capfd.readouterr().err
    assert cli.run(["lab", "forget", "--size", "huge", "--out", str(tmp_path / "a")]) == 2
    assert "tiny or full" in capfd.readouterr().err
    assert cli.run(["lab", "forget", "--size", "huge", "--plan"]) == 2
    file = tmp_path / "file"
    file.write_text("mine", encoding="utf-8")
    assert cli.run(["lab", "forget", "--out", str(file)]) == 2
    assert "is a file" in capfd.readouterr().err
    assert file.read_text(encoding="utf-8") == "mine"


def test_the_command_says_the_plan_and_runs_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["lab", "fuzzy", "--plan", "--docs", str(tmp_path / "docs")]) == 0
    assert "success" in json.loads(capfd.readouterr().out)
    assert (tmp_path / "docs" / "fuzzy.md").exists()
