"""What a log of requests may say, and what it never may: one flat row a request, without text.

Names outside are those of OpenTelemetry's GenAI conventions, and `assay.*` for what those lack:
account, billing, network, and sketches of prompts. Names inside are short, for SQL.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

__all__ = ["COLUMNS", "REQUIRED", "Column", "column", "content_among"]

Kind = Literal["time", "token", "label", "count", "number", "yes", "hashes"]
"""`token`: a keyed hash, equal where the hidden value is equal, and no more than that.
`label`: one of few public words. `hashes`: a list of unsigned 64-bit numbers."""
Use = Literal["identity", "linkage", "evidence", "context"]
"""`linkage` says who belongs together, and is never evidence of what they do; `evidence` is never
used to link. The data that made a cluster may not convict it. `context` chooses whom an account is
compared with."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name inside, its name outside, and what it is for."""

    name: str
    otel: str
    kind: Kind
    use: Use
    says: str


COLUMNS = (
    Column("request", "gen_ai.response.id", "token", "identity", "which request? Twice is once"),
    Column("time", "assay.request.time", "time", "evidence", "when was it received, in UTC?"),
    Column("account", "enduser.pseudo.id", "token", "identity", "which account asked?"),
    Column("org", "assay.account.org", "token", "linkage", "to which organisation does it belong?"),
    Column("created", "assay.account.created_at", "time", "context", "since when is it there?"),
    Column("tier", "assay.account.tier", "label", "context", "what did it subscribe to?"),
    Column("quota", "assay.account.quota", "count", "context", "requests it may make in a day"),
    Column("payment", "assay.account.payment", "token", "linkage", "who pays?"),
    Column("email", "assay.account.email_domain_class", "label", "linkage",
           "free, disposable, company, university?"),
    Column("vetted", "assay.account.vetted", "label", "context",
           "what a person found it to be, after a look; empty: nobody looked"),
    Column("operation", "gen_ai.operation.name", "label", "evidence", "chat, embeddings, ...?"),
    Column("model", "gen_ai.request.model", "label", "evidence", "which model was asked?"),
    Column("input_tokens", "gen_ai.usage.input_tokens", "count", "evidence", "tokens read"),
    Column("output_tokens", "gen_ai.usage.output_tokens", "count", "evidence", "tokens written"),
    Column("reasoning_tokens", "gen_ai.usage.reasoning.output_tokens", "count", "evidence",
           "of those written, tokens of reasoning"),
    Column("cached_tokens", "gen_ai.usage.cache_read.input_tokens", "count", "evidence",
           "of those read, tokens from the cache"),
    Column("duration", "gen_ai.client.operation.duration", "number", "evidence", "seconds it took"),
    Column("status", "http.response.status_code", "count", "evidence", "200, 429, 500, ...?"),
    Column("finish", "gen_ai.response.finish_reasons", "label", "evidence",
           "stop, length, tool_calls, content_filter, ...?"),
    Column("stream", "gen_ai.request.stream", "yes", "evidence", "was the answer streamed?"),
    Column("temperature", "gen_ai.request.temperature", "number", "evidence", "of sampling"),
    Column("max_tokens", "gen_ai.request.max_tokens", "count", "evidence", "longest answer"),
    Column("session", "gen_ai.conversation.id", "token", "evidence", "which conversation?"),
    Column("tools", "assay.prompt.tools", "token", "evidence", "which set of tools was offered?"),
    Column("template", "assay.prompt.template", "token", "evidence",
           "which first block of the prompt, the part that a template repeats?"),
    Column("blocks", "assay.prompt.blocks", "hashes", "evidence",
           "keyed hashes of the prompt's blocks, each of all text up to its end"),
    Column("sketch", "assay.prompt.sketch", "hashes", "evidence", "MinHash of the prompt's words"),
    Column("prefix", "assay.network.prefix", "token", "linkage", "from which /24 or /48?"),
    Column("asn", "assay.network.asn", "token", "linkage", "which network?"),
    Column("network", "assay.network.kind", "label", "linkage",
           "residential, hosting, company, mobile, proxy?"),
    Column("agent", "assay.client.agent", "token", "linkage", "which User-Agent?"),
    Column("harness", "assay.client.harness", "label", "context", "which kind of client program?"),
    Column("tls", "tls.client.ja3", "token", "linkage", "which TLS fingerprint?"),
)  # fmt: skip
REQUIRED = ("time", "account", "model")
"""Without these a row cannot be used at all; whatever else is absent, signals abstain."""

CONTENT = (
    "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions",
    "gen_ai.tool.definitions", "gen_ai.prompt", "gen_ai.completion", "messages", "response",
    "proxy_server_request", "prompt", "completion", "input", "output", "content", "body",
    "request_body", "response_body", "system_prompt", "choices", "text",
)  # fmt: skip
"""Names under which the formats that are read keep what was said."""


def column(name: str) -> Column:
    """Which column has this name, inside or outside?

    Raises
    ------
    KeyError
        None has.

    Examples
    --------
    >>> column("gen_ai.request.model").name
    'model'
    """
    return _BY_NAME[name]


def content_among(names: Iterable[str]) -> list[str]:
    """Which of these columns would hold what was said? Their parts count too.

    Examples
    --------
    >>> content_among(["model", "Messages", "gen_ai.input.messages.0.content"])
    ['Messages', 'gen_ai.input.messages.0.content']
    """
    return [name for name in names if _is_content(name.lower())]


def _is_content(name: str) -> bool:
    return any(name == said or name.startswith(f"{said}.") for said in CONTENT)


_BY_NAME = {key: one for one in COLUMNS for key in (one.name, one.otel)}
