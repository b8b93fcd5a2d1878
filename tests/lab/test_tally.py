"""Shares are counted by model: intervals cover where cases of one model go together."""

from __future__ import annotations

import numpy as np
import pytest

from assay.lab.tally import ASSAY, FEW, Judged, Said, balanced, difference, share


def case(host: int, *, leaked: bool, said: Said, peer: Said = "clean") -> Judged:
    return Judged(
        id=f"{host}",
        host=host,
        kind="sums",
        exposure="verbatim" if leaked else "",
        calibrated=leaked,
        reference=True,
        said={ASSAY: said, "peer": peer},
        e_value=1.0,
        scores={},
    )


def test_undecided_is_not_correct() -> None:
    cases = [
        case(1, leaked=True, said="flagged"),
        case(1, leaked=True, said="undecided"),
        case(2, leaked=False, said="clean"),
        case(2, leaked=False, said="flagged"),
    ]
    assert balanced(cases, ASSAY).value == 0.5


def test_balance_weighs_leaked_and_clean_alike() -> None:
    cases = [case(1, leaked=True, said="flagged")]
    cases += [case(1, leaked=False, said="flagged") for _ in range(9)]
    assert balanced(cases, ASSAY).value == 0.5


def test_few_models_give_no_interval() -> None:
    cases = [case(h, leaked=bool(h % 2), said="flagged") for h in range(FEW - 1)]
    assert balanced(cases, ASSAY).low is None
    assert share(cases, lambda c: c.leaked).low is None


def test_a_difference_is_paired() -> None:
    """Both err on the same models: the difference is 0.5 whatever models are drawn."""
    cases = []
    for host in range(20):
        right = host % 2 == 0
        cases.append(case(host, leaked=True, said="flagged" if right else "clean"))
        cases.append(case(host, leaked=False, said="clean", peer="flagged"))
    both = [c.model_copy(update={"said": c.said | {"peer": c.said[ASSAY]}}) for c in cases]
    same = difference(both, ASSAY, "peer")
    assert (same.value, same.low, same.high) == (0, 0, 0)
    found = difference(cases, ASSAY, "peer")
    assert found.low is not None
    assert found.low > 0


def test_what_was_never_seen_may_happen_all_the_same() -> None:
    cases = [case(h, leaked=False, said="clean") for h in range(40) for _ in range(10)]
    found = share(cases, lambda c: c.said[ASSAY] == "flagged")
    assert found.value == 0
    assert found.high == pytest.approx(0.0092, abs=0.0005)


@pytest.mark.slow
def test_the_interval_covers_where_cases_of_a_model_go_together() -> None:
    """Models differ: their rates are uniform on [.1, .9], true mean .5.

    80 suites of 40 models with 5 cases; at a true coverage of 93 % (a bootstrap of 40 models is a
    little short) fewer than 66 would be a chance of .1 %. An interval that took the cases for
    independent would cover some 80 %.
    """
    draw = np.random.default_rng(5)
    covered = 0
    for _ in range(80):
        rates = draw.uniform(0.1, 0.9, size=40)
        cases = [
            case(h, leaked=True, said="flagged" if draw.random() < rate else "clean")
            for h, rate in enumerate(rates)
            for _ in range(5)
        ]
        found = share(cases, lambda c: c.said[ASSAY] == "flagged")
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.5 <= found.high
    assert covered >= 66
