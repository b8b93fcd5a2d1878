"""Langfuse's observations: the blob export (Parquet, CSV, JSON lines), ClickHouse, or the API.

References
----------
"Blob storage export field reference" of Langfuse; ClickHouse table `observations`. Accounts stand
in the *enriched* observations only: the older export needs the traces' `user_id` joined in.
"""

from __future__ import annotations

from assay.traffic.adapters.form import LASTED, Form, Source, cell, computed, either, inside

__all__ = ["LANGFUSE"]


def _used(*keys: str) -> Source:
    return Source(either(*(inside(name, *keys) for name in ("usage_details", "usageDetails"))))


def _parameter(*keys: str) -> Source:
    names = ("model_parameters", "modelParameters")
    return Source(either(*(inside(name, *keys) for name in names)))


_START = cell("start_time", "startTime")
LANGFUSE = Form(
    name="langfuse",
    signs=(
        frozenset({"id", "trace_id", "type", "start_time"}),
        frozenset({"id", "traceId", "type", "startTime"}),
    ),
    asked=computed("upper({0}) IN ('GENERATION', 'EMBEDDING')", cell("type")),
    sources={
        "request": Source(cell("id")),
        "time": Source(_START),
        "account": Source(cell("user_id", "userId")),
        "operation": Source(
            computed(
                "CASE upper({0}) WHEN 'EMBEDDING' THEN 'embeddings' ELSE 'chat' END", cell("type")
            )
        ),
        "model": Source(cell("provided_model_name", "providedModelName", "model")),
        "input_tokens": Source(
            either(_used("input", "prompt_tokens", "input_tokens").pick, cell("promptTokens"))
        ),
        "output_tokens": Source(
            either(
                _used("output", "completion_tokens", "output_tokens").pick,
                cell("completionTokens"),
            )
        ),
        "reasoning_tokens": _used("output_reasoning_tokens", "reasoning_tokens"),
        "cached_tokens": _used(
            "input_cached_tokens", "cache_read_input_tokens", "input_cache_read"
        ),
        "duration": Source(
            computed(
                LASTED,
                _START,
                cell("end_time", "endTime"),
            )
        ),
        "status": Source(
            computed("CASE upper({0}) WHEN 'ERROR' THEN 500 ELSE 200 END", cell("level"))
        ),
        "stream": Source(
            computed(
                "nullif(CAST({0} AS VARCHAR), '') IS NOT NULL",
                cell("completion_start_time", "completionStartTime"),
            )
        ),
        "temperature": _parameter("temperature"),
        "max_tokens": _parameter("max_tokens", "maxTokens", "max_completion_tokens"),
        "session": Source(cell("session_id", "sessionId")),
    },
    content=("tool_calls", "tool_definitions", "toolCalls", "toolDefinitions"),
    without=(
        "leave the field groups io and tools out of the blob export, or: "
        "duckdb -c \"COPY (SELECT * EXCLUDE (COLUMNS) FROM 'FILE') TO 'without-text.parquet'\""
    ),
    unknown="network, payment, the status code of an error (500 stands for any) and prompt hashes",
)
