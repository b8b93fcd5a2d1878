"""References of earlier scans: each cluster once, of the same days, and only where alike."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from assay.core.errors import BadConfig, BadFormat
from assay.traffic.campaigns import Days, convict
from assay.traffic.clusters import Cluster
from assay.traffic.references import RETAINED, References, added, earlier, opened, write
from assay.traffic.scoring import Weights

WEIGHTS = Weights(weight={"reuse": 1.0}, version={"reuse": 2})
EMPTY = References(hashes="k", weights="w")
WEEK = 7


def named(names: Iterable[str]) -> list[Cluster]:
    return [Cluster(n, (f"{n}-a", f"{n}-b", f"{n}-c"), 1.0, 3, 2.0, ()) for n in names]


def week(formed: int, clusters: list[Cluster], scores: NDArray[np.float64]) -> Days:
    days = tuple(range(formed + 1, formed + 1 + scores.shape[1]))
    return Days(tuple(one.id for one in clusters), days, scores, formed)


def normal(clusters: int, seed: int, days: int = 5) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=(clusters, days))


def kept_week(formed: int = 100, seed: int = 1) -> References:
    clusters = named(f"early{i}" for i in range(60))
    return added(EMPTY, clusters, week(formed, clusters, normal(60, seed)))


def lent(kept: References, clusters: list[Cluster], late: Days) -> NDArray[np.float64]:
    return earlier(kept, clusters, late, late.paths(clusters)).paths


def test_a_week_later_other_clusters_are_lent_and_the_same_ones_are_not() -> None:
    kept = kept_week()
    here = named([*(f"now{i}" for i in range(30)), *(f"early{i}" for i in range(20))])
    found = lent(kept, here, week(100 + WEEK, here, normal(50, 2)))
    np.testing.assert_allclose(found, normal(60, 1)[20:], atol=1e-6)


def test_one_account_in_common_makes_it_the_same_cluster() -> None:
    here = [Cluster("other", ("x", "early3-b", "y"), 1.0, 3, 2.0, ())]
    assert len(lent(kept_week(), here, week(107, here, normal(1, 2)))) == 59


def test_a_cluster_seen_in_many_weeks_counts_once_and_its_newest_week_does() -> None:
    clusters = named(f"early{i}" for i in range(60))
    kept = added(kept_week(), clusters, week(107, clusters, normal(60, 5)))
    here = named(["now"])
    found = lent(kept, here, week(114, here, normal(1, 2)))
    np.testing.assert_allclose(found, normal(60, 5), atol=1e-6)


@pytest.mark.parametrize(("formed", "days"), [(106, 5), (107, 4), (107, 6)])
def test_other_days_are_not_compared(formed: int, days: int) -> None:
    here = named(["now"])
    assert not len(lent(kept_week(), here, week(formed, here, normal(1, 2, days))))


def test_a_week_unlike_the_earlier_ones_uses_none_and_says_so() -> None:
    here = named(f"now{i}" for i in range(60))
    late = week(107, here, normal(60, 2) + 2)
    found = earlier(kept_week(), here, late, late.paths(here))
    assert not len(found.paths)
    assert "60 clusters of earlier scans are not used" in found.why


def test_a_scan_again_replaces_what_it_kept() -> None:
    clusters = named(f"early{i}" for i in range(60))
    again = added(kept_week(), clusters[:50], week(100, clusters, normal(60, 3)))
    assert len(again.clusters) == 60
    assert sum(one.scores == kept_week().clusters[0].scores for one in again.clusters) == 0


def test_what_is_old_is_forgotten() -> None:
    now = added(kept_week(), named(["new"]), week(101 + RETAINED, named(["new"]), normal(1, 3)))
    assert [one.formed for one in now.clusters] == [101 + RETAINED]


def test_days_without_requests_stay_so_through_a_file(tmp_path: Path) -> None:
    file, clusters = tmp_path / "references.json", named(["a", "b"])
    scores = normal(2, 1)
    scores[0, 2], scores[1] = np.nan, np.nan
    before = opened(file, hashes="k", weights=WEIGHTS)
    write(file, added(before, clusters, week(100, clusters, scores)))
    after = opened(file, hashes="k", weights=WEIGHTS)
    assert after.clusters[0].scores[2] is None
    assert "a-a" not in file.read_text()
    here = named(["now"])
    found = lent(after, here, week(107, here, normal(1, 2)))
    np.testing.assert_array_equal(np.isnan(found), [np.isnan(scores[0])])


@pytest.mark.parametrize(
    ("changed", "says"),
    [({"hashes": None}, "--key FILE"), ({"hashes": "other"}, "another key"),
     ({"weights": Weights(weight={}, version={})}, "another weights")],
)  # fmt: skip
def test_what_does_not_fit_is_refused(
    tmp_path: Path, changed: dict[str, object], says: str
) -> None:
    file = tmp_path / "references.json"
    write(file, opened(file, hashes="k", weights=WEIGHTS))
    with pytest.raises(BadConfig, match=says):
        opened(file, **({"hashes": "k", "weights": WEIGHTS} | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "{}", '{"hashes": "k"', "[1]"])
def test_no_file_of_references_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "references.json"
    file.write_text(text)
    with pytest.raises(BadFormat, match="no file of references"):
        opened(file, hashes="k", weights=WEIGHTS)


def test_more_references_find_what_few_cannot() -> None:
    """Five campaigns of forty clusters: a hundred references cannot show it, twelve hundred do."""
    suspects = named(f"s{i}" for i in range(40))
    honest = named(f"h{i}" for i in range(100))
    scores = normal(140, 7)
    scores[:5] += 5
    late = week(107, suspects + honest, scores)
    old = named(f"early{i}" for i in range(1100))
    kept = added(EMPTY, old, week(100, old, normal(1100, 8)))
    own = late.paths(honest)
    both = np.concatenate([own, earlier(kept, suspects + honest, late, own).paths])
    assert not convict(late, suspects, own, seed=1).flagged
    found = convict(late, suspects, both, seed=1).flagged
    assert {one.cluster.id for one in found} == {"s0", "s1", "s2", "s3", "s4"}
