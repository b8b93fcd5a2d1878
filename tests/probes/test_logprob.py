"""Log-probability scores are what their papers say, number by number."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator, Sequence
from statistics import fmean

import pytest

from assay.core.evidence import Abstention, Finding
from assay.core.instrument import Need
from assay.core.item import Benchmark, Item
from assay.core.subject import Ability, Reply, Request, Subject, Unit, ask
from assay.core.trial import missing_need
from assay.models.scripted import ScriptedModel
from assay.probes.logprob import (
    Loss,
    LossRatio,
    MinK,
    MinKPlusPlus,
    MinKPlusPlusRatio,
    MinKRatio,
    Score,
    Zlib,
    lowest_mean,
    standardised,
)

TEXTS = (
    "The quick brown fox jumps over the lazy dog.",
    "caf\u00e9 au lait, s'il vous pla\u00eet",
    "a b",
)
ITEMS = tuple(Item(id=f"i{n}", statement=text) for n, text in enumerate(TEXTS))
UNITS = tuple(Unit(id=item.id, item=item) for item in ITEMS)
BENCHMARK = Benchmark(name="b", items=ITEMS)
MODEL = ScriptedModel(knows=TEXTS[:1])
REFERENCE = ScriptedModel(seed=3)


class Silent(ScriptedModel):
    """A server that leaves the moments out without a word."""

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Answer as if moments had not been asked for."""
        yield from super().answer([r.model_copy(update={"moments": False}) for r in requests])


class Infinite(ScriptedModel):
    """A server for which some tokens are impossible."""

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Answer, the last token being impossible."""
        for index, reply in super().answer(requests):
            changed = {"logprobs": (*reply.logprobs[:-1], -math.inf)}
            yield index, reply.model_copy(update=changed)


def replies(model: ScriptedModel) -> list[Reply]:
    return ask(model, [Request(kind="score", text=text, moments=True) for text in TEXTS])


def scores(probe: Score, model: ScriptedModel = MODEL) -> list[float]:
    given = Subject(model=model, benchmark=BENCHMARK, reference=REFERENCE)
    found = list(probe.measure(given, UNITS, seed=1))
    assert all(isinstance(o, Finding) for o in found)
    return [o.score for o in found if isinstance(o, Finding) and o.score is not None]


def lowest(values: Sequence[float], share: float) -> float:
    return fmean(sorted(values)[: max(1, int(len(values) * share))])


def standard(reply: Reply) -> list[float]:
    rows = zip(reply.logprobs, reply.means, reply.variances, strict=True)
    return [(x - m) / v**0.5 for x, m, v in rows]


def test_loss_is_the_mean_log_probability() -> None:
    assert scores(Loss()) == pytest.approx([fmean(r.logprobs) for r in replies(MODEL)])


def test_zlib_divides_by_the_compressed_size() -> None:
    sizes = [len(zlib.compress(text.encode())) for text in TEXTS]
    expected = [sum(r.logprobs) / size for r, size in zip(replies(MODEL), sizes, strict=True)]
    assert scores(Zlib()) == pytest.approx(expected)


@pytest.mark.parametrize("share", [0.1, 0.2, 1.0])
def test_min_k_is_the_mean_of_the_lowest(share: float) -> None:
    found = replies(MODEL)
    assert scores(MinK(share=share)) == pytest.approx([lowest(r.logprobs, share) for r in found])
    assert scores(MinKPlusPlus(share=share)) == pytest.approx(
        [lowest(standard(r), share) for r in found]
    )


def test_differences_are_to_the_reference() -> None:
    pairs = list(zip(replies(MODEL), replies(REFERENCE), strict=True))
    assert scores(MinKRatio()) == pytest.approx(
        [lowest(a.logprobs, 0.2) - lowest(b.logprobs, 0.2) for a, b in pairs]
    )
    assert scores(MinKPlusPlusRatio()) == pytest.approx(
        [lowest(standard(a), 0.2) - lowest(standard(b), 0.2) for a, b in pairs]
    )
    # Per byte, not per token: the two models may cut the text into other tokens.
    sizes = [len(text.encode()) for text in TEXTS]
    assert scores(LossRatio()) == pytest.approx(
        [(sum(a.logprobs) - sum(b.logprobs)) / s for (a, b), s in zip(pairs, sizes, strict=True)]
    )


def test_a_place_with_one_possible_token_is_no_surprise() -> None:
    reply = Reply(logprobs=(0.0, -1.0), means=(0.0, -2.0), variances=(0.0, 4.0))
    assert standardised(reply) == [0.0, 0.5]
    assert lowest_mean([5.0], 0.01) == 5.0


def test_all_scores_ask_the_same_once() -> None:
    asked: set[Request] = set()

    class Listening(ScriptedModel):
        def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
            asked.update(requests)
            yield from super().answer(requests)

    given = Subject(model=Listening(), benchmark=BENCHMARK, reference=REFERENCE)
    for probe in (Loss(), Zlib(), MinK(), MinKPlusPlus(), LossRatio(), MinKRatio()):
        list(probe.measure(given, UNITS, seed=1))
    assert len(asked) == len(TEXTS)


@pytest.mark.parametrize("probe", [MinKPlusPlus(), MinKPlusPlusRatio()])
def test_moments_left_out_are_an_abstention_that_names_the_server(probe: Score) -> None:
    given = Subject(model=Silent(name="quiet"), benchmark=BENCHMARK, reference=REFERENCE)
    for outcome in probe.measure(given, UNITS, seed=1):
        assert isinstance(outcome, Abstention)
        assert outcome.reason == "quiet was asked for moments over its vocabulary and sent none"


@pytest.mark.parametrize("probe", [Loss(), Zlib(), MinK()])
def test_who_needs_no_moments_does_without(probe: Score) -> None:
    assert scores(probe, Silent(knows=TEXTS[:1])) == pytest.approx(scores(probe))


@pytest.mark.parametrize("probe", [Loss(), MinK(), MinKPlusPlus(), LossRatio()])
def test_impossible_tokens_are_an_abstention(probe: Score) -> None:
    given = Subject(model=Infinite(name="odd"), benchmark=BENCHMARK, reference=REFERENCE)
    for outcome in probe.measure(given, UNITS, seed=1):
        assert isinstance(outcome, Abstention)
        assert "odd sent numbers that are not finite" in outcome.reason


def test_a_reference_without_moments_blocks_only_who_needs_them() -> None:
    bare = ScriptedModel(seed=3, abilities=Ability.LOGPROBS)
    given = Subject(model=MODEL, benchmark=BENCHMARK, reference=bare)
    assert missing_need(LossRatio().needs, given) == ""
    assert "reference model gives no moments" in missing_need(MinKPlusPlusRatio().needs, given)
    assert missing_need(MinKPlusPlus().needs, given) == ""
    assert Need.REFERENCE in MinKPlusPlusRatio().needs


def test_one_unit_that_cannot_be_scored_leaves_the_others() -> None:
    items = (*ITEMS, Item(id="one", statement="x"), Item(id="long", statement="word " * 99))
    units = [Unit(id=item.id, item=item) for item in items]
    given = Subject(model=ScriptedModel(context=50), benchmark=BENCHMARK)
    kinds = [type(o) for o in Loss().measure(given, units, seed=1)]
    assert kinds == [Finding] * 3 + [Abstention] * 2
