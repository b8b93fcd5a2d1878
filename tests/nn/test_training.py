"""The loop learns what can be learned, the same each time, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from assay.core.errors import BadConfig
from assay.nn.gpt import GPT
from assay.nn.muon import even
from assay.nn.shape import Shape
from assay.nn.train import UNTRAINED, Recipe, losses, train

SHAPE = Shape(vocab=16, width=32, depth=2, heads=2, context=32)


def rows(seed: int = 0, *, count: int = 8) -> Tensor:
    chance = torch.Generator().manual_seed(seed)
    return torch.randint(16, (count, 33), generator=chance)


def again(batch: Tensor) -> Iterator[Tensor]:
    while True:
        yield batch


def test_a_few_rows_are_learned_by_heart() -> None:
    model, batch = GPT(SHAPE), rows()
    found = train(model, again(batch), Recipe(rate=1e-2), steps=150)
    assert len(found) == 150
    assert found[0] == pytest.approx(2.77, abs=0.1)  # ln 16: nothing is known yet
    assert float(losses(model, batch).mean()) < 0.1


def test_the_same_seed_gives_the_same_losses_bit_for_bit() -> None:
    runs = [train(GPT(SHAPE, seed=4), again(rows()), Recipe(), steps=10) for _ in range(2)]
    assert runs[0] == runs[1]


def test_losses_are_nats_and_nothing_where_nothing_is_asked() -> None:
    model, batch = GPT(SHAPE).eval(), rows()
    batch[0, 5:] = UNTRAINED
    found = losses(model, batch)
    assert found.shape == (8, 32)
    assert not found.requires_grad
    assert found[0, 4:].eq(0).all()
    assert found[1].gt(0).all()


def test_what_is_not_trained_on_changes_nothing() -> None:
    model = GPT(SHAPE)
    before = [p.clone() for p in model.parameters()]
    found = train(model, again(torch.full((2, 9), UNTRAINED)), Recipe(weight_decay=0.0), steps=3)
    assert found == [0.0, 0.0, 0.0]
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


def test_batches_that_end_early_are_named() -> None:
    with pytest.raises(BadConfig, match="ended after 2 of 3 steps"):
        train(GPT(SHAPE), [rows(), rows()], Recipe(), steps=3)


def test_each_step_is_told() -> None:
    told: list[tuple[int, float]] = []
    found = train(GPT(SHAPE), again(rows()), Recipe(), steps=3, on_step=lambda *x: told.append(x))
    assert told == list(zip((1, 2, 3), found, strict=True))


def test_muon_evens_what_pulls() -> None:
    chance = torch.Generator().manual_seed(2)
    for rows, columns in ((8, 8), (8, 24), (24, 8)):
        pull = torch.randn((3, rows, columns), generator=chance)
        pull[0] *= 1e-3  # its length does not matter
        u, _, v = torch.linalg.svd(pull, full_matrices=False)
        found = even(pull)
        # Five rounds bring a singular value above 1 % of the matrix's length near 1, not to 1.
        strengths = torch.einsum("nri,nrc,nic->ni", u, found, v)
        assert float(strengths.min()) > 0.3
        assert float(strengths.max()) < 1.3


def test_muon_learns_by_heart_too_and_leaves_nothing_still() -> None:
    model, batch = GPT(SHAPE), rows()
    before = {name: p.clone() for name, p in model.named_parameters()}
    train(model, again(batch), Recipe(optimizer="muon", rate=1e-2), steps=100)
    assert float(losses(model, batch).mean()) < 0.1
    assert not [name for name, p in model.named_parameters() if torch.equal(p, before[name])]


def test_bfloat16_learns_by_heart_nearly_as_well() -> None:
    model, batch = GPT(SHAPE), rows()
    train(model, again(batch), Recipe(rate=1e-2, precision="bfloat16"), steps=100)
    assert all(p.dtype == torch.float32 for p in model.parameters())
    assert float(losses(model, batch).mean()) < 0.3


def test_weights_that_fly_off_are_named() -> None:
    model = GPT(SHAPE)
    torch.nn.init.constant_(model.norm.weight, float("nan"))
    with pytest.raises(BadConfig, match="the loss of step 1 is nan"):
        train(model, again(rows()), Recipe(), steps=3)


@pytest.mark.parametrize(
    ("change", "said"),
    [({"precision": "fp16"}, "one of float32, bfloat16"), ({"rate": 0.0}, "nor rate 0")],
)
def test_impossible_recipes_are_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(BadConfig, match=said):
        Recipe(**change)


def test_a_device_that_is_not_there_is_named() -> None:
    with pytest.raises(BadConfig, match="'tpu' is not available here"):
        train(GPT(SHAPE), again(rows()), Recipe(device="tpu"), steps=1)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the compiler's own calls
def test_a_compiled_model_learns_the_same() -> None:
    found = [train(GPT(SHAPE), again(rows()), Recipe(compile=c), steps=5) for c in (False, True)]
    assert found[0] == pytest.approx(found[1], abs=1e-4)
