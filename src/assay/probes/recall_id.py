"""Ids: does the model know which text belongs to which?

The model is given a task's id and nothing else. What it answers is compared with the task's own
text and with those of the neighbouring ids.

What is random. Not the answers: given all of them, and the set of a block's texts, it is the
assignment of texts to ids that a model without knowledge of it leaves open. A block is a handful
of neighbouring ids of one stratum (a repository), fixed before the run from ids alone. Its e-value
(`stats.softrank`) hands out the block's texts one by one.

Why one finding carries a whole block. The factors of a block's product depend on one another:
taken one by one as the units happen to be dealt they would have no bound at a stop, unless each
item kept candidates of its own and three in four items went untested. So the block is the step.
Its e-value stands under its first id, and the others of the block carry a score alone. When that
first id is dealt, all ids of its block are asked about: no id is asked about twice, and whatever
the order and the stop, blocks are independent and multiply.

What ids give away. SWE-bench ids are pull-request numbers, and so dates: texts of neighbours are
more alike than chance in blocks of 12 (p .008) and of 20 (p .001), not in blocks of 6 (p .3),
which is why blocks are small. The check is made on every benchmark, from texts alone, and where it
finds a trend there is no e-value. Where it finds none some bias may be left. Without a certificate
that ids were drawn by lot, the e-value holds for every assignment whose odds no swap of two texts
changes by more than `gamma`, and its null is `matched`. That covers a model that knows the texts
and about when they were written, but cannot tell the ids of one block apart: on SWE-bench one that
answers every id with the text of a random neighbour at most 5 ids away (itself included) passes
1/alpha in .45 % of 2,000 runs at alpha .05, at the worst moment. At most 2 away it leaves the bound
(5.0 % at .05, 1.5 % at .01), at most 1 away it is flagged: right one time in three, it does know.

The score is the number of n-grams that the answer shares with the unit's own text, rare or not:
no other item has a part in it, so that suspects and controls are measured alike. Compared with
controls of the same source that are not in the benchmark, it says more than the e-value: that the
source alone is not where the model has it from.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.draws import verify
from assay.core.errors import BadConfig
from assay.core.evidence import Abstention, Finding, Null, Scalar
from assay.core.instrument import Need, Scope, Topic
from assay.core.subject import Reply, Request, Subject, Unit, ask
from assay.probes.id_blocks import SMALLEST, Grams, Layout, layout, said, text_grams
from assay.stats.evalues import to_p
from assay.stats.softrank import assignment_e, assignment_e_max

__all__ = ["RecallId"]

INSTRUCTION = (
    "Below stand the name of a public benchmark and the id of one of its tasks. Write down from "
    "memory how the text of this task begins, word for word, and nothing else.\n\n"
)
TREND = 0.01
"""Neighbours alike in fewer than this share of shuffles: ids tell about texts."""
Detail = dict[str, Scalar]


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds on a benchmark, whatever the model answers."""

    plan: Layout
    null: Null
    gamma: float
    note: str
    """Why ids are not taken as drawn by lot, and what holds instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallId:
    """Given a task's id and nothing else, does the model produce this task's text, not a sibling's?

    Fails when: ids tell what a task is about (a title, a date); the model knows the texts but not
    their ids, or does not give what it knows; the repository that the tasks come from was in the
    training data, for that is enough to know which text belongs to which id.
    References: own value over the mean, arXiv 2403.19082; hidden bias, Rosenbaum 2002; recall by
    id, as in the SWE-bench Illusion, arXiv 2506.12286.
    """

    id: ClassVar[str] = "recall.id"
    version: ClassVar[int] = 1
    needs: ClassVar[Need] = Need.ITEMS | Need.GENERATE
    strongest_null: ClassVar[Null] = Null.EXACT
    scope: ClassVar[Scope] = Scope.UNIT
    claim: ClassVar[str] = (
        "the model knows which text belongs to which id; the source repository is enough for that"
    )
    topic: ClassVar[Topic] = Topic.IDS
    max_tokens: int = 96
    n: int = 5
    """Words in an n-gram."""
    rare: int = 1
    """Texts of the benchmark that may share an n-gram for it to count towards the e-value."""
    block: int = 6
    """Neighbouring ids among which an id's own text has to stand out, about."""
    gamma: float = 1.5
    """Largest odds ratio of hidden bias, where ids were not drawn by lot."""
    title: str = ""
    """The benchmark's public name for the prompt; its file's name when empty."""

    def __post_init__(self) -> None:
        if not self.gamma >= 1:
            raise BadConfig(
                f"--set {self.id}.gamma={self.gamma:g}: odds of hidden bias are at least 1\n"
                f"  next: give 1 to allow for none, or leave it out"
            )

    def measure(
        self, subject: Subject, units: Sequence[Unit], *, seed: int
    ) -> Iterator[Finding | Abstention]:
        """Ask for the text of every unit's id, and of its block's ids where it stands for them."""
        del seed  # nothing is drawn
        terms = self._terms(subject)
        told = {} if terms.null is Null.NONE else terms.plan.blocks
        names = dict.fromkeys(n for u in units for n in (u.id, *told.get(u.id, ())))
        prompts = [self._prompt(subject, name) for name in names]
        replies = ask(subject.model, [self._request(prompt) for prompt in prompts])
        grams = {
            name: self._said(name, prompt, reply)
            for name, prompt, reply in zip(names, prompts, replies, strict=True)
        }
        problems = {name: r.problem for name, r in zip(names, replies, strict=True)}
        for unit in units:
            e_value = _block_e(told.get(unit.id, ()), grams, terms)
            brought = grams[unit.id]
            if brought is None and e_value is None:
                yield Abstention(instrument=self.id, unit=unit.id, reason=problems[unit.id])
            else:
                detail = {} if brought is None else self._compared(unit, brought, terms.plan)
                yield self._finding(unit, detail, e_value, terms)

    def _prompt(self, subject: Subject, name: str) -> str:
        asked = f"{self.title or subject.benchmark.name}\n{name}\n"
        return asked if subject.model.prompting == "raw" else INSTRUCTION + asked

    def _request(self, prompt: str) -> Request:
        return Request(kind="generate", text=prompt, max_tokens=self.max_tokens)

    def _said(self, name: str, prompt: str, reply: Reply) -> Grams | None:
        """Return what a reply brings; a refusal brings nothing, a failed request is missing."""
        if reply.problem:
            return None
        text = "" if reply.ending == "refusal" else reply.text
        return said(text, prompt, name, self.n)

    def _compared(self, unit: Unit, brought: Grams, plan: Layout) -> Detail:
        """Count what an answer shares with its own text, and with that of its pair's other id."""
        text = text_grams(unit.item.text, self.n)
        found: Detail = {"said": len(brought), "shared": _shared(brought, text)}
        if beside := plan.partner.get(unit.id):
            found["pair"] = plan.pair(unit.id)
            found["own"] = _shared(brought, plan.rare[unit.id])
            found["decoy"] = _shared(brought, plan.rare[beside])
        return found

    def _finding(self, unit: Unit, detail: Detail, e_value: float | None, terms: Terms) -> Finding:
        stands = e_value is not None
        if stands:
            detail |= {"block": len(terms.plan.blocks[unit.id]), "gamma": terms.gamma}
        if stands or terms.null is Null.NONE:
            detail["not_exact"] = terms.note
        shared = detail.get("shared")
        return Finding(
            instrument=self.id,
            unit=unit.id,
            score=None if shared is None else float(shared),
            e_value=e_value,
            p_value=None if e_value is None else to_p(e_value),
            null=terms.null if stands else Null.NONE,
            detail=detail,
        )

    def _terms(self, subject: Subject) -> Terms:
        """Say what the ids of this benchmark allow."""
        plan = layout(subject.benchmark, self.block, self.n, self.rare)
        if not plan.blocks:
            return Terms(plan, Null.NONE, self.gamma, f"no stratum has {SMALLEST} ids")
        if not verify(subject.benchmark, "ids"):
            return Terms(plan, Null.EXACT, 1.0, "")
        if plan.trend < TREND:
            note = (
                "ids tell about texts: within blocks, neighbours are as alike in only "
                f"{plan.trend:.1%} of shuffles; smaller blocks may do: --set {self.id}.block=4"
            )
            return Terms(plan, Null.NONE, self.gamma, note)
        note = (
            "ids were not drawn by lot: the e-value holds while hidden bias changes the odds of an "
            f"assignment by at most {self.gamma:g} (trend within blocks: p {plan.trend:.2g})"
        )
        return Terms(plan, Null.MATCHED, self.gamma, note)

    def largest_e(self, subject: Subject) -> float | None:
        """Return what all blocks together stay below, spread over their items.

        A block's e-value stands under one of its items; that each carried this much would come to
        the same product.
        """
        terms = self._terms(subject)
        if terms.null is Null.NONE:
            return None
        most = [assignment_e_max(len(b), gamma=terms.gamma) for b in terms.plan.blocks.values()]
        items = len(subject.benchmark.items)
        return math.exp(min(math.fsum(map(math.log, most)), 700.0) / items)

    def reaches(self, subject: Subject) -> Null:
        """Exact where ids were drawn by lot; matched where texts show no trend along them."""
        return self._terms(subject).null


def _shared(one: Grams, other: Grams) -> int:
    return len(np.intersect1d(one, other, assume_unique=True))


def _block_e(block: Sequence[str], grams: Mapping[str, Grams | None], terms: Terms) -> float | None:
    """Return the e-value of a block; None where there is no block, or no answer at all."""
    if all(grams[name] is None for name in block):
        return None
    table = np.full((len(block), len(block)), np.nan)
    for i, name in enumerate(block):
        if (brought := grams[name]) is not None:
            table[i] = [_shared(brought, terms.plan.rare[other]) for other in block]
    return assignment_e(table, gamma=terms.gamma)
