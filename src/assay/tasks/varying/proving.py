"""Running programs of variants: does the gold pass its tests, what does it return?"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.core.running import Limits, Ran, Sandbox
from assay.sandbox.temporary import owned
from assay.tasks.verify.proving import Proofs

__all__ = ["Prover"]

SECONDS = 10
"""For one program."""
LIMITS = Limits(seconds=20, cpu_seconds=300, memory_bytes=1 << 30, output_bytes=1 << 20)
_RUNNER = Path(__file__).with_name("running_many.py")
_PYTHON = (str(Path(sys.executable).resolve()), "-I", "-S")
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
    proofs: Proofs | None = None
    """Runs tasks of repositories, where these were given."""

    def failures(self, programs: Sequence[str]) -> list[str]:
        """Run programs, each in a process of its own; return why each failed, empty where none."""
        limits = LIMITS.model_copy(update={"seconds": SECONDS * len(programs) + 20.0})
        texts = {f"{number}.py": program for number, program in enumerate(programs)}
        asked = ["running_many.py", str(len(programs)), str(SECONDS)]
        ran = self._run({**texts, "running_many.py": _RUNNER.read_text("utf-8")}, asked, limits)
        found = _read(ran, len(programs))
        told = ran.note or ran.stderr.decode("utf-8", "replace").strip()[-200:] or ran.ended
        return [f"the sandbox said: {told}" if why is None else why for why in found]

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
        text = program + _TAIL.replace("{calls}", calls)
        ran = self._run({"program.py": text}, ["program.py"], LIMITS)
        return _read(ran, len(arguments))

    def _run(self, texts: Mapping[str, str], asked: Sequence[str], limits: Limits) -> Ran:
        # The environment's interpreter need not lie where the sandbox sees the system's.
        places = {Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()}
        reads = {str(place): place for place in places if not place.is_relative_to("/usr")}
        with owned("proof") as folder:
            for name, text in texts.items():
                (folder / name).write_bytes(text.encode("utf-8", "surrogatepass"))
            folder.chmod(0o755)  # whoever runs there is somebody else
            with self.sandbox.open(folder, reads=reads, limits=limits) as box:
                return box.run([*_PYTHON, *asked])


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
