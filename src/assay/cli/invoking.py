"""From a typer application to an exit code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields
from inspect import Parameter, Signature
from typing import Any, TypeVar, get_type_hints

import typer
from typer.main import get_command

from assay.core.errors import UsageError

__all__ = ["application", "invoke"]

Options = TypeVar("Options")


def application(options: type[Options], body: Callable[[Options], int]) -> typer.Typer:
    """Make a one-command application whose options are the fields of a dataclass.

    Parameters
    ----------
    options
        A dataclass; every field is annotated with `typer.Option` or `typer.Argument`.
    body
        What to run; returns the exit code. Its docstring is the help text.
    """
    hints = get_type_hints(options, include_extras=True)

    def command(**given: Any) -> int:  # noqa: ANN401 - typed by the dataclass
        return body(options(**given))

    command.__doc__ = body.__doc__
    command.__annotations__ = hints
    declared = [
        Parameter(
            one.name,
            Parameter.KEYWORD_ONLY,
            default=Parameter.empty if one.default is MISSING else one.default,
            annotation=hints[one.name],
        )
        for one in fields(options)  # type: ignore[arg-type] # a dataclass, by contract
    ]
    command.__signature__ = Signature(declared)  # type: ignore[attr-defined]
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command()(command)
    return app


def invoke(app: typer.Typer, name: str, arguments: Sequence[str]) -> int:
    """Parse the arguments, run the command, return its exit code.

    Raises
    ------
    UsageError
        An option is unknown, missing or has an impossible value.
    """
    try:
        code = get_command(app).main(args=list(arguments), prog_name=name, standalone_mode=False)
    except typer.TyperException as error:
        raise UsageError(f"{error.format_message()}\n  next: {name} --help") from error
    return int(code or 0)
