"""From the options of `assay examine` to a plan, and back to a command line."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from assay.core.errors import BadConfig
from assay.core.settings import Plan

__all__ = ["command_of", "pairs", "plan_of"]

REPEATED = {
    "instruments": "instrument",
    "fields": "field",
    "parameters": "set",
    "model_args": "model-arg",
}
"""Fields of the plan that hold several values, and the option that gives one of them."""


def plan_of(options: Mapping[str, Any]) -> Plan:
    """Return the plan that the options of `assay examine` describe.

    Raises
    ------
    BadConfig
        A value is impossible; says which.
    """
    for name, example in (("benchmark", "humaneval"), ("model", "--model smollm2")):
        if not options[name]:
            raise BadConfig(
                f"no {name} is given\n  next: add {example}, or name many in a file with --plan "
                "(assay examine --help)"
            )
    given = {name: options[name] for name in Plan.model_fields if name in options}
    given["instruments"] = tuple(options["instrument"] or ())
    given["fields"] = pairs("--field", options["field"] or [], "statement=body")
    example = "base_url=http://127.0.0.1:8000/v1"
    given["model_args"] = pairs("--model-arg", options["model_arg"] or [], example)
    given["parameters"] = pairs("--set", options["set"] or [], "order.shuffles=999")
    try:
        return Plan(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        msg = f"--{name} {first['input']}: {first['msg']}\n  next: assay examine --help"
        raise BadConfig(msg) from error


def pairs(option: str, given: list[str], example: str) -> dict[str, str]:
    """Return NAME=VALUE options as a mapping.

    Raises
    ------
    BadConfig
        One has no equals sign, or a name stands twice.
    """
    found: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not (name and equals) or name in found:
            fault = "is given twice" if name in found else "is not NAME=VALUE"
            msg = f"{option} {one}: {fault}\n  next: write it as {option} {example}"
            raise BadConfig(msg)
        found[name] = value
    return found


def command_of(plan: Plan) -> str:
    """Return the command line that carries out this plan again, wherever its folder lay.

    Examples
    --------
    >>> command_of(Plan(benchmark="humaneval", model="smollm2", split=7, instruments=("order",)))
    'assay examine humaneval --model smollm2 --split 7 --instrument order'
    """
    words = ["assay", "examine", plan.benchmark, "--model", plan.model]
    for name, field in Plan.model_fields.items():
        value = getattr(plan, name)
        if name not in {"benchmark", "model", "out"} and value != field.get_default(
            call_default_factory=True, validated_data={}
        ):
            words.extend(_option(name, value))
    return shlex.join(words)


def _option(name: str, value: object) -> Iterator[str]:
    option = f"--{REPEATED.get(name, name).replace('_', '-')}"
    if value is True:
        yield option
        return
    several = [f"{k}={v}" for k, v in value.items()] if isinstance(value, dict) else value
    for one in several if isinstance(several, list | tuple) else [several]:
        yield from (option, str(one))
