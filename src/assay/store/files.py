"""Files that are whole or absent."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from assay.core.errors import StoreError, boundary

__all__ = ["write_whole"]


def write_whole(path: Path, lines: Iterable[str]) -> None:
    """Write a text file so that nobody ever sees half of it.

    Parameters
    ----------
    path
        The file to make or replace.
    lines
        Its text, in pieces, with their line breaks.

    Raises
    ------
    StoreError
        The disk failed or is full; the file is then as it was before.
    """
    draft = path.with_name(f".{path.name}.part")
    with boundary(StoreError, f"writing {path} (is the disk full?)"):
        try:
            with draft.open("w", encoding="utf-8", errors="backslashreplace") as out:
                out.writelines(lines)
                out.flush()
                os.fsync(out.fileno())
            draft.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                draft.unlink()
            raise
