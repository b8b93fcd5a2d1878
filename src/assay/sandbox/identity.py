"""Under which user id does a box run, seen from outside?

Root inside a user namespace is still the machine's root to files that root owns, so a box that
root opens runs as an id that nobody has: it owns nothing, and no one else runs as it.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
from pathlib import Path

from assay.core.errors import SandboxError

__all__ = ["mapped_users", "unused_id"]

UNUSED = 0x70000000
"""From here on, for 2^24 ids: no distribution and no container engine gives these to anyone."""
SPAN = 1 << 24
LAST = (1 << 32) - 1


def unused_id() -> int | None:
    """Draw an id without rights to run as; None when we are not root or have no other id."""
    if os.geteuid() != 0:
        return None
    lines = Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines()
    inside, _, count = max(tuple(map(int, line.split())) for line in lines)
    if inside <= UNUSED and inside + count >= UNUSED + SPAN:
        return UNUSED + secrets.randbelow(SPAN)
    # In a container with few ids: one of the upper half, which images do not use.
    return inside + count // 2 + secrets.randbelow(count - count // 2) if count > 1 else None


def mapped_users(binary: Path, owner: tuple[int, int], identity: int) -> int:
    """Return a user namespace that swaps an owner and an identity, for mounts.

    Parameters
    ----------
    binary
        bwrap, which makes the namespace.
    owner
        User and group id of the files.
    identity
        What they are to look like; and the other way round.
    """
    said, says = os.pipe()
    held, hold = os.pipe()
    command = [str(binary), "--unshare-user", "--userns-block-fd", str(held), "--info-fd",
               str(says), "--dev-bind", "/", "/", "/"]  # fmt: skip
    process = subprocess.Popen(  # noqa: S603 - bwrap itself; nothing is run in it
        command, pass_fds=(held, says), env={}, stderr=subprocess.DEVNULL
    )
    os.close(says)
    os.close(held)
    try:
        pid = _child(said)
        try:
            for kind, one in zip(("uid", "gid"), owner, strict=True):
                Path(f"/proc/{pid}/{kind}_map").write_text(_swap(one, identity), encoding="ascii")
            return os.open(f"/proc/{pid}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
        finally:
            os.kill(pid, signal.SIGKILL)  # first: it waits for a word of the other
    finally:
        process.kill()
        process.wait()
        os.close(said)
        os.close(hold)


def _child(descriptor: int) -> int:
    text = b""
    while b"}" not in text:
        more = os.read(descriptor, 4096)
        if not more:
            msg = "bwrap could make no user namespace"
            raise SandboxError(msg)
        text += more
    return int(json.loads(text)["child-pid"])


def _swap(one: int, other: int) -> str:
    lines, at = [], 0
    for left, right in sorted({(one, other), (other, one)}):
        lines += [f"{at} {at} {left - at}"] if left > at else []
        lines += [f"{left} {right} 1"]
        at = left + 1
    return "\n".join([*lines, f"{at} {at} {LAST - at}"])
