"""What may others be told of a campaign? Indicators in STIX 2.1: keyed tokens, and they expire.

Written as JSON, without a library: it is a page of objects, and tests read it with one that knows
the standard.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from assay.core.cases import Campaign, Scan

__all__ = ["LASTS", "SMALLEST", "bundle"]

SMALLEST = 10
"""Accounts of the smallest cluster that leaves: fewer may be a household."""
LASTS = timedelta(days=30)
"""How long an indicator is valid: pools of accounts are replaced within weeks."""
OURS = UUID("c1d5c1a2-7f0e-5f52-9d0c-3a1f0b8f6a55")
AMBER = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"
TOKEN = re.compile(r"[0-9A-Fa-f]{12,128}")
"""What a keyed hash looks like; an account under a name of another kind never leaves."""
UNKNOWN = "its confidence is not known"


def bundle(scan: Scan, *, now: datetime | None = None) -> str:
    """Write the flagged campaigns of a scan as one STIX bundle.

    Parameters
    ----------
    scan
        A finished scan.
    now
        When it is written, in UTC.

    Returns
    -------
    JSON. Clusters under `SMALLEST` accounts and names that are no keyed hashes are left out. It
    holds no text, no address, no payer: who holds another key can compare behaviour alone.
    """
    made = now or datetime.now(UTC)
    objects = [
        one
        for case in scan.campaigns
        if len(case.members) >= SMALLEST
        for one in _objects(case, made)
    ]
    name = " ".join(one["id"] for one in objects)
    whole = {"type": "bundle", "id": _id("bundle", f"{_time(made)} {name}"), "objects": objects}
    return json.dumps(whole if objects else _empty(whole), indent=1) + "\n"


def _empty(whole: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in whole.items() if key != "objects"}


def _objects(case: Campaign, made: datetime) -> Iterator[dict[str, Any]]:
    """Yield the campaign, its indicator where its accounts are keyed, and their relation."""
    last = datetime.combine(date.fromisoformat(case.days[-1].day), datetime.min.time(), UTC)
    first = datetime.combine(date.fromisoformat(case.days[0].day), datetime.min.time(), UTC)
    until = last + timedelta(days=1) + LASTS
    shared = {
        "spec_version": "2.1", "created": _time(made), "modified": _time(made),
        "object_marking_refs": [AMBER], "confidence": _confidence(case),
    }  # fmt: skip
    campaign = {
        "type": "campaign", "id": _id("campaign", case.id), **shared, "name": case.id,
        "description": f"{_behaviour(case)} Valid until {_time(until)}.",
        "first_seen": _time(first), "last_seen": _time(last + timedelta(days=1)),
    }  # fmt: skip
    yield campaign
    tokens = [one.account for one in case.members if TOKEN.fullmatch(one.account)]
    if not tokens:
        return
    indicator = {
        "type": "indicator", "id": _id("indicator", case.id), **shared,
        "name": f"accounts of {case.id}", "indicator_types": ["anomalous-activity"],
        "description": "Keyed hashes: they match only under the key of whoever made them.",
        "pattern": " OR ".join(f"[user-account:user_id = '{token}']" for token in tokens),
        "pattern_type": "stix", "valid_from": _time(last), "valid_until": _time(until),
    }  # fmt: skip
    yield indicator
    yield {
        "type": "relationship", "id": _id("relationship", case.id), **shared,
        "relationship_type": "indicates", "source_ref": indicator["id"],
        "target_ref": campaign["id"],
    }  # fmt: skip


def _behaviour(case: Campaign) -> str:
    days = [day for day in case.days if day.requests]
    daily = case.requests / (len(case.members) * max(len(days), 1))
    signals = ", ".join(one.signal for one in case.signals[:4])
    links = ", ".join(name for name, bits in case.links if bits > 0)
    return (
        f"{len(case.members)} accounts, about {daily:.0f} requests of each a day, linked by "
        f"{links or 'nothing that may be named'}; stands out by {signals or 'nothing alone'}. "
        f"e-value {case.e_value:.3g} of {case.needed:.3g} needed. {_doubt(case)}"
    )


def _doubt(case: Campaign) -> str:
    if case.alerts is None or case.alerts.innocent is None:
        return f"Of such alerts {UNKNOWN}."
    return (
        f"At a prevalence of {100 * case.alerts.prevalence:.3g} % about "
        f"{case.alerts.innocent:.0f} of 100 such alerts are innocent."
    )


def _confidence(case: Campaign) -> int:
    """Return the share of such alerts that is right, at the stated prevalence; 0: not known."""
    if case.alerts is None or case.alerts.innocent is None:
        return 0
    return min(max(round(100 - case.alerts.innocent), 1), 99)


def _id(kind: str, name: str) -> str:
    return f"{kind}--{uuid5(OURS, f'{kind} {name}')}"


def _time(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
