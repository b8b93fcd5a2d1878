"""Clusters as a scan forms them: by what was shared on days up to the split, and nothing later."""

from __future__ import annotations

from assay.traffic.engines import DuckDB
from assay.traffic.features.holders import addresses, links, standing
from assay.traffic.holdings import FIELDS
from assay.traffic.linkage import Linkage, link
from assay.traffic.load import Loaded
from assay.traffic.splitting import Split

__all__ = ["EARLY", "linked"]

EARLY = "links_before"
"""Name of the table of who held what, up to the split."""


def linked(loaded: Loaded, split: Split) -> Linkage | None:
    """Weigh pairs by what they shared up to the split, if the logs have anything to share.

    Parameters
    ----------
    loaded
        The logs; the tables of `assay.traffic.warehouse.derive` are in them.
    split
        The last day that counts.
    """
    if not loaded.present & set(FIELDS):
        return None
    engine = DuckDB(loaded.requests)
    timed = engine.requests()
    early = timed.filter(timed.day <= split.day)
    # Made first: a union of them would read the requests once for each field.
    engine.create(f"{EARLY}_standing", standing(early))
    engine.create(f"{EARLY}_addresses", addresses(early))
    made = (engine.table(f"{EARLY}_{part}") for part in ("standing", "addresses"))
    engine.create(EARLY, links(*made))
    return link(loaded.requests, EARLY)
