"""What does a small network think of a text, and which option does it hold for right?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from assay.core.item import Item
from assay.nn.gpt import GPT
from assay.nn.tokens import Tokens
from assay.nn.train import losses

__all__ = ["correct", "option_losses", "text_losses"]

AT_ONCE = 64
UNTRAINED = -1


def text_losses(model: GPT, tokens: Tokens, texts: Sequence[str]) -> list[float]:
    """How surprising is each text, in nats a token? Its end counts as a token of it."""
    rows = [[tokens.end, *tokens.encode(text), tokens.end] for text in texts]
    return [_sum(row) / max(1, len(r) - 1) for row, r in _scored(model, rows, [0] * len(rows))]


def option_losses(model: GPT, tokens: Tokens, items: Sequence[Item]) -> list[list[float]]:
    """How surprising is each option as the answer, in nats, after all that stands before it?

    Returns
    -------
    list of list of float
        For each item one number an option, in the options' order.
    """
    rows, starts = [], []
    for item in items:
        asked = [tokens.end, *tokens.encode(_asked(item))]
        for option in item.options:
            starts.append(len(asked) - 1)
            rows.append([*asked, *tokens.encode(option), tokens.end])
    flat = iter([_sum(row) for row, _ in _scored(model, rows, starts)])
    return [[next(flat) for _ in item.options] for item in items]


def correct(model: GPT, tokens: Tokens, items: Sequence[Item]) -> list[bool]:
    """Is the answer likelier than every other option?"""
    found = option_losses(model, tokens, items)
    return [
        all(
            loss > row[item.options.index(item.answer or "")]
            for loss, o in zip(row, item.options, strict=True)
            if o != item.answer
        )
        for item, row in zip(items, found, strict=True)
    ]


def _asked(item: Item) -> str:
    """Return what stands before the answer, its line break included."""
    return item.text.removesuffix(item.answer or "")


def _sum(row: Tensor) -> float:
    return float(row.sum())


def _scored(
    model: GPT, rows: Sequence[list[int]], starts: Sequence[int]
) -> Iterator[tuple[Tensor, list[int]]]:
    """Yield each row's losses from its start on; what is longer than the context is cut off."""
    longest = model.shape.context + 1
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    found = dict[int, Tensor]()
    for first in range(0, len(order), AT_ONCE):
        chosen = order[first : first + AT_ONCE]
        cut = [rows[i][:longest] for i in chosen]
        width = max(map(len, cut))
        batch = torch.full((len(cut), width), UNTRAINED, dtype=torch.int64)
        for place, row in enumerate(cut):
            batch[place, : len(row)] = torch.tensor(row)
        scores = losses(model, batch)
        found |= {i: scores[place, starts[i] :] for place, i in enumerate(chosen)}
    yield from ((found[i], rows[i]) for i in range(len(rows)))
