"""Every error that leaves Assay, in one tree.

::

    AssayError
      UsageError        the user can mend it; exit 2, no traceback
        BadFormat       a file does not hold what it should; says file, line and what to do
        UnknownName     no such model, instrument or benchmark; offers the nearest
        BadConfig       an option's value is impossible
        MissingExtra    an optional dependency is not installed; gives the install line
      BoundaryError     an outside thing failed; keeps its cause; exit 4
        ModelError (ModelChanged), SandboxError, StoreError, CorpusError, HistoryError
      IntegrityError    our own guarantee broke; stop everything, never recorded as data
      BudgetSpent       the hard stop that the user asked for was reached
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches

__all__ = [
    "AssayError",
    "BadConfig",
    "BadFormat",
    "BoundaryError",
    "BudgetSpent",
    "CorpusError",
    "HistoryError",
    "IntegrityError",
    "MissingExtra",
    "ModelChanged",
    "ModelError",
    "SandboxError",
    "StoreError",
    "UnknownName",
    "UsageError",
    "boundary",
]


class AssayError(Exception):
    """What every error of Assay is."""


class UsageError(AssayError):
    """Something that the user can mend: what, where, which value, the next command."""


class BadFormat(UsageError):
    """Does this file hold what it should? No: here, and this is what to do.

    Parameters
    ----------
    path
        The file, as the user named it.
    line
        1-based line or row; None when the fault is the whole file's.
    what
        What is wrong, with the value.
    fix
        The next command or edit.
    """

    def __init__(self, path: str, line: int | None, what: str, fix: str) -> None:
        self.path, self.line = path, line
        where = path if line is None else f"{path}:{line}"
        super().__init__(f"{where}: {what}\n  next: {fix}")


class UnknownName(UsageError):
    """Is there something of this name? No; the nearest one is offered."""

    def __init__(self, kind: str, name: str, known: Iterable[str], fix: str) -> None:
        near = get_close_matches(name, sorted(known), n=1, cutoff=0.4)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        super().__init__(f"unknown {kind} {name!r}.{hint}\n  next: {fix}")


class BadConfig(UsageError):
    """Is this option's value possible? No."""


class MissingExtra(UsageError):
    """Is the optional dependency installed? No; this line installs it."""

    def __init__(self, what: str, install: str) -> None:
        super().__init__(f"{what} is not installed.\n  next: {install}")


class BoundaryError(AssayError):
    """An outside thing failed; `__cause__` says how."""


class ModelError(BoundaryError):
    """The model or its server failed."""


class ModelChanged(ModelError):
    """Is this still the model that the run began with? No: the server says so."""


class SandboxError(BoundaryError):
    """The sandbox failed, not what ran in it."""


class StoreError(BoundaryError):
    """The disk or the ledger failed."""


class CorpusError(BoundaryError):
    """The corpus could not be read."""


class HistoryError(BoundaryError):
    """Git failed, or a repository's history could not be read."""


class IntegrityError(AssayError):
    """One of our own guarantees broke: a digest, a seal, the ledger."""


class BudgetSpent(AssayError):
    """The next request would pass the budget that the user set."""


@contextmanager
def boundary(kind: type[BoundaryError], doing: str) -> Iterator[None]:
    """Turn whatever an outside thing throws into one kind of error, with what was being done.

    Assay's own errors pass unchanged. This is the only broad catch of the code.

    Parameters
    ----------
    kind
        The error to raise.
    doing
        What was being done, to complete "while ...".

    Examples
    --------
    >>> with boundary(ModelError, "asking the model"):
    ...     pass
    """
    try:
        yield
    except AssayError:
        raise
    except Exception as error:
        msg = f"while {doing}: {type(error).__name__}: {error}"
        raise kind(msg) from error
