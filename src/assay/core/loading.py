"""The only dynamic import of the code: names become objects when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from assay.core.errors import MissingExtra

__all__ = ["load_attribute"]

OURS = "assay"


def load_attribute(path: str, *, extra: str = "") -> Any:  # noqa: ANN401 - whatever the table names
    """Import "module:Name" and return the name.

    Parameters
    ----------
    path
        Module and attribute, parted by a colon.
    extra
        The optional-dependency group that the module needs; empty when it needs none.

    Raises
    ------
    MissingExtra
        When a module outside Assay is not installed.

    Examples
    --------
    >>> load_attribute("math:floor")(2.5)
    2
    """
    module, _, name = path.partition(":")
    try:
        return getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing.partition(".")[0] == OURS:
            raise
        install = f"pip install 'assay[{extra}]'" if extra else f"pip install {missing}"
        raise MissingExtra(f"{missing}, which {name} needs,", install) from error
