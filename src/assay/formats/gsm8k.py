"""GSM8K: school mathematics with worked solutions (Cobbe et al. 2021, arXiv 2110.14168)."""

from __future__ import annotations

from assay.formats.layout import Layout

__all__ = ["GSM8K"]

# The rows have no id; the answer is kept whole, worked solution and final number.
GSM8K = Layout(
    name="gsm8k",
    signs=(frozenset({"question", "answer"}),),
    columns={"id": ("id",), "statement": ("question",), "answer": ("answer",)},
    numbered="gsm8k/",
)
