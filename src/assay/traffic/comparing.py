"""How two accounts are compared, field by field: levels, their chances, and what Splink is told."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from assay.traffic.holdings import BANDS, CLASS, Band, Holdings

__all__ = ["ALONE", "COMPARISONS", "Level", "Model", "counted", "fixed", "learned", "settings"]

COMPARISONS = {
    "payment": ("payment",), "org": ("org",), "place": ("prefix", "asn"),
    "client": ("agent", "tls"), CLASS: (CLASS,),
}  # fmt: skip
"""Fields that hang together are one comparison, and only the first that is shared counts: an
address lies in its network, a client program brings its TLS."""
ALONE = {"payment": (4, 3, 1), "org": (4, 3, 1), "prefix": (1, -1, -3), "asn": (-4,),
         "agent": (-2, -4, -6), "tls": (-6,)}  # fmt: skip
"""Log odds, in bits, that two accounts have one owner that share a value of this field and nothing
else: rare, uncommon, below the cap. These are guesses, and said to be. They hold where too little
is there to learn from; where the rest is learned, one of them says where the scale begins. They
cannot be counted: nearly all pairs that share a card have one owner, so that how often they do says
how many pools there are, and not what a shared card means."""
PARTNERS = 10
"""Accounts of one owner that each account is expected to have, where nothing is learned."""
UNSHARED = 0.25
"""How often at least two accounts of one owner share nothing of a comparison. Most pairs to learn
from are of large customers, who hide nothing and share everything; those who hide rotate cards, and
what they do not share may not count for more than two bits against being one."""
SHARES = 0.4
"""How often two accounts of one owner share a value of a comparison, where nothing is learned."""


@dataclass(frozen=True, slots=True)
class Level:
    """What two accounts may share; m: how often those of one owner do, u: how often others do."""

    comparison: str
    says: str
    sql: str
    m: float
    u: float

    @property
    def weight(self) -> float:
        """How many bits does it add to share this?"""
        return math.log2(self.m / self.u)


@dataclass(frozen=True, slots=True)
class Model:
    """The levels, and the log odds in bits that any two accounts have one owner."""

    levels: tuple[Level, ...]
    prior: float


def counted(holdings: Holdings) -> Model:
    """Where does learning start? From how often any two accounts share what."""
    levels = []
    for name, fields in COMPARISONS.items():
        shared = [one for field in fields for one in _shared(name, field, holdings)]
        levels += [replace(one, m=SHARES / len(shared)) for one in shared]
        levels.append(_rest(name, 1 - SHARES, 1 - math.fsum(one.u for one in shared)))
    return Model(tuple(levels), math.log2(0.3 / 0.7))


def fixed(holdings: Holdings) -> Model:
    """Which weights are used where nothing can be learned?"""
    prior = -math.log2(max(holdings.accounts, 2 * PARTNERS) / PARTNERS)
    return Model(tuple(_assumed(one, prior) for one in counted(holdings).levels), prior)


def learned(holdings: Holdings, shares: Mapping[str, float]) -> Model:
    """Which weights follow from what was learned?

    Parameters
    ----------
    shares
        m of levels by what they say; levels that are not there keep the odds they have alone.
    """
    levels = counted(holdings).levels
    # To share something never counts against being one: where it seemed to, it says nothing.
    known = {
        one.says: replace(one, m=max(shares[one.says], UNSHARED if one.sql == "ELSE" else one.u))
        for one in levels
        if one.says in shares
    }
    anchor = _anchor(holdings, known)
    prior = _alone(anchor) - anchor.weight if anchor else fixed(holdings).prior
    assumed = [_assumed(one, prior) for one in levels]
    return Model(tuple(_lower(known.get(one.says), one) for one in assumed), prior)


def settings(model: Model, holdings: Holdings) -> dict[str, Any]:
    """Return what Splink is told: one row an account, levels with their m and u."""
    return {
        "link_type": "dedupe_only",
        "comparisons": [_comparison(name, model.levels, holdings) for name in COMPARISONS],
        "blocking_rules_to_generate_predictions": ["1 = 0"],  # pairs are given
        "probability_two_random_records_match": 1 / (1 + 2**-model.prior),
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": True,
        "em_convergence": 0.001,
        "max_iterations": 50,
    }


def _shared(name: str, field: str, holdings: Holdings) -> list[Level]:
    """Return what can be shared of one field, the rarest first, and how often any two share it."""
    if field == CLASS:
        same = f'"{CLASS}_l" = "{CLASS}_r"'
        return [Level(name, f"same {CLASS}", same, SHARES, holdings.same_class)]
    bands = holdings.bands[field]
    if len(ALONE[field]) == 1:  # the second field of a comparison has one level
        bands = (Band(bands[-1].holders, bands[-1].number, sum(b.chance for b in bands)),)
    return [
        Level(name, f"{field} held by at most {band.holders}",
              f"{_rarest(field)} <= {band.number}", SHARES, band.chance)
        for band in bands
    ]  # fmt: skip


def _rarest(field: str) -> str:
    return f'list_min(list_intersect("{field}_l", "{field}_r"))'


def _rest(name: str, m: float, u: float) -> Level:
    return Level(name, f"shares no {' or '.join(COMPARISONS[name])}", "ELSE", m, max(u, 0.05))


def _alone(level: Level) -> int:
    """Return the odds, in bits, of two accounts that share this and nothing else."""
    field, _, holders = level.says.partition(" held by at most ")
    odds = ALONE[field]
    place = sum(int(holders) > edge for edge in BANDS)
    return odds[min(place, len(odds) - 1)]


def _assumed(level: Level, prior: float) -> Level:
    """Weigh a level so that alone it gives the odds it is said to; a class is counted, not said."""
    if level.sql == "ELSE" or level.comparison == CLASS:
        return level
    return replace(level, u=level.m * 2.0 ** (prior - _alone(level)))


def _lower(found: Level | None, assumed: Level) -> Level:
    """Let what is shared weigh no more than it is said to alone.

    Large customers share addresses, which says little of those who hide behind rented ones.
    """
    if found is None or (assumed.comparison != CLASS and found.weight > assumed.weight):
        return assumed
    return found


def _anchor(holdings: Holdings, known: Mapping[str, Level]) -> Level | None:
    """Choose the level from which the scale begins: the commonest shared payer that was learned."""
    for field in ("payment", "org", "prefix"):
        said = [one.says for one in _shared("", field, holdings) if one.says in known]
        if said:
            return max((known[one] for one in said), key=lambda level: level.u)
    return None


def _comparison(name: str, levels: tuple[Level, ...], holdings: Holdings) -> dict[str, Any]:
    fields = COMPARISONS[name]
    silent = " AND ".join(f"({_silent(field, holdings)})" for field in fields)
    told = [{"sql_condition": silent, "label_for_charts": "nothing to compare",
             "is_null_level": True}]  # fmt: skip
    told += [_told(level) for level in levels if level.comparison == name]
    return {"output_column_name": name, "comparison_levels": told}


def _silent(field: str, holdings: Holdings) -> str:
    """Say when a field says nothing: it is unknown, or only common values are shared."""
    unknown = f'"{field}_l" IS NULL OR "{field}_r" IS NULL'
    if field == CLASS:
        return unknown
    return f"{unknown} OR {_rarest(field)} > {holdings.bands[field][-1].number}"


def _told(level: Level) -> dict[str, Any]:
    told: dict[str, Any] = {
        "sql_condition": level.sql,
        "label_for_charts": level.says,
        "m_probability": level.m,
        "u_probability": level.u,
        "fix_u_probability": True,
    }
    if level.comparison == CLASS and level.sql != "ELSE":
        told["tf_adjustment_column"] = CLASS  # a rare class weighs more than a usual one
    return told
