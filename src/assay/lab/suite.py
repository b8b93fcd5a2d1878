"""The sealed suite: cases whose truth is known, most of them leaked by routes unknown to tuning.

In its folder stand `suite.json` (what was made, by which seed, and the digests of all files), the
models and benchmarks, and, apart from them, `truth.jsonl`: judging reads it after every verdict has
been written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from assay.core.errors import BadConfig, BadFormat, UnknownName, UsageError
from assay.formats.row import first_fault, shown
from assay.formats.strictjson import parse
from assay.lab.cases import BASE, make_models
from assay.lab.experiment import OnProgress
from assay.lab.mix import Exposure, Mix, deal
from assay.store.files import write_whole

__all__ = ["MIXES", "Sealed", "Suite", "Truth", "make_suite", "mix_of", "read_suite", "read_truth"]

FORMAT = 1
"""Bumped when a suite's files come to mean something else."""
SUITE, TRUTH = "suite.json", "truth.jsonl"
MAKE = "assay lab suite --size tiny --seed SEED --out DIR"
FROZEN = ConfigDict(frozen=True, extra="forbid")

# The mix of the judged suite, fixed before calibration was begun. Calibration knows verbatim copies
# at places drawn by lot; the seven other exposures it does not know. Each leaked item is copied.
EXPOSURES = (  # every other one of them is hosted by one model
    Exposure(name="verbatim x16 of half", copies=16, share=0.5, calibrated=True),
    Exposure(name="verbatim x16 in file order", copies=16, together=2, calibrated=True),
    Exposure(name="verbatim x16", copies=16, calibrated=True),
    Exposure(name="translation x8", route="translation", copies=8),
    Exposure(name="paraphrase x8", route="paraphrase", copies=8),
    Exposure(name="statements x8", route="statements", copies=8),
    Exposure(name="answers x8", route="answers", copies=8),
    Exposure(name="forgotten x8", copies=8, end=0.2),
    Exposure(name="once", copies=1),
    Exposure(name="easy half x8", copies=8, share=0.5, choice="ease"),
)
MIXES = {
    "full": Mix(name="suite", hosts=80, exposures=EXPOSURES, leaked=5, clean=5),
    "tiny": Mix(
        name="suite-tiny",
        hosts=2,
        exposures=EXPOSURES[2:5:2],
        clean=2,
        shape="nano",
        items=80,
        lessons=100,
        steps=200,
    ),
}


class Sealed(BaseModel):
    """A case as whoever judges it knows it."""

    model_config = FROZEN

    id: str
    host: int
    kind: str
    split: int


class Truth(BaseModel):
    """What is true of a case."""

    model_config = FROZEN

    id: str
    exposure: Exposure | None


class Suite(BaseModel):
    """What stands in a suite's folder."""

    model_config = FROZEN

    format: int
    mix: Mix
    seed: str
    made_by: str
    cases: tuple[Sealed, ...]
    files: dict[str, str]
    """SHA-256 of every file that judging opens, by its place in the folder."""


def mix_of(size: str) -> Mix:
    """Which mix has a suite of this size?

    Raises
    ------
    UnknownName
        None; the nearest is offered.
    """
    if size not in MIXES:
        raise UnknownName("size of suite", size[:80], MIXES, MAKE)
    return MIXES[size]


def make_suite(
    mix: Mix, seed: str, folder: Path, *, workers: int = 1, on_progress: OnProgress | None = None
) -> Suite:
    """Train a suite's models and seal its truth; a killed run goes on where it stopped.

    Parameters
    ----------
    mix
        What is trained.
    seed
        Any text. Of a suite that is to be believed: the hash of a commit that is later than the
        mix and the calibration, which nobody could know when those were made.
    folder
        A new one, or one in which the same suite was begun.

    Raises
    ------
    BadConfig
        Another suite lies there, or one of another version of the code.
    """
    if not seed.strip():
        raise BadConfig(f"--seed {seed!r}: a suite is dealt by a seed\n  next: {MAKE}")
    make_models(mix, seed, folder, workers=workers, on_progress=on_progress)
    dealt = deal(mix, seed)
    truth = [Truth(id=one.id, exposure=one.exposure) for one in dealt]
    write_whole(folder / TRUTH, (f"{row.model_dump_json()}\n" for row in truth))
    suite = Suite(
        format=FORMAT,
        mix=mix,
        seed=seed,
        made_by=f"assay {version('assay')}",
        cases=tuple(Sealed(id=d.id, host=d.host, kind=d.kind, split=d.split) for d in dealt),
        files=_digests(folder, _opened(folder)),
    )
    write_whole(folder / SUITE, [suite.model_dump_json(indent=1), "\n"])
    return suite


def _opened(folder: Path) -> list[Path]:
    """Return every file that judging opens."""
    rooms = (folder / BASE, *sorted((folder / "models").iterdir()), folder / "benchmarks")
    return [folder / TRUTH, *(file for room in rooms for file in sorted(room.iterdir()))]


def _digests(folder: Path, files: Iterable[Path]) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
    }


def read_suite(folder: Path) -> Suite:
    """Read a suite without its truth, and make sure that every file is as it was sealed.

    Raises
    ------
    UsageError
        There is no suite, it is of another version, or a file is missing.
    BadFormat
        A file was damaged, or edited.
    """
    path = folder / SUITE
    suite = Suite.model_validate(_checked(path))
    for name, digest in suite.files.items():
        file = folder / name
        if not file.resolve().is_relative_to(folder.resolve()):
            raise BadFormat(str(path), None, f"{name!r} lies outside the suite", MAKE)
        if not file.is_file():
            raise UsageError(f"{file}: is missing from the suite\n  next: restore it, or {MAKE}")
        if hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            what = "is not the file that was sealed: it was damaged, or edited"
            raise BadFormat(str(file), None, what, f"restore it, or make the suite anew: {MAKE}")
    return suite


def _checked(path: Path) -> object:
    """Return a suite's record, of this format."""
    try:
        record = parse(path.read_bytes().decode(), path=str(path), line=None)
        found = record.get("format") if isinstance(record, dict) else None
        if found != FORMAT:
            what = f"is a suite of format {shown(found)}; this version reads {FORMAT}"
            raise BadFormat(str(path), None, what, f"make it anew: {MAKE}")
        Suite.model_validate(record)
    except OSError as error:
        msg = f"no suite in {path.parent} ({error.strerror})\n  next: {MAKE}"
        raise UsageError(msg) from error
    except ValidationError as error:
        raise BadFormat(str(path), None, first_fault(error), f"make it anew: {MAKE}") from error
    except UnicodeDecodeError as error:
        raise BadFormat(str(path), None, "is not UTF-8", f"make it anew: {MAKE}") from error
    return record


def read_truth(folder: Path, suite: Suite) -> dict[str, Exposure | None]:
    """Break the seal: how was each case leaked? None where it was not.

    Raises
    ------
    BadFormat
        The truth is not about these cases.
    """
    path = folder / TRUTH
    try:
        rows = [Truth.model_validate_json(line) for line in path.read_bytes().splitlines()]
    except (OSError, ValidationError) as error:
        what = f"holds no truth ({type(error).__name__})"
        raise BadFormat(str(path), None, what, f"restore it, or {MAKE}") from error
    found = {row.id: row.exposure for row in rows}
    if set(found) != {case.id for case in suite.cases}:
        raise BadFormat(str(path), None, "is about other cases than the suite's", MAKE)
    return found
