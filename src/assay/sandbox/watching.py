"""Waits for a program while its gauges are looked at, and says why it is over."""

from __future__ import annotations

import math
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assay.core.running import Limits
from assay.sandbox.gauges import Gauge, Reached
from assay.sandbox.streams import Streams

__all__ = ["Outcome", "watch"]

TICK = 0.02
"""Seconds between two looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was seen of a run."""

    stdout: bytes
    stderr: bytes
    seconds: float
    reached: Reached | None
    """The limit that ended it; None when it ended by itself."""


def watch(
    process: subprocess.Popen[bytes],
    *,
    stdin: bytes,
    limits: Limits,
    gauges: Sequence[Gauge],
    kill: Callable[[], None],
) -> Outcome:
    """Wait until a program is over, by itself or because a limit is reached; then all is dead.

    Parameters
    ----------
    kill
        Kills the program and all that it started, and waits until they are dead.
    """
    begun = time.monotonic()
    streams = Streams(process, stdin, limits.output_bytes)
    try:
        reached, due = None, begun
        while reached is None and streams.step(TICK):
            if streams.flooded or time.monotonic() >= due:
                reached = _reached(streams, limits, gauges, begun)
                due = time.monotonic() + TICK
        seconds = time.monotonic() - begun
        kill()
        streams.drain()
        return Outcome(
            stdout=streams.output("stdout"),
            stderr=streams.output("stderr"),
            seconds=seconds,
            reached=reached or _flooded(streams, limits) or _looked(gauges, math.inf),
        )
    finally:
        streams.close()


def _reached(
    streams: Streams, limits: Limits, gauges: Sequence[Gauge], begun: float
) -> Reached | None:
    now = time.monotonic()
    if now - begun >= limits.seconds:
        return Reached("time", f"over {limits.seconds:g} s on the clock")
    return _flooded(streams, limits) or _looked(gauges, now)


def _flooded(streams: Streams, limits: Limits) -> Reached | None:
    if not streams.flooded:
        return None
    return Reached("output", f"over {limits.output_bytes} bytes of {streams.flooded}")


def _looked(gauges: Sequence[Gauge], now: float) -> Reached | None:
    return next((found for gauge in gauges if (found := gauge.look(now))), None)
