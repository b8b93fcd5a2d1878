"""Do faults turn a recorded draw into evidence? The draw is made again and again; the model stays.

The model has a favourite among the variants of every item, as if it had read one of them, but not
because that one was published.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy import stats
from tests.conformance.world import build
from tests.faults.spoiled import FAULTS, Spoiled

from assay.catalog import load
from assay.core.evidence import Finding, Null
from assay.core.subject import Reply, Request, Subject, Unit
from assay.models.scripted import ScriptedModel

TEXT = re.compile(r"^Text ([A-Z]):\n(.*?)\n\n", re.MULTILINE | re.DOTALL)
TEXTS_ONLY = tuple(name for name in FAULTS if name != "no logprobs")


@dataclass(kw_only=True)
class Taste(ScriptedModel):
    """A model that picks its favourite among the texts that it is shown."""

    def answer(self, requests: Sequence[Request]) -> Iterator[tuple[int, Reply]]:
        """Name the letter of the text with the smallest hash."""
        for index, request in enumerate(requests):
            shown = TEXT.findall(request.text)
            best, _ = min(shown, key=lambda pair: hashlib.sha256(pair[1].encode()).digest())
            yield index, Reply(text=f" {best}", tokens_in=9, tokens_out=1, ending="stop")


def products(fault: str, redraws: int) -> list[float]:
    """Return the log of the product of e-values over the items, for each redraw."""
    quiz, found = load("siblings.quiz"), []
    spoiled = Spoiled(inner=Taste(), fault=fault)
    for seed in range(redraws):
        benchmark = build(seed, items=4, siblings=19, options=2, varied=("siblings",))
        model = replace(spoiled, seed=seed)
        given = Subject(model=model, benchmark=benchmark)
        units = [Unit(id=item.id, item=item) for item in benchmark.items]
        outcomes = list(quiz.measure(given, units, seed=seed))
        assert len(outcomes) == len(units)
        e_values = [o.e_value for o in outcomes if isinstance(o, Finding)]
        assert all(o.null is Null.EXACT for o in outcomes if isinstance(o, Finding))
        found.append(sum(math.log(max(e or 0.0, 1e-300)) for e in e_values))
    return found


def check(fault: str, redraws: int) -> None:
    """Compare with the level, and the mean with 1."""
    found = np.array(products(fault, redraws))
    for alpha in (0.05, 0.01):
        assert (found >= -math.log(alpha)).sum() <= stats.binom.ppf(0.999, redraws, alpha)
    # Three standard errors; what an e-value is under its null comes to 1 on average at most.
    e_values = np.exp(found)
    assert e_values.mean() <= 1 + 3.1 * e_values.std() / math.sqrt(redraws)


@pytest.mark.parametrize("fault", ["", *TEXTS_ONLY])
def test_faults_leave_an_exact_draw_exact(fault: str) -> None:
    check(fault, 60)


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["", *TEXTS_ONLY])
def test_faults_leave_an_exact_draw_exact_in_a_thousand_redraws(fault: str) -> None:
    check(fault, 1_000)
