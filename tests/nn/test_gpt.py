"""The network says what transformers' Llama says with the same weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import LlamaForCausalLM

from assay import open_model
from assay.core.errors import BadConfig
from assay.core.subject import Request
from assay.nn.gpt import GPT
from assay.nn.save import save
from assay.nn.shape import Shape
from assay.nn.tokens import Tokens
from assay.nn.train import losses

TEXT = "A network that is saved says the same when it is opened elsewhere."


def shape(*, tied: bool = True) -> Shape:
    return Shape(vocab=257, width=48, depth=3, heads=4, context=96, tied=tied)


@pytest.mark.parametrize("tied", [True, False])
def test_the_logits_are_those_of_llama(tmp_path: Path, *, tied: bool) -> None:
    model = GPT(shape(tied=tied), seed=3).eval()
    folder = save(model, Tokens.bytes(), tmp_path / "model")
    theirs = LlamaForCausalLM.from_pretrained(folder, local_files_only=True)
    tokens = torch.randint(257, (5, 96), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        ours, wanted = model(tokens), theirs(tokens).logits
    assert float((ours - wanted).abs().max()) < 1e-4
    trained = model(tokens).detach()  # by other formulas
    assert float((trained - wanted).abs().max()) < 1e-4


def test_assay_opens_what_was_saved(tmp_path: Path) -> None:
    model, tokens = GPT(shape(), seed=3).eval(), Tokens.bytes()
    folder = save(model, tokens, tmp_path / "model")
    opened = open_model(f"local:{folder}")
    [(_, reply)] = opened.answer([Request(kind="score", text=TEXT)])
    own = -losses(model, torch.tensor([tokens.encode(TEXT)]))[0]
    assert reply.logprobs == pytest.approx(own.tolist(), abs=1e-4)


@pytest.mark.parametrize("tied", [True, False])
def test_parameters_are_counted(*, tied: bool) -> None:
    found = sum(p.numel() for p in GPT(shape(tied=tied)).parameters())
    assert found == shape(tied=tied).parameters


def test_no_token_sees_what_comes_after_it() -> None:
    model = GPT(shape(), seed=1)
    tokens = torch.randint(257, (1, 20), generator=torch.Generator().manual_seed(1))
    other = tokens.clone()
    other[0, 12:] = 0
    with torch.no_grad():
        torch.testing.assert_close(model(tokens)[:, :12], model(other)[:, :12])


def test_a_text_longer_than_the_context_is_refused() -> None:
    with pytest.raises(BadConfig, match="97 tokens is longer than the context of 96"):
        GPT(shape())(torch.zeros((1, 97), dtype=torch.long))


def test_seeds_draw_the_first_weights() -> None:
    first, again, other = (GPT(shape(), seed=s).embed.weight for s in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize(
    ("heads", "depth", "context", "said"),
    [(5, 3, 96, "multiple of 10"), (4, 0, 96, "depth is 0"), (4, 3, 1 << 21, "at most 1048576")],
)
def test_impossible_shapes_are_refused(heads: int, depth: int, context: int, said: str) -> None:
    with pytest.raises(BadConfig, match=said):
        Shape(vocab=257, width=48, depth=depth, heads=heads, context=context)
