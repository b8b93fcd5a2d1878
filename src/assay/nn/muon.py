"""Muon: matrices take steps of one length in every direction that their gradient points to.

A matrix's gradient is mostly a few strong directions; AdamW, which looks at each number by itself,
follows those. Muon keeps the directions and evens out their strengths: of U S V^T it takes U V^T.
`torch.optim.Muon` would take each `Stacked` for one matrix, one after the other, in bfloat16.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

import torch
from torch import Tensor
from torch.optim import Optimizer

from assay.nn.gpt import Stacked

__all__ = ["Muon", "even"]

ROUNDS = 5
CURVE = (3.4445, -4.7750, 2.0315)
"""An odd polynomial that lifts small singular values fast and keeps those near 1 near 1."""

AS_ADAMW = 0.2
"""How far AdamW moves a number in a step, as a share of the rate; so one rate serves both."""


def even(matrices: Tensor) -> Tensor:
    """Which directions, all of about the same strength? (N, R, C) -> (N, R, C).

    The polynomial acts on singular values alone, and products suffice to apply it: X (X^T X) has
    the same U and V, and the cubes of the values.

    Examples
    --------
    >>> strengths = torch.linalg.svdvals(even(torch.diag(torch.tensor([1.0, 0.1]))[None]))
    >>> bool((strengths > 0.6).all() and (strengths < 1.3).all())
    True
    """
    wide = matrices.shape[-2] <= matrices.shape[-1]
    x = matrices if wide else matrices.mT  # the smaller of X X^T and X^T X
    x = x / x.flatten(-2).norm(dim=-1).clamp(min=1e-7)[:, None, None]  # no value above 1
    a, b, c = CURVE
    for _ in range(ROUNDS):
        square = x @ x.mT
        x = a * x + torch.baddbmm(square, square, square, beta=b, alpha=c) @ x
    evened: Tensor = x if wide else x.mT
    return evened


class Muon(Optimizer):
    """Which step do the matrices of the layers take?

    Matrices of one shape are worked on together, and those that lie in one `Stacked` apart.

    Parameters
    ----------
    layers
        Whose weights it moves.
    lr, weight_decay
        As AdamW's.
    momentum
        Share of the past gradients that is kept each step.

    References
    ----------
    Jordan et al. 2024, "Muon: an optimizer for hidden layers"; Liu et al. 2025, arXiv 2502.16982
    (the length of a step).
    """

    def __init__(
        self, layers: Iterable[Stacked], lr: float, weight_decay: float, momentum: float = 0.95
    ) -> None:
        weights, self.parts = [], dict[Tensor, int]()
        for layer in layers:
            weights.append(layer.weight)
            self.parts[layer.weight] = layer.parts
        super().__init__(weights, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Take one step along the gradients."""
        del closure  # a loss is never asked for again
        for group in self.param_groups:
            alike = defaultdict[torch.Size, list[tuple[Tensor, Tensor]]](list)
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                pull = self._pull(weight, weight.grad, group["momentum"])
                parts = self.parts[weight]
                for one, its in zip(weight.chunk(parts), pull.chunk(parts), strict=True):
                    alike[one.shape].append((one, its))
            for shape, pairs in alike.items():
                ways = even(torch.stack([pull for _, pull in pairs]))
                length = group["lr"] * AS_ADAMW * max(shape) ** 0.5
                for (weight, _), way in zip(pairs, ways, strict=True):
                    weight.mul_(1 - group["lr"] * group["weight_decay"])
                    weight.sub_(way, alpha=length)

    def _pull(self, weight: Tensor, gradient: Tensor, momentum: float) -> Tensor:
        """The gradient and what is left of those before it, looked at one step ahead (Nesterov)."""
        state = self.state[weight]
        if not state:
            state["past"] = torch.zeros_like(weight)
        past: Tensor = state["past"].mul_(momentum).add_(gradient)
        return past * momentum + gradient
