"""What can this network do? Found by asking it, before it is trusted with anything."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from assay.core.errors import ModelError, boundary
from assay.core.subject import Ability
from assay.models.local.attention import PACKED, register
from assay.models.local.scorer import Scorer
from assay.models.packing import LEAST_SHARED, Tokens

__all__ = ["Trial", "try_out"]

LOOSEST = 0.5
"""Nats by which half precision may differ between two orders of the same sums."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What was found: abilities, and whether texts may be laid end to end."""

    abilities: Ability
    packs: bool


def try_out(scorer: Scorer) -> Trial:
    """Does our reading of the network agree with the network's own logits?

    Two texts with a shared beginning are scored by the network as it stands, text by text with
    our reading of its last layer, and laid end to end. Architectures differ in what they do
    behind the last layer and inside attention; where we do not reproduce one, we do not claim to.
    """
    vocabulary = len(scorer.head.weight)
    stem = tuple(i % vocabulary for i in range(LEAST_SHARED))
    texts = [(*stem, *(i % vocabulary for i in more)) for more in ((20, 21, 22), (30, 31))]
    wanted = torch.cat([_own(scorer, text) for text in texts])
    loose = min(LOOSEST, 1e4 * torch.finfo(scorer.head.weight.dtype).eps)
    alone = [scorer.alone(text, moments=False).logprobs for text in texts]
    if not _close(wanted, alone, loose):
        return Trial(Ability.GENERATE, packs=False)
    abilities = Ability.GENERATE | Ability.LOGPROBS | Ability.VOCAB_MOMENTS
    return Trial(abilities, packs=_packs(scorer, texts, wanted, loose))


def _packs(scorer: Scorer, texts: list[Tokens], wanted: Tensor, loose: float) -> bool:
    before = scorer.network.config._attn_implementation  # noqa: SLF001 - it has no public name
    try:
        with boundary(ModelError, "laying two texts end to end"):
            register()
            scorer.network.set_attn_implementation(PACKED)
            packed = [found.logprobs for found in scorer.packed(texts, moments=False)]
    except ModelError:
        packed = []
    if packed and _close(wanted, packed, loose):
        return True
    scorer.network.set_attn_implementation(before)
    return False


def _own(scorer: Scorer, text: Tokens) -> Tensor:
    ids = torch.tensor([text], device=scorer.device)
    with torch.inference_mode():
        logp: Tensor = scorer.network(input_ids=ids).logits[0, :-1].float().log_softmax(-1)
    return logp.gather(1, ids[0, 1:, None])[:, 0].cpu()


def _close(wanted: Tensor, found: list[tuple[float, ...]], loose: float) -> bool:
    got = torch.tensor([x for one in found for x in one])
    return len(got) == len(wanted) and bool((got - wanted).abs().max() <= loose)
