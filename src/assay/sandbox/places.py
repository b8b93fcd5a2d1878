"""Makes the folders of a box, and takes them away: the writable layer, /tmp and /etc.

As root the box runs under an id without rights, so its folders are given to that id and all that
it reads is shown to it by a `Stage`; else bwrap reads and writes as we do ourselves.
"""

from __future__ import annotations

import subprocess
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from assay.core.errors import BadConfig
from assay.sandbox.disk import disk_bytes
from assay.sandbox.layout import ETC_FILES, ETC_FOLDERS, RESOLVER, Layout
from assay.sandbox.staging import Stage
from assay.sandbox.starting import Here, Spawner
from assay.sandbox.temporary import make_owned, remove

__all__ = ["Place", "make_place"]

FOLDERS = ("upper", "work", "tmp", "tree", "etc")
WHEEL_DEPTH = 2
"""bwrap finds its library beside its own folder's parent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a box lies, and how something is started in it."""

    binary: Path
    layout: Layout
    """As bwrap sees it."""
    written: tuple[Path, ...]
    """The folders that a program can write to, as we see them."""
    before: int
    """Bytes that lay there when the box was opened."""
    spawner: Spawner
    """What starts something in it."""


def make_place(
    held: ExitStack, binary: Path, layout: Layout, *, identity: int | None, overlays: bool
) -> Place:
    """Make a box's folders; what `held` holds takes them away.

    Parameters
    ----------
    layout
        What is wanted; its folder is made here.
    identity
        The id that the box will run as; None for our own.
    overlays
        Whether the work tree may lie under an overlay; else it is copied.
    """
    if layout.tree is None or not layout.tree.is_dir():
        msg = f"the work tree {layout.tree} is not a folder"
        raise BadConfig(msg)
    folder = make_owned("box")
    held.callback(remove, folder)
    for name in FOLDERS:
        (folder / name).mkdir()
    _settings(folder / "etc", layout)
    stage = None
    if identity is not None:
        stage = Stage(binary, identity)
        held.callback(stage.close)
    copied = not overlays or (stage is not None and not stage.remaps(layout.tree))
    if copied:
        _run("cp", "-RPp", "--", f"{layout.tree}/.", str(folder / "tree"))
    if identity is not None:
        _run("chown", "-hR", f"{identity}:{identity}", "--", str(folder))
    written = (folder / ("tree" if copied else "upper"), folder / "tmp")
    seen = replace(layout, folder=folder, tree=None if copied else layout.tree)
    before = sum(map(disk_bytes, written))
    place = Place(binary=binary, layout=seen, written=written, before=before,
                  spawner=Here())  # fmt: skip
    return place if stage is None else _staged(place, stage)


def _staged(place: Place, stage: Stage) -> Place:
    own, folder, reads = place.binary, place.layout.folder, place.layout.reads
    libraries = own.parents[WHEEL_DEPTH] if own.parent.name == "_bin" else own
    sources = {f"read {seen}": (lies, True) for seen, lies in reads.items()}
    sources |= {"folder": (folder, False), "bwrap": (libraries, False)}
    if place.layout.tree is not None:
        sources["tree"] = (place.layout.tree, True)
    shown = stage.show(sources)
    layout = replace(
        place.layout,
        folder=shown["folder"],
        tree=shown.get("tree"),
        reads={seen: shown[f"read {seen}"] for seen in reads},
    )
    binary = shown["bwrap"] / own.relative_to(libraries)
    return replace(place, binary=binary, layout=layout, spawner=stage)


def _settings(folder: Path, layout: Layout) -> None:
    # One folder with copies is mounted faster than each file of the machine's.
    for name, text in layout.etc().items():
        (folder / name).write_text(text, encoding="ascii")
    for name in (*ETC_FOLDERS, "ssl"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name in (*ETC_FILES, *((RESOLVER,) if layout.network else ())):
        if Path("/etc", name).is_file():
            (folder / name).write_bytes(Path("/etc", name).read_bytes())


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)  # noqa: S603
