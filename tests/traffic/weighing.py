"""Weights that nobody learned: every signal counts the same, and classes say nothing."""

from __future__ import annotations

from assay.traffic.classes import CLASSES, Classifier
from assay.traffic.scoring import Weights
from assay.traffic.signals.roster import FOR_ACCOUNTS, FOR_CLUSTERS
from assay.traffic.weights import Learned, Provenance

__all__ = ["EVEN"]

ACCOUNT, CLUSTER = FOR_ACCOUNTS, FOR_CLUSTERS
SHOWN = tuple(one.id for one in FOR_ACCOUNTS if not one.linkage)

EVEN = Learned(
    account=Weights(
        weight={one.id: 1.0 for one in ACCOUNT}, version={one.id: one.version for one in ACCOUNT}
    ),
    cluster=Weights(
        weight={one.id: 1.0 for one in CLUSTER}, version={one.id: one.version for one in CLUSTER}
    ),
    classes=Classifier(
        signals=SHOWN,
        weight=tuple((float(name == "distillation"),) * len(SHOWN) for name in CLASSES),
        bias=(0.0,) * len(CLASSES),
        calibration=dict.fromkeys(CLASSES, (-9.0, -2.0)),
    ),
    provenance=Provenance(
        command="by hand", weeks=1, accounts=1, harvesting=1, clusters=1, left_out_auc=0.5,
        left_out_auc_clusters=0.5, left_out_coverage=0.5, versions={},
    ),
)  # fmt: skip
