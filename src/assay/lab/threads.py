"""One thread: sums in another order are other sums, and two that wait for each other are slow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

__all__ = ["alone"]


@contextmanager
def alone() -> Iterator[None]:
    """Compute with one thread inside, and with as many as before after it.

    Examples
    --------
    >>> with alone():
    ...     torch.get_num_threads()
    1
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
