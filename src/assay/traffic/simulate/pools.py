"""Many accounts behind one source: pools, honest and not, are made the same way."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from assay.traffic.simulate import content
from assay.traffic.simulate.cast import ACCOUNT, Cohort
from assay.traffic.simulate.draws import Ints, Records
from assay.traffic.simulate.shapes import HUMAN
from assay.traffic.simulate.stage import Stage

__all__ = ["organic", "pooled", "spans"]

Work = Callable[[Stage, Records, Records], None]


def spans(accounts: Records) -> tuple[Ints, Ints]:
    """Return where each group begins and how many accounts it has; groups lie together."""
    _, first, sizes = np.unique(accounts["group"], return_index=True, return_counts=True)
    return first, sizes


def pooled(stage: Stage, single: Cohort, keys: Records, work: Work) -> Cohort:
    """Add groups of keys, each group with one queue of work that is dealt out over them."""
    if not len(keys):
        return single
    first, sizes = spans(keys)
    heads = keys[first]
    sources = stage.sources(heads)
    work(stage, heads, sources)
    sources["first"], sources["slots"] = first + len(single.accounts), sizes
    sources["begin"] = 0
    sources["rate"] *= sizes
    keys["origin"] = np.repeat(heads["origin"], sizes)
    accounts = np.concatenate([single.accounts, keys]).astype(ACCOUNT)
    return Cohort(accounts, np.concatenate([single.sources, sources]))


def organic(stage: Stage, accounts: Records, rate: float) -> Records:
    """Return what the users behind each group ask: some chat, some program, some run programs.

    Parameters
    ----------
    stage
        What there is to draw from.
    accounts
        Groups of accounts that lie together.
    rate
        Requests a day and account, on average.
    """
    first, sizes = spans(accounts)
    parts = []
    for asks, weight in 2 * ((content.chat, 0.2), (content.coding, 0.2), (content.prompts, 0.1)):
        sources = stage.sources(accounts[first])
        asks(stage, sources)
        sources["first"], sources["slots"], sources["begin"] = first, sizes, 0
        sources["days_on"], sources["moods"], sources["cv"] = 1, 0.15, 1
        sources["profile"] = HUMAN["evening"]
        sources["rate"] = sizes * rate * weight / sources["turns"]
        sources["failover"], sources["throttle"] = True, 0.01
        parts.append(sources)
    return np.concatenate(parts)
