"""What a file is, by its path."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import UnknownName
from assay.tasks.kinds import (
    LANGUAGES,
    checked_languages,
    is_runnable,
    kind_of,
    language_of,
    trouble,
)

KINDS = {
    "source": (
        "a.py src/a.go lib/a.rb a/testing/b.py latest/a.js contest.py attest.go src/Testable.java "
        "testament.py pkg/spec.go a/inspect.ts"
    ),
    "test": (
        "test_a.py a_test.py tests.py a/tests/b.json conftest.py a_test.go a.test.ts a.spec.jsx "
        "src/__tests__/a.js spec/a_spec.rb test/a_test.rb src/test/java/A.java ATest.java "
        "AppTests.cs My.Tests/A.cs a_unittest.cc test_a.c tests/it.rs a_test.exs AppTests.swift "
        "t/a.t test.js a_test.dart __snapshots__/a.snap testdata/x.go tests/README.md"
    ),
    "docs": "README.md docs/conf.py CHANGELOG LICENSE.txt doc/a.rst news/12.bugfix guide.adoc",
    "generated": (
        "go.sum package-lock.json a/uv.lock vendor/a/b_test.go node_modules/a.js a.min.js a_pb2.py "
        "third_party/x.c a.pb.go dist/a.js zz_generated.deepcopy.go"
    ),
    "data": "setup.cfg pyproject.toml a.html Makefile requirements.txt CMakeLists.txt a.json",
}


@pytest.mark.parametrize(
    ("kind", "path"), [(kind, path) for kind, paths in KINDS.items() for path in paths.split()]
)
def test_kinds(kind: str, path: str) -> None:
    assert kind_of(path) == kind


def test_no_ending_means_two_languages() -> None:
    endings = [ending for endings in LANGUAGES.values() for ending in endings.split()]
    assert len(endings) == len(set(endings))
    assert language_of("a.b/c") == ""


def test_the_page_lists_all_languages() -> None:
    page = (Path(__file__).parents[2] / "docs" / "bench-mine.md").read_text("utf-8")
    assert not [name for name, told in LANGUAGES.items() if f"| {name} | {told} |" not in page]


def test_what_runners_can_run() -> None:
    yes = "tests/test_a.py a_test.go tests/a.js tests/it.rs tests/test_.py"
    no = "tests/a.py tests/conftest.py tests/__init__.py a.py tests/a.json testdata/x.go"
    assert all(map(is_runnable, yes.split()))
    assert not any(map(is_runnable, no.split()))


def test_languages_by_name() -> None:
    assert checked_languages(["Go", "python"]) == {"go", "python"}
    with pytest.raises(UnknownName, match="python"):
        checked_languages(["pyhton"])


@given(st.binary(max_size=40) | st.text("./\\ .git~1C:\x00\n", max_size=12).map(str.encode))
def test_paths_without_trouble_stay_in_the_tree(path: bytes) -> None:
    if trouble(path):
        return
    parts = PurePosixPath("/tree", path.decode()).parts
    assert parts[:2] == ("/", "tree")
    assert not {"..", ".git", ""} & {part.lower() for part in parts}
    assert path.decode().isprintable()
