"""A verdict in the forms that CI servers and code hosts read."""

from __future__ import annotations

from pathlib import Path

from assay.core.evidence import Status, Verdict
from assay.report import junit, sarif

__all__ = ["write_results"]


def write_results(
    verdict: Verdict,
    *,
    to_junit: Path | None,
    to_sarif: Path | None,
    failing: frozenset[Status],
    benchmark: str,
) -> None:
    """Write the verdict as JUnit XML and as SARIF, where that was asked for.

    Parameters
    ----------
    verdict
        The verdict.
    to_junit, to_sarif
        The files to write.
    failing
        Verdicts that are failures.
    benchmark
        As the user named it: results are shown at this file where it lies in the repository.
    """
    if to_junit is not None:
        junit.write(verdict, to_junit, failing=failing)
    if to_sarif is not None:
        path = Path(benchmark)
        inside = path.is_file() and not path.is_absolute() and ".." not in path.parts
        sarif.write(verdict, to_sarif, artifact=path.as_posix() if inside else "")
