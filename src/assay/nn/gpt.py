"""A decoder-only transformer: RoPE, RMSNorm, SwiGLU, the mathematics of Llama on one page.

Shapes in the comments: B texts, T tokens, V tokens known, W the width, H heads of D = W / H
numbers, F the width inside the feed-forward part.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import rms_norm, scaled_dot_product_attention, silu

from assay.core.errors import BadConfig
from assay.nn.fused import EPSILON, LONGEST, Attend, Gate, Surprise, by_hand
from assay.nn.shape import Shape

__all__ = ["BASE", "EPSILON", "GPT", "Stacked"]

BASE = 10000.0
"""Positions turn the first pair of numbers by one radian a token, the last by about 1/BASE."""

SPREAD = 0.02
"""Standard deviation of the embeddings at the start."""


class Stacked(nn.Linear):
    """Several matrices that read the same input, one above the other in the memory."""

    def __init__(self, width: int, height: int, parts: int) -> None:
        super().__init__(width, parts * height, bias=False)
        self.parts = parts


class Norm(nn.Module):
    """How does a token look when its numbers have mean square 1, each times a gain? (RMSNorm)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        """(..., W) -> (..., W)."""
        return rms_norm(x, self.weight.shape, self.weight, EPSILON)


class Attention(nn.Module):
    """What does each token take over from the tokens before it?"""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.read = Stacked(shape.width, shape.width, parts=3)  # queries, keys, values
        self.write = Stacked(shape.width, shape.width, parts=1)

    def forward(self, x: Tensor, turn: Tensor) -> Tensor:
        """(B, T, W) -> (B, T, W)."""
        B, T, W = x.shape
        parts = self.read(x).view(B, T, 3, self.heads, W // self.heads)
        q, k = turned(parts[:, :, :2], turn).permute(2, 0, 3, 1, 4)  # each (B, H, T, D)
        v = parts[:, :, 2].transpose(1, 2)  # (B, H, T, D)
        mixed = scaled_dot_product_attention(q, k, v, is_causal=True)  # (B, H, T, D)
        out: Tensor = self.write(mixed.transpose(1, 2).reshape(B, T, W))
        return out


class FeedForward(nn.Module):
    """What does a token make of what it knows? Gates open for values (SwiGLU)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.read = Stacked(shape.width, shape.hidden, parts=2)  # gates, values
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
        self.before_attention = Norm(shape.width)
        self.attention = Attention(shape)
        self.before_feed_forward = Norm(shape.width)
        self.feed_forward = FeedForward(shape)

    def forward(self, x: Tensor, turn: Tensor) -> Tensor:
        """(B, T, W) -> (B, T, W)."""
        x = x + self.attention(self.before_attention(x), turn)
        out: Tensor = x + self.feed_forward(self.before_feed_forward(x))
        return out

    def fused(self, x: Tensor, turn: Tensor) -> Tensor:
        """The same by the formulas of `fused`: (B, T, W), turns from `as_complex` -> (B, T, W)."""
        first, second = self.attention, self.feed_forward
        x = Attend.apply(  # type: ignore[no-untyped-call]
            x, self.before_attention.weight, first.read.weight, first.write.weight, turn
        )
        out: Tensor = Gate.apply(  # type: ignore[no-untyped-call]
            x, self.before_feed_forward.weight, second.read.weight, second.write.weight
        )
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
        logits: Tensor = self.head(self.norm(self._layers(tokens)))
        return logits.float()

    def surprise(self, tokens: Tensor, targets: Tensor) -> Tensor:
        """How many nats are the targets together? (B, T) int64 twice -> (); none for -1.

        By the formulas of `fused`, where `by_hand` allows it.
        """
        x = self._layers(tokens).flatten(0, 1)
        total: Tensor = Surprise.apply(  # type: ignore[no-untyped-call]
            x, self.norm.weight, self.head.weight, targets.flatten()
        )
        return total

    def _layers(self, tokens: Tensor) -> Tensor:
        """(B, T) -> (B, T, W)."""
        T = tokens.shape[1]
        if self.shape.context < T:
            msg = f"a text of {T} tokens is longer than the context of {self.shape.context}"
            raise BadConfig(f"{msg}\n  next: cut it, or build the model with context={T}")
        x: Tensor = self.embed(tokens)  # (B, T, W)
        fused = by_hand(x) and T <= LONGEST
        turn = as_complex(self.turns[:T]) if fused else self.turns[:T, None, None]
        for block in cast("Iterable[Block]", self.blocks):
            x = block.fused(x, turn) if fused else block(x, turn)
        return x

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
    pairs = x.to(turn.dtype).view(*x.shape[:-1], -1, 2)  # (B, T, 2, H, D/2, 2)
    if torch.compiler.is_compiling():  # knows no complex numbers, and fuses the passes anyway
        (a, b), (cos, sin) = pairs.unbind(-1), turn.unbind(-1)
        made = torch.stack((a * cos - b * sin, a * sin + b * cos), dim=-1)
    else:
        made = torch.view_as_real(torch.view_as_complex(pairs) * torch.view_as_complex(turn))
    return made.flatten(-2).type_as(x)


def as_complex(turn: Tensor) -> Tensor:
    """Turns of queries and of keys for `fused`: (T, D/2, 2) -> (2, 1, T, D/2).

    What a query has in common with a key is divided by the root of D: here, where it costs nothing.
    """
    keys = torch.view_as_complex(turn)
    return torch.stack((keys / math.sqrt(2 * keys.shape[-1]), keys)).unsqueeze(1)
