"""How evidence becomes a total, rule by rule."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.conformance.world import build
from tests.oracles.staked import won
from tests.verdict.boards import board, exact, plain, scored, silent, trial

from assay.core.draws import drawn_secret
from assay.core.evidence import Finding, Null, Total
from assay.core.instrument import Topic
from assay.core.trial import Trial
from assay.stats.betting import label_betting
from assay.verdict import Board, decided, needed, totals
from assay.verdict.combine import missing_by_label
from assay.verdict.kinds import Kind, kinds, matched_columns

SCORES = ("logprob.loss", "logprob.mink")
BOTH = ("siblings", "logprob.loss")


def total(given: Trial, found: Board, null: Null = Null.EXACT) -> Total:
    (one,) = (t for t in totals(given, found) if t.null is null)
    return one


def test_what_is_needed_grows_with_the_kinds_tested() -> None:
    assert needed(trial(["siblings"])) == 100
    assert needed(trial(SCORES, controls=8, kind="randomised")) == 100
    assert needed(trial(BOTH, controls=8, kind="randomised")) == 200
    assert needed(trial(BOTH, controls=8, kind="randomised", alpha=0.05)) == pytest.approx(40)
    # More instruments of one kind cost nothing: they are combined before they are tested.
    assert needed(trial(["siblings", "options", "order", "canary"])) == 100
    assert kinds(trial(SCORES)) == {}


def test_units_multiply_and_an_abstention_counts_one() -> None:
    given = trial(["siblings"])
    found = board(exact("siblings", {"q0": 3.0, "q1": 0.5}), silent("siblings", ["q2"]))
    path = [won(3.0), won(3.0, 0.5), won(3.0, 0.5, 1.0)]
    assert total(given, found).e_value == pytest.approx(path[-1])
    assert total(given, found).path == pytest.approx([math.log(e) for e in path])
    assert 1 < path[1] == path[2] < path[0] < 3


def test_instruments_of_a_unit_are_averaged_with_weights_fixed_before() -> None:
    given = trial(["siblings", "options"])
    both = board(exact("siblings", {"q0": 4.0}), exact("options", {"q0": 2.0}))
    assert total(given, both).e_value == pytest.approx(won(3.0))
    # Who abstains keeps its weight: (4 + 1) / 2, never 4.
    half = board(exact("siblings", {"q0": 4.0}), silent("options", ["q0"]))
    assert total(given, half).e_value == pytest.approx(won(2.5))


def test_the_canary_and_the_order_are_units_of_their_own() -> None:
    given = trial(["canary", "order"])
    found = board(exact("canary", {"canary:c": 6.0}), exact("order", {"benchmark": 5.0}))
    assert total(given, found).e_value == pytest.approx(30.0)


def test_an_e_value_without_a_random_act_counts_one() -> None:
    given = trial(["siblings"])
    loose = Finding(instrument="siblings", unit="q0", e_value=1e6, null=Null.NONE)
    assert total(given, board([loose])).e_value == 1


def test_controls_were_not_published_and_have_no_part_in_exact_totals() -> None:
    given = trial(["siblings"], controls=3, kind="randomised")
    found = board(exact("siblings", {"q0": 3.0, "c0": 1000.0}))
    assert total(given, found).e_value == pytest.approx(won(3.0))


def test_a_bankrupt_unit_stays_finite() -> None:
    given = trial(["siblings"])
    found = board(exact("siblings", {"q0": 0.0, "q1": 9.0}))
    assert total(given, found).e_value == pytest.approx(won(0.0, 9.0))
    assert all(map(math.isfinite, total(given, found).path))


def test_no_total_exceeds_the_largest_that_is_stated() -> None:
    benchmark = build(1, items=4, siblings=19, options=3)
    (first,) = benchmark.canaries
    second = first.model_copy(update={"id": "d"})
    drawn = drawn_secret(second, 1)
    rest = tuple(s for s in (first.secret, *first.alternatives) if s != drawn)
    second = second.model_copy(update={"secret": drawn, "alternatives": rest})
    two = benchmark.model_copy(update={"canaries": (first, second)})
    for whole in (benchmark, two):
        given = trial(["canary", "siblings", "options", "order"], benchmark=whole)
        best = {i.id: i.largest_e(given.subject) or 1.0 for i in given.instruments}
        found = board(
            exact("siblings", {i.id: best["siblings"] for i in whole.items}),
            exact("options", {i.id: best["options"] for i in whole.items}),
            exact("canary", {f"canary:{c.id}": best["canary"] for c in whole.canaries}),
            exact("order", {"benchmark": best["order"]}),
        )
        assert len(kinds(given)[Kind(Null.EXACT, Topic.SEEN, own=True)]) == 4
        made = total(given, found)
        assert made.largest_e is not None
        assert made.e_value <= made.largest_e * (1 + 1e-9)


def test_scores_are_combined_and_bet_on_once_in_dealt_order() -> None:
    given = trial(SCORES, benchmark=plain(10), controls=10, kind="randomised")
    found = board(scored(SCORES[0], given, gap=0.5), scored(SCORES[1], given, gap=0.2))
    units = [unit.id for unit in given.dealt]
    table = np.column_stack([found.scores(name, units) for name in SCORES])
    labels = np.array([unit in given.suspect_ids for unit in units])
    wealth = label_betting(table, labels, suspects_total=10, controls_total=10)
    made = total(given, found, Null.MATCHED)
    assert made.path == pytest.approx(wealth.log_path.tolist())
    assert made.e_value == pytest.approx(wealth.value)
    assert made.largest_e == pytest.approx(math.comb(20, 10))


def test_a_part_of_the_units_is_bet_on_with_the_whole_urn_in_mind() -> None:
    given = trial(SCORES[:1], benchmark=plain(10), controls=10, kind="randomised")
    whole = total(given, board(scored(SCORES[0], given, gap=0.5)), Null.MATCHED).path
    part = total(given, board(scored(SCORES[0], given, gap=0.5)[:6]), Null.MATCHED).path
    assert part == pytest.approx(whole[:6])


def test_with_a_reference_the_differences_replace_the_plain_scores() -> None:
    names = ("logprob.loss", "logprob.loss.ref", "logprob.minkpp", "logprob.minkpp.ref")
    given = trial(names, controls=8, kind="randomised")
    assert matched_columns(given) == ("logprob.loss.ref", "logprob.minkpp.ref")
    assert matched_columns(trial(names[::2], controls=8, kind="randomised")) == names[::2]


def test_exact_instruments_are_no_columns_but_uncertified_ones_are() -> None:
    benchmark = build(1, items=8, siblings=19, options=3)
    bare = benchmark.model_copy(update={"certificates": ()})
    names = ["siblings", "logprob.loss"]
    assert matched_columns(trial(names, controls=4, kind="randomised")) == ("logprob.loss",)
    assert matched_columns(trial(names, benchmark=bare, controls=4, kind="randomised")) == (
        "siblings",
        "logprob.loss",
    )
    # Controls without siblings would be told apart by having none.
    assert matched_columns(trial(names, benchmark=bare, controls=4, kind="other")) == (
        "logprob.loss",
    )


def test_answers_that_miss_on_one_side_end_the_comparison() -> None:
    given = trial(SCORES[:1], benchmark=plain(12), controls=12, kind="randomised")
    suspects = [i.id for i in given.subject.benchmark.items]
    found = board(scored(SCORES[0], given, gap=5.0), silent(SCORES[0], suspects[:9]))
    assert "missing unevenly (9 suspects, 0 controls" in missing_by_label(given, found, SCORES[:1])
    assert total(given, found, Null.MATCHED).e_value == 1
    even = [*suspects[:4], "c0", "c1", "c2"]
    found = board(scored(SCORES[0], given, gap=5.0), silent(SCORES[0], even))
    assert missing_by_label(given, found, SCORES[:1]) == ""
    assert total(given, found, Null.MATCHED).e_value > 5


def test_only_chance_decides_early() -> None:
    given = trial(SCORES[:1], benchmark=plain(40), controls=40, kind="randomised")
    found = board(scored(SCORES[0], given, gap=5.0))
    assert decided(given, found)
    other = trial(SCORES[:1], benchmark=plain(40), controls=40, kind="other")
    assert total(other, found, Null.MATCHED).e_value >= needed(other)
    assert not decided(other, found)


def test_a_rerun_is_decided_by_the_average() -> None:
    given, found = trial(["siblings"]), board(exact("siblings", {"q0": 400.0}))
    assert decided(given, found)
    assert decided(given, found, [{"exact": 60.0}])
    assert not decided(given, found, [{"exact": 1.0}])
