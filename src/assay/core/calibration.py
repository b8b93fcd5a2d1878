"""What the instruments can do, measured on models whose contamination is known."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from assay.core.item import digest_of

__all__ = ["Box", "Calibration", "Cell", "Clearance", "Detectable", "Measured", "Power", "Reach",
           "Size"]  # fmt: skip

FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


class Box(BaseModel):
    """Inside which ranges was it measured? Ends are included."""

    model_config = FROZEN

    parameters: tuple[int, int]
    """Weights of the model."""
    tokens: tuple[int, int]
    """Median length of an item, in tokens of the model."""
    items: tuple[int, int]
    """Items on the smaller side, suspects or controls."""
    access: tuple[str, ...]
    """How the model could be asked: "local, raw"."""


class Cell(BaseModel):
    """How far apart were leaked items and controls at one dose?"""

    model_config = FROZEN

    dose: int = Field(ge=1)
    """How often each of the suspects was in the training data."""
    separations: tuple[float, ...]
    """Area under the curve where every suspect was leaked, of each benchmark."""
    models: int = Field(ge=1)
    """How many trained models the benchmarks were in; benchmarks of one model are alike."""


class Size(BaseModel):
    """How often does an instrument flag what is clean?"""

    model_config = FROZEN

    alpha: float
    """The rate that it promises."""
    flagged: int
    of: int
    low: float
    high: float
    """Exact bounds, each wrong once in a thousand times."""


class Power(BaseModel):
    """How often was a leak flagged?"""

    model_config = FROZEN

    dose: int
    share: float
    """Of the suspects that was leaked."""
    items: int
    """Suspects, and as many controls."""
    flagged: int
    of: int


class Measured(BaseModel):
    """What was measured of one instrument, or of several that are read together."""

    model_config = FROZEN

    name: str
    versions: dict[str, int]
    """Of every instrument in it; measured for these versions and for no other."""
    box: Box
    cells: tuple[Cell, ...] = ()
    sizes: tuple[Size, ...] = ()
    power: tuple[Power, ...] = ()
    calls: float | None = None
    """Requests per item that no earlier instrument of the catalogue sends already."""
    tokens: float | None = None
    """Tokens per item, of those requests."""

    def excess(self) -> Size | None:
        """Return the first size that is surely larger than promised."""
        return next((size for size in self.sizes if size.low > size.alpha), None)


class Reach(BaseModel):
    """At which separation is an e-value reached in 80 of 100 runs, betting on labels?"""

    model_config = FROZEN

    needed: float
    """The e-value."""
    items: int
    """Suspects, and as many controls."""
    columns: int
    """Scores that were bet on together: more of them cost a little, for the bets are spread."""
    separation: float


class Calibration(BaseModel):
    """What the instruments can do, and how that was measured."""

    model_config = FROZEN

    recipe: str = ""
    """What was trained, on what, for how long."""
    machine: str = ""
    made: str = ""
    """Day on which it was measured."""
    routes: tuple[str, ...] = ()
    """How items got into the training data."""
    instruments: tuple[Measured, ...] = ()
    """Each by itself."""
    batteries: tuple[Measured, ...] = ()
    """Several read together, in order of preference."""
    reach: tuple[Reach, ...] = ()
    schema_version: int = 1

    @property
    def digest(self) -> str:
        """SHA-256 of the content."""
        return digest_of(self.model_dump(mode="json"))

    def of(self, instrument: str, version: int) -> Measured | None:
        """Return what was measured of this version of an instrument.

        Examples
        --------
        >>> Calibration().of("order", 1) is None
        True
        """
        same = (one for one in self.instruments if one.versions == {instrument: version})
        return next(same, None)


class Detectable(BaseModel):
    """The smallest leak that this run would have flagged in 80 of 100 cases."""

    model_config = FROZEN

    by: str
    """An instrument, or "total"."""
    dose: int
    share: float | None
    """Of the suspects; None where not even all of them would do."""


class Clearance(BaseModel):
    """Was it ruled out that much of the benchmark was in the training data?"""

    model_config = FROZEN

    cleared: bool
    tolerance: float
    """The share of the suspects from which on a leak is ruled out."""
    dose: int
    """How often each leaked item was seen, at least."""
    alpha: float = 0.05
    """How often a leak of that size would be ruled out wrongly."""
    routes: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    """What lies outside the calibrated ranges, or stands in the way; empty when it was tested."""
    battery: str = ""
    """What was read together."""
    separation: float | None = None
    """Area under the curve of suspects against controls."""
    upper: float | None = None
    """Its upper bound."""
    expected: float | None = None
    """The least that such a leak lets expect: the bound must lie below it."""
    items_needed: int | None = None
    """On each side, to rule such a leak out in 80 of 100 clean cases; None where no number does."""
