"""An archive that came out of a box, unpacked without trusting it."""

from __future__ import annotations

import shutil
import tarfile
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp

from assay.core.errors import SandboxError, boundary

__all__ = ["unpack"]


def unpack(packed: bytes, folder: Path) -> None:
    """Unpack an archive into a folder, which is whole or absent.

    Folders and plain files come first, under the checks of `tarfile`; then links, whatever they
    point at, since they are only followed where the folder is mounted, in a box. Devices and pipes
    are left out.

    Raises
    ------
    SandboxError
        The archive is broken, or names a path out of the folder.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        with boundary(SandboxError, "unpacking what was built"):
            _unpack(packed, draft)
            draft.chmod(0o755)
            draft.replace(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _unpack(packed: bytes, draft: Path) -> None:
    with tarfile.open(fileobj=BytesIO(packed), mode="r:") as archive:
        links = []
        for member in archive:
            if member.issym():
                links.append(member)
            elif member.isdir() or member.isreg() or member.islnk():
                archive.extract(member, draft, filter="data")
    for link in links:
        place = draft / link.name
        above = [part for part in place.parents if part.is_relative_to(draft)]
        if ".." in place.parts or any(part.is_symlink() for part in above):
            msg = f"{link.name!r} leads out of the folder"
            raise SandboxError(msg)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(link.linkname)
