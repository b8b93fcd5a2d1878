"""The training loop: batches in, losses out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import Optimizer

from assay.core.errors import BadConfig
from assay.nn.fused import by_hand
from assay.nn.gpt import GPT, Stacked
from assay.nn.muon import Muon

__all__ = ["UNTRAINED", "Recipe", "losses", "train"]

UNTRAINED = -1
"""A target that is not trained on; as an input it reads as token 0."""


CHOICES = {
    "optimizer": ("adamw", "muon"),
    "decay": ("cosine", "constant"),
    "precision": ("float32", "bfloat16"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How is a model trained?

    Parameters
    ----------
    optimizer
        "adamw", or "muon" for the matrices of the layers and AdamW for the rest.
    rate
        Learning rate at its highest, of AdamW.
    warmup
        Steps in which the rate rises to that.
    decay
        "cosine" lets the rate fall to nothing at the last step; "constant" keeps it.
    weight_decay
        By how much weights shrink a step, as a share of the rate; norms never do.
    clip
        Longest gradient that is followed; longer ones are shortened to it. 0 takes any.
    precision
        "float32", or "bfloat16" for the products (weights and sums stay in float32).
    device
        "cpu", "cuda", or "auto" for CUDA where there is one.
    compile
        Is the model compiled first? Pays for itself on CUDA, after a minute.
    seed
        Of what the model draws while it is trained. `GPT` draws nothing; one with dropout does.
    """

    optimizer: Literal["adamw", "muon"] = "adamw"
    rate: float = 3e-3
    warmup: int = 20
    decay: Literal["cosine", "constant"] = "cosine"
    weight_decay: float = 0.1
    clip: float = 1.0
    precision: Literal["float32", "bfloat16"] = "float32"
    device: str = "cpu"
    compile: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                msg = f"recipe: {name} is {getattr(self, name)!r}"
                raise BadConfig(f"{msg}\n  next: one of {', '.join(known)}")
        if not (self.rate > 0 and self.warmup >= 0 and self.weight_decay >= 0 and self.clip >= 0):
            msg = f"recipe: rate {self.rate}, warmup {self.warmup}, weight_decay "
            msg += f"{self.weight_decay}, clip {self.clip}: none may be negative, nor rate 0"
            raise BadConfig(f"{msg}\n  next: rate=0.003, and leave the others out")

    def share(self, step: int, steps: int) -> float:
        """Which share of the rate holds at this step, counted from 0?

        Examples
        --------
        >>> recipe = Recipe(warmup=2)
        >>> [round(recipe.share(step, 6), 2) for step in range(6)]
        [0.5, 1.0, 1.0, 0.75, 0.25, 0.0]
        """
        if step < self.warmup:
            return (step + 1) / self.warmup
        if self.decay == "constant":
            return 1.0
        done = (step - self.warmup) / max(1, steps - 1 - self.warmup)
        return (1 + math.cos(math.pi * done)) / 2


def train(
    model: nn.Module,
    batches: Iterable[Tensor],
    recipe: Recipe,
    *,
    steps: int,
    on_step: Callable[[int, float], None] | None = None,
) -> list[float]:
    """What did the model still get wrong at each step, while it was trained?

    Parameters
    ----------
    model
        From tokens (B, T) to logits (B, T, V); changed in place, and left on the recipe's device.
    batches
        One a step, each (B, T+1) int64: the tokens that are read and, one to the right, those to
        be said. -1 is not trained on.
    recipe
        How.
    steps
        How often.
    on_step
        Called after each step with its number, from 1, and its loss.

    Returns
    -------
    list of float
        Mean loss of each step's batch before that step, nats a token.

    Raises
    ------
    BadConfig
        When the batches end early, or the loss is no number any more.
    """
    where = device_named(recipe.device)
    model.to(where).train()
    optimizers = _optimizers(model, recipe)
    run: Callable[[Tensor], Tensor] = torch.compile(model) if recipe.compile else model
    found: list[float] = []
    with torch.random.fork_rng():
        torch.manual_seed(recipe.seed)
        for batch in _first(batches, steps):
            share = recipe.share(len(found), steps)
            loss = _pull(run, batch.to(where), recipe)
            found.append(_number(loss, len(found) + 1))
            if recipe.clip:
                nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
            _move(optimizers, recipe.rate * share)
            if on_step is not None:
                on_step(len(found), found[-1])
    model.eval()
    return found


@torch.no_grad()
def losses(model: nn.Module, batch: Tensor) -> Tensor:
    """How surprising is each token to the model? (B, T+1) -> (B, T) nats, 0 where target -1."""
    where = next(model.parameters()).device
    inputs, targets = _split(batch.to(where))
    logits = model(inputs)  # (B, T, V)
    return cross_entropy(
        logits.flatten(0, 1), targets.flatten(), ignore_index=UNTRAINED, reduction="none"
    ).view(targets.shape)


def device_named(device: str) -> torch.device:
    """Which device is meant? For "auto", CUDA where there is one."""
    available = torch.cuda.is_available()
    if device == "auto":
        return torch.device("cuda" if available else "cpu")
    if device != "cpu" and not (device == "cuda" and available):
        msg = f"device {device!r} is not available here\n  next: device='cpu', or 'auto'"
        raise BadConfig(msg)
    return torch.device(device)


def _first(batches: Iterable[Tensor], steps: int) -> Iterable[Tensor]:
    flowing = iter(batches)
    for done in range(steps):
        batch = next(flowing, None)
        if batch is None:
            msg = f"the batches ended after {done} of {steps} steps"
            raise BadConfig(f"{msg}\n  next: give more batches, or steps={done}")
        yield batch


def _split(batch: Tensor) -> tuple[Tensor, Tensor]:
    """(B, T+1) -> what is read and what is to be said, (B, T) each."""
    return batch[:, :-1].clamp(min=0), batch[:, 1:]


def _pull(model: Callable[[Tensor], Tensor], batch: Tensor, recipe: Recipe) -> Tensor:
    """Which way do the weights have to go? Gradients of one batch's loss, which is returned."""
    inputs, targets = _split(batch)
    with _numbers(recipe, batch.device):
        total = _surprise(model, inputs, targets)
    # By the sum and the count: the mean of no tokens at all is no number.
    loss = total / (targets != UNTRAINED).sum().clamp(min=1)
    loss.backward()  # type: ignore[no-untyped-call]
    return loss.detach()


def _surprise(model: Callable[[Tensor], Tensor], inputs: Tensor, targets: Tensor) -> Tensor:
    """Nats of all targets together."""
    if isinstance(model, GPT) and by_hand(model.embed.weight):
        return model.surprise(inputs, targets)
    logits = model(inputs).flatten(0, 1)  # (B T, V)
    return cross_entropy(logits, targets.flatten(), ignore_index=UNTRAINED, reduction="sum")


def _move(optimizers: list[Optimizer], rate: float) -> None:
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        optimizer.zero_grad()


def _number(loss: Tensor, step: int) -> float:
    value = loss.item()
    if not math.isfinite(value):
        msg = f"the loss of step {step} is {value}: the weights flew off"
        raise BadConfig(f"{msg}\n  next: a lower rate, or a longer warmup")
    return value


def _numbers(recipe: Recipe, where: torch.device) -> AbstractContextManager[object]:
    if recipe.precision == "float32":
        return nullcontext()
    return torch.autocast(where.type, dtype=torch.bfloat16)


def _optimizers(model: nn.Module, recipe: Recipe) -> list[Optimizer]:
    """AdamW for everything, or Muon for the layers' matrices and AdamW for what is left."""
    layers = [m for m in model.modules() if isinstance(m, Stacked)]
    layers = layers if recipe.optimizer == "muon" else []
    taken = {layer.weight for layer in layers}
    rest = [p for p in model.parameters() if p.requires_grad and p not in taken]
    groups = [
        {"params": [p for p in rest if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in rest if p.ndim <= 1], "weight_decay": 0.0},
    ]
    adamw = torch.optim.AdamW(groups, lr=recipe.rate, betas=(0.9, 0.95), fused=True)
    return [adamw, *([Muon(layers, recipe.rate, recipe.weight_decay)] if layers else [])]
