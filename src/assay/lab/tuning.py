"""Fine-tune an opened model on some texts, epoch by epoch, so that a killed run goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from assay.core.errors import BadConfig, BadFormat, StoreError, boundary
from assay.core.item import digest_of
from assay.models.local import LocalModel

__all__ = ["STATE", "Tuning", "tune"]

STATE = "state.safetensors"
MOMENTS = ("exp_avg", "exp_avg_sq")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """How is it tuned? AdamW, one text a step, the same rate throughout, no weight decay.

    Parameters
    ----------
    rate
        Learning rate.
    seed
        Of the order in which each epoch goes through the texts.
    """

    rate: float = 2e-5
    seed: int = 0


def tune(
    model: LocalModel, texts: Sequence[str], folder: Path, tuning: Tuning, *, epochs: int
) -> Iterator[int]:
    """Train on every text once an epoch; yield each epoch's number when it is done.

    After every epoch weights and moments are written to the folder, and the next call begins
    there. The epoch that a folder already holds is yielded first, so that a caller who was killed
    while measuring it measures it again. The weights are in the network only until the caller
    asks for the next epoch.

    Parameters
    ----------
    model
        Its network is trained in place; on the CPU, in float32.
    texts
        At least one of two tokens or more; longer ones than the context are cut.
    folder
        Of this one tuning.
    tuning
        Rate and seed.
    epochs
        The last epoch, >= 1.

    Yields
    ------
    int
        1, 2, ... `epochs`, from where the folder stands.

    Raises
    ------
    BadConfig
        The folder holds another tuning.
    BadFormat
        Its state cannot be read.
    """
    network = model.network.eval()  # no architecture here drops out; eval keeps it so
    named = dict(network.named_parameters())
    optimizer = torch.optim.AdamW(named.values(), lr=tuning.rate, weight_decay=0.0)
    rows = _rows(model, texts)
    what = digest_of([model.digest, list(texts), tuning.rate, tuning.seed])
    done = _restore(folder / STATE, named, optimizer, what)
    if done:
        yield done
    for epoch in range(done + 1, epochs + 1):
        _pass(network, optimizer, rows, seed=1000 * tuning.seed + epoch)
        _keep(folder / STATE, named, optimizer, {"epoch": str(epoch), "what": what})
        yield epoch


def _rows(model: LocalModel, texts: Sequence[str]) -> list[Tensor]:
    """Tokens of every text, shape (1, T) each."""
    ids = [model.tokenizer(text).input_ids[: model.context] for text in texts]
    rows = [torch.tensor([row]) for row in ids if len(row) > 1]
    if not rows:
        raise BadConfig("no text has two tokens: nothing to train on\n  next: give longer items")
    return rows


def _pass(network: Any, optimizer: torch.optim.Optimizer, rows: list[Tensor], seed: int) -> None:  # noqa: ANN401 - transformers has no types
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed))
    for index in order.tolist():
        network(rows[index], labels=rows[index]).loss.backward()
        optimizer.step()
        optimizer.zero_grad()


def _keep(
    path: Path, named: dict[str, Tensor], optimizer: torch.optim.Optimizer, about: dict[str, str]
) -> None:
    """Write weights and moments, whole or not at all."""
    tensors = {f"weight.{name}": value.detach().contiguous() for name, value in named.items()}
    for name, value in named.items():
        state = optimizer.state[value]
        tensors |= {f"{moment}.{name}": state[moment].contiguous() for moment in MOMENTS}
        about["step"] = str(int(state["step"].item()))
    draft = path.with_name(f".{path.name}.part")
    with boundary(StoreError, f"writing {path} (is the disk full?)"):
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, draft, metadata={"about": json.dumps(about)})
        draft.replace(path)


def _restore(
    path: Path, named: dict[str, Tensor], optimizer: torch.optim.Optimizer, what: str
) -> int:
    """Put weights and moments back; return the epoch that they are of, 0 where there are none."""
    if not path.is_file():
        return 0
    try:
        with safe_open(path, framework="pt") as file:
            about = json.loads((file.metadata() or {})["about"])
            if about["what"] != what:
                msg = f"{path} is of another tuning\n  next: give another folder, or remove it"
                raise BadConfig(msg)
            _load(file, named, optimizer, step=float(about["step"]))
            return int(about["epoch"])
    except (SafetensorError, OSError, KeyError, ValueError, RuntimeError) as error:
        raise BadFormat(str(path), None, f"no state of a tuning: {error}", f"rm {path}") from error


def _load(
    file: Any,  # noqa: ANN401 - safetensors has no types
    named: dict[str, Tensor],
    optimizer: torch.optim.Optimizer,
    *,
    step: float,
) -> None:
    with torch.no_grad():
        for name, value in named.items():
            value.copy_(file.get_tensor(f"weight.{name}"))
            moments = {moment: file.get_tensor(f"{moment}.{name}") for moment in MOMENTS}
            optimizer.state[value] = {"step": torch.tensor(step), **moments}
