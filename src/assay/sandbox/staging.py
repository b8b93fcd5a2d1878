"""Shows a box that root opens what root may read, to a user id that may read nothing.

A thread of its own holds a mount namespace of its own: there the work tree, the folders to read
and bwrap itself stand at places that anyone can reach, and their owner looks like the box's id.
Nothing of it is seen outside, and nothing is left when the thread is over.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

from assay.core.errors import SandboxError
from assay.sandbox.identity import mapped_users
from assay.sandbox.mounting import (
    appear_as,
    attach,
    detached,
    leave_namespace,
    remap,
    small_memory,
)

__all__ = ["Stage"]

P = ParamSpec("P")
T = TypeVar("T")
PLACES = ("/mnt", "/media", "/srv", "/tmp")  # noqa: S108 - covered in the namespace only


class Stage:
    """A thread whose mounts are its own.

    Parameters
    ----------
    binary
        bwrap.
    identity
        The user and group id that owners are shown as.
    """

    def __init__(self, binary: Path, identity: int) -> None:
        self._binary, self._identity = binary, identity
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="assay-box")
        self._root = next((Path(place) for place in PLACES if Path(place).is_dir()), Path("/"))
        self._shown = 0
        self._users: dict[tuple[int, int], int] = {}

    def show(self, sources: dict[str, tuple[Path, bool]]) -> dict[str, Path]:
        """Attach each source; return where it is seen.

        Parameters
        ----------
        sources
            By any name: the file or folder, and whether its owner is to look like the identity.
            Where the file system cannot do that, it is shown as it is.
        """
        return self.call(self._show, sources)

    def remaps(self, source: Path) -> bool:
        """Can this folder's owner be shown as another? The file system decides."""
        mount = detached(source)
        try:
            return self._remapped(mount)
        finally:
            os.close(mount)

    def call(self, function: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """Call a function on the thread; processes that it starts see the thread's mounts."""
        return self._thread.submit(function, *args, **named).result()

    def close(self) -> None:
        """End the thread, and with it its mounts."""
        self._thread.shutdown()
        for users in self._users.values():
            os.close(users)

    def _show(self, sources: dict[str, tuple[Path, bool]]) -> dict[str, Path]:
        leave_namespace()
        # All are opened before one of them can be covered.
        mounts = {name: detached(path) for name, (path, _) in sources.items()}
        small_memory(self._root)
        appear_as(self._identity)
        return {name: self._attach(mounts[name], owned) for name, (_, owned) in sources.items()}

    def _attach(self, mount: int, owned: bool) -> Path:  # noqa: FBT001
        try:
            if owned:
                self._remapped(mount)
            target = self._root / str(self._shown)
            self._shown += 1
            if stat.S_ISDIR(os.fstat(mount).st_mode):
                target.mkdir()
            else:
                target.touch()
            attach(mount, target)
        finally:
            os.close(mount)
        return target

    def _remapped(self, mount: int) -> bool:
        status = os.fstat(mount)
        owner = (status.st_uid, status.st_gid)
        try:
            if owner not in self._users:
                self._users[owner] = mapped_users(self._binary, owner, self._identity)
            remap(mount, self._users[owner])
        except (OSError, SandboxError):
            return False
        return True
