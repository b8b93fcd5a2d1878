"""Models on disk: a Hugging Face folder of the Llama architecture, and back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor

from assay.core.errors import BadConfig, BadFormat, ModelError, boundary
from assay.nn.gpt import BASE, EPSILON, GPT
from assay.nn.shape import Shape
from assay.nn.tokens import END, Tokens

__all__ = ["load", "save"]

AGAIN = "make the checkpoint again; this folder is not used"
STACKS = {
    "attention.read": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "attention.write": ("self_attn.o_proj",),
    "feed_forward.read": ("mlp.gate_proj", "mlp.up_proj"),
    "feed_forward.write": ("mlp.down_proj",),
    "before_attention": ("input_layernorm",),
    "before_feed_forward": ("post_attention_layernorm",),
}
"""Our name in a layer, and Llama's names for its parts, from top to bottom."""


def save(model: GPT, tokens: Tokens, folder: Path) -> Path:
    """Write a folder that `local:` opens: all of it, or nothing.

    Raises
    ------
    BadConfig
        When something is there already; it is left as it is.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        msg = f"{folder} is not empty, and a checkpoint overwrites nothing"
        raise BadConfig(f"{msg}\n  next: choose another folder, or remove this one")
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        _write(model, tokens, partial)
        partial.chmod(0o755)  # a temporary folder is its owner's alone
        partial.rename(folder)  # takes the place of an empty folder, of no other
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return folder


def load(folder: Path) -> tuple[GPT, Tokens]:
    """Read what `save` wrote.

    Raises
    ------
    BadFormat
        When the folder holds no whole checkpoint.
    """
    shape = _shape(folder / "config.json")
    weights = folder / "model.safetensors"
    try:
        found = load_file(weights)
    except (OSError, SafetensorError) as error:
        raise BadFormat(str(weights), None, f"no weights can be read: {error}", AGAIN) from error
    held = sum(tensor.numel() for tensor in found.values())
    if held != shape.parameters:  # before a network of any claimed size is built
        what = f"{held} numbers, where the configuration asks for {shape.parameters}"
        raise BadFormat(str(weights), None, what, AGAIN)
    model = GPT(shape)
    _compare(weights, {name: _flat(view) for name, view in _named(model)}, found)
    with torch.no_grad():
        for name, tensor in _named(model):
            tensor.copy_(found[name].view(tensor.shape))
    return model.eval(), _tokens(folder / "tokenizer.json", shape)


def _named(model: GPT) -> Iterator[tuple[str, Tensor]]:
    """Every weight as a view in Llama's order, under Llama's name for it.

    Positions turn pairs of a head's D numbers: ours are neighbours, Llama's lie D/2 apart.
    """
    heads = model.shape.heads
    yield "model.embed_tokens.weight", model.embed.weight.data
    for i, block in enumerate(model.blocks):
        for ours, theirs in STACKS.items():
            stack = block.get_submodule(ours).get_parameter("weight").data
            for name, part in zip(theirs, stack.chunk(len(theirs)), strict=True):
                turns = name.endswith(("q_proj", "k_proj"))
                view = part.view(heads, -1, 2, part.shape[-1]).transpose(1, 2) if turns else part
                yield f"model.layers.{i}.{name}.weight", view
    yield "model.norm.weight", model.norm.weight.data
    if not model.shape.tied:
        yield "lm_head.weight", model.head.weight.data


def _flat(view: Tensor) -> Tensor:
    return view.reshape(-1, view.shape[-1]) if view.ndim > 2 else view  # (H, 2, D/2, W)


def _write(model: GPT, tokens: Tokens, folder: Path) -> None:
    weights = {name: _flat(part).float().cpu().clone().contiguous() for name, part in _named(model)}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    tokens.save(folder)
    _json(folder / "config.json", _config(model.shape, tokens))
    _json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "eos_token": END,
            "model_max_length": model.shape.context,
            "clean_up_tokenization_spaces": False,
        },
    )


def _json(file: Path, record: dict[str, Any]) -> None:
    file.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def _config(shape: Shape, tokens: Tokens) -> dict[str, Any]:
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "dtype": "float32",
        "vocab_size": shape.vocab,
        "hidden_size": shape.width,
        "intermediate_size": shape.hidden,
        "num_hidden_layers": shape.depth,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.heads,
        "head_dim": shape.width // shape.heads,
        "max_position_embeddings": shape.context,
        "tie_word_embeddings": shape.tied,
        "hidden_act": "silu",
        "rms_norm_eps": EPSILON,
        "rope_parameters": {"rope_type": "default", "rope_theta": BASE},
        "attention_bias": False,
        "mlp_bias": False,
        "bos_token_id": None,
        "eos_token_id": tokens.end,
        "pad_token_id": None,
    }


def _shape(file: Path) -> Shape:
    """Which shape does the configuration describe? One that we would write, or none."""
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadFormat(str(file), None, f"no configuration: {error}", AGAIN) from error
    fields = {
        "vocab": "vocab_size",
        "width": "hidden_size",
        "depth": "num_hidden_layers",
        "heads": "num_attention_heads",
        "context": "max_position_embeddings",
        "hidden": "intermediate_size",
    }
    if not isinstance(config, dict) or config.get("model_type") != "llama":
        raise BadFormat(str(file), None, "model_type is not 'llama'", AGAIN)
    for theirs in fields.values():
        if type(config.get(theirs)) is not int:
            what = f"{theirs} is {config.get(theirs)!r}, not a whole number"
            raise BadFormat(str(file), None, what, AGAIN)
    numbers: dict[str, int] = {ours: config[theirs] for ours, theirs in fields.items()}
    return Shape(**numbers, tied=bool(config.get("tie_word_embeddings")))


def _compare(file: Path, wanted: dict[str, Tensor], found: dict[str, Tensor]) -> None:
    for name in sorted(wanted.keys() | found.keys()):
        want, got = (tuple(x[name].shape) if name in x else "missing" for x in (wanted, found))
        if want != got:
            what = f"{name} is {got}, where the configuration asks for {want}"
            raise BadFormat(str(file), None, what, AGAIN)
        if not found[name].isfinite().all():
            raise BadFormat(str(file), None, f"{name} holds what is no number", AGAIN)


def _tokens(file: Path, shape: Shape) -> Tokens:
    try:
        text = file.read_text(encoding="utf-8")
        json.loads(text)
    except (OSError, ValueError) as error:
        raise BadFormat(str(file), None, f"no tokeniser: {error}", AGAIN) from error
    with boundary(ModelError, f"reading {file}"):  # the library raises a bare Exception
        backend = Tokenizer.from_str(text)
    backend.encode_special_tokens = True
    tokens = Tokens(backend)
    if tokens.vocab > shape.vocab or backend.token_to_id(END) != tokens.end:
        what = f"{tokens.vocab} tokens, end {backend.token_to_id(END)}: not this model's"
        raise BadFormat(str(file), None, what, AGAIN)
    return tokens
