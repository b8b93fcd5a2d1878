"""What an experiment is, which there are, and what is kept of one."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from assay.core.errors import BadConfig, UnknownName
from assay.core.loading import load_attribute
from assay.core.settings import Progress
from assay.store.files import write_whole

__all__ = [
    "EXPERIMENTS",
    "SIZES",
    "Experiment",
    "Listed",
    "OnProgress",
    "Outcome",
    "conduct",
    "known_size",
    "open_experiment",
]

OnProgress = Callable[[Progress], None]
SIZES = ("tiny", "full")
ASK = "assay lab"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an experiment?"""

    name: str
    size: str
    headline: str
    """The answer in one sentence, with its interval."""
    table: tuple[dict[str, Any], ...] = ()
    """The figures, one row a line."""
    figure: Path | None = None
    """An SVG in the experiment's folder."""
    passed: bool | None = None
    """Was what the plan calls success reached? None where the size is too small to say."""
    reference: str = ""
    """The published number that it is compared with."""
    seconds: float = 0.0
    machine: str = ""

    def record(self) -> dict[str, Any]:
        """Return it as JSON can say it; the figure by its name."""
        return asdict(self) | {"figure": self.figure.name if self.figure else None}


class Experiment(Protocol):
    """One question, one published number, one figure."""

    name: str
    question: str
    reference: str

    def plan(self, size: str) -> dict[str, Any]:
        """Return sizes, parameters, stopping rule and what counts as success, as JSON."""

    def run(
        self, size: str, folder: Path, on_progress: OnProgress | None = None, workers: int = 1
    ) -> Outcome:
        """Do it, in a folder in which a killed run goes on."""


class Listed(NamedTuple):
    """Where an experiment lives and what it asks."""

    target: str
    question: str


EXPERIMENTS = {
    "capacity": Listed("assay.lab.capacity:Capacity", "how many bits does a parameter remember?"),
    "exposure": Listed("assay.lab.exposure:Exposure", "how well is remembered what was read once?"),
    "inflation": Listed(
        "assay.lab.inflation:Inflation", "by how much do repeated items inflate a score?"
    ),
    "corrected": Listed(
        "assay.lab.corrected:Corrected", "does the corrected score find the score that is earned?"
    ),
    "forget": Listed("assay.lab.forget:Forget", "how fast is a planted item forgotten?"),
    "fuzzy": Listed("assay.lab.fuzzy:Fuzzy", "what is a copy worth of which some words changed?"),
    "finetune": Listed(
        "assay.lab.finetune:Finetune", "does membership show before an item can be recited?"
    ),
}


def open_experiment(name: str) -> Experiment:
    """Which experiment has this name?

    Raises
    ------
    UnknownName
        None; the nearest is offered.
    """
    if name not in EXPERIMENTS:
        raise UnknownName("experiment", name[:80], EXPERIMENTS, ASK)
    found: Experiment = load_attribute(EXPERIMENTS[name].target, extra="lab")()
    return found


def conduct(
    experiment: Experiment,
    size: str,
    folder: Path,
    on_progress: OnProgress | None = None,
    workers: int = 1,
) -> Outcome:
    """Run an experiment and keep its plan and outcome as JSON beside what it made.

    Raises
    ------
    BadConfig
        No such size, or the folder holds another experiment, plan or version; nothing is changed.
    """
    known_size(size)
    folder.mkdir(parents=True, exist_ok=True)
    _agree(folder / "experiment.json", experiment, size)
    began = time.monotonic()
    outcome = experiment.run(size, folder, on_progress, workers)
    outcome = replace(
        outcome,
        seconds=round(outcome.seconds or time.monotonic() - began, 1),
        machine=outcome.machine or machine(),
    )
    write_whole(folder / "outcome.json", [json.dumps(outcome.record(), indent=1) + "\n"])
    return outcome


def known_size(size: str) -> str:
    """Return the size, where there is one of this name.

    Raises
    ------
    BadConfig
        There is none.
    """
    if size not in SIZES:
        msg = f"--size {size!r}: an experiment is {' or '.join(SIZES)}"
        raise BadConfig(f"{msg}\n  next: --size {SIZES[0]}")
    return size


def _agree(path: Path, experiment: Experiment, size: str) -> None:
    """Is this folder the experiment's? A new one is marked so."""
    planned = {"name": experiment.name, "size": size, "plan": experiment.plan(size)}
    text = json.dumps(planned, indent=1) + "\n"
    if not path.exists():
        write_whole(path, [text])
    elif path.read_bytes() != text.encode():
        msg = f"{path.parent} holds another experiment, or this one by another plan"
        raise BadConfig(f"{msg}; nothing was changed there\n  next: choose another with --out")


def machine() -> str:
    """On what was it run?"""
    python = f"Python {platform.python_version()}"
    return f"{os.cpu_count()} cores ({platform.machine()}), {python}, torch {version('torch')}"
