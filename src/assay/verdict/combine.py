"""Which evidence is combined, how, and when it is enough."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from assay.core.evidence import Abstention, Finding, Null, Total
from assay.core.instrument import Instrument, Need, Scope
from assay.core.trial import Trial
from assay.stats.betting import Wealth, label_betting
from assay.stats.evalues import average
from assay.stats.permutation import missingness

__all__ = [
    "Board",
    "decided",
    "kinds",
    "matched_columns",
    "missing_by_label",
    "needed",
    "over_runs",
    "totals",
]

Outcome = Finding | Abstention


@dataclass(slots=True)
class Board:
    """What has been found so far, by instrument and unit, in the order it was found."""

    found: dict[str, dict[str, Outcome]] = field(default_factory=dict)

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Put outcomes on the board."""
        for outcome in outcomes:
            self.found.setdefault(outcome.instrument, {})[outcome.unit] = outcome

    def finding(self, instrument: str, unit: str) -> Finding | None:
        """Return a finding, or None where there is none or an abstention."""
        outcome = self.found.get(instrument, {}).get(unit)
        return outcome if isinstance(outcome, Finding) else None

    def scores(self, instrument: str, units: Sequence[str]) -> NDArray[np.float64]:
        """Scores of units, shape (n,); NaN where there is none."""
        values = (self.finding(instrument, unit) for unit in units)
        return np.array([math.nan if f is None or f.score is None else f.score for f in values])

    def all(self) -> list[Outcome]:
        """Return everything, instrument by instrument."""
        return [outcome for outcomes in self.found.values() for outcome in outcomes.values()]


def exact_instruments(trial: Trial) -> tuple[Instrument, ...]:
    """Return the instruments whose null a recorded random act makes exact on this benchmark."""
    running = (i for i in trial.running if i.strongest_null is Null.EXACT)
    return tuple(i for i in running if i.largest_e(trial.subject) is not None)


def matched_columns(trial: Trial) -> tuple[str, ...]:
    """Return the score instruments that are combined into one test against the controls.

    Scores of one claim are combined first and tested once (design 3.3). Where a reference model
    is given, the differences to it replace the plain scores: they are the same scores with the
    difficulty of the text taken out, and columns that add nothing dilute the bet. The choice
    depends on what the user gave, never on what was measured.
    """
    exact = {i.id for i in exact_instruments(trial)}
    scoring = [i for i in trial.running if i.scope is Scope.UNIT and i.id not in exact]
    scoring = [i for i in scoring if _on_both_sides(i, trial)]
    against = [i for i in scoring if Need.REFERENCE in i.needs]
    return tuple(i.id for i in against or scoring)


def _on_both_sides(instrument: Instrument, trial: Trial) -> bool:
    """Does every item have what is ranked? Where only suspects have, its absence gives them away.

    In a random split both sides lack it alike.
    """
    items = [unit.item for unit in trial.dealt]
    return trial.controls_kind == "randomised" or not (
        (Need.SIBLINGS in instrument.needs and not all(i.siblings for i in items))
        or (Need.OPTIONS in instrument.needs and not all(len(i.options) > 1 for i in items))
    )


def kinds(trial: Trial) -> dict[Null, tuple[str, ...]]:
    """Return what is tested, by kind of null, as fixed before the run."""
    exact = tuple(i.id for i in exact_instruments(trial))
    matched = matched_columns(trial) if trial.controls_kind != "none" else ()
    return {n: ids for n, ids in ((Null.EXACT, exact), (Null.MATCHED, matched)) if ids}


def needed(trial: Trial) -> float:
    """Return the e-value at which a kind flags: Bonferroni over the kinds tested."""
    return max(1, len(kinds(trial))) / trial.plan.alpha


def totals(trial: Trial, board: Board) -> tuple[Total, ...]:
    """Combine what is on the board, kind by kind."""
    found = []
    for null, ids in kinds(trial).items():
        path = _exact_path(trial, board) if null is Null.EXACT else _matched_path(trial, board)
        log_e = path[-1] if path else 0.0
        found.append(
            Total(
                null=null,
                instruments=ids,
                e_value=math.exp(min(log_e, 700.0)),
                needed=needed(trial),
                largest_e=_largest(trial, null),
                path=tuple(path),
            )
        )
    return tuple(found)


def decided(trial: Trial, board: Board, earlier: Sequence[dict[str, float]] = ()) -> bool:
    """Has a kind that may flag at any time reached what it needs? (design 3.3)

    Controls that chance did not pick cannot: the guard looks at all of them, after a full pass.
    A rerun has to carry the average over all runs of its claim.
    """
    early = {Null.EXACT} | ({Null.MATCHED} if trial.controls_kind == "randomised" else set())
    found = (t for t in totals(trial, board) if t.null in early)
    return any(over_runs(t, earlier) >= t.needed for t in found)


def over_runs(total: Total, earlier: Sequence[dict[str, float]]) -> float:
    """Average an e-value with those of other runs of the same claim.

    Anytime validity does not cover running again with another seed until it flags (A17).
    """
    past = [run.get(total.null.value, 1.0) for run in earlier]
    return math.fsum([total.e_value, *past]) / (1 + len(past))


def _exact_path(trial: Trial, board: Board) -> list[float]:
    """Log e-value after each step.

    One unit is one step: the instruments of a scope are averaged with weights fixed before the
    run, an abstention counts 1, and steps multiply because each rests on a random act of its own
    (statistics.md A4; Vovk & Wang 2021, arXiv 1912.06116).
    """
    ids = {scope: [i.id for i in exact_instruments(trial) if i.scope is scope] for scope in Scope}
    log_e, path = 0.0, []
    for scope, instruments in ids.items():
        units = dict.fromkeys(u for i in instruments for u in board.found.get(i, {}))
        if scope is Scope.UNIT:  # controls were not published: no draw published them
            units = {u: None for u in units if u in trial.suspect_ids}
        for unit in units:
            # A canary and the order of the items are units of their own: who is about another
            # one has no share in it.
            about = [
                i for i in instruments if scope is Scope.UNIT or unit in board.found.get(i, {})
            ]
            values = [_exact_e(board.finding(i, unit)) for i in about]
            log_e += math.log(max(average(values), 1e-300))
            path.append(log_e)
    return path


def _exact_e(finding: Finding | None) -> float:
    """Return the e-value that a recorded random act vouches for; 1 where there is none."""
    if finding is None or finding.null is not Null.EXACT or finding.e_value is None:
        return 1.0
    return finding.e_value


def _matched_path(trial: Trial, board: Board) -> list[float]:
    wealth = matched_wealth(trial, board, matched_columns(trial))
    return [] if wealth is None else [float(x) for x in wealth.log_path]


def measured_units(trial: Trial, board: Board, columns: Sequence[str]) -> list[str]:
    """Return the units, in dealt order, on which every column has an outcome."""
    done = [board.found.get(column, {}) for column in columns]
    return [u.id for u in trial.dealt if all(u.id in found for found in done)]


def matched_wealth(trial: Trial, board: Board, columns: Sequence[str]) -> Wealth | None:
    """Bet on the labels, from scores alone (statistics.md A2). None before the first unit."""
    units = measured_units(trial, board, columns)
    if not units or missing_by_label(trial, board, columns):
        return None
    table = np.column_stack([board.scores(column, units) for column in columns])
    suspects = len(trial.suspect_ids)
    return label_betting(
        table,
        np.array([u in trial.suspect_ids for u in units]),
        suspects_total=suspects,
        controls_total=len(trial.dealt) - suspects,
    )


def missing_by_label(trial: Trial, board: Board, columns: Sequence[str]) -> str:
    """Do measurements fail oftener on one side? Then there is no fair comparison (A6).

    Returns
    -------
    str
        Why not; empty when they do not, by Fisher's exact test at .01.
    """
    units = measured_units(trial, board, columns)
    table = [[0, 0], [0, 0]]
    for unit in units:
        missing = all(board.finding(column, unit) is None for column in columns)
        table[int(unit in trial.suspect_ids)][int(missing)] += 1
    if not sum(row[1] for row in table) or not all(sum(row) for row in table):
        return ""
    p = missingness(table)
    lost, kept = table[1][1], table[0][1]
    if p >= 0.01:
        return ""
    return f"answers are missing unevenly ({lost} suspects, {kept} controls; p {p:.1g})"


def _largest(trial: Trial, null: Null) -> float | None:
    """Return the most that this kind could reach here, where that is known."""
    if null is Null.MATCHED:
        # Nobody can win more than by knowing every label: one over the chance of that.
        suspects = len(trial.suspect_ids)
        return math.exp(min(700.0, math.log(math.comb(len(trial.dealt), suspects))))
    best = {i.id: i.largest_e(trial.subject) or 1.0 for i in exact_instruments(trial)}
    ids = {s: [i.id for i in exact_instruments(trial) if i.scope is s] for s in Scope}
    log_e = 0.0
    if ids[Scope.UNIT]:
        step = sum(best[i] for i in ids[Scope.UNIT]) / len(ids[Scope.UNIT])
        log_e += len(trial.suspect_ids) * math.log(max(step, 1.0))
    whole = {i.id: i.needs for i in exact_instruments(trial) if i.scope is Scope.BENCHMARK}
    canaries = [best[i] for i, needs in whole.items() if Need.CANARIES in needs]
    others = [best[i] for i, needs in whole.items() if Need.CANARIES not in needs]
    for steps, values in ((len(trial.subject.benchmark.canaries), canaries), (1, others)):
        if values:
            log_e += steps * math.log(max(sum(values) / len(values), 1.0))
    return math.exp(min(log_e, 700.0))
