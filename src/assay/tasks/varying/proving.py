"""Running programs of variants: does the gold pass its tests, what does it return?"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.core.running import Box, Limits, Ran, Sandbox

__all__ = ["Prover"]

LIMITS = Limits(seconds=20, cpu_seconds=20, memory_bytes=1 << 30, output_bytes=1 << 20)
_TAIL = """

import json as _json
_found = []
for _call in ({calls},):
    try:
        _found.append(repr(_call()))
    except Exception:
        _found.append(None)
print("\\n" + _json.dumps(_found))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prover:
    """Runs Python programs that nobody trusts, each by itself."""

    sandbox: Sandbox

    def failures(self, programs: Sequence[str]) -> list[str]:
        """Run programs; return for each why it failed, empty where it did not."""
        with tempfile.TemporaryDirectory() as folder, self._open(Path(folder)) as box:
            return [_why(_run(box, program)) for program in programs]

    def values(self, program: str, entry: str, arguments: Sequence[str]) -> list[str | None]:
        """What does a function of the program return for these arguments?

        Parameters
        ----------
        program
            Python that defines `entry`.
        entry
            The function's name.
        arguments
            Each a list of literals, as they stand in a call.

        Returns
        -------
        list
            The `repr` of each result; None where the call failed or the program did.
        """
        calls = ", ".join(f"lambda: {entry}({told})" for told in arguments)
        with tempfile.TemporaryDirectory() as folder, self._open(Path(folder)) as box:
            ran = _run(box, program + _TAIL.replace("{calls}", calls))
        return _read(ran, len(arguments))

    def _open(self, folder: Path) -> Box:
        # The environment's interpreter need not lie where the sandbox sees the system's.
        places = {Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()}
        reads = {str(place): place for place in places if not place.is_relative_to("/usr")}
        return self.sandbox.open(folder, reads=reads, limits=LIMITS)


def _run(box: Box, program: str) -> Ran:
    box.write("program.py", program.encode("utf-8", "surrogatepass"))
    interpreter = str(Path(sys.executable).resolve())
    return box.run([interpreter, "-I", "program.py"])


def _why(ran: Ran) -> str:
    if ran.ended == "exit" and ran.code == 0:
        return ""
    told = ran.stderr.decode("utf-8", "replace").strip().splitlines()
    return told[-1][:200] if told and ran.ended == "exit" else f"it ended by {ran.ended}"


def _read(ran: Ran, count: int) -> list[str | None]:
    """Read the last line; whatever a hostile program prints there is text, or nothing."""
    last = ran.stdout.decode("utf-8", "replace").strip().rpartition("\n")[2]
    try:
        found = json.loads(last)
    except (ValueError, RecursionError):
        return [None] * count
    if not isinstance(found, list) or len(found) != count:
        return [None] * count
    return [one if isinstance(one, str) else None for one in found]
