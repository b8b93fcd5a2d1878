"""Continuation word for word: how a model that has memorised a text shows it openly."""

from __future__ import annotations

from collections.abc import Sequence

from assay.core.subject import Request, ask
from assay.models.local import LocalModel

__all__ = ["recited"]


def recited(model: LocalModel, texts: Sequence[str], length: int) -> tuple[int, int]:
    """How many texts does the model continue exactly, greedily, for so many tokens?

    A text is cut in its middle, or earlier where less than `length` would be left.

    Parameters
    ----------
    model
        Asked to write.
    texts
        Those of fewer than `length` + 4 tokens are left out: nothing to begin with.
    length
        Tokens that must be right, one and all.

    Returns
    -------
    tuple
        Texts that were recited, and texts that were tried.
    """
    ids = [model.tokenizer(text, add_special_tokens=False).input_ids for text in texts]
    tried = [row for row in ids if len(row) >= length + 4]
    cuts = [min(len(row) // 2, len(row) - length) for row in tried]
    begun = [model.tokenizer.decode(row[:cut]) for row, cut in zip(tried, cuts, strict=True)]
    wanted = [
        model.tokenizer.decode(row[: cut + length])[len(start) :]
        for row, cut, start in zip(tried, cuts, begun, strict=True)
    ]
    asked = [Request(kind="generate", text=start, max_tokens=length) for start in begun]
    replies = ask(model, asked)
    hits = sum(not r.problem and r.text == want for r, want in zip(replies, wanted, strict=True))
    return hits, len(tried)
