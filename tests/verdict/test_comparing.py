"""Many claims, one error budget: e-BH, averaging, and what counts."""

from __future__ import annotations

import pytest

from assay.core.evidence import Null, Status, Stop, Total, Verdict
from assay.verdict import Entry, claim_e, compare


def total(
    e_value: float, *, may_flag: bool = True, path: bool = True, needed: float = 100
) -> Total:
    return Total(
        null=Null.MATCHED,
        instruments=("i",),
        e_value=e_value,
        needed=needed,
        path=(0.0,) if path else (),
        may_flag=may_flag,
        flags=may_flag and e_value >= needed,
    )


def verdict(*totals: Total, model: str = "m", benchmark: str = "b", early: bool = False) -> Verdict:
    flagged = any(one.flags for one in totals)
    return Verdict(
        status=Status.FLAGGED if flagged else Status.UNDECIDED,
        claim="seen",
        headline="",
        alpha=0.01,
        benchmark=benchmark,
        benchmark_digest=f"digest of {benchmark}",
        model=model,
        model_digest=f"digest of {model}",
        suspects=4,
        controls=4,
        controls_kind="randomised",
        totals=totals,
        stop=Stop(planned=8, measured=4 if early else 8,
                  reason="decided early" if early else "full pass"),
        seed=1,
        version="0",
    )  # fmt: skip


def entry(found: Verdict, run: str = "") -> Entry:
    run = run or f"runs/{found.model}"
    return Entry(run=run, benchmark=found.benchmark, model=found.model, verdict=found)


def several(*values: float) -> list[Entry]:
    return [entry(verdict(total(e), model=f"m{n}")) for n, e in enumerate(values)]


def test_the_level_is_shared() -> None:
    found = compare(several(450.0, 250.0, 120.0, 1.0), q=0.01)
    # 4 claims at .01: 400 for the first, 200 for two, 133 for three.
    assert [claim.model for claim in found.flagged] == ["m0", "m1"]
    assert (found.needed, found.needed_alone) == (200.0, 400.0)
    assert found.claims[2].status is Status.FLAGGED  # alone it was, among four it is not
    assert "2 of 4 claims flagged" in found.headline


def test_one_claim_is_judged_as_its_run_judged_it() -> None:
    for e_value in (99.0, 100.0):
        alone = verdict(total(e_value))
        found = compare([entry(alone)], q=0.01)
        assert bool(found.flagged) == (alone.status is Status.FLAGGED)


def test_a_claim_that_flags_alone_reaches_what_one_claim_needs() -> None:
    # Bonferroni over two kinds takes 200 in one of them; their mean is then at least 100.
    both = verdict(total(200.0, needed=200), total(0.0, needed=200))
    assert claim_e(both)[0] == 100.0


def test_what_may_not_flag_counts_nothing() -> None:
    guarded = verdict(total(900.0, may_flag=False), total(4.0))
    silent = verdict(total(1.0, path=False), total(4.0))
    assert claim_e(guarded)[0] == claim_e(silent)[0] == 2.0
    assert [part.counts for part in claim_e(guarded)[1]] == [False, True]
    assert claim_e(verdict())[0] == 0.0


def test_runs_of_one_claim_are_averaged_and_count_once() -> None:
    twice = [entry(verdict(total(e)), run=f"runs/{e}") for e in (150.0, 30.0)]
    found = compare([*twice, *several(1.0)], q=0.01)
    assert len(found.claims) == 2
    assert found.claims[0].e_value == 90.0
    assert found.claims[0].runs == ("runs/150.0", "runs/30.0")
    assert not found.flagged


def test_a_claim_without_a_verdict_counts() -> None:
    lost = Entry(run="runs/x", benchmark="b", model="x", problem="the server was down")
    found = compare([*several(150.0), lost], q=0.01)
    assert (len(found.claims), found.needed_alone) == (2, 200.0)
    assert not found.flagged
    assert found.claims[-1].e_value is None
    assert any("the server was down" in line for line in found.would_change)


def test_a_run_that_stopped_for_itself_alone_is_told() -> None:
    early = entry(verdict(total(120.0), early=True))
    found = compare([early, *several(1.0, 1.0)], q=0.01)
    assert not found.flagged
    assert any("--stop-at 300" in line for line in found.would_change)


def test_largest_first() -> None:
    found = compare(several(1.0, 7.0, 3.0), q=0.1)
    assert [claim.e_value for claim in found.claims] == [7.0, 3.0, 1.0]


def test_two_hundred_claims() -> None:
    found = compare(several(*[1e6] * 20, *[1.0] * 180), q=0.05)
    assert len(found.flagged) == 20
    assert found.needed == pytest.approx(200)
