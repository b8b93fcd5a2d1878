"""Clean: the hypothesis that much of the benchmark was in the training data, rejected (A11)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from assay.core.calibration import Box, Cell, Clearance, Measured
from assay.core.evidence import Finding
from assay.core.subject import Model
from assay.core.trial import Trial
from assay.stats.intervals import auc, auc_upper
from assay.stats.standing import prediction_bound, standing
from assay.verdict.combine import Board, measured_units, missing_by_label
from assay.verdict.kinds import matched_columns, population

__all__ = ["ALPHA", "LEAST_ITEMS", "access_of", "clear", "expected_at", "item_tokens"]

ALPHA = 0.05
"""Half for the instruments' power on a model that was not calibrated, half for the items at hand:
by the union bound a leak of the stated size is ruled out wrongly at most this often."""

LEAST_ITEMS = 20
"""On each side: with fewer the upper bound of an area under the curve is not to be relied on."""


def clear(trial: Trial, board: Board, *, fair: bool, full: bool) -> Clearance:
    """Can it be ruled out that a share of the items, at least so often, was in the training data?

    Rejects H: "a share of at least the tolerance was seen at the dose or more". Under H the area
    under the curve of suspects against controls is at least 1/2 + tolerance (a - 1/2), where a is
    what calibration lets expect, at that dose or above, of a benchmark that was leaked whole; H is
    rejected when the upper bound of the observed area lies below that.

    Parameters
    ----------
    trial, board
        What was planned and what was found.
    fair
        Whether the controls may be compared with the suspects at all.
    full
        Whether every unit was measured.

    Returns
    -------
    Clearance
        Not cleared outside the calibrated ranges; says which.

    References
    ----------
    Schuirmann 1987, doi 10.1007/BF01068419 (absence of an effect shown by rejecting its presence).
    """
    plan = trial.plan
    asked = Clearance(
        cleared=False,
        tolerance=plan.tolerance,
        dose=plan.dose,
        alpha=ALPHA,
        routes=trial.calibration.routes,
    )
    if why := _in_the_way(trial, board, fair=fair, full=full):
        return asked.model_copy(update={"outside": (why,)})
    found = [(one, tuple(_outside(trial, board, one))) for one in _batteries(trial)]
    battery, outside = min(found, key=lambda pair: len(pair[1]))
    if outside:
        return asked.model_copy(update={"outside": outside, "battery": battery.name})
    return asked.model_copy(update=_tested(trial, board, battery))


def _in_the_way(trial: Trial, board: Board, *, fair: bool, full: bool) -> str:
    """Why can nothing be ruled out, whatever was calibrated? Empty when it can."""
    if trial.controls_kind == "none":
        return "there are no controls"
    if not fair:
        return "the controls may not support a comparison"
    if not full:
        return "not every item was measured (--full)"
    if why := missing_by_label(trial, board, matched_columns(trial)):
        return why
    if not trial.calibration.batteries:
        return "no calibration exists"
    return _uncalibrated(trial)


def _uncalibrated(trial: Trial) -> str:
    """Why does no calibrated set of instruments apply? Empty when one does."""
    if _batteries(trial):
        return ""
    versions = {i.id: i.version for i in trial.running if i.id not in trial.demoted}
    for battery in trial.calibration.batteries:
        for name, version in battery.versions.items():
            if versions.get(name, version) != version:
                return f"{name} has version {versions[name]}, and version {version} was calibrated"
            if any(key.startswith(f"{name}.") for key in trial.plan.parameters):
                return f"the parameters of {name} are not those that were calibrated"
    # Calibrations of several sizes of models take the same instruments: said once.
    sets = dict.fromkeys(", ".join(one.versions) for one in trial.calibration.batteries)
    return f"instruments: it takes {'; or '.join(sets)}"


def _batteries(trial: Trial) -> list[Measured]:
    """Return what can be read together here, the preferred set: in each range it was measured in.

    Decided by what ran, never by what was found.
    """
    versions = {
        i.id: i.version
        for i in trial.running
        if i.id not in trial.demoted
        and not any(key.startswith(f"{i.id}.") for key in trial.plan.parameters)
    }
    able = [b for b in trial.calibration.batteries if b.versions.items() <= versions.items()]
    return [b for b in able if b.versions == able[0].versions]


def _outside(trial: Trial, board: Board, battery: Measured) -> Iterator[str]:
    """Say what lies outside the ranges in which these instruments were calibrated."""
    box, model = battery.box, trial.subject.model
    if not box.parameters[0] <= model.parameters <= box.parameters[1]:
        has = f"{model.parameters:,}" if model.parameters else "not known"
        yield f"parameters of the model: {has}, calibrated {_range(box.parameters)}"
    yield from _outside_of_items(trial, board, battery)
    if (access := access_of(model)) not in box.access:
        yield f"kind of access: {access}, calibrated {'; '.join(box.access)}"
    if not _reached(battery.cells, trial.plan.dose):
        doses = ", ".join(str(cell.dose) for cell in battery.cells)
        yield f"dose: {trial.plan.dose}, calibrated {doses or 'none'}"


def _outside_of_items(trial: Trial, board: Board, battery: Measured) -> Iterator[str]:
    box: Box = battery.box
    items = min(len(trial.suspect_ids), len(trial.controls))
    if not box.items[0] <= items <= box.items[1]:
        yield f"items on each side: {items}, calibrated {_range(box.items)}"
    tokens = item_tokens(board, battery)
    if not box.tokens[0] <= tokens <= box.tokens[1]:
        yield f"tokens of an item (median): {tokens}, calibrated {_range(box.tokens)}"


def _range(ends: tuple[int, int]) -> str:
    return f"{ends[0]:,} to {ends[1]:,}"


def item_tokens(board: Board, battery: Measured) -> int:
    """Return the median number of tokens of an item, as the instruments noted it; else 0."""
    found = board.of(next(iter(battery.versions)))
    counts = [f.detail.get("tokens") for f in found if isinstance(f, Finding)]
    known = [count for count in counts if isinstance(count, int)]
    return int(np.median(known)) if known else 0


def access_of(model: Model) -> str:
    """Return how a model is asked: what answers, and whether in a chat.

    Examples
    --------
    >>> from assay.models.scripted import ScriptedModel
    >>> access_of(ScriptedModel())
    'local, raw'
    """
    return f"{'remote' if model.remote else 'local'}, {model.prompting}"


def expected_at(cells: Sequence[Cell], dose: int) -> float:
    """Return the least separation to expect at a dose or above, were every suspect leaked.

    Starts from the largest calibrated dose that is not above it: memory grows with the dose.
    """
    reached = _reached(cells, dose)
    return min(
        (prediction_bound(c.separations, alpha=ALPHA / 2, groups=c.models) for c in reached),
        default=-math.inf,
    )


def _reached(cells: Sequence[Cell], dose: int) -> list[Cell]:
    """Return the cells that speak for this dose and for more; none when it is not covered."""
    below = [cell.dose for cell in cells if cell.dose <= dose]
    if not below or dose > max(cell.dose for cell in cells):
        return []
    return [cell for cell in cells if cell.dose >= max(below)]


def _tested(trial: Trial, board: Board, battery: Measured) -> dict[str, object]:
    """Compare the upper bound of the observed separation with what a leak lets expect."""
    columns = tuple(battery.versions)
    units = [u.id for u in population(trial, columns)]
    if len(measured_units(trial, board, columns)) < len(units):
        return {"outside": ("not every item was measured",), "battery": battery.name}
    table = np.column_stack([board.scores(column, units) for column in columns])
    above, below = standing(table, [u in trial.suspect_ids for u in units])
    upper = auc_upper(above, below, alpha=ALPHA / 2)
    gap = trial.plan.tolerance * max(expected_at(battery.cells, trial.plan.dose) - 0.5, 0.0)
    return {
        "battery": battery.name,
        "separation": auc(above, below),
        "upper": upper,
        "expected": 0.5 + gap,
        "cleared": gap > 0 and upper < 0.5 + gap,
        "items_needed": items_needed(gap),
    }


def items_needed(gap: float) -> int | None:
    """How many items on each side rule a leak out in 80 of 100 clean cases? None: no number does.

    The area under the curve of n + n alike items has the variance (2n + 1)/(12 n n); the bound
    takes 1.96 standard deviations of it, and 80 % of cases 0.84 more.

    Examples
    --------
    >>> items_needed(0.2), items_needed(0.0)
    (33, None)
    """
    if gap <= 0:
        return None
    return math.ceil(((1.960 + 0.842) / gap) ** 2 / 6)
