"""The record of what was drawn by lot and what was planted, kept beside a benchmark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assay.core.errors import BadFormat
from assay.core.item import Canary, Certificate
from assay.core.task import Retraction, SealedTask
from assay.formats.lines import check_file, read_whole
from assay.formats.row import shown, shown_path
from assay.formats.strictjson import parse

__all__ = ["Manifest", "read_manifest", "sidecar"]


class Manifest(BaseModel):
    """Certificates of random acts, canaries, sealed tasks, and which of them are honeypots."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    certificates: tuple[Certificate, ...] = ()
    canaries: tuple[Canary, ...] = ()
    tasks: tuple[SealedTask, ...] = ()
    retracted: tuple[Retraction, ...] = ()
    files: dict[str, str] = Field(default_factory=dict)
    """By half, the SHA-256 of the list of its files' digests."""
    honeypots: tuple[Canary, ...] = ()
    """Of a private half: tasks whose gold answers hold a secret; the id is the task's."""
    conflicts: tuple[str, ...] = ()
    """Of a private half: tasks whose tests contradict their statement."""


def sidecar(path: Path) -> Path:
    """Where would the manifest of a benchmark file lie?

    Examples
    --------
    >>> sidecar(Path("data/mine.jsonl.gz")).name
    'mine.assay.json'
    """
    bare = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    return bare.with_suffix(".assay.json")


def read_manifest(path: Path) -> Manifest:
    """Which certificates and canaries does a manifest hold?

    Raises
    ------
    BadFormat
        When it holds something else; the message names the place, as $.canaries[0].secret.
    """
    check_file(path)
    name = shown_path(path)
    value = parse(read_whole(path), path=name, line=None)
    try:
        manifest = Manifest.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        what = f"{json_path(first['loc'])}: {first['msg']}, not {shown(first['input'])}"
        raise BadFormat(name, None, what, "mend it: " + FORM) from error
    for key, names in (
        ("certificates", [c.act for c in manifest.certificates]),
        ("canaries", [c.id for c in manifest.canaries]),
        ("tasks", [f"{t.id}, version {t.version}" for t in manifest.tasks]),
        ("honeypots", [c.id for c in manifest.honeypots]),
    ):
        refuse_twins(name, key, names)
    return manifest


def json_path(steps: Iterable[int | str]) -> str:
    """Name a place in a JSON value.

    Examples
    --------
    >>> json_path(("canaries", 0, "secret"))
    '$.canaries[0].secret'
    """
    return "$" + "".join(
        f".{step}" if isinstance(step, str) and step.isidentifier() else f"[{shown(step)}]"
        for step in steps
    )


FORM = '{"certificates": [{"act", "seed", "committed"}], "canaries": [{"id", "secret"}]}'


def refuse_twins(name: str, key: str, names: Sequence[str]) -> None:
    """Refuse a second record of one act: which of two draws was published could not be told."""
    for index, one in enumerate(names):
        if one in names[:index]:
            what = f"$.{key}[{index}]: {shown(one)} is recorded already"
            raise BadFormat(name, None, what, "keep the record that was committed first")
