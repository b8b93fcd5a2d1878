"""The packaged calibration, and what it says of an instrument before a run."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from assay.core.calibration import Calibration
from assay.core.errors import BadFormat
from assay.core.instrument import Instrument
from assay.formats.strictjson import parse

__all__ = ["BATTERIES", "PACKAGED", "calibration_at", "demotions"]

PACKAGED = Path(__file__).with_name("calibration.json")
LARGEST = 16 * 2**20  # bytes
AGAIN = "make it again with `assay lab calibrate --write FILE`"

BATTERIES = {
    "likelihood against a reference": ("logprob.loss.ref",),
    "likelihoods": ("logprob.loss", "logprob.zlib", "logprob.mink", "logprob.minkpp"),
}
"""What is read together when a leak is to be ruled out: the first whose instruments all ran. Fixed
by what the user gave. Against a reference one score sees more than the mean of three; what only
writes text tells too little of small leaks (docs/calibration.md)."""


def calibration_at(path: str | None = None) -> Calibration:
    """Read a calibration: the packaged one where none is named.

    Raises
    ------
    BadFormat
        The file cannot be read, or is no calibration.
    """
    return packaged() if path is None else _read(Path(path))


@cache
def packaged() -> Calibration:
    """Return the calibration that comes with Assay."""
    return _read(PACKAGED)


def _read(path: Path) -> Calibration:
    try:
        if path.stat().st_size > LARGEST:
            raise BadFormat(str(path), None, f"more than {LARGEST} bytes", AGAIN)
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        fix = f"ls {path.parent}"
        raise BadFormat(str(path), None, f"cannot be read ({error.strerror})", fix) from error
    except UnicodeDecodeError as error:
        raise BadFormat(str(path), None, "is not UTF-8", AGAIN) from error
    try:
        # As JSON: lists are tuples there, numbers are never texts.
        parse(text, path=str(path), line=None)
        return Calibration.model_validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        what = f"is no calibration: {where}: {first['msg']}, not {str(first['input'])[:40]!r}"
        raise BadFormat(str(path), None, what, AGAIN) from error


def demotions(calibration: Calibration, instruments: Iterable[Instrument]) -> dict[str, str]:
    """Which instruments flag what is clean oftener than they promise, and how often?

    Such an instrument is descriptive: shown, and in no total.

    Parameters
    ----------
    calibration
        What was measured.
    instruments
        With the version that would run.

    Returns
    -------
    dict
        By id, the reason in words; those not measured in this version are not in it.
    """
    found = {}
    for one in instruments:
        measured = calibration.of(one.id, one.version)
        excess = measured.excess() if measured else None
        if excess is not None:
            found[one.id] = (
                f"descriptive: it flagged {excess.flagged} of {excess.of} clean cases at "
                f"{excess.alpha:g}, which is surely more than that"
            )
    return found
