"""The sealed suite: cases whose truth is known, most of them leaked by routes unknown to tuning."""

from __future__ import annotations

from assay.lab.mix import Exposure, Mix

__all__ = ["MIXES"]

# The mix of the judged suite, fixed before calibration was begun. Calibration knows verbatim copies
# at places drawn by lot; the seven other exposures it does not know. Doses are copies per item.
FILE = Exposure(name="verbatim x4, in file order", copies=4, together=2, calibrated=True)
VERBATIM = (
    Exposure(name="verbatim x4, half", copies=4, share=0.5, calibrated=True),
    FILE,
    Exposure(name="verbatim x8", copies=8, calibrated=True),
)
UNKNOWN = (
    Exposure(name="paraphrase x8", route="paraphrase", copies=8),
    Exposure(name="translation x8", route="translation", copies=8),
    Exposure(name="answers x8", route="answers", copies=8),
    Exposure(name="statements x8", route="statements", copies=8),
    Exposure(name="once", copies=1),
    Exposure(name="forgotten x8", copies=8, end=0.2),
    Exposure(name="easy half x4", copies=4, share=0.5, choice="ease"),
)
MIXES = {
    "full": Mix(name="suite", hosts=40, exposures=(*VERBATIM, *UNKNOWN), clean=10),
    "tiny": Mix(
        name="suite-tiny",
        hosts=2,
        exposures=(VERBATIM[2], UNKNOWN[0]),
        clean=2,
        items=80,
        lessons=150,
        steps=100,
    ),
}
