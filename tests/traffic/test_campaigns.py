"""Campaigns: planted ones are flagged, honest clusters are not, and only later days count."""

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.calibration.worlds import most_hits

from assay.stats.evalues import e_bh
from assay.traffic.campaigns import Campaigns, Days, apart, convict, needed
from assay.traffic.clusters import Cluster

FORMED, LAST = 100, 105


def cluster(name: str, *, declared: bool = False) -> Cluster:
    accounts = (f"{name}-a", f"{name}-b", f"{name}-c")
    return Cluster(name, accounts, 4.0, 3, 9.0, (), declared)


def paths(clusters: int, *, seed: int) -> NDArray[np.float64]:
    """Return honest paths whose oddity lasts."""
    rng = np.random.default_rng(seed)
    level = rng.standard_normal((clusters, 1))
    return np.asarray(level + 0.6 * rng.standard_normal((clusters, LAST - FORMED)))


def judged(
    scores: NDArray[np.float64], candidates: int, *, formed: int = FORMED, first: int = FORMED + 1
) -> Campaigns:
    """Judge the first rows against the rest."""
    clusters = [cluster(f"c{number:03}") for number in range(len(scores))]
    days = tuple(range(first, first + scores.shape[1]))
    found = Days(tuple(c.id for c in clusters), days, scores, formed)
    return convict(found, clusters[:candidates], found.after().paths(clusters[candidates:]), seed=1)


def test_planted_campaigns_are_flagged_and_honest_clusters_are_not() -> None:
    scores = paths(420, seed=1)
    scores[:5] += 6
    found = judged(scores, 20)
    assert {one.cluster.id for one in found.flagged} == {f"c00{number}" for number in range(5)}
    first = found.candidates[0]
    assert first.e_value == first.evalues[-1] >= first.needed
    assert first.e_value <= first.reachable <= 401
    assert first.days == ("1970-04-12", "1970-04-13", "1970-04-14", "1970-04-15", "1970-04-16")
    assert (found.formed, found.references, found.alone) == ("1970-04-11", 400, 399)


def test_what_is_flagged_is_what_reaches_what_it_needed() -> None:
    rng = np.random.default_rng(2)
    for _ in range(200):
        evalues = rng.pareto(0.5, rng.integers(1, 12))
        flags = e_bh(evalues, 0.1)
        limits = needed(evalues, 0.1)
        np.testing.assert_array_equal(flags, evalues >= limits)
        for i, limit in enumerate(limits):  # and a little less or more would have changed it
            for factor, outcome in ((0.999, False), (1.001, True)):
                other = evalues.copy()
                other[i] = limit * factor
                assert e_bh(other, 0.1)[i] == outcome


def test_days_up_to_the_forming_are_never_evidence() -> None:
    scores = paths(300, seed=3)
    scores[:10, :3] += 9  # odd while the clusters were formed, and ordinary after
    found = judged(scores, 10, first=FORMED - 2)
    assert not found.flagged
    assert found.candidates[0].days == ("1970-04-12", "1970-04-13")
    more = scores.copy()
    more[:, :3] = np.random.default_rng(4).normal(size=(300, 3))
    assert judged(more, 10, first=FORMED - 2) == found


def test_no_more_than_a_fortnight_is_counted() -> None:
    scores = np.random.default_rng(5).normal(size=(100, 20))
    assert len(judged(scores, 5).candidates[0].days) == 14


def test_with_few_references_all_abstain_and_say_how_many_are_needed() -> None:
    scores = paths(60, seed=6)
    scores[:20] += 9
    found = judged(scores, 20)
    assert not found.flagged
    assert {one.e_value for one in found.candidates} == {1.0}
    assert "40 clusters known to be honest" in found.candidates[0].abstains
    assert "50 are needed, and 399" in found.candidates[0].abstains


def test_one_that_was_not_seen_abstains_and_counts_among_the_tested() -> None:
    scores = paths(300, seed=7)
    scores[:3] += 9
    scores[3] = np.nan
    found = judged(scores, 4)
    unseen = next(one for one in found.candidates if one.cluster.id == "c003")
    assert (unseen.e_value, unseen.reachable, unseen.flagged) == (1.0, 1.0, False)
    assert "not seen" in unseen.abstains
    assert len(found.flagged) == 3


def test_no_day_after_the_forming_says_so() -> None:
    found = judged(paths(200, seed=8), 3, formed=FORMED + 50)
    assert all("no day lies after" in one.abstains for one in found.candidates)


def test_no_candidate_is_no_error() -> None:
    assert judged(paths(100, seed=9), 0).candidates == ()


def test_most_of_the_error_budget_goes_where_nobody_says_who_they_are() -> None:
    scores = paths(300, seed=10)
    scores[[0, 30]] += 9
    clusters = [cluster(f"c{number:03}", declared=number >= 30) for number in range(300)]
    found = Days(tuple(c.id for c in clusters), tuple(range(101, 106)), scores, FORMED)
    result = convict(found, clusters[:100], found.paths(clusters[100:]), seed=1, q=0.25)
    by = {one.cluster.id: one for one in result.candidates}
    # Thirty of weight 1 and seventy of weight .1: the one needs a tenth of what the other does.
    assert by["c000"].needed == pytest.approx(37 / 0.25)
    assert by["c030"].needed == pytest.approx(370 / 0.25 / 2)  # the first is flagged already
    assert [one.cluster.id for one in result.flagged] == ["c000"]
    assert result.alone == 147


def test_half_of_a_cluster_found_honest_makes_it_a_reference() -> None:
    found = [cluster("x"), cluster("y")]
    candidates, references = apart(found, {"x-a", "x-b", "y-a"})
    assert [c.id for c in candidates] == ["y"]
    assert [c.id for c in references] == ["x"]
    assert apart(found, {"x-b", "y-a"}, {"x-a"}) == (candidates, ())


def alarmed(weeks: int, candidates: int) -> int:
    """Count the weeks without a campaign in which some cluster is flagged.

    All flags are false there, so that the rate of such weeks is the false discovery rate.
    """
    tables = (paths(candidates + 120, seed=week) for week in range(weeks))
    return sum(bool(judged(table, candidates).flagged) for table in tables)


def test_weeks_without_a_campaign_seldom_flag() -> None:
    assert alarmed(100, 5) <= most_hits(100, 0.05)


@pytest.mark.slow
def test_many_weeks_without_a_campaign() -> None:
    assert alarmed(300, 20) <= most_hits(300, 0.05)
