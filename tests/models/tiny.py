"""Tiny networks with random weights and a tokeniser made on the spot: no download, no file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

LETTERS = sorted(pre_tokenizers.ByteLevel.alphabet())
COMMON: dict[str, Any] = {"vocab_size": len(LETTERS) + 2, "bos_token_id": 0, "eos_token_id": 1}
SHAPE: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    **COMMON,
}


def tokenizer(*, starts: bool) -> Any:
    """One token per byte; with a start token before each text, if asked."""
    vocabulary = {token: i for i, token in enumerate(["<s>", "</s>", *LETTERS])}
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    if starts:
        made.post_processor = processors.TemplateProcessing(
            single="<s> $A", pair=None, special_tokens=[("<s>", 0)]
        )
    marks: dict[str, Any] = {"bos_token": "<s>", "eos_token": "</s>"}
    wrap: Any = PreTrainedTokenizerFast
    return wrap(tokenizer_object=made, **marks)


GEMMA: dict[str, Any] = {
    "sliding_window": 40,
    "head_dim": 8,
    "final_logit_softcapping": 5.0,
    "layer_types": ["sliding_attention", "full_attention"],
}
GPT2: dict[str, Any] = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 256}
MAKERS: dict[str, Callable[[], Any]] = {
    "gemma3": lambda: Gemma3ForCausalLM(Gemma3TextConfig(**SHAPE, **GEMMA)),
    "gpt2": lambda: GPT2LMHeadModel(GPT2Config(**GPT2, **COMMON)),
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**SHAPE)),
}


def network(kind: str) -> Any:
    """A random network whose predictions differ from place to place."""
    torch.manual_seed(5)
    made = MAKERS[kind]()
    with torch.no_grad():
        for weights in made.parameters():
            weights.mul_(4.0 if weights.ndim > 1 else 1.0)
    return made


def build(folder: Path, kind: str = "llama", *, starts: bool = False) -> Path:
    """Write a whole model folder."""
    network(kind).save_pretrained(folder)
    tokenizer(starts=starts).save_pretrained(folder)
    return folder
