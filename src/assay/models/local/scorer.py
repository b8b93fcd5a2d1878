"""From token lists to log-probabilities, without ever holding all logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from assay.models.local.attention import Span, spans
from assay.models.local.head import Head
from assay.models.packing import Layout, Tokens, lay_out

__all__ = ["Scorer", "Scores"]

LOGITS_IN_CACHE = 1 << 18
"""Logits reduced at once: 1 MiB in float32."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Per text, T-1 numbers each for T tokens; nats, nats and squared nats."""

    logprobs: tuple[float, ...]
    means: tuple[float, ...] = ()
    variances: tuple[float, ...] = ()


class Scorer:
    """What does the model think of each token?

    Parameters
    ----------
    network
        A causal language model of transformers, in evaluation mode, that attends by
        `attention.PACKED`.
    """

    def __init__(self, network: Any) -> None:  # noqa: ANN401 - transformers has no types
        self.network = network
        self.body = network.base_model
        self.head = Head(network)
        self.device: torch.device = network.device

    def packed(self, texts: Sequence[Tokens], *, moments: bool) -> list[Scores]:
        """Score sorted token lists together, shared beginnings once."""
        layout = lay_out(texts)
        hidden = self._hidden(layout.tokens, layout.positions, spans(layout, self.head.weight))
        return self._read(hidden, layout, texts, moments=moments)

    def alone(self, text: Tokens, *, moments: bool) -> Scores:
        """Score one token list with the architecture's own attention."""
        layout = lay_out([text])
        hidden = self._hidden(layout.tokens, layout.positions, None)
        return self._read(hidden, layout, [text], moments=moments)[0]

    def _hidden(self, tokens: Tokens, positions: Tokens, laid: tuple[Span, ...] | None) -> Tensor:
        ids, places = (torch.tensor([x], device=self.device) for x in (tokens, positions))
        options: dict[str, Any] = {}
        if laid is not None:
            # A mask of four dimensions is passed through as it is: none is built, none is read.
            unread = torch.zeros((1, 1, 1, 1), device=self.device)
            options = {"assay_spans": laid, "attention_mask": unread}
        with torch.inference_mode():
            output = self.body(input_ids=ids, position_ids=places, use_cache=False, **options)
        hidden: Tensor = output.last_hidden_state[0]
        return hidden

    def _read(
        self, hidden: Tensor, layout: Layout, texts: Sequence[Tokens], *, moments: bool
    ) -> list[Scores]:
        """Read (R, width) hidden states off at every token that has a next one."""
        rows = sorted({row for path in layout.paths for row in path[:-1]})
        place = {row: i for i, row in enumerate(rows)}
        pairs = sorted(
            {
                (place[row], after)
                for path, text in zip(layout.paths, texts, strict=True)
                for row, after in zip(path[:-1], text[1:], strict=True)
            }
        )
        index = torch.tensor(rows, device=self.device, dtype=torch.long)
        wanted = torch.tensor(pairs, device=self.device, dtype=torch.long).reshape(-1, 2)
        with torch.inference_mode():
            columns = self._columns(hidden.index_select(0, index), wanted, moments=moments)
        logprobs = dict(zip(pairs, columns[0].tolist(), strict=True))
        mean, variance = columns[1].tolist(), columns[2].tolist()
        return [
            Scores(
                tuple(logprobs[place[r], t] for r, t in zip(path[:-1], text[1:], strict=True)),
                tuple(mean[place[r]] for r in path[:-1]) if moments else (),
                tuple(variance[place[r]] for r in path[:-1]) if moments else (),
            )
            for path, text in zip(layout.paths, texts, strict=True)
        ]

    def _columns(self, hidden: Tensor, pairs: Tensor, *, moments: bool) -> tuple[Tensor, ...]:
        """Log-probabilities of the pairs (row, token); mean and variance of log p per row."""
        step, rows = self.head.rows_at_once, pairs[:, 0].contiguous()
        starts = range(0, len(hidden), step)
        edges = torch.tensor([*starts, len(hidden)], device=self.device)
        cuts = pairwise(torch.searchsorted(rows, edges).tolist())
        chosen, means, variances = [], [], []
        for start, (first, last) in zip(starts, cuts, strict=True):
            mine = pairs[first:last]
            logits = self.head.logits(hidden[start : start + step])
            found = logits[mine[:, 0] - start, mine[:, 1]].float()
            per_row = [_normaliser(part, moments=moments) for part in _slices(logits)]
            norm, mean, variance = (torch.cat(x) for x in zip(*per_row, strict=True))
            chosen.append(found - norm[mine[:, 0] - start])
            means.append(mean)
            variances.append(variance)
        return torch.cat(chosen), torch.cat(means), torch.cat(variances)


def _slices(logits: Tensor) -> Sequence[Tensor]:
    """Cut rows into pieces that stay in a core's cache while they are read several times."""
    return torch.split(logits, max(1, LOGITS_IN_CACHE // logits.shape[1]))


def _normaliser(logits: Tensor, *, moments: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Log of the sum of exponentials per row; if asked, mean and variance of log p under p.

    The variance is taken around the mean: the difference of two large squares loses digits.
    """
    logits = logits.float()
    norm = logits.logsumexp(dim=-1, keepdim=True)
    none = norm.new_empty(0)
    if not moments:
        return norm[:, 0], none, none
    logp = logits - norm
    p = logp.exp()
    mean = (p * logp).sum(dim=-1, keepdim=True)
    variance = p.mul_(logp.sub_(mean).square_()).sum(dim=-1)
    return norm[:, 0], mean[:, 0], variance
