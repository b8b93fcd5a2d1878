"""What each instrument found in total, by itself."""

from __future__ import annotations

import math
from dataclasses import asdict

import numpy as np
from scipy import stats

from assay.core.evidence import Abstention, Estimate, Evidence, Finding, Null
from assay.core.instrument import Instrument, Scope
from assay.core.subject import Cost
from assay.core.trial import Trial
from assay.stats.betting import label_betting
from assay.stats.intervals import auc, auc_interval, bootstrap, clopper_pearson
from assay.stats.permutation import mann_whitney
from assay.stats.sequential import mean_sequence, mean_sequence_without_replacement
from assay.verdict.combine import Board, largest
from assay.verdict.kinds import own_kind, population

__all__ = ["evidence_of", "gain", "leaked_at_least"]


def evidence_of(
    trial: Trial, board: Board, instrument: Instrument, *, comparable: bool, full: bool
) -> Evidence:
    """Sum up one instrument.

    Parameters
    ----------
    trial, board
        What was planned and what was found.
    instrument
        Which.
    comparable
        Whether its scores may be compared with the controls'.
    full
        Whether every unit was measured; interval and p-value of a comparison need that.
    """
    found = _summed(trial, board, instrument, comparable=comparable, full=full)
    if why := trial.demoted.get(instrument.id):
        return found.model_copy(update={"caveats": (why, *found.caveats)})
    return found


def _summed(
    trial: Trial, board: Board, instrument: Instrument, *, comparable: bool, full: bool
) -> Evidence:
    outcomes = board.of(instrument.id)
    findings = [o for o in outcomes if isinstance(o, Finding)]
    about = _about(trial, instrument, outcomes)
    if instrument.id in trial.blocked:
        return about.model_copy(update={"abstention": trial.blocked[instrument.id]})
    if not findings:
        why = next(
            (o.reason for o in outcomes if isinstance(o, Abstention)), "nothing was measured"
        )
        return about.model_copy(update={"abstention": why})
    if (kind := own_kind(trial, instrument)) is not None:
        published = trial.suspect_ids
        own = [f for f in findings if instrument.scope is not Scope.UNIT or f.unit in published]
        return about.model_copy(update=_own(own, kind.null))
    if instrument.scope is Scope.UNIT and trial.controls_kind != "none":
        return about.model_copy(
            update=_compared(trial, board, instrument, comparable=comparable, full=full)
        )
    return about.model_copy(update=_described(trial, findings))


def _about(trial: Trial, instrument: Instrument, outcomes: list[Finding | Abstention]) -> Evidence:
    measured = [o.unit for o in outcomes if isinstance(o, Finding)]
    suspects = sum(u in trial.suspect_ids for u in measured)
    per_unit = instrument.scope is Scope.UNIT
    question = (type(instrument).__doc__ or "").strip().split("\n")[0]
    settings = asdict(instrument)  # type: ignore[call-overload]  # every instrument is a dataclass
    return Evidence(
        instrument=instrument.id,
        version=instrument.version,
        question=question,
        claim=instrument.claim,
        null=Null.NONE,
        suspects=suspects if per_unit else len(measured),
        controls=len(measured) - suspects if per_unit else 0,
        abstained=len(outcomes) - len(measured),
        largest_e=_most(trial, instrument),
        parameters=settings,
        seed=trial.seed,
        cost=Cost(),
    )


def _most(trial: Trial, instrument: Instrument) -> float | None:
    """Return the largest e-value that its own findings could multiply up to in this run."""
    kind = own_kind(trial, instrument) if instrument.id not in trial.blocked else None
    return None if kind is None else largest(trial, kind, (instrument.id,))


def _own(findings: list[Finding], null: Null) -> dict[str, object]:
    """E-values multiply over units: each rests on a draw of its own."""
    own = [f for f in findings if f.null is null]
    if not own:
        return {"abstention": "nothing that was published could be measured"}
    log_e = math.fsum(math.log(max(f.e_value or 1e-300, 1e-300)) for f in own)
    caveats = tuple(
        dict.fromkeys(str(f.detail["not_exact"]) for f in findings if f.detail.get("not_exact"))
    )
    p_values = [f.p_value for f in own if f.p_value is not None]
    return {
        "null": null,
        "e_value": math.exp(min(log_e, 700.0)),
        "p_value": p_values[0] if len(own) == 1 and p_values else None,
        "estimate": gain(own) or _first_ranks(own),
        "caveats": caveats,
    }


def gain(findings: list[Finding]) -> Estimate | None:
    """How much higher is the score on what was published than on its siblings? (design 3.6)

    A lower bound on the inflation of the published score where memory helps with siblings too.
    By betting, since differences of right and wrong are far from normal; holds at any stop.
    """
    gains = [f.score for f in findings if f.score is not None and "likes" in f.detail]
    if not gains:
        return None
    lows, highs = mean_sequence(gains, alpha=0.05, lower=-1, upper=1)
    return Estimate(
        value=math.fsum(gains) / len(gains),
        low=float(lows[-1]),
        high=float(highs[-1]),
        unit="share solved, published minus siblings: at least so much is inflation",
        method="confidence sequence",
    )


def _first_ranks(findings: list[Finding]) -> Estimate | None:
    """Share of units where the published variant ranks first, with its exact interval."""
    ranks = [(f.detail["rank"], f.detail["of"]) for f in findings if f.detail.get("of")]
    if not ranks:
        return None
    first = sum(rank == 1 for rank, _ in ranks)
    low, high = clopper_pearson(first, len(ranks))
    chance = sum(1 / float(of) for _, of in ranks if isinstance(of, int)) / len(ranks)
    unit = f"share ranked first (chance {chance:.2g})"
    return Estimate(
        value=first / len(ranks), low=low, high=high, unit=unit, method="Clopper-Pearson"
    )


def _compared(
    trial: Trial, board: Board, instrument: Instrument, *, comparable: bool, full: bool
) -> dict[str, object]:
    """Compare suspects with controls, alone; the total combines scores first (design 3.3)."""
    done = board.found[instrument.id]
    units = [u.id for u in trial.dealt if isinstance(done.get(u.id), Finding)]
    scores = board.scores(instrument.id, units)
    labels = np.array([u in trial.suspect_ids for u in units])
    suspects, controls = scores[labels], scores[~labels]
    if not len(suspects) or not len(controls):
        return {"abstention": "only one side could be measured"}
    found: dict[str, object] = {
        "null": Null.MATCHED if comparable else Null.NONE,
        "estimate": _separation(suspects, controls, None if full else _pairs(trial)),
    }
    if comparable:
        about = population(trial, [instrument.id])
        published = sum(u.id in trial.suspect_ids for u in about)
        bets = label_betting(
            scores,
            labels,
            suspects_total=published,
            controls_total=len(about) - published,
        )
        found["e_value"] = bets.value
        found["p_value"] = mann_whitney(suspects, controls) if full else None
    return found


def _separation(
    suspects: np.ndarray[tuple[int], np.dtype[np.float64]],
    controls: np.ndarray[tuple[int], np.dtype[np.float64]],
    population: int | None,
) -> Estimate:
    """How often does a suspect score above a control?

    After a stop a fixed-size interval would be too narrow, since the run stopped where it looked
    best. Then suspects and controls are paired in dealt order, which makes the pairs a sample
    without replacement, and a confidence sequence holds at any stop.
    """
    if population is None and min(len(suspects), len(controls)) > 1:
        low, high = auc_interval(suspects, controls)
        return Estimate(
            value=auc(suspects, controls), low=low, high=high, unit="AUC", method="DeLong"
        )
    pairs = min(len(suspects), len(controls))
    wins = (suspects[:pairs] > controls[:pairs]) + 0.5 * (suspects[:pairs] == controls[:pairs])
    lows, highs = mean_sequence_without_replacement(wins, population or pairs, alpha=0.05)
    return Estimate(
        value=float(wins.mean()),
        low=float(lows[-1]),
        high=float(highs[-1]),
        unit="AUC over pairs as dealt",
        method="confidence sequence",
    )


def _pairs(trial: Trial) -> int:
    return min(len(trial.suspect_ids), len(trial.controls))


def _described(trial: Trial, findings: list[Finding]) -> dict[str, object]:
    """Describe scores that nothing can be compared with."""
    scores = [f.score for f in findings if f.score is not None]
    caveats = {str(f.detail["not_exact"]) for f in findings if f.detail.get("not_exact")}
    if trial.controls_kind == "none":
        caveats.add("no controls: a score alone says nothing about memory")
    found: dict[str, object] = {"null": Null.NONE, "caveats": tuple(sorted(caveats))}
    if len(scores) > 2:
        low, high = bootstrap(scores, np.mean, seed=trial.seed % 2**32, level=0.95)
        found["estimate"] = Estimate(
            value=float(np.mean(scores)), low=low, high=high, unit="mean score", method="bootstrap"
        )
    return found


def leaked_at_least(findings: list[Finding], alpha: float) -> int:
    """How many units were surely seen? A simultaneous lower bound, by closed testing.

    Among any s unseen units the number whose published variant ranks first is binomial (or less,
    where chances differ, by their maximum). The bound is the smallest d at which the first ranks
    that would remain without d of them are no longer too many.

    Parameters
    ----------
    findings
        Of independent draws, with rank and number of variants.
    alpha
        Chance that the bound is too high.

    References
    ----------
    Goeman & Solari 2011, doi 10.1214/11-STS356.
    """
    ranks = [f.detail for f in findings if f.null is Null.EXACT and f.detail.get("of")]
    first = sum(r["rank"] == 1 for r in ranks)
    chance = max((1 / float(str(r["of"])) for r in ranks), default=1.0)
    for d in range(first + 1):
        # Were only d units seen, the worst case takes d first ranks away and leaves the rest.
        if stats.binom.sf(first - d - 1, len(ranks) - d, chance) > alpha:
            return d
    return first
