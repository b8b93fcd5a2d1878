"""How evidence is combined, and when it is enough."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from assay.core.evidence import Abstention, Finding, Null, Total
from assay.core.instrument import Need, Scope, Topic
from assay.core.trial import Trial
from assay.stats.betting import Wealth, label_betting
from assay.stats.evalues import average, staked
from assay.stats.permutation import missingness
from assay.stats.shuffled import shuffled_p
from assay.store import UNFINISHED
from assay.verdict.kinds import Kind, enough, kinds, needed, population

__all__ = [
    "Board",
    "announced_p",
    "decided",
    "key_of",
    "largest",
    "matched_wealth",
    "measured_units",
    "missing_by_label",
    "over_runs",
    "totals",
]

Outcome = Finding | Abstention


@dataclass(slots=True)
class Board:
    """What has been found so far, by instrument and unit, in the order it was found."""

    found: dict[str, dict[str, Outcome]] = field(default_factory=dict)
    waiting: list[Abstention] = field(default_factory=list)
    """Of units whose answers are still to come: nothing is bet on them."""

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Put outcomes on the board."""
        for outcome in outcomes:
            if isinstance(outcome, Abstention) and outcome.passing:
                self.waiting.append(outcome)
                continue
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
        return [o for outcomes in self.found.values() for o in outcomes.values()] + self.waiting

    def of(self, instrument: str) -> list[Outcome]:
        """Return everything of one instrument."""
        waiting = [outcome for outcome in self.waiting if outcome.instrument == instrument]
        return [*self.found.get(instrument, {}).values(), *waiting]


def totals(trial: Trial, board: Board) -> tuple[Total, ...]:
    """Combine what is on the board, kind by kind, in the order of `kinds`."""
    found = []
    for kind, ids in kinds(trial).items():
        path = _own_path(trial, board, kind, ids) if kind.own else _path(trial, board, ids)
        log_e = path[-1] if path else 0.0
        found.append(
            Total(
                null=kind.null,
                topic=kind.topic.value,
                instruments=ids,
                e_value=math.exp(min(log_e, 700.0)),
                needed=needed(trial),
                largest_e=largest(trial, kind, ids),
                path=tuple(path),
            )
        )
    return tuple(found)


def key_of(total: Total) -> str:
    """Return the name under which the ledger keeps a total for later runs of the claim."""
    return total.null.value if total.topic == Topic.SEEN else f"{total.null.value}.{total.topic}"


def decided(trial: Trial, board: Board, earlier: Sequence[dict[str, float]] = ()) -> bool:
    """Has a kind that may flag at any time reached what it needs? (design 3.3)

    Controls that chance did not pick cannot: the guard looks at all of them, after a full pass.
    A rerun has to carry the average over all runs of its claim. That the items were seen settles
    the claim; anything less settles it only when nothing else is still being tested.
    """
    found = zip(kinds(trial), totals(trial, board), strict=True)
    reached = {
        kind.topic
        for kind, total in found
        if (kind.own or trial.controls_kind == "randomised")
        and over_runs(total, earlier) >= enough(trial)
    }
    return Topic.SEEN in reached or (bool(reached) and reached >= {k.topic for k in kinds(trial)})


def over_runs(total: Total, earlier: Sequence[dict[str, float]]) -> float:
    """Average an e-value with those of other runs of the same claim.

    Anytime validity does not cover running again with another seed until it flags (A17). What a
    run that was given up would have found is not known, and no e-value is less than nothing.
    """
    past = [0.0 if UNFINISHED in run else run.get(key_of(total), 1.0) for run in earlier]
    return math.fsum([total.e_value, *past]) / (1 + len(past))


def _own_path(trial: Trial, board: Board, kind: Kind, ids: Sequence[str]) -> list[float]:
    """Log e-value after each step.

    One unit is one step: the instruments of a scope are averaged with weights fixed before the
    run, an abstention counts 1, and steps multiply because each rests on a random act of its own
    (statistics.md A4; Vovk & Wang 2021, arXiv 1912.06116). Of items few may have leaked: there are
    many, and a part of the money is staked on each (docs/decisions/0016).
    """
    scopes = {i.id: i.scope for i in trial.running}
    path: list[float] = []
    for scope in Scope:
        instruments = [i for i in ids if scopes[i] is scope]
        units = dict.fromkeys(u for i in instruments for u in board.found.get(i, {}))
        if scope is Scope.UNIT:  # controls were not published: no draw published them
            units = {u: None for u in units if u in trial.suspect_ids}
        steps = []
        for unit in units:
            # A canary and the order of the items are units of their own: who is about another
            # one has no share in it.
            about = [
                i for i in instruments if scope is Scope.UNIT or unit in board.found.get(i, {})
            ]
            values = [_e_under(kind.null, board.finding(i, unit)) for i in about]
            steps.append(max(average(values), 1e-300))
        before = path[-1] if path else 0.0
        path += [before + log_e for log_e in _won(scope, steps)]
    return path


def _won(scope: Scope, steps: Sequence[float]) -> list[float]:
    """Log of what is won with the steps of one scope, after each."""
    if not steps:
        return []
    won: NDArray[np.float64] = staked(steps) if scope is Scope.UNIT else np.cumsum(np.log(steps))
    return [float(log_e) for log_e in won]


def _e_under(null: Null, finding: Finding | None) -> float:
    """Return the e-value that holds under this null; 1 where there is none."""
    if finding is None or finding.null is not null or finding.e_value is None:
        return 1.0
    return finding.e_value


def _path(trial: Trial, board: Board, columns: Sequence[str]) -> list[float]:
    wealth = matched_wealth(trial, board, columns)
    return [] if wealth is None else [float(x) for x in wealth.log_path]


def measured_units(trial: Trial, board: Board, columns: Sequence[str]) -> list[str]:
    """Return the units on which every column has an outcome, in the order they came to have it.

    That is the order in which they were dealt, but for those whose answers came late: whatever
    was bet on stays where it stood.
    """
    done = [board.found.get(column, {}) for column in columns]
    about = {unit.id for unit in population(trial, columns)}
    first = done[0] if done else {}
    return [u for u in first if u in about and all(u in found for found in done)]


def matched_wealth(trial: Trial, board: Board, columns: Sequence[str]) -> Wealth | None:
    """Bet on the labels, from scores alone (statistics.md A2). None before the first unit."""
    table, labels = _drawn(trial, board, columns)
    if not labels.size or missing_by_label(trial, board, columns):
        return None
    about = population(trial, columns)
    suspects = sum(u.id in trial.suspect_ids for u in about)
    return label_betting(
        table, labels, suspects_total=suspects, controls_total=len(about) - suspects
    )


def _drawn(
    trial: Trial, board: Board, columns: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return scores of the units that are measured, shape (n, columns), and which are suspects."""
    units = measured_units(trial, board, columns)
    table = np.column_stack([board.scores(column, units) for column in columns])
    return table, np.array([u in trial.suspect_ids for u in units], dtype=np.bool_)


def announced_p(trial: Trial, board: Board, columns: Sequence[str]) -> float | None:
    """How often do shuffled labels win as much? Asked once, of the whole urn (docs/decisions/0013).

    Returns
    -------
    float or None
        None where lots did not draw the controls, the pass was not announced as a full one, or
        an item is missing: then wealth alone decides, which may be looked at when one likes.
    """
    table, labels = _drawn(trial, board, columns)
    whole = len(labels) == len(population(trial, columns))
    if not (trial.plan.full and whole and trial.controls_kind == "randomised"):
        return None
    if labels.all() or not labels.any() or missing_by_label(trial, board, columns):
        return None
    return shuffled_p(table, labels, alpha=1 / needed(trial), seed=trial.seed)


def missing_by_label(trial: Trial, board: Board, columns: Sequence[str]) -> str:
    """Do measurements fail oftener on one side? Then there is no fair comparison (A6).

    Returns
    -------
    str
        Why not; empty when they do not, by Fisher's exact test at .01.
    """
    units = measured_units(trial, board, columns)
    table = [[0, 0], [0, 0]]
    for unit in dict.fromkeys(
        [*units, *(o.unit for o in board.waiting if o.instrument in columns)]
    ):
        missing = all(board.finding(column, unit) is None for column in columns)
        table[int(unit in trial.suspect_ids)][int(missing)] += 1
    if not sum(row[1] for row in table) or not all(sum(row) for row in table):
        return ""
    p = missingness(table)
    lost, kept = table[1][1], table[0][1]
    if p >= 0.01:
        return ""
    return f"answers are missing unevenly ({lost} suspects, {kept} controls; p {p:.1g})"


def largest(trial: Trial, kind: Kind, ids: Sequence[str]) -> float | None:
    """Return the most that this kind could reach here, where that is known."""
    if not kind.own:
        # Nobody can win more than by knowing every label: one over the chance of that.
        about = population(trial, ids)
        suspects = sum(u.id in trial.suspect_ids for u in about)
        return math.exp(min(700.0, math.log(math.comb(len(about), suspects))))
    able = [i for i in trial.running if i.id in ids]
    best = {i.id: i.largest_e(trial.subject) or 1.0 for i in able}
    per_unit = [best[i.id] for i in able if i.scope is Scope.UNIT]
    whole = [i for i in able if i.scope is Scope.BENCHMARK]
    canaries = [best[i.id] for i in whole if Need.CANARIES in i.needs]
    others = [best[i.id] for i in whole if Need.CANARIES not in i.needs]
    log_e, planted = 0.0, len(trial.subject.benchmark.canaries)
    items = len(trial.suspect_ids)
    for scope, steps, values in (
        (Scope.UNIT, items, per_unit), (Scope.BENCHMARK, planted, canaries),
        (Scope.BENCHMARK, 1, others),
    ):  # fmt: skip
        if values and steps:
            log_e += _won(scope, [max(sum(values) / len(values), 1.0)] * steps)[-1]
    return math.exp(min(log_e, 700.0))
