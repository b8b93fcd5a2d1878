"""What is leaked, how often and by which route: a recipe that is fixed before any model is trained.

A mix is dealt by a seed that may be chosen later than the mix: then nobody, its authors included,
knew the cases when the instruments were tuned.
"""

from __future__ import annotations

import hashlib
import random
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from assay.core.errors import BadConfig
from assay.core.item import Item

__all__ = ["Dealt", "Exposure", "Mix", "chosen", "deal", "drawn", "joined"]

FROZEN = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Exposure(BaseModel):
    """How was a benchmark leaked into the training data?"""

    model_config = FROZEN

    name: str
    route: str = "verbatim"
    """As in `lab.routes`."""
    copies: int = Field(ge=1)
    """How often each leaked item was seen."""
    share: float = Field(default=1.0, gt=0, le=1)
    """Of the suspects, how many were leaked."""
    start: float = Field(default=0.0, ge=0, le=1)
    end: float = Field(default=1.0, ge=0, le=1)
    """Between which parts of the training the copies lie."""
    choice: Literal["chance", "ease"] = "chance"
    """Which suspects were leaked: drawn by lot, or the easiest ones."""
    together: int = Field(default=1, ge=1)
    """Items of one planted text, neighbours in published order: a piece of the benchmark's file."""
    calibrated: bool = False
    """Is this a route and a dose that calibration knows?"""

    @model_validator(mode="after")
    def _possible(self) -> Exposure:
        if self.start >= self.end:
            msg = f"{self.name}: copies between {self.start} and {self.end} of the training: none"
            raise ValueError(msg)
        if self.together > 1 and self.route != "verbatim":
            msg = f"{self.name}: only verbatim items stand together, not route {self.route!r}"
            raise ValueError(msg)
        return self


class Mix(BaseModel):
    """Which models are trained, and what does each of them see?"""

    model_config = FROZEN

    name: str
    hosts: int = Field(ge=1)
    """Models."""
    exposures: tuple[Exposure, ...]
    leaked: int = Field(default=0, ge=0)
    """Leaked benchmarks of a model: exposures in turn, so that all occur as often; 0 for all."""
    clean: int = Field(ge=0)
    """Clean benchmarks of a model."""
    kinds: tuple[str, ...] = ("sums", "facts", "code")
    """Of benchmarks: see `lab.world`."""
    items: int = Field(default=200, ge=8)
    """Items of a benchmark; half of them are suspects, the others are held back."""
    shape: str = "tiny"
    """Of the models: see `lab.pretrained`."""
    context: int = Field(default=256, ge=64)
    """Window in tokens: two items fit."""
    lessons: int = Field(default=500, ge=1)
    """Steps in which the clean base was trained."""
    steps: int = Field(default=550, ge=1)
    """Steps of training after the base, with the leaks among clean documents."""
    rows: int = Field(default=4, ge=1)
    """Rows of a step: few, so that a small model learns much from a text that it reads seldom."""
    rate: float = Field(default=6e-3, gt=0)
    """Of Muon, which remembers what was read eight times better than AdamW does."""

    @property
    def cases(self) -> int:
        """How many cases there are: models times benchmarks."""
        return self.hosts * ((self.leaked or len(self.exposures)) + self.clean)

    def hosted(self, host: int) -> tuple[Exposure, ...]:
        """Which exposures does this model host? Those that lie as far apart as there are groups."""
        groups = len(self.exposures) // (self.leaked or len(self.exposures))
        return self.exposures[host % groups :: groups]

    @model_validator(mode="after")
    def _even(self) -> Mix:
        if self.leaked and len(self.exposures) % self.leaked:
            msg = f"{self.name}: {len(self.exposures)} exposures, {self.leaked} to a model"
            raise ValueError(msg)
        return self


class Dealt(BaseModel):
    """One case as the seed dealt it; what was leaked is known before the model exists."""

    model_config = FROZEN

    id: str
    host: int
    kind: str
    world: int
    """Seed of the benchmark's items."""
    split: int
    """Seed of the recorded split into suspects and held-back items."""
    exposure: Exposure | None
    """None for a clean benchmark."""


def drawn(*parts: object) -> int:
    """Draw a number below 2**48 from what names it: the same names, the same number.

    Examples
    --------
    >>> drawn("suite", 1) == drawn("suite", 1) != drawn("suite", 2)
    True
    """
    text = "/".join(map(str, parts))
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)


def deal(mix: Mix, seed: str) -> tuple[Dealt, ...]:
    """Which cases does this seed deal?

    Places within a model are shuffled, and kinds are drawn apart from what is leaked: neither the
    number of a case nor its kind says whether it is clean.

    Parameters
    ----------
    mix
        What is to be trained.
    seed
        Any text; of a judged suite, the hash of a commit that is later than the mix.

    Examples
    --------
    >>> mix = Mix(name="m", hosts=2, exposures=(Exposure(name="v4", copies=4),), clean=1)
    >>> [case.id for case in deal(mix, "a")]
    ['m000c00', 'm000c01', 'm001c00', 'm001c01']
    """
    dealt: list[Dealt] = []
    for host in range(mix.hosts):
        draw = random.Random(drawn(mix.name, seed, host))  # noqa: S311 - repeatable, not secret
        exposures = [*mix.hosted(host), *[None] * mix.clean]
        draw.shuffle(exposures)
        turn = draw.randrange(len(mix.kinds))
        for place, exposure in enumerate(exposures):
            dealt.append(
                Dealt(
                    id=f"m{host:03d}c{place:02d}",
                    host=host,
                    kind=mix.kinds[(turn + place) % len(mix.kinds)],
                    world=drawn(mix.name, seed, host, place, "world"),
                    split=drawn(mix.name, seed, host, place, "split"),
                    exposure=exposure,
                )
            )
    return tuple(dealt)


def chosen(exposure: Exposure, suspects: tuple[Item, ...], seed: int) -> tuple[Item, ...]:
    """Which of the suspects does this exposure leak? In published order.

    Parameters
    ----------
    suspects
        The half that the split draws.
    seed
        Decides where chance does, and among items of equal ease.
    """
    count = max(1, round(exposure.share * len(suspects)))
    draw = random.Random(seed)  # noqa: S311 - repeatable, not secret
    mixed = draw.sample(suspects, len(suspects))
    if exposure.choice == "ease":
        if not all(item.stratum.isdecimal() for item in mixed):
            raise BadConfig(f"{exposure.name}: these items do not say how hard they are")
        mixed.sort(key=lambda item: int(item.stratum))
    ids = {item.id for item in mixed[:count]}
    return tuple(item for item in suspects if item.id in ids)


def joined(items: tuple[Item, ...], together: int) -> tuple[Item, ...]:
    r"""Lay neighbours together into one text, as they stand in the benchmark's file.

    Examples
    --------
    >>> items = tuple(Item(id=name, statement=name) for name in "abc")
    >>> [item.statement for item in joined(items, 2)]
    ['a\n\nb', 'c']
    """
    if together == 1:
        return items
    pieces = (items[i : i + together] for i in range(0, len(items), together))
    return tuple(
        Item(id="+".join(i.id for i in piece), statement="\n\n".join(i.text for i in piece))
        for piece in pieces
    )
