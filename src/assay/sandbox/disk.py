"""How much disk does a folder take?"""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["disk_bytes"]

BLOCK, SMALLEST = 512, 4096


def disk_bytes(folder: Path) -> int:
    """Count what a folder holds on disk; an entry counts for one block at least."""
    total, waiting, linked = 0, [str(folder)], set[int]()
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except OSError:
            continue  # removed meanwhile, closed to us, or too deep; the reserve still holds
        for entry in entries:
            try:
                status = entry.stat(follow_symlinks=False)
                below = entry.is_dir(follow_symlinks=False)
            except OSError:
                continue
            if below:
                waiting.append(entry.path)
            if status.st_ino not in linked:
                total += max(SMALLEST, status.st_blocks * BLOCK)
            if status.st_nlink > 1 and not below:
                linked.add(status.st_ino)
    return total
