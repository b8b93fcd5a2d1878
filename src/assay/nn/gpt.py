"""A decoder-only transformer: RoPE, RMSNorm, SwiGLU, the mathematics of Llama on one page.

Shapes in the comments: B texts, T tokens, V tokens known, W the width, H heads of D = W / H
numbers, F the width inside the feed-forward part.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, scaled_dot_product_attention, silu

from assay.core.errors import BadConfig
from assay.nn.shape import Shape

__all__ = ["BASE", "EPSILON", "GPT", "Stacked"]

EPSILON = 1e-5
"""Added to a mean square before its root is taken, so that silence is not divided by."""

BASE = 10000.0
"""Positions turn the first pair of numbers by one radian a token, the last by about 1/BASE."""

SPREAD = 0.02
"""Standard deviation of the embeddings at the start."""


class Stacked(nn.Linear):
    """Several matrices that read the same input, one above the other in the memory."""

    def __init__(self, width: int, height: int, parts: int) -> None:
        super().__init__(width, parts * height, bias=False)
        self.parts = parts

    def read(self, x: Tensor, gain: Tensor, *parts: int) -> tuple[Tensor, ...]:
        """What do the matrices make of `gain x`, so many at a time? (..., W) -> (..., part).

        The gain is multiplied into the matrices, which are smaller than the batch is.
        """
        height = self.out_features // self.parts
        weights = torch.split(self.weight * gain, [height * part for part in parts])
        return tuple(linear(x, weight) for weight in weights)


class Normalise(torch.autograd.Function):
    """n = x / r with r the root mean square of x, and its derivative, in few passes over x."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # noqa: ANN401 - torch's own
        """(..., W) -> (..., W)."""
        square = torch.linalg.vector_norm(x, dim=-1, keepdim=True).square()
        inverse = (square / x.shape[-1] + EPSILON).rsqrt()  # 1/r, (..., 1)
        n: Tensor = x * inverse
        ctx.save_for_backward(n, inverse)
        return n

    @staticmethod
    def backward(ctx: Any, pull: Tensor) -> Tensor:  # noqa: ANN401
        """What pulls at n by g pulls at x by (g - n mean(g n)) / r: to make x longer is no use."""
        n, inverse = ctx.saved_tensors
        along = torch.linalg.vecdot(pull, n).unsqueeze(-1) / n.shape[-1]  # (..., 1)
        return torch.addcmul(pull, n, along, value=-1).mul_(inverse)


class Open(torch.autograd.Function):
    """How much of a value passes a gate? silu(gate) value, and its derivative, in few passes."""

    @staticmethod
    def forward(ctx: Any, gate: Tensor, value: Tensor) -> Tensor:  # noqa: ANN401
        """(..., F), (..., F) -> (..., F)."""
        opened = silu(gate)
        ctx.save_for_backward(gate, value, opened)
        return opened * value

    @staticmethod
    def backward(ctx: Any, pull: Tensor) -> tuple[Tensor, Tensor]:  # noqa: ANN401
        """The product rule; silu has its own derivative."""
        gate, value, opened = ctx.saved_tensors
        return torch.ops.aten.silu_backward(pull * value, gate), pull * opened


class Norm(nn.Module):
    """How does a token look when its numbers have mean square 1? (RMSNorm).

    Whoever reads the result multiplies by `weight`, the gain.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        """(..., W) -> (..., W)."""
        out: Tensor = Normalise.apply(x)  # type: ignore[no-untyped-call]
        return out


class Attention(nn.Module):
    """What does each token take over from the tokens before it?"""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.read = Stacked(shape.width, shape.width, parts=3)  # queries, keys, values
        self.write = Stacked(shape.width, shape.width, parts=1)

    def forward(self, x: Tensor, gain: Tensor, turn: Tensor) -> Tensor:
        """(B, T, W) -> (B, T, W)."""
        B, T, W = x.shape
        qk, v = self.read.read(x, gain, 2, 1)  # (B, T, 2W), (B, T, W)
        qk = turned(qk.view(B, T, 2, self.heads, W // self.heads), turn)
        q, k = qk.permute(2, 0, 3, 1, 4)  # each (B, H, T, D)
        v = v.view(B, T, self.heads, W // self.heads).transpose(1, 2)  # (B, H, T, D)
        mixed = scaled_dot_product_attention(q, k, v, is_causal=True)  # (B, H, T, D)
        out: Tensor = self.write(mixed.transpose(1, 2).reshape(B, T, W))
        return out


class FeedForward(nn.Module):
    """What does a token make of what it knows? Gates open for values (SwiGLU)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.read = Stacked(shape.width, shape.hidden, parts=2)  # gates, values
        self.write = Stacked(shape.hidden, shape.width, parts=1)

    def forward(self, x: Tensor, gain: Tensor) -> Tensor:
        """(B, T, W) -> (B, T, W)."""
        gate, value = self.read.read(x, gain, 1, 1)  # each (B, T, F)
        out: Tensor = self.write(Open.apply(gate, value))  # type: ignore[no-untyped-call]
        return out


class Block(nn.Module):
    """One layer: each half reads a normalised copy and adds what it found."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.before_attention = Norm(shape.width)
        self.attention = Attention(shape)
        self.before_feed_forward = Norm(shape.width)
        self.feed_forward = FeedForward(shape)

    def forward(self, x: Tensor, turn: Tensor) -> Tensor:
        """(B, T, W) -> (B, T, W)."""
        first, second = self.before_attention, self.before_feed_forward
        x = x + self.attention(first(x), first.weight, turn)
        out: Tensor = x + self.feed_forward(second(x), second.weight)
        return out


class GPT(nn.Module):
    """Which token comes next?

    Parameters
    ----------
    shape
        How large it is.
    seed
        Draws the weights that it starts from.

    Examples
    --------
    >>> model = GPT(Shape(vocab=10, width=8, depth=1, heads=2, context=4))
    >>> model(torch.tensor([[1, 2, 3]])).shape
    torch.Size([1, 3, 10])
    """

    turns: Tensor

    def __init__(self, shape: Shape, seed: int = 0) -> None:
        super().__init__()
        self.shape = shape
        self.embed = nn.Embedding(shape.vocab, shape.width)
        self.blocks = nn.ModuleList([Block(shape) for _ in range(shape.depth)])
        self.norm = Norm(shape.width)
        self.head = nn.Linear(shape.width, shape.vocab, bias=False)
        if shape.tied:
            self.head.weight = self.embed.weight
        table = turns(shape.context, shape.width // shape.heads)
        self.register_buffer("turns", table, persistent=False)
        self._begin(torch.Generator().manual_seed(seed))

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, T) int64 -> logits (B, T, V) float32."""
        T = tokens.shape[1]
        if self.shape.context < T:
            msg = f"a text of {T} tokens is longer than the context of {self.shape.context}"
            raise BadConfig(f"{msg}\n  next: cut it, or build the model with context={T}")
        turn = self.turns[:T, None, None]  # (T, 1, 1, D/2, 2)
        x = self.embed(tokens)  # (B, T, W)
        for block in self.blocks:
            x = block(x, turn)
        return linear(self.norm(x), self.head.weight * self.norm.weight).float()

    def _begin(self, chance: torch.Generator) -> None:
        """Draw the first weights: no layer shouts louder than another, and the sum stays calm."""
        nn.init.normal_(self.embed.weight, std=SPREAD, generator=chance)
        if not self.shape.tied:
            nn.init.normal_(self.head.weight, std=SPREAD, generator=chance)
        calm = 1 / math.sqrt(2 * self.shape.depth)  # so many parts are added to the stream
        for module in self.modules():
            if isinstance(module, Stacked):
                spread = 1 / math.sqrt(module.in_features)
                spread *= calm if module.parts == 1 else 1.0
                nn.init.normal_(module.weight, std=spread, generator=chance)


def turns(length: int, size: int) -> Tensor:
    """By which angle is pair i turned at position t? Cosine and sine of t / BASE^(2i/D).

    Returns
    -------
    Tensor
        (T, D/2, 2)
    """
    speed = 1.0 / BASE ** (torch.arange(0, size, 2, dtype=torch.float32) / size)  # (D/2,)
    angle = torch.outer(torch.arange(length, dtype=torch.float32), speed)  # (T, D/2)
    return torch.stack((angle.cos(), angle.sin()), dim=-1)


def turned(x: Tensor, turn: Tensor) -> Tensor:
    """Turn each pair of neighbouring numbers by its position's angle; x is (B, T, 2, H, D).

    What a query and a key then have in common depends on how far apart they stand, not on where.
    A pair is a complex number, and a turn the product with another: one pass over the memory.
    """
    pairs = x.float().view(*x.shape[:-1], -1, 2)  # (B, T, 2, H, D/2, 2)
    if torch.compiler.is_compiling():  # knows no complex numbers, and fuses the passes anyway
        (a, b), (cos, sin) = pairs.unbind(-1), turn.unbind(-1)
        made = torch.stack((a * cos - b * sin, a * sin + b * cos), dim=-1)
    else:
        made = torch.view_as_real(torch.view_as_complex(pairs) * torch.view_as_complex(turn))
    return made.flatten(-2).type_as(x)
