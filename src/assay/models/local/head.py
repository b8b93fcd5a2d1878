"""From hidden states to logits, a few rows at a time, into memory that is used again."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

__all__ = ["Head"]

LOGITS_AT_ONCE = 1 << 25
"""Logits held at once: 128 MiB in float32, far below the 1 GiB that scoring may add."""


class Head:
    """Which logits does the network give to its last hidden states?

    Parameters
    ----------
    network
        A causal language model of transformers.

    Attributes
    ----------
    rows_at_once
        How many rows `logits` takes at most.
    """

    def __init__(self, network: Any) -> None:  # noqa: ANN401 - transformers has no types
        layer = network.get_output_embeddings()
        self.weight: Tensor = layer.weight
        self.bias: Tensor | None = getattr(layer, "bias", None)
        self.rows_at_once = max(1, LOGITS_AT_ONCE // self.weight.shape[0])
        config = network.config
        # Cohere multiplies, Granite divides, Gemma 2 bounds by a hyperbolic tangent.
        self.factor = float(getattr(config, "logit_scale", None) or 1.0)
        self.factor /= float(getattr(config, "logits_scaling", None) or 1.0)
        self.cap: float | None = getattr(config, "final_logit_softcapping", None)
        self._memory = self.weight.new_empty(0)

    def logits(self, hidden: Tensor) -> Tensor:
        """Logits (rows, vocabulary) of hidden states (rows, width); overwritten by the next call.

        Memory that is asked for anew each time costs more than the reductions that read it: the
        system clears every page.
        """
        size = self.weight.shape[0]
        if not len(self._memory):
            self._memory = self.weight.new_empty((self.rows_at_once, size))
        made = torch.mm(hidden, self.weight.detach().t(), out=self._memory[: len(hidden)])
        if self.bias is not None:
            made.add_(self.bias)
        if self.factor != 1.0:
            made.mul_(self.factor)
        if self.cap is not None:
            made.div_(self.cap).tanh_().mul_(self.cap)
        return made
