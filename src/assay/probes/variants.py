"""The published variant among a few of its sealed siblings: which are taken, and what it proves.

**Why the expectation is one.** An item's N variants were frozen, and one of them, P, was drawn and
published: under the null the model knows nothing of that draw. The N variants are cut into blocks,
by hashes of the variants and of nothing else, and the block that holds P is shown. Given the block,
P is uniform on it, whatever the hashes: every one of its members would have shown the same block.
What the model does with a block depends on the block alone, for the prompts are made from the set,
in an order that hashes decide. Let c(v) be a count for each variant (of picks, of right answers),
c(P) over the mean of all c has expectation one, as the sum of c over the sum of c. Where all c are
0 the ratio is set to 1; that this happens depends on the block, not on which of its members was
published, so the expectation stays one. Half of the stake is kept, so that a wrong pick does not
bankrupt a product over items.

A provider is shown the same block in every run. Where some of it was spent on another provider the
block cannot be shown, and siblings are drawn instead from those that nobody was sent, by hashes
that depend on the run's seed. Then P is uniform on what is shown over the seeds, not for each of
them: relabelling the variants of an item relabels all draws, and none depends on P but for leaving
it out. Evidence from two providers shares one draw of P: it may be averaged, never multiplied.

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
    """Which sealed siblings are shown? At most `count`: the published variant's block.

    Parameters
    ----------
    subject
        Says which may be shown.
    item
        Whose siblings.
    count
        How many are wanted.
    seed
        Of the run; used where a part of the block was spent on another provider.
    """
    may = subject.showable(item)
    block = _block(item, count + 1)
    if block <= {*may.shown, *may.unspent}:
        return tuple(ranked(tuple(block), item.id))
    order = (*ranked(may.shown, f"{seed}:{item.id}"), *ranked(may.unspent, f"{seed}:{item.id}"))
    return tuple(text for text in dict.fromkeys(order) if text != item.text)[:count]


def _block(item: Item, size: int) -> set[str]:
    """Return the other members of the published variant's block.

    Blocks are cut from an order that is the same whichever variant was published; their sizes
    differ by one at most.
    """
    order = ranked(tuple({item.text, *item.siblings}), f"blocks:{item.id}")
    blocks = -(-len(order) // size)
    mine = order.index(item.text) % blocks
    return {*order[mine::blocks]} - {item.text}


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
