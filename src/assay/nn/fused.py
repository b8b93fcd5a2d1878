"""Derivatives written by hand: the network of `gpt` once more, for training on one processor.

A processor spends as long on carrying numbers between memory and registers as on multiplying
them. Automatic differentiation keeps every intermediate and gives each a new place; here a value is
overwritten once nobody asks for it, and what can ride along in a matrix product does. Each class
is one formula of `gpt`, forwards and backwards; tests compare the two.

In the comments: N = B T tokens, A = H B attention tables, `d_x` the derivative of the loss by x.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn.functional import silu

__all__ = ["EPSILON", "LONGEST", "Attend", "Gate", "Surprise", "by_hand"]

EPSILON = 1e-5
"""Added to a mean square before its root is taken, so that silence is not divided by."""

LONGEST = 512
"""Tokens up to which attention's tables are kept for the way back; they grow with the square."""

BLOCK = 64
"""Queries that are worked on together: those before them need not look at what comes after."""

LOGITS = 1 << 19
"""So many numbers, two megabytes, stay in a processor's own memory from one pass to the next."""


def by_hand(x: Tensor) -> bool:
    """Is this pass one for these classes? CUDA and the compiler have fused passes of their own."""
    if torch.compiler.is_compiling() or not torch.is_grad_enabled():
        return False
    return x.device.type == "cpu" and not torch.is_autocast_enabled("cpu")


def normalised(x: Tensor) -> tuple[Tensor, Tensor]:
    """What is n = x / r with r the root mean square of x, and 1 / r? (N, W) -> (N, W), (N, 1)."""
    length = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
    inverse = length.square_().div_(x.shape[-1]).add_(EPSILON).rsqrt_()
    return x * inverse, inverse


def pulled(d_n: Tensor, n: Tensor, inverse: Tensor) -> Tensor:
    """d_x = (d_n - n mean(d_n n)) / r, in d_n's place: to make x longer is no use."""
    along = torch.linalg.vecdot(d_n, n).unsqueeze(-1).div_(n.shape[-1])  # (N, 1)
    return d_n.addcmul_(n, along, value=-1).mul_(inverse)


class Attend(Function):
    """x + write(attention(read(gain normalised(x)))): half a layer."""

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401 - torch's own
        x: Tensor,
        gain: Tensor,
        read: Tensor,
        write: Tensor,
        turn: Tensor,
    ) -> Tensor:
        """(B, T, W), (W,), (3W, W), (W, W), (2, 1, T, D/2) complex -> (B, T, W)."""
        B, T, W = x.shape
        D = 2 * turn.shape[-1]
        H = W // D
        n, inverse = normalised(x.view(-1, W))
        # The gain goes into the matrix, which is smaller than the batch is.
        scaled = read * gain
        # One product a head, so that a head's numbers lie together without being copied there.
        heads = scaled.view(3 * H, D, W)
        qkv = torch.bmm(n.expand(3 * H, -1, -1), heads.mT).view(3, H * B, T, D)
        pairs(qkv[:2]).mul_(turn)
        mixed = x.new_empty(B, T, H, D)
        shares = attention(qkv, mixed.permute(2, 0, 1, 3))
        mixed = mixed.view(-1, W)
        ctx.save_for_backward(n, inverse, scaled, qkv, mixed, gain, read, write, turn, *shares)
        return (mixed @ write.t()).view(B, T, W).add_(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_out: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        """Everything above, from the last line to the first."""
        n, inverse, scaled, qkv, mixed, gain, read, write, turn, *shares = ctx.saved_tensors
        B, T, W = d_out.shape
        D = qkv.shape[-1]
        H = W // D
        g = d_out.reshape(-1, W)
        d_mixed = torch.bmm(g.expand(H, -1, -1), write.view(W, H, D).transpose(0, 1))  # (H, N, D)
        # What a softmax takes from all of a row: sum of share d_share, which is mixed d_mixed.
        level = torch.linalg.vecdot(mixed.view(-1, H, D).transpose(0, 1), d_mixed)
        d_mixed, level = d_mixed.view(H * B, T, D), level.view(H * B, T, 1)
        d_qkv = attention_pulled(qkv, shares, d_mixed, level)
        pairs(d_qkv[:2]).mul_(turn.conj())
        d_read = d_qkv.view(3, H, B, T, D).permute(2, 3, 0, 1, 4).reshape(-1, 3 * W)
        d_x = pulled(d_read @ scaled, n, inverse).add_(g).view(B, T, W)
        d_scaled = d_read.t() @ n
        return d_x, (d_scaled * read).sum(0), d_scaled.mul_(gain), g.t() @ mixed, None


def pairs(x: Tensor) -> Tensor:
    """Neighbouring numbers as one complex number each: (..., D) -> (..., D/2)."""
    return torch.view_as_complex(x.view(*x.shape[:-1], -1, 2))


def attention(qkv: Tensor, mixed: Tensor) -> list[Tensor]:
    """Which share does each token take of those before it? (3, A, T, D); fills (H, B, T, D)."""
    q, k, v = qkv
    T = q.shape[1]
    later = q.new_full((BLOCK, BLOCK), float("-inf")).triu_(1)
    shares = []
    for start in range(0, T, BLOCK):
        end = min(start + BLOCK, T)
        share = torch.bmm(q[:, start:end], k[:, :end].mT)
        share[:, :, start:] += later[: end - start, : end - start]
        torch.softmax(share, dim=-1, out=share)
        mixed[:, :, start:end] = torch.bmm(share, v[:, :end]).view_as(mixed[:, :, start:end])
        shares.append(share)
    return shares


def attention_pulled(qkv: Tensor, shares: list[Tensor], d_mixed: Tensor, level: Tensor) -> Tensor:
    """Derivatives by queries, keys and values: (3, A, T, D)."""
    q, k, v = qkv
    d_qkv = torch.empty_like(qkv)
    d_q, d_k, d_v = d_qkv
    end = q.shape[1]
    for share in reversed(shares):  # the last queries look at all, and so the first products fill
        start = end - share.shape[1]
        g = d_mixed[:, start:end]
        d_share = torch.bmm(g, v[:, :end].mT).sub_(level[:, start:end]).mul_(share)
        d_q[:, start:end] = torch.bmm(d_share, k[:, :end])
        if end == q.shape[1]:
            torch.bmm(share.mT, g, out=d_v)
            torch.bmm(d_share.mT, q[:, start:end], out=d_k)
        else:
            d_v[:, :end] += torch.bmm(share.mT, g)
            d_k[:, :end] += torch.bmm(d_share.mT, q[:, start:end])
        end = start
    return d_qkv


class Gate(Function):
    """x + write(silu(gate) value), both read from gain normalised(x): the other half."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, gain: Tensor, read: Tensor, write: Tensor) -> Tensor:  # noqa: ANN401
        """(B, T, W), (W,), (2F, W), (W, F) -> (B, T, W)."""
        n, inverse = normalised(x.view(-1, x.shape[-1]))
        # Two products: the halves of one would not lie together, and silu would crawl.
        for_gate, for_value = (read * gain).chunk(2)
        gate, value = n @ for_gate.t(), n @ for_value.t()
        opened = silu(gate)
        passed = opened * value
        kept = (n, inverse, for_gate, for_value, gate, value, opened, passed)
        ctx.save_for_backward(*kept, gain, read, write)
        return (passed @ write.t()).view_as(x).add_(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_out: Tensor) -> tuple[Tensor, ...]:  # noqa: ANN401
        """Everything above, from the last line to the first."""
        n, inverse, for_gate, for_value, gate, value, opened, passed = ctx.saved_tensors[:8]
        gain, read, write = ctx.saved_tensors[8:]
        g = d_out.reshape(-1, d_out.shape[-1])
        d_passed = g @ write
        d_value = d_passed * opened
        d_gate = d_passed.mul_(value)
        torch.ops.aten.silu_backward.grad_input(d_gate, gate, grad_input=d_gate)
        d_n = (d_gate @ for_gate).addmm_(d_value, for_value)
        d_x = pulled(d_n, n, inverse).add_(g).view_as(d_out)
        d_scaled = torch.cat((d_gate.t() @ n, d_value.t() @ n))
        return d_x, (d_scaled * read).sum(0), d_scaled.mul_(gain), g.t() @ passed


class Surprise(Function):
    """Nats of all targets together, from what the last layer says; -1 is not asked for.

    The logits are the largest thing in a small network. They never exist as a whole: some rows at a
    time become a loss and at once, in their own place, its derivative.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, gain: Tensor, head: Tensor, targets: Tensor) -> Tensor:  # noqa: ANN401
        """(N, W), (W,), (V, W), (N,) -> ()."""
        n, inverse = normalised(x)
        scaled = head * gain
        d_n, d_scaled = torch.empty_like(n), torch.zeros_like(scaled)
        total = x.new_zeros(())
        size = max(64, LOGITS // len(head))
        for start in range(0, len(n), size):
            some = slice(start, start + size)
            logits = n[some] @ scaled.t()
            total += surprise(logits, targets[some])
            torch.mm(logits, scaled, out=d_n[some])
            d_scaled.addmm_(logits.t(), n[some])
        d_x = pulled(d_n, n, inverse)
        ctx.save_for_backward(d_x, (d_scaled * head).sum(0), d_scaled.mul_(gain))
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, scale: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        """All was found on the way there, up to what follows the loss."""
        d_x, d_gain, d_head = (d * scale for d in ctx.saved_tensors)
        return d_x, d_gain, d_head, None


def surprise(logits: Tensor, targets: Tensor) -> Tensor:
    """Nats of the targets together; the logits (n, V) become the derivative, softmax - target."""
    asked = (targets >= 0).unsqueeze(-1)  # (n, 1)
    said = targets.clamp(min=0).unsqueeze(-1)
    logits -= logits.amax(-1, keepdim=True)  # no exponential runs over
    exponent = logits.gather(1, said)
    mass = logits.exp_().sum(-1, keepdim=True)
    logits *= asked / mass
    logits.scatter_add_(1, said, -asked.to(logits.dtype))
    return torch.where(asked, mass.log() - exponent, 0.0).sum()
