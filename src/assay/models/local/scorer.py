"""From token lists to log-probabilities, without ever holding all logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from assay.models.local.attention import Span, spans
from assay.models.packing import Layout, Tokens, lay_out

__all__ = ["Scorer", "Scores"]

LOGITS_AT_ONCE = 1 << 25
"""Logits held at once: 128 MiB in float32, so that two such arrays stay far below 1 GiB."""


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
        self.head = network.get_output_embeddings()
        self.device: torch.device = network.device

    def packed(self, texts: Sequence[Tokens], *, moments: bool) -> list[Scores]:
        """Score sorted token lists together, shared beginnings once."""
        layout = lay_out(texts)
        hidden = self._hidden(layout.tokens, layout.positions, spans(layout, self.device))
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

    def _columns(
        self, hidden: Tensor, pairs: Tensor, *, moments: bool
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Log-probabilities of the pairs (row, token); mean and variance of log p per row."""
        step = max(1, LOGITS_AT_ONCE // int(self.head.weight.shape[0]))
        rows = pairs[:, 0].contiguous()
        chosen, means, variances = [], [], []
        for start in range(0, len(hidden), step):
            edge = torch.tensor([start, start + step], device=self.device)
            first, last = torch.searchsorted(rows, edge).tolist()
            mine = pairs[first:last]
            logp = self._logp(hidden[start : start + step])
            chosen.append(logp[mine[:, 0] - start, mine[:, 1]])
            if moments:
                mean, variance = _moments(logp)
                means.append(mean)
                variances.append(variance)
        none = [hidden.new_empty(0, dtype=torch.float32)]
        return torch.cat(chosen or none), torch.cat(means or none), torch.cat(variances or none)

    def _logp(self, hidden: Tensor) -> Tensor:
        with torch.inference_mode():
            logits: Tensor = self.head(hidden).float()
            return logits.sub_(logits.logsumexp(dim=-1, keepdim=True))


def _moments(logp: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance of log p under p itself, per row; `logp` is overwritten.

    The variance is taken around the mean: the difference of two large squares loses digits.
    """
    with torch.inference_mode():
        p = logp.exp()
        mean = torch.einsum("rv,rv->r", p, logp)
        logp.sub_(mean[:, None])
        return mean, torch.einsum("rv,rv->r", p.mul_(logp), logp)
