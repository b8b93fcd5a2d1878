"""Guesses of how a project's tests are run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.tasks.histories import Past
from tests.tasks.mined import LOOSE, mined

from assay.tasks.runners import Runner, runner_of


def guessed(language: str, files: dict[str, str], tests: str = "") -> Runner:
    return runner_of(language, ["a/test_x", "b/test_y"], tests, lambda name: files.get(name, ""))


def package(**wanted: str) -> dict[str, str]:
    return {"package.json": json.dumps({"devDependencies": wanted})}


@pytest.mark.parametrize(
    ("language", "files", "tests", "parser", "word"),
    [
        ("python", {}, "", "pytest", "pytest"),
        ("python", {}, "+import unittest", "unittest", "unittest"),
        ("python", {"setup.cfg": "[tool:pytest]"}, "+import unittest", "pytest", "pytest"),
        ("javascript", {"package.json": '{"test": "node --test"}'}, "", "node", "--test"),
        ("javascript", {}, "+import test from 'node:test'", "node", "--test"),
        ("typescript", package(vitest="1"), "", "tap", "vitest"),
        ("typescript", package(jest="1"), "", "tap", "jest"),
        ("javascript", package(mocha="1"), "", "tap", "mocha"),
        ("javascript", package(tape="1"), "", "tap", "tape"),
        ("go", {}, "", "go", "-json"),
    ],
)  # fmt: skip
def test_guesses(language: str, files: dict[str, str], tests: str, parser: str, word: str) -> None:
    found = guessed(language, files, tests)
    assert found.parser == parser
    assert word in found.command


@pytest.mark.parametrize("text", ["", "{", "[]", '{"dependencies": 3}', "[" * 100_000, "null"])
def test_a_broken_package_is_no_guess(text: str) -> None:
    assert guessed("javascript", {"package.json": text}) == Runner(files=("a/test_x", "b/test_y"))


def test_what_nobody_knows() -> None:
    assert guessed("cobol", {}) == Runner(files=("a/test_x", "b/test_y"))


def test_go_runs_packages() -> None:
    found = runner_of("go", ["a/x_test.go", "a/y_test.go", "z_test.go"], "", lambda _: "")
    assert found.files == ("./a", ".")


def test_files_are_those_before_the_fix(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    past.commit({"a.js": "1\n", **package(vitest="1")})
    past.commit({"a.js": "2\n", "a.test.js": "1\n", **package(jest="1")})
    (task,), _ = mined(past.folder)
    assert "vitest" in task.test_command


def test_options_override_guesses(tmp_path: Path) -> None:
    past = Past(tmp_path / "it")
    past.commit({"a.js": "1\n"})
    past.commit({"a.js": "2\n", "a.test.js": "1\n"})
    command, setup = ("make", "test"), (("make",),)
    rules = replace(LOOSE, test_command=command, parser="junit", setup=setup)
    (task,), _ = mined(past.folder, rules=rules)
    assert (task.test_command, task.log_parser, task.setup) == (command, "junit", setup)
