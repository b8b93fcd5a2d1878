"""A clean verdict from the command's plan to a bundle that is verified, and one that is forged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.examination.bundles import bundled, forged
from tests.examination.runs import plan, scripted, world
from tests.verdict.calibrations import PLAIN, calibration

from assay.core.calibration import Box
from assay.core.errors import BadConfig, BadFormat, IntegrityError, UsageError
from assay.core.evidence import Status
from assay.core.settings import Plan
from assay.examination import load_run, run
from assay.examination.prepare import check
from assay.examination.verify import Inputs, verify_run
from assay.verdict.calibrated import PACKAGED

BOX = Box(parameters=(100, 1000), tokens=(2, 900), items=(20, 600), access=("local, raw",))


def written(folder: Path) -> Path:
    path = folder / "calibration.json"
    path.write_text(calibration(box=BOX).model_dump_json())
    return path


def clean_plan(folder: Path, **given: Any) -> tuple[Plan, Path]:
    benchmark, _ = world(folder, items=120)
    options: dict[str, Any] = {
        "model": scripted(seed=4, parameters=500),
        "instruments": PLAIN,
        "split": 5,
        "calibration": str(written(folder)),
    }
    return plan(benchmark, **options | given), benchmark


@pytest.fixture(scope="module", name="ran")
def _ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the bundle of a clean run, and its benchmark."""
    folder = tmp_path_factory.mktemp("clean")
    given, benchmark = clean_plan(folder)
    return bundled(folder, given), benchmark


def test_a_clean_run(ran: tuple[Path, Path]) -> None:
    path, benchmark = ran
    verdict, _, given = load_run(path.parent / "run")
    assert verdict.status is Status.CLEAN
    assert verdict.stop.reason == "full pass"
    assert verdict.calibration == calibration(box=BOX).digest
    assert verdict.detectable
    assert (given.tolerance, given.dose) == (0.5, 4)
    file = str(path.parent / "calibration.json")
    found = verify_run(path, inputs=Inputs(benchmark=str(benchmark), calibration=file))
    assert any("word by word" in line for line in found.verified)


def test_it_is_verified_with_its_own_calibration_alone(ran: tuple[Path, Path]) -> None:
    path, benchmark = ran
    assert verify_run(path).headline.startswith("scripted")
    with pytest.raises(BadConfig, match="calibration"):
        verify_run(path, inputs=Inputs(benchmark=str(benchmark)))
    other = Inputs(benchmark=str(benchmark), calibration=str(PACKAGED))
    with pytest.raises(UsageError, match="calibration here is not the one"):
        verify_run(path, inputs=other)


def test_clean_cannot_be_forged(ran: tuple[Path, Path]) -> None:
    path, benchmark = ran

    def uncleared(verdict: Any) -> None:
        verdict["clearance"]["cleared"] = False

    with pytest.raises(IntegrityError, match="what it rules out"):
        verify_run(forged(path, "verdict.json", uncleared))

    def cleaner(verdict: Any) -> None:
        verdict["clearance"]["upper"] = 0.5

    file = str(path.parent / "calibration.json")
    given = Inputs(benchmark=str(benchmark), calibration=file)
    with pytest.raises(IntegrityError, match=r"clearance\.upper"):
        verify_run(forged(path, "verdict.json", cleaner), inputs=given)


def test_packaged_calibration_does_not_speak_of_other_models(tmp_path: Path) -> None:
    given, _ = clean_plan(tmp_path, calibration=None, model=scripted(seed=4))
    verdict = run(given)
    assert verdict.status is Status.UNDECIDED
    assert verdict.clearance is not None
    assert not verdict.clearance.cleared


def test_a_bad_calibration_is_found_before_a_model_is_loaded(tmp_path: Path) -> None:
    given, _ = clean_plan(tmp_path, calibration=str(tmp_path / "none.json"))
    with pytest.raises(BadFormat, match=r"none\.json"):
        check(given)
