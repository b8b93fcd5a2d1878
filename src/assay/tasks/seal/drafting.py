"""A folder that is written whole, and closed to others."""

from __future__ import annotations

import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assay.core.errors import StoreError, UsageError, boundary

__all__ = ["closed", "draft_of"]


def closed(folder: Path) -> None:
    """Let nobody but the owner read or enter."""
    folder.chmod(0o700)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            run = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o700 if run else 0o600)


@contextmanager
def draft_of(out: Path) -> Iterator[Path]:
    """Give a folder to write in, and rename it when all is there."""
    if out.exists() or out.is_symlink():
        msg = f"{out} is there already\n  next: name another folder, or move it away"
        raise UsageError(msg)
    draft = out.with_name(f".{out.name}.{secrets.token_hex(4)}.part")
    try:
        with boundary(StoreError, f"making {out} (is the disk full?)"):
            draft.mkdir(mode=0o755, parents=True)
            (draft / "private" / "tasks").mkdir(mode=0o700, parents=True)
            (draft / "private").chmod(0o700)  # from the start: answers are written there
            yield draft
            draft.rename(out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
