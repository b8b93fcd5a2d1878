"""Logs of other programs: each field where that program keeps it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.traffic.logs import NOW, START, column, parquet, write

from assay.core.errors import BadFormat
from assay.traffic.adapters.known import FORMS
from assay.traffic.keyed import keyed
from assay.traffic.load import Loaded, read
from assay.traffic.schema import column as of_schema

KEY = b"k" * 32


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_bytes(KEY)
    return path


def one_row(loaded: Loaded) -> dict[str, Any]:
    """Return what is there of the only request."""
    table = loaded.requests.table("requests")
    (row,) = table.fetchall()
    found = dict(zip(table.columns, row, strict=True))
    return {name: value for name, value in found.items() if value is not None}


def hidden(name: str, value: str) -> str:
    return keyed(KEY, name, value)


SPEND: dict[str, Any] = {
    "request_id": "chatcmpl-1", "call_type": "acompletion", "api_key": "88dc28d0f0",
    "spend": 0.01, "total_tokens": 30, "prompt_tokens": 20, "completion_tokens": 10,
    "startTime": "2026-05-01 10:00:00.000", "endTime": "2026-05-01 10:00:02.500",
    "request_duration_ms": 2500, "completionStartTime": None, "model": "openai/gpt-x",
    "model_id": "7", "model_group": "gpt-x", "custom_llm_provider": "openai", "api_base": "",
    "user": "alice",
    "metadata": {
        "user_api_key_alias": "prod", "status": "failure",
        "usage_object": {
            "prompt_tokens_details": {"cached_tokens": 16},
            "completion_tokens_details": {"reasoning_tokens": 7},
        },
        "error_information": {"error_code": "429", "error_class": "RateLimitError"},
    },
    "cache_hit": "False", "cache_key": "x", "team_id": "team-1", "organization_id": None,
    "request_tags": ["User-Agent: curl", "User-Agent: curl/8.1"], "end_user": "",
    "requester_ip_address": "203.0.113.9", "messages": {}, "response": {}, "session_id": "s-1",
    "status": "failure", "proxy_server_request": {},
}  # fmt: skip


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_litellm(tmp_path: Path, key: Path, ending: str) -> None:
    spend = dict(SPEND)
    if ending == "parquet":  # Postgres' jsonb comes out as text
        spend = {k: json.dumps(v) if isinstance(v, dict | list) else v for k, v in spend.items()}
    loaded = read([write(tmp_path / f"spend.{ending}", [spend])], key=key, now=NOW)
    assert one_row(loaded) == {
        "request": hidden("request", "chatcmpl-1"), "time": START,
        "account": hidden("account", "88dc28d0f0"), "org": hidden("org", "team-1"),
        "operation": "chat", "model": "gpt-x", "input_tokens": 20, "output_tokens": 10,
        "reasoning_tokens": 7, "cached_tokens": 16, "duration": 2.5, "status": 429,
        "session": hidden("session", "s-1"), "prefix": hidden("prefix", "203.0.113.0/24"),
        "agent": hidden("agent", "curl/8.1"),
    }  # fmt: skip
    assert "'messages', " in loaded.notes[0]
    assert "could hold text, and are empty in all rows" in loaded.notes[0]
    assert len(loaded.notes) == 2


def test_litellm_that_stores_prompts_is_refused(tmp_path: Path) -> None:
    spend = SPEND | {"messages": [{"role": "user", "content": "hello"}]}
    with pytest.raises(BadFormat, match="store_prompts_in_spend_logs: false"):
        read([write(tmp_path / "spend.jsonl", [spend])], now=NOW)


def attributes(**said: object) -> list[dict[str, object]]:
    names = {bool: "boolValue", int: "intValue", float: "doubleValue", str: "stringValue"}
    found: list[dict[str, object]] = []
    for name, value in said.items():
        if isinstance(value, list):
            typed: dict[str, object] = {
                "arrayValue": {"values": [{names[type(v)]: str(v)} for v in value]}
            }
        else:
            typed = {names[type(value)]: str(value) if isinstance(value, int) else value}
        found.append({"key": name, "value": typed})
    return found


NANOS = 1777629600_000_000_000  # 2026-05-01 10:00 UTC
SPOKEN: dict[str, object] = {
    "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-x",
    "gen_ai.response.id": "r-1", "enduser.id": "alice", "gen_ai.usage.input_tokens": 20,
    "gen_ai.usage.output_tokens": 10, "gen_ai.usage.cache_read.input_tokens": 16,
    "gen_ai.response.finish_reasons": ["stop"], "gen_ai.request.temperature": 0.5,
    "gen_ai.request.max_tokens": 100, "gen_ai.conversation.id": "s-1",
    "client.address": "2001:db8:1:2::9", "user_agent.original": "curl/8.1",
    "http.response.status_code": 200, "assay.prompt.template": "t" * 32,
    "assay.prompt.blocks": [12, -1],
}  # fmt: skip


def otlp(*spans: dict[str, object]) -> dict[str, object]:
    shared = attributes(**{"service.name": "gateway", "assay.account.tier": "pro"})
    return {
        "resourceSpans": [{"resource": {"attributes": shared}, "scopeSpans": [{"spans": spans}]}]
    }


def span(start: int, **said: object) -> dict[str, object]:
    return {
        "traceId": "0" * 32, "spanId": f"{start % 997:016x}", "name": "chat gpt-x",
        "startTimeUnixNano": str(start), "endTimeUnixNano": str(start + 1_500_000_000),
        "attributes": attributes(**said), "events": [],
    }  # fmt: skip


EXPECTED = {
    "request": hidden("request", "r-1"), "time": START, "account": hidden("account", "alice"),
    "tier": "pro", "operation": "chat", "model": "gpt-x", "input_tokens": 20,
    "output_tokens": 10, "cached_tokens": 16, "duration": 1.5, "status": 200, "finish": "stop",
    "temperature": 0.5, "max_tokens": 100, "session": hidden("session", "s-1"),
    "template": "t" * 32, "blocks": [12, 2**64 - 1],
    "prefix": hidden("prefix", "2001:db8:1::/48"), "agent": hidden("agent", "curl/8.1"),
}  # fmt: skip


@pytest.mark.parametrize("ending", ["json", "jsonl"])
def test_otlp(tmp_path: Path, key: Path, ending: str) -> None:
    agent = span(NANOS, **{"gen_ai.operation.name": "invoke_agent"})
    batch = otlp(span(NANOS, **SPOKEN), agent, span(NANOS, **{"db.system": "postgres"}))
    path = tmp_path / f"traces.{ending}"
    path.write_text(json.dumps(batch, indent=1 if ending == "json" else None))
    loaded = read([path], key=key, now=NOW)
    assert one_row(loaded) == EXPECTED
    assert [(one.reason, one.count) for one in loaded.quarantine] == [("no call of a model", 2)]


@pytest.mark.parametrize("place", ["attribute", "event", "part"])
def test_otlp_with_text_is_refused(tmp_path: Path, place: str) -> None:
    one = span(NANOS, **SPOKEN)
    text = attributes(**{"gen_ai.input.messages": '[{"role":"user"}]'})
    if place == "attribute":
        one["attributes"] = text
    elif place == "event":
        one["events"] = [{"name": "gen_ai.content.prompt", "attributes": text}]
    else:
        one["attributes"] = attributes(**{"llm.input_messages.0.message.content": "hello"})
    (tmp_path / "traces.json").write_text(json.dumps(otlp(one)))
    with pytest.raises(BadFormat, match="CAPTURE_MESSAGE_CONTENT=false"):
        read([tmp_path / "traces.json"], now=NOW)


def test_otlp_as_a_table(tmp_path: Path, key: Path) -> None:
    said = {k: json.dumps(v) if isinstance(v, list) else str(v) for k, v in SPOKEN.items()}
    row = {
        "Timestamp": "2026-05-01 10:00:00.000000000", "SpanId": "1", "Duration": 1_500_000_000,
        "SpanAttributes": said | {"assay.account.tier": "pro"},
    }  # fmt: skip
    loaded = read([write(tmp_path / "t.jsonl", [row])], key=key, now=NOW)
    assert one_row(loaded) == EXPECTED
    flat = {k: v for k, v in row.items() if k != "SpanAttributes"}
    flat |= {f"SpanAttributes.{k}": v for k, v in said.items()}
    again = one_row(read([write(tmp_path / "t.parquet", [flat])], key=key, now=NOW))
    assert again == {k: v for k, v in EXPECTED.items() if k != "tier"}
    wordy = write(tmp_path / "w.csv", [flat | {"SpanAttributes.gen_ai.prompt.0.content": "hi"}])
    with pytest.raises(BadFormat, match="Assay reads no prompts"):
        read([wordy], now=NOW)


def test_langfuse(tmp_path: Path, key: Path) -> None:
    row: dict[str, Any] = {
        "id": "o-1", "trace_id": "t", "project_id": "p", "type": "GENERATION",
        "start_time": "2026-05-01 10:00:00.000000", "end_time": "2026-05-01 10:00:02.000000",
        "level": "DEFAULT", "input": "", "output": "", "provided_model_name": "gpt-x",
        "model_parameters": '{"temperature":0.7,"max_tokens":50}',
        "usage_details": {"input": 20, "output": 10, "total": 30, "input_cached_tokens": 5},
        "completion_start_time": "2026-05-01 10:00:01.000000", "user_id": "alice",
        "session_id": "s-1", "tool_calls": [], "tool_definitions": {},
    }  # fmt: skip
    other = row | {"id": "o-2", "type": "SPAN", "provided_model_name": "", "usage_details": {}}
    for ending in ("jsonl", "csv"):
        loaded = read([write(tmp_path / f"o.{ending}", [row, other])], key=key, now=NOW)
        assert one_row(loaded) == {
            "request": hidden("request", "o-1"), "time": START,
            "account": hidden("account", "alice"), "operation": "chat", "model": "gpt-x",
            "input_tokens": 20, "output_tokens": 10, "cached_tokens": 5, "duration": 2.0,
            "status": 200, "stream": True, "temperature": 0.7, "max_tokens": 50,
            "session": hidden("session", "s-1"),
        }  # fmt: skip
        assert loaded.quarantine[0].reason == "no call of a model"
    spoken = row | {"tool_calls": ['{"name": "search", "arguments": "who"}']}
    with pytest.raises(BadFormat, match=r"'tool_calls' holds(.|\n)*field groups io and tools"):
        read([write(tmp_path / "w.jsonl", [spoken])], now=NOW)


def test_helicone(tmp_path: Path, key: Path) -> None:
    row: dict[str, Any] = {
        "response_id": "x", "latency": 1500, "status": 429, "completion_tokens": 10,
        "prompt_tokens": 20, "model": "gpt-x", "request_id": "q-1",
        "request_created_at": "2026-05-01 10:00:00.000", "user_id": "", "organization_id": "o",
        "proxy_key_id": "pk-1", "time_to_first_token": None, "country_code": "DE",
        "properties": {"Helicone-Session-Id": "s-1"}, "request_body": "", "response_body": "",
        "prompt_cache_read_tokens": 4,
    }  # fmt: skip
    for ending in ("jsonl", "csv"):
        loaded = read([write(tmp_path / f"h.{ending}", [row])], key=key, now=NOW)
        assert one_row(loaded) == {
            "request": hidden("request", "q-1"), "time": START,
            "account": hidden("account", "pk-1"), "model": "gpt-x", "input_tokens": 20,
            "output_tokens": 10, "cached_tokens": 4, "duration": 1.5, "status": 429,
            "stream": False, "session": hidden("session", "s-1"),
        }  # fmt: skip
    with pytest.raises(BadFormat, match="'request_body' holds"):
        read([write(tmp_path / "w.csv", [row | {"request_body": '{"q": 1}'}])], now=NOW)


OPENAI = {
    "object": "page",
    "data": [
        {
            "object": "bucket", "start_time": 1777629600, "end_time": 1777633200,
            "results": [
                {
                    "input_tokens": 20, "output_tokens": 10, "input_cached_tokens": 16,
                    "num_model_requests": 3, "project_id": None, "user_id": "alice",
                    "api_key_id": None, "model": "gpt-x", "batch": False,
                }
            ],
        },
        {"object": "bucket", "start_time": 1777633200, "end_time": 1777636800, "results": []},
    ],
    "has_more": True, "next_page": "page_2",
}  # fmt: skip
ANTHROPIC = {
    "data": [
        {
            "starting_at": "2026-05-01T10:00:00Z", "ending_at": "2026-05-01T11:00:00Z",
            "results": [
                {
                    "uncached_input_tokens": 1500, "cache_read_input_tokens": 200,
                    "cache_creation": {
                        "ephemeral_1h_input_tokens": 1000, "ephemeral_5m_input_tokens": 500,
                    },
                    "output_tokens": 500, "api_key_id": "alice", "workspace_id": None,
                    "model": "claude-x",
                }
            ],
        }
    ],
    "has_more": False, "next_page": None,
}  # fmt: skip


def test_sums_are_no_requests(tmp_path: Path, key: Path) -> None:
    (tmp_path / "openai.json").write_text(json.dumps(OPENAI))
    (tmp_path / "anthropic.json").write_text(json.dumps(ANTHROPIC, indent=1))
    paths = [tmp_path / "openai.json", tmp_path / "anthropic.json"]
    loaded = read(paths, key=key, now=NOW)
    who, end = hidden("account", "alice"), START + timedelta(hours=1)
    rows = loaded.requests.table("usage").order("model").fetchall()
    assert rows == [
        (who, START, end, "claude-x", None, 3200, 500, 200),
        (who, START, end, "gpt-x", 3, 20, 10, 16),
    ]
    assert (loaded.rows, loaded.present) == (0, frozenset())
    assert loaded.requests.table("requests").fetchall() == []
    assert "can not show timing within a bucket, templates, linkage, hand-offs" in loaded.notes[0]
    assert "openai.json says that it has more pages" in loaded.notes[1]
    assert len(loaded.notes) == 2


def test_sums_that_say_little_are_counted(tmp_path: Path) -> None:
    log = tmp_path / "usage.json"
    results = [{"input_tokens": 5}]
    buckets = [
        {"start_time": 1777629600, "results": results},
        {"start_time": "x", "results": results},
    ]
    log.write_text(json.dumps({"data": buckets, "has_more": False}))
    loaded = read([log], now=NOW)
    assert loaded.requests.table("usage").count("*").fetchone() == (1,)
    assert "1 sums were left out" in loaded.notes[1]
    assert "1 sums name no account" in loaded.notes[2]
    log.write_text(json.dumps({"data": "none", "has_more": False}))
    with pytest.raises(BadFormat, match="can not be read"):
        read([log], now=NOW)


HOSTILE = {
    "a number of seconds": ("1777629600 AS time", "unreadable time"),
    "time without a day": ("TIME '10:00' AS time", "unreadable time"),
    "a taken name": ("TIMESTAMP '2026-05-01' AS time, 'x' AS filename", "rename it"),
    "too large": (
        "TIMESTAMP '2026-05-01' AS time, 170141183460469231731687303715884105727 AS quota",
        "unreadable quota",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_odd_types_are_named_errors(tmp_path: Path, case: str) -> None:
    columns, said = HOSTILE[case]
    log = parquet(
        tmp_path / "l.parquet", f"FROM (VALUES ('a', 'm')) t(account, model) SELECT *, {columns}"
    )
    with pytest.raises(BadFormat, match=said):
        read([log], now=NOW)


def test_spans_that_are_no_spans_are_named_errors(tmp_path: Path) -> None:
    log = tmp_path / "t.json"
    broken: list[object] = [
        {"key": None}, {"key": "gen_ai.request.model", "value": None},
        *attributes(**{"gen_ai.request.model": "m"}),
    ]  # fmt: skip
    for spans in ("x", [], None, [{"attributes": None}], [{"attributes": broken}]):
        log.write_text(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}))
        with pytest.raises(BadFormat):
            read([log], now=NOW)


def test_every_form_names_columns_of_the_schema() -> None:
    for form in FORMS:
        for name in form.sources:
            assert of_schema(name).name == name
        assert {"time", "account", "model"} <= form.sources.keys()


MAP = """
account = "who"
model = "which"
time = { column = "when", zone = "America/New_York" }
duration = { column = "took", unit = "ms" }
template = { column = "block", hashed = true }
"gen_ai.usage.input_tokens" = "in; drop"
"""


def test_a_mapping_says_which_column_is_which(tmp_path: Path, key: Path) -> None:
    (tmp_path / "map.toml").write_text(MAP)
    row = {
        "who": "alice", "which": "gpt-x", "when": "2026-05-01 06:00:00", "took": 1500,
        "block": "t" * 32, "in; drop": 20,
    }  # fmt: skip
    for ending in ("csv", "parquet", "jsonl"):
        log = write(tmp_path / f"l.{ending}", [row])
        assert one_row(read([log], mapping=tmp_path / "map.toml", key=key, now=NOW)) == {
            "time": START, "account": hidden("account", "alice"), "model": "gpt-x",
            "input_tokens": 20, "duration": 1.5, "template": "t" * 32,
        }  # fmt: skip


def test_a_number_is_a_time_in_its_unit(tmp_path: Path) -> None:
    for unit, count in (("s", 1777629600), ("ms", 1777629600_000), ("us", 1777629600_000_000)):
        text = f'account = "a"\nmodel = "m"\ntime = {{ column = "t", unit = "{unit}" }}\n'
        (tmp_path / "map.toml").write_text(text)
        log = write(tmp_path / "l.csv", [{"a": "x", "m": "y", "t": count}])
        assert column(read([log], mapping=tmp_path / "map.toml", now=NOW), "time") == [START]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (MAP.replace('"who"', '"whom"'), "which it does not have; the nearest to 'whom' is 'who'"),
        (MAP.replace("model =", "modle ="), "unknown column 'modle'. Did you mean 'model'"),
        (MAP.replace("New_York", "New_Yorck"), "use a name as America/New_York"),
        (MAP.replace('"ms"', '"min"'), "has the unit 'min'"),
        (MAP.replace("hashed = true", 'hashed = "yes"'), "use true or false"),
        (MAP.replace("hashed", "hased"), "template has 'hased'"),
        (MAP.replace('account = "who"\n', ""), "does not map 'account'"),
        (MAP.replace('"who"', "7"), "account is 7, and no column"),
        ("account = ", "is no TOML"),
    ],
)
def test_a_wrong_mapping_is_said(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "map.toml").write_text(text)
    log = write(tmp_path / "l.csv", [dict.fromkeys(("who", "which", "when", "took", "block"), 1)])
    with pytest.raises(Exception, match="next: ") as caught:
        read([log], mapping=tmp_path / "map.toml", now=NOW)
    assert said in str(caught.value)
