"""The published variant among a few of its sealed siblings: which are taken, and what it proves.

**Why the expectation is one.** An item's N variants were frozen, and one of them, P, was drawn and
published: under the null the model knows nothing of that draw. To it and to the scores below, the
draw is as if made last. k - 1 siblings are drawn uniformly from the N - 1 that were not published,
by hashes that nobody chose. A set S of k variants is then shown with probability

    P(S, P = v) = 1/N * 1 / C(N - 1, k - 1)    for each v in S:

the same for each of its members, so that given S the published one is uniform on S. What the model
does with S depends on S alone: the prompts are made from the set, in an order that hashes decide.
Let c(v) be a count for each variant (of picks, of right answers), c(P) over the mean of all c has
expectation one, as the sum of c over the sum of c. Where all c are 0 the ratio is set to 1; that
this happens depends on S, not on which of its members was published, so the expectation stays one.
Half of the stake is kept, so that a wrong pick does not bankrupt a product over items.

Which siblings a provider was shown earlier (and is shown again, first), and which were spent on
another one and are left out, was decided by such draws too: relabelling the variants of an item
relabels all of them, and none depends on P but for leaving P out. Uniform they stay. Evidence from
two providers shares one draw of P, though: it may be averaged, never multiplied.

References
----------
Balinsky & Balinsky 2024, arXiv 2403.19082 (own over mean); Koning 2023, arXiv 2310.01153.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from assay.core.draws import ranked
from assay.core.item import Item
from assay.core.subject import Subject

__all__ = ["drawn", "own_e", "own_e_max", "own_rank", "too_few"]


def drawn(subject: Subject, item: Item, count: int, seed: int) -> tuple[str, ...]:
    """Which sealed siblings are shown? At most `count`, those spent on this model's provider first.

    Parameters
    ----------
    subject
        Says which may be shown.
    item
        Whose siblings.
    count
        How many are wanted.
    seed
        Of the run.
    """
    may = subject.showable(item)
    order = (*ranked(may.shown, f"{seed}:{item.id}"), *ranked(may.unspent, f"{seed}:{item.id}"))
    return tuple(text for text in dict.fromkeys(order) if text != item.text)[:count]


def too_few(subject: Subject, item: Item) -> str:
    """Why is there no sibling to show?"""
    if not item.siblings:
        return "no sealed siblings"
    if not subject.sealed:
        return f"sealed siblings are not sent to {subject.model.name} without --allow-disclosure"
    return "all its sealed siblings were spent on other providers"


def own_e(own: float, counts: Sequence[float]) -> float:
    """How strong is the published variant's share of all counts? An e-value; see the module.

    Parameters
    ----------
    own
        The published variant's count.
    counts
        Those of all variants shown, its own included, shape (k,).

    Examples
    --------
    >>> own_e(4, [0, 4, 0, 0]), own_e(1, [1, 1, 1, 1]), own_e(0, [0, 0, 0, 0])
    (2.5, 1.0, 1.0)
    """
    total = math.fsum(counts)
    return 0.5 + 0.5 * own * len(counts) / total if total else 1.0


def own_e_max(k: int) -> float:
    """What is the largest e-value among k variants?"""
    return 0.5 + 0.5 * k


def own_rank(own: float, others: Sequence[float]) -> int:
    """Which place has the published variant, 1 the first? A tie counts against it."""
    return 1 + sum(other >= own for other in others)
