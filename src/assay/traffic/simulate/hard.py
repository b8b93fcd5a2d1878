"""Who is honest and looks worst: traits that turn an account into a hard negative.

A hard negative is an honest account that does what some attackers do: asks at night, is at its
limits on its first day, moves to a new model at once, shares a template with strangers. Every kind
has some. Those that only one kind has (balanced keys, a campus, keys in turns) are made with it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from assay.traffic.simulate import content
from assay.traffic.simulate.cast import NETWORKS, Cohort
from assay.traffic.simulate.draws import Records
from assay.traffic.simulate.shapes import HUMAN
from assay.traffic.simulate.stage import DAY, Stage

__all__ = ["TRAITS", "Some", "harden", "intake"]

Some = NDArray[np.bool_]


def _newcomer(stage: Stage, accounts: Records, sources: Records, some: Some) -> None:
    """Made this week, and at its limits from the first day."""
    count = int(some.sum())
    accounts["created"][some] = stage.rng.uniform(0, 0.8, count) * stage.span
    sources["begin"][some] = accounts["created"][some] + stage.spread(600, 1, count)
    daily = sources["rate"][some] * sources["turns"][some]
    accounts["quota"][some] = np.maximum(20, daily * 2)
    sources["rate"][some] *= 3
    sources["days_on"][some] = 1


def _adopter(stage: Stage, accounts: Records, sources: Records, some: Some) -> None:
    """Moves to a new model within hours."""
    count = int(some.sum())
    sources["moves_after"][some] = stage.rng.uniform(0, 20 * 3600, count)
    sources["move"][some] = stage.rng.beta(4, 1.5, count)
    sources["rate"][some] *= np.where(accounts["created"][some] < 0, 1.3, 1)


def _night(stage: Stage, accounts: Records, sources: Records, some: Some) -> None:
    """Knows no day: shift work, a home that is shared, a job that never ends."""
    sources["profile"][some] = HUMAN["always"]
    sources["days_on"][some] = 1
    sources["rate"][some] *= 2 + stage.rng.random(int(some.sum()))
    accounts["away"][some] /= 2


def _heavy(stage: Stage, accounts: Records, sources: Records, some: Some) -> None:
    """Asks ten times as much as others."""
    sources["rate"][some] *= stage.spread(10, 0.5, int(some.sum()))
    accounts["limit"][some] = np.maximum(accounts["limit"][some], 60)


def _thinker(stage: Stage, _accounts: Records, sources: Records, some: Some) -> None:
    """Wants reasoning for everything."""
    content.thinking(sources, some)
    sources["rate"][some] *= stage.spread(1.5, 0.3, int(some.sum()))


def _redteam(stage: Stage, _accounts: Records, sources: Records, some: Some) -> None:
    """Tests what a model refuses, each time otherwise, with leave to do so."""
    sources["templates"][some] = 0
    sources["filtered"][some] = stage.rng.uniform(0.1, 0.5, int(some.sum()))


def _rented(stage: Stage, accounts: Records, _sources: Records, some: Some) -> None:
    """Goes through rented addresses, as people do where others look over their shoulder."""
    count = int(some.sum())
    accounts["proxies"][some] = stage.rng.choice((30, 400, 4000), count)
    kinds = (NETWORKS.index("proxy"), NETWORKS.index("residential"))
    accounts["network"][some] = stage.rng.choice(kinds, count)
    accounts["away"][some] = 0


def _product(stage: Stage, accounts: Records, sources: Records, some: Some) -> None:
    """Uses a product to which customers bring their own key: its template, and nothing else."""
    count = int(some.sum())
    sources["base"][some] = stage.popular(stage.products, count)
    sources["templates"][some] = 1
    sources["template_tokens"][some] = 1_200
    accounts["client"][some] = sources["base"][some] + np.uint64(5)


Trait = Callable[[Stage, Records, Records, Some], None]
TRAITS: dict[str, Trait] = {
    "newcomer": _newcomer, "adopter": _adopter, "night": _night, "heavy": _heavy,
    "thinker": _thinker, "redteam": _redteam, "product": _product,
    "rented": _rented,
}  # fmt: skip


def harden(stage: Stage, cohort: Cohort, hard: float, traits: tuple[str, ...]) -> Cohort:
    """Give a share of the accounts one trait each; only those with a source of their own."""
    accounts, sources = cohort.accounts, cohort.sources
    if len(accounts) != len(sources):
        msg = "traits are for accounts with a source of their own"
        raise ValueError(msg)
    free = (accounts["hard"] == "") & stage.chance(hard, len(accounts))
    names = stage.rng.choice(traits, len(accounts))
    for name in traits:
        some = free & (names == name)
        accounts["hard"][some] = name
        TRAITS[name](stage, accounts, sources, some)
    return cohort


def intake(stage: Stage, cohort: Cohort, share: float = 0.06) -> Cohort:
    """Let this share of the groups begin this week, all of a group within hours, and busily.

    A course that starts, a hackathon, a team that was signed up, a fleet that is rolled out.
    """
    accounts, sources = cohort.accounts, cohort.sources
    _, which = np.unique(accounts["group"], return_inverse=True)
    groups = int(which.max()) + 1
    some = (stage.chance(share, groups) & (np.bincount(which) > 1))[which]
    starts = stage.rng.uniform(-3 * DAY, min(3 * DAY, stage.span / 2), groups)[which]
    made = starts + stage.spread(DAY / 8, 1, len(accounts))
    accounts["created"] = np.where(some, made, accounts["created"])
    accounts["hard"] = np.where(some & (accounts["hard"] == ""), "intake", accounts["hard"])
    last = np.full(groups, -np.inf)
    np.maximum.at(last, which, accounts["created"])
    theirs = some[sources["first"]]
    begins = np.maximum(sources["begin"], last[which[sources["first"]]])
    sources["begin"] = np.where(theirs, begins, sources["begin"])
    sources["rate"] *= np.where(theirs, 2, 1)
    return cohort
