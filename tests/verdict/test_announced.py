"""A full pass that was announced: a p-value among shuffled labels flags where e alone does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.verdict.boards import Kind, board, judged, plain, trial
from tests.verdict.calibrations import PLAIN, leaked

from assay.core.evidence import Status, Verdict
from assay.core.trial import Trial

# Of this seed: the e-value stays under what is needed, the p-value does not.
SEED = 4


def made(kind: Kind = "randomised", *, full: bool = True) -> Trial:
    given = trial(PLAIN, benchmark=plain(60), controls=60, kind=kind)
    return replace(given, plan=given.plan.model_copy(update={"full": full, "alpha": 0.05}))


def said(given: Trial, earlier: tuple[dict[str, float], ...] = ()) -> Verdict:
    weak = leaked(given, PLAIN, area=0.66, share=1.0, seed=SEED)
    return judged(given, board(weak), earlier=earlier)


def test_it_flags_by_the_p_value_and_says_so() -> None:
    verdict = said(made())
    [total] = verdict.totals
    assert total.e_value < total.needed
    assert total.p_value is not None
    assert total.p_value <= 1 / total.needed
    assert verdict.status is Status.FLAGGED
    assert "among shuffled labels" in verdict.headline
    assert any("among shuffled labels" in line for line in verdict.why)


@pytest.mark.parametrize(
    ("given", "earlier"),
    [
        (made(full=False), ()),
        (made("other"), ()),
        (made(), ({"matched": 1.0},)),
    ],
    ids=["not announced", "controls that lots did not draw", "a rerun"],
)
def test_elsewhere_the_e_value_decides(given: Trial, earlier: tuple[dict[str, float], ...]) -> None:
    verdict = said(given, earlier)
    assert all(total.p_value is None for total in verdict.totals)
    assert verdict.status is not Status.FLAGGED
    assert "shuffled" not in verdict.headline
