"""How large is a network?"""

from __future__ import annotations

from dataclasses import dataclass

from assay.core.errors import BadConfig

__all__ = ["Shape"]

LEAST = {"vocab": 2, "width": 2, "depth": 1, "heads": 1, "context": 1, "hidden": 0}
FARTHEST = 1 << 20
"""A table of positions is held for the whole context; one from a harmed file may claim any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How large is a network?

    Parameters
    ----------
    vocab
        Tokens that it knows, at least 2.
    width
        Numbers that describe a token between two layers; a multiple of `heads`.
    depth
        Layers.
    heads
        Attention heads of a layer; each sees `width / heads` numbers, and that is even, since
        positions turn pairs of them.
    context
        Tokens that it can look back on, its own included.
    hidden
        Numbers inside a layer's feed-forward part; 0 takes 8/3 of the width, rounded up to a
        multiple of 8, so that its three matrices weigh what the classic two of 4 x width do.
    tied
        Is one matrix both the first and the last layer?

    Raises
    ------
    BadConfig
        When no such network can be built.

    Examples
    --------
    >>> tiny = Shape(vocab=512, width=64, depth=2, heads=4, context=128)
    >>> tiny.hidden, tiny.parameters
    (176, 133440)
    """

    vocab: int
    width: int
    depth: int
    heads: int
    context: int
    hidden: int = 0
    tied: bool = True

    def __post_init__(self) -> None:
        for name, least in LEAST.items():
            value = getattr(self, name)
            if value < least:
                msg = f"shape: {name} is {value}, and at least {least} is needed"
                raise BadConfig(f"{msg}\n  next: {name}={least} or more")
        if self.context > FARTHEST:
            msg = f"shape: context is {self.context}, and at most {FARTHEST} is possible"
            raise BadConfig(f"{msg}\n  next: context={FARTHEST} or less")
        if self.width % (2 * self.heads):
            msg = f"shape: width {self.width} does not give {self.heads} heads an even share each"
            raise BadConfig(f"{msg}\n  next: a width that is a multiple of {2 * self.heads}")
        if not self.hidden:
            object.__setattr__(self, "hidden", -(-8 * self.width // 24) * 8)

    @property
    def parameters(self) -> int:
        """How many numbers are learned, embeddings included, and counted once where tied?"""
        tables = (1 if self.tied else 2) * self.vocab * self.width
        attention = 4 * self.width * self.width
        feed_forward = 3 * self.width * self.hidden
        norms = 2 * self.width
        return tables + self.depth * (attention + feed_forward + norms) + self.width
