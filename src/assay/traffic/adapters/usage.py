"""Usage APIs of OpenAI and Anthropic: sums over a bucket of time, and no requests.

References
----------
OpenAI, "Usage", organization/usage/completions; Anthropic, "Usage and Cost API",
organizations/usage_report/messages.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from assay.traffic.adapters.form import Raw

__all__ = ["UNSEEN", "USAGE", "USAGE_COLUMNS", "Usage"]

USAGE_COLUMNS = {
    "account": "VARCHAR",
    "start": "TIMESTAMP",
    "end": "TIMESTAMP",
    "model": "VARCHAR",
    "requests": "BIGINT",
    "input_tokens": "BIGINT",
    "output_tokens": "BIGINT",
    "cached_tokens": "BIGINT",
}
"""Table `usage`: one row an account, model and bucket."""
UNSEEN = (
    "sums from a usage API are not requests: they went into the table `usage`. They can not show "
    "timing within a bucket, templates, linkage, hand-offs, or errors; of the signals only volume "
    "and shares of models remain"
)
_BUCKETS = "STRUCT({time}, results JSON[])[]"
_PLACE = '"assay:file", "assay:row"'


@dataclass(frozen=True, slots=True)
class Usage:
    """How does a provider write its sums?

    Parameters
    ----------
    name
        After `--form`.
    start, end
        The bucket's ends, and how they are made a time.
    time
        Makes it, at {0}.
    columns
        Column of the table to paths within a result; those that are there are added up.
    """

    name: str
    start: str
    end: str
    time: str
    columns: dict[str, tuple[str, ...]]

    def claims(self, connection: duckdb.DuckDBPyConnection, raw: Raw, table: str | None) -> bool:
        """Are these columns, and the first bucket, of this provider?"""
        if table is None or not {"data", "has_more"} <= raw.keys():
            return False
        first = f"json_extract_string(data, '$[0].{self.start}')"
        row = connection.table(table).project(f"{first} IS NOT NULL").fetchone()
        return row is not None and bool(row[0])

    def rows(self, raw: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
        """Take its pages to one row an account, model and bucket."""
        shape = f'[{{"{self.start}": "VARCHAR", "{self.end}": "VARCHAR", "results": ["JSON"]}}]'
        buckets = raw.project(f"unnest(from_json(data, '{shape}')) AS b, {_PLACE}")
        results = buckets.project(
            f"b.{self.start} AS s, b.{self.end} AS e, unnest(b.results) AS r, {_PLACE}"
        )
        return results.project(
            f'{self._account()} AS account, {self.time.format("s")} AS "start", '
            f"{self.time.format('e')} AS \"end\", json_extract_string(r, '$.model') AS model, "
            f"{', '.join(f'{_sum(paths)} AS {name}' for name, paths in self.columns.items())}"
        )

    def _account(self) -> str:
        """Write the finest account that was grouped by."""
        names = ("api_key_id", "user_id", "workspace_id", "project_id")
        found = ", ".join(f"nullif(json_extract_string(r, '$.{name}'), '')" for name in names)
        return f"keyed('account', coalesce({found}))"


def _sum(paths: tuple[str, ...]) -> str:
    """Add up what is there; NULL where nothing is."""
    if not paths:
        return "CAST(NULL AS BIGINT)"
    parts = ", ".join(f"TRY_CAST(json_extract_string(r, '$.{path}') AS BIGINT)" for path in paths)
    return f"CAST(list_sum([{parts}]) AS BIGINT)"


USAGE = (
    Usage(
        name="openai-usage",
        start="start_time",
        end="end_time",
        time="TRY(make_timestamp(TRY_CAST({0} AS BIGINT) * 1000000))",
        columns={
            "requests": ("num_model_requests",),
            "input_tokens": ("input_tokens",),
            "output_tokens": ("output_tokens",),
            "cached_tokens": ("input_cached_tokens",),
        },
    ),
    Usage(
        name="anthropic-usage",
        start="starting_at",
        end="ending_at",
        time="CAST(TRY_CAST({0} AS TIMESTAMPTZ) AS TIMESTAMP)",
        columns={
            "requests": (),
            "input_tokens": (
                "uncached_input_tokens",
                "cache_read_input_tokens",
                "cache_creation.ephemeral_1h_input_tokens",
                "cache_creation.ephemeral_5m_input_tokens",
            ),
            "output_tokens": ("output_tokens",),
            "cached_tokens": ("cache_read_input_tokens",),
        },
    ),
)
