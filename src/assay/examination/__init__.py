"""The one flow: prepare, measure, record, judge. Read `loop` first."""

from assay.examination.forecast import forecast
from assay.examination.loop import examine, run
from assay.examination.record import load_run

__all__ = ["examine", "forecast", "load_run", "run"]
