"""How often does a fault of the server make a clean model flag? Prints a line a fault.

python bench/faults.py 1000
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.faults.alarms import Runs
from tests.faults.test_false_alarms import CASES, WRITTEN, alarms, allowed
from tests.faults.worlds import offered

LOOKS_LIKE_MEMORY = {
    "spoil": {"fault": "refusal", "share": (0.5, 0.05)},
    "instruments": WRITTEN,
}
"""No fault of chance: a filter that knows which items were published."""


def main(count: int, part: str) -> None:
    """Run every case of this name, and the one that the tests expect to flag."""
    cases = {name: options for name, (options, _) in CASES.items()}
    for name, options in (cases | {"refusals of controls": LOOKS_LIKE_MEMORY}).items():
        if part not in name:
            continue
        begun = time.perf_counter()
        runs = list(Runs(**options).carried_out(range(1_000, 1_000 + count)))
        shares = ", ".join(
            f"alpha {a}: worst moment {worst}, end {end} (at most {allowed(count, a)})"
            for a in (0.05, 0.01)
            for worst, end in [alarms(runs, a)]
        )
        print(f"{name}: {shares} of {count}; {time.perf_counter() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, str(offered(Path(folder))))
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000, "".join(sys.argv[2:3]))
