"""Says what came of a run in Inspect's terms."""

from __future__ import annotations

from collections.abc import Sequence

from inspect_ai.util import ExecResult, OutputLimitExceededError, SandboxEnvironmentLimits

from assay.core.running import Ran
from assay.sandbox.bubblewrap import NEVER_RAN

__all__ = ["result_of"]

NOT_ALLOWED, KILLED = 126, 137


def result_of(ran: Ran, argv: Sequence[str]) -> ExecResult[str]:
    """Return Inspect's record of a run, with a shell's exit statuses.

    Raises
    ------
    TimeoutError
        Its time was over, on the clock or of the processor.
    OutputLimitExceededError
        It said more than Inspect keeps; what was kept is in the error.
    PermissionError
        The program may not be run.
    """
    stdout, stderr = (stream.decode("utf-8", "replace") for stream in (ran.stdout, ran.stderr))
    if ran.ended == "time":
        raise TimeoutError(ran.note)
    if ran.ended == "output":
        raise OutputLimitExceededError(SandboxEnvironmentLimits.MAX_EXEC_OUTPUT_SIZE_STR, stdout)
    if ran.code == NOT_ALLOWED and ran.note == NEVER_RAN:
        msg = f"{argv[0]}: permission denied"
        raise PermissionError(msg)
    if ran.ended in {"memory", "processes", "disk"}:
        return ExecResult(False, KILLED, stdout, f"{stderr}\nkilled: {ran.note}\n")  # noqa: FBT003
    code = 128 + (ran.signal or 0) if ran.code is None else ran.code
    return ExecResult(code == 0, code, stdout, stderr)
