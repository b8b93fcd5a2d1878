"""How numbers are written, the same in the terminal and in HTML."""

from __future__ import annotations

import math
from decimal import ROUND_DOWN, Context

from assay.core.evidence import Null, Scalar, Status, Stop, Total
from assay.core.subject import Cost

__all__ = [
    "CHANCE",
    "NULL_MEANS",
    "STATUS_MEANS",
    "STOP_MEANS",
    "TOPIC_MEANS",
    "counted",
    "decimal",
    "e_value",
    "factor",
    "kind",
    "log10_e",
    "measured",
    "money",
    "p_value",
    "percent",
    "power",
    "scalar",
    "spent",
    "topic",
]

CHANCE = {"auc": 0.5, "auc over pairs as dealt": 0.5}
"""Where an estimate lies when nothing was learned, by its unit."""
SMALLEST_LOG = -6.0
"""Evidence below 10^-6 is drawn at 10^-6: how far below one it is changes nothing."""

NULL_MEANS = {
    Null.EXACT: "a recorded random act fixed what was tested",
    Null.MATCHED: "against what is alike: controls that the model cannot have seen, or neighbours",
    Null.CALIBRATED: "error rates measured on models whose contamination is known",
    Null.NONE: "descriptive: shown, never flags",
}

STATUS_MEANS = {
    Status.FLAGGED: "the evidence reached the line that was fixed before the run",
    Status.CLEAN: "a leak of the stated size was itself tested and rejected",
    Status.UNDECIDED: "neither claim was established",
}

TOPIC_NAMES = {
    "seen": "items seen",
    "ids": "texts known by id",
    "gain": "better on published items",
    "answers": "wrong answers as published",
    "secrets": "secrets of sealed answers",
}

TOPIC_MEANS = {
    "seen": "the published items were in the training data",
    "ids": "it knows which text belongs to which id; the public source is enough for that",
    "gain": "it does better on the published items than on their like",
    "answers": "it gives answers that are known to be wrong, as published",
    "secrets": "it knows what stands in the sealed answers alone; a vault that leaked is enough",
}
"""What evidence of each topic is about. Instruments of others may bring topics of their own."""

STOP_MEANS = {
    "full pass": "every unit was measured",
    "decided early": "the evidence had reached its line, so the rest was not needed",
    "budget spent": "the budget was spent before all was measured; the same command goes on",
    "nothing to measure": "no instrument could measure anything",
    "answers missing": (
        "some answers did not come for the time being; nothing was bet on them, and the same "
        "command asks again"
    ),
    "model changed": (
        "the server began to answer with another model; only what came before is counted"
    ),
}
"""What each reason to stop means."""


def e_value(value: float | None) -> str:
    """Write an e-value with two or three figures, rounded down: 99.99 has not reached 100.

    Examples
    --------
    >>> [e_value(v) for v in (0.0129, 1, 42.49, 99.99, 1234.9, 5.69e7, None)]
    ['0.012', '1.00', '42.4', '99.9', '1,234', '5.6e7', 'none']
    """
    if value is None:
        return "none"
    if not math.isfinite(value):
        return "infinite" if value > 0 else "not a number"
    if value == 0:
        return "0"
    if value >= 1e5 or value < 1e-3:
        return _power(_down(value, 2))
    if value >= 1000:
        return f"{math.floor(value):,}"
    return f"{_down(value, 3):.3g}" if value >= 10 else _small(value)


def _small(value: float) -> str:
    """Write an e-value below 10: two decimals, three where the first is a nought."""
    places = 2 if value >= 0.1 else 3
    return f"{math.floor(round(value * 10**places, 6)) / 10**places:.{places}f}"


def _down(value: float, figures: int) -> float:
    """Round down to so many figures, from how the number is written: .1 is .1."""
    return float(Context(prec=figures, rounding=ROUND_DOWN).create_decimal(repr(value)))


def _power(value: float) -> str:
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    return f"{mantissa}e{int(exponent)}"


def p_value(value: float | None) -> str:
    """Write a p-value without a false zero.

    Examples
    --------
    >>> [p_value(v) for v in (0.0123, 0.5, 2e-7, 1.0)]
    ['.012', '.50', '2.0e-7', '1']
    """
    if value is None:
        return "none"
    if value >= 0.995:
        return "1"
    if value < 0.0005:
        return _power(value) if value > 0 else "0"
    return f"{value:.{2 if value >= 0.1 else 3}f}".lstrip("0")


def factor(log10: float) -> str:
    """Write by how much an e-value was multiplied, from the logarithm of that.

    Examples
    --------
    >>> factor(1.2), factor(0.0), factor(-0.5), factor(400.0)
    ('× 15.8', '× 1.00', '× 0.31', '× 1e400')
    """
    if abs(log10) > 300:
        return f"× 1e{log10:.0f}"
    return f"× {e_value(10**log10)}"


def money(cost: Cost) -> str:
    """Write what was paid, in US dollars; rounded up, so that a bill is never played down.

    Examples
    --------
    >>> [money(Cost(nanodollars=n)) for n in (0, 1, 12_340_000, 1_234_000_000, 98_765_000_000_000)]
    ['$0', '$0.0001', '$0.0124', '$1.24', '$98,765.00']
    """
    if not cost.nanodollars:
        return "$0"
    places = 2 if cost.nanodollars >= 10**9 else 4
    unit = 10 ** (9 - places)
    steps = -(-cost.nanodollars // unit)
    return f"${steps / 10**places:,.{places}f}"


def spent(cost: Cost) -> str:
    """Write a cost in words; money where it was counted.

    Examples
    --------
    >>> spent(Cost(calls=1, tokens=1200))
    '1 call, 1,200 tokens'
    >>> spent(Cost(calls=20, tokens=1200, nanodollars=50_000_000))
    '20 calls, 1,200 tokens, $0.0500'
    """
    paid = f", {money(cost)}" if cost.nanodollars else ""
    return f"{counted(cost.calls, 'call')}, {cost.tokens:,} tokens{paid}"


def measured(stop: Stop) -> str:
    """Write how far a run went and what became of the rest.

    Examples
    --------
    >>> measured(Stop(planned=164, measured=48, reason="decided early"))
    '48 of 164 units measured, 116 saved (70.7 %)'
    """
    words = f"{stop.measured:,} of {stop.planned:,} units measured"
    left = stop.planned - stop.measured
    if left <= 0 or not stop.planned:
        return words
    fate = "saved" if stop.reason == "decided early" else "left unmeasured"
    return f"{words}, {left:,} {fate} ({percent(left / stop.planned)})"


def topic(name: str) -> str:
    """Write what a topic is called; one that we do not know by its own name."""
    return TOPIC_NAMES.get(name, name)


def kind(total: Total) -> str:
    """Write what a total is of: its null, and its topic.

    Examples
    --------
    >>> kind(Total(null=Null.EXACT, topic="ids", instruments=(), e_value=1, needed=100))
    'exact, texts known by id'
    """
    return f"{total.null.value}, {topic(total.topic)}"


def shuffled(total: Total) -> str:
    """Write how a total stands among shuffled labels; empty where that was not asked.

    Examples
    --------
    >>> total = Total(null=Null.MATCHED, instruments=(), e_value=3, needed=20, p_value=0.0123)
    >>> shuffled(total)
    'p .012 among shuffled labels, .050 needed'
    """
    if total.p_value is None:
        return ""
    asked = p_value(1 / total.needed)
    return f"p {p_value(total.p_value)} among shuffled labels, {asked} needed"


def percent(share: float) -> str:
    """Write a share as a percentage.

    Examples
    --------
    >>> percent(0.01), percent(0.125), percent(0.0005), percent(1e-9)
    ('1 %', '12.5 %', '0.05 %', '1.0e-7 %')
    """
    if 0 < share < 1e-5:
        return f"{_power(100 * share)} %"
    return f"{100 * share:.3g} %"


def power(exponent: int) -> str:
    """Write a power of ten.

    Examples
    --------
    >>> [power(n) for n in (-2, 0, 4, 12)]
    ['0.01', '1', '10,000', '1e12']
    """
    if exponent < -3 or exponent > 5:
        return f"1e{exponent}"
    return f"{10**exponent:,}" if exponent >= 0 else f"{10.0**exponent:.{-exponent}f}"


def counted(number: int, noun: str) -> str:
    """Write how many of something there are.

    Examples
    --------
    >>> counted(1, "task"), counted(1200, "task")
    ('1 task', '1,200 tasks')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def decimal(value: float) -> str:
    """Write an estimate with three figures.

    Examples
    --------
    >>> decimal(0.70312), decimal(-12.5), decimal(1234.5)
    ('0.703', '-12.5', '1,234')
    """
    if not math.isfinite(value):
        return str(value)
    if abs(value) >= 1000:
        return f"{value:,.0f}" if abs(value) < 1e9 else _power(value)
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def scalar(value: Scalar) -> str:
    """Write one parameter."""
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def log10_e(value: float | None) -> float:
    """Return log10 of an e-value, within what can be drawn; no e-value counts as 1."""
    if value is None or math.isnan(value):
        return 0.0
    if value <= 0:
        return SMALLEST_LOG
    return max(SMALLEST_LOG, min(math.log10(value), 300.0)) if math.isfinite(value) else 300.0
