"""How often are an honest and a leaked model flagged, by sealed siblings and by secret honeypots?

    python bench/bench_siblings.py [RUNS]

A benchmark of 164 items with 20 variants each is drawn anew in every run. The honest model has
tastes among the variants and saw none of the draw. Of the leaked one's items a tenth was trained
on, and the published variant of such an item comes first with the hit rate; else it is like any
other.
Scores go through the instrument's own finding (rank, e-value, p-value), and the e-values through
what the verdict uses to put items together (`staked`): one step an item, flagged at 1/alpha, looked
at after each. No verdict is written.
Honeypots: each model answers every one of eight; the honest one writes strings of the right form.
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Iterator

import numpy as np
from scipy import stats

from assay.core.draws import drawn_secret
from assay.core.evidence import Finding
from assay.core.item import Benchmark, Canary, Certificate
from assay.core.subject import Subject
from assay.models.scripted import ScriptedModel
from assay.probes.honeypot import Honeypot
from assay.probes.ranking import rank_finding
from assay.stats.evalues import staked, to_p

ITEMS, VARIANTS, SHARE, POTS = 164, 20, 0.10, 8
ALPHA = 0.01
HEX = "0123456789abcdef"


def scores(rng: np.random.Generator, hit: float) -> np.ndarray:
    """Return scores of all variants, the published one first, shape (items, variants).

    Tastes: every variant has its own naturalness, which sways the score as much as chance does.
    """
    natural = rng.normal(size=(ITEMS, VARIANTS))
    found = natural + rng.normal(size=(ITEMS, VARIANTS))
    drawn = rng.integers(VARIANTS, size=ITEMS)  # the lot, blind to naturalness
    rows = np.arange(ITEMS)
    found[rows, 0], found[rows, drawn] = found[rows, drawn], found[rows, 0].copy()
    leaked = rng.permutation(ITEMS) < round(SHARE * ITEMS)
    hits = leaked & (rng.random(ITEMS) < hit)
    found[hits, 0] = found[hits].max(axis=1) + 1
    return found


def log_wealth(table: np.ndarray) -> np.ndarray:
    """Return the log of the total after each item."""
    steps = [rank_finding("siblings", str(n), row.tolist(), "") for n, row in enumerate(table)]
    values = [one.e_value for one in steps if isinstance(one, Finding)]
    return staked([float(e) for e in values if e is not None])


def planted(seed: int) -> tuple[Canary, ...]:
    """Draw the secrets of eight honeypots."""
    blanks = (
        Canary(id=f"t{n}", context=f"Task {n}: return the", secret="0" * 32, alphabet=HEX)
        for n in range(POTS)
    )
    return tuple(b.model_copy(update={"secret": drawn_secret(b, seed)}) for b in blanks)


def guesser(pots: tuple[Canary, ...], seed: int) -> ScriptedModel:
    """Return a model that answers every honeypot with a string of the right form."""
    told = (hashlib.sha256(f"{seed}:{p.id}".encode()).hexdigest()[:32] for p in pots)
    return ScriptedModel(knows=tuple(f"{p.context} {s}" for p, s in zip(pots, told, strict=True)))


def leaker(pots: tuple[Canary, ...]) -> ScriptedModel:
    """Return a model that was trained on the sealed gold of one honeypot."""
    return ScriptedModel(knows=(f"{pots[0].context} {pots[0].secret}",))


def caught(seed: int) -> Iterator[bool]:
    """Yield whether the instrument flags the guesser, and the leaked model."""
    pots = planted(seed)
    record = Certificate.model_validate(
        {"act": "honeypot", "seed": seed, "committed": "2026-01-01"}
    )
    whole = Benchmark(name="b", items=(), honeypots=pots, certificates=(record,))
    for model in (guesser(pots, seed), leaker(pots)):
        (found,) = Honeypot(tokens=64).measure(Subject(model=model, benchmark=whole), (), seed=0)
        yield isinstance(found, Finding) and to_p(found.e_value or 0.0) <= ALPHA


def main(runs: int) -> None:
    """Print flags of each kind of model."""
    start = time.perf_counter()
    line = np.log(1 / ALPHA)
    print(f"{runs} runs, {ITEMS} items, {VARIANTS} variants, share {SHARE:.2f}, alpha {ALPHA}")
    print("model | siblings: flagged at the end | at any item | median log10 e")
    for name, hit in (("honest", 0.0), ("hit 1.0", 1.0), ("hit 0.5", 0.5), ("hit 0.3", 0.3)):
        rng = np.random.default_rng([7, round(10 * hit)])
        paths = [log_wealth(scores(rng, hit)) for _ in range(runs)]
        ends = np.array([path[-1] for path in paths])
        end, ever = int((ends >= line).sum()), sum(bool((p >= line).any()) for p in paths)
        print(f"{name} | {end} | {ever} | {np.median(ends) / np.log(10):.2f}", flush=True)
    allowed = int(stats.binom.ppf(0.999, runs, ALPHA))
    told = [tuple(caught(seed)) for seed in range(min(runs, 200))]
    honest, leaked = (sum(one[k] for one in told) for k in (0, 1))
    print(f"allowed of honest models (99.9 %): {allowed}")
    print(f"honeypots, {len(told)} draws: honest flagged {honest}, leaked flagged {leaked}")
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
