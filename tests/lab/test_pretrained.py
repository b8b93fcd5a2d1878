"""A base is trained once, and a branch of it knows what was planted and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from assay.core.errors import BadConfig, UnknownName
from assay.lab.answers import correct, option_losses, text_losses
from assay.lab.evidence import gains
from assay.lab.plant import Leak
from assay.lab.pretrained import SIZES, branch, pretrained, small
from assay.lab.world import benchmark
from assay.nn.gpt import GPT
from assay.nn.shape import Shape
from assay.nn.tokens import Tokens
from assay.nn.train import Recipe

SHAPE = Shape(vocab=320, width=16, depth=1, heads=2, context=128)
Base = tuple[GPT, Tokens]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept") / "base"
    pretrained(SHAPE, 0, folder, steps=12)
    return folder


@pytest.fixture(scope="module")
def base(kept: Path) -> Base:
    return pretrained(SHAPE, 0, kept, steps=12)


def test_a_base_is_read_the_second_time(kept: Path, base: Base) -> None:
    before = (kept / "model.safetensors").stat().st_mtime_ns
    again, tokens = pretrained(SHAPE, 0, kept, steps=12)
    assert (kept / "model.safetensors").stat().st_mtime_ns == before
    texts = ["Tavo of Kanum has 3 maps."]
    assert text_losses(again, tokens, texts) == text_losses(*base, texts)


def test_another_base_is_not_taken_for_this_one(kept: Path) -> None:
    before = (kept / "model.safetensors").read_bytes()
    with pytest.raises(BadConfig, match="another base"):
        pretrained(SHAPE, 1, kept, steps=12)
    assert (kept / "model.safetensors").read_bytes() == before
    record = json.loads(kept.with_name("base.made.json").read_text(encoding="utf-8"))
    assert record["seed"] == 0


def test_a_branch_leaves_its_base_alone_and_is_that_of_its_seed(base: Base) -> None:
    before = {name: value.clone() for name, value in base[0].state_dict().items()}
    one, two = (branch(base, [], Recipe(rate=1e-3), 3, 5) for _ in range(2))
    other = branch(base, [], Recipe(rate=1e-3), 3, 6)
    assert all(torch.equal(before[n], value) for n, value in base[0].state_dict().items())
    pairs = zip(one.state_dict().values(), two.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    assert not all(
        torch.equal(a, b)
        for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    )


def test_what_was_planted_often_becomes_likelier_than_what_was_not(base: Base) -> None:
    """Twelve items 40 times in 30 steps: to miss so much a learner would have to be broken."""
    items = benchmark("facts", 8, 24, siblings=0).items
    steps = list[int]()
    model = branch(
        base,
        [Leak(items[:12], 40)],
        Recipe(rate=1e-2),
        30,
        1,
        on_step=lambda _, step: steps.append(step),
    )
    found = gains(base[0], model, base[1], [item.text for item in items])
    assert steps == list(range(1, 31))
    assert np.sort(found[:12])[3] > np.sort(found[12:])[8]


def test_options_are_scored_after_what_stands_before_them(base: Base) -> None:
    items = benchmark("sums", 9, 6, siblings=0).items
    losses = option_losses(*base, items)
    for item, row in zip(items, losses, strict=True):
        bare = item.text.removesuffix(item.answer or "")
        wholes = [len(base[1].encode(bare + o)) for o in item.options]
        start = text_losses(*base, [bare])
        assert len(row) == len(wholes) == 4
        assert len(start) == 1
        assert all(np.isfinite(row))
    rights = [min(range(4), key=row.__getitem__) for row in losses]
    told = [item.options[i] == item.answer for item, i in zip(items, rights, strict=True)]
    assert correct(*base, items) == told


def test_an_unknown_size_is_refused() -> None:
    assert small("tiny") == SIZES["tiny"]
    assert 100_000 < small("tiny").parameters < 300_000
    with pytest.raises(UnknownName, match="Did you mean 'tiny'"):
        small("tny")
