"""Everything that is fixed before the first measurement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from assay.core.calibration import Calibration
from assay.core.evidence import GuardReport
from assay.core.instrument import Instrument, Need
from assay.core.item import Item
from assay.core.scores import Scores
from assay.core.settings import Plan
from assay.core.subject import Ability, Subject, Unit

__all__ = ["Trial", "concerns", "missing_need"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One examination, prepared: who is examined on what, in which order, with which instruments.

    `subject.benchmark` holds the suspects alone, in published order. `dealt` holds suspects and
    controls, shuffled together by the seed.
    """

    plan: Plan
    subject: Subject
    benchmark_digest: str
    controls: tuple[Item, ...]
    controls_kind: Literal["randomised", "other", "none"]
    dealt: tuple[Unit, ...]
    instruments: tuple[Instrument, ...]
    """In the order of the catalogue."""
    blocked: dict[str, str] = field(default_factory=dict)
    """Instruments that cannot run here, and why; their evidence is an abstention."""
    calibration: Calibration = field(default_factory=Calibration)
    """What the instruments were measured to do, on models whose contamination is known."""
    demoted: dict[str, str] = field(default_factory=dict)
    """Instruments that flag what is clean oftener than they promise, and how often: descriptive."""
    refusal: GuardReport | None = None
    """Why the controls were refused before the run; None when they were not."""
    scores: Scores | None = None
    """Who was right on what; None when it was not given."""
    seed: int
    run: str
    """Digest of all that determines the findings."""
    claim: str
    """Digest of what is claimed: benchmark, controls, model, reference, version."""

    suspect_ids: frozenset[str] = field(init=False, repr=False, compare=False)
    """Ids of the suspects; made once, for it is asked of every unit at every step."""

    def __post_init__(self) -> None:
        ids = frozenset(item.id for item in self.subject.benchmark.items)
        object.__setattr__(self, "suspect_ids", ids)

    @property
    def running(self) -> tuple[Instrument, ...]:
        """The instruments that can run."""
        return tuple(i for i in self.instruments if i.id not in self.blocked)


def missing_need(needs: Need, subject: Subject) -> str:
    """Why can an instrument with these needs not run on this subject? Empty when it can."""
    for need, (reason, met) in CHECKS.items():
        if need in needs and not met(subject):
            return reason
    if Need.REFERENCE in needs and subject.reference is not None:
        for need, (ability, lacks) in OF_A_REFERENCE.items():
            if need in needs and ability not in subject.reference.abilities:
                return f"the reference model {lacks}"
    return ""


def concerns(needs: Need, item: Item) -> bool:
    """Has the item what these needs are about? A question of the item, never of its label."""
    if Need.WRONG_ANSWERS in needs and item.correct is None:
        return False
    return Need.TWINS not in needs or bool(item.twins or item.sibling_answers)


CHECKS: dict[Need, tuple[str, Callable[[Subject], bool]]] = {
    Need.ITEMS: ("the benchmark has no items", lambda s: bool(s.benchmark.items)),
    Need.LOGPROBS: (
        "the model gives no log-probabilities of a prompt",
        lambda s: Ability.LOGPROBS in s.model.abilities,
    ),
    Need.VOCAB_MOMENTS: (
        "the model gives no moments over its vocabulary",
        lambda s: Ability.VOCAB_MOMENTS in s.model.abilities,
    ),
    Need.GENERATE: ("the model cannot generate", lambda s: Ability.GENERATE in s.model.abilities),
    Need.REFERENCE: (
        "no reference model was given (--reference)",
        lambda s: s.reference is not None,
    ),
    Need.OPTIONS: (
        "no item has answer options",
        lambda s: any(len(i.options) > 1 for i in s.benchmark.items),
    ),
    Need.SIBLINGS: (
        "no item has sealed siblings",
        lambda s: any(i.siblings for i in s.benchmark.items),
    ),
    Need.CANARIES: ("the benchmark holds no canary", lambda s: bool(s.benchmark.canaries)),
    Need.HONEYPOTS: (
        "the benchmark holds no secret honeypot",
        lambda s: bool(s.benchmark.honeypots),
    ),
    Need.TWINS: (
        "no item has twins, or siblings with answers",
        lambda s: any(i.twins or i.sibling_answers for i in s.benchmark.items),
    ),
    Need.WRONG_ANSWERS: (
        "no published answer is known to be wrong (--wrong FILE)",
        lambda s: any(i.correct is not None for i in s.benchmark.items),
    ),
}
OF_A_REFERENCE = {
    Need.LOGPROBS: (Ability.LOGPROBS, "gives no log-probabilities of a prompt"),
    Need.VOCAB_MOMENTS: (Ability.VOCAB_MOMENTS, "gives no moments over its vocabulary"),
    Need.GENERATE: (Ability.GENERATE, "cannot generate"),
}
