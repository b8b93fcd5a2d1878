"""Secrets in sentences: planted so often in training, and ranked among all they could have been."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random

import torch

from assay.core.draws import drawn_secret
from assay.core.errors import BadConfig
from assay.core.item import Canary
from assay.lab.wording import name
from assay.nn.gpt import GPT
from assay.nn.tokens import Tokens

__all__ = ["ALPHABET", "LENGTH", "SPACE", "Sighting", "canaries", "published", "sightings"]

ALPHABET = "bcdfghklmnprstwx"
"""Sixteen letters, each of which is one token behind a blank: 4 bits apiece."""
LENGTH = 3
SPACE: int = len(ALPHABET) ** LENGTH
"""All secrets there are, 4096: each is scored, so that ranks and p-values are exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What does a model make of a canary's secret?

    Parameters
    ----------
    rank
        Place of the secret among all `SPACE`, likeliest first; a tie counts against it.
    extracted
        Greedy continuation of the context writes it.
    """

    rank: int
    extracted: bool

    @property
    def exposure(self) -> float:
        """log2 of the space over the rank: 12 bits for the first, 0 for the last.

        A secret that was never seen has 1.44 bits on average, for its rank is uniform.
        """
        return math.log2(SPACE / self.rank)

    @property
    def p_value(self) -> float:
        """Exact where chance drew the secret: it is in no worse a place so often."""
        return self.rank / SPACE


def canaries(seed: int | str, count: int) -> list[Canary]:
    """Draw so many canaries, each with a sentence of its own.

    Parameters
    ----------
    seed
        Of the recorded draw.
    count
        How many.

    Examples
    --------
    >>> first, second = canaries(1, 2)
    >>> len(first.secret), first.context != second.context, first.space
    (3, True, 4096)
    """
    chance = Random(f"canary:{seed}")  # noqa: S311 - repeatable, not secret
    names = dict.fromkeys(f"{name(chance)} {name(chance, 2)}" for _ in range(2 * count + 20))
    blanks = [
        Canary(
            id=f"canary-{seed}-{place}",
            context=f"The key of {who} is",
            secret=ALPHABET[:LENGTH],
            alphabet=ALPHABET,
        )
        for place, who in enumerate(list(names)[:count])
    ]
    return [blank.model_copy(update={"secret": drawn_secret(blank, seed)}) for blank in blanks]


def published(canary: Canary) -> str:
    """Return the sentence as it stands in the training text.

    Examples
    --------
    >>> one = canaries(1, 1)[0]
    >>> published(one) == f"{one.context} {' '.join(one.secret)}."
    True
    """
    return f"{canary.context} {' '.join(canary.secret)}."


def sightings(model: GPT, tokens: Tokens, planted: Sequence[Canary]) -> Iterator[Sighting]:
    """Rank every canary's secret among all secrets that could have been drawn.

    Raises
    ------
    BadConfig
        When the tokens cut a letter in two: then not every secret is as long as every other.
    """
    letters = {letter: tokens.encode(f" {letter}") for letter in ALPHABET}
    wrong = [letter for letter, ids in letters.items() if len(ids) != 1]
    if wrong:
        msg = f"the tokens cut {wrong} in two\n  next: learn them from the lab's own documents"
        raise BadConfig(msg)
    ids = torch.tensor([letters[letter][0] for letter in ALPHABET])
    for canary in planted:
        secret = [ALPHABET.index(letter) for letter in canary.secret]
        yield _sighting(model, tokens.encode(canary.context), ids, secret)


@torch.no_grad()
def _sighting(model: GPT, context: list[int], ids: torch.Tensor, secret: list[int]) -> Sighting:
    """Score all secrets by one pass over all their beginnings.

    A row for each of the 256 beginnings "x y" gives what the model thinks of the first, second
    and third letter; the log-probabilities add up.
    """
    beginnings = torch.tensor(list(product(range(len(ids)), repeat=LENGTH - 1)))  # (B, L-1)
    start = torch.tensor([context]).expand(len(beginnings), -1)
    rows = torch.cat([start, ids[beginnings]], dim=1)
    logp = model(rows)[:, len(context) - 1 :].log_softmax(-1)  # (B, L, V)
    total = logp[:, -1, ids]  # (B, A)
    for place in range(LENGTH - 1):
        own = ids[beginnings[:, place]]
        total = total + logp[:, place].gather(1, own[:, None])
    mine = beginnings.eq(torch.tensor(secret[:-1])).all(dim=1).nonzero()[0, 0]
    rank = int((total >= total[mine, secret[-1]]).sum())
    said = logp[mine].argmax(dim=-1)  # (L,), among all tokens there are
    return Sighting(rank=rank, extracted=bool(said.eq(ids[torch.tensor(secret)]).all()))
