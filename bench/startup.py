"""How long does `assay --help` take, beside an interpreter that does nothing?

python bench/startup.py
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

RUNS = 10
GOAL = 0.3
"""Seconds for `assay --help`, the interpreter's own start included."""
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "assay --help": [sys.executable, "-c", "from assay.cli import main; main()", "--help"],
}
HEAVY = ("numpy", "scipy", "sklearn", "pandas", "pyarrow", "torch", "transformers")
LOADED = "import sys; from assay.cli import main\ntry: main()\nfinally: print(*sorted(sys.modules))"


def best_of(command: list[str]) -> tuple[float, float]:
    """Fewest seconds of `RUNS` starts, and CPU seconds: the rest is what else the machine did."""
    walls, works = [], []
    for _ in range(RUNS):
        start, before = time.perf_counter(), os.times()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        after = os.times()
        walls.append(time.perf_counter() - start)
        works.append(sum(after[2:4]) - sum(before[2:4]))
    return min(walls), min(works)


def heavy_loaded() -> list[str]:
    """Which heavy libraries does the help load?"""
    command = [sys.executable, "-c", LOADED, "--help"]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    modules = set(shown.splitlines()[-1].split())
    return [name for name in HEAVY if name in modules]


def main() -> None:
    """Print both times and whether the goal was reached."""
    times = {name: best_of(command) for name, command in COMMANDS.items()}
    for name, (wall, work) in times.items():
        print(f"{name:16} {wall:6.3f} s, of them CPU {work:6.3f} s   best of {RUNS}")
    print("goal", GOAL, "s:", "pass" if times["assay --help"][0] < GOAL else "FAIL")
    print("heavy libraries loaded:", ", ".join(heavy_loaded()) or "none")


if __name__ == "__main__":
    main()
