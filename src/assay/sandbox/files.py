"""Reads and writes a box's files from within the box.

The kernel resolves every path among the box's own mounts, so a link can lead no further than a
program in the box could go itself: never to a file of the machine that is not shown there. No
program of a run is left by then, so what was checked is what is opened. A hard link cannot cross
mounts, and the layer above the work tree is a folder of the box alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assay.core.errors import SandboxError
from assay.core.running import Limits, Ran

__all__ = ["FileIsMissing", "FileIsRefused", "FileIsTooLarge", "FolderInstead", "fetch", "put"]

Runner = Callable[[Sequence[str], bytes, Limits], Ran]

READ = """
real=$(realpath -- "$1" 2>/dev/null) || exit 40
case $real in "$2"/*) ;; *) exit 43 ;; esac
[ -e "$real" ] || exit 40
[ -d "$real" ] && exit 41
[ -f "$real" ] || exit 45
[ -r "$real" ] || exit 42
exec head -c "$3" -- "$real"
"""
WRITE = """
case $1 in */*) folder=${1%/*} ;; *) folder=. ;; esac
mkdir -p -- "${folder:-/}" 2>/dev/null || exit 42
real=$(cd -P -- "${folder:-/}" && pwd -P) || exit 42
case $real/ in "$2"/*) ;; *) exit 43 ;; esac
file=$real/${1##*/}
[ -n "$2" ] && [ -L "$file" ] && exit 43
[ -d "$file" ] && exit 41
if [ -e "$file" ]; then
    [ -f "$file" ] || exit 45
    [ -w "$file" ] || exit 42
else
    [ -w "$real" ] || exit 42
fi
cat > "$file" || exit 46
"""
# The words of both scripts are constant; paths are their arguments.

QUICK = Limits(seconds=60, cpu_seconds=60, memory_bytes=256 << 20, processes=16)


class FileIsMissing(SandboxError, FileNotFoundError):
    """There is no such file in the box."""


class FolderInstead(SandboxError, IsADirectoryError):
    """A folder of the box stands where a file should."""


class FileIsTooLarge(SandboxError):
    """The file of the box is larger than the reader wants."""


class FileIsRefused(SandboxError, PermissionError):
    """The file of the box may not be read or written, or lies out of bounds."""


REASONS = {
    40: (FileIsMissing, "there is no such file"),
    41: (FolderInstead, "it is a directory"),
    42: (FileIsRefused, "permission is denied"),
    43: (FileIsRefused, "it lies, or leads by a link, out of the work tree"),
    45: (FileIsRefused, "it is no regular file"),
    46: (SandboxError, "it could not be written"),
}


def fetch(run: Runner, path: str, *, beneath: str, most: int) -> bytes:
    """Return a file of the box.

    Parameters
    ----------
    run
        Runs a command in the box, given what it reads and its limits.
    path
        As a program in the box would name it.
    beneath
        The folder that it must lie in, once links are followed; empty for any.
    most
        Bytes; a larger file is an error.

    Raises
    ------
    FileIsMissing, FolderInstead, FileIsRefused
        What stands in the way; each is the built-in error of its kind, too.
    FileIsTooLarge
        There is more of it than wanted.
    SandboxError
        Reading it failed.
    """
    limits = QUICK.model_copy(update={"output_bytes": most + 1, "disk_bytes": 1 << 62})
    script = ["/bin/sh", "-c", READ, "sh", path, beneath, str(most + 1)]
    ran = run(script, b"", limits)
    _check(ran, path)
    if len(ran.stdout) > most:
        msg = f"{path} in the box is larger than {most} bytes"
        raise FileIsTooLarge(msg)
    return ran.stdout


def put(run: Runner, path: str, content: bytes, *, beneath: str, disk_bytes: int) -> None:
    """Write a file of the box, and the folders it lies in; parameters and errors as in `fetch`.

    A link where the file should be is refused when `beneath` names a folder, followed otherwise.
    """
    limits = QUICK.model_copy(update={"disk_bytes": disk_bytes})
    _check(run(["/bin/sh", "-c", WRITE, "sh", path, beneath], content, limits), path)


def _check(ran: Ran, path: str) -> None:
    if ran.code == 0:
        return
    kind, why = REASONS.get(ran.code or 0, (SandboxError, ""))
    why = why or ran.note or ran.stderr.decode("utf-8", "replace").strip()
    msg = f"{path} in the box: {why}"
    raise kind(msg)
