"""Boxes in a container engine: with one, the least that they do; without, a clear refusal."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assay.core.errors import SandboxError
from assay.sandbox.container import Container, find_engine

IMAGE = "busybox"


def test_an_engine_that_does_not_answer_is_named() -> None:
    engine = find_engine()
    if engine.binary is not None:
        pytest.skip("an engine answers here")
    assert "docker" in engine.why
    assert "podman" in engine.why


def test_a_box_without_a_working_engine_is_an_error(tmp_path: Path) -> None:
    if find_engine().binary is not None:
        pytest.skip("an engine answers here")
    found = shutil.which("docker")
    if found is None:
        pytest.skip("there is no docker program that could refuse")
    box = Container(engine=Path(found), image=IMAGE).open(tmp_path)
    with box, pytest.raises(SandboxError, match="the engine failed"):
        box.run(["true"])


def test_a_run_in_a_container(tmp_path: Path) -> None:
    engine = find_engine()
    if engine.binary is None:
        pytest.skip(engine.why)
    with Container(engine=engine.binary, image=IMAGE).open(tmp_path) as box:
        box.write("word", b"hello")
        ran = box.run(["cat", "word"])
        assert (ran.code, ran.stdout, ran.level) == (0, b"hello", "container")
    assert not (tmp_path / "word").exists()
