"""Attention over texts laid end to end: each looks at itself and at its shared beginning only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from assay.models.packing import Layout

__all__ = ["PACKED", "Span", "packed_attention", "register", "spans"]

PACKED = "assay_packed"
"""The name under which transformers finds this attention."""


@dataclass(frozen=True, slots=True)
class Span:
    """Rows of one text on the device: S new rows that look back on P shared ones."""

    start: int
    stop: int
    rows: Tensor | None = None
    """All P + S rows of the text, in order; None when nothing is shared."""
    mask: Tensor | None = None
    """(S, P + S), True where a new row may look."""


def spans(layout: Layout, device: torch.device) -> tuple[Span, ...]:
    """Put a layout's segments on the device, with the masks of those that share something."""
    found = []
    for segment in layout.segments:
        if not segment.past:
            found.append(Span(segment.start, segment.stop))
            continue
        rows = torch.tensor((*segment.past, *range(segment.start, segment.stop)), device=device)
        size = segment.stop - segment.start, len(rows)
        mask = torch.ones(size, dtype=torch.bool, device=device).tril(len(segment.past))
        found.append(Span(segment.start, segment.stop, rows, mask))
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
        (1, heads, R, D), R rows of all texts laid end to end; key and value may have fewer heads.

    Returns
    -------
    Tensor
        (1, R, heads, D)
    """
    laid: tuple[Span, ...] | None = options.pop("assay_spans", None)
    if laid is None:
        result: tuple[Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, **options
        )
        return result
    grouped = query.shape[1] // key.shape[1]
    if grouped > 1:
        key, value = (x.repeat_interleave(grouped, dim=1) for x in (key, value))
    scale = options.get("scaling")
    parts = [_attend(query, key, value, span, scale) for span in laid]
    return torch.cat(parts, dim=2).transpose(1, 2), None


def _attend(query: Tensor, key: Tensor, value: Tensor, span: Span, scale: float | None) -> Tensor:
    own = query[:, :, span.start : span.stop]
    if span.rows is None:
        keys, values = (x[:, :, span.start : span.stop] for x in (key, value))
        return scaled_dot_product_attention(own, keys, values, is_causal=True, scale=scale)
    keys, values = (x.index_select(2, span.rows) for x in (key, value))
    return scaled_dot_product_attention(own, keys, values, attn_mask=span.mask, scale=scale)


def register() -> None:
    """Make the attention known to transformers under its name; doing so twice changes nothing."""
    AttentionInterface.register(PACKED, packed_attention)
    AttentionMaskInterface.register(PACKED, sdpa_mask)
