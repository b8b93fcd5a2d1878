"""Harbor's folders: written whole, read back as the same tasks, and run by a shell."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.formats.tasks_made import TASKS, plain

from assay.core.errors import BadFormat, UsageError
from assay.core.task import Task
from assay.formats.harbor import read_folder, write_folder


@settings(max_examples=30, deadline=None)
@given(st.lists(TASKS, min_size=1, max_size=3, unique_by=lambda task: task.id.lower()))
def test_round_trip(tasks: list[Task]) -> None:
    named = [task.model_copy(update={"image": "", "setup": ()}) for task in tasks]
    with TemporaryDirectory() as folder:
        out = Path(folder, "out")
        assert write_folder(out, named) == len(named)
        assert sorted(read_folder(out), key=lambda task: task.id) == sorted(
            named, key=lambda task: task.id
        )


def test_the_files_are_harbors(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_folder(out, [plain(setup=(("pip", "install", 'a"b $(x)'),))])
    place = out / "me__it-12"
    assert sorted(str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()) == [
        "environment/Dockerfile", "instruction.md", "solution/gold.patch", "solution/solve.sh",
        "task.toml", "tests/config.json", "tests/test.patch", "tests/test.sh",
    ]  # fmt: skip
    settings_ = tomllib.loads((place / "task.toml").read_text("utf-8"))
    assert settings_["environment"]["allow_internet"] is False
    docker = (place / "environment" / "Dockerfile").read_text("utf-8")
    assert 'RUN ["pip", "install", "a\\"b $(x)"]' in docker
    assert os.access(place / "tests" / "test.sh", os.X_OK)
    hidden = ("gold", "+2")
    for seen in ("instruction.md", "environment/Dockerfile", "task.toml"):
        assert not any(word in (place / seen).read_text("utf-8") for word in hidden)


def test_words_of_a_command_are_words(tmp_path: Path) -> None:
    out, marker = tmp_path / "out", tmp_path / "marker"
    task = plain(test_command=("true", f"; touch {marker};"), test_files=(f"$(touch {marker})",))
    write_folder(out, [task])
    script = (out / task.id / "tests" / "test.sh").read_text("utf-8")
    line = next(line for line in script.splitlines() if line.startswith("if "))
    subprocess.run(["/bin/sh", "-c", f"{line}\n:\nfi"], check=True)
    assert not marker.exists()


@pytest.mark.parametrize("image", ["a\nRUN x", "a b", "$(x)", "-x", ""])
def test_an_image_is_a_name(tmp_path: Path, image: str) -> None:
    if not image:
        write_folder(tmp_path / "out", [plain(image=image)])
        return
    with pytest.raises(BadFormat, match="no name of an image"):
        write_folder(tmp_path / "out", [plain(image=image)])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../out", "a/b", "..", ".git", "/etc", "a\nb"])
def test_names_that_lead_elsewhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadFormat, match="cannot be a folder's name"):
        write_folder(tmp_path / "out", [plain(id=name)])
    assert list(tmp_path.iterdir()) == []


def test_names_that_differ_only_in_case(tmp_path: Path) -> None:
    with pytest.raises(BadFormat, match="stands twice"):
        write_folder(tmp_path / "out", [plain(id="a"), plain(id="A")])


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(UsageError, match="is there already"):
        write_folder(tmp_path / "out", [plain()])


def written(tmp_path: Path) -> Path:
    write_folder(tmp_path / "out", [plain()])
    return tmp_path / "out" / "me__it-12"


@pytest.mark.parametrize("name", ["task.toml", "instruction.md", "tests/config.json"])
def test_links_are_not_followed(tmp_path: Path, name: str) -> None:
    place = written(tmp_path)
    (tmp_path / "secret").write_bytes((place / name).read_bytes())
    (place / name).unlink()
    (place / name).symlink_to(tmp_path / "secret")
    with pytest.raises(BadFormat, match="is a link"):
        list(read_folder(place))


def test_linked_folders_are_not_followed(tmp_path: Path) -> None:
    place = written(tmp_path)
    shutil.move(place / "tests", tmp_path / "tests")
    (place / "tests").symlink_to(tmp_path / "tests")
    with pytest.raises(BadFormat, match="is a link"):
        list(read_folder(place))


def test_a_missing_file(tmp_path: Path) -> None:
    place = written(tmp_path)
    (place / "tests" / "config.json").unlink()
    with pytest.raises(BadFormat, match="is missing"):
        list(read_folder(tmp_path / "out"))


@pytest.mark.parametrize("text", ["x", "a = ", "[" * 10_000, "a = 1\na = 2\n"])
def test_broken_settings(tmp_path: Path, text: str) -> None:
    place = written(tmp_path)
    (place / "task.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadFormat, match="no TOML"):
        list(read_folder(place))


def test_a_row_of_another_task(tmp_path: Path) -> None:
    place = written(tmp_path)
    config = place / "tests" / "config.json"
    row = json.loads(config.read_text("utf-8")) | {"instance_id": "other"}
    config.write_text(json.dumps(row), encoding="utf-8")
    with pytest.raises(BadFormat, match="holds the task"):
        list(read_folder(place))


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(BadFormat, match=r"no folder with a task\.toml"):
        list(read_folder(tmp_path))
