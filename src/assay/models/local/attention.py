"""Attention over texts laid end to end: each looks at itself and at its shared beginning only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from assay.models.packing import Layout

__all__ = ["PACKED", "Laid", "Span", "Table", "packed_attention", "register", "spans", "table"]

PACKED = "assay_packed"
"""The name under which transformers finds this attention."""

LONG = 1 << 20
"""Pairs of rows above which a head's attention weights (4 MiB) are not held whole."""


@dataclass(frozen=True, slots=True)
class Span:
    """Rows of one text on the device: S new rows that look back on P shared ones."""

    start: int
    stop: int
    mask: Tensor
    """(S, P + S), 0 where a new row may look and minus infinity elsewhere."""
    rows: Tensor | None = None
    """All P + S rows of the text, in order; None when nothing is shared."""


@dataclass(frozen=True, slots=True)
class Table:
    """One new row for each of B texts, and the rows of that text so far, itself included."""

    rows: Tensor
    """(B, L), each text's rows in order, filled up with any row."""
    mask: Tensor
    """(B, 1, L), 0 where there is a row of the text and minus infinity beyond its end."""


Laid = tuple[Span, ...] | Table


def table(rows: Sequence[Sequence[int]], like: Tensor) -> Table:
    """Put where each text's rows lie onto the device.

    Parameters
    ----------
    rows
        For each of B texts its rows, the new one last.
    like
        Any tensor of the device and precision in question.
    """
    longest = max(map(len, rows))
    filled = [[*own, *(0,) * (longest - len(own))] for own in rows]
    sizes = torch.tensor([len(own) for own in rows], device=like.device)
    beyond = torch.arange(longest, device=like.device) >= sizes[:, None]
    mask = like.new_zeros(beyond.shape).masked_fill_(beyond, float("-inf"))
    return Table(torch.tensor(filled, device=like.device), mask[:, None])


def spans(layout: Layout, like: Tensor) -> tuple[Span, ...]:
    """Put a layout's segments where the weights are, with what each row may look at.

    Parameters
    ----------
    like
        Any tensor of the device and precision in question.
    """
    longest = max((s.stop - s.start + len(s.past) for s in layout.segments), default=0)
    causal = like.new_full((longest, longest), float("-inf")).triu_(1)
    found = []
    for segment in layout.segments:
        own, past = range(segment.start, segment.stop), segment.past
        size = len(past) + len(own)
        rows = torch.tensor((*past, *own), device=like.device) if past else None
        found.append(Span(segment.start, segment.stop, causal[len(past) : size, :size], rows))
    return tuple(found)


def packed_attention(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    **options: Any,  # noqa: ANN401 - each architecture passes its own
) -> tuple[Tensor, Tensor | None]:
    """Attend within each text; without `assay_spans`, exactly as transformers would.

    Parameters
    ----------
    query, key, value
        (1, heads, R, D), R rows of all texts laid end to end; key and value may have fewer heads,
        and rows before these.

    Returns
    -------
    Tensor
        (1, R, heads, D)
    """
    laid: Laid | None = options.pop("assay_spans", None)
    if laid is None:
        result: tuple[Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, **options
        )
        return result
    scale = options.get("scaling") or query.shape[-1] ** -0.5
    if isinstance(laid, Table):
        return _look_up(query[0], key[0], value[0], laid, scale).transpose(0, 1)[None], None
    parts = [_attend(query[0], key[0], value[0], span, scale) for span in laid]
    return torch.cat(parts, dim=1).transpose(0, 1)[None], None


def _attend(query: Tensor, key: Tensor, value: Tensor, span: Span, scale: float) -> Tensor:
    """Attend from one text's new rows: (heads, R, D) each in, (heads, S, D) out.

    Written out because the library's kernel for CPUs is several times slower on texts this short.
    Heads that share keys are stacked instead of copying the keys for each.
    """
    own = query[:, span.start : span.stop]
    if span.rows is None:
        keys, values = key[:, span.start : span.stop], value[:, span.start : span.stop]
    else:
        keys, values = key.index_select(1, span.rows), value.index_select(1, span.rows)
    if len(span.mask) * keys.shape[1] > LONG:
        return _library(own, keys, values, span.mask, scale)
    stacked = own.reshape(keys.shape[0], -1, own.shape[-1])
    weights = torch.bmm(stacked, keys.transpose(1, 2)).mul_(scale)
    weights = weights.view(*own.shape[:2], -1).add_(span.mask).softmax(dim=-1)
    return torch.bmm(weights.view(*stacked.shape[:2], -1), values).view(own.shape)


def _look_up(query: Tensor, key: Tensor, value: Tensor, at: Table, scale: float) -> Tensor:
    """Attend from one new row a text: (heads, B, D) in and out."""
    keys, values = key[:, at.rows], value[:, at.rows]
    stacked = query.view(keys.shape[0], -1, *query.shape[1:]).transpose(1, 2)
    weights = (stacked @ keys.transpose(2, 3)).mul_(scale).add_(at.mask).softmax(dim=-1)
    return (weights @ values).transpose(1, 2).reshape(query.shape)


def _library(query: Tensor, key: Tensor, value: Tensor, mask: Tensor, scale: float) -> Tensor:
    """Attend without holding all weights at once."""
    grouped = query.shape[0] // key.shape[0]
    key, value = (x.repeat_interleave(grouped, dim=0)[None] for x in (key, value))
    whole = len(mask) == key.shape[2]
    return scaled_dot_product_attention(
        query[None], key, value, attn_mask=None if whole else mask, is_causal=whole, scale=scale
    )[0]


def register() -> None:
    """Make the attention known to transformers under its name; doing so twice changes nothing."""
    AttentionInterface.register(PACKED, packed_attention)
    AttentionMaskInterface.register(PACKED, sdpa_mask)
