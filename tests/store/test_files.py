"""Files that are whole or absent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assay.core.errors import StoreError
from assay.store import write_whole


def broken() -> Iterator[str]:
    yield "half of "
    msg = "the disk failed"
    raise OSError(msg)


def test_lines_are_written(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.txt", ["caf\u00e9\n", "b\n"])
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "caf\u00e9\nb\n"
    write_whole(tmp_path / "a.txt", [])
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_bytes() == b""


def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(StoreError, match=r"writing .*a\.txt"):
        write_whole(path, broken())
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        write_whole(tmp_path / "none" / "a.txt", ["x"])


def test_characters_that_cannot_be_written_are_escaped(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.txt", ["\ud83d"])
    assert (tmp_path / "a.txt").read_text() == "\\ud83d"
