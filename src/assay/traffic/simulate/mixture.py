"""Which campaigns run in a week? Presets by name, and lists that people type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

from assay.core.errors import BadConfig, UnknownName
from assay.traffic.simulate.attack import (
    CAMPAIGNS,
    Campaign,
    Harvest,
    Mixed,
    Pivot,
    Probing,
    Relay,
    Template,
)

__all__ = ["PRESETS", "campaigns_of", "preset", "smaller"]

PRESETS: dict[str, tuple[Campaign, ...]] = {
    "week": (
        Template(accounts=200, rate=26, proxies=0.7),
        Template(accounts=120, rate=40, variants=10_000, isolation=1, rotation=3),
        Relay(accounts=80, isolation=0.8, bought=1),
        Mixed(accounts=60, dilution=0.1, bought=0.5),
        Harvest(accounts=40, fill=0.9, bought=1),
        Pivot(accounts=40),
        Probing(accounts=60, begin=1, dilution=0.2),
    ),
    "placebo": (),
    # The sizes that were disclosed, for logs of a million accounts; --scale makes them smaller.
    "disclosed": (
        Template(accounts=25_000, rate=26, variants=10_000, isolation=1, cards=5),
        Template(accounts=3_500, rate=850, proxies=1, cards=3, rotation=2),
        Relay(accounts=5_380, rate=6),
        Harvest(accounts=273, rate=730),
        Relay(accounts=1_500, rate=13, isolation=1),
        Pivot(accounts=500, rate=200),
        Probing(accounts=200, burst=12_000),
    ),
}  # fmt: skip
"""`week` is meant for 20,000 accounts, of which 3 % are campaigns'."""
EXAMPLE = "--campaigns template:accounts=200,dilution=.2+relay"


def preset(name: str) -> tuple[Campaign, ...]:
    """Return the campaigns of a preset.

    Raises
    ------
    UnknownName
        There is none of this name.
    """
    if name not in PRESETS:
        raise UnknownName("preset", name, PRESETS, "--preset week")
    return PRESETS[name]


def campaigns_of(text: str) -> tuple[Campaign, ...]:
    """Read a list of campaigns: names with parameters, joined by `+`; or `none`.

    Raises
    ------
    UnknownName
        A campaign or a parameter is not known.
    BadConfig
        A value is no number, out of range, or given twice.

    Examples
    --------
    >>> [c.accounts for c in campaigns_of("template:accounts=50,dilution=.2+relay")]
    [50, 100]
    """
    return () if text == "none" else tuple(_one(part) for part in text.split("+"))


def smaller(campaigns: Sequence[Campaign], scale: float) -> tuple[Campaign, ...]:
    """Return the campaigns with this share of their accounts, ten at least, or all it has."""
    return tuple(
        replace(c, accounts=max(round(c.accounts * scale), min(10, c.accounts), c.rotation))
        for c in campaigns
    )


def _one(text: str) -> Campaign:
    name, colon, rest = text.strip().partition(":")
    if name not in CAMPAIGNS:
        raise UnknownName("campaign", name, CAMPAIGNS, EXAMPLE)
    kind = CAMPAIGNS[name]
    given: dict[str, float] = {}
    for pair in rest.split(",") if colon else ():
        key, _, value = (part.strip() for part in pair.partition("="))
        if key in given:
            msg = f"campaign {name}: {key} is given twice\n  next: {EXAMPLE}"
            raise BadConfig(msg)
        given[key] = _value(kind, key, value)
    return kind(**given)  # type: ignore[arg-type] # whole numbers where those are wanted


def _value(kind: type[Campaign], key: str, value: str) -> float:
    types = {one.name: one.type for one in fields(kind)}
    if key not in types:
        raise UnknownName(f"parameter of {kind.name}", key, types, EXAMPLE)
    try:
        return int(value) if types[key] == "int" else float(value)
    except ValueError as error:
        wanted = "a whole number" if types[key] == "int" else "a number"
        msg = f"campaign {kind.name}: {key}={value!r} is not {wanted}\n  next: {EXAMPLE}"
        raise BadConfig(msg) from error
