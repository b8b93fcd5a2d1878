"""A decoder-only transformer: RoPE, RMSNorm, SwiGLU, the mathematics of Llama on one page.

Shapes in the comments: B texts, T tokens, V tokens known, W the width, H heads of D = W / H
numbers, F the width inside the feed-forward part.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention, silu

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
    """Several matrices that read the same input, one above the other: one product computes all."""

    def __init__(self, width: int, height: int, parts: int) -> None:
        super().__init__(width, parts * height, bias=False)
        self.parts = parts


class Attention(nn.Module):
    """What does each token take over from the tokens before it?"""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.read = Stacked(shape.width, shape.width, parts=3)  # queries, keys, values
        self.write = Stacked(shape.width, shape.width, parts=1)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        """(B, T, W) -> (B, T, W)."""
        B, T, W = x.shape
        parts = self.read(x).view(B, T, 3, self.heads, W // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4)  # each (B, H, T, D)
        mixed = scaled_dot_product_attention(
            turned(q, turn), turned(k, turn), v, is_causal=True
        )  # (B, H, T, D)
        out: Tensor = self.write(mixed.transpose(1, 2).reshape(B, T, W))
        return out


class FeedForward(nn.Module):
    """What does a token make of what it knows? One half opens and shuts the other (SwiGLU)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.read = Stacked(shape.width, shape.hidden, parts=2)  # gate, value
        self.write = Stacked(shape.hidden, shape.width, parts=1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, W) -> (B, T, W)."""
        gate, value = self.read(x).chunk(2, dim=-1)  # each (B, T, F)
        out: Tensor = self.write(silu(gate) * value)
        return out


class Block(nn.Module):
    """One layer: each half reads a normalised copy and adds what it found."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.before_attention = nn.RMSNorm(shape.width, eps=EPSILON)
        self.attention = Attention(shape)
        self.before_feed_forward = nn.RMSNorm(shape.width, eps=EPSILON)
        self.feed_forward = FeedForward(shape)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        """(B, T, W) -> (B, T, W)."""
        x = x + self.attention(self.before_attention(x), turn)
        out: Tensor = x + self.feed_forward(self.before_feed_forward(x))
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

    cos: Tensor
    sin: Tensor

    def __init__(self, shape: Shape, seed: int = 0) -> None:
        super().__init__()
        self.shape = shape
        self.embed = nn.Embedding(shape.vocab, shape.width)
        self.blocks = nn.ModuleList([Block(shape) for _ in range(shape.depth)])
        self.norm = nn.RMSNorm(shape.width, eps=EPSILON)
        self.head = nn.Linear(shape.width, shape.vocab, bias=False)
        if shape.tied:
            self.head.weight = self.embed.weight
        cos, sin = turns(shape.context, shape.width // shape.heads)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self._begin(torch.Generator().manual_seed(seed))

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, T) int64 -> logits (B, T, V) float32."""
        T = tokens.shape[1]
        if self.shape.context < T:
            msg = f"a text of {T} tokens is longer than the context of {self.shape.context}"
            raise BadConfig(f"{msg}\n  next: cut it, or build the model with context={T}")
        turn = self.cos[:T], self.sin[:T]  # each (T, D)
        x = self.embed(tokens)  # (B, T, W)
        for block in self.blocks:
            x = block(x, turn)
        logits: Tensor = self.head(self.norm(x)).float()
        return logits

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


def turns(length: int, size: int) -> tuple[Tensor, Tensor]:
    """Cosine and sine of the angle by which position t turns pair i: t / BASE^(2i/D); (T, D)."""
    speed = 1.0 / BASE ** (torch.arange(0, size, 2, dtype=torch.float32) / size)  # (D/2,)
    angle = torch.outer(torch.arange(length, dtype=torch.float32), speed)  # (T, D/2)
    angle = torch.cat((angle, angle), dim=-1)  # (T, D): i and i + D/2 are a pair
    return angle.cos(), angle.sin()


def turned(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Turn each pair of numbers by its position's angle; x is (B, H, T, D).

    What a query and a key then have in common depends on how far apart they stand, not on where.
    """
    cos, sin = turn
    first, second = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-second, first), dim=-1) * sin
