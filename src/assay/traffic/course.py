"""The stages of a scan: what each did, what it cost, and why it abstains."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb

from assay.core.cases import Stage
from assay.core.errors import StoreError
from assay.core.settings import Progress
from assay.core.subject import Cost
from assay.traffic.accounts import Looked
from assay.traffic.campaigns import Campaigns
from assay.traffic.clusters import Cluster
from assay.traffic.holdings import FIELDS
from assay.traffic.linkage import Linkage
from assay.traffic.triage import SHARES

__all__ = ["FEW", "Course", "of_accounts", "of_clusters", "of_evidence", "of_linkage"]

FEW = 20
"""Harvesting customers that triage should be able to find."""
NAMES = ("features", "accounts", "linkage", "clusters", "evidence", "cases")


@dataclass(slots=True)
class Course:
    """Stages so far, timed in seconds of a processor, all threads together."""

    tell: Callable[[Progress], None] | None = None
    stages: list[Stage] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[list[str]]:
        """Time a stage, which puts its words into the list, and then why it abstains."""
        self.at(name)
        began, said = time.process_time(), list[str]()
        try:
            yield said
        except duckdb.Error as error:
            msg = f"computing {name}: {error}\n  next: more --memory, or fewer logs at a time"
            raise StoreError(msg) from error
        words, why, *_ = (*said, "", "")
        spent = round(time.process_time() - began, 2)
        self.stages.append(Stage(name=name, says=words, abstained=why, seconds=spent))

    def at(self, name: str) -> None:
        """Tell that a stage begins."""
        if self.tell is not None:
            done = NAMES.index(name)
            self.tell(Progress(phase=name, done=done, total=len(NAMES), cost=Cost()))


def of_accounts(looked: Looked) -> list[str]:
    """Say what triage found; where it has no power, how many honest ones would be needed."""
    found, tested = looked.triage, len(looked.tested)
    said = (
        f"{int(found.flagged.sum()):,} of {tested:,} tested are worth a look, of "
        f"{found.customers:,} customers"
    )
    uses = zip(looked.roll.group, looked.roll.part, strict=True)
    vetted = len({group for group, part in uses if part is not None})
    needed = math.ceil(found.customers / (found.q * FEW) / dict(SHARES)["calibration"])
    known = f"{vetted:,} customers are vetted, {needed:,} would do"
    if found.abstained:
        return [said, f"{found.abstained} ({known})"]
    if found.smallest > FEW:
        said += f"; fewer than {found.smallest:,} alike could not be found ({known})"
    return [f"{said}; {found.check.words}"]


def of_linkage(found: Linkage | None) -> list[str]:
    """Say how many pairs are linked, and how their weights were found."""
    if found is None:
        return ["", f"the logs have none of {', '.join(FIELDS)}: no account can be linked"]
    return [f"{found.linked:,} of {found.compared:,} pairs that share something; {found.note}"]


def of_clusters(formed: Sequence[Cluster], honest: Sequence[Cluster]) -> list[str]:
    """Say how many clusters there are, and how many of them are there to compare with."""
    if not formed:
        return ["", "no three accounts are linked"]
    return [f"{len(formed):,} formed, of which {len(honest):,} are known to be honest"]


def of_evidence(result: Campaigns | None, unused: str = "") -> list[str]:
    """Say how many clusters are flagged; where none could be alone, what that would take.

    `unused` says why references of earlier scans are not used.
    """
    if result is None:
        return ["", "there is no cluster to judge"]
    reasons = {one.abstains for one in result.candidates}
    said = f"{len(result.flagged):,} of {len(result.candidates):,} clusters are flagged"
    if not result.candidates:
        return [said, "no cluster was left to be judged"]
    if "" not in reasons:
        return [said, min(reasons)]
    reach = max(one.reachable for one in result.candidates)
    together = math.ceil(result.line / reach)
    if together > 1:
        said += (
            f"; one alone could not be: e reaches {reach:,.0f} of "
            f"{result.line:,.0f}, so that "
            f"{together:,} must stand out together, or {result.alone:,} clusters be known "
            f"to be honest ({result.references:,} are)"
        )
    return ["; ".join(filter(None, (said, unused)))]
