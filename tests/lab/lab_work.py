"""Work for sweeps: functions that another process can import."""

from __future__ import annotations

import time
from typing import Any

from assay.core.errors import BadFormat


def double(cell: int) -> dict[str, Any]:
    return {"twice": 2 * cell}


def slow_double(cell: int) -> dict[str, Any]:
    time.sleep(0.2)
    return {"twice": 2 * cell}


def fail_at_three(cell: int) -> dict[str, Any]:
    if cell == 3:
        raise BadFormat("file", 1, "three", "give another number")
    return {"twice": 2 * cell}
