"""From a path to a network and its tokeniser: safetensors directories and GGUF files, offline."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr
from dataclasses import dataclass
from io import StringIO
from logging import ERROR
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from assay.core.errors import ModelError, UsageError, boundary

__all__ = ["Loaded", "digest_files", "load", "model_files", "quiet"]

OFFLINE: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
DESCRIBES = ("config.json", "tokenizer*", "vocab.*", "merges.txt", "special_tokens_map.json")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A network in evaluation mode and its tokeniser."""

    network: Any
    tokenizer: Any


def model_files(path: Path) -> tuple[Path, ...]:
    """Which files determine the answers of the model at this path?

    Raises
    ------
    UsageError
        When there is no model at the path, or only one in a format that can run code.
    """
    if not path.exists():
        msg = f"no model at {path}: no such file or folder\n  next: ls {path.parent}"
        raise UsageError(msg)
    if path.is_file() and path.suffix == ".gguf":
        return (path,)
    weights = sorted(path.glob("*.safetensors")) if path.is_dir() else []
    if not weights or not (path / "config.json").is_file():
        msg = (
            f"no model at {path}: needs a folder with config.json and *.safetensors, or a .gguf "
            "file (weights in pickle, .bin or .pt, can run code and are refused)\n"
            f"  next: ls {path if path.is_dir() else path.parent}"
        )
        raise UsageError(msg)
    described = {file for pattern in DESCRIBES for file in path.glob(pattern)}
    return (*weights, *sorted(described))


def digest_files(files: tuple[Path, ...], precision: str) -> str:
    """SHA-256 over names and contents of the files and the precision, independent of where."""
    total = hashlib.sha256(precision.encode())
    for file in files:
        with file.open("rb") as stream:
            inner = hashlib.file_digest(stream, "sha256")
        total.update(f"\n{file.name} {inner.hexdigest()}".encode())
    return total.hexdigest()


def load(path: Path, dtype: torch.dtype, device: torch.device) -> Loaded:
    """Load network and tokeniser; nothing is downloaded, no foreign code is run."""
    with boundary(ModelError, f"loading {path}"), quiet():
        if path.suffix == ".gguf":
            loaded = _from_gguf(path, dtype)
        else:
            tokenizer = AutoTokenizer.from_pretrained(path, **OFFLINE)
            network = AutoModelForCausalLM.from_pretrained(
                path, dtype=dtype, use_safetensors=True, **OFFLINE
            )
            loaded = Loaded(network, tokenizer)
        loaded.network.to(device).eval()
        return loaded


def _from_gguf(path: Path, dtype: torch.dtype) -> Loaded:
    where: dict[str, Any] = {"gguf_file": path.name, **OFFLINE}
    config = AutoConfig.from_pretrained(path.parent, **where)
    tokenizer = AutoTokenizer.from_pretrained(path.parent, config=config, **where)
    marked = AutoModelForCausalLM.from_pretrained(path.parent, config=config, dtype=dtype, **where)
    # transformers marks what it read from GGUF as quantised, and then refuses to save it or to
    # change its precision, though the weights are whole: they are moved into an unmarked one.
    plain = marked.config
    plain.__dict__.pop("quantization_config", None)
    with torch.device("meta"):
        network = type(marked)(plain)
    network.load_state_dict(marked.state_dict(), assign=True)
    network.tie_weights()
    return Loaded(_with_buffers(network, marked), tokenizer)


def _with_buffers(network: Any, source: Any) -> Any:  # noqa: ANN401 - transformers has no types
    """Take over what `state_dict` leaves out (rotary frequencies)."""
    for name, buffer in source.named_buffers():
        owner, _, leaf = name.rpartition(".")
        network.get_submodule(owner).register_buffer(leaf, buffer, persistent=False)
    return network


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the loaders' progress bars and notes off our output; put everything back after."""
    level = logging.get_verbosity()
    bars = logging.is_progress_bar_enabled()
    with ExitStack() as undo:
        undo.callback(logging.set_verbosity, level)
        if bars:
            undo.callback(logging.enable_progress_bar)
        logging.set_verbosity(ERROR)
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        undo.enter_context(redirect_stderr(StringIO()))  # one bar takes no setting
        yield
