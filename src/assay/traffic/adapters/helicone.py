"""Helicone's ClickHouse table `request_response_rmt`, exported.

References
----------
clickhouse/migrations of Helicone/helicone, from schema 41 on; later ones add cache tokens.
"""

from __future__ import annotations

from assay.traffic.adapters.form import Form, Source, cell, computed, either, inside

__all__ = ["HELICONE"]

HELICONE = Form(
    name="helicone",
    signs=(frozenset({"request_id", "request_created_at", "organization_id", "prompt_tokens"}),),
    sources={
        "request": Source(cell("request_id")),
        "time": Source(cell("request_created_at")),
        # A customer that the application names; else the key that asked.
        "account": Source(either(cell("user_id"), cell("proxy_key_id"))),
        "model": Source(cell("model", "request_model")),
        "input_tokens": Source(cell("prompt_tokens")),
        "output_tokens": Source(cell("completion_tokens")),
        "reasoning_tokens": Source(cell("reasoning_tokens")),
        "cached_tokens": Source(cell("prompt_cache_read_tokens")),
        "duration": Source(cell("latency"), unit="ms"),
        "status": Source(cell("status")),
        "stream": Source(
            computed("TRY_CAST({0} AS BIGINT) IS NOT NULL", cell("time_to_first_token"))
        ),
        "session": Source(inside("properties", "Helicone-Session-Id")),
        "prefix": Source(cell("request_ip")),
    },
    unknown="finish reasons, temperature, tools and prompt hashes",
)
