"""SWE-bench: issues of real repositories, answered by patches (Jimenez et al. 2024, 2310.06770)."""

from __future__ import annotations

from assay.formats.layout import Layout

__all__ = ["SWEBENCH"]

SWEBENCH = Layout(
    name="swebench",
    signs=(frozenset({"instance_id", "problem_statement", "patch"}),),
    columns={
        "id": ("instance_id",),
        "statement": ("problem_statement",),
        "answer": ("patch",),
        "stratum": ("repo",),
        "published": ("created_at",),
    },
)
