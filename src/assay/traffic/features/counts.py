"""How much: what an account asked for in ten minutes, in a day, and of each model or template."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from assay.traffic.features.clock import BIN

__all__ = ["bins", "tally", "totals", "uses"]


def tally(condition: ir.BooleanValue) -> ir.IntegerScalar:
    """In how many rows does this hold? Unknown (NULL) where no row says, never 0."""
    return condition.cast("int64").sum()


def bins(timed: ibis.Table) -> ibis.Table:
    """How many requests did each account make in each ten minutes?

    Parameters
    ----------
    timed
        Requests with their `clock`.

    Returns
    -------
    Table
        account, bin (of ten minutes, since 1970); requests, throttled (429), errors (400 and
        above).
    """
    return timed.group_by("account", bin=timed.minute // BIN).agg(
        requests=timed.count(),
        throttled=tally(timed.status == 429),
        errors=tally(timed.status >= 400),
    )


def totals(timed: ibis.Table) -> ibis.Table:
    """What did each account use in each day?

    Shares and means are among the requests that say; the logarithm is of 1 + tokens, and its
    spread needs two of them.
    """
    long = (timed.output_tokens >= 0).ifelse(timed.output_tokens, None)  # no logarithm below 0
    size = (long + 1).cast("float64").ln()
    return timed.group_by("account", "day").agg(
        requests=timed.count(),
        input_tokens=timed.input_tokens.sum(),
        output_tokens=timed.output_tokens.sum(),
        reasoning_tokens=timed.reasoning_tokens.sum(),
        cached_tokens=timed.cached_tokens.sum(),
        errors=tally(timed.status >= 400),
        throttled=tally(timed.status == 429),
        log_output_mean=size.mean(),
        log_output_std=(long.count() >= 2).ifelse(size.std(how="sample"), None),
        streamed=timed.stream.cast("float64").mean(),
        cold=(timed.temperature == 0).cast("float64").mean(),
        refusals=tally(timed.finish == "content_filter"),
    )


def uses(timed: ibis.Table, column: str) -> ibis.Table:
    """How often did each account use each value of a column in each day?

    Rows without a value are kept, as a value NULL: so every account and day is there, and inner
    joins suffice.
    """
    value = timed[column]
    return timed.group_by("account", "day", value.name(column)).agg(requests=timed.count())
