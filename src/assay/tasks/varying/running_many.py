"""Run numbered programs one after another, each in a process of its own: runs inside a sandbox.

    python running_many.py COUNT SECONDS        (with 0.py, 1.py, ... beside it)

Prints a JSON list: for each program "", or the last line of why it failed. It stands alone: the
sandbox has nothing of Assay in it.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
import traceback


def main(count: int, seconds: int) -> None:
    """Run them; what they print is dropped."""
    told = [run(f"{number}.py", seconds) for number in range(count)]
    sys.stdout.write(json.dumps(told) + "\n")


def run(path: str, seconds: int) -> str:
    """Run one; return why it failed."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        inside(path, seconds, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        told = pipe.read(400).decode("utf-8", "replace")
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return told if status == 0 or told else f"it ended with status {status}"


def inside(path: str, seconds: int, writer: int) -> None:
    """Run one program in this process, say what came of it, and end the process."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    signal.alarm(seconds)
    code = 1
    try:
        runpy.run_path(path, run_name="__main__")
        code = 0
    finally:
        if code:
            last = traceback.format_exc().strip().splitlines()[-1]
            os.write(writer, last[:200].encode("utf-8", "replace"))
        os._exit(code)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
