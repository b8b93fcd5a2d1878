"""The plan of the sealed suite, in words: it stands on the page before anything was judged."""

from __future__ import annotations

from assay.lab.judging import TERMS
from assay.lab.mix import Exposure, Mix
from assay.lab.peers import LEVELS

__all__ = ["head"]

TEXT = """\
# `assay lab suite`, `assay lab judge-suite`: is the verdict right?

Compare: 199 of 335 verdicts correct (59.4 %) for the best published methods together, in an
independent audit (arXiv 2606.03305). Undecided counts as not correct.

## Plan ({name})

- models: {hosts}, each a branch of one clean base ({shape}, {steps} steps of {rows} rows of
  {context} tokens, Muon at {rate:g}); each hosts {leaks} leaked and {clean} clean benchmarks of
  {items} made-up items ({kinds}), half of them suspects and half held back by a recorded split:
  {cases} cases.
- leaks, by copies of each leaked item ("known" to calibration, which knows no other of these):
{exposures}
- the mix was committed before calibration was begun; the seed of a judged suite is the hash of a
  later commit.
- judged by the ordinary examination: instruments `{instruments}`, alpha {alpha:g}, full pass,
  beside the clean base (`--alone`: without it). *Clean* rules out that a share of {tolerance:g} or
  more was seen {dose} times or oftener. Benchmarks carry no siblings and no certificates.
- peers, on the same cases and the same recorded log-probabilities: Min-K%++ (20 %), mean over the
  suspects, with the threshold of best balanced accuracy on the suite's own labelled cases of the
  *other* kinds of benchmark; the permutation test (shards of two items in both orders, one-sided
  t-test over shards, p < {order:g}), which also scores those pairs; dataset inference (loss, zlib,
  perplexity, Min-K%, Min-K%++ and Max-K% at seven shares, and their differences to the reference
  where there is one; a linear model on half of the items, t-test on the other, p < {inference:g}).
  Peers have no *undecided*: what they do not flag they call clean.
- success: at most 3 % wrong flags among clean cases; balanced accuracy above each peer's (lower
  95 % bound of the paired difference above 0, resampling models) and above 59.4 %; wrong *clean* in
  at most 5 % of leaks at calibrated doses.
"""


def head(mix: Mix) -> str:
    """Say what was planned for a suite of this mix."""
    return TEXT.format(
        **mix.model_dump(exclude={"exposures", "kinds", "leaked"}),
        leaks=len(mix.hosted(0)),
        cases=mix.cases,
        kinds=", ".join(mix.kinds),
        exposures="\n".join(f"  - {_said(exposure)}" for exposure in mix.exposures),
        instruments=", ".join(TERMS.instruments),
        alpha=TERMS.alpha,
        tolerance=TERMS.tolerance,
        dose=TERMS.dose,
        order=LEVELS["permutation"],
        inference=LEVELS["dataset inference"],
    )


def _said(exposure: Exposure) -> str:
    words = [f"{exposure.name} (known)" if exposure.calibrated else exposure.name]
    if exposure.share < 1:
        words.append(f"{exposure.share:.0%} of the suspects")
    if exposure.choice == "ease":
        words.append("the easiest")
    if exposure.end < 1:
        words.append(f"in the first {exposure.end:.0%} of training")
    if exposure.together > 1:
        words.append(f"{exposure.together} neighbours in one text")
    return ", ".join(words)
