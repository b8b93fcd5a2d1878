"""A checkpoint is whole or refused, and overwrites nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from assay.core.errors import BadConfig, BadFormat
from assay.nn.gpt import GPT
from assay.nn.save import load, save
from assay.nn.shape import Shape
from assay.nn.tokens import Tokens

SHAPE = Shape(vocab=257, width=16, depth=1, heads=2, context=32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save(GPT(SHAPE, seed=5), Tokens.bytes(), tmp_path / "model")


def test_what_was_saved_is_loaded(folder: Path) -> None:
    model, tokens = load(folder)
    assert model.shape == SHAPE
    assert tokens.encode("abc") == Tokens.bytes().encode("abc")
    for ours, theirs in zip(GPT(SHAPE, seed=5).parameters(), model.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_nothing_is_overwritten(folder: Path) -> None:
    before = {f.name: f.read_bytes() for f in folder.iterdir()}
    with pytest.raises(BadConfig, match="is not empty"):
        save(GPT(SHAPE, seed=6), Tokens.bytes(), folder)
    assert {f.name: f.read_bytes() for f in folder.iterdir()} == before
    assert [f.name for f in folder.parent.iterdir()] == ["model"]


def cut(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2])


def configured(folder: Path, **change: object) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))


def weighted(folder: Path, value: float) -> None:
    model = GPT(SHAPE)
    torch.nn.init.constant_(model.norm.weight, value)
    (folder / "model.safetensors").unlink()
    save(model, Tokens.bytes(), folder / "other")
    (folder / "other" / "model.safetensors").rename(folder / "model.safetensors")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda f: cut(f, "model.safetensors"), "no weights can be read"),
        (lambda f: (f / "model.safetensors").unlink(), "no weights can be read"),
        (lambda f: cut(f, "config.json"), "no configuration"),
        (lambda f: (f / "config.json").write_text("[]"), "model_type"),
        (lambda f: cut(f, "tokenizer.json"), "no tokeniser"),
        (lambda f: (f / "tokenizer.json").unlink(), "no tokeniser"),
        (lambda f: configured(f, hidden_size=32), "asks for"),
        (lambda f: configured(f, hidden_size="16"), "hidden_size is '16'"),
        (lambda f: configured(f, num_hidden_layers=2), "asks for"),
        (lambda f: configured(f, num_attention_heads=3), "multiple of 6"),
        (lambda f: configured(f, model_type="gpt2"), "model_type"),
        (lambda f: configured(f, hidden_size=10**9), "asks for"),
        (lambda f: configured(f, max_position_embeddings=10**9), "at most 1048576"),
        (lambda f: configured(f, intermediate_size=47, vocab_size=260), "embed_tokens"),
        (lambda f: weighted(f, float("nan")), "holds what is no number"),
    ],
)
def test_a_harmed_checkpoint_is_refused(
    folder: Path, harm: Callable[[Path], object], said: str
) -> None:
    harm(folder)
    with pytest.raises((BadFormat, BadConfig), match=said):
        load(folder)
