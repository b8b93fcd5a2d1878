"""Training tokens a second beside a plain loop in PyTorch: equal shapes, one process, in turns.

    python bench/training.py --rounds 7                    # one thread of a CPU
    python bench/training.py --device cuda --peak 989      # a GPU; its dense bfloat16 teraflops

The peer is written here in the manner of nanoGPT: LayerNorm, positions that are learned, GELU,
AdamW and gradient clipping as PyTorch has them. The second peer is the same loop around our own
architecture (RMSNorm, positions that turn, SwiGLU), each written the plain way. All three draw the
same batches, and turns are taken in rounds, so that a machine that slows down slows all. Processor
time counts on a CPU: it does not depend on what else is running there.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

import torch
from torch import Tensor, nn
from torch.nn import functional

from assay.nn.gpt import GPT
from assay.nn.shape import Shape
from assay.nn.train import Recipe, train

GOAL = 1.0
SHAPES = {
    "small": (Shape(vocab=512, width=64, depth=3, heads=4, context=128), 16, 12),
    "middle": (Shape(vocab=1024, width=128, depth=4, heads=4, context=256), 8, 4),
    "large": (Shape(vocab=32768, width=768, depth=12, heads=12, context=1024), 16, 20),
}
"""Shape, rows of a batch, steps of a turn."""


class PlainBlock(nn.Module):
    """One layer of nanoGPT's kind."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.norm1 = nn.LayerNorm(shape.width, bias=False)
        self.attention = nn.Linear(shape.width, 3 * shape.width, bias=False)
        self.project = nn.Linear(shape.width, shape.width, bias=False)
        self.norm2 = nn.LayerNorm(shape.width, bias=False)
        self.widen = nn.Linear(shape.width, 4 * shape.width, bias=False)
        self.narrow = nn.Linear(4 * shape.width, shape.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, W) -> (B, T, W)."""
        B, T, W = x.shape
        parts = self.attention(self.norm1(x)).split(W, dim=2)
        q, k, v = (part.view(B, T, self.heads, -1).transpose(1, 2) for part in parts)
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.project(mixed.transpose(1, 2).contiguous().view(B, T, W))
        out: Tensor = x + self.narrow(functional.gelu(self.widen(self.norm2(x))))
        return out


class TurningBlock(nn.Module):
    """One layer of Llama's kind, each part as its formula reads."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        W, F = shape.width, shape.hidden
        self.heads = shape.heads
        self.norm1, self.norm2 = nn.RMSNorm(W, eps=1e-5), nn.RMSNorm(W, eps=1e-5)
        self.q, self.k, self.v, self.project = (nn.Linear(W, W, bias=False) for _ in range(4))
        self.gate, self.up = nn.Linear(W, F, bias=False), nn.Linear(W, F, bias=False)
        self.down = nn.Linear(F, W, bias=False)
        half = W // shape.heads // 2
        angle = torch.outer(torch.arange(shape.context), 10000.0 ** -(torch.arange(half) / half))
        angle = torch.cat((angle, angle), dim=-1)
        self.cos, self.sin = nn.Buffer(angle.cos()), nn.Buffer(angle.sin())

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, W) -> (B, T, W)."""
        B, T, W = x.shape
        read = self.norm1(x)
        q, k, v = (
            part(read).view(B, T, self.heads, -1).transpose(1, 2)
            for part in (self.q, self.k, self.v)
        )
        mixed = functional.scaled_dot_product_attention(
            self.turned(q), self.turned(k), v, is_causal=True
        )
        x = x + self.project(mixed.transpose(1, 2).contiguous().view(B, T, W))
        read = self.norm2(x)
        out: Tensor = x + self.down(functional.silu(self.gate(read)) * self.up(read))
        return out

    def turned(self, x: Tensor) -> Tensor:
        """(B, H, T, D) -> (B, H, T, D)."""
        a, b = x.chunk(2, dim=-1)
        T = x.shape[2]
        return (x * self.cos[:T] + torch.cat((-b, a), dim=-1) * self.sin[:T]).to(x.dtype)


class Plain(nn.Module):
    """The peer."""

    def __init__(self, shape: Shape, block: type[PlainBlock | TurningBlock]) -> None:
        super().__init__()
        self.embed = nn.Embedding(shape.vocab, shape.width)
        self.place = nn.Embedding(shape.context, shape.width) if block is PlainBlock else None
        self.blocks = nn.ModuleList([block(shape) for _ in range(shape.depth)])
        self.norm = nn.LayerNorm(shape.width, bias=False)
        self.head = nn.Linear(shape.width, shape.vocab, bias=False)
        self.head.weight = self.embed.weight
        nn.init.normal_(self.embed.weight, std=0.02)

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, T) -> (B, T, V)."""
        x = self.embed(tokens)
        if self.place is not None:
            x = x + self.place(torch.arange(tokens.shape[1], device=tokens.device))
        for block in self.blocks:
            x = block(x)
        out: Tensor = self.head(self.norm(x))
        return out


def plainly(model: nn.Module, steps: int, batches: Iterator[Tensor], device: str) -> None:
    """The peer's loop: warmed up and decayed, clipped, its loss read every step."""
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=3e-3, betas=(0.9, 0.95), fused=True if device == "cuda" else None
    )
    for step, batch in enumerate(islice(batches, steps)):
        share = (1 + math.cos(math.pi * step / steps)) / 2
        for group in optimizer.param_groups:
            group["lr"] = 3e-3 * share
        rows = batch.to(device)
        with torch.autocast(device, dtype=torch.bfloat16, enabled=device == "cuda"):
            logits = model(rows[:, :-1])
            loss = functional.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        loss.item()


def endless(shape: Shape, rows: int) -> Iterator[Tensor]:
    """Random rows."""
    chance = torch.Generator().manual_seed(1)
    while True:
        yield torch.randint(shape.vocab, (rows, shape.context + 1), generator=chance)


def runners(
    shape: Shape, rows: int, steps: int, device: str, *, compiled: bool
) -> tuple[dict[str, Callable[[], object]], dict[str, int]]:
    """What is measured, by name, and how many parameters each has."""
    batches = endless(shape, rows)
    plain = Recipe(device=device, compile=compiled)
    recipe = plain if device == "cpu" else replace(plain, precision="bfloat16")
    models = {
        "ours": GPT(shape),
        "plain nanoGPT": Plain(shape, PlainBlock).to(device),
        "plain, our architecture": Plain(shape, TurningBlock).to(device),
    }
    sizes = {name: sum(p.numel() for p in model.parameters()) for name, model in models.items()}
    ours = models.pop("ours")
    peers = {name: torch.compile(m) if compiled else m for name, m in models.items()}
    work: dict[str, Callable[[], object]] = {
        "ours": lambda: train(ours, batches, recipe, steps=steps)
    }
    for name, peer in peers.items():
        work[name] = lambda peer=peer: plainly(peer, steps, batches, device)  # type: ignore[misc]
    return work, sizes


def seconds(work: Callable[[], object], device: str) -> float:
    """How long does a turn take?"""
    clock = time.process_time if device == "cpu" else time.perf_counter
    start = clock()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return clock() - start


def compare(name: str, options: argparse.Namespace) -> None:
    """Print tokens a second of all three, and ours as a multiple of the others'."""
    shape, rows, steps = SHAPES[name]
    work, sizes = runners(shape, rows, steps, options.device, compiled=options.compile)
    tokens = rows * shape.context * steps
    for one in work.values():
        one()  # warm
    taken: dict[str, list[float]] = {who: [] for who in work}
    for _ in range(options.rounds):
        for who, one in work.items():
            taken[who].append(seconds(one, options.device))
    print(f"\n{name}: {shape}, {rows} rows, {options.rounds} rounds of {steps} steps")
    for who, times in taken.items():
        rate = tokens / statistics.median(times)
        ratios = [other / own for own, other in zip(taken["ours"], times, strict=True)]
        middle, low, high = statistics.median(ratios), min(ratios), max(ratios)
        said = f"ours is {middle:.2f}x (rounds {low:.2f}-{high:.2f})" if who != "ours" else ""
        share = peak_share(shape, rate, options.peak)
        print(f"  {who:24} {sizes[who]:>12,} parameters {rate:>12,.0f} tokens/s  {share}{said}")
        if who != "ours":
            print(f"  {'':24} goal {GOAL}x: {'reached' if middle >= GOAL else 'MISSED'}")


def peak_share(shape: Shape, rate: float, peak: float) -> str:
    """Which share of the device's arithmetic is used? Six products a weight, and attention's."""
    if not peak:
        return ""
    work = (
        6 * shape.parameters + 6 * shape.depth * shape.context * shape.width
    )  # causal: half of 12
    return f"{rate * work / (peak * 1e12):.1%} of peak  "


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=["small", "middle"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--compile", action="store_true", help="compile all three")
    parser.add_argument("--peak", type=float, default=0.0, help="teraflops a second at best")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    for name in options.shapes:
        compare(name, options)


if __name__ == "__main__":
    main()
