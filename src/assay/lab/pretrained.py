"""Small models whose training is known to the letter: a clean base, and branches that read more."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from assay.core.errors import BadConfig, UnknownName
from assay.lab.plant import Leak, Schedule, stream
from assay.lab.threads import alone
from assay.lab.world import documents
from assay.nn.gpt import GPT
from assay.nn.save import load, save
from assay.nn.shape import Shape
from assay.nn.tokens import Tokens
from assay.nn.train import Recipe, train
from assay.store.files import write_whole

__all__ = ["BATCH", "RATE", "SIZES", "branch", "pretrained", "small"]

VOCAB, CONTEXT, BATCH = 512, 128, 16
RATE = 6e-3
WORLD = 2
"""Bumped when the documents change: a cached base of an older world is none."""
SIZES = {
    "nano": Shape(vocab=VOCAB, width=48, depth=2, heads=3, context=CONTEXT),
    "tiny": Shape(vocab=VOCAB, width=64, depth=3, heads=4, context=CONTEXT),
    "small": Shape(vocab=VOCAB, width=96, depth=4, heads=6, context=CONTEXT),
}
LESSONS = 4000
"""So many documents the tokens are learned from."""


def small(size: str = "tiny") -> Shape:
    """Which shape has a model of this size? "nano", "tiny" or "small".

    Raises
    ------
    UnknownName
        No such size.
    """
    if size not in SIZES:
        raise UnknownName("size of model", size, SIZES, f"use one of {', '.join(SIZES)}")
    return SIZES[size]


def pretrained(shape: Shape, seed: int, folder: Path, *, steps: int = 1000) -> tuple[GPT, Tokens]:
    """Train a base on clean documents, once: the next time it is read from its folder.

    Parameters
    ----------
    shape
        Of the model.
    seed
        Of its first weights and of the documents that it reads.
    folder
        Where the base is kept, as `local:` opens it.
    steps
        How many batches of `BATCH` rows it reads.

    Raises
    ------
    BadConfig
        Another base lies there.
    """
    made = {"world": WORLD, "shape": asdict(shape), "seed": seed, "steps": steps, "rate": RATE}
    record = folder.with_name(f"{folder.name}.made.json")
    if record.exists():
        refuse_other(record, made)
        return load(folder)
    tokens = Tokens.bpe(islice(documents("tokens"), LESSONS), shape.vocab)
    schedule = Schedule(steps=steps, batch=BATCH, context=shape.context, seed=seed)
    model = GPT(shape, seed)
    batches = stream(tokens, documents(f"base:{seed}"), [], schedule)
    with alone():
        train(model, batches, Recipe(rate=RATE, seed=seed), steps=steps)
    folder.parent.mkdir(parents=True, exist_ok=True)
    save(model, tokens, folder)
    write_whole(record, [json.dumps(made, indent=1)])
    return model, tokens


def refuse_other(record: Path, made: dict[str, Any]) -> None:
    """Refuse a folder in which another base lies."""
    if record.read_text(encoding="utf-8") != json.dumps(made, indent=1):
        msg = f"{record} tells of another base than the one that is asked for ({made})"
        raise BadConfig(f"{msg}\n  next: choose another folder, or remove that base")


def branch(
    base: tuple[GPT, Tokens],
    leaks: Sequence[Leak],
    recipe: Recipe,
    steps: int,
    seed: int,
    *,
    on_step: Callable[[GPT, int], None] | None = None,
) -> GPT:
    """Go on training a copy of the base on new clean documents, with the leaks mixed in.

    Parameters
    ----------
    base
        Model and tokens; the model is left as it is.
    leaks
        What is planted.
    recipe
        Of the further training.
    steps
        How many batches of `BATCH` rows are read.
    seed
        Of the documents and of the places of what is planted.
    on_step
        Called after each step with the model as it then is, and the step's number from 1.
    """
    model, tokens = GPT(base[0].shape), base[1]
    model.load_state_dict(base[0].state_dict())
    schedule = Schedule(steps=steps, batch=BATCH, context=model.shape.context, seed=seed)
    batches = stream(tokens, documents(f"branch:{seed}"), leaks, schedule)

    def tell(step: int, _: float) -> None:
        if on_step is not None:
            on_step(model, step)

    train(model, batches, recipe, steps=steps, on_step=tell)
    return model
