"""Every instrument, in reading order. The one hand-written table; a new instrument is one line.

Other packages add instruments through the entry-point group `assay.instruments`: the name is the
id, the value "module:Class". They are loaded, run and judged like the built-in ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from importlib.metadata import entry_points
from typing import get_type_hints

from assay.core.errors import BadConfig, UnknownName
from assay.core.instrument import Instrument
from assay.core.loading import load_attribute

__all__ = ["Row", "ids", "load", "load_all", "rows"]

GROUP = "assay.instruments"
ASK = "assay instruments"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the catalogue."""

    id: str
    target: str
    extra: str
    needs: str
    null: str
    question: str
    origin: str = "assay"


BUILT_IN = (
    Row("canary", "assay.probes.canary:Canary", "", "canaries", "exact",
        "does it complete or prefer the planted string?"),
    Row("honeypot", "assay.probes.honeypot:Honeypot", "", "generation, honeypots", "exact",
        "does it give a secret that only the sealed answers hold?"),
    Row("siblings", "assay.probes.siblings:Siblings", "", "log-probabilities, siblings", "exact",
        "where does the published variant rank among its sealed siblings?"),
    Row("siblings.quiz", "assay.probes.quiz:Quiz", "", "generation, siblings", "exact",
        "does it pick the published variant among its sealed siblings?"),
    Row("options", "assay.probes.options:Options", "", "log-probabilities, options", "exact",
        "is the published order of the options likelier than the others?"),
    Row("logprob.loss", "assay.probes.logprob:Loss", "", "log-probabilities", "matched",
        "is the text likelier to the model than the controls are?"),
    Row("logprob.zlib", "assay.probes.logprob:Zlib", "", "log-probabilities", "matched",
        "is it likelier than its compressed size lets expect?"),
    Row("logprob.mink", "assay.probes.logprob:MinK", "", "log-probabilities", "matched",
        "are its least likely tokens likelier than those of the controls?"),
    Row("logprob.minkpp", "assay.probes.logprob:MinKPlusPlus", "", "vocabulary moments", "matched",
        "are they likelier than other tokens in their places?"),
    Row("logprob.loss.ref", "assay.probes.logprob:LossRatio", "", "reference", "matched",
        "is the text likelier than to the reference model, per byte?"),
    Row("logprob.mink.ref", "assay.probes.logprob:MinKRatio", "", "reference", "matched",
        "is the Min-K% score higher than the reference model's?"),
    Row("logprob.minkpp.ref", "assay.probes.logprob:MinKPlusPlusRatio", "",
        "reference, vocabulary moments", "matched",
        "is the Min-K%++ score higher than the reference model's?"),
    Row("recall.id", "assay.probes.recall_id:RecallId", "", "generation", "exact",
        "given an id and nothing else, does it produce this item's text, not a sibling's?"),
    Row("recall.prefix", "assay.probes.recall_prefix:RecallPrefix", "", "generation", "matched",
        "does it continue an item verbatim beyond what it does for controls?"),
    Row("recall.prefix.ref", "assay.probes.recall_prefix:RecallPrefixRatio", "",
        "generation, reference", "matched",
        "does it continue an item where a reference model goes wrong?"),
    Row("mask", "assay.probes.mask:Mask", "", "generation", "matched",
        "does it fill a masked option or rare word better than for controls?"),
    Row("peaked", "assay.probes.peaked:Peaked", "", "generation", "matched",
        "are its samples closer to its greedy answer than for controls?"),
    Row("gap", "assay.probes.gap:Gap", "", "generation, twins", "exact",
        "is it better on the published items than on their twins?"),
    Row("wronggold", "assay.probes.wronggold:WrongGold", "", "generation, wrong answers", "matched",
        "where the published answer is known to be wrong, does it give that wrong answer?"),
    Row("order", "assay.probes.order:Order", "", "log-probabilities", "exact",
        "is the published item order likelier than shuffled ones?"),
)  # fmt: skip


def rows() -> tuple[Row, ...]:
    """Return the catalogue: our own lines, then those of other packages by name."""
    known = {row.id for row in BUILT_IN}
    others = []
    for point in sorted(entry_points(group=GROUP), key=lambda p: p.name):
        if point.name in known:
            origin = point.dist.name if point.dist else "another package"
            raise BadConfig(
                f"{origin} offers an instrument {point.name!r}, which Assay has already"
            )
        known.add(point.name)
        origin = point.dist.name if point.dist else ""
        others.append(Row(point.name, point.value, "", "", "", "", origin))
    return BUILT_IN + tuple(others)


def ids() -> tuple[str, ...]:
    """Return all ids, in reading order."""
    return tuple(row.id for row in rows())


def load(id: str, parameters: Mapping[str, str] | None = None) -> Instrument:  # noqa: A002
    """Load one instrument with its parameters.

    Parameters
    ----------
    id
        As in the catalogue.
    parameters
        Names and values as text; converted to the type of the field.

    Raises
    ------
    UnknownName
        No such instrument, or no such parameter.
    BadConfig
        A value that the parameter cannot take.
    MissingExtra
        The instrument needs what is not installed.

    Examples
    --------
    >>> load("order", {"shuffles": "999"}).shuffles
    999
    """
    known = {row.id: row for row in rows()}
    if id not in known:
        raise UnknownName("instrument", id, tuple(known), f"`{ASK}` lists them")
    return _loaded(known[id], parameters)


def _loaded(row: Row, parameters: Mapping[str, str] | None) -> Instrument:
    kind = load_attribute(row.target, extra=row.extra)
    instrument: Instrument = kind()
    if not isinstance(instrument, Instrument):
        raise BadConfig(f"{row.target} is no instrument: see assay.core.instrument.Instrument")
    if instrument.id != row.id:
        raise BadConfig(f"{row.target} calls itself {instrument.id!r}, its entry point {row.id!r}")
    return _with(instrument, parameters) if parameters else instrument


def load_all(
    wanted: Iterable[str] = (), parameters: Mapping[str, str] | None = None
) -> tuple[Instrument, ...]:
    """Load several instruments in reading order.

    Parameters
    ----------
    wanted
        Ids; a part before a dot ("logprob") stands for all that begin with it, an id for itself
        alone. Empty for all.
    parameters
        As given with `--set`: {"order.shuffles": "999"}.

    Raises
    ------
    UnknownName
        As `load`.
    """
    known = {row.id: row for row in rows()}  # once: it reads what every package here offers
    chosen = tuple(known)
    if names := tuple(wanted):
        meant = {one for name in names for one in _meant(name, chosen)}
        chosen = tuple(one for one in chosen if one in meant)
    settings: dict[str, dict[str, str]] = {}
    for key, value in (parameters or {}).items():
        instrument, _, parameter = key.rpartition(".")
        if instrument not in known:
            raise UnknownName("instrument", instrument or key, tuple(known), f"`{ASK}` lists them")
        settings.setdefault(instrument, {})[parameter] = value
    return tuple(_loaded(known[name], settings.get(name)) for name in chosen)


def _meant(name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    if name in known:
        return (name,)
    found = tuple(one for one in known if one.startswith(f"{name}."))
    if not found:
        raise UnknownName("instrument", name, known, f"`{ASK}` lists them")
    return found


def _with(instrument: Instrument, parameters: Mapping[str, str]) -> Instrument:
    """Set fields from text, by their declared types."""
    known = {f.name for f in fields(instrument)}  # type: ignore[arg-type]  # a dataclass, by law
    hints = get_type_hints(type(instrument))
    values = {}
    for name, text in parameters.items():
        if name not in known:
            fix = f"`{ASK} {instrument.id}` lists its parameters"
            raise UnknownName(f"parameter of {instrument.id}", name, known, fix)
        values[name] = _converted(f"{instrument.id}.{name}", text, hints[name])
    return replace(instrument, **values)  # type: ignore[type-var]  # a dataclass, by law


def _converted(name: str, text: str, kind: type) -> object:
    try:
        if kind is bool:
            return {"true": True, "false": False}[text.lower()]
        value = kind(text)
    except (ValueError, KeyError) as error:
        raise BadConfig(f"--set {name}={text!r}: not a {kind.__name__}") from error
    if isinstance(value, int | float) and not 0 < value < 1e6:
        raise BadConfig(f"--set {name}={text!r}: must lie between 0 and a million")
    return value
