"""All signals, in reading order."""

from __future__ import annotations

from assay.traffic.signals.age import Newness
from assay.traffic.signals.around import AroundTheClock
from assay.traffic.signals.concentration import Concentration
from assay.traffic.signals.failover import Failover
from assay.traffic.signals.joint import JointSmoothness, OnTimes
from assay.traffic.signals.limits import NewAtLimits
from assay.traffic.signals.payment import SharedPayment
from assay.traffic.signals.pivot import Pivot
from assay.traffic.signals.probing import Probing
from assay.traffic.signals.reuse import Reuse
from assay.traffic.signals.smoothness import Smoothness
from assay.traffic.signals.tokens import Profile, Reasoning
from assay.traffic.signals.units import Signal
from assay.traffic.signals.variety import Variety

__all__ = ["FOR_ACCOUNTS", "FOR_CLUSTERS", "SIGNALS"]

SIGNALS: tuple[Signal, ...] = (
    Concentration(), Variety(), Reuse(), Smoothness(), AroundTheClock(), Reasoning(), Profile(),
    Probing(), Pivot(), Newness(), NewAtLimits(), Failover(), SharedPayment(), JointSmoothness(),
    OnTimes(),
)  # fmt: skip
FOR_ACCOUNTS = tuple(one for one in SIGNALS if one.unit == "account")
FOR_CLUSTERS = tuple(one for one in SIGNALS if not one.linkage)
"""Evidence alone: what made a cluster may not convict it."""
