"""Which evidence is combined: fixed before the run, by null and by topic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from assay.core.evidence import Null
from assay.core.instrument import Instrument, Need, Scope, Topic
from assay.core.subject import Unit
from assay.core.trial import Trial, concerns

__all__ = [
    "Kind",
    "compared_topic",
    "enough",
    "kinds",
    "matched_columns",
    "needed",
    "own_kind",
    "population",
]


class Kind(NamedTuple):
    """What is combined: evidence of one null and one topic, and never of two."""

    null: Null
    topic: Topic
    own: bool
    """Instruments' own e-values, or scores that are compared with the controls'."""


ORDER = {null: place for place, null in enumerate(Null)}


def own_kind(trial: Trial, instrument: Instrument) -> Kind | None:
    """Return the kind of an instrument's own e-values; None when it yields scores alone.

    It can claim no stronger null here than the strongest that it declares, and none at all where
    calibration found that it does not hold.
    """
    if instrument.id in trial.demoted:
        return None
    null = max(instrument.reaches(trial.subject), instrument.strongest_null, key=ORDER.__getitem__)
    return None if null is Null.NONE else Kind(null, instrument.topic, own=True)


def compared_topic(instrument: Instrument) -> Topic:
    """Return the topic of a comparison of its scores with the controls'.

    Whoever knows the texts of the benchmark's ids better than those of other ids from the same
    source did not learn them from the source alone.
    """
    return Topic.SEEN if instrument.topic is Topic.IDS else instrument.topic


def matched_columns(trial: Trial, topic: Topic = Topic.SEEN) -> tuple[str, ...]:
    """Return the score instruments that are combined into one test against the controls.

    Scores of one claim are combined first and tested once (design 3.3). Where a reference model
    is given, the differences to it replace the plain scores: they are the same scores with the
    difficulty of the text taken out, and columns that add nothing dilute the bet. The choice
    depends on what the user gave, never on what was measured.
    """
    scoring = [
        i
        for i in trial.running
        if i.scope is Scope.UNIT
        and i.id not in trial.demoted
        and compared_topic(i) is topic
        and i.reaches(trial.subject) is not Null.EXACT
        and _on_both_sides(i, trial)
    ]
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


def population(trial: Trial, columns: Sequence[str]) -> tuple[Unit, ...]:
    """Return the units that these columns are about, as dealt: suspects and controls alike."""
    needs = [i.needs for i in trial.running if i.id in columns]
    return tuple(u for u in trial.dealt if all(concerns(n, u.item) for n in needs))


def kinds(trial: Trial) -> dict[Kind, tuple[str, ...]]:
    """Return what is tested, by kind, as fixed before the run: strongest null first."""
    found: dict[Kind, tuple[str, ...]] = {}
    for instrument in trial.running:
        kind = own_kind(trial, instrument)
        if kind is not None:
            found[kind] = (*found.get(kind, ()), instrument.id)
    if trial.controls_kind != "none":
        for topic in Topic:
            if columns := matched_columns(trial, topic):
                found[Kind(Null.MATCHED, topic, own=False)] = columns
    return dict(sorted(found.items(), key=lambda pair: ORDER[pair[0].null]))


def needed(trial: Trial) -> float:
    """Return the e-value at which a kind flags: Bonferroni over the kinds tested."""
    return max(1, len(kinds(trial))) / trial.plan.alpha


def enough(trial: Trial) -> float:
    """Return the e-value of a kind at which the run may stop.

    The one that flags; or more, where the claim has to stand among others: one kind that reaches
    the number of kinds times `stop_at` carries their mean there (docs/decisions/0007).
    """
    return max(needed(trial), max(1, len(kinds(trial))) * (trial.plan.stop_at or 0.0))
