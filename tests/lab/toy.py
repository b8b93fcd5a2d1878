"""An experiment that trains nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assay.lab.experiment import OnProgress, Outcome
from assay.lab.figure import blank, save


class Toy:
    """How much is one and one?"""

    name = "toy"
    question = "how much is one and one?"
    reference = "Peano 1889: 2"

    def __init__(self, answer: int = 2) -> None:
        self.answer = answer

    def plan(self, size: str) -> dict[str, Any]:
        """Return the plan."""
        return {"answer_of": self.answer, "steps": [1, 20_000], "size": size}

    def run(
        self, size: str, folder: Path, on_progress: OnProgress | None = None, workers: int = 1
    ) -> Outcome:
        """Draw a line."""
        del on_progress, workers
        figure, axes = blank("one", "and one")
        axes.plot([0, 1], [0, self.answer], label="a | b")
        return Outcome(
            name=self.name,
            size=size,
            headline=f"One and one is {self.answer}.",
            table=({"a": 1, "b|c": 0.123456}, {"a": None, "b|c": 12345.6}),
            figure=save(figure, folder / "figure.svg"),
            passed=self.answer == 2,
            reference=self.reference,
        )
