"""The kernel's calls that the standard library lacks, for one thread and its mounts.

All of them act on the calling thread only, and need root's privileges.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from pathlib import Path

from assay.sandbox.syscalls import MACHINES

__all__ = ["appear_as", "attach", "detached", "leave_namespace", "remap", "small_memory"]

HERE = -100  # AT_FDCWD: paths are the thread's own
CLONE_NEWNS = 0x20000
MS_REC_PRIVATE = 0x4000 | 0x40000
MOVE_MOUNT, OPEN_TREE, MOUNT_SETATTR = 429, 428, 442  # one number on every machine
OPEN_TREE_CLONE_CLOEXEC = 1 | os.O_CLOEXEC
AT_RECURSIVE, AT_EMPTY_PATH, MOVE_MOUNT_F_EMPTY_PATH = 0x8000, 0x1000, 0x4
MOUNT_ATTR_IDMAP = 0x100000
C = ctypes.CDLL(None, use_errno=True)


def leave_namespace() -> None:
    """Give this thread, and what it will start, mounts of their own; they end with it."""
    _done(C.unshare(CLONE_NEWNS), "unshare")
    _done(C.mount(b"none", b"/", None, MS_REC_PRIVATE, None), "/")


def appear_as(identity: int) -> None:
    """Make an id this thread's real user and group; what it may do stays as it is.

    By the real ids the kernel decides whose limits one may set, where the privilege to set
    anyone's was taken away, as containers do.
    """
    # By number, since the C library would change every thread of the process.
    numbers = MACHINES[platform.machine()].numbers
    for name in ("setresgid", "setresuid"):
        _done(C.syscall(numbers[name], identity, -1, -1), name)


def small_memory(target: Path) -> None:
    """Cover a folder with an empty one in memory."""
    _done(C.mount(b"assay", os.fsencode(target), b"tmpfs", 0, b"mode=755,size=1m"), str(target))


def detached(source: Path) -> int:
    """Return a descriptor of a copy of the mount of a file or folder, attached nowhere."""
    flags = OPEN_TREE_CLONE_CLOEXEC | AT_RECURSIVE
    return _done(C.syscall(OPEN_TREE, HERE, os.fsencode(source), flags), str(source))


def remap(mount: int, users: int) -> None:
    """Show a detached mount's owners as a user namespace maps them."""
    wanted = struct.pack("=QQQQ", MOUNT_ATTR_IDMAP, 0, 0, users)
    flags = AT_EMPTY_PATH | AT_RECURSIVE
    _done(C.syscall(MOUNT_SETATTR, mount, b"", flags, wanted, len(wanted)), "mount_setattr")


def attach(mount: int, target: Path) -> None:
    """Attach a detached mount."""
    where = os.fsencode(target)
    _done(C.syscall(MOVE_MOUNT, mount, b"", HERE, where, MOVE_MOUNT_F_EMPTY_PATH), str(target))


def _done(answer: int, what: str) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
    return answer
