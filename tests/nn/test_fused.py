"""The derivatives that are written by hand are those of the formulas they stand for."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from assay.nn.fused import BLOCK, LONGEST, Attend, Gate, Surprise, by_hand
from assay.nn.gpt import GPT, as_complex, turns
from assay.nn.shape import Shape


def drawn(*size: int, seed: int = 0) -> Tensor:
    chance = torch.Generator().manual_seed(seed)
    return torch.randn(size, generator=chance, dtype=torch.float64).requires_grad_()


def model(context: int, *, vocab: int = 11, tied: bool = True) -> GPT:
    """In float64, where two ways to the same number differ by 1e-12; gains that are not 1."""
    shape = Shape(vocab=vocab, width=16, depth=2, heads=2, context=context, tied=tied)
    made = GPT(shape, seed=1).double()
    chance = torch.Generator().manual_seed(2)
    for weight in made.parameters():
        if weight.ndim == 1:
            torch.nn.init.normal_(weight, 1.0, 0.2, generator=chance)
    return made


def batch(rows: int, length: int, vocab: int) -> tuple[Tensor, Tensor]:
    chance = torch.Generator().manual_seed(3)
    tokens = torch.randint(vocab, (rows, length), generator=chance)
    targets = torch.randint(-1, vocab, (rows, length), generator=chance)
    targets[0, : length // 2] = -1
    return tokens, targets


def plainly(network: GPT, tokens: Tensor, targets: Tensor) -> Tensor:
    """Each formula as `gpt` writes it, differentiated by torch."""
    x = network.embed(tokens)
    for block in network.blocks:
        x = block(x, network.turns[: tokens.shape[1], None, None])
    logits = network.head(network.norm(x)).flatten(0, 1)
    return cross_entropy(logits, targets.flatten(), ignore_index=-1, reduction="sum")


def pulls(network: GPT, loss: Tensor) -> list[Tensor]:
    return list(torch.autograd.grad(loss, list(network.parameters())))


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("length", [1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 7])
def test_loss_and_gradients_are_those_of_the_plain_formulas(length: int, *, tied: bool) -> None:
    network = model(2 * BLOCK + 7, tied=tied)
    tokens, targets = batch(3, length, 11)
    own, wanted = network.surprise(tokens, targets), plainly(network, tokens, targets)
    torch.testing.assert_close(own, wanted)
    torch.testing.assert_close(pulls(network, own), pulls(network, wanted))


def test_a_vocabulary_whose_logits_are_cut_gives_the_same() -> None:
    network = model(40, vocab=6000)  # 87 rows at a time, of 160
    tokens, targets = batch(4, 40, 6000)
    own, wanted = network.surprise(tokens, targets), plainly(network, tokens, targets)
    torch.testing.assert_close(own, wanted)
    torch.testing.assert_close(pulls(network, own), pulls(network, wanted))


def test_a_text_too_long_to_keep_its_tables_gives_the_same() -> None:
    network = model(LONGEST + 1)
    tokens, targets = batch(1, LONGEST + 1, 11)
    own, wanted = network.surprise(tokens, targets), plainly(network, tokens, targets)
    torch.testing.assert_close(pulls(network, own), pulls(network, wanted))


def test_attention_half_by_finite_differences() -> None:
    T, W = BLOCK + 2, 4
    turn = as_complex(turns(T, 2).double())  # two heads of two numbers
    parts = drawn(1, T, W), drawn(W, seed=1), drawn(3 * W, W, seed=2), drawn(W, W, seed=3)
    # Fast: along drawn directions, not along each of 400 numbers.
    assert torch.autograd.gradcheck(Attend.apply, (*parts, turn), fast_mode=True)


def test_gated_half_by_finite_differences() -> None:
    parts = drawn(2, 3, 4), drawn(4, seed=1), drawn(10, 4, seed=2), drawn(4, 5, seed=3)
    assert torch.autograd.gradcheck(Gate.apply, parts)


def test_surprise_by_finite_differences() -> None:
    targets = torch.tensor([0, 6, -1, 3, 3])
    assert torch.autograd.gradcheck(
        lambda *parts: Surprise.apply(*parts, targets) * 0.5,  # type: ignore[no-untyped-call]
        (drawn(5, 4), drawn(4, seed=1), drawn(7, 4, seed=2)),
    )


def test_certain_and_impossible_targets_stay_numbers() -> None:
    x, gain = torch.ones(1, 2), torch.ones(2)
    head = torch.tensor([[500.0, 500.0], [-500.0, -500.0]], requires_grad=True)
    for target, nats in ((0, 0.0), (1, 2000.0)):
        found = Surprise.apply(x, gain, head, torch.tensor([target]))  # type: ignore[no-untyped-call]
        assert found.item() == pytest.approx(nats, rel=1e-4)


def test_only_training_in_float32_on_a_processor_is_written_by_hand() -> None:
    x = torch.ones(1)
    assert by_hand(x)
    with torch.no_grad():
        assert not by_hand(x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert not by_hand(x)
