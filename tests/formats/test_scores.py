"""Files of graded answers: every form that is read, and everything that is refused."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from assay.core.errors import BadConfig, BadFormat, UnknownName, UsageError
from assay.core.item import Item
from assay.core.scores import Scores
from assay.formats.scores import ScoreFiles, open_scores

ITEMS = tuple(
    Item(id=f"q{n}", statement=f"What is {n} and {n}?", answer=str(2 * n), siblings=("a", "b", "c"))
    for n in range(4)
)
HELD = tuple(Item(id=f"h{n}", statement=f"What is {n} times {n}?") for n in range(3))
RIGHT = {"q0": True, "q1": False, "q2": True, "q3": True}
CSV = "id,correct\nq0,1\nq1,0\nq2,true\nq3,1.0\n"


def put(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def read(folder: Path, name: str, text: str, metric: str = "") -> Scores:
    scores = open_scores(ScoreFiles(scores=put(folder, name, text), metric=metric), ITEMS, HELD)
    assert scores is not None
    return scores


def refused(folder: Path, name: str, text: str, *said: str) -> None:
    path = folder / name
    with pytest.raises(BadFormat) as error:
        read(folder, name, text)
    assert str(path) in str(error.value)
    for words in said:
        assert words in str(error.value)
    assert path.read_text(encoding="utf-8") == text


def lines(rows: list[dict[str, object]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_rows_of_id_and_correct(tmp_path: Path) -> None:
    scores = read(tmp_path, "s.csv", CSV)
    assert (scores.suspects, scores.controls) == (RIGHT, {})
    assert scores.reported == 0.75
    rows = [{"correct": mark, "id": name, "note": "x"} for name, mark in RIGHT.items()]
    assert read(tmp_path, "s.jsonl", lines(list(reversed(rows)))).digest == scores.digest
    assert read(tmp_path, "s.json", json.dumps(rows)) == scores


def test_controls_are_scored_whole_or_not_at_all(tmp_path: Path) -> None:
    held = "h0,1\nh1,1\nh2,0\n"
    assert read(tmp_path, "s.csv", CSV + held).controls == {"h0": True, "h1": True, "h2": False}
    refused(tmp_path, "t.csv", CSV + "h0,1\n", "2 of 3 items are not there", "'h1'")


@pytest.mark.parametrize("mark", ["nan", "NaN", "0.5", "2", "-1", "yes", "", "1e400", "P"])
def test_a_mark_is_right_or_wrong(tmp_path: Path, mark: str) -> None:
    refused(tmp_path, "s.csv", CSV.replace("q1,0", f"q1,{mark}"), "s.csv:3", "neither 0 nor 1")


def test_ids_that_are_not_there(tmp_path: Path) -> None:
    refused(tmp_path, "s.csv", CSV + "zz,1\nyy,0\n", "s.csv:6", "'zz'", "2 such in the file")
    refused(tmp_path, "s.csv", CSV.replace("q1,0\n", ""), "1 of 4 items", "'q1'")
    refused(tmp_path, "s.csv", CSV + "q0,1\n", "s.csv:6", "'q0' is graded on line 2 already")


def test_files_that_hold_nothing_of_use(tmp_path: Path) -> None:
    refused(tmp_path, "s.csv", "id,correct\n", "holds no graded answers")
    refused(tmp_path, "s.csv", "name,correct\nq0,1\n", "'id' is missing")
    refused(tmp_path, "s.csv", "id\nq0\n", "no row is graded")
    refused(tmp_path, "s.txt", CSV, "ending")
    refused(tmp_path, "s.jsonl", '{"id": "q0", "correct": NaN}\n', "NaN")
    with pytest.raises(UsageError, match="no such file"):
        open_scores(ScoreFiles(scores=str(tmp_path / "none.csv")), ITEMS, ())


def test_one_metric_of_several_has_to_be_named(tmp_path: Path) -> None:
    text = "id,acc,acc_norm\n" + "".join(f"{i.id},{n % 2},1\n" for n, i in enumerate(ITEMS))
    refused(tmp_path, "s.csv", text, "several metrics: 'acc', 'acc_norm'", "--metric")
    assert read(tmp_path, "s.csv", text, metric="acc").reported == 0.5
    with pytest.raises(UnknownName, match="Did you mean"):
        read(tmp_path, "s.csv", text, metric="acc_nrm")


def sample(number: int, mark: object, **more: object) -> dict[str, object]:
    """A sample as Inspect writes it."""
    return {
        "id": number + 1,
        "epoch": 1,
        "input": ITEMS[number].statement,
        "target": ITEMS[number].answer,
        "scores": {"match": {"value": mark, "answer": "7"}},
    } | more


def log(samples: list[dict[str, object]]) -> str:
    return json.dumps(
        {"version": 2, "status": "success", "eval": {"task": "t"}, "samples": samples}
    )


def test_a_log_of_inspect_is_matched_by_what_was_asked(tmp_path: Path) -> None:
    marks = ["C", "I", 1, 1.0]
    samples = [sample(n, mark) for n, mark in enumerate(marks)]
    chat = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What is 1 and 1?"},
    ]
    samples[1]["input"] = chat
    assert read(tmp_path, "log.json", log(samples)).suspects == RIGHT
    by_id = [row | {"id": f"q{n}", "input": "a prompt"} for n, row in enumerate(samples)]
    assert read(tmp_path, "log.json", log(by_id)).suspects == RIGHT


def test_logs_of_inspect_that_cannot_be_used(tmp_path: Path) -> None:
    whole = [sample(n, "C") for n in range(4)]
    refused(tmp_path, "l.json", log([*whole[:3], sample(3, "P")]), "neither 0 nor 1")
    refused(tmp_path, "l.json", log([*whole, sample(0, "I", epoch=2)]), "epoch 2")
    refused(tmp_path, "l.json", log([*whole[:3], sample(3, "C", scores=None)]), "was not scored")
    refused(tmp_path, "l.json", json.dumps({"eval": {}, "status": "error"}), "without samples")
    two = {"match": {"value": "C"}, "model": {"value": "I"}}
    refused(tmp_path, "l.json", log([sample(n, "C", scores=two) for n in range(4)]), "several")
    refused(tmp_path, "l.json", log(whole[:3]), "1 of 4 items", "'q3'")
    swapped = [row | {"id": f"q{(n + 1) % 4}"} for n, row in enumerate(whole)]
    refused(tmp_path, "l.json", log(swapped), "its id is 'q1', but it asks what 'q0' asks")


def test_an_eval_archive_of_inspect(tmp_path: Path) -> None:
    """As Inspect itself writes it."""
    logs = pytest.importorskip("inspect_ai.log")
    from_json = tmp_path / "log.json"
    made = {
        "version": 2,
        "status": "success",
        "eval": {
            "created": "2026-01-01T00:00:00+00:00", "task": "t", "model": "m",
            "dataset": {"name": "d"}, "config": {}, "run_id": "r", "task_id": "i",
        },
        "samples": [
            sample(n, mark, choices=None) for n, mark in enumerate(["C", "I", "C", "C"])
        ],
    }  # fmt: skip
    from_json.write_text(json.dumps(made))
    path = tmp_path / "log.eval"
    logs.write_eval_log(logs.read_eval_log(str(from_json)), str(path), format="eval")
    scores = open_scores(ScoreFiles(scores=str(path)), ITEMS, ())
    assert scores is not None
    assert scores.suspects == RIGHT


def test_archives_that_are_no_logs(tmp_path: Path) -> None:
    pytest.importorskip("inspect_ai.log")
    path = tmp_path / "log.eval"
    path.write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(BadFormat, match=r"log\.eval: is no log"):
        open_scores(ScoreFiles(scores=str(path)), ITEMS, ())
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("summaries.json", '[{"id": "q0"}]')
    with pytest.raises(BadFormat, match="Inspect cannot read it"):
        open_scores(ScoreFiles(scores=str(path)), ITEMS, ())


def test_an_archive_that_expands_to_anything_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "log.eval"
    deflated = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
    with deflated as archive, archive.open("summaries.json", "w") as member:
        for _ in range(260):
            member.write(b"0" * 2**20)
    with pytest.raises(BadFormat, match="more than can be read"):
        open_scores(ScoreFiles(scores=str(path)), ITEMS, ())


def graded(number: int, **more: object) -> dict[str, object]:
    """A row as lm-eval writes it."""
    return {
        "doc_id": number,
        "doc": {"question": ITEMS[number].statement, "answer": ITEMS[number].answer},
        "target": "7",
        "filter": "none",
        "metrics": ["acc"],
        "doc_hash": "ab",
        "acc": float(RIGHT[f"q{number}"]),
    } | more


def test_samples_of_lm_eval(tmp_path: Path) -> None:
    rows = [graded(n) for n in range(4)]
    assert read(tmp_path, "samples.jsonl", lines(rows)).suspects == RIGHT
    filters = [
        graded(n, filter=name, metrics=["exact_match"], exact_match=mark)
        for name, mark in (("strict-match", 0.0), ("flexible-extract", 1.0))
        for n in range(4)
    ]
    named = read(tmp_path, "s.jsonl", lines(filters), metric="exact_match,strict-match")
    assert named.reported == 0.0
    refused(tmp_path, "s.jsonl", lines(filters), "several metrics")
    refused(tmp_path, "s.jsonl", lines([*rows, graded(0)]), "stands on line 1 already")
    refused(tmp_path, "s.jsonl", lines([*rows[:3], graded(3, acc=0.5)]), "neither 0 nor 1")
    refused(tmp_path, "s.jsonl", lines([*rows[:3], graded(3, metrics="acc")]), "no list of names")
    refused(tmp_path, "s.jsonl", lines([*rows[:3], graded(3, doc_id=True)]), "no number")
    refused(tmp_path, "s.jsonl", lines([*rows[:3], graded(3, doc="x")]), "no object")
    other = graded(3, doc={"question": "Who?", "answer": "7"})
    refused(tmp_path, "s.jsonl", lines([*rows[:3], other]), "'Who?'", "1 such")
    own = [graded(n, doc={"id": f"q{n}", "cue": "?"}) for n in range(4)]
    assert read(tmp_path, "s.jsonl", lines(own)).suspects == RIGHT


def test_honeypots_are_read_and_in_no_score(tmp_path: Path) -> None:
    planted = (Item(id="pot", statement="Which is the code?"),)
    files = ScoreFiles(
        scores=put(tmp_path, "s.csv", CSV + "pot,1\n"),
        others=put(tmp_path, "o.csv", "id,old\nq0,1\nq1,0\nq2,1\nq3,0\npot,1\n"),
    )
    scores = open_scores(files, ITEMS, (), planted)
    assert scores is not None
    assert scores.suspects == RIGHT
    assert "pot" not in scores.others
    unplanted = open_scores(ScoreFiles(scores=put(tmp_path, "p.csv", CSV)), ITEMS, (), planted)
    assert unplanted is not None  # who answers the items alone is right, too
    assert unplanted.suspects == RIGHT
    with pytest.raises(BadFormat, match="'pot' is no item that is scored here"):
        open_scores(files, ITEMS, ())


def with_siblings(folder: Path, text: str, items: tuple[Item, ...] = ITEMS) -> Scores:
    files = ScoreFiles(scores=put(folder, "s.csv", CSV), siblings=put(folder, "sib.csv", text))
    scores = open_scores(files, items, ())
    assert scores is not None
    return scores


def test_siblings_stand_one_or_several_a_row(tmp_path: Path) -> None:
    text = "id,correct\nq0,1 0 1\nq1,0\nq1,1\nq2,1\nq3,0\n"
    assert with_siblings(tmp_path, text).siblings == {
        "q0": (True, False, True), "q1": (False, True), "q2": (True,), "q3": (False,),
    }  # fmt: skip
    for wrong, words in (
        ("q0,1 0 1 1", "4 siblings of 'q0' are graded"),
        ("q0,1 x", "neither 0 nor 1"),
        ("zz,1", "'zz'"),
        ("", "1 of 4 items are not there, the first is 'q0'"),
    ):
        with pytest.raises(BadFormat, match=words):
            with_siblings(tmp_path, text.replace("q0,1 0 1", wrong))
    bare = tuple(item.model_copy(update={"siblings": ()}) for item in ITEMS)
    with pytest.raises(BadFormat, match="no published item has sealed siblings"):
        with_siblings(tmp_path, text, bare)


def test_other_models_stand_in_columns(tmp_path: Path) -> None:
    text = "id,old,older\nq0,1,1\nq1,0,\nq2,1,0\nq3,0,0\n"
    base = put(tmp_path, "s.csv", CSV)
    scores = open_scores(ScoreFiles(scores=base, others=put(tmp_path, "o.csv", text)), ITEMS, HELD)
    assert scores is not None
    assert scores.others["q1"] == (False,)
    for wrong, words in (
        (text + "q0,1,1\n", "twice"),
        (text.replace("q1,0,", "q1,,"), "no model answered 'q1'"),
        (text.replace("q1,0,\n", ""), "1 of 4 items"),
        (text + "h0,1,1\n", "2 of 3 items"),
        (text + "zz,1,1\n", "'zz'"),
        (text.replace("q3,0", "q3,0.2"), "'old' is '0.2'"),
    ):
        files = ScoreFiles(scores=base, others=put(tmp_path, "o.csv", wrong))
        with pytest.raises(BadFormat, match=words):
            open_scores(files, ITEMS, HELD)


@pytest.mark.parametrize("beside", ["siblings", "others", "metric"])
def test_nothing_is_said_without_scores(beside: str) -> None:
    with pytest.raises(BadConfig, match="add --scores FILE"):
        open_scores(ScoreFiles(**{beside: "x.csv"}), ITEMS, ())
    assert open_scores(ScoreFiles(), ITEMS, ()) is None


def test_hostile_names_do_not_reach_the_terminal(tmp_path: Path) -> None:
    with pytest.raises(BadFormat) as error:
        read(tmp_path, "s.csv", CSV + '"\x1b[31mred",1\n')
    assert "\x1b" not in str(error.value)
