"""`assay schema`: the JSON Schema of a record."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated

import typer

from assay.cli.exits import Exit
from assay.cli.invoking import application
from assay.cli.output import emit
from assay.core.errors import UnknownName
from assay.report.schema import SCHEMAS

__all__ = ["SchemaOptions", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaOptions:
    """The options of `assay schema`."""

    record: Annotated[str, typer.Argument(help="evidence, verdict or comparison.")]


def schema(options: SchemaOptions) -> int:
    """What may stand in evidence.jsonl or verdict.json, or in a comparison? Their JSON Schema."""
    if options.record not in SCHEMAS:
        raise UnknownName("record", options.record, SCHEMAS, "assay schema verdict")
    emit([json.dumps(SCHEMAS[options.record](), indent=2)])
    return Exit.CLEAN


app = application(SchemaOptions, schema)
