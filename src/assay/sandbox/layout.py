"""What a program in the box sees: the arguments that make bwrap build it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from assay.core.errors import BadConfig

__all__ = [
    "ETC_FILES",
    "ETC_FOLDERS",
    "RESOLVER",
    "Layout",
    "arguments",
    "checked_reads",
    "environment",
    "setting",
]

WORK = "/work"
USER = 1000
"""The user id inside; outside it is an id without rights."""
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
ETC_FILES = (
    "ld.so.cache", "ld.so.conf", "localtime", "mime.types", "os-release", "protocols", "services",
    "ssl/openssl.cnf", "timezone",
)  # fmt: skip
"""Of /etc, copied: what programs need to start. No hosts, no passwords, no settings of tools."""
ETC_FOLDERS = (
    "alternatives", "java-11-openjdk", "java-17-openjdk", "java-21-openjdk", "pki", "ssl/certs",
)  # fmt: skip
"""Of /etc, mounted: links to programs, and certificates, without which some do not start."""
OWN_ETC = {
    "passwd": "root:x:0:0:root:/:/usr/sbin/nologin\nbox:x:1000:1000:box:/tmp:/bin/sh\n"
              "nobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n",
    "group": "root:x:0:\nbox:x:1000:\nnogroup:x:65534:\n",
    "hosts": "127.0.0.1 localhost box\n::1 localhost box\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}  # fmt: skip
NETWORK_ETC = {"nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n"}
"""Instead of the above, where the network is open."""
RESOLVER = "resolv.conf"
"""Of /etc, copied where the network is open."""
KEPT_FREE = ("/", "/proc", "/dev", "/sys")
SHARED_MEMORY = 64 << 20
DEFAULTS = {
    "HOME": "/tmp",  # noqa: S108 - the box's own
    "LANG": "C.UTF-8",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "USER": "box",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the parts of a box lie outside."""

    tree: Path | None
    """The work tree under the overlay; None when it was copied."""
    folder: Path = Path()
    """The box's own: `upper`, `work`, `tmp` and `etc`; `tree` when the work tree was copied."""
    reads: Mapping[str, Path] = field(default_factory=dict)
    """More folders to read: where they are seen, and where they lie."""
    network: bool = False
    """Whether the machine's network is open."""

    def etc(self) -> dict[str, str]:
        """Return the files of /etc that the box has of its own."""
        return OWN_ETC | NETWORK_ETC if self.network else OWN_ETC


def checked_reads(reads: Mapping[str, Path]) -> dict[str, Path]:
    """Are these folders there, and seen at places that are free for them?

    Raises
    ------
    BadConfig
        A place is no absolute path without dots, or is the system's; a folder is not there.
    """
    for seen, lies in reads.items():
        place = PurePosixPath(seen)
        within = any(str(place) == free or f"{free}/" in f"{place}/" for free in KEPT_FREE[1:])
        if not place.is_absolute() or ".." in place.parts or str(place) == "/" or within:
            msg = f"{seen!r} is no place to show a folder at: give an absolute path of its own"
            raise BadConfig(msg)
        if not lies.exists():
            msg = f"{lies}, to be seen at {seen}, is not there"
            raise BadConfig(msg)
    return dict(reads)


def environment(named: Mapping[str, str] | None) -> dict[str, str]:
    """Return a program's whole environment: a few defaults, and what was named."""
    chosen = DEFAULTS | dict(named or {})
    for name, value in chosen.items():
        if not name or "=" in name or "\0" in name + value:
            msg = f"{name!r} is no name of an environment variable, or its value holds a NUL"
            raise BadConfig(msg)
    return chosen


def arguments(layout: Layout) -> Iterator[str]:
    """Yield bwrap's arguments that are the same for each run in a box."""
    yield from ("--unshare-all", "--die-with-parent", "--new-session")
    if layout.network:
        yield "--share-net"
    yield from ("--uid", str(USER), "--gid", str(USER), "--hostname", "box")
    yield from ("--cap-drop", "ALL", "--proc", "/proc", "--dev", "/dev")
    yield from ("--size", str(SHARED_MEMORY), "--tmpfs", "/dev/shm", "--remount-ro", "/dev")  # noqa: S108
    yield from _system()
    yield from ("--ro-bind", str(layout.folder / "etc"), "/etc")
    for place in (f"/etc/{name}" for name in ETC_FOLDERS if Path("/etc", name).is_dir()):
        yield from ("--ro-bind", place, place)
    yield from ("--bind", str(layout.folder / "tmp"), "/tmp")  # noqa: S108
    yield from _work(layout)
    for seen, lies in layout.reads.items():
        yield from ("--ro-bind", str(lies), seen)
    # Last: until now bwrap itself makes the places that things are mounted on.
    yield from ("--remount-ro", "/", "--clearenv")


def setting(environ: Mapping[str, str], cwd: str) -> Iterator[str]:
    """Yield bwrap's arguments for one run: the program's environment and folder."""
    yield from ("--chdir", cwd)
    for name, value in environ.items():
        yield from ("--setenv", name, value)


def _system() -> Iterator[str]:
    for place in SYSTEM:
        path = Path(place)
        if path.is_symlink():
            yield from ("--symlink", str(path.readlink()), place)
        elif path.is_dir():
            yield from ("--ro-bind", place, place)


def _work(layout: Layout) -> Sequence[str]:
    if layout.tree is None:
        return ("--bind", str(layout.folder / "tree"), WORK)
    upper, work = layout.folder / "upper", layout.folder / "work"
    return ("--overlay-src", str(layout.tree), "--overlay", str(upper), str(work), WORK)
