"""How often does every instrument flag what is clean, and how often what leaked? On known models.

What comes of it is the calibration that verdicts are judged with: it makes *clean* possible, inside
the ranges that were covered, and takes the null from an instrument that flags too often.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from assay.core.calibration import Box, Calibration, Measured
from assay.core.item import digest_of
from assay.core.settings import Progress
from assay.core.subject import Cost
from assay.lab.cases import make_models
from assay.lab.experiment import OnProgress, machine
from assay.lab.grid import Grid, grid_of
from assay.lab.measuring import Scored, score_cases
from assay.lab.power import cells_of, power_of, reach_of, size_of
from assay.store.files import write_whole
from assay.verdict.calibrated import BATTERIES
from assay.verdict.clearing import LEAST_ITEMS

__all__ = ["calibrate", "calibration_of", "measured_cases"]

SEED = "calibration"
"""Nobody is tested here, so nobody gains by choosing it; the suite's is drawn after this."""
ACCESS = ("local, raw",)
ROUTES = ("verbatim",)


def calibrate(
    size: str, folder: Path, *, workers: int = 1, on_progress: OnProgress | None = None
) -> tuple[Calibration, tuple[Scored, ...]]:
    """Train, score, count. A killed run goes on where it stopped.

    Parameters
    ----------
    size
        "tiny", which takes minutes and is good for a look, or "full".
    folder
        Where models and scores are kept.
    workers
        Models at a time.
    on_progress
        Told of every model that is trained, then of every model that is scored.

    Returns
    -------
    tuple
        The calibration, and the scores that it was counted from.

    Raises
    ------
    UnknownName
        No such size.
    BadConfig
        The folder holds another grid, or one of another version of the code.
    """
    grid = grid_of(size)
    cases = measured_cases(grid, folder, workers=workers, on_progress=on_progress)
    tell = on_progress or (lambda _: None)
    return calibration_of(grid, cases, tell), cases


def measured_cases(
    grid: Grid, folder: Path, *, workers: int = 1, on_progress: OnProgress | None = None
) -> tuple[Scored, ...]:
    """Train the models of a grid and score their cases."""
    found: list[Scored] = []
    for number, mix in enumerate(grid.mixes):
        place = folder / mix.shape
        training = _phase(on_progress, f"train {mix.shape}")
        cases = make_models(mix, SEED, place, workers=workers, on_progress=training)
        scoring = _phase(on_progress, f"score {mix.shape}")
        broad = grid.broad if number == 0 else 0
        found += score_cases(
            cases, place / "scoring", broad=broad, workers=workers, on_progress=scoring
        )
    return tuple(found)


def _phase(tell: OnProgress | None, phase: str) -> OnProgress | None:
    """Return a listener that says which part of the work is meant."""
    if tell is None:
        return None

    def named(report: Progress) -> None:
        tell(Progress(phase=phase, done=report.done, total=report.total, cost=Cost()))

    return named


def calibration_of(
    grid: Grid, cases: Sequence[Scored], tell: OnProgress = lambda _: None
) -> Calibration:
    """Count what the scores of known cases say of every instrument, and of those read together."""
    counting = Counting(grid, np.random.default_rng(1))
    names = dict.fromkeys(name for case in cases for name in case.scores)
    alone = [(name, (name,), cases) for name in names]
    together = [
        (name, ids, some)
        for name, ids in BATTERIES.items()
        if set(ids) <= names.keys()
        for some in _by_size(cases)
    ]
    found: list[Measured] = []
    for asked in (*alone, *together):
        tell(Progress(phase="count", done=len(found), total=len(alone + together), cost=Cost()))
        found.append(counting.measured(*asked))
    return Calibration(
        recipe=_recipe(grid, cases),
        machine=machine(),
        made=datetime.now(UTC).date().isoformat(),
        routes=ROUTES,
        instruments=tuple(found[: len(alone)]),
        batteries=tuple(found[len(alone) :]),
        reach=tuple(reach_of(grid.reach, counting.rng, times=grid.runs)),
    )


def _by_size(cases: Sequence[Scored]) -> list[Sequence[Scored]]:
    """Return the cases of every size of model, then all of them: for models of sizes between."""
    sizes = sorted({case.parameters for case in cases})
    groups: list[Sequence[Scored]] = [[c for c in cases if c.parameters == p] for p in sizes]
    return [*groups, cases] if len(groups) > 1 else groups


@dataclass(frozen=True, slots=True)
class Counting:
    """The scores of known cases, and how often they are drawn from anew."""

    grid: Grid
    rng: np.random.Generator

    def measured(self, name: str, columns: Sequence[str], cases: Sequence[Scored]) -> Measured:
        """Count for one instrument, or for several together."""
        held = [case for case in cases if all(key in case.scores for key in columns)]
        grid, rng = self.grid, self.rng
        return Measured(
            name=name,
            versions={key: held[0].versions[key] for key in columns},
            box=_box(grid, held),
            cells=cells_of(held, columns),
            sizes=size_of(held, columns, grid.resplits, rng),
            power=tuple(power_of(held, columns, grid.shares, grid.draws, rng)),
            calls=round(sum(_each(held, columns, "calls")), 3),
            tokens=round(sum(_each(held, columns, "tokens")), 1),
        )


def _box(grid: Grid, cases: Sequence[Scored]) -> Box:
    """Return the ranges that these cases cover.

    Items: from so few that the bound of a separation holds, to as many as one model was given at
    once; more of them might crowd each other out of a model of this size. Parameters and tokens: a
    tenth beyond, for a little more or less is the same size, and medians differ by chance.
    """
    most = max(len(mix.hosted(0)) * mix.items // 2 for mix in grid.mixes)
    sizes, lengths = [c.parameters for c in cases], [c.tokens for c in cases]
    return Box(
        parameters=_about(sizes),
        tokens=_about(lengths),
        items=(LEAST_ITEMS, most),
        access=ACCESS,
    )


def _about(values: Sequence[int]) -> tuple[int, int]:
    return math.floor(0.9 * min(values)), math.ceil(1.1 * max(values))


def _each(cases: Sequence[Scored], columns: Sequence[str], what: str) -> Iterator[float]:
    """Yield what every column cost per item, on average over the cases."""
    for column in columns:
        spent = [getattr(case.costs[column], what) / (2 * case.items) for case in cases]
        yield math.fsum(spent) / len(spent)


def _recipe(grid: Grid, cases: Sequence[Scored]) -> str:
    """Say what was trained, with the digest of the whole grid."""
    parts = []
    for mix in grid.mixes:
        doses = ", ".join(str(e.copies) for e in mix.exposures)
        parts.append(
            f"{mix.hosts} {mix.shape} models: {mix.lessons} + {mix.steps} steps at {mix.rate:g}, "
            f"of each {len(mix.hosted(0))} of the benchmarks with {doses} copies, and {mix.clean} "
            f"clean ones, with {mix.items // 2} suspects and as many controls"
        )
    sizes = sorted({case.parameters for case in cases})
    made = " and ".join(f"{size:,}" for size in sizes)
    digest = digest_of(grid.model_dump(mode="json"))[:12]
    return f"{'; '.join(parts)}; {made} parameters; grid {digest}"


def write(calibration: Calibration, path: Path) -> None:
    """Write a calibration as `assay examine --calibration FILE` reads it; whole or not at all."""
    write_whole(path, [calibration.model_dump_json(indent=1), "\n"])
