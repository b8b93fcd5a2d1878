"""From the name that the user gives to a model that answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from assay.core.errors import BadConfig, BadFormat, UnknownName, UsageError
from assay.core.loading import load_attribute
from assay.core.subject import Model
from assay.models.packaged import PACKAGED
from assay.models.scripted import ScriptedModel

__all__ = ["check_model", "open_model"]

LOCAL = "assay.models.local:LocalModel"
INSPECT = "assay.models.inspect:InspectModel"
SCRIPTED_TAKES = {
    "seed": int,
    "strength": float,
    "context": int,
    "parameters": int,
    "together": int,
    "delay": float,
    "fail_after": int,
    "log": Path,
}
KINDS = ("local:PATH", "inspect:PROVIDER/MODEL", "scripted:clean", "scripted:knows=FILE", *PACKAGED)
OFFERED = f"use one of {', '.join(KINDS)}"


def open_model(
    spec: str,
    *,
    threads: int | None = None,
    device: str = "auto",
    arguments: Mapping[str, str] | None = None,
) -> Model:
    """Which model does this name mean? Opened, ready to answer.

    Parameters
    ----------
    spec
        "local:PATH" for a Hugging Face folder or a .gguf file; "smollm2" and "gemma3-270m" for
        real small models that come as Python packages; "scripted:clean" and
        "scripted:knows=FILE,strength=0.9" for a model of rules that has memorised the lines of a
        JSONL file (field "text" or "whole"); "inspect:PROVIDER/MODEL" for whatever Inspect AI has
        a provider for.
    threads
        CPU threads; None leaves the library's choice.
    device
        "auto", "cpu", "cuda" or "cuda:N".
    arguments
        Of "inspect:" models, as text: `base_url`, `connections`, ... (see `InspectModel`).

    Raises
    ------
    UnknownName
        No such model; the nearest name is offered.
    MissingExtra
        What the model needs is not installed; the exact line is given.
    UsageError
        There is no model at PATH.

    Examples
    --------
    >>> open_model("scripted:clean").name
    'scripted:clean'
    """
    kind, colon, rest = spec.partition(":")
    if kind != "inspect" and arguments:
        raise BadConfig(f"-M {min(arguments)}: only inspect: models take arguments, not {spec}")
    if spec in PACKAGED:
        path, name = PACKAGED[spec](), spec
    elif kind == "local" and rest:
        path, name = Path(rest), spec
    elif kind == "scripted" and colon:
        return _scripted(spec, rest)
    elif kind == "inspect" and rest:
        behind: type[Model] = load_attribute(INSPECT, extra="api")
        return behind(rest, arguments, name=spec)  # type: ignore[call-arg]
    else:
        raise UnknownName("model", spec, KINDS, OFFERED)
    local: type[Model] = load_attribute(LOCAL, extra="local")
    opened: Model = local(path, name=name, threads=threads, device=device)  # type: ignore[call-arg]
    return opened


def check_model(spec: str) -> None:
    """Is there a model of this name, as far as can be said without loading it or asking it?

    Raises
    ------
    UsageError
        There is not; says what there is.
    """
    kind, colon, rest = spec.partition(":")
    if spec in PACKAGED:
        PACKAGED[spec]()
    elif kind == "scripted" and colon:
        _scripted(spec, rest)
    elif kind == "local" and rest:
        if not Path(rest).exists():
            raise UsageError(f"{spec}: there is no model at {rest}\n  next: ls {Path(rest).parent}")
    elif not rest or kind not in {name.partition(":")[0] for name in (*KINDS, "inspect:")}:
        raise UnknownName("model", spec, KINDS, OFFERED)


def _scripted(spec: str, rest: str) -> ScriptedModel:
    options: dict[str, object] = {}
    for part in rest.split(","):
        key, equals, value = part.partition("=")
        if key == "clean" and not equals:
            continue
        if key == "knows":
            options["knows"] = _texts(Path(value))
        elif key in SCRIPTED_TAKES:
            options[key] = _value(spec, key, value)
        else:
            known = ("clean", "knows", *SCRIPTED_TAKES)
            raise UnknownName("option of scripted", key, known, f"use {', '.join(known)}")
    return ScriptedModel(name=spec, **options)  # type: ignore[arg-type]


def _value(spec: str, key: str, value: str) -> object:
    kind = SCRIPTED_TAKES[key]
    try:
        return kind(value)
    except ValueError:
        msg = f"{spec}: {key} takes a {kind.__name__}, not {value!r}"
        raise BadConfig(msg) from None


def _texts(path: Path) -> tuple[str, ...]:
    """Read the texts to be known, one JSON object per line."""
    if not path.is_file():
        msg = f"no such file: {path}\n  next: ls {path.parent}"
        raise UsageError(msg)
    lines = path.read_bytes().splitlines()
    return tuple(_text(path, n, line) for n, line in enumerate(lines, start=1) if line.strip())


def _text(path: Path, number: int, line: bytes) -> str:
    fix = 'each line is {"text": "..."} (or "whole")'
    try:
        row = json.loads(line)
    except ValueError as error:
        raise BadFormat(str(path), number, f"not JSON: {error}", fix) from None
    text = row.get("text", row.get("whole")) if isinstance(row, dict) else None
    if not isinstance(text, str):
        raise BadFormat(str(path), number, "no field text or whole", fix)
    return text
