"""Log-probabilities of a prompt, as vLLM and its like write them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from inspect_ai.model import Logprob, ModelOutput

__all__ = ["prompt_logprobs"]

LOWEST = -9999.0
"""What vLLM writes for minus infinity, which JSON cannot hold."""
ROUNDING = 1e-3
"""Nats above 0 that sums in half precision may come to."""


def prompt_logprobs(
    output: ModelOutput, raw: Mapping[str, Any] | None, count: int
) -> tuple[float, ...]:
    """Return the log-probability of every token of the prompt but the first, in nats.

    vLLM gives each place the prompt's own token and, where that is another, the likeliest one.
    Inspect takes the first of the two and leaves out places that it cannot read. The order holds
    only while nobody between here and the server rebuilds the JSON object (its names are numbers,
    which many parsers sort); so the server's own words are read where they are there, and of two
    entries the less likely one is taken: the prompt's token is never likelier than the likeliest.

    Parameters
    ----------
    output
        As Inspect read it.
    raw
        The server's response, where Inspect kept it.
    count
        Tokens of the prompt by the server's own count; 0 where it gives none.

    Returns
    -------
    tuple
        count - 1 numbers; none at all where the server sent none.

    Raises
    ------
    ValueError
        What was sent cannot be the log-probabilities of a prompt.
    """
    listed = _listed(raw or {})
    if listed is not None:
        if listed and listed[0] is not None:
            raise ValueError("the first token of the prompt has a log-probability")
        places = [_of_server(place) for place in listed[1:]]
    else:
        parsed = output.choices[0].prompt_logprobs if output.choices else None
        places = [_of_inspect(place) for place in (parsed.content if parsed else ())]
    found = tuple(map(_own, places))
    if found and count and len(found) != count - 1:
        raise ValueError(f"{len(found)} log-probabilities for a prompt of {count} tokens")
    return found


def _listed(raw: Mapping[str, Any]) -> list[Any] | None:
    """Find the list of places: in the first choice (completions), or beside it (chat)."""
    choices = raw.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else {}
    inside = first.get("prompt_logprobs") if isinstance(first, dict) else None
    listed = inside if inside is not None else raw.get("prompt_logprobs")
    return listed if isinstance(listed, list) else None


def _of_server(place: object) -> list[object]:
    entries = list(place.values()) if isinstance(place, dict) else []
    return [entry.get("logprob") if isinstance(entry, dict) else None for entry in entries]


def _of_inspect(place: Logprob) -> list[object]:
    return [place.logprob, *(other.logprob for other in place.top_logprobs or ())]


def _own(entries: list[object]) -> float:
    """Return the log-probability of the prompt's own token."""
    if not 1 <= len(entries) <= 2:
        raise ValueError(f"{len(entries)} log-probabilities at one token; 1 or 2 were asked for")
    return min(map(_checked, entries))


def _checked(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"a log-probability is {str(value)[:40]!r}")
    if not LOWEST < value <= ROUNDING:
        raise ValueError(f"a log-probability is {value}")
    return min(float(value), 0.0)
