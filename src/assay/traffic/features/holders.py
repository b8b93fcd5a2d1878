"""Who: what an account says about itself, and what it shares with others."""

from __future__ import annotations

import ibis

__all__ = ["LINKAGE", "accounts", "addresses", "links", "standing"]

STATIC = ("org", "created", "tier", "quota", "payment", "email", "vetted", "harness")
ADDRESSES = ("prefix", "asn", "agent", "tls")
HELD = ("payment", "org", "email")
LINKAGE = ADDRESSES + HELD


def standing(timed: ibis.Table) -> ibis.Table:
    """With which static fields did each account come, how often and when?

    Returns
    -------
    Table
        account, the static fields (`created` in seconds since 1970: a time's text depends on the
        server's zone); requests, first_time, last_time. One row for most accounts.
    """
    fixed = timed.drop("created").rename(created="born")
    return fixed.group_by("account", *STATIC).agg(
        requests=fixed.count(), first_time=fixed.time.min(), last_time=fixed.time.max()
    )


def addresses(timed: ibis.Table) -> ibis.Table:
    """From which networks and programs did each account's requests come?"""
    return timed.group_by("account", *ADDRESSES).agg(requests=timed.count())


def accounts(standing: ibis.Table) -> ibis.Table:
    """What is known of each account? Of each static field the value that most requests give.

    Votes are counted on the values' text, in one pass for all fields; ties go to the smallest. A
    window would be shorter, and not run everywhere.

    Returns
    -------
    Table
        account; requests, first_time, last_time, and the static fields; `created` in whole seconds.
    """
    votes = _long(standing, STATIC).mutate(weight=lambda t: t.value.isnull().ifelse(0, t.requests))
    summed = votes.group_by("account", "field", "value").agg(weight=votes.weight.sum())
    most = summed.group_by("account", "field").agg(most=summed.weight.max())
    won = summed.join(most, ("account", "field"))
    won = won.filter(won.weight == won.most)
    chosen = won.group_by("account").agg(
        **{field: won.value.min(where=won.field == field) for field in STATIC}
    )
    spans = standing.group_by("account").agg(
        requests=standing.requests.sum(),
        first_time=standing.first_time.min(),
        last_time=standing.last_time.max(),
    )
    return spans.join(chosen, "account").mutate(
        # with its scale: ClickHouse hands times without one out as numbers
        created=lambda t: t.created.cast("int64").as_timestamp("s").cast("timestamp(6)"),
        quota=lambda t: t.quota.cast("int64"),
    )


def links(standing: ibis.Table, addresses: ibis.Table) -> ibis.Table:
    """Which account shares which value of which linkage field, in how many requests?

    Returns
    -------
    Table
        account, field, value; requests. Rows without a value say nothing and are left out.
    """
    held = ibis.union(_long(addresses, ADDRESSES), _long(standing, HELD), distinct=False)
    told = held.filter(held.value.notnull())
    return told.group_by("account", "field", "value").agg(requests=told.requests.sum())


def _long(wide: ibis.Table, fields: tuple[str, ...]) -> ibis.Table:
    """Make one row of each field: account, field, value (as text), requests."""
    return ibis.union(
        *(
            wide.select(
                "account",
                field=ibis.literal(field),
                value=wide[field].cast("string"),
                requests=wide.requests,
            )
            for field in fields
        ),
        distinct=False,
    )
