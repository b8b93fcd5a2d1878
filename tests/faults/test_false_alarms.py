"""Does a fault of the server make a clean model look as if it had seen the benchmark?

Each fault falls on runs of a model that favours neither half; 1,000 of them a fault in the slow
tests. They go through the real loop and the real totals, are looked at in the worst moment and at
the end, and may flag no oftener than the level says. What a fault becomes is what the adapter
makes of it, which `test_faulty_server` shows over real sockets.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from scipy import stats
from tests.faults.alarms import Runs, Sat

from assay.core.errors import ModelError

SURE = 0.999
WRITTEN = ("continues",)
CONTINUED = ("recall.prefix",)
WAITS = "full pass or answers missing"
PASSING = {"fault": "no answer for the time being"}
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "no fault": ({"instruments": WRITTEN}, "full pass"),
    "429, 500, hang, cut JSON": ({"spoil": PASSING}, WAITS),
    "429, 500, hang, cut JSON, asked again twice": (
        {"spoil": PASSING, "sittings": 3, "instruments": WRITTEN},
        WAITS,
    ),
    "empty choices": ({"spoil": {"fault": "empty choices"}}, "full pass"),
    "empty text": ({"spoil": {"fault": "empty text"}, "instruments": WRITTEN}, "full pass"),
    "refusal": ({"spoil": {"fault": "refusal"}, "instruments": WRITTEN}, "full pass"),
    "cut answer": ({"spoil": {"fault": "cut answer"}, "instruments": WRITTEN}, "full pass"),
    "429, 500, hang, cut JSON, with recall.prefix": (
        {"spoil": PASSING, "instruments": CONTINUED},
        WAITS,
    ),
    "refusal, with recall.prefix": (
        {"spoil": {"fault": "refusal"}, "instruments": CONTINUED},
        "full pass",
    ),
    "refusals of suspects, with recall.prefix": (
        {"spoil": {"fault": "refusal", "share": (0.05, 0.5)}, "instruments": CONTINUED},
        "full pass",
    ),
    "no logprobs": ({"spoil": {"fault": "no logprobs"}}, "full pass"),
    "nonsense usage": (
        {"spoil": {"fault": "nonsense usage", "share": (1, 1)}, "budget": "3000tokens"},
        "budget spent",
    ),
    "other name or fingerprint": ({"spoil": {"lasts": 70}}, "model changed"),
    "the server goes down": ({"spoil": {"lasts": 70, "ends": ModelError}}, "answers missing"),
    "not deterministic": ({"spoil": {"fault": "wavering", "share": (1, 1)}}, "full pass"),
    "refusals of suspects": (
        {"spoil": {"fault": "refusal", "share": (0.05, 0.5)}, "instruments": WRITTEN},
        "full pass",
    ),
    "no choices for suspects": (
        {"spoil": {"fault": "empty choices", "share": (0.05, 0.5)}},
        "full pass",
    ),
    "no choices for controls": (
        {"spoil": {"fault": "empty choices", "share": (0.5, 0.05)}},
        "full pass",
    ),
}
"""What befalls the runs, and how they end. Shares are those of controls and of suspects."""


def allowed(runs: int, alpha: float) -> int:
    """Return the 99.9 % quantile of false alarms in so many runs."""
    return int(stats.binom.ppf(SURE, runs, alpha))


def worst(sat: Sequence[Sat]) -> float:
    """Return the log e-value at the worst moment of all sittings, over the number of totals."""
    paths = [(total.path, len(found)) for found, _ in sat for total in found]
    return max(max(path, default=0.0) - math.log(count) for path, count in paths)


def final(sat: Sequence[Sat]) -> float:
    """Return the largest log e-value at the end, over the number of totals."""
    found, _ = sat[-1]
    return max(math.log(max(total.e_value, 1e-300)) for total in found) - math.log(len(found))


def alarms(runs: list[list[Sat]], alpha: float) -> tuple[int, int]:
    """How many runs flag at this level, in the worst moment and at the end?"""
    enough = -math.log(alpha)
    return sum(worst(r) >= enough for r in runs), sum(final(r) >= enough for r in runs)


def check(case: str, seeds: range) -> None:
    """Carry out the runs of a case, and count."""
    options, ending = CASES[case]
    runs = list(Runs(**options).carried_out(seeds))
    endings = Counter(str(stop.reason) for sat in runs for _, stop in sat)
    assert set(endings) <= set(ending.split(" or ")), endings
    for alpha in (0.05, 0.01):
        assert max(alarms(runs, alpha)) <= allowed(len(runs), alpha)


@pytest.mark.parametrize("case", CASES)
def test_a_fault_makes_no_false_alarm(case: str) -> None:
    check(case, range(10))


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_a_fault_makes_no_false_alarm_in_a_thousand_runs(case: str) -> None:
    check(case, range(1_000, 2_000))


def test_a_filter_that_lets_only_published_items_through_looks_like_memory() -> None:
    """What answers is tested, and not its weights alone.

    In a random split nothing but the draw tells the halves apart: a filter that refuses the other
    half knows which items were published. Such a flag is no chance, and no proof of training.
    """
    spoil = {"fault": "refusal", "share": (0.5, 0.05)}
    runs = list(Runs(spoil=spoil, instruments=WRITTEN).carried_out(range(40)))
    assert alarms(runs, 0.05)[0] > allowed(40, 0.05)


def test_a_filter_that_refuses_published_items_hides_what_was_learned() -> None:
    """A refusal counts as the worst score: it never flags, and it covers a leak."""
    spoil = {"fault": "refusal", "share": (0.05, 0.9)}
    seen = list(Runs(leaked=True, instruments=WRITTEN).carried_out(range(5)))
    hidden = Runs(leaked=True, spoil=spoil, instruments=WRITTEN)
    assert alarms(seen, 0.01)[1] == 5
    assert alarms(list(hidden.carried_out(range(5))), 0.05) == (0, 0)


def test_answers_that_fail_on_one_side_alone_end_the_comparison() -> None:
    """What is missing must be blind to the label; where it is not, there is no total."""
    spoil = {"fault": "empty choices", "share": (0.0, 0.9)}
    runs = Runs(spoil=spoil, instruments=WRITTEN, leaked=True).carried_out(range(5))
    assert [total.path for sat in runs for total in sat[0][0]] == [()] * 5
