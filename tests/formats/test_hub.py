"""Datasets by name: read by the library `datasets` from its cache, as after a download.

No Hub is asked here: the library is told to stay offline, in a process of its own, since it reads
its settings when it is imported.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assay.core.errors import BadConfig
from assay.formats.hub import named_dataset

QUIZ = [
    {"question": "1 + 1 =", "choices": ["3", "2"], "answer": 1, "subject": "sums"},
    {"question": "6 * 7 =", "choices": ["42", "13"], "answer": 0, "subject": "products"},
]
STORE = """
import sys
from pathlib import Path
from datasets import load_dataset
load_dataset(sys.argv[1], cache_dir=sys.argv[2])
"""
READ = """
import json, sys
from assay.core.errors import AssayError
from assay.formats.benchmarks import open_benchmark
told = []
for spec in sys.argv[1:]:
    try:
        found = open_benchmark(spec)
        items = [[i.id, i.statement, i.answer, i.options, i.stratum] for i in found.items]
        told.append([found.name, found.source, items])
    except AssayError as error:
        told.append([type(error).__name__, str(error), []])
print(json.dumps(told))
"""


def python(code: str, folder: Path, *arguments: str) -> str:
    """Run code in a process that keeps its datasets in this folder and stays offline."""
    settings = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "home")}
    settings |= {"HF_DATASETS_CACHE": str(folder / "cache")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        env=os.environ | settings,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def cached(folder: Path, name: str, config: str, **splits: list[dict[str, object]]) -> None:
    """Leave a dataset in the cache as the library does after it was downloaded."""
    owner, bare = name.split("/")
    raw, made = folder / "raw" / bare, folder / "made" / bare / config
    raw.mkdir(parents=True, exist_ok=True)
    for split, rows in splits.items():
        text = "".join(f"{json.dumps(row)}\n" for row in rows)
        (raw / f"{split}.jsonl").write_text(text)
    python(STORE, folder, str(raw), str(made))
    (info,) = made.rglob("dataset_info.json")
    kept = info.read_text().replace('"config_name": "default"', f'"config_name": "{config}"')
    info.write_text(kept)
    place = folder / "cache" / f"{owner}___{bare}" / config / "0.0.0"
    place.mkdir(parents=True)
    shutil.move(info.parent, place / "0123456789abcdef")
    shutil.rmtree(raw)


@pytest.fixture(scope="module")
def told(
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, tuple[str, str, list[list[object]]]]:
    """Read several names in one process: the library takes seconds to load."""
    folder = tmp_path_factory.mktemp("hub")
    cached(folder, "acme/quiz", "default", test=QUIZ, train=QUIZ[:1])
    cached(folder, "acme/halves", "left", validation=[{"id": "a", "statement": "?"}])
    # A folder here that is called like a dataset there is not meant.
    (folder / "acme" / "quiz").mkdir(parents=True)
    (folder / "acme" / "quiz" / "test.jsonl").write_text('{"id": "trap", "statement": "?"}\n')
    specs = (
        "hf:acme/quiz",
        "hf:acme/quiz@train",
        "hf:acme/quiz@tset",
        "hf:acme/halves:left",
        "hf:acme/halves:right",
        "hf:acme/none",
    )
    found = json.loads(python(READ, folder, *specs))
    return {spec: tuple(one) for spec, one in zip(specs, found, strict=True)}


@pytest.mark.slow
def test_the_test_split_is_read_like_a_file(told: dict[str, tuple[str, str, list[object]]]) -> None:
    name, source, items = told["hf:acme/quiz"]
    assert name == "hf:acme/quiz"
    assert source.startswith("hf:acme/quiz; split test; choices rows: ")
    assert items == [
        ["quiz/0", "1 + 1 =", "2", ["3", "2"], "sums"],
        ["quiz/1", "6 * 7 =", "42", ["42", "13"], "products"],
    ]


@pytest.mark.slow
def test_a_named_split_and_the_only_one(told: dict[str, tuple[str, str, list[object]]]) -> None:
    assert len(told["hf:acme/quiz@train"][2]) == 1
    assert told["hf:acme/halves:left"][2] == [["a", "?", None, [], ""]]
    assert "; split validation; " in told["hf:acme/halves:left"][1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spec", "kind", "what"),
    [
        ("hf:acme/quiz@tset", "UnknownName", "Did you mean 'test'?"),
        ("hf:acme/halves:right", "BoundaryError", "Available configs in the cache: ['left']"),
        ("hf:acme/none", "BoundaryError", "Couldn't reach 'acme/none' on the Hub"),
    ],
)
def test_what_is_not_there_is_told(
    told: dict[str, tuple[str, str, list[object]]], spec: str, kind: str, what: str
) -> None:
    name, message, _ = told[spec]
    assert name == kind
    assert what in message
    assert "\n  next: " in message


@pytest.mark.parametrize(
    "spec",
    ["hf:", "hf:quiz", "hf:/etc/passwd", "hf:../x/y", "hf:a/b/c", "hf:a/..", "hf:a/b@", "hf:a/b:@t",
     "hf:a/b@test[:9]", "hf:a/b\n", "hf:a/b:c:d", "hf:-a/b"],
)  # fmt: skip
def test_other_forms_of_names_are_refused(spec: str) -> None:
    with pytest.raises(BadConfig, match="next: write hf:OWNER/NAME"):
        named_dataset(spec)
