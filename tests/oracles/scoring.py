"""Log-probabilities one text at a time, in double precision: slow and plain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch


@dataclass(frozen=True)
class Plain:
    """Per token after the first: log p, and mean and variance of log p over the vocabulary."""

    logprobs: list[float]
    means: list[float]
    variances: list[float]


def one_at_a_time(network: Any, tokens: Sequence[int]) -> Plain:
    """Ask the network for all its logits of one text and read everything off them."""
    with torch.inference_mode():
        logits = network(input_ids=torch.tensor([list(tokens)])).logits[0, :-1].double()
    logp = logits - logits.exp().sum(dim=-1, keepdim=True).log()
    p = logp.exp()
    mean = (p * logp).sum(dim=-1)
    variance = (p * (logp - mean[:, None]) ** 2).sum(dim=-1)
    chosen = [logp[i, token].item() for i, token in enumerate(tokens[1:])]
    return Plain(chosen, mean.tolist(), variance.tolist())
