"""What the code never does, wherever it stands."""

from __future__ import annotations

import ast
import re

import pytest
from tests.architecture.tree import ROOT, SOURCE, calls, functions, imports, parsed

TESTS = ROOT / "tests"


def test_no_globals_are_changed() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path, module in parsed(SOURCE).items()
        for node in ast.walk(module)
        if isinstance(node, ast.Global)
    ]
    assert found == []


def test_imports_stand_at_the_top() -> None:
    found = [
        where
        for where, function in functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert found == []


def test_one_place_imports_by_name() -> None:
    found = {where.partition(":")[0] for where, name in calls() if "import_module" in name}
    assert found == {"src/assay/core/loading.py"}


def test_what_is_caught_broadly_is_raised_again() -> None:
    broad = {"Exception", "BaseException", ""}
    found = [
        path
        for path, module in parsed(SOURCE).items()
        for node in ast.walk(module)
        if isinstance(node, ast.ExceptHandler)
        and (ast.unparse(node.type) if node.type else "") in broad
        and not isinstance(node.body[-1], ast.Raise)  # to clean up and go on raising is no catch
    ]
    assert found == []


def test_one_place_turns_any_error_into_ours() -> None:
    found = [
        path
        for path, module in parsed(SOURCE).items()
        for node in ast.walk(module)
        if isinstance(node, ast.ExceptHandler)
        and node.type
        and ast.unparse(node.type) == "Exception"
    ]
    assert found == ["src/assay/core/errors.py"]


@pytest.mark.parametrize("name", ["eval", "exec", "compile", "os.system", "__import__"])
def test_nothing_runs_text(name: str) -> None:
    assert [where for where, called in calls() if called == name] == []


@pytest.mark.parametrize("name", ["pickle", "marshal", "shelve", "dill", "joblib"])
def test_nothing_is_pickled(name: str) -> None:
    assert [where for where, module in imports() if module.partition(".")[0] == name] == []


def test_tests_use_no_mocks() -> None:
    mocks = {"unittest.mock", "mock", "pytest_mock"}
    assert [where for where, module in imports(TESTS) if module in mocks] == []
    # `sys` is the process's own state, as the environment is; nothing of ours is ever replaced.
    found = [
        f"{path}:{node.lineno}"
        for path, module in parsed(TESTS).items()
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "monkeypatch.setattr"
        and ast.unparse(node.args[0]) != "sys"
    ]
    assert found == []


def test_no_work_is_left_for_later() -> None:
    marks = [first + second for first, second in (("TO", "DO"), ("FIX", "ME"), ("X", "XX"))]
    mark = re.compile(rf"\b({'|'.join(marks)})\b")  # in pieces: this file is read too
    files = [f for folder in (SOURCE, TESTS) for f in folder.rglob("*.py")]
    found = [f for f in files if mark.search(f.read_text(encoding="utf-8"))]
    assert found == []


def test_no_folder_for_everything_else() -> None:
    banned = {"utils", "helpers", "common", "base", "manager", "misc"}
    assert not [f for f in SOURCE.rglob("*") if f.stem.lower() in banned]
