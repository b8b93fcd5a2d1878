"""LiteLLM's table `LiteLLM_SpendLogs`, exported as CSV, JSON lines or Parquet.

The proxy keeps prompts in it only where `store_prompts_in_spend_logs` is set; else those columns
are there and hold `{}`. Without that setting it is a log that Assay can read as it stands.

References
----------
schema.prisma of BerriAI/litellm, model LiteLLM_SpendLogs. The proxy writes the client's User-Agent
as a tag, once without and once with its version.
"""

from __future__ import annotations

from assay.traffic.adapters.form import (
    LASTED,
    Form,
    Source,
    cell,
    computed,
    either,
    inside,
    matching,
)

__all__ = ["LITELLM"]

_KEPT = (
    "request_id, call_type, api_key, prompt_tokens, completion_tokens, startTime, endTime, "
    "completionStartTime, model, model_group, user, metadata, request_tags, team_id, "
    "organization_id, requester_ip_address, session_id, status"
)
_USED = tuple(f"{place}/" for place in ("usage_object", "additional_usage_values"))
LITELLM = Form(
    name="litellm",
    signs=(frozenset({"request_id", "call_type", "api_key", "startTime"}),),
    sources={
        "request": Source(cell("request_id")),
        "time": Source(cell("startTime")),
        "account": Source(cell("api_key")),
        "org": Source(either(cell("organization_id"), cell("team_id"), cell("user"))),
        "operation": Source(
            computed(
                "CASE WHEN {0} IN ('completion', 'acompletion', 'anthropic_messages', 'responses', "
                "'aresponses') THEN 'chat' WHEN {0} LIKE '%embedding' THEN 'embeddings' "
                "ELSE {0} END",
                cell("call_type"),
            )
        ),
        "model": Source(either(cell("model_group"), cell("model"))),
        "input_tokens": Source(cell("prompt_tokens")),
        "output_tokens": Source(cell("completion_tokens")),
        "reasoning_tokens": Source(
            inside("metadata", *(f"{at}completion_tokens_details/reasoning_tokens" for at in _USED))
        ),
        "cached_tokens": Source(
            inside(
                "metadata",
                *(f"{at}prompt_tokens_details/cached_tokens" for at in _USED),
                *(f"{at}cache_read_input_tokens" for at in _USED),
            )
        ),
        "duration": Source(
            computed(
                LASTED,
                cell("startTime"),
                cell("endTime"),
            )
        ),
        # A failure without a code is one of the proxy's own.
        "status": Source(
            computed(
                "CASE {0} WHEN 'success' THEN '200' WHEN 'failure' THEN coalesce({1}, '500') END",
                cell("status"),
                either(matching(r"^(\d{3})$", inside("metadata", "error_information/error_code"))),
            )
        ),
        "session": Source(cell("session_id")),
        "prefix": Source(cell("requester_ip_address")),
        "agent": Source(
            computed(
                'list_last(regexp_extract_all(CAST({0} AS VARCHAR), \'"User-Agent: ([^"]+)"\', 1))',
                cell("request_tags"),
            )
        ),
    },
    without=(f"set store_prompts_in_spend_logs: false, and export these columns only: {_KEPT}"),
    unknown="stream, temperature, finish reasons and prompt hashes",
)
