"""The JSON Schema of what a run leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from assay.core.comparison import Comparison
from assay.core.evidence import Abstention, Evidence, Finding, Verdict

__all__ = ["SCHEMAS"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""The name of the schema language, as its standard asks for; nothing is fetched from there."""

Line = Annotated[Finding | Abstention | Evidence, Field(discriminator="record")]


def evidence() -> dict[str, Any]:
    """Return the schema of one line of `evidence.jsonl`."""
    body = TypeAdapter[Finding | Abstention | Evidence](Line).json_schema(mode="serialization")
    return {
        "$schema": DIALECT,
        "$id": "urn:assay:schema:evidence:1",
        "title": "evidence.jsonl",
    } | body


def verdict() -> dict[str, Any]:
    """Return the schema of `verdict.json`."""
    body = Verdict.model_json_schema(mode="serialization")
    return {"$schema": DIALECT, "$id": "urn:assay:schema:verdict:1"} | body


def comparison() -> dict[str, Any]:
    """Return the schema of `comparison.json`."""
    body = Comparison.model_json_schema(mode="serialization")
    return {"$schema": DIALECT, "$id": "urn:assay:schema:comparison:1"} | body


SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {
    "evidence": evidence,
    "verdict": verdict,
    "comparison": comparison,
}
