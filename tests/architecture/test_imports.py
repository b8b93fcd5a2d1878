"""Who imports whom, and what starting costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.architecture.tree import ROOT

HEAVY = ("numpy", "scipy", "sklearn", "torch", "transformers", "inspect_ai", "ibis", "pyarrow")
LISTING = (
    "import sys; assert not {heavy!r} & {{name.partition('.')[0] for name in sys.modules}},"
    " sorted(set(sys.modules) & {heavy!r})"
)


def checked(code: str) -> None:
    """Run a line of Python in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_the_import_contracts_hold() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    "code",
    [
        "import assay",
        "import assay.catalog; assay.catalog.rows()",
        "import assay.core.draws, assay.core.trial, assay.core.evidence",
    ],
)
def test_importing_loads_nothing_heavy(code: str) -> None:
    checked(f"{code}\n{LISTING.format(heavy=set(HEAVY))}")


def test_asking_for_help_loads_nothing_heavy() -> None:
    checked(
        "from assay.cli import main\nimport sys\nsys.argv = ['assay', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n" + LISTING.format(heavy=set(HEAVY))
    )
