"""Tasks of Inspect AI by name: from a package as pip leaves it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assay.core.errors import BadConfig, BadFormat, BoundaryError, UnknownName
from assay.formats.benchmarks import open_benchmark
from assay.formats.controls import open_controls

TASKS = """
from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, ContentText


@task
def sums() -> Task:
    return Task(dataset=MemoryDataset([
        Sample(id="a", input="1 + 1 =", target=["2", "two"], metadata={"level": "easy"}),
        Sample(id="b", input="40 + 2 =", target="42", metadata={"level": "hard"}),
    ]))


@task
def unannotated_choices():
    chat = [
        ChatMessageSystem(content="Answer with a letter."),
        ChatMessageUser(content=[ContentText(text="Which are even?")]),
    ]
    return Task(dataset=[
        Sample(input=chat, choices=["1", "2", "3", "4"], target=["B", "D"]),
        Sample(input="Which is odd?", choices=["2", "B", "A", "C"], target="B"),
    ])


@task
def lettered() -> Task:
    return Task(dataset=[Sample(input="Which?", choices=["x", "y"], target="C")])


@task
def fetches() -> Task:
    raise ConnectionError("no such host")


@task
def stumbles() -> Task:
    return {}["url"]


@task
def empty() -> Task:
    return Task(dataset=[Sample(id=1, input=" ", target="x")])


@task
def number() -> Task:
    return Sample(input="no task")
"""
Packager = Callable[..., str]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Packager:
    """Install a package with tasks, as pip leaves it."""

    def install(name: str, code: str = TASKS) -> str:
        folder = tmp_path / "site-packages"
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (folder / f"{name}.py").write_text(code)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[inspect_ai]\n{name} = {name}\n")
        monkeypatch.syspath_prepend(folder)
        return f"inspect_task:{name}"

    return install


def test_samples_become_items(package: Packager) -> None:
    name = package("tasks_plain")
    benchmark = open_benchmark(f"{name}/sums", fields={"stratum": "metadata.level"})
    assert benchmark.name == f"{name}/sums"
    assert benchmark.source.startswith(f"{name}/sums; inspect rows: id=id, statement=input")
    assert [(i.id, i.statement, i.answer, i.stratum) for i in benchmark.items] == [
        ("a", "1 + 1 =", "2", "easy"),
        ("b", "40 + 2 =", "42", "hard"),
    ]


def test_letters_become_options_and_chats_what_the_user_says(package: Packager) -> None:
    items = open_benchmark(f"{package('tasks_choices')}/unannotated_choices").items
    assert [i.id for i in items] == ["unannotated_choices/0", "unannotated_choices/1"]
    assert [i.statement for i in items] == ["Which are even?", "Which is odd?"]
    assert [i.answer for i in items] == ["2\n4", "B"]
    assert items[1].options == ("2", "B", "A", "C")


def test_a_task_serves_as_controls(package: Packager, tmp_path: Path) -> None:
    name = package("tasks_controls")
    file = tmp_path / "b.jsonl"
    file.write_text('{"id": "a", "statement": "7 + 7 ="}\n')
    controls = open_controls(f"{name}/sums", open_benchmark(str(file)))
    assert [item.id for item in controls] == ["control/a", "b"]
    with pytest.raises(BadFormat, match="is also the suspect"):
        open_controls(f"{name}/sums", open_benchmark(f"{name}/sums"))


@pytest.mark.parametrize(
    ("task", "error", "what"),
    [
        ("lettered", BadFormat, "target 'C' is none of the 2 letters"),
        ("fetches", BoundaryError, "ConnectionError: no such host"),
        ("stumbles", BoundaryError, "KeyError: 'url'"),
        ("empty", BadFormat, "the statement is empty"),
        ("number", BoundaryError, "which is no task"),
        ("nothing", UnknownName, "unknown Inspect task"),
    ],
)
def test_what_is_no_benchmark_is_told(
    package: Packager, task: str, error: type[Exception], what: str
) -> None:
    name = package(f"tasks_{task}")
    with pytest.raises(error, match=what) as caught:
        open_benchmark(f"{name}/{task}")
    assert "next: " in str(caught.value)


def test_code_that_fails_when_loaded_is_told(package: Packager) -> None:
    name = package("tasks_broken", "raise ValueError('half a package')\n")
    with pytest.raises(BoundaryError, match="half a package"):
        open_benchmark(f"{name}/sums")


def test_only_installed_packages_are_loaded(tmp_path: Path) -> None:
    trap = tmp_path / "trap.py"
    trap.write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    for name in (f"inspect_task:{trap}", f"inspect_task:{trap}@sums", "inspect_task:a/b.py@c"):
        with pytest.raises(BadConfig, match="names no task"):
            open_benchmark(name)
    with pytest.raises(UnknownName, match="unknown package of Inspect tasks 'trap'"):
        open_benchmark("inspect_task:trap/sums")
    assert not (tmp_path / "ran").exists()


def test_files_of_samples_are_read_alike(tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    file.write_text(
        '{"id": 1, "input": "1 + 1 =", "target": ["2", "two"]}\n'
        '{"id": 2, "input": [{"role": "system", "content": "Be brief."},'
        ' {"role": "user", "content": "Odd?"}], "choices": ["2", "3"], "target": "B"}\n'
    )
    items = open_benchmark(str(file)).items
    assert [(i.statement, i.answer) for i in items] == [("1 + 1 =", "2"), ("Odd?", "3")]


@pytest.mark.parametrize(
    "row",
    [
        '{"id": 1, "input": ["Odd?"], "target": "B"}',
        '{"id": 1, "input": {"role": "user"}, "target": "B"}',
        '{"id": 1, "input": [], "target": "B"}',
        '{"id": 1, "input": [{"role": "user", "content": 7}], "target": "B"}',
        '{"id": 1, "input": "Odd?", "target": {"x": 1}}',
        '{"id": 1, "input": "Odd?", "target": [["B"]]}',
        '{"id": 1, "input": "Odd?", "choices": ["2", "3"], "target": [["B"]]}',
        '{"id": 1, "input": "Odd?", "choices": ["2", 3], "target": "B"}',
        '{"id": 1, "input": "Odd?", "choices": ["2", "3"], "target": 1}',
    ],
)
def test_samples_of_another_shape_are_refused(tmp_path: Path, row: str) -> None:
    file = tmp_path / "samples.jsonl"
    file.write_text(row + "\n")
    with pytest.raises(BadFormat, match=r"samples\.jsonl:1: "):
        open_benchmark(str(file))
