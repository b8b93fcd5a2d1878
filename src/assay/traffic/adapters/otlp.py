"""OpenTelemetry spans: OTLP as JSON, or flattened to a table with the attributes in a map.

A span is a request when it is a call of a model: agents and tools have spans of their own, and
those are counted and left out.

References
----------
opentelemetry-proto, trace.proto in its JSON mapping (64-bit numbers are text there); semantic
conventions for generative AI; the ClickHouse exporter's table `otel_traces`.
"""

from __future__ import annotations

from dataclasses import replace

import duckdb

from assay.traffic.adapters.form import Form, Pick, Source, cell, computed, either, inside
from assay.traffic.schema import COLUMNS

__all__ = ["OTLP", "OTLP_TABLE", "SHAPES"]

_ATTRIBUTES = 'attributes STRUCT("key" VARCHAR, "value" JSON)[]'
_SPAN = (
    "spanId VARCHAR, startTimeUnixNano VARCHAR, endTimeUnixNano VARCHAR, "
    f"{_ATTRIBUTES}, events STRUCT(name VARCHAR, {_ATTRIBUTES})[]"
)
SHAPES = {
    "resourceSpans": (
        f"STRUCT(resource STRUCT({_ATTRIBUTES}), scopeSpans STRUCT(spans STRUCT({_SPAN})[])[])[]"
    )
}
"""How JSON that is not flat is read."""

_VALUE = (
    "CASE WHEN json_exists(x.value, '$.arrayValue') THEN '[' || array_to_string("
    "json_extract_string(x.value, '$.arrayValue.values[*].*'), ',') || ']' "
    "ELSE coalesce(json_extract_string(x.value, '$.stringValue'), "
    "json_extract_string(x.value, '$.intValue'), json_extract_string(x.value, '$.doubleValue'), "
    "json_extract_string(x.value, '$.boolValue')) END"
)
# A map may not hold a key twice; the first one counts, so a span goes before its resource.
_FIRST = (
    "list_filter(said, lambda x, i: x.key IS NOT NULL "
    "AND list_position(list_transform(said, lambda y: y.key), x.key) = i)"
)
_MAP = f"map_from_entries(list_transform({_FIRST}, lambda x: {{'k': x.key, 'v': {_VALUE}}}))"
_PLACE = '"assay:file", "assay:row"'


def _spans(raw: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Take OTLP's nested lists to one row a span, its attributes in a map."""
    by_resource = raw.project(f'unnest("resourceSpans") AS r, {_PLACE}')
    by_scope = by_resource.project(
        f"coalesce(r.resource.attributes, []) AS shared, unnest(r.scopeSpans) AS s, {_PLACE}"
    )
    spans = by_scope.project(f"shared, unnest(s.spans) AS span, {_PLACE}")
    flat = spans.project(
        "span.spanId AS SpanId, span.startTimeUnixNano AS started, span.endTimeUnixNano AS ended, "
        f"list_concat(coalesce(span.attributes, []), shared) AS said, {_PLACE}"
    )
    return flat.project(f"SpanId, started, ended, {_MAP} AS SpanAttributes, {_PLACE}")


_MAPS = ("SpanAttributes", "attributes", "span_attributes")


def _attribute(*keys: str) -> Pick:
    """Take an attribute from a map of them, or from a column of its own."""
    flat = [cell(key, *(f"{name}.{key}" for name in _MAPS)) for key in keys]
    return either(*flat, *(inside(name, *keys) for name in _MAPS))


_STARTED = cell("started", "startTimeUnixNano", "start_time_unix_nano")
_WRITTEN = cell("Timestamp", "start_time", "startTime")
_CALLS = "('chat', 'text_completion', 'generate_content', 'embeddings', 'completion')"
_SOURCES = {one.name: Source(_attribute(one.otel), hashed=True) for one in COLUMNS} | {
    "request": Source(either(_attribute("gen_ai.response.id"), cell("SpanId", "span_id"))),
    "time": Source(_WRITTEN),
    "account": Source(_attribute("enduser.pseudo.id", "enduser.id", "user.id")),
    "duration": Source(computed("TRY_CAST({0} AS DOUBLE) / 1e9", cell("Duration", "duration_ns"))),
    "status": Source(
        either(
            _attribute("http.response.status_code", "http.status_code"),
            # `error.type` is the code where there was one.
            computed("regexp_extract({0}, '^\\d{{3}}$')", _attribute("error.type")),
        )
    ),
    "session": Source(_attribute("gen_ai.conversation.id", "session.id")),
    "input_tokens": Source(_attribute("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens")),
    "output_tokens": Source(
        _attribute("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens")
    ),
    "reasoning_tokens": Source(
        _attribute(
            "gen_ai.usage.reasoning.output_tokens",
            "gen_ai.usage.details.reasoning_tokens",
            "gen_ai.usage.reasoning_tokens",
        )
    ),
    "prefix": Source(_attribute("assay.network.prefix", "client.address")),
    "asn": Source(_attribute("assay.network.asn", "client.as.number")),
    "tls": Source(_attribute("tls.client.ja3")),  # a hash, but one without a key
    "agent": Source(_attribute("assay.client.agent", "user_agent.original")),
}
OTLP_TABLE = Form(
    name="otlp-table",
    signs=(
        *(frozenset({name, "Timestamp"}) for name in _MAPS),
        *(frozenset({name, "start_time"}) for name in _MAPS),
        frozenset({"gen_ai.request.model", "Timestamp"}),
        frozenset({"SpanAttributes.gen_ai.request.model", "Timestamp"}),
        frozenset({"attributes.gen_ai.request.model", "start_time"}),
    ),
    sources=_SOURCES,
    asked=computed(
        "coalesce({0} IN " + _CALLS + ", {1} IS NOT NULL)",
        _attribute("gen_ai.operation.name"),
        _attribute("gen_ai.request.model"),
    ),
    content=(
        "gen_ai.event.content",
        "gen_ai.tool.call.arguments",
        "gen_ai.tool.call.result",
        "llm.input_messages",
        "llm.output_messages",
        "llm.prompts",
        "traceloop.entity.input",
        "traceloop.entity.output",
    ),
    without=(
        "set OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=false, or delete COLUMNS with the "
        "collector's attributes processor, and export FILE again"
    ),
    unknown="account, payment and prompt hashes, where the gateway does not add them",
)
OTLP = replace(
    OTLP_TABLE,
    name="otlp",
    signs=(frozenset({"resourceSpans"}),),
    rows=_spans,
    sources=_SOURCES
    | {
        "time": Source(_STARTED, unit="ns"),
        "duration": Source(
            computed(
                "(TRY_CAST({1} AS DOUBLE) - TRY_CAST({0} AS DOUBLE)) / 1e9", _STARTED, cell("ended")
            )
        ),
    },
)
