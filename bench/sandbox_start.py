"""What does a box cost to start, beside bwrap alone with the same namespaces?

    python bench/sandbox_start.py [ROUNDS]

Both run `true`, in turn, so that other work on the machine slows both. Bare bwrap unshares all
namespaces and mounts the same system, /proc, /dev, /tmp and overlay; it has no limits, filter,
control group or watchdog, and nobody reads its output. The goal is a ratio of at most 1.5.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from assay.sandbox.bubblewrap import Bubblewrap
from assay.sandbox.choosing import best

GOAL = 1.5


def bare(binary: Path, folder: Path) -> list[str]:
    """Return the command of bwrap alone."""
    for name in ("lower", "upper", "work"):
        (folder / name).mkdir()
    links = [word for place in ("/bin", "/lib", "/lib64", "/sbin") if Path(place).is_symlink()
             for word in ("--symlink", str(Path(place).readlink()), place)]  # fmt: skip
    return [
        str(binary), "--unshare-all", "--die-with-parent", "--new-session", "--uid", "1000",
        "--gid", "1000", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp",  # noqa: S108
        "--ro-bind", "/usr", "/usr", *links, "--overlay-src", str(folder / "lower"),
        "--overlay", str(folder / "upper"), str(folder / "work"), "/work", "true",
    ]  # fmt: skip


def timed(call: Callable[[], object]) -> float:
    """Return a call's seconds."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def main() -> None:
    """Print both medians and their ratio."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    sandbox = best()
    assert isinstance(sandbox, Bubblewrap)  # noqa: S101
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        command = bare(sandbox.binary, Path(one))
        with sandbox.open(Path(two)) as box:
            alone, ours = [], []
            for _ in range(rounds):
                alone.append(timed(lambda: subprocess.run(command, check=True)))
                ours.append(timed(lambda: box.run(["true"])))
    first, second = median(alone), median(ours)
    print(f"bwrap alone  {1000 * first:6.1f} ms, median of {rounds}")
    print(f"a box        {1000 * second:6.1f} ms, level {sandbox.level}")
    print(f"ratio        {second / first:6.2f}, goal at most {GOAL}")


if __name__ == "__main__":
    main()
