"""The packaged weights: what `assay traffic train` learned, and on what."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from assay.core.errors import BadFormat
from assay.traffic.classes import Classifier
from assay.traffic.scoring import Weights
from assay.traffic.signals.roster import SIGNALS

__all__ = ["Learned", "Provenance", "packaged", "read"]

FIX = "assay traffic train --write FILE"
FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Provenance(BaseModel):
    """What were these weights learned on, and what did they do on what they were not?"""

    model_config = FROZEN

    command: str
    weeks: int
    accounts: int
    """Accounts learned on, over all weeks."""
    harvesting: int
    """How many of them were of a simulated campaign."""
    clusters: int
    """Cluster-days learned on."""
    left_out_auc: float
    """Accounts of a further simulated week: harvesting ones above honest ones."""
    left_out_auc_clusters: float
    """Cluster-days of that week."""
    left_out_coverage: float
    """How often the true class was in the set at alpha .1, in that week."""
    versions: dict[str, str]


class Learned(BaseModel):
    """Weights of accounts and of clusters, the classifier, and where they come from."""

    model_config = FROZEN

    account: Weights
    cluster: Weights
    classes: Classifier
    provenance: Provenance


def read(path: Path) -> Learned:
    """Which weights does this file hold?

    Raises
    ------
    BadFormat
        It is no such file, or of signals that have changed since.
    """
    try:
        found = Learned.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise BadFormat(str(path), None, f"no weights of signals: {error}", FIX) from error
    now = {signal.id: signal.version for signal in SIGNALS}
    learned = {*found.account.version.items(), *found.cluster.version.items()}
    if changed := sorted({name for name, old in learned if now.get(name) != old}):
        raise BadFormat(str(path), None, f"signals changed since: {', '.join(changed)[:200]}", FIX)
    return found


@cache
def packaged() -> Learned:
    """Return the weights that are packaged."""
    return read(Path(__file__).with_name("weights.json"))
