"""Better on what was published than on its like? Exact with siblings, compared with twins."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from tests.conformance.world import build, published_texts
from tests.probes.sayings import Says

from assay.core.evidence import Abstention, Finding, Null
from assay.core.item import Benchmark, Item, Twin
from assay.core.subject import Reply, Sealed, Subject, Unit
from assay.models.scripted import ScriptedModel
from assay.probes.gap import Gap


def compared(
    model: ScriptedModel, benchmark: Benchmark, *, asks: int = 4, seed: int = 1
) -> list[Finding | Abstention]:
    """Compare all items with their like."""
    units = [Unit(id=item.id, item=item) for item in benchmark.items]
    given = Subject(model=model, benchmark=benchmark)
    return list(Gap(asks=asks).measure(given, units, seed=seed))


def knowing(benchmark: Benchmark) -> ScriptedModel:
    return ScriptedModel(knows=published_texts(benchmark), strength=0.9)


def solver(benchmark: Benchmark) -> Says:
    """Return a model that can solve every variant, published or not."""
    texts = [t for i in benchmark.items for t in (i.text, *i.siblings)]
    answers = {text.rpartition("\n")[0]: text.rpartition("\n")[2] for text in texts}
    return Says(lambda prompt: answers[prompt.strip()])


@pytest.mark.parametrize("asks", [2, 4, 20, 50])
def test_who_has_memorised_answers_gains(asks: int) -> None:
    benchmark = build(1, items=4, options=3, answers=True)
    found = compared(knowing(benchmark), benchmark, asks=asks)
    count = min(asks, 20)
    for outcome in found:
        assert isinstance(outcome, Finding)
        assert (outcome.null, outcome.score) == (Null.EXACT, 1.0)
        assert (outcome.e_value, outcome.p_value) == (0.5 + 0.5 * count, 1 / count)
        assert outcome.detail["likes"] == count - 1
    assert (
        Gap(asks=asks).largest_e(Subject(model=ScriptedModel(), benchmark=benchmark))
        == 0.5 + 0.5 * count
    )


def test_who_can_solve_all_gains_nothing() -> None:
    benchmark = build(1, items=4, options=3, answers=True)
    for outcome in compared(solver(benchmark), benchmark):
        assert isinstance(outcome, Finding)
        assert (outcome.e_value, outcome.score, outcome.detail["correct"]) == (1.0, 0.0, 1)


@pytest.mark.parametrize(
    "said", ["", "A and B", "9" * 10**6, "\0", Reply(text="#### 1", ending="refusal")]
)
def test_who_solves_none_gains_nothing(said: str | Reply) -> None:
    for outcome in compared(Says(lambda _: said), build(1, items=3, options=3, answers=True)):
        assert isinstance(outcome, Finding)
        assert (outcome.e_value, outcome.score, outcome.p_value) == (1.0, 0.0, 1.0)


def test_a_failure_is_no_answer() -> None:
    down = Reply(problem="the server is down")
    for outcome in compared(Says(lambda _: down), build(1, items=2, answers=True)):
        assert isinstance(outcome, Abstention)


TWINS = (Twin(statement="2 + 3 =", answer="5"), Twin(statement="4 + 4 =\n", answer="8"))
ITEM = Item(id="a", statement="1 + 1 =", answer="2", twins=TWINS)
SUMS = {"1 + 1 =": "2", "2 + 3 =": "5", "4 + 4 =": "8"}


@pytest.mark.parametrize(
    ("solved", "score"),
    [("1 + 1 =", 1.0), ("2 + 3 =", -0.5), ("", 0.0), ("1 + 1 = 2 + 3 =", 0.5)],
)
@pytest.mark.parametrize("how", ["raw", "chat"])
def test_twins_make_a_score(solved: str, score: float, how: str) -> None:
    def rule(prompt: str) -> str:
        asked = prompt.strip().splitlines()[-1]
        return SUMS[asked] if asked in solved and solved else "I do not know"

    model = Says(rule, prompting=how)
    (outcome,) = compared(model, Benchmark(name="b", items=(ITEM,)))
    assert isinstance(outcome, Finding)
    assert (outcome.score, outcome.e_value, outcome.null) == (score, None, Null.NONE)
    # A text is gone on with as it was published; a chat is told how to answer.
    assert (model.asked[0] == "1 + 1 =\n") == (how == "raw")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"twins": ()}, "no twins"),
        ({"answer": None}, "no published answer"),
        ({"statement": "def f():\n", "answer": "    return 1\n"}, "needs a sandbox"),
        ({"twins": (Twin(statement="Fix.", answer="diff --git a/x b/x"),)}, "needs a sandbox"),
        ({"answer": "word " * 40}, "too long"),
    ],
)
def test_what_cannot_be_compared_is_not_asked(changed: dict[str, object], why: str) -> None:
    model = Says(lambda _: "2")
    item = ITEM.model_copy(update=changed)
    (outcome,) = compared(model, Benchmark(name="b", items=(item,)))
    assert isinstance(outcome, Abstention)
    assert why in outcome.reason
    assert model.asked == []


def test_siblings_that_must_stay_here_are_not_asked() -> None:
    benchmark = build(1, items=2, options=3, answers=True)
    model = Says(lambda _: "2")
    units = [Unit(id=item.id, item=item) for item in benchmark.items]
    first = benchmark.items[0]
    sealed = {first.id: Sealed(unspent=first.siblings[:2])}
    given = Subject(model=model, benchmark=benchmark, sealed=sealed)
    kinds = [type(o) for o in Gap().measure(given, units, seed=1)]
    assert kinds == [Finding, Abstention]
    assert len(model.asked) == 3
    none = Subject(model=model, benchmark=benchmark, sealed={})
    assert Gap().reaches(none) is Null.NONE
    assert all(isinstance(o, Abstention) for o in Gap().measure(none, units, seed=1))
    assert len(model.asked) == 3


def test_false_alarms_whatever_is_easy() -> None:
    """Twenty thousand draws: variants differ in ease as much as can be; the model saw none."""
    rng = np.random.default_rng(5)
    runs, items, n, k = 20_000, 8, 20, 4
    ease = rng.beta(0.3, 0.3, size=(items, n))
    log_e, worst = np.zeros(runs), np.zeros(runs)
    for item in range(items):
        order = rng.permuted(np.tile(np.arange(n), (runs, 1)), axis=1)[:, :k]
        right = rng.random((runs, k)) < ease[item][order]
        total = right.sum(axis=1)
        e = np.where(total == 0, 1.0, 0.5 + 0.5 * right[:, 0] * k / np.maximum(total, 1))
        assert e.mean() <= 1 + 3.1 * e.std() / runs**0.5
        log_e += np.log(e)
        worst = np.maximum(worst, log_e)
    for alpha in (0.05, 0.01):
        # At the worst moment, below the 99.9 % quantile of that many chances.
        assert (worst >= -np.log(alpha)).sum() <= stats.binom.ppf(0.999, runs, alpha)
